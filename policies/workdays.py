"""Days on which offices work: weekends and public holidays are off, days worked in exchange are not.

Each day is judged by the rules of that very day: the calendar of a year is an instrument of that year, so that from 31
December the look goes on into the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from policies.model import Ruleset

RulesOn = Callable[[date], Ruleset]
"""Gives the rules in force on a day; raises where none are known."""


def is_workday(rules: Ruleset, day: date) -> bool:
    """Whether offices work on ``day``, by the rules of that day."""
    calendar = rules.calendar
    if day in calendar.worked.value:
        return True
    return not (
        day.isoweekday() in calendar.weekend.value
        or day in calendar.holidays.value
        or f"{day.month:02d}-{day.day:02d}" in calendar.yearly_holidays.value
    )


def calendar_known(rules: Ruleset, day: date) -> bool:
    """Whether the holidays of ``day``'s year have been entered; else only weekends and the fixed ones are off."""
    return any(holiday.year == day.year for holiday in rules.calendar.holidays.value)


def nth_workday_after(rules_on: RulesOn, day: date, count: int) -> date:
    """The ``count``-th workday after ``day``; ``day`` itself for 0. Data without any workday is a ValueError."""
    for step in range(1, 366 + 7 * count):
        if count == 0:
            break
        if day.toordinal() + step > date.max.toordinal():
            return date.max
        later = day + timedelta(days=step)
        if is_workday(rules_on(later), later):
            count -= 1
            if count == 0:
                return later
    if count:
        raise ValueError("the calendar has no workdays")
    return day
