"""A time-stamp that somebody else has given, and what it counts for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from policies.model import Finding


class CountsAs(StrEnum):
    """Whose word the time of a time-stamp is, in the eyes of the organisation's policy.

    For official documents the Government CA's service counts (NĐ 68/2024/NĐ-CP, Điều 29(4)); any other time is told
    as internal.
    """

    GOVERNMENT = "government"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A TimeStampToken (RFC 3161, DER in ``token``) that was verified as an answer to our own question.

    ``at`` its time, ``accuracy`` None where the authority declares none; ``serial`` its number in decimal; ``until``
    when the authority's certificate ends. ``authority`` as the settings name it. ``findings``: what is odd and does
    not refuse.
    """

    authority: str
    counts_as: CountsAs
    at: datetime
    accuracy: timedelta | None
    policy: str
    serial: str
    subject: str
    until: datetime
    findings: tuple[Finding, ...]
    token: bytes = field(repr=False)
    certificate: bytes = field(repr=False)

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house, without the bytes."""
        return {
            "authority": self.authority,
            "counts_as": self.counts_as.value,
            "time": self.at.isoformat(),
            "accuracy_seconds": None if self.accuracy is None else self.accuracy.total_seconds(),
            "policy": self.policy,
            "serial": self.serial,
            "certificate": self.subject,
            "certificate_until": self.until.isoformat(),
            "findings": [each.as_dict() for each in self.findings],
        }
