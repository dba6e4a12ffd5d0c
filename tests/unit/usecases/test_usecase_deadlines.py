"""Deadlines of a year: in time, late, overdue; electronic and on paper; what is urgent; the figures."""

from datetime import date

import pytest

from policies.deadlines import Lateness
from signer.errors import Kind, SignerError
from signer.model import Actor, Urgency
from signer.usecases.caller import Caller
from signer.usecases.deadlines import DeadlineBook, Deadlines

from .conftest import CLERK, metadata

FRIDAY, SATURDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (20, 21, 23, 24, 25))


def on(desk, day: date, hour: int = 3) -> None:
    """Ten in the morning of a day in Viet Nam, unless said otherwise (hours are UTC)."""
    desk.clock.set(day.year, day.month, day.day, hour)


def book(desk) -> DeadlineBook:
    return Deadlines(desk.store, desk.clock)("BTC", 2026, CLERK)


def missed(desk) -> list[tuple[str, date, int]]:
    late: list[Lateness] = [each.lateness for each in book(desk).late]
    return [(each.finding.code, each.due, each.workdays) for each in late]


def sent(desk, document, when: str) -> None:
    desk.rows.complete(document.id, {"sent_on": when}, CLERK)


def test_signed_on_friday_issued_and_sent_on_monday_morning_is_in_time(desk):
    on(desk, FRIDAY)
    document = desk.signed()
    on(desk, MONDAY)
    issued = desk.issue(document.id, CLERK).document
    sent(desk, issued, "2026-11-23T09:30:00+07:00")
    assert missed(desk) == []
    assert (book(desk).figures.issued, book(desk).figures.issued_late) == (1, 0)


def test_issued_a_working_day_too_late_is_told_with_its_clause(desk):
    on(desk, FRIDAY)
    document = desk.signed()
    on(desk, TUESDAY)
    sent(desk, desk.issue(document.id, CLERK).document, "2026-11-24")
    assert missed(desk) == [("issued-late", MONDAY, 1)]
    found = book(desk).late[0].lateness.finding
    assert found.clause == "NĐ 30/2020/NĐ-CP, Điều 18 khoản 1"
    assert "Ban hành muộn" in found.message.vi


@pytest.mark.parametrize(("when", "late"), [("2026-11-24T11:59:00+07:00", False), ("2026-11-24T12:01:00+07:00", True)])
def test_the_morning_of_the_next_working_day_ends_at_noon(desk, when, late):
    issued = desk.issue(desk.signed().id, CLERK).document
    on(desk, WEDNESDAY)
    sent(desk, issued, when)
    assert [code for code, _, _ in missed(desk)] == (["sent-late"] if late else [])


def test_what_waits_too_long_is_overdue_until_it_is_done_or_ends(desk):
    signed, issued = desk.signed(), desk.issue(desk.signed().id, CLERK).document
    on(desk, WEDNESDAY)
    assert sorted(code for code, _, _ in missed(desk)) == ["issue-overdue", "send-overdue"]
    figures = book(desk).figures
    assert (figures.issue_overdue, figures.send_overdue) == (1, 1)
    desk.reject(signed.id, "sai thể thức", CLERK)
    desk.void(issued.id, "nhầm", CLERK)
    assert missed(desk) == []
    figures = book(desk).figures
    assert (figures.refused, figures.voided, figures.issued) == (1, 1, 1)


def test_what_is_urgent_goes_at_once(desk):
    issued = desk.issue(desk.signed(urgency=Urgency.FLASH).id, CLERK).document
    on(desk, TUESDAY, hour=2)
    assert missed(desk) == [("send-overdue", MONDAY, 1)]
    sent(desk, issued, "2026-11-23")
    assert missed(desk) == []


def test_paper_counts_from_the_day_that_it_bears(desk):
    entered = desk.enter(metadata("quyet-dinh"), CLERK, FRIDAY).document
    on(desk, MONDAY, hour=6)
    assert missed(desk) == []  # the morning of QĐ 28 is that of electronic documents
    on(desk, TUESDAY)
    assert [(code, due) for code, due, _ in missed(desk)] == [("send-overdue", MONDAY)]
    assert book(desk).late[0].lateness.finding.clause == "NĐ 30/2020/NĐ-CP, Điều 18 khoản 1"
    sent(desk, entered, "2026-11-20")
    assert missed(desk) == []
    assert book(desk).figures.on_paper == 1


def test_paper_of_december_that_is_registered_in_january_is_of_the_year_that_it_bears(desk):
    desk.clock.set(2027, 1, 5)
    desk.enter(metadata("quyet-dinh"), CLERK, date(2026, 12, 30))
    assert (book(desk).figures.issued, book(desk).figures.send_overdue) == (1, 1)
    assert Deadlines(desk.store, desk.clock)("BTC", 2027, CLERK).figures.issued == 0


def test_another_year_and_another_agency_have_their_own_books(desk):
    desk.issue(desk.signed().id, CLERK)
    on(desk, WEDNESDAY)
    deadlines = Deadlines(desk.store, desk.clock)
    assert deadlines("BTC", 2025, CLERK).figures.issued == 0
    assert deadlines("VPCP", 2026, CLERK).late == ()
    stranger = Caller(Actor("x", "X", "test"), agencies=frozenset({"VPCP"}))
    for agency in ("BTC", "KHONG-CO"):
        with pytest.raises(SignerError) as caught:
            deadlines(agency, 2026, stranger)
        assert (caught.value.kind, caught.value.code) == (Kind.NOT_FOUND, "unknown-register")


def test_a_year_whose_holidays_are_not_entered_is_remarked(desk):
    on(desk, date(2027, 3, 2))
    desk.enter(metadata("quyet-dinh"), CLERK)
    told = Deadlines(desk.store, desk.clock)("BTC", 2027, CLERK)
    assert [found.code for found in told.findings] == ["calendar-not-entered"]
    assert book(desk).findings == ()
