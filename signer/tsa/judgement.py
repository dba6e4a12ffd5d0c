"""What sources told, judged as a pure function: who is believed, and by how much the clock may be off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from signer.model.time import ClockState, SourceStanding, SourceState

DAY = 86_400.0


class Missed(Exception):
    """A source did not tell the time; ``state`` says why, ``detail`` adds what it said, ``rest`` how long to leave it.

    ``rest`` is in seconds; 0: ask again at the next round.
    """

    def __init__(self, state: SourceState, detail: str = "", rest: float = 0.0) -> None:
        super().__init__(f"{state.value} {detail}".strip())
        self.state, self.detail, self.rest = state, detail, rest


@dataclass(frozen=True, slots=True)
class Measurement:
    """True time less our clock is within ``error`` of ``offset`` (seconds), if the source is right."""

    offset: float
    error: float
    leap: bool = False
    """Whether a leap second is announced."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """GOOD: the clock is off by no more than ``bound`` seconds, if most sources are right. ``leap``: one is announced.

    UNMEASURED: too few told anything to say more. DISAGREED, OFF: enough did, and it is bad news.
    """

    state: ClockState
    bound: float | None
    leap: bool
    sources: tuple[SourceStanding, ...]


def judge(told: Sequence[tuple[str, Measurement | Missed]], quorum: int, accuracy: float) -> Judgement:
    """Judge one round: what each source of the settings told, by name.

    Each measurement allows an interval for the true offset. If at least ``quorum`` sources are right, the true offset
    lies in that many intervals at once; the bound is the largest value for which that can be. So a minority of liars
    can widen the bound or deny the time, but never make it wrong. A source that is vaguer than ``accuracy`` agrees with
    everybody and confirms nobody: it does not count.
    """
    standings = [_standing(name, what, accuracy) for name, what in told]
    counted = [
        (standing.name, what)
        for standing, (_, what) in zip(standings, told, strict=True)
        if standing.state is SourceState.GOOD and isinstance(what, Measurement)
    ]
    if len(counted) < quorum:
        return Judgement(ClockState.UNMEASURED, None, False, tuple(standings))
    allowed = _allowed([measurement for _, measurement in counted], quorum)
    if allowed is None:
        return Judgement(ClockState.DISAGREED, None, False, tuple(standings))
    low, high = allowed
    false = {name for name, each in counted if each.offset + each.error < low or each.offset - each.error > high}
    bound = max(abs(low), abs(high))
    return Judgement(
        ClockState.GOOD if bound <= accuracy else ClockState.OFF,
        bound,
        any(each.leap for name, each in counted if name not in false),
        tuple(replace(each, state=SourceState.FALSE) if each.name in false else each for each in standings),
    )


def _standing(name: str, what: Measurement | Missed, accuracy: float) -> SourceStanding:
    if isinstance(what, Missed):
        return SourceStanding(name, what.state, detail=what.detail)
    state = SourceState.GOOD if what.error <= accuracy else SourceState.VAGUE
    return SourceStanding(name, state, what.offset, what.error)


def _allowed(measurements: Iterable[Measurement], quorum: int) -> tuple[float, float] | None:
    """The least and the greatest offset that at least ``quorum`` measurements allow; None: there is none."""
    # At the same value what begins comes before what ends: intervals that touch share a point.
    edges = sorted(
        edge for each in measurements for edge in ((each.offset - each.error, 0), (each.offset + each.error, 1))
    )
    within, low, high = 0, None, None
    for value, ends in edges:
        if ends:
            if within >= quorum:
                high = value
            within -= 1
        else:
            within += 1
            if within >= quorum and low is None:
                low = value
    return None if low is None or high is None else (low, high)


def next_midnight(at: float) -> float:
    """The end of the UTC day of ``at``, where leap seconds lie (seconds since 1970)."""
    return (at // DAY + 1) * DAY
