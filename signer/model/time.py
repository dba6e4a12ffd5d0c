"""A moment that can be vouched for: what the clock says, and how far off it may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Moment:
    """True UTC lies within ``accuracy`` of ``at``, on either side (RFC 3161, 2.4.2: genTime and accuracy).

    ``at`` is aware, in UTC. ``accuracy`` is the bound that the operator declares, not the smaller one just measured.
    """

    at: datetime
    accuracy: timedelta

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError(f"a moment in UTC wanted, not {self.at!r}")
        if self.accuracy <= timedelta(0):
            raise ValueError(f"no clock is exact: {self.accuracy!r}")


@dataclass(frozen=True, slots=True)
class TimeStampReply:
    """An authority's answer. ``der``: the TimeStampResp, a refusal too.

    ``outcome``: "granted", or the name of the PKIFailureInfo (RFC 3161, 2.4.2). ``serial``: of the token, hexadecimal,
    "" where there is none.
    """

    der: bytes
    outcome: str
    serial: str = ""


GRANTED = "granted"
"""The outcome of a request that got its token."""
