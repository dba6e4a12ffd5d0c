"""The clock that is known: a thread measures it, ``now`` reads what was found and refuses when that does not hold.

What was found is one frozen value, the statement: "off by no more than so much", with the moment of its measurement. It
ends by itself: ``now`` looks at its age, so that time stops being told also when the thread is dead. Between two
measurements the bound grows by what a clock may drift, and a step of the wall clock shows against the monotonic one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from signer.errors import Kind, SignerError
from signer.model.time import ClockStanding, ClockState, Moment, SourceStanding
from signer.tsa.judgement import judge, next_midnight
from signer.tsa.reading import SECOND, Reading, read
from signer.tsa.rounds import Rounds
from signer.tsa.sources import DRIFT, ClockSettings

log = logging.getLogger(__name__)

JUMP = 0.01
"""A step larger than this is nobody's fine adjustment: the statement is void. A smaller one is added to the bound."""
LEAP_MARGIN = 60.0
"""Seconds before and after an announced leap second in which time is not told."""
LOOK = 1.0
"""Seconds between two looks of the thread: jumps are noticed, and told, between two measurements too."""
_MICRO = 1000


@dataclass(frozen=True, slots=True)
class Statement:
    """The clock was off by no more than ``bound`` seconds at ``base``; ``leap``: when the next leap second ends.

    ``state`` is GOOD, or what the measurement found wrong.
    """

    state: ClockState
    base: Reading
    bound: float
    leap: float | None = None


def stands(statement: Statement | None, now: Reading, settings: ClockSettings) -> ClockState:
    """Whether the statement holds at ``now``; pure, and as quick as it is asked often."""
    if statement is None:
        return ClockState.UNMEASURED
    if statement.state is not ClockState.GOOD:
        return statement.state
    base = statement.base
    step, age = abs(base.step(now)), base.age(now)
    if step > JUMP or age < 0:
        return ClockState.JUMPED
    if age > settings.valid:
        return ClockState.EXPIRED
    if statement.bound + step + DRIFT * age > settings.accuracy.total_seconds():
        return ClockState.OFF
    leap = statement.leap
    if leap is not None and now.at >= leap - LEAP_MARGIN and base.at < leap + LEAP_MARGIN:
        return ClockState.LEAP
    return ClockState.GOOD


def coming_leap(announced: bool, at: float, before: float | None) -> float | None:
    """The end of the day with a leap second, if one is announced or was; at ``at`` (seconds since 1970).

    The one that is at hand is kept until its margin is over, whatever servers say meanwhile: some still announce it,
    some no longer do.
    """
    if before is not None and before - LEAP_MARGIN <= at < before + LEAP_MARGIN:
        return before
    return next_midnight(at) if announced else None


