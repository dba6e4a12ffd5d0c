"""Numbers, dates and notations of documents: how they are written, and which comes next.

NĐ 30/2020/NĐ-CP, Điều 15 and Phụ lục I, Mục II.3 and II.4.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from policies.deadlines import calendar_gap, issue_due, issued_late
from policies.load import rulesets
from policies.model import Finding, Ruleset
from policies.notation import notation
from policies.speech import error, refuse, settle, vn, warning
from policies.workdays import RulesOn

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_DIGITS = re.compile(r"[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT_LENGTH = 40

__all__ = [
    "IssueFacts",
    "caller_day",
    "check_day",
    "day_text",
    "month_text",
    "next_number",
    "notation",
    "number_text",
    "office_day",
    "parse_number",
    "parse_wanted",
    "period_key",
    "symbol",
    "year_text",
]


# --- how it is written ----------------------------------------------------------------------------------------


def number_text(number: int) -> str:
    """The number as printed: below 10 with a zero in front (II.3)."""
    if number < 1:
        raise ValueError("numbers begin at 1")
    return f"{number:02d}"


def day_text(day: date) -> str:
    """The day as printed: below 10 with a zero in front (II.4.b)."""
    return f"{day.day:02d}"


def month_text(day: date) -> str:
    """The month as printed: 1 and 2 alone have a zero in front (II.4.b), so "02" but "3"."""
    return f"{day.month:02d}" if day.month < 3 else str(day.month)


def year_text(day: date) -> str:
    """The year as printed."""
    return f"{day.year:04d}"


def symbol(number: str, notation: str) -> str:
    """Number and notation joined (số, ký hiệu): "05/QĐ-BTC", "05/2026/TT-BTC"."""
    return f"{number}/{notation}"


def office_day(moment: datetime) -> date:
    """The day that offices in Viet Nam write at an aware ``moment``: it decides the year, and the period."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no day")
    return moment.astimezone(_VIETNAM).date()


def period_key(kind: str, term: str, day: date) -> str:
    """In which run of its series a number of ``day`` stands: "2026", or the name of the term of office.

    A year runs from 1 January to 31 December (Điều 15(1)); ``day`` is the day of issue in Viet Nam.
    """
    if kind == "year":
        return year_text(day)
    if kind != "term":
        raise ValueError(f"no such kind of period: {kind}")
    if not term.strip():
        raise ValueError("a series by term of office needs the term's name")
    return term.strip()


def parse_number(text: str, rules: Ruleset | None = None) -> int:
    """A number as a caller gives it, "5" or "05". Refused: letters, signs, "66.15", zero, too many digits.

    How many digits are too many is the rules' (``rules`` None: the newest).
    """
    digits, most = text.strip(), (rules or rulesets()[-1]).numbering.number_digits.value
    if not _DIGITS.fullmatch(digits) or len(digits) > most:
        shown = text if len(text) <= 20 else text[:20] + "…"
        raise refuse(
            "bad-number",
            f"Số văn bản “{shown}” không hợp lệ: chỉ ghi chữ số Ả Rập, tối đa {most} chữ số.",
            f"“{shown}” is no number of a document: Arabic digits only, {most} at most.",
            "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3",
        )
    if int(digits) == 0:
        raise refuse(
            "bad-number",
            "Số văn bản bắt đầu từ 01, không có số 0.",
            "Numbers begin at 01; there is no 0.",
            "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
        )
    return int(digits)


def parse_wanted(text: str, notation: str, rules: Ruleset | None = None) -> int:
    """A number as the caller's own system writes it: "123", or "123/BCY-CTSBMTT" with the document's notation.

    Refused as by ``parse_number``, and where the notation behind the slash is not the document's, to the letter.
    """
    number, slash, said = text.strip().partition("/")
    if slash and unicodedata.normalize("NFC", said) != unicodedata.normalize("NFC", notation):
        shown = said if len(said) <= 60 else said[:60] + "…"
        raise refuse(
            "number-notation-differs",
            f"Yêu cầu ghi ký hiệu “{shown}”, nhưng ký hiệu của văn bản là “{notation}”.",
            f"The request says the notation “{shown}”, the document's is “{notation}”.",
            "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3",
        )
    # A blank before the slash is no way to write a number: the refusal then shows the whole of it.
    return parse_number(text if number != number.rstrip() else number, rules)


