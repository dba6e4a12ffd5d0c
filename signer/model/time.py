"""A moment that can be vouched for, and how the clock is that would have to vouch for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


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


class ClockState(StrEnum):
    """Whether the clock is known, and if not, why."""

    GOOD = "good"
    UNMEASURED = "unmeasured"  # too few sources answered, and none before
    EXPIRED = "expired"  # the last good measurement is too old: no sources, or nobody measures any more
    JUMPED = "jumped"  # set, or held up by a computer that slept, since it was measured
    OFF = "off"  # further off than the accuracy that is declared
    DISAGREED = "disagreed"  # the sources contradict each other
    LEAP = "leap"  # a leap second is at hand


class SourceState(StrEnum):
    """What came of asking a source."""

    GOOD = "good"
    SILENT = "silent"  # no answer in time
    AWAY = "away"  # no such address, or nobody listens there
    REFUSED = "refused"  # it will not serve us (kiss of death), or not this command
    RESTING = "resting"  # it refused before, and is left alone for a while
    FOREIGN = "foreign"  # answers came, none of them to the question that was asked
    MALFORMED = "malformed"  # not of the protocol, or of impossible values
    UNSYNCHRONISED = "unsynchronised"  # it says itself that it does not know the time
    VAGUE = "vague"  # its own error may be larger than the accuracy that is declared
    FALSE = "false"  # it contradicts the majority


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """How a source is: ``offset`` is its time less ours, true within ``error``; seconds, None unless it told them."""

    name: str
    state: SourceState
    offset: float | None = None
    error: float | None = None
    detail: str = ""

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "name": self.name,
            "state": self.state.value,
            "offset_seconds": self.offset,
            "error_seconds": self.error,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class ClockStanding:
    """How the clock is. ``bound``: seconds by which it may be off; ``until``: when that statement ends by itself."""

    state: ClockState
    bound: float | None
    until: datetime | None
    accuracy: timedelta
    sources: tuple[SourceStanding, ...]

    @property
    def good(self) -> bool:
        """Whether time can be vouched for."""
        return self.state is ClockState.GOOD

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "state": self.state.value,
            "bound_seconds": self.bound,
            "accuracy_seconds": self.accuracy.total_seconds(),
            "until": self.until.isoformat() if self.until else None,
            "sources": [each.as_dict() for each in self.sources],
        }
