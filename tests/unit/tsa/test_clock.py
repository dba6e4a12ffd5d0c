"""The clock that is known: it says so while that holds, refuses when it does not, and tells when that changes."""

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from signer.errors import Kind, SignerError
from signer.model.time import ClockStanding, ClockState, SourceState
from signer.tsa.clock import KnownClock, Statement, coming_leap, stands
from signer.tsa.reading import SECOND, Reading, read
from signer.tsa.sources import DRIFT, ClockSettings, parse
from tests.support.ntp_server import Fake, serving

MIDNIGHT = 20_000 * 86_400
NOON = Reading((MIDNIGHT - 43_200) * SECOND, 7 * SECOND, 200, 9 * SECOND)
LOCAL = ClockSettings((parse("local"),))


def later(reading: Reading, seconds: float, *, step: float = 0.0, slept: float = 0.0) -> Reading:
    passed = int(seconds * SECOND)
    return replace(
        reading,
        wall=reading.wall + passed + int((step + slept) * SECOND),
        mono=reading.mono + passed,
        boot=reading.boot + passed + int(slept * SECOND),
    )


def good(bound: float = 0.01, base: Reading = NOON, leap: float | None = None) -> Statement:
    return Statement(ClockState.GOOD, base, bound, leap)


# --- whether a statement holds ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "now", "state"),
    [
        (None, NOON, ClockState.UNMEASURED),
        (good(), NOON, ClockState.GOOD),
        (good(), later(NOON, 119.9), ClockState.GOOD),
        (good(), later(NOON, 120.1), ClockState.EXPIRED),
        (good(), later(NOON, -1), ClockState.JUMPED),
        (good(), later(NOON, 1, step=0.009), ClockState.GOOD),
        (good(), later(NOON, 1, step=0.02), ClockState.JUMPED),
        (good(), later(NOON, 1, step=-0.02), ClockState.JUMPED),
        (good(), later(NOON, 1, step=-3600), ClockState.JUMPED),
        (good(), later(NOON, 1, slept=5), ClockState.JUMPED),
        (good(), later(NOON, 1, slept=500), ClockState.JUMPED),
        (good(), later(NOON, 1, slept=500, step=-500), ClockState.EXPIRED),  # set back by what it slept: still too old
        (good(0.995), later(NOON, 40), ClockState.GOOD),
        (good(0.995), later(NOON, 60), ClockState.OFF),  # it may have drifted by 6 ms since
        (good(0.995), later(NOON, 1, step=0.006), ClockState.OFF),
        (replace(good(), state=ClockState.OFF), NOON, ClockState.OFF),
        (replace(good(), state=ClockState.DISAGREED), NOON, ClockState.DISAGREED),
    ],
)
def test_whether_a_statement_holds(statement: Statement | None, now: Reading, state: ClockState):
    assert stands(statement, now, LOCAL) is state


def test_a_thread_held_up_between_two_clocks_has_seen_no_jump():
    """The wall clock was read anywhere between the two readings of the other one: only what is outside is a step."""
    held = replace(later(NOON, 1), width=5 * SECOND)
    for within in (0.0, 2.5, 4.9):
        assert NOON.step(replace(held, wall=held.wall + int(within * SECOND))) == 0
    assert NOON.step(replace(held, wall=held.wall + 6 * SECOND)) == pytest.approx(1, abs=1e-3)
    assert NOON.step(replace(held, wall=held.wall - 1 * SECOND)) == pytest.approx(-1, abs=1e-3)


def test_the_real_clocks_do_not_step_while_we_look():
    base = read()
    for _ in range(200):
        time.sleep(0.001)
        now = read()
        assert abs(base.step(now)) < 0.001
        assert 0 <= base.age(now) < 60


@pytest.mark.parametrize(
    ("measured", "asked", "state"),
    [
        (-100, -61, ClockState.GOOD),
        (-100, -59, ClockState.LEAP),
        (-30, -1, ClockState.LEAP),
        (-30, 1, ClockState.LEAP),
        (5, 59, ClockState.LEAP),
        (59, 100, ClockState.LEAP),
        (61, 62, ClockState.GOOD),
    ],
)
def test_around_a_leap_second_no_time_is_told(measured: float, asked: float, state: ClockState):
    base = later(NOON, 43_200 + measured)
    assert stands(good(base=base, leap=MIDNIGHT), later(NOON, 43_200 + asked), LOCAL) is state
    assert stands(good(base=base), later(NOON, 43_200 + asked), LOCAL) is ClockState.GOOD


