"""Deadlines of an issuer and a year: what was issued or sent late, what is overdue now, and the figures of the year.

NĐ 30/2020/NĐ-CP, Điều 18(1): issued on the day, at the latest on the next working day; QĐ 28/2018/QĐ-TTg, Điều 6(2):
sent the same day, at the latest on the next working morning; what is urgent, at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from policies.deadlines import CourseFacts, Lateness, calendar_gap, judge
from policies.model import Finding
from policies.workdays import RulesOn
from signer.model import VIETNAM, Course, DocumentState, Medium, Urgency
from signer.ports import Clock, Store
from signer.usecases.caller import Caller
from signer.usecases.register import known_issuer
from signer.usecases.rows import sent_moment
from signer.usecases.rules import local_day, rules_in_force

_ENDED = frozenset({DocumentState.REJECTED, DocumentState.VOID, DocumentState.RECALLED})


@dataclass(frozen=True, slots=True)
class Figures:
    """How many documents of the year came to what; ``issued`` has those too that were voided or recalled later."""

    issued: int
    on_paper: int
    issued_late: int
    sent_late: int
    issue_overdue: int
    send_overdue: int
    refused: int
    voided: int
    recalled: int


@dataclass(frozen=True, slots=True)
class Late:
    """A document that missed a deadline, and which."""

    course: Course
    lateness: Lateness


@dataclass(frozen=True, slots=True)
class DeadlineBook:
    """The deadlines of an issuer's year as of ``at``: figures, and every deadline missed, by document.

    ``findings`` tell of a year whose holidays are not entered.
    """

    agency: str
    agency_name: str
    year: int
    at: datetime
    figures: Figures
    late: tuple[Late, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Watch over deadlines."""

    store: Store
    clock: Clock
    rules_on: RulesOn = rules_in_force

    def __call__(self, agency: str, year: int, caller: Caller) -> DeadlineBook:
        """NOT_FOUND ``unknown-register`` for an agency unknown or not the caller's."""
        now = self.clock.now()
        with self.store.reading() as tx:
            issuer = known_issuer(tx.office(), agency, year, caller)
            courses = [course for course in tx.courses(agency, *_span(year)) if _is_of(course, year)]
        rules_on = cache(self.rules_on)  # every day between due and done is asked for, of every document
        late = tuple(Late(course, missed) for course in courses for missed in judge(rules_on, _facts(course), now))
        days = tuple({local_day(moment) for course in courses if (moment := course.signed_at or course.issued_at)})
        gap = calendar_gap(self.rules_on, days) if days else None
        return DeadlineBook(agency, issuer.name, year, now, _figures(courses, late), late, (gap,) if gap else ())


def _span(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=VIETNAM), datetime(year + 1, 1, 1, tzinfo=VIETNAM)


def _is_of(course: Course, year: int) -> bool:
    """A numbered document belongs to the year that it bears, any other to that in which it was signed or sent in."""
    day = course.date or local_day(course.signed_at or course.created_at)
    return day.year == year


def _facts(course: Course) -> CourseFacts:
    return CourseFacts(
        signed_on=_day(course.signed_at),
        # Paper is registered after it went out: the day that it bears counts.
        issued_on=course.date if course.medium is Medium.PAPER else _day(course.issued_at),
        sent=sent_moment(course.sent_on),
        urgent=course.urgency is not Urgency.NORMAL,
        ended=course.state in _ENDED,
        on_paper=course.medium is Medium.PAPER,
    )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else local_day(moment)


def _figures(courses: Iterable[Course], late: Iterable[Late]) -> Figures:
    states = Counter(course.state for course in courses)
    issued = [course for course in courses if course.issued_at is not None]
    missed = Counter(each.lateness.finding.code for each in late)
    return Figures(
        issued=len(issued),
        on_paper=sum(course.medium is Medium.PAPER for course in issued),
        issued_late=missed["issued-late"],
        sent_late=missed["sent-late"],
        issue_overdue=missed["issue-overdue"],
        send_overdue=missed["send-overdue"],
        refused=states[DocumentState.REJECTED],
        voided=states[DocumentState.VOID],
        recalled=states[DocumentState.RECALLED],
    )
