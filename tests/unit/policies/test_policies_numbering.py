"""Numbers and dates: how they are written, which comes next, which day a document may bear."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import numbering
from policies.load import ruleset_on
from policies.model import Refused, Rule, Severity
from policies.numbering import IssueFacts
from policies.workdays import is_workday, nth_workday_after

TODAY = date(2026, 11, 20)  # a Friday
RULES = ruleset_on(TODAY)
FACTS = IssueFacts(
    day=TODAY,
    today=TODAY,
    earliest_day=TODAY,
    last_signed_on=TODAY,
    last_number=4,
    last_day=TODAY,
    first=1,
    widest=9999,
    numbered_by="service",
    wanted=None,
)


# --- writing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "text"), [(1, "01"), (5, "05"), (9, "09"), (10, "10"), (123, "123")])
def test_numbers_below_ten_have_a_zero(number: int, text: str) -> None:
    assert numbering.number_text(number) == text


def test_zero_is_no_number() -> None:
    with pytest.raises(ValueError, match="begin at 1"):
        numbering.number_text(0)


def test_months_one_and_two_alone_have_a_zero() -> None:
    texts = [numbering.month_text(date(2026, month, 1)) for month in range(1, 13)]
    assert texts == ["01", "02", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]


def test_days_below_ten_have_a_zero() -> None:
    assert (numbering.day_text(date(2026, 3, 5)), numbering.day_text(date(2026, 3, 15))) == ("05", "15")
    assert numbering.year_text(date(2026, 3, 5)) == "2026"


@given(st.integers(1, 999_999_999))
def test_what_is_written_is_read_back(number: int) -> None:
    assert numbering.parse_number(numbering.number_text(number)) == number


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("05", 5), (" 012 ", 12)])
def test_a_callers_number_may_have_zeros_in_front(text: str, number: int) -> None:
    assert numbering.parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "0", "00", "5a", "66.15", "-5", "+5", "1e3", "٥", "５", "5/QĐ", "1" * 12, "x" * 99]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        numbering.parse_number(text)
    assert refused.value.findings[0].code == "bad-number"
    assert len(refused.value.findings[0].message.vi) < 150


def test_how_many_digits_a_number_may_have_is_the_rules() -> None:
    """One source: reading a number and giving one know the same limit, and the refusal says it."""
    assert RULES.numbering.number_digits.value == 11
    assert numbering.parse_number("9" * 11) == 99_999_999_999
    with pytest.raises(Refused, match="11 at most") as refused:
        numbering.parse_number("9" * 12)
    assert "tối đa 11 chữ số" in refused.value.findings[0].message.vi
    five = replace(RULES, numbering=replace(RULES.numbering, number_digits=Rule(5)))
    with pytest.raises(Refused, match="5 at most"):
        numbering.parse_number("100000", five)


def test_an_unknown_type_is_answered_with_the_known_ones() -> None:
    with pytest.raises(Refused, match="Abbreviations that can be used: NQ") as refused:
        numbering.notation(RULES, type="XX", symbol="BTC", unit=None, normative=False, year=2026)
    said = refused.value.findings[0].message.vi
    assert said.startswith("Không có loại văn bản nào viết tắt là “XX”. Các chữ viết tắt dùng được: NQ, QĐ, ")


def test_symbols_join_number_and_notation() -> None:
    assert numbering.symbol("05", "QĐ-BTC") == "05/QĐ-BTC"
    assert numbering.symbol("05", "2026/TT-BTC") == "05/2026/TT-BTC"


# --- periods --------------------------------------------------------------------------------------------------


def test_the_year_turns_at_midnight_in_viet_nam() -> None:
    before, after = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC), datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert numbering.period_key("year", "", numbering.office_day(before)) == "2026"
    assert numbering.period_key("year", "", numbering.office_day(after)) == "2027"


@given(st.integers(-5 * 86400, 5 * 86400), st.integers(-12, 14))
def test_the_day_does_not_depend_on_the_zone_of_the_clock(seconds: int, hours: int) -> None:
    here = datetime(2026, 12, 31, 17, tzinfo=UTC) + timedelta(seconds=seconds)
    there = here.astimezone(timezone(timedelta(hours=hours)))
    assert numbering.office_day(there) == numbering.office_day(here) == (here + timedelta(hours=7)).date()


def test_a_moment_without_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        numbering.office_day(datetime(2026, 1, 1))  # noqa: DTZ001 - the point


def test_a_term_keeps_its_key_over_the_years() -> None:
    keys = {numbering.period_key("term", " 2026-2031 ", date(year, 1, 1)) for year in (2026, 2028)}
    assert keys == {"2026-2031"}


@pytest.mark.parametrize(("kind", "term"), [("term", " "), ("month", "")])
def test_periods_that_make_no_sense_are_programming_errors(kind: str, term: str) -> None:
    with pytest.raises(ValueError):
        numbering.period_key(kind, term, TODAY)


# --- notation -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "symbol", "unit", "normative", "text"),
    [
        ("QĐ", "BTC", None, False, "QĐ-BTC"),
        ("QĐ", "BTC", "KSTT", False, "QĐ-BTC"),
        (None, "VPCP", "KSTT", False, "VPCP-KSTT"),
        (None, "BXD", "KHCNMT&VLXD", False, "BXD-KHCNMT&VLXD"),
        ("TT", "BTC", None, True, "2026/TT-BTC"),
        ("QĐ", "UBND", None, True, "2026/QĐ-UBND"),
        ("NQLT", "CP-UBTVQH-ĐCTUBTWMTTQVN", None, True, "2026/NQLT-CP-UBTVQH-ĐCTUBTWMTTQVN"),
        ("QyĐ", "BTC", None, False, "QyĐ-BTC"),
    ],
)
def test_notations(type_: str | None, symbol: str, unit: str | None, normative: bool, text: str) -> None:
    assert numbering.notation(RULES, type=type_, symbol=symbol, unit=unit, normative=normative, year=2026) == text


def test_every_type_of_annex_iii_makes_a_notation() -> None:
    for short in RULES.numbering.types.value:
        assert (
            numbering.notation(RULES, type=short, symbol="BTC", unit=None, normative=False, year=2026) == f"{short}-BTC"
        )


@pytest.mark.parametrize(
    ("type_", "symbol", "unit", "normative", "code", "part"),
    [
        ("CV", "BTC", None, False, "unknown-type", "Công văn"),
        ("QD", "BTC", None, False, "unknown-type", "“QD”"),
        ("ttr", "BTC", None, False, "unknown-type", "“TTr”"),
        ("tờ trình", "BTC", None, False, "unknown-type", "“TTr”"),
        ("TT", "BTC", None, False, "type-is-normative", "thông tư"),
        ("BC", "BTC", None, True, "type-not-normative", "báo cáo"),
        (None, "BTC", None, True, "type-missing", "tên loại"),
        (None, "BTC", " ", False, "unit-missing", "VPCP-KSTT"),
        ("QĐ", "", None, False, "bad-notation", "cơ quan ban hành"),
        ("QĐ", "B TC", None, False, "bad-notation", "U+0020"),
        ("QĐ", "B/TC", None, False, "bad-notation", "U+002F"),
        ("QĐ", "BTС", None, False, "bad-notation", "U+0421"),
        ("QĐ", "ÐBTC", None, False, "bad-notation", "U+00D0"),
        (None, "BTC", "KSTT-", False, "bad-notation", "đơn vị soạn thảo"),
        ("QĐ", "B" * 60, None, False, "notation-too-long", "63"),
    ],
)
def test_notations_that_are_refused(
    type_: str | None, symbol: str, unit: str | None, normative: bool, code: str, part: str
) -> None:
    with pytest.raises(Refused) as refused:
        numbering.notation(RULES, type=type_, symbol=symbol, unit=unit, normative=normative, year=2026)
    found = refused.value.findings[0]
    assert found.code == code
    assert part in found.message.vi


def test_the_longest_notation_that_is_allowed_passes() -> None:
    text = numbering.notation(RULES, type="QĐ", symbol="B" * 57, unit=None, normative=False, year=2026)
    assert len(text) == RULES.numbering.notation_length.value


def test_an_unknown_type_names_annex_iii() -> None:
    with pytest.raises(Refused) as refused:
        numbering.notation(RULES, type="CV", symbol="BTC", unit=None, normative=False, year=2026)
    assert refused.value.findings[0].clause == "NĐ 30/2020/NĐ-CP, Phụ lục III"


# --- the next number ------------------------------------------------------------------------------------------


def test_a_series_begins_with_its_first_number() -> None:
    assert numbering.next_number(RULES, replace(FACTS, last_number=None, last_day=None)) == 1
    assert numbering.next_number(RULES, replace(FACTS, last_number=None, last_day=None, first=66)) == 66


@given(first=st.integers(1, 50), count=st.integers(1, 30))
def test_numbers_follow_without_a_gap(first: int, count: int) -> None:
    last, given_out = None, []
    for _ in range(count):
        last = numbering.next_number(RULES, replace(FACTS, last_number=last, first=first))
        given_out.append(last)
    assert given_out == list(range(first, first + count))


@given(st.lists(st.integers(1, 200), max_size=30))
def test_numbers_of_callers_rise_and_are_never_given_twice(wishes: list[int]) -> None:
    last, taken = None, []
    for wish in wishes:
        facts = replace(FACTS, numbered_by="caller", wanted=wish, last_number=last)
        if last is not None and wish <= last:
            with pytest.raises(Refused):
                numbering.next_number(RULES, facts)
        else:
            last = numbering.next_number(RULES, facts)
            taken.append(last)
    assert taken == sorted(set(taken))


def test_a_wish_may_only_confirm_the_next_number() -> None:
    assert numbering.next_number(RULES, replace(FACTS, wanted=5)) == 5
    for wanted in (4, 6):
        with pytest.raises(Refused, match="The next number of the series is 5") as refused:
            numbering.next_number(RULES, replace(FACTS, wanted=wanted))
        assert refused.value.findings[0].clause == "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1"


def test_a_caller_who_numbers_must_bring_the_number() -> None:
    with pytest.raises(Refused) as refused:
        numbering.next_number(RULES, replace(FACTS, numbered_by="caller"))
    assert refused.value.findings[0].code == "number-missing"


def test_a_number_wider_than_its_blank_is_refused() -> None:
    assert numbering.next_number(RULES, replace(FACTS, last_number=9998)) == 9999
    with pytest.raises(Refused) as refused:
        numbering.next_number(RULES, replace(FACTS, last_number=9999))
    assert refused.value.findings[0].code == "number-too-wide"


def test_who_numbers_is_service_or_caller() -> None:
    with pytest.raises(ValueError, match="nobody numbers"):
        numbering.next_number(RULES, replace(FACTS, numbered_by="me"))


# --- the day --------------------------------------------------------------------------------------------------


def test_a_year_has_ended_when_a_later_one_has_begun() -> None:
    facts = replace(FACTS, later_number=1, later_day=date(2027, 1, 1))
    with pytest.raises(Refused, match="2027-01-01") as refused:
        numbering.check_day(RULES, facts)
    (found,) = refused.value.findings
    assert (found.code, found.clause) == ("date-before-last-number", "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1")
    assert "01/01/2027" in found.message.vi


def test_today_is_a_good_day() -> None:
    assert numbering.check_day(RULES, FACTS) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"day": TODAY + timedelta(days=1)}, "date-in-future"),
        (
            {"day": TODAY - timedelta(days=1), "last_signed_on": date(2026, 11, 1), "last_day": None},
            "date-outside-window",
        ),
        (
            {
                "day": TODAY - timedelta(days=3),
                "earliest_day": TODAY - timedelta(days=2),
                "last_day": None,
                "last_signed_on": date(2026, 11, 1),
            },
            "date-outside-window",
        ),
        (
            {"day": TODAY - timedelta(days=1), "earliest_day": date(2026, 11, 1), "last_day": None},
            "date-before-signature",
        ),
        (
            {
                "day": TODAY - timedelta(days=1),
                "earliest_day": date(2026, 11, 1),
                "last_signed_on": date(2026, 11, 19),
            },
            "date-before-last-number",
        ),
        ({"printed_month": 10}, "printed-month-differs"),
        ({"printed_year": 2025}, "printed-year-differs"),
        ({"series_since": TODAY + timedelta(days=1)}, "series-closed"),
        ({"series_until": TODAY - timedelta(days=1)}, "series-closed"),
    ],
)
def test_days_that_are_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        numbering.check_day(RULES, replace(FACTS, **changes))
    errors = [found for found in refused.value.findings if found.severity is Severity.ERROR]
    assert [found.code for found in errors] == [code]
    assert "Điều 1" in errors[0].clause or "Phụ lục I" in errors[0].clause


def test_what_is_printed_is_said_against_the_day() -> None:
    with pytest.raises(Refused) as refused:
        numbering.check_day(RULES, replace(FACTS, printed_month=10))
    said = refused.value.findings[0].message.vi
    assert said == f"Dự thảo đã in sẵn tháng 10, không khớp với ngày ban hành {TODAY:%d/%m/%Y}."


def test_every_reason_against_a_day_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        numbering.check_day(RULES, replace(FACTS, day=date(2025, 12, 31), printed_month=11, printed_year=2026))
    assert {found.code for found in refused.value.findings} == {
        "date-outside-window",
        "date-before-signature",
        "date-before-last-number",
        "printed-month-differs",
        "printed-year-differs",
    }


def test_a_refusal_says_the_days_as_clerks_write_them() -> None:
    facts = replace(FACTS, day=date(2026, 2, 5), last_day=None, earliest_day=date(2026, 1, 1))
    with pytest.raises(Refused) as refused:
        numbering.check_day(RULES, replace(facts, last_signed_on=date(2026, 3, 9)))
    assert "05/02/2026" in refused.value.findings[0].message.vi
    assert "09/3/2026" in refused.value.findings[0].message.vi


def test_a_printed_month_that_fits_is_welcome() -> None:
    facts = replace(FACTS, printed_month=11, printed_year=2026, series_since=TODAY, series_until=TODAY)
    assert numbering.check_day(RULES, facts) == ()


@pytest.mark.parametrize(
    ("signed", "urgent", "late"),
    [
        (date(2026, 11, 20), False, False),
        (date(2026, 11, 19), False, False),
        (date(2026, 11, 18), False, True),
        (date(2026, 11, 19), True, True),
        (date(2026, 11, 20), True, False),
    ],
)
def test_issue_is_late_after_the_next_working_day(signed: date, urgent: bool, late: bool) -> None:
    found = numbering.check_day(RULES, replace(FACTS, last_signed_on=signed, urgent=urgent))
    assert [item.code for item in found] == (["issued-late"] if late else [])
    assert all(item.severity is Severity.WARNING for item in found)
    assert all(item.clause.endswith("Điều 18 khoản 1") for item in found)


def test_a_weekend_is_no_delay() -> None:
    monday = date(2026, 11, 23)
    facts = replace(FACTS, day=monday, today=monday, earliest_day=monday)
    assert numbering.check_day(RULES, replace(facts, last_signed_on=date(2026, 11, 20))) == ()
    assert len(numbering.check_day(RULES, replace(facts, last_signed_on=date(2026, 11, 19)))) == 1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_dates_never_decrease_along_a_series(steps: list[int]) -> None:
    last = None
    for step in steps:
        day = TODAY + timedelta(days=step)
        facts = replace(FACTS, day=day, today=TODAY + timedelta(days=9), last_day=last)
        if last is not None and day < last:
            with pytest.raises(Refused):
                numbering.check_day(RULES, facts)
        else:
            numbering.check_day(RULES, facts)
            last = day


# --- working days ---------------------------------------------------------------------------------------------


def test_holidays_are_days_off_once_the_rules_list_them() -> None:
    tet = replace(RULES, calendar=replace(RULES.calendar, holidays=Rule((date(2026, 11, 23),))))
    assert is_workday(RULES, date(2026, 11, 23))
    assert not is_workday(tet, date(2026, 11, 23))
    assert nth_workday_after(lambda _day: RULES, TODAY, 1) == date(2026, 11, 23)
    assert nth_workday_after(lambda _day: tet, TODAY, 1) == date(2026, 11, 24)
    assert nth_workday_after(lambda _day: RULES, TODAY, 0) == TODAY


def test_a_calendar_without_workdays_is_a_fault() -> None:
    never = replace(RULES, calendar=replace(RULES.calendar, weekend=Rule((1, 2, 3, 4, 5, 6, 7))))
    with pytest.raises(ValueError, match="no workdays"):
        nth_workday_after(lambda _day: never, TODAY, 1)