def test_a_leap_second_comes_at_the_end_of_the_day_and_is_remembered_until_it_is_over():
    assert coming_leap(False, MIDNIGHT - 100, None) is None
    assert coming_leap(True, MIDNIGHT - 100, None) == MIDNIGHT
    assert coming_leap(False, MIDNIGHT - 100, MIDNIGHT) is None  # taken back in time
    assert coming_leap(False, MIDNIGHT - 1, MIDNIGHT) == MIDNIGHT
    assert coming_leap(True, MIDNIGHT + 1, MIDNIGHT) == MIDNIGHT  # still announced by who is slow to notice
    assert coming_leap(False, MIDNIGHT + 59, MIDNIGHT) == MIDNIGHT
    assert coming_leap(False, MIDNIGHT + 61, MIDNIGHT) is None
    assert coming_leap(True, MIDNIGHT + 61, MIDNIGHT) == MIDNIGHT + 86_400


# --- with servers ----------------------------------------------------------------------------------------------


@dataclass
class Hands:
    """The computer's clocks, with hands on them: set, or let time pass."""

    step: float = 0.0
    passed: float = 0.0

    def __call__(self) -> Reading:
        return later(read(), self.passed, step=self.step)


def known(
    *fakes: Fake, tell: Callable[[ClockStanding], None] = lambda _: None, hands: Hands | None = None, **how: float
) -> KnownClock:
    sources = tuple(fake.source for fake in fakes)
    settings = replace(ClockSettings(sources, timeout=0.4), **how)
    return KnownClock(settings, tell, hands or Hands())


def refused(clock: KnownClock) -> SignerError:
    with pytest.raises(SignerError) as refusal:
        clock.now()
    assert (refusal.value.kind, refusal.value.code) == (Kind.UNAVAILABLE, "time-not-available")
    return refusal.value


def test_nothing_is_known_before_it_is_measured():
    error = refused(KnownClock(LOCAL))
    assert "chưa đo được" in error.text.vi
    assert error.retry_after


def test_now_is_now_with_the_declared_accuracy():
    fake = Fake()
    with serving(fake):
        clock = known(fake)
        assert clock.measure().good
        moment = clock.now()
    assert abs(moment.at - datetime.now(UTC)) < timedelta(seconds=1)
    assert moment.accuracy == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("fakes", "state", "sources"),
    [
        ([Fake(ahead=5)], "off", ["good"]),
        ([Fake(ahead=-1.5)], "off", ["good"]),
        ([Fake(), Fake(), Fake(ahead=30)], "good", ["good", "good", "false"]),
        ([Fake(), Fake(silent=True), Fake()], "good", ["good", "silent", "good"]),
        (
            [Fake(), Fake(leap=3), Fake(stratum=0, reference=b"DENY")],
            "unmeasured",
            ["good", "unsynchronised", "refused"],
        ),
        ([Fake(), Fake(ahead=1.5)], "disagreed", ["good", "good"]),
        ([Fake(root_dispersion=1.5)], "unmeasured", ["vague"]),
        ([Fake(ahead=9), Fake(ahead=9.0001), Fake()], "off", ["good", "good", "false"]),
    ],
)
def test_what_comes_of_a_round(fakes: list[Fake], state: str, sources: list[str]):
    with serving(*fakes):
        clock = known(*fakes)
        found = clock.measure()
    assert (found.state.value, [each.state.value for each in found.sources]) == (state, sources)
    assert [each.name for each in found.sources] == [fake.name for fake in fakes]
    if state != "good":
        refused(clock)


def test_a_server_that_is_slow_holds_the_others_up_no_longer_than_its_time():
    fakes = [Fake(), Fake(silent=True), Fake(wait=5), Fake(), Fake()]
    with serving(*fakes):
        began = time.monotonic()
        assert known(*fakes).measure().good
        assert time.monotonic() - began < 1.5


