"""Parts of tables that several of the office's tables share: days, types, names that must be declared."""

from __future__ import annotations

from collections.abc import Iterable

from policies.load import rulesets
from signer.model import Period
from signer.settings.table import Table

LETTER = "-"
"""How a list of types names the công văn, which has no type."""


def known(table: Table, key: str, names: Iterable[str], among: Iterable[str]) -> None:
    """A fault for each name that is not ``among`` those declared; empty ones were complained of already."""
    declared = list(among)
    for name in names:
        if name and name not in declared:
            table.fault(
                key,
                f"chưa khai báo “{name}” / “{name}” is not declared; declared: {', '.join(declared) or 'none'}",
            )


def period(table: Table) -> Period:
    """``from`` and ``until``, both included."""
    since, until = table.day("from"), table.day("until")
    if since and until and until < since:
        table.fault("until", f"{until} trước ngày bắt đầu / lies before from = {since}")
    return Period(since, until)


def overlap(one: Period, other: Period) -> bool:
    """Whether there is a day that both hold."""
    return (one.until is None or other.since is None or other.since <= one.until) and (
        other.until is None or one.since is None or one.since <= other.until
    )


def types(table: Table) -> tuple[str | None, ...]:
    """Abbreviations of types; "-" is the công văn. Empty: every type."""
    names = table.texts("types", ())
    rules = rulesets()[-1].numbering
    known(table, "types", names, [LETTER, *dict.fromkeys([*rules.types.value, *rules.normative_types.value])])
    return tuple(None if name == LETTER else name for name in names)
