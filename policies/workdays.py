"""Days on which offices work: weekends off, public holidays as the rules list them."""

from __future__ import annotations

from datetime import date, timedelta

from policies.model import Ruleset


def is_workday(rules: Ruleset, day: date) -> bool:
    """Whether offices work on ``day``."""
    return day.isoweekday() not in rules.numbering.weekend.value and day not in rules.numbering.holidays.value


def nth_workday_after(rules: Ruleset, day: date, count: int) -> date:
    """The ``count``-th workday after ``day``; ``day`` itself for 0. Data without any workday is a ValueError."""
    for step in range(1, 366 + 7 * count):
        if count == 0:
            break
        later = day + timedelta(days=step)
        if is_workday(rules, later):
            count -= 1
            if count == 0:
                return later
    if count:
        raise ValueError("the calendar has no workdays")
    return day