def test_a_resolver_that_hangs_is_a_silent_source_and_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch):
    hanging, release, looked_up = parse("ntp://hanging.example"), threading.Event(), []
    fakes = [Fake(), Fake()]
    true = socket.getaddrinfo

    def slow(host: str, *arguments: object, **how: object) -> object:
        if host == hanging.host:
            looked_up.append(host)
            release.wait(20)
            raise socket.gaierror("in vain")
        return true(host, *arguments, **how)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with serving(*fakes):
        clock = KnownClock(ClockSettings((*(fake.source for fake in fakes), hanging), timeout=0.3))
        for _ in range(2):
            found = clock.measure()
            assert [each.state.value for each in found.sources] == ["good", "good", "silent"]
            assert found.good
    assert len(looked_up) == 1
    release.set()


def test_who_refused_is_left_alone():
    fake = Fake(stratum=0, reference=b"RATE")
    with serving(fake):
        clock = known(fake)
        assert clock.measure().sources[0].state is SourceState.REFUSED
        for _ in range(3):
            assert clock.measure().sources[0].state is SourceState.RESTING
    assert len(fake.asked) == 1


def test_the_statement_ends_by_itself_when_nobody_measures_any_more(caplog: pytest.LogCaptureFixture):
    """The thread is dead, without a word. Who asks for the time is refused, and it is said, once."""
    caplog.set_level(logging.INFO)
    told: list[ClockStanding] = []
    fake, hands = Fake(), Hands()
    with serving(fake):
        clock = known(fake, tell=told.append, hands=hands, valid=10, interval=5)
        clock.start()
        clock.stop()
    assert told[-1].good
    until = told[-1].until
    assert until is not None
    hands.passed = 9.9
    clock.now()
    hands.passed = 10.5
    assert "quá cũ" in refused(clock).text.vi
    refused(clock)
    assert [each.state for each in told].count(ClockState.EXPIRED) == 1
    assert told[-1].until is None
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR"]
    assert "expired" in caplog.records[-1].getMessage()
    assert timedelta(seconds=9) < until - datetime.now(UTC) <= timedelta(seconds=10)


def test_sources_that_fall_silent_leave_the_statement_until_it_ends():
    fake, hands = Fake(), Hands()
    with serving(fake):
        clock = known(fake, hands=hands)
        clock.measure()
    hands.passed = 60
    assert clock.measure().good
    clock.now()
    hands.passed = 121
    assert clock.measure().state is ClockState.EXPIRED


def test_bad_news_does_not_wait_for_the_end():
    fake = Fake()
    with serving(fake):
        clock = known(fake)
        assert clock.measure().good
        fake.ahead = 3
        assert clock.measure().state is ClockState.OFF
        refused(clock)
        fake.ahead = 0
        clock.measure()
        clock.now()


@pytest.mark.parametrize("step", [0.5, -0.5, 3600.0])
def test_a_clock_that_was_set_is_measured_at_once(step: float, caplog: pytest.LogCaptureFixture):
    """Set by half a second: within the accuracy, and yet no longer what was measured. By an hour: off."""
    caplog.set_level(logging.INFO)
    fake, hands = Fake(), Hands()
    with serving(fake):
        clock = known(fake, hands=hands, valid=3000, interval=900)  # by itself it would not be measured again
        clock.start()
        clock.now()
        hands.step = step
        assert "nhảy" in refused(clock).text.vi
        deadline = time.monotonic() + 10
        while len(fake.asked) < 2 or clock.standing().state is ClockState.JUMPED:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        found = clock.standing()
        clock.stop()
    assert len(fake.asked) == 2
    assert found.bound == pytest.approx(abs(step), abs=0.05)
    assert found.state is (ClockState.GOOD if abs(step) < 1 else ClockState.OFF)
    assert any("jumped" in record.getMessage() for record in caplog.records)


