"""When a document is to be issued and sent, and whether it was.

NĐ 30/2020/NĐ-CP, Điều 18(1): issued on the day of signing, at the latest on the next working day. QĐ 28/2018/QĐ-TTg,
Điều 6(2): sent on the day, at the latest in the morning of the next working day. What is urgent goes at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from policies.model import Finding, Rule, Ruleset
from policies.speech import error, info, vn, warning
from policies.workdays import RulesOn, calendar_known, is_workday, nth_workday_after

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """What is known of a document on its way. Days are days in Viet Nam; moments are aware.

    ``signed_on`` is the last signer's day (None: not signed, or on paper), ``issued_on`` the day of issue, ``sent``
    a day or a moment (None: not sent yet); ``ended``: it will not go out any more (voided, recalled, refused). What
    goes out ``on_paper`` is sent as NĐ 30 has it, by the next working day; QĐ 28 is on electronic documents.
    """

    signed_on: date | None
    issued_on: date | None
    sent: date | datetime | None
    urgent: bool
    ended: bool = False
    on_paper: bool = False


@dataclass(frozen=True, slots=True)
class Lateness:
    """A deadline that was missed: what was due when, when it was done (None: not yet), by how many workdays."""

    finding: Finding
    due: date
    done: date | None
    workdays: int


def issue_due(rules_on: RulesOn, signed_on: date, *, urgent: bool) -> date:
    """The last day on which a document that was signed on ``signed_on`` is issued in time."""
    return nth_workday_after(rules_on, signed_on, _issue_rule(rules_on(signed_on), urgent=urgent).value)


def send_due(rules_on: RulesOn, issued_on: date, *, urgent: bool) -> datetime:
    """The last moment at which it is sent in time: noon of the next working day; urgent, the end of the same day."""
    rules = rules_on(issued_on).dispatch
    if urgent and rules.urgent_at_once.value:
        return datetime.combine(issued_on, time.max, _VIETNAM)
    day = nth_workday_after(rules_on, issued_on, rules.send_within_working_days.value)
    return datetime.combine(day, time.fromisoformat(rules.send_until.value), _VIETNAM)


def issued_late(rules: Ruleset, signed_on: date, due: date, *, urgent: bool) -> Finding:
    """That it was issued after its day."""
    return warning(
        "issued-late",
        f"Ban hành muộn: ký ngày {vn(signed_on)}, chậm nhất phải phát hành "
        f"{vn(due)}" + (" (văn bản khẩn: ngay sau khi ký)." if urgent else " (ngày làm việc tiếp theo)."),
        f"Late: signed on {signed_on}, it was due on {due}"
        + (" (urgent: at once)." if urgent else " (the next working day)."),
        _issue_rule(rules, urgent=urgent),
    )


def judge(rules_on: RulesOn, facts: CourseFacts, now: datetime) -> tuple[Lateness, ...]:
    """The deadlines that a document has missed by ``now``, issue first; empty where it is in time."""
    return (*_issue(rules_on, facts, now.astimezone(_VIETNAM).date()), *_send(rules_on, facts, now))


def calendar_gap(rules_on: RulesOn, days: tuple[date, ...]) -> Finding | None:
    """A remark where a year's holidays are not entered: deadlines were reckoned by weekends and fixed days alone."""
    unknown = sorted({day.year for day in days if not calendar_known(rules_on(day), day)})
    if not unknown:
        return None
    years = ", ".join(map(str, unknown))
    return info(
        "calendar-not-entered",
        f"Chưa nhập lịch nghỉ lễ năm {years}: thời hạn chỉ tính theo ngày nghỉ hằng tuần và ngày lễ cố định.",
        f"The holidays of {years} are not entered: deadlines are reckoned by weekends and fixed holidays only.",
        rules_on(days[0]).calendar.yearly_holidays,
    )


def _issue(rules_on: RulesOn, facts: CourseFacts, today: date) -> tuple[Lateness, ...]:
    if facts.signed_on is None:
        return ()
    due, rules = issue_due(rules_on, facts.signed_on, urgent=facts.urgent), rules_on(facts.signed_on)
    if facts.issued_on is not None:
        late = facts.issued_on > due
        found = issued_late(rules, facts.signed_on, due, urgent=facts.urgent)
        return (_late(rules_on, found, due, facts.issued_on),) if late else ()
    if facts.ended or today <= due:
        return ()
    found = error(
        "issue-overdue",
        f"Quá hạn ban hành: ký ngày {vn(facts.signed_on)}, chậm nhất phải phát hành {vn(due)}, đến nay chưa ban hành.",
        f"Overdue: signed on {facts.signed_on}, it was to be issued by {due} and is not issued yet.",
        _issue_rule(rules, urgent=facts.urgent),
    )
    return (_late(rules_on, found, due, None, today),)


def _send(rules_on: RulesOn, facts: CourseFacts, now: datetime) -> tuple[Lateness, ...]:
    if facts.issued_on is None:
        return ()
    rules = rules_on(facts.issued_on)
    if facts.on_paper:
        last = issue_due(rules_on, facts.issued_on, urgent=facts.urgent)
        due, rule, until = datetime.combine(last, time.max, _VIETNAM), _issue_rule(rules, urgent=facts.urgent), vn(last)
    else:
        due = send_due(rules_on, facts.issued_on, urgent=facts.urgent)
        rule, until = _send_rule(rules, urgent=facts.urgent), f"{due:%H:%M} ngày {vn(due.date())}"
    if facts.sent is not None:
        moment = facts.sent.astimezone(_VIETNAM) if isinstance(facts.sent, datetime) else None
        day = moment.date() if moment else facts.sent
        # A day without an hour counts as in time on the last day: nobody can tell.
        if (moment <= due) if moment else (day <= due.date()):
            return ()
        found = warning(
            "sent-late",
            f"Gửi muộn: chậm nhất {until}, đã gửi " + (f"{moment:%H:%M} " if moment else "") + f"ngày {vn(day)}.",
            f"Sent late: due by {due:%Y-%m-%d %H:%M}, sent on {day}.",
            rule,
        )
        return (_late(rules_on, found, due.date(), day),)
    if facts.ended or now <= due:
        return ()
    found = error(
        "send-overdue",
        f"Quá hạn gửi: chậm nhất {until}, đến nay chưa ghi ngày chuyển.",
        f"Overdue: it was to be sent by {due:%Y-%m-%d %H:%M}; no day of sending is entered.",
        rule,
    )
    return (_late(rules_on, found, due.date(), None, now.astimezone(_VIETNAM).date()),)


def _late(rules_on: RulesOn, found: Finding, due: date, done: date | None, today: date | None = None) -> Lateness:
    """With the workdays after ``due`` up to and with the day it was done, or today; 0 for a delay within the day."""
    until = done or today or due
    days = (date.fromordinal(n) for n in range(due.toordinal() + 1, until.toordinal() + 1))
    return Lateness(found, due, done, sum(is_workday(rules_on(day), day) for day in days))


def _issue_rule(rules: Ruleset, *, urgent: bool) -> Rule[int]:
    return rules.numbering.urgent_within_working_days if urgent else rules.numbering.issue_within_working_days


def _send_rule(rules: Ruleset, *, urgent: bool) -> Rule[Any]:
    at_once = rules.dispatch.urgent_at_once
    return at_once if urgent and at_once.value else rules.dispatch.send_within_working_days
