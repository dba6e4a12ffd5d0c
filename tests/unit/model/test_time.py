"""A moment is in UTC, and no clock is exact."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from signer.model.time import Moment

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def test_a_moment_holds_what_it_was_made_of():
    moment = Moment(AT, timedelta(seconds=1))
    assert (moment.at, moment.accuracy) == (AT, timedelta(seconds=1))
    assert moment == Moment(AT.astimezone(timezone(timedelta(0))), timedelta(seconds=1))


@pytest.mark.parametrize(
    ("at", "accuracy"),
    [
        (AT.replace(tzinfo=None), timedelta(seconds=1)),
        (AT.astimezone(timezone(timedelta(hours=7))), timedelta(seconds=1)),
        (AT, timedelta(0)),
        (AT, timedelta(seconds=-1)),
    ],
)
def test_a_moment_that_is_none_is_refused(at: datetime, accuracy: timedelta):
    with pytest.raises(ValueError, match=r"moment|exact"):
        Moment(at, accuracy)