def test_it_is_measured_again_and_again_and_told_when_it_begins_and_ends(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    told: list[ClockStanding] = []
    fake = Fake()

    def until(state: ClockState) -> None:
        deadline = time.monotonic() + 10
        while told[-1].state is not state:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    with serving(fake):
        clock = known(fake, tell=told.append, interval=0.2, valid=2)
        clock.start()
        assert told[-1].good  # start waits for the first round
        until(ClockState.GOOD)
        fake.ahead = 10
        until(ClockState.OFF)
        refused(clock)
        fake.ahead = 0
        until(ClockState.GOOD)
        clock.now()
        fake.silent = True
        until(ClockState.EXPIRED)
        clock.stop()
    levels = [record.levelname for record in caplog.records]
    assert levels == ["INFO", "ERROR", "INFO", "ERROR"], caplog.text
    assert f"{fake.name}: good +10.0" in caplog.records[1].getMessage()
    assert f"{fake.name}: silent" in caplog.records[3].getMessage()


def test_a_fault_in_a_round_does_not_end_the_thread(caplog: pytest.LogCaptureFixture):
    faults = iter([RuntimeError("once")])

    def tell(_: ClockStanding) -> None:
        for fault in faults:
            raise fault

    fake = Fake()
    with serving(fake):
        clock = known(fake, tell=tell, interval=0.2, valid=2)
        clock.start()
        deadline = time.monotonic() + 10
        while len(fake.asked) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        clock.now()
        clock.stop()
    assert "measuring the clock failed" in caplog.text


def test_the_bound_grows_with_time_and_is_told_so():
    fake, hands = Fake(), Hands()
    with serving(fake):
        clock = known(fake, hands=hands)
        first = clock.measure().bound
    hands.passed = 100
    second = clock.standing().bound
    assert first is not None
    assert second is not None
    assert second - first == pytest.approx(100 * DRIFT, rel=0.1)


def test_a_clock_that_is_nearly_too_far_off_is_good_for_less():
    """What it may drift is all that is left: until it is used up, not until the measurement is too old."""
    fake = Fake(ahead=0.994)
    with serving(fake):
        found = known(fake).measure()
    assert found.good
    assert found.until is not None
    assert found.until - datetime.now(UTC) < timedelta(seconds=60)


def test_a_leap_second_that_is_announced_by_a_server():
    fake, hands = Fake(leap=1), Hands()
    with serving(fake):
        clock = known(fake, hands=hands, valid=3600)
        now = time.time()
        fake.ahead = hands.step = (now // 86_400 + 1) * 86_400 - now - 90  # ninety seconds to midnight, for both
        assert clock.measure().good
        clock.now()
        hands.passed = 31
        assert "giây nhuận" in refused(clock).text.vi
        assert clock.standing().until is None
        fake.ahead, hands.step, hands.passed = fake.ahead + 100, hands.step + 100, 0
        fake.leap = 0
        assert clock.measure().state is ClockState.LEAP  # ten seconds after: nobody announces it any more
        fake.ahead, hands.step = fake.ahead + 60, hands.step + 60
        assert clock.measure().good


def test_the_operator_vouches_for_it_himself():
    clock = KnownClock(LOCAL)
    found = clock.measure()
    assert (found.good, found.bound) == (True, None)  # nobody measured: no number is made up
    clock.now()


def test_many_threads_may_ask_while_it_is_measured():
    fake, trouble = Fake(), []
    with serving(fake):
        clock = known(fake, interval=0.2, valid=2)
        clock.start()
        ended = threading.Event()

        def ask() -> None:
            before = clock.now().at
            while not ended.is_set():
                after = clock.now().at
                if after < before:
                    trouble.append((before, after))
                before = after

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.8)
        ended.set()
        for thread in threads:
            thread.join()
        clock.stop()
    assert trouble == []


def test_what_is_measured_while_the_clocks_are_read_is_no_jump():
    """Who asks is held up after reading the clocks, and meanwhile a new statement is made, later than that reading."""
    fake, meanwhile = Fake(), []

    def slow_reader() -> Reading:
        reading = read()
        if meanwhile:
            meanwhile.pop()()
        return reading

    with serving(fake):
        clock = KnownClock(ClockSettings((fake.source,)), clocks=slow_reader)
        clock.measure()
        meanwhile.append(clock.measure)
        clock.now()
        assert len(fake.asked) == 2


def test_now_costs_microseconds():
    clock = KnownClock(LOCAL)
    clock.measure()
    best = min(_time(clock.now) for _ in range(20))
    assert best < 50e-6, f"{best * 1e6:.1f} µs"  # some 3 µs on an idle machine


def _time(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(500):
        call()
    return (time.perf_counter() - began) / 500
