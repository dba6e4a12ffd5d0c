"""What sources told, judged: whatever a minority of liars says, the bound holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.model.time import ClockState, SourceState
from signer.tsa.judgement import Judgement, Measurement, Missed, judge, next_midnight

AWAY = Missed(SourceState.AWAY, "no route")


def told(*whats: Measurement | Missed, accuracy: float = 1.0) -> Judgement:
    named = [(str(number), what) for number, what in enumerate(whats)]
    return judge(named, len(whats) // 2 + 1, accuracy)


def states(found: Judgement) -> list[SourceState]:
    return [each.state for each in found.sources]


def test_one_source_gives_its_offset_and_its_error():
    found = told(Measurement(-0.02, 0.005))
    assert (found.state, found.bound) == (ClockState.GOOD, pytest.approx(0.025))


def test_further_off_than_declared():
    found = told(Measurement(0.9, 0.11))
    assert (found.state, found.bound) == (ClockState.OFF, pytest.approx(1.01))


def test_the_edge_itself_is_within():
    assert told(Measurement(0.75, 0.25)).state is ClockState.GOOD


def test_one_of_three_may_lie():
    found = told(Measurement(0.01, 0.01), Measurement(0.015, 0.01), Measurement(7, 0.001))
    assert (found.state, found.bound) == (ClockState.GOOD, pytest.approx(0.02))
    assert states(found) == [SourceState.GOOD, SourceState.GOOD, SourceState.FALSE]


def test_one_of_three_may_be_away():
    found = told(Measurement(0.01, 0.01), AWAY, Measurement(0.015, 0.01))
    assert (found.state, found.bound) == (ClockState.GOOD, pytest.approx(0.02))
    assert found.sources[1].detail == "no route"


def test_two_that_contradict_each_other_say_nothing():
    found = told(Measurement(0, 0.1), Measurement(0.3, 0.1))
    assert (found.state, found.bound) == (ClockState.DISAGREED, None)


def test_too_few_are_too_few():
    assert told(Measurement(0, 0.1), AWAY).state is ClockState.UNMEASURED
    assert told(AWAY, AWAY, Measurement(0, 0.1)).state is ClockState.UNMEASURED
    assert told(AWAY).state is ClockState.UNMEASURED


def test_who_is_vague_agrees_with_everybody_and_confirms_nobody():
    found = told(Measurement(0.5, 0.01), Measurement(0, 15), AWAY)
    assert found.state is ClockState.UNMEASURED
    assert states(found)[1] is SourceState.VAGUE


def test_a_leap_second_counts_from_who_is_believed():
    assert told(Measurement(0, 0.1, leap=True)).leap
    liars = told(Measurement(0, 0.1), Measurement(0, 0.1), Measurement(0.9, 0.1, leap=True))
    assert liars.state is ClockState.GOOD
    assert not liars.leap


SECONDS = st.floats(-2, 2, allow_nan=False)
ERRORS = st.floats(0, 0.9)


@st.composite
def round_with_liars(draw: st.DrawFn) -> tuple[float, list[Measurement | Missed]]:
    """Most are right: the true offset lies in their intervals. The rest say anything, or nothing."""
    true, count = draw(SECONDS), draw(st.integers(1, 7))
    right = draw(st.integers(count // 2 + 1, count))
    whats: list[Measurement | Missed] = []
    for _ in range(right):
        error = draw(ERRORS)
        whats.append(Measurement(true + error * draw(st.floats(-1, 1)), error + 1e-12))
    whats += [AWAY if draw(st.booleans()) else Measurement(draw(SECONDS), draw(ERRORS)) for _ in range(count - right)]
    return true, draw(st.permutations(whats))


@given(round_with_liars())
def test_whatever_a_minority_says_the_true_offset_is_within_the_bound(case: tuple[float, list[Measurement | Missed]]):
    true, whats = case
    found = told(*whats)
    assert found.bound is not None
    assert abs(true) <= found.bound + 1e-9
    assert (found.state is ClockState.GOOD) == (found.bound <= 1.0)


@given(round_with_liars(), st.randoms())
def test_the_order_of_the_sources_does_not_matter(case, dice):
    _, whats = case
    mixed = list(whats)
    dice.shuffle(mixed)
    assert (told(*whats).state, told(*whats).bound) == (told(*mixed).state, told(*mixed).bound)


def test_midnight():
    assert next_midnight(0) == 86_400
    assert next_midnight(86_399.9) == 86_400
    assert next_midnight(86_400) == 2 * 86_400
