"""What time it is, whose word that is, and time-stamps; each docstring is a contract that the tests check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from signer.model import (
    Gathered,
)
from signer.model.time import ClockStanding, Moment, TimeStampReply
from signer.model.timestamp import TimeStamp


class Clock(Protocol):
    """The time of day; tests set it."""

    def now(self) -> datetime:
        """Now, aware, UTC."""


class KnownTime(Protocol):
    """The time of day for those who vouch for it, such as a time-stamp authority (ETSI EN 319 421, 7.7.2)."""

    def now(self) -> Moment:
        """Now, with the declared accuracy. Costs microseconds: others measure, this reads what they found.

        UNAVAILABLE ``time-not-available`` whenever that cannot be said: nothing measured yet, the last good
        measurement too old (whoever measures may be dead), the clock further off than the accuracy, set or
        jumped since it was measured, a leap second at hand. May be called by any thread.
        """


class WatchedTime(KnownTime, Protocol):
    """A ``KnownTime`` and whoever looks after it."""

    def start(self) -> None:
        """Measure from now on, in this process; comes back after the first round, or when that takes too long."""

    def measure(self) -> ClockStanding:
        """Measure once, now; for programs that are over before a monitor would be of use."""

    def standing(self) -> ClockStanding:
        """How the clock is, without measuring."""


class ValidationSource(Protocol):
    """What a later verifier needs of a certificate (EN 319 142-1, 5.4), out of what lies at hand; nobody is asked."""

    def gather(self, certificate: bytes, chain: Sequence[bytes], at: datetime) -> Gathered:
        """Certificates up to and with the root, and CRLs or OCSP answers for each below it, all holding at ``at``.

        ``certificate`` and the CAs of ``chain`` are DER. From what is given and a pinned root alone path and revocation
        follow. Where something is missing, stale or revoked nothing is given, and ``lacking`` says why. ValueError
        where the certificate is no X.509.
        """


class TimeStamper(Protocol):
    """Gives time-stamps: our own authority in this process, or others' over HTTP."""

    @property
    def name(self) -> str:
        """Whose they are, for logs and reports."""

    def stamp(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """A TimeStampToken (RFC 3161: a CMS ContentInfo, DER) over a digest, verified already.

        ``algorithm`` is sha256, sha384 or sha512, and ``digest`` as long as that says (ValueError). UNAVAILABLE
        ``time-stamp-unavailable`` when none could be had in the time that there was.
        """


class TimeStampAuthority(Protocol):
    """Our own authority, which answers the requests of strangers (RFC 3161, 2.4)."""

    def reply(self, query: bytes) -> TimeStampReply:
        """What a TimeStampReq gets: a token, or a refusal that says why. Never raises for what it holds."""


class Authorities(Protocol):
    """Others' time-stamp authorities, for those who look after them."""

    def names(self) -> Sequence[str]:
        """Those that are asked today, in order."""

    def probe(self, name: str, digest: bytes, algorithm: str = "sha256") -> TimeStamp:
        """Ask this one, whatever came of it before; NOT_FOUND ``unknown-authority``, or why its answer will not do."""
