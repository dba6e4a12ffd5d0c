"""Refresh: fetch CRLs and OCSP answers for the keys' certificates, so that revocation is known when somebody signs.

Run by a timer, beside the service: a signature never waits for a CA's web server. What cannot be had, or is not to be
believed, leaves what lies there in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from signer.errors import Kind, SignerError
from signer.model.revocation import (
    Errand,
    ErrandReport,
    Failure,
    Fetched,
    RevocationFile,
    RevocationKind,
    RevocationNeed,
    UnusableAddress,
)
from signer.ports import Clock, Fetcher, RevocationShelf

Watch = Callable[[ErrandReport], None]


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What came of every errand. ``away``: something failed, nothing came, and nobody was there."""

    dry_run: bool
    errands: tuple[ErrandReport, ...]
    unusable: tuple[UnusableAddress, ...]

    @property
    def failed(self) -> bool:
        """Whether anything that was to be fetched did not come."""
        return any(each.result is Fetched.FAILED for each in self.errands)

    @property
    def away(self) -> bool:
        """Whether nothing came because nobody could be reached."""
        return bool(self.errands) and all(
            each.result is Fetched.FAILED and all(failure.away for failure in each.failures) for each in self.errands
        )

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "dry_run": self.dry_run,
            "failed": self.failed,
            "errands": [each.as_dict() for each in self.errands],
            "unusable": [each.as_dict() for each in self.unusable],
        }


@dataclass(frozen=True, slots=True)
class Refresh:
    """Fetch, examine, keep."""

    shelf: RevocationShelf
    line: Fetcher

    def __call__(self, *, dry_run: bool = False, watch: Watch = lambda _: None) -> RefreshReport:
        """Every errand is tried, whatever came of others. ``dry_run`` fetches and examines, and keeps nothing.

        Raised is only what concerns the folder itself (UNAVAILABLE ``revocation-not-written``).
        """
        plan, done, served = self.shelf.plan(), list[ErrandReport](), set[str]()
        for errand in plan.errands:
            if errand.kind is RevocationKind.CRL and errand.issuer in served:
                report = ErrandReport(errand.kind, errand.about, Fetched.SPARED)
            else:
                report = self._run(errand, dry_run=dry_run)
            if report.file is not None and report.file.whole and not errand.issuer:
                served.add(report.file.issuer)  # the settings' own list of this CA goes before the certificates'
            done.append(report)
            watch(report)
        return RefreshReport(dry_run, tuple(done), plan.unusable)

    def _run(self, errand: Errand, *, dry_run: bool) -> ErrandReport:
        failures: list[Failure] = []
        for url in errand.urls:
            try:
                file = self._fetch(errand, url)
            except SignerError as refusal:
                away = refusal.kind is Kind.UNAVAILABLE
                failures.append(Failure(url, refusal.code, refusal.text.as_dict(), away))
                continue
            return self._keep(errand, url, file, failures, dry_run=dry_run)
        return ErrandReport(errand.kind, errand.about, Fetched.FAILED, failures=tuple(failures))

    def _fetch(self, errand: Errand, url: str) -> RevocationFile:
        """An answer to one of the requests; what was said to the first one tells most."""
        first: SignerError | None = None
        for request in errand.requests or (None,):
            try:
                return self.shelf.examine(errand, self.line.fetch(url, request), url)
            except SignerError as refusal:
                first = first or refusal
                if refusal.code not in ("ocsp-refused", "ocsp-of-another", "fetch-refused"):
                    break
        raise first or LookupError(url)

    def _keep(
        self, errand: Errand, url: str, file: RevocationFile, failures: list[Failure], *, dry_run: bool
    ) -> ErrandReport:
        held = self.shelf.held(file)
        told = tuple(failures)
        if held is not None and held.data == file.data:
            return ErrandReport(errand.kind, errand.about, Fetched.UNCHANGED, url, held, told)
        if dry_run:
            return ErrandReport(errand.kind, errand.about, Fetched.NEW, url, file, told)
        kept, withdrawn = self.shelf.keep(file, url)
        return ErrandReport(errand.kind, errand.about, Fetched.NEW, url, kept, told, tuple(withdrawn))


@dataclass(frozen=True, slots=True)
class NeedState:
    """A certificate, until when its revocation is known (None: it is not), and whether that ends soon."""

    need: RevocationNeed
    until: datetime | None
    soon: bool

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "certificate": self.need.certificate,
            "serial": self.need.serial,
            "keys": list(self.need.keys),
            "state": "missing" if self.until is None else "soon" if self.soon else "fresh",
            "until": self.until.isoformat() if self.until else None,
            "files": [each.as_dict() for each in self.need.files],
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """Say of every certificate that a key relies on whether its revocation is known, and how much longer."""

    shelf: RevocationShelf
    clock: Clock

    def __call__(self, within: timedelta) -> tuple[NeedState, ...]:
        """What is missing first, then by when it ends; ``soon``: within that time from now."""
        now = self.clock.now()
        found = [(need, need.until(now)) for need in self.shelf.needs()]
        found.sort(key=lambda each: each[1] or datetime.min.replace(tzinfo=now.tzinfo))
        return tuple(NeedState(need, until, until is not None and until < now + within) for need, until in found)