def caller_day(text: str) -> date:
    """The day that a caller's system gives: "2026-03-12", or a moment with its offset, turned to Viet Nam's day.

    "2026-03-12T17:30:00Z" is 13 March (QĐ 28/2018/QĐ-TTg Điều 14(4)). Refused: anything else, and a moment that does
    not say its offset.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if len(text) <= _MOMENT_LENGTH and "T" in text:
            return office_day(datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # no such day, no offset, or moved out of the calendar by Viet Nam's zone
        pass
    raise refuse(
        "bad-date",
        f"“{text[:40]}” không phải là một ngày có trong lịch: hãy viết dạng YYYY-MM-DD, hoặc thời điểm theo ISO "
        "8601 có ghi múi giờ (2026-03-12T17:30:00Z).",
        f"“{text[:40]}” is no day of the calendar: write YYYY-MM-DD, or an ISO 8601 moment with its offset "
        "(2026-03-12T17:30:00Z).",
        "QĐ 28/2018/QĐ-TTg, Điều 14 khoản 4",
    )


# --- which comes next -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What is known when a document is to be numbered. Days are days in Viet Nam.

    ``earliest_day``: how far back a date may lie (today, unless the office allows more). ``last_number`` and
    ``last_day`` are of the series in its period (void numbers count where the service numbers); ``later_number`` and
    ``later_day`` are the first that stands in a later year of it, if any. ``widest`` is the
    highest number that the blank has room for. ``wanted``: the number that the caller asks for. ``printed_month`` and
    ``printed_year``: printed in the draft, where they are. ``rules_on`` has the calendar of each day (None: the
    rules at hand for all).
    """

    day: date
    today: date
    earliest_day: date
    last_signed_on: date | None
    last_number: int | None
    last_day: date | None
    first: int
    widest: int
    numbered_by: str
    wanted: int | None
    printed_month: int | None = None
    printed_year: int | None = None
    series_since: date | None = None
    series_until: date | None = None
    later_number: int | None = None
    later_day: date | None = None
    urgent: bool = False
    rules_on: RulesOn | None = None


def check_day(rules: Ruleset, facts: IssueFacts) -> tuple[Finding, ...]:
    """Whether the document may bear this day; the warnings if so. Refused with every reason against it."""
    return settle(
        [
            *_window(rules, facts),
            *_sequence(rules, facts),
            *_printed(rules, facts),
            *_skipped(rules, facts),
            *_late(rules, facts),
        ]
    )


def next_number(rules: Ruleset, facts: IssueFacts) -> int:
    """The number that the document gets: the next one, without a gap (Điều 15(1)).

    A caller who gives numbers himself must give a higher one than the last; otherwise ``wanted`` may only
    confirm the next. Refused also where the number would not fit its blank.
    """
    rule = rules.numbering.gapless
    due = _due(facts)
    number = due if facts.wanted is None else facts.wanted
    most = min(facts.widest, 10**rules.numbering.number_digits.value - 1)
    if facts.numbered_by == "caller":
        if facts.wanted is None:
            raise refuse(
                "number-missing",
                "Hệ thống số này do phần mềm gửi yêu cầu tự cấp số: yêu cầu phải kèm số.",
                "The caller numbers this series: the request must bring the number.",
                rule,
            )
        if number < due:
            raise refuse(
                "number-too-low",
                f"Số {_shown(number)} không lớn hơn số cuối cùng của hệ thống số; "
                + (
                    f"số nhỏ nhất còn cấp được là {number_text(due)}."
                    if due <= most
                    else f"số {most} đã cấp là số lớn nhất: hủy số ấy nếu đã cấp nhầm."
                ),
                f"Number {number} is not above the last of its series; "
                + (
                    f"the lowest free is {due}." if due <= most else f"{most} is the highest: void it if it was a slip."
                ),
                rule,
            )
    elif facts.numbered_by != "service":
        raise ValueError(f"nobody numbers like this: {facts.numbered_by}")
    elif number != due and rule.value:
        raise refuse(
            "number-not-next",
            f"Số kế tiếp của hệ thống số là {number_text(due)}, không phải {_shown(number)}; số cấp liên tiếp, "
            "không bỏ trống.",
            f"The next number of the series is {due}, not {number}; numbers follow without a gap.",
            rule,
        )
    if number > most:
        raise refuse(
            "number-too-wide",
            f"Số {number} vượt quá số lớn nhất {most} mà hệ thống số (và chỗ trống trên văn bản) cho phép.",
            f"Number {number} is above {most}, the highest that the series (and the blank) allows.",
            rules.numbering.number_digits if most != facts.widest else "",
        )
    return number


def _shown(number: int) -> str:
    return number_text(number) if number > 0 else str(number)