class KnownClock:
    """A ``KnownTime`` on the computer's clock, measured against sources; ``start`` it after the fork.

    ``tell`` gets the standing after each round, and whenever the state changes; it must be quick and not raise.
    """

    def __init__(
        self,
        settings: ClockSettings,
        tell: Callable[[ClockStanding], None] = lambda _: None,
        clocks: Callable[[], Reading] = read,
    ) -> None:
        self.settings = settings
        self._tell, self._clocks = tell, clocks
        self._rounds = Rounds(settings.sources, settings.timeout)
        self._statement: Statement | None = None
        self._sources: tuple[SourceStanding, ...] = ()
        self._told: ClockState | None = None
        self._telling = threading.Lock()
        self._measuring = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def now(self) -> Moment:
        """Now; see ``KnownTime``."""
        statement, reading = self._both()
        state = stands(statement, reading, self.settings)
        if state is not self._told:
            self._changed(self._standing(statement, reading))
        if state is not ClockState.GOOD:
            raise _refusal(state)
        return Moment(datetime.fromtimestamp(reading.wall // _MICRO / 1e6, UTC), self.settings.accuracy)

    def standing(self) -> ClockStanding:
        """How the clock is now."""
        return self._standing(*self._both())

    def measure(self) -> ClockStanding:
        """One round now, in this thread: for programs that are over before a monitor would be of use."""
        with self._measuring:
            self._round()
        return self.standing()

    def start(self) -> None:
        """Measure from now on, in a thread of this process; comes back after the first round."""
        first = threading.Event()
        self._ended.clear()
        self._thread = threading.Thread(target=self._monitor, args=(first,), name="clock", daemon=True)
        self._thread.start()
        first.wait(self.settings.timeout + 1)

    def stop(self) -> None:
        """Measure no more; the statement at hand still ends by itself."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _monitor(self, first: threading.Event) -> None:
        last: Reading | None = None
        while not self._ended.is_set():
            try:
                if last is None or self._due(last):
                    last = self._clocks()
                    self.measure()
            except Exception:  # whatever it is, the next round may be better; until then the statement ends by itself
                log.exception("measuring the clock failed")
            first.set()
            self._ended.wait(min(LOOK, self.settings.interval / 4))

    def _due(self, last: Reading) -> bool:
        """Whether to measure again: sooner if time is not told, and at once when the clock was set."""
        statement, reading = self._both()
        standing = self._standing(statement, reading)
        if standing.state is not self._told:
            self._changed(standing)
        patience = self.settings.interval if standing.good else self.settings.interval / 4
        return last.age(reading) >= patience or abs(last.step(reading)) > JUMP

    def _both(self) -> tuple[Statement | None, Reading]:
        """In this order: a statement made after the clocks were read would lie ahead of them, and look like a jump."""
        statement = self._statement
        return statement, self._clocks()

    def _round(self) -> None:
        base = self._clocks()
        before = self._statement
        found = judge(self._rounds.ask(base), self.settings.quorum, self.settings.accuracy.total_seconds())
        self._sources = found.sources
        if found.state is not ClockState.UNMEASURED:
            # Set while it was measured: then it is of a clock that is no more, and the next look finds it.
            leap = coming_leap(found.leap, base.at, before.leap if before else None)
            self._statement = Statement(found.state, base, found.bound or 0.0, leap)
        # Else what was found before holds until it expires.
        standing = self.standing()
        if standing.state is self._told:
            self._tell(standing)
        else:
            self._changed(standing)

    def _changed(self, standing: ClockStanding) -> None:
        """Say it once, whoever notices: the thread, or who asks for the time when there is no thread any more."""
        with self._telling:
            before, self._told = self._told, standing.state
            if before is standing.state:
                return
        if standing.good:
            log.info("the clock is known: %s", _told(standing))
        else:
            log.error("the clock is not known (%s): %s", standing.state.value, _told(standing))
        self._tell(standing)

    def _standing(self, statement: Statement | None, reading: Reading) -> ClockStanding:
        settings, state = self.settings, stands(statement, reading, self.settings)
        bound = until = None
        measured = statement is not None and statement.state in (ClockState.GOOD, ClockState.OFF)
        if statement is not None and measured and not settings.local:
            bound = statement.bound + abs(statement.base.step(reading)) + DRIFT * max(statement.base.age(reading), 0)
        if statement is not None and state is ClockState.GOOD:
            left = settings.accuracy.total_seconds() - statement.bound - abs(statement.base.step(reading))
            lasts = timedelta(seconds=min(settings.valid, left / DRIFT))
            until = datetime.fromtimestamp(statement.base.wall / SECOND, UTC) + lasts
        return ClockStanding(state, bound, until, settings.accuracy, self._sources)


def _told(standing: ClockStanding) -> str:
    """What the sources told, for the log."""
    parts = [] if standing.bound is None else [f"off by no more than {standing.bound:.6f} s"]
    for each in standing.sources:
        # Nobody measured what is known without an error: the operator vouches for it.
        offset = "" if each.offset is None or not each.error else f" {each.offset:+.6f} s ± {each.error:.6f} s"
        parts.append(f"{each.name}: {each.state.value}{offset}{f' ({each.detail})' if each.detail else ''}")
    return "; ".join(parts) or "nobody was asked yet"


_WHY: dict[ClockState, tuple[str, str]] = {
    ClockState.UNMEASURED: ("chưa đo được đồng hồ", "it could not be measured yet"),
    ClockState.EXPIRED: ("lần đo tốt gần nhất đã quá cũ", "the last good measurement is too old"),
    ClockState.JUMPED: ("đồng hồ vừa bị chỉnh nhảy", "it was set since it was measured"),
    ClockState.OFF: ("đồng hồ lệch quá độ chính xác đã công bố", "it is further off than the declared accuracy"),
    ClockState.DISAGREED: ("các nguồn giờ mâu thuẫn nhau", "its sources contradict each other"),
    ClockState.LEAP: ("sắp có hoặc vừa có giây nhuận", "a leap second is at hand"),
}


def _refusal(state: ClockState) -> SignerError:
    vi, en = _WHY[state]
    return SignerError(
        Kind.UNAVAILABLE,
        "time-not-available",
        f"Không xác nhận được giờ: {vi}.",
        f"the time cannot be vouched for: {en}",
        clause="ETSI EN 319 421, 7.7.2",
        retry_after=10,
    )
