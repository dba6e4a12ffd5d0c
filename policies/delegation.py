"""In what capacity a person may sign: own authority, Q., KT., TM., TL., TUQ. NĐ 30/2020/NĐ-CP, Điều 13."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from policies.model import Refused, Ruleset
from policies.speech import refuse, vn
from policies.text import fold


@dataclass(frozen=True, slots=True)
class Grant:
    """A person may sign with these capacity lines documents of these types (empty: all; None: công văn)."""

    capacity: tuple[str, ...]
    types: tuple[str | None, ...]
    since: date | None
    until: date | None
    basis: str


def signs(capacity: Iterable[str]) -> frozenset[str]:
    """The signs before the capacity lines: {"TM", "KT"} of "TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"."""
    return frozenset(line.split(".")[0].strip().upper() for line in capacity if "." in line)


def check_capacity(
    rules: Ruleset,
    *,
    capacity: Sequence[str],
    type: str | None,  # noqa: A002 - the interface's name
    grants: Iterable[Grant],
    day: date,
) -> Grant:
    """The grant by which the person signs on ``day``; of several, the youngest.

    ``grants`` are the person's for the issuer. Capacity lines are compared folded and joined: how the page
    breaks them does not matter. Refused: no such grant, not for this type, lapsed, not yet in force.
    """
    clause, shown = _clause(rules, capacity), " / ".join(capacity)
    given = list(grants)
    mine = [grant for grant in given if fold("".join(grant.capacity)) == fold("".join(capacity))]
    if not mine:
        known = "; ".join(" / ".join(grant.capacity) for grant in given)
        raise refuse(
            "no-delegation",
            f"Người ký không được giao ký với quyền hạn, chức vụ “{shown}”"
            + (f"; được giao: {known}." if known else " cho cơ quan này."),
            f"The signer has no authority to sign as “{shown}”"
            + (f"; granted: {known}." if known else " for this issuer."),
            clause,
        )
    for_type = [grant for grant in mine if not grant.types or type in grant.types]
    if not for_type:
        types = ", ".join(sorted({kind or "công văn" for grant in mine for kind in grant.types}))
        raise refuse(
            "delegation-other-types",
            f"Quyền ký “{shown}” chỉ cho: {types}; không cho {type or 'công văn'}.",
            f"The authority to sign as “{shown}” is for {types} only, not for {type or 'công văn'}.",
            clause,
        )
    holding = [
        grant
        for grant in for_type
        if (grant.since is None or grant.since <= day) and (grant.until is None or day <= grant.until)
    ]
    if holding:
        return max(holding, key=lambda grant: grant.since or date.min)
    lapsed = [grant for grant in for_type if grant.until is not None and grant.until < day]
    if lapsed:
        last = max(lapsed, key=lambda grant: grant.until or date.min)
        raise refuse(
            "delegation-lapsed",
            f"Quyền ký “{shown}” đã hết hạn ngày {vn(last.until or day)}{_by(last, ' theo ')}.",
            f"The authority to sign as “{shown}” ended on {last.until}{_by(last, ' by ')}.",
            clause,
        )
    first = min(for_type, key=lambda grant: grant.since or date.min)
    raise refuse(
        "delegation-not-yet",
        f"Quyền ký “{shown}” chỉ có hiệu lực từ ngày {vn(first.since or day)}{_by(first, ' theo ')}.",
        f"The authority to sign as “{shown}” begins on {first.since}{_by(first, ' by ')}.",
        clause,
    )


def check_still(
    rules: Ruleset,
    *,
    name: str,
    capacity: Sequence[str],
    type: str | None,  # noqa: A002 - the interface's name
    grants: Iterable[Grant],
    day: date,
) -> None:
    """Refused (``delegation-lapsed-before-issue``) where ``name`` may no longer sign so on the day of issue.

    The signature was good when it was made; but the document would bear a day on which its signer had no authority.
    """
    rule = rules.delegation.held_until_issue
    if not rule.value:
        return
    try:
        check_capacity(rules, capacity=capacity, type=type, grants=grants, day=day)
    except Refused as refusal:
        told = refusal.findings[0].message
        raise refuse(
            "delegation-lapsed-before-issue",
            f"{name} đã ký nhưng vào ngày ban hành {vn(day)} không còn thẩm quyền: {told.vi} Hãy từ chối văn bản này "
            "và trình người có thẩm quyền ký văn bản mới.",
            f"{name} signed, but has no authority on the day of issue, {day}: {told.en} Reject this document and have "
            "a new one signed by who has authority.",
            rule,
        ) from refusal


def _by(grant: Grant, word: str) -> str:
    return f"{word}{grant.basis}" if grant.basis else ""


def _clause(rules: Ruleset, capacity: Sequence[str]) -> str:
    """The clause of the first sign, in the order of the rules, that the lines bear; else the general one."""
    mine = signs(capacity)
    return next(
        (clause for sign, clause in rules.delegation.clauses.value.items() if sign in mine),
        rules.delegation.own_authority.clause,
    )