def _window(rules: Ruleset, facts: IssueFacts) -> list[Finding]:
    found, rule, day = [], rules.numbering.dated_on_issue, facts.day
    if day > facts.today:
        found.append(
            error(
                "date-in-future",
                f"Ngày ban hành {vn(day)} sau hôm nay ({vn(facts.today)}).",
                f"The date {day} lies after today ({facts.today}).",
                rule,
            )
        )
    elif day < facts.earliest_day:
        only = facts.earliest_day == facts.today
        found.append(
            error(
                "date-outside-window",
                f"Ngày ban hành {vn(day)} quá sớm: "
                + (
                    f"chỉ được ghi ngày hôm nay, {vn(facts.today)}."
                    if only
                    else f"sớm nhất là {vn(facts.earliest_day)}."
                ),
                f"The date {day} is too early: "
                + (f"only today, {facts.today}, is allowed." if only else f"the earliest is {facts.earliest_day}."),
                rule,
            )
        )
    since, until = facts.series_since, facts.series_until
    if (since and day < since) or (until and until < day):
        span = f"{vn(since) if since else '…'} – {vn(until) if until else '…'}"
        found.append(
            error(
                "series-closed",
                f"Hệ thống số chỉ dùng trong thời gian {span}, không có ngày {vn(day)}.",
                f"The series is open from {since or '…'} to {until or '…'}, not on {day}.",
                rules.numbering.gapless,
            )
        )
    return found


def _sequence(rules: Ruleset, facts: IssueFacts) -> list[Finding]:
    found, day = [], facts.day
    if facts.last_signed_on and day < facts.last_signed_on:
        found.append(
            error(
                "date-before-signature",
                f"Ngày ban hành {vn(day)} trước ngày người có thẩm quyền ký số ({vn(facts.last_signed_on)}).",
                f"The date {day} lies before the last signer's day ({facts.last_signed_on}).",
                rules.numbering.not_before_signature,
            )
        )
    if facts.last_day and day < facts.last_day and rules.numbering.dates_never_decrease.value:
        found.append(
            error(
                "date-before-last-number",
                f"Ngày ban hành {vn(day)} trước ngày của số liền trước ({_shown(facts.last_number or 0)}, "
                f"{vn(facts.last_day)}); số và ngày phải theo trình tự thời gian.",
                f"The date {day} lies before that of the preceding number ({facts.last_number}, {facts.last_day}); "
                "numbers follow the order of time.",
                rules.numbering.dates_never_decrease,
            )
        )
    if facts.later_day and rules.numbering.dates_never_decrease.value:
        later = f"{_shown(facts.later_number or 0)}, {vn(facts.later_day)}"
        found.append(
            error(
                "date-before-last-number",
                f"Ngày ban hành {vn(day)} thuộc năm đã kết thúc: hệ thống số đã cấp số của năm sau ({later}); số và "
                "ngày phải theo trình tự thời gian.",
                f"The date {day} is of a year that has ended: a number of a later year was given "
                f"({facts.later_number}, {facts.later_day}); numbers follow the order of time.",
                rules.numbering.dates_never_decrease,
            )
        )
    return found


def _printed(rules: Ruleset, facts: IssueFacts) -> list[Finding]:
    found, rule, day = [], rules.numbering.dated_on_issue, facts.day
    if facts.printed_month is not None and facts.printed_month != day.month:
        found.append(
            error(
                "printed-month-differs",
                f"Dự thảo đã in sẵn tháng {facts.printed_month}, không khớp với ngày ban hành {vn(day)}.",
                f"The month {facts.printed_month} is printed on the document, but it is issued on {day}.",
                rule,
            )
        )
    if facts.printed_year is not None and facts.printed_year != day.year:
        found.append(
            error(
                "printed-year-differs",
                f"Dự thảo đã in sẵn năm {facts.printed_year}, không khớp với ngày ban hành {vn(day)}.",
                f"The year {facts.printed_year} is printed on the document, but it is issued on {day}.",
                rule,
            )
        )
    return found


def _skipped(rules: Ruleset, facts: IssueFacts) -> list[Finding]:
    """Numbers that a caller leaves out: whoever binds the register will ask for them."""
    due = _due(facts)
    if facts.numbered_by != "caller" or facts.wanted is None or facts.wanted <= due:
        return []
    span = _shown(due) if facts.wanted == due + 1 else f"{_shown(due)}–{_shown(facts.wanted - 1)}"
    return [
        warning(
            "numbers-skipped",
            f"Bỏ trống số {span} trước số {_shown(facts.wanted)}; số phải được lấy liên tiếp.",
            f"Number {span} is left out before {facts.wanted}; numbers follow one another.",
            rules.numbering.gapless,
        )
    ]


def _due(facts: IssueFacts) -> int:
    """The number that follows the last, or begins the series."""
    return facts.first if facts.last_number is None else max(facts.last_number + 1, facts.first)


def _late(rules: Ruleset, facts: IssueFacts) -> list[Finding]:
    rules_on, signed_on = facts.rules_on or (lambda _day: rules), facts.last_signed_on
    if signed_on is None:
        return []
    latest = issue_due(rules_on, signed_on, urgent=facts.urgent)
    if facts.today <= latest:
        return []
    gap = calendar_gap(rules_on, (signed_on, latest))
    return [issued_late(rules, signed_on, latest, urgent=facts.urgent), *([gap] if gap else [])]
