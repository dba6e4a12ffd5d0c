"""``[[delegation]]`` and ``[[custody]]`` of ``keys.toml``: who may sign in whose name, who holds an agency's key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from policies.delegation import signs
from policies.text import fold
from signer.model import Custody, Delegation
from signer.settings.parts import LETTER, known, overlap, period, types
from signer.settings.table import Table

_PROXY = "NĐ 30/2020/NĐ-CP, Điều 13 khoản 3"
_ORDER = "NĐ 30/2020/NĐ-CP, Điều 13 khoản 4"
_CUSTODY = "NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm b"
_FOR_ANOTHER = frozenset({"KT", "TL", "TUQ"})
_ACTING = re.compile(r"^\s*Q\.", re.IGNORECASE)


def read_delegations(root: Table, issuers: Iterable[str], persons: Iterable[str]) -> tuple[Delegation, ...]:
    """All delegations; two of one person for one capacity may not hold on the same day."""
    read = [(_delegation(table, issuers, persons), table) for table in root.tables("delegation")]
    for (one, _), (other, table) in combinations(read, 2):
        if _same_grant(one, other) and overlap(one.period, other.period):
            shared = ", ".join(kind or LETTER for kind in _shared(one, other)) or "mọi loại / every type"
            table.fault(
                "from",
                f"chồng thời gian với một ủy quyền khác của “{one.person}” cho cùng chức vụ / holds at the "
                f"same time as another delegation of “{one.person}” in this capacity: {shared} "
                "(NĐ 30/2020/NĐ-CP, Điều 13)",
            )
    _warn_of_two_heads(read)
    return tuple(delegation for delegation, _ in read)


def read_custody(root: Table, persons: Iterable[str]) -> tuple[Custody, ...]:
    """Who holds which key; one key is in one person's hands at a time."""
    read = [(_custody(table, persons), table) for table in root.tables("custody")]
    for (one, _), (other, table) in combinations(read, 2):
        if one.key == other.key and overlap(one.period, other.period):
            table.fault(
                "from",
                f"khóa “{one.key}” được giao cho hai người cùng lúc / the key “{one.key}” is in two persons' custody "
                f"at the same time: {one.person}, {other.person} ({_CUSTODY})",
            )
    return tuple(custody for custody, _ in read)


def _delegation(table: Table, issuers: Iterable[str], persons: Iterable[str]) -> Delegation:
    result = Delegation(
        person=table.text("person"),
        issuer=table.text("issuer"),
        capacity=table.texts("capacity"),
        types=types(table),
        period=period(table),
        basis=table.text("basis", ""),
    )
    known(table, "person", [result.person], persons)
    known(table, "issuer", [result.issuer], issuers)
    if not result.capacity and "capacity" in table:
        table.fault("capacity", "phải ghi quyền hạn, chức vụ / capacity lines are wanted (NĐ 30/2020/NĐ-CP, Điều 13)")
    _check_writing(table, result)
    table.end()
    return result


def _check_writing(table: Table, grant: Delegation) -> None:
    """TUQ. is given in writing and for a time, TL. by the rules of the house (Điều 13(3), (4))."""
    written = signs(grant.capacity)
    if "TUQ" in written and not (grant.period.since and grant.period.until):
        table.fault(
            "until",
            f"ký thừa ủy quyền phải giới hạn thời gian (from, until) / a TUQ. needs from and until ({_PROXY})",
        )
    if written & {"TUQ", "TL"} and not grant.basis:
        table.fault(
            "basis",
            "phải ghi văn bản ủy quyền hoặc quy chế giao ký / the text that grants it is wanted "
            f"({_PROXY if 'TUQ' in written else _ORDER})",
        )


def _same_grant(one: Delegation, other: Delegation) -> bool:
    same = (one.person, one.issuer) == (other.person, other.issuer)
    if not same or fold("".join(one.capacity)) != fold("".join(other.capacity)):
        return False
    return not one.types or not other.types or bool(_shared(one, other))


def _shared(one: Delegation, other: Delegation) -> Sequence[str | None]:
    """The types that both are for; none where both are for every type."""
    if not one.types or not other.types:
        return one.types or other.types
    return [kind for kind in one.types if kind in other.types]


def _warn_of_two_heads(read: Sequence[tuple[Delegation, Table]]) -> None:
    """Two in one seat, acting (Q.) or not: it happens on the day of a hand-over, and is worth a look."""
    for (one, _), (other, table) in combinations(read, 2):
        heads = not (signs(one.capacity) | signs(other.capacity)) & _FOR_ANOTHER
        same_seat = one.issuer == other.issuer and one.person != other.person and _seat(one) == _seat(other)
        if heads and same_seat and overlap(one.period, other.period):
            table.warn(
                "from",
                f"hai người cùng đứng đầu một lúc / two heads at the same time: {one.person}, {other.person} "
                "(NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7.b)",
            )


def _seat(grant: Delegation) -> str:
    """The capacity without the sign of who acts in it."""
    return fold("".join(_ACTING.sub("", line) for line in grant.capacity))


def _custody(table: Table, persons: Iterable[str]) -> Custody:
    result = Custody(
        key=table.text("key"),
        person=table.text("person"),
        period=period(table),
        basis=table.text("basis", ""),
        minutes=table.text("minutes", ""),
    )
    known(table, "person", [result.person], persons)
    for key, missing in (("basis", not result.basis), ("minutes", not result.minutes)):
        if missing:
            table.warn(
                key,
                "chưa ghi văn bản cho phép (basis) hoặc biên bản bàn giao (minutes) / written permission "
                f"(basis) or minutes of the hand-over (minutes) are not on record ({_CUSTODY})",
            )
    table.end()
    return result
