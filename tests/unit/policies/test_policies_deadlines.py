"""Deadlines: when a document is due, whether it was in time, and the calendar by which that is reckoned."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.deadlines import CourseFacts, calendar_gap, issue_due, judge, send_due
from policies.load import RulesetFaults, among, ruleset_on, with_own
from policies.model import Rule, Ruleset, Severity
from policies.numbering import IssueFacts, check_day
from policies.workdays import calendar_known, is_workday, nth_workday_after

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
FRIDAY = date(2026, 11, 20)
MONDAY = date(2026, 11, 23)
ISSUE = "NĐ 30/2020/NĐ-CP, Điều 18 khoản 1"
URGENT = "NĐ 30/2020/NĐ-CP, Điều 4 khoản 2 điểm c, Điều 18 khoản 1"
SEND = "QĐ 28/2018/QĐ-TTg, Điều 6 khoản 2"
COURSE = CourseFacts(signed_on=FRIDAY, issued_on=FRIDAY, sent=FRIDAY, urgent=False)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIETNAM)


def codes(facts: CourseFacts, now: datetime) -> list[str]:
    return [each.finding.code for each in judge(ruleset_on, facts, now)]


# --- the calendar ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2021, 2026, 2027, 2040])
@pytest.mark.parametrize(("month", "day"), [(1, 1), (4, 30), (5, 1), (9, 2)])
def test_the_fixed_holidays_are_off_in_every_year(year: int, month: int, day: int) -> None:
    assert not is_workday(ruleset_on(date(year, month, day)), date(year, month, day))


def test_weekends_are_off_and_days_worked_in_exchange_are_not() -> None:
    assert not is_workday(ruleset_on(date(2026, 11, 21)), date(2026, 11, 21))
    saturday, monday = date(2026, 8, 22), date(2026, 8, 31)
    assert saturday.isoweekday() == 6
    assert is_workday(ruleset_on(saturday), saturday)
    assert not is_workday(ruleset_on(monday), monday)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2025, 12, 31), date(2026, 1, 5)),  # New Year, the Friday that is off in exchange, a weekend
        (date(2026, 1, 9), date(2026, 1, 10)),  # the Saturday that is worked for it
        (date(2026, 2, 13), date(2026, 2, 23)),  # Tết
        (date(2026, 4, 29), date(2026, 5, 4)),
        (date(2026, 8, 28), date(2026, 9, 3)),
        (date(2026, 12, 31), date(2027, 1, 4)),
    ],
)
def test_the_next_working_day_is_found_across_holidays_and_years(day: date, following: date) -> None:
    assert nth_workday_after(ruleset_on, day, 1) == following


@given(st.dates(date(2020, 3, 5), date(2035, 12, 31)), st.integers(1, 5))
def test_working_days_after_a_day_rise_one_by_one(day: date, count: int) -> None:
    before, then = nth_workday_after(ruleset_on, day, count - 1), nth_workday_after(ruleset_on, day, count)
    assert then > before
    assert is_workday(ruleset_on(then), then)
    between = [before + timedelta(days=n) for n in range(1, (then - before).days)]
    assert not any(is_workday(ruleset_on(each), each) for each in between)


@pytest.mark.parametrize(("year", "known"), [(2025, False), (2026, True), (2027, False)])
def test_a_year_whose_holidays_nobody_entered_is_known_as_such(year: int, known: bool) -> None:
    assert calendar_known(ruleset_on(date(year, 6, 1)), date(year, 6, 1)) is known


def test_a_deadline_that_was_reckoned_without_a_calendar_is_remarked_on() -> None:
    assert calendar_gap(ruleset_on, (FRIDAY, MONDAY)) is None
    found = calendar_gap(ruleset_on, (date(2026, 12, 31), date(2027, 1, 4), date(2028, 1, 3)))
    assert found is not None
    assert (found.code, found.severity) == ("calendar-not-entered", Severity.INFO)
    assert "2027, 2028" in found.message.vi
    assert "2026" not in found.message.en
    assert found.clause == "Bộ luật Lao động 45/2019/QH14, Điều 112 khoản 1"


def own(folder: Path, name: str, amends: str, days: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(
        f'id = "{name}"\nversion = "1"\ntitle = "Lịch 2027"\nsince = 2027-01-01\nuntil = 2027-12-31\n'
        f'amends = [{amends}]\n[calendar]\nholidays = {{ value = [{days}], clause = "TB 1/TB-BNV" }}\n',
        encoding="utf-8",
    )
    return path


def test_an_office_enters_the_calendar_of_a_year_itself(tmp_path: Path) -> None:
    rules = with_own([own(tmp_path, "lich-2027", '"practice"', "2027-01-04, 2027-02-05")])

    def rules_on(day: date) -> Ruleset:
        return among(rules, day)

    assert nth_workday_after(rules_on, date(2026, 12, 31), 1) == date(2027, 1, 5)
    assert nth_workday_after(ruleset_on, date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert calendar_gap(rules_on, (date(2027, 1, 5),)) is None
    assert rules_on(date(2027, 6, 1)).order == ruleset_on(date(2027, 6, 1)).order
    assert not calendar_known(rules_on(date(2028, 1, 3)), date(2028, 1, 3))


def test_two_calendars_of_one_year_are_a_fault_unless_one_amends_the_other(tmp_path: Path) -> None:
    one = own(tmp_path, "lich-2027", '"practice"', "2027-02-05")
    with pytest.raises(RulesetFaults, match=r"calendar\.holidays is given by practice, lich-2027, lich-bo, and none"):
        with_own([one, own(tmp_path, "lich-bo", '"practice"', "2027-02-08")])
    rules = with_own([one, own(tmp_path, "lich-bo", '"practice", "lich-2027"', "2027-02-08")])
    assert among(rules, date(2027, 2, 8)).calendar.holidays.value == (date(2027, 2, 8),)


# --- due ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed", "urgent", "due"),
    [
        (FRIDAY, False, MONDAY),
        (MONDAY, False, date(2026, 11, 24)),
        (FRIDAY, True, FRIDAY),
        (date(2026, 11, 21), False, MONDAY),
    ],
)
def test_a_document_is_issued_by_the_next_working_day_and_at_once_if_urgent(
    signed: date, urgent: bool, due: date
) -> None:
    assert issue_due(ruleset_on, signed, urgent=urgent) == due


def test_it_is_sent_by_noon_of_the_next_working_day_and_on_the_day_if_urgent() -> None:
    assert send_due(ruleset_on, FRIDAY, urgent=False) == at(MONDAY, 12)
    assert send_due(ruleset_on, FRIDAY, urgent=False).utcoffset() == timedelta(hours=7)
    urgent = send_due(ruleset_on, FRIDAY, urgent=True)
    assert at(FRIDAY, 23, 59) < urgent < at(date(2026, 11, 21), 0)


def test_the_hours_and_days_are_the_rules() -> None:
    rules = ruleset_on(FRIDAY)
    other = replace(
        rules,
        dispatch=replace(rules.dispatch, send_until=Rule("11:30"), send_within_working_days=Rule(2)),
        numbering=replace(rules.numbering, urgent_within_working_days=Rule(1), issue_within_working_days=Rule(3)),
    )
    assert send_due(lambda _day: other, FRIDAY, urgent=False) == at(date(2026, 11, 24), 11, 30)
    assert issue_due(lambda _day: other, FRIDAY, urgent=True) == MONDAY
    assert issue_due(lambda _day: other, FRIDAY, urgent=False) == date(2026, 11, 25)
    patient = replace(rules, dispatch=replace(rules.dispatch, urgent_at_once=Rule(False)))
    assert send_due(lambda _day: patient, FRIDAY, urgent=True) == at(MONDAY, 12)


# --- whether it was -------------------------------------------------------------------------------------------


def test_what_went_out_in_time_is_not_listed() -> None:
    assert codes(COURSE, at(date(2027, 3, 1), 9)) == []


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        ({"issued_on": MONDAY, "sent": MONDAY}, at(MONDAY, 18), []),
        ({"issued_on": date(2026, 11, 24), "sent": date(2026, 11, 24)}, at(MONDAY, 18), ["issued-late"]),
        ({"issued_on": MONDAY, "sent": MONDAY, "urgent": True}, at(MONDAY, 18), ["issued-late"]),
        ({"issued_on": None, "sent": None}, at(MONDAY, 23, 59), []),
        ({"issued_on": None, "sent": None}, at(date(2026, 11, 24), 0), ["issue-overdue"]),
        ({"issued_on": None, "sent": None, "ended": True}, at(date(2026, 12, 1), 0), []),
        ({"issued_on": None, "sent": None, "urgent": True}, at(FRIDAY, 23), []),
        ({"issued_on": None, "sent": None, "urgent": True}, at(date(2026, 11, 21), 0), ["issue-overdue"]),
        ({"signed_on": None, "issued_on": None, "sent": None}, at(date(2026, 12, 1), 0), []),
        ({"signed_on": None}, at(date(2026, 12, 1), 0), []),
        ({"sent": at(MONDAY, 12)}, at(MONDAY, 18), []),
        ({"sent": at(MONDAY, 12, 1)}, at(MONDAY, 18), ["sent-late"]),
        ({"sent": MONDAY}, at(MONDAY, 18), []),  # nobody can tell the hour
        ({"sent": date(2026, 11, 24)}, at(MONDAY, 18), ["sent-late"]),
        ({"sent": MONDAY, "urgent": True}, at(MONDAY, 18), ["sent-late"]),
        ({"sent": None}, at(MONDAY, 12), []),
        ({"sent": None}, at(MONDAY, 12, 1), ["send-overdue"]),
        ({"sent": None, "urgent": True}, at(date(2026, 11, 21), 0, 1), ["send-overdue"]),
        ({"sent": None, "ended": True}, at(date(2026, 12, 1), 0), []),
        (
            {"issued_on": date(2026, 11, 25), "sent": None},
            at(date(2026, 11, 27), 9),
            ["issued-late", "send-overdue"],
        ),
    ],
)
def test_what_is_late_and_what_is_overdue(changes: dict[str, object], now: datetime, expected: list[str]) -> None:
    assert codes(replace(COURSE, **changes), now) == expected


def test_a_moment_of_sending_counts_in_viet_nams_time() -> None:
    assert codes(replace(COURSE, sent=datetime(2026, 11, 23, 5, 0, tzinfo=UTC)), at(MONDAY, 18)) == []
    assert codes(replace(COURSE, sent=datetime(2026, 11, 23, 5, 1, tzinfo=UTC)), at(MONDAY, 18)) == ["sent-late"]


@pytest.mark.parametrize(
    ("changes", "code", "severity", "clause"),
    [
        ({"issued_on": date(2026, 11, 26)}, "issued-late", Severity.WARNING, ISSUE),
        ({"issued_on": MONDAY, "urgent": True}, "issued-late", Severity.WARNING, URGENT),
        ({"issued_on": None}, "issue-overdue", Severity.ERROR, ISSUE),
        ({"issued_on": None, "urgent": True}, "issue-overdue", Severity.ERROR, URGENT),
        ({"sent": date(2026, 11, 26)}, "sent-late", Severity.WARNING, SEND),
        ({"sent": None}, "send-overdue", Severity.ERROR, SEND),
        ({"sent": None, "urgent": True}, "send-overdue", Severity.ERROR, SEND),
    ],
)
def test_each_says_the_days_in_two_languages_with_its_clause(
    changes: dict[str, object], code: str, severity: Severity, clause: str
) -> None:
    late = judge(ruleset_on, replace(COURSE, **changes), at(date(2026, 11, 27), 9))[0]
    assert (late.finding.code, late.finding.severity, late.finding.clause) == (code, severity, clause)
    assert f"{late.due:%d/%m/%Y}" in late.finding.message.vi
    assert late.due.isoformat() in late.finding.message.en


def test_lateness_is_counted_in_working_days() -> None:
    (late,) = judge(ruleset_on, replace(COURSE, issued_on=date(2026, 11, 30), sent=date(2026, 11, 30)), at(MONDAY, 9))
    assert (late.due, late.done, late.workdays) == (MONDAY, date(2026, 11, 30), 5)
    (late,) = judge(ruleset_on, replace(COURSE, sent=None), at(date(2026, 11, 25), 9))
    assert (late.due, late.done, late.workdays) == (MONDAY, None, 2)
    (late,) = judge(ruleset_on, replace(COURSE, sent=at(MONDAY, 15)), at(MONDAY, 18))
    assert late.workdays == 0


# --- the same at the moment of issue --------------------------------------------------------------------------


def issue_facts(signed: date, today: date) -> IssueFacts:
    return IssueFacts(
        day=today,
        today=today,
        earliest_day=today,
        last_signed_on=signed,
        last_number=None,
        last_day=None,
        first=1,
        widest=999,
        numbered_by="service",
        wanted=None,
        rules_on=ruleset_on,
    )


def test_numbering_knows_the_same_deadline() -> None:
    for today, late in ((date(2026, 2, 23), []), (date(2026, 2, 24), ["issued-late"])):
        found = check_day(ruleset_on(today), issue_facts(date(2026, 2, 13), today))
        assert [each.code for each in found] == late


def test_a_late_issue_in_a_year_without_a_calendar_says_so() -> None:
    found = check_day(ruleset_on(date(2027, 2, 9)), issue_facts(date(2027, 2, 4), date(2027, 2, 9)))
    assert [each.code for each in found] == ["issued-late", "calendar-not-entered"]
