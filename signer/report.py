"""The report of a verification, in the words of ETSI EN 319 102-1 and of the interface; values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.model import Finding


class Verdict(StrEnum):
    """The whole file."""

    PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    FAILED = "TOTAL-FAILED"
    NO_SIGNATURE = "NO_SIGNATURE"


class SubIndication(StrEnum):
    """Why, EN 319 102-1 table 5 and 6 (those that we use)."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    TRY_LATER = "TRY_LATER"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"


@dataclass(frozen=True, slots=True)
class TimeStampReport:
    """A time-stamp that holds. ``internal``: not of the service that official documents need, or not proven to be."""

    time: datetime
    authority: str
    policy: str
    trusted: bool
    internal: bool

    def as_dict(self) -> dict[str, object]:
        """As in the interface."""
        return {
            "time": self.time.isoformat(timespec="seconds"),
            "authority": self.authority,
            "policy": self.policy,
            "trusted": self.trusted,
            "internal": self.internal,
        }


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature. ``covers`` says how far it reaches; ``changes_after`` what later revisions did."""

    field: str
    role: str
    signer: str
    level: str
    indication: Verdict
    subindication: SubIndication | None
    signing_time: datetime | None
    best_signature_time: datetime | None
    covers: str
    changes_after: tuple[str, ...] = ()
    time_stamp: TimeStampReport | None = None

    def as_dict(self) -> dict[str, object]:
        """As in the interface."""

        def stamp(moment: datetime | None) -> str | None:
            return moment.isoformat(timespec="seconds") if moment else None

        return {
            "field": self.field,
            "role": self.role,
            "signer": self.signer,
            "level": self.level,
            "indication": self.indication.value,
            "subindication": self.subindication.value if self.subindication else None,
            "signing_time": stamp(self.signing_time),
            "best_signature_time": stamp(self.best_signature_time),
            "covers": self.covers,
            "changes_after": list(self.changes_after),
            "time_stamp": self.time_stamp.as_dict() if self.time_stamp else None,
        }


@dataclass(frozen=True, slots=True)
class Chain:
    """Who did what, in the order that the law asks for: names of initials and leaders, number, date, agency."""

    initials: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()
    number: str | None = None
    date: str | None = None
    agency: str | None = None

    def as_dict(self) -> dict[str, object]:
        """As in the interface."""
        return {
            "initials": list(self.initials),
            "leaders": list(self.leaders),
            "number": self.number,
            "date": self.date,
            "agency": self.agency,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a file, for people and machines."""

    verdict: Verdict
    chain: Chain
    signatures: tuple[SignatureReport, ...]
    findings: tuple[Finding, ...]
    policy_id: str
    policy_version: str
    at: datetime

    def as_dict(self) -> dict[str, object]:
        """As in the interface."""
        return {
            "verdict": self.verdict.value,
            "chain": self.chain.as_dict(),
            "signatures": [signature.as_dict() for signature in self.signatures],
            "findings": [found.as_dict() for found in self.findings],
            "policy": {
                "id": self.policy_id,
                "version": self.policy_version,
                "at": self.at.isoformat(timespec="seconds"),
            },
        }


@dataclass(frozen=True, slots=True)
class PackageReport:
    """A main document and its attachments: each file's report, what holds them together, the verdict on all.

    ``verdict`` is the worst of the files', and FAILED where the package itself does not hold.
    """

    verdict: Verdict
    main: Report
    attachments: tuple[tuple[str, Report], ...]
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, object]:
        """The main document's report, with ``package`` added."""
        return self.main.as_dict() | {
            "package": {
                "verdict": self.verdict.value,
                "attachments": [{"name": name, **report.as_dict()} for name, report in self.attachments],
                "findings": [found.as_dict() for found in self.findings],
            }
        }
