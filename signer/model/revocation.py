"""Revocation data as whoever looks after them sees it: what lies there, what keys need, what is to be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class RevocationKind(StrEnum):
    """The two forms of revocation data; the value is the suffix of their files, too."""

    CRL = "crl"  # RFC 5280, 5
    OCSP = "ocsp"  # RFC 6960


@dataclass(frozen=True, slots=True)
class RevocationFile:
    """A CRL or an OCSP answer that a CA of the keys has signed.

    ``identity`` is equal for the old and the new of the same thing: what a newer one takes the place of. ``name`` is
    the file's, "" while there is none; ``about`` the CA of a CRL, the certificate of an answer. It holds from
    ``since`` until ``until``. ``number`` is the CRL's (RFC 5280, 5.2.3).
    """

    kind: RevocationKind
    identity: str
    about: str
    since: datetime
    until: datetime
    number: int | None = None
    name: str = ""
    whole: bool = True
    """Whether a CRL speaks about all that its CA has issued."""
    data: bytes = field(default=b"", repr=False)

    @property
    def issuer(self) -> str:
        """The CA's key (SHA-256, hex), with which every identity begins."""
        return self.identity.partition(":")[0]

    def fresh(self, at: datetime) -> bool:
        """Whether it holds at a moment."""
        return self.since <= at <= self.until

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "file": self.name,
            "kind": self.kind.value,
            "about": self.about,
            "from": self.since.isoformat(),
            "until": self.until.isoformat(),
            "number": self.number,
        }


@dataclass(frozen=True, slots=True)
class RevocationNeed:
    """A certificate whose revocation has to be known before its ``keys`` sign, and what lies there for it."""

    certificate: str
    serial: str
    keys: tuple[str, ...]
    files: tuple[RevocationFile, ...]

    def until(self, at: datetime) -> datetime | None:
        """Until when its revocation is known; None: it is not known at ``at``."""
        return max((each.until for each in self.files if each.fresh(at)), default=None)


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to fetch. ``urls`` are other ways to the same, in order; ``requests`` what is posted, each in turn.

    ``about`` says whose it is, for people; ``issuer`` is the CA's key (hex), "" where any of the CAs will do;
    ``certificate`` (DER) is asked about by OCSP.
    """

    kind: RevocationKind
    about: str
    urls: tuple[str, ...]
    issuer: str = ""
    requests: tuple[bytes, ...] = field(default=(), repr=False)
    certificate: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class UnusableAddress:
    """An address in a certificate that this program does not go to, such as ldap."""

    url: str
    about: str

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {"url": self.url, "about": self.about}


@dataclass(frozen=True, slots=True)
class RevocationPlan:
    """What to fetch, and what cannot be."""

    errands: tuple[Errand, ...]
    unusable: tuple[UnusableAddress, ...]


class Fetched(StrEnum):
    """What came of an errand."""

    NEW = "new"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SPARED = "spared"  # the settings name another list of this CA, which came


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong at one URL. ``away``: nobody was there, or not in time; the next run may have more luck."""

    url: str
    code: str
    message: Mapping[str, str]
    away: bool

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {"url": self.url, "code": self.code, "message": dict(self.message)}


@dataclass(frozen=True, slots=True)
class ErrandReport:
    """An errand done or not: ``url`` where it was got, ``failures`` where it was not, ``file`` what holds now.

    ``withdrawn``: OCSP answers that were removed because the new CRL revokes what they call good.
    """

    kind: RevocationKind
    about: str
    result: Fetched
    url: str = ""
    file: RevocationFile | None = None
    failures: tuple[Failure, ...] = ()
    withdrawn: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "kind": self.kind.value,
            "about": self.about,
            "result": self.result.value,
            "url": self.url,
            "file": self.file.as_dict() if self.file else None,
            "failures": [each.as_dict() for each in self.failures],
            "withdrawn": list(self.withdrawn),
        }
