"""Numbers and days that callers bring, and series that are opened in the middle of a year."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import numbering
from policies.load import ruleset_on
from policies.model import Finding, Refused, Severity
from policies.numbering import IssueFacts

TODAY = date(2026, 11, 20)
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
    numbered_by="caller",
    wanted=5,
)


def refusal(text: str, notation: str = "BCY-CTSBMTT") -> Finding:
    with pytest.raises(Refused) as refused:
        numbering.parse_wanted(text, notation, RULES)
    return refused.value.findings[0]


# --- the number -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "notation", "number"),
    [
        ("123", "BCY-CTSBMTT", 123),
        ("05", "QĐ-BTC", 5),
        (" 123/BCY-CTSBMTT ", "BCY-CTSBMTT", 123),
        ("12/2026/TT-BTC", "2026/TT-BTC", 12),
        (unicodedata.normalize("NFD", "05/QĐ-UBND"), "QĐ-UBND", 5),
        (unicodedata.normalize("NFD", "05/TTr-SỞ"), "TTr-SỞ", 5),
    ],
)
def test_a_number_comes_alone_or_with_the_notation_of_its_document(text: str, notation: str, number: int) -> None:
    assert numbering.parse_wanted(text, notation, RULES) == number


@given(st.integers(1, 99_999_999_999))
def test_what_the_service_would_write_is_read_back(number: int) -> None:
    written = numbering.symbol(numbering.number_text(number), "QĐ-BTC")
    assert numbering.parse_wanted(written, "QĐ-BTC", RULES) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "00/BCY-CTSBMTT",
        "66.15",
        "66.15/BCY-CTSBMTT",
        "12a",
        "A12/BCY-CTSBMTT",
        "1 2",
        "1 2/BCY-CTSBMTT",
        "12 /BCY-CTSBMTT",
        "-5",
        "+5",
        "٥",
        "/BCY-CTSBMTT",
        "1" * 12,
        "1" * 12 + "/BCY-CTSBMTT",
        "9" * 100_000,
    ],
)
def test_what_is_no_number_is_refused_and_shown_in_short(text: str) -> None:
    found = refusal(text)
    assert (found.code, found.severity) == ("bad-number", Severity.ERROR)
    assert len(found.message.vi) < 150


@pytest.mark.parametrize(
    "text",
    [
        "123/BCY-VP",
        "123/",
        "123/ BCY-CTSBMTT",
        "123/bcy-ctsbmtt",
        "123/BCY-CTSBMTT/2026",
        "123/2026/BCY-CTSBMTT",
        "123/BСY-CTSBMTT",  # a Cyrillic С, as it exists in the wild
    ],
)
def test_a_notation_that_is_not_the_documents_to_the_letter_is_refused_and_both_are_named(text: str) -> None:
    found = refusal(text)
    assert (found.code, found.clause) == ("number-notation-differs", "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3")
    for said in (found.message.vi, found.message.en):
        assert f"“{text.partition('/')[2]}”" in said
        assert "“BCY-CTSBMTT”" in said


def test_a_normative_notation_without_its_year_is_another_one() -> None:
    assert refusal("12/TT-BTC", "2026/TT-BTC").code == "number-notation-differs"
    assert refusal("12/2025/TT-BTC", "2026/TT-BTC").code == "number-notation-differs"


def test_a_notation_of_a_megabyte_is_not_given_back() -> None:
    assert len(refusal("1/" + "X" * 1_000_000).message.vi) < 200


# --- the day --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-12", date(2026, 3, 12)),
        ("2026-03-12T16:59:59Z", date(2026, 3, 12)),
        ("2026-03-12T17:30:00Z", date(2026, 3, 13)),
        ("2026-03-12T12:00:00+07:00", date(2026, 3, 12)),
        ("2026-03-12T23:30:00.123456-05:00", date(2026, 3, 13)),
        ("2026-12-31T17:00:00+00:00", date(2027, 1, 1)),
    ],
)
def test_a_moment_is_turned_to_the_day_of_viet_nam(text: str, day: date) -> None:
    assert numbering.caller_day(text) == day


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - the zone comes with the next line
    st.integers(-12 * 60, 14 * 60),
)
def test_the_offset_in_which_a_moment_is_said_does_not_matter(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=UTC)
    said = moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert numbering.caller_day(said) == numbering.office_day(moment)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-12T17:30:00",  # whose?
        "",
        "12/3/2026",
        "2026-3-12",
        "2026-02-30",
        "2026-W11-4",
        "20260312",
        "2026-03-12 17:30:00Z",
        "２０２６-03-12",
        "2026-03-12T25:00:00Z",
        "2026-03-12T17:30:00+99:00",
        "9999-12-31T23:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "2026-03-12T" + "0" * 100_000,
    ],
)
def test_what_is_no_day_or_does_not_say_its_offset_is_refused_in_words(text: str) -> None:
    with pytest.raises(Refused) as refused:
        numbering.caller_day(text)
    found = refused.value.findings[0]
    assert (found.code, found.clause) == ("bad-date", "QĐ 28/2018/QĐ-TTg, Điều 14 khoản 4")
    assert "múi giờ" in found.message.vi
    assert "offset" in found.message.en


# --- what is left out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "first", "wanted", "gap"),
    [(4, 1, 7, "05–06"), (4, 1, 6, "05"), (99, 1, 103, "100–102"), (None, 1, 3, "01–02"), (None, 66, 70, "66–69")],
)
def test_numbers_that_a_caller_leaves_out_are_named(last: int | None, first: int, wanted: int, gap: str) -> None:
    facts = replace(FACTS, last_number=last, first=first, wanted=wanted)
    (found,) = numbering.check_day(RULES, facts)
    assert (found.code, found.severity) == ("numbers-skipped", Severity.WARNING)
    assert found.clause == "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1"
    assert f"số {gap} trước" in found.message.vi
    assert f"Number {gap} is" in found.message.en
    assert numbering.next_number(RULES, facts) == wanted


@pytest.mark.parametrize("changes", [{"wanted": 5}, {"wanted": 4}, {"wanted": None}, {"numbered_by": "service"}])
def test_where_nothing_is_left_out_nothing_is_said(changes: dict[str, object]) -> None:
    assert numbering.check_day(RULES, replace(FACTS, **changes)) == ()


@pytest.mark.parametrize("wanted", [1, 3, 4])
def test_a_number_that_is_used_or_passed_by_is_refused(wanted: int) -> None:
    with pytest.raises(Refused) as refused:
        numbering.next_number(RULES, replace(FACTS, wanted=wanted))
    found = refused.value.findings[0]
    assert (found.code, found.clause) == ("number-too-low", "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1")
    assert "05" in found.message.vi


# --- opened in mid-year ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["service", "caller"])
def test_a_series_opens_in_mid_year_at_the_number_that_the_old_book_left_off(who: str) -> None:
    opened = replace(FACTS, numbered_by=who, first=812, last_number=None, last_day=None, series_since=TODAY)
    first = replace(opened, wanted=812 if who == "caller" else None)
    assert numbering.check_day(RULES, first) == ()
    assert numbering.next_number(RULES, first) == 812
    second = replace(first, last_number=812, last_day=TODAY, wanted=813 if who == "caller" else None)
    assert numbering.check_day(RULES, second) == ()
    assert numbering.next_number(RULES, second) == 813


@pytest.mark.parametrize(("who", "code"), [("service", "number-not-next"), ("caller", "number-too-low")])
def test_a_number_of_the_old_book_is_refused_in_the_new_series(who: str, code: str) -> None:
    facts = replace(FACTS, numbered_by=who, first=812, last_number=None, last_day=None, wanted=811)
    with pytest.raises(Refused) as refused:
        numbering.next_number(RULES, facts)
    assert refused.value.findings[0].code == code
    assert "812" in refused.value.findings[0].message.vi


@pytest.mark.parametrize("who", ["service", "caller"])
def test_no_day_before_the_series_opened_is_given(who: str) -> None:
    before = TODAY - timedelta(days=1)
    facts = replace(FACTS, numbered_by=who, first=812, last_number=None, last_day=None, series_since=TODAY)
    with pytest.raises(Refused) as refused:
        numbering.check_day(RULES, replace(facts, day=before, earliest_day=before, last_signed_on=before))
    assert [found.code for found in refused.value.findings if found.severity is Severity.ERROR] == ["series-closed"]
