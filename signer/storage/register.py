"""Numbers and the rows of the register: statements and conversions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from signer.model import Actor, DocumentState, Medium, Numbering, RegisterChange, RegisterEntry, RegisterState
from signer.storage.prepared import Record, Statement
from signer.storage.tables import documents, register, register_history, series

LOCK_SERIES = Statement(select(series.c.id).where(series.c.id == bindparam("series")).with_for_update(key_share=True))
LAST = Statement(
    select(register)
    .where(register.c.series == bindparam("series"), register.c.period == bindparam("period"))
    .order_by(register.c.number.desc())
    .limit(1)
)
NUMBERED = Statement(
    select(register).where(
        register.c.series == bindparam("series"),
        register.c.period == bindparam("period"),
        register.c.number == bindparam("number"),
    )
)
LAST_STANDING = Statement(
    select(register)
    .where(
        register.c.series == bindparam("series"),
        register.c.period == bindparam("period"),
        register.c.state != RegisterState.VOID.value,
    )
    .order_by(register.c.number.desc())
    .limit(1)
)
LATER_STANDING = Statement(
    select(register)
    .where(
        register.c.series == bindparam("series"),
        register.c.period > bindparam("year"),
        register.c.state != RegisterState.VOID.value,
    )
    .order_by(register.c.period, register.c.number)
    .limit(1)
)
OF_DOCUMENT = Statement(select(register).where(register.c.document_id == bindparam("document_id")))
KEY = sa.tuple_(register.c.series, register.c.period, register.c.number)
"""What rows of a book are ordered by."""
OF_YEAR = (
    select(register)
    .where(register.c.agency == bindparam("agency"), register.c.year == bindparam("year"))
    .order_by(register.c.series, register.c.period, register.c.number)
)

# What may become of a row: a void number stays void, an issued one is never merely reserved again.
_BEFORE = {
    RegisterState.RESERVED: register.c.state == RegisterState.RESERVED.value,
    RegisterState.ISSUED: register.c.state != RegisterState.VOID.value,
    RegisterState.VOID: sa.true(),
}

# The row of a recalled document stays as it was (NĐ 30 Phụ lục VI, Phần I, Mục III.8).
_FROZEN = (
    select(documents.c.id)
    .where(documents.c.id == register.c.document_id, documents.c.state == DocumentState.RECALLED.value)
    .exists()
)

_FIXED = ("document_id", "series", "period", "number", "agency", "symbol", "date")
_COLUMNS = ("type_and_subject", "signer", "recipients", "kept_by", "copies", "sent_on", "received_by", "note")


def _update(state: RegisterState) -> Statement:
    same = (register.c[name] == bindparam(f"same_{name}") for name in _FIXED)
    return Statement(register.update().where(*same, _BEFORE[state], ~_FROZEN))


UPDATE = {state: _update(state) for state in RegisterState}

_OF_ROW = tuple(register_history.c[name] == register.c[name] for name in ("series", "period", "number"))
CHANGES = Statement(
    select(register_history)
    .join(register, sa.and_(*_OF_ROW))
    .where(register.c.document_id == bindparam("document_id"))
    .order_by(register_history.c.id)
)
ADD_CHANGE = Statement(register_history.insert())


def row(entry: RegisterEntry, numbering: Numbering) -> dict[str, Any]:
    """The row to insert. ValueError if the two do not speak of the same number."""
    spoken = (entry.series, entry.period, entry.number, entry.symbol, entry.date)
    if spoken != (numbering.series, numbering.period, numbering.number, numbering.symbol, numbering.date):
        raise ValueError("entry and numbering do not speak of the same number")
    return {name: getattr(entry, name) for name in (*_FIXED, *_COLUMNS)} | {
        "state": entry.state.value,
        "year": entry.date.year,
        "number_text": numbering.number_text,
        "notation": numbering.notation,
        "reserved_at": numbering.reserved_at,
        "medium": entry.medium.value,
    }


def change(entry: RegisterEntry) -> dict[str, Any]:
    """Parameters of ``UPDATE``: what may change, and what must be the same."""
    return (
        {f"same_{name}": getattr(entry, name) for name in _FIXED}
        | {name: getattr(entry, name) for name in _COLUMNS}
        | {"state": entry.state.value}
    )


def entry(row: Record) -> RegisterEntry:
    """A row as a value."""
    return RegisterEntry(
        state=RegisterState(row.state),
        medium=Medium(row.medium),
        **{name: getattr(row, name) for name in (*_FIXED, *_COLUMNS)},
    )


def change_row(of: RegisterEntry, noted: RegisterChange) -> dict[str, Any]:
    """The row of a change."""
    return {
        "series": of.series,
        "period": of.period,
        "number": of.number,
        "column": noted.column,
        "old_value": noted.old,
        "new_value": noted.new,
        "actor_id": noted.by.id,
        "actor_name": noted.by.name,
        "actor_via": noted.by.via,
        "at": noted.at,
        "reason": noted.reason,
    }


def noted(row: Record) -> RegisterChange:
    """A change as a value."""
    return RegisterChange(
        column=row.column,
        old=row.old_value,
        new=row.new_value,
        by=Actor(row.actor_id, row.actor_name, row.actor_via),
        at=row.at,
        reason=row.reason,
    )


def numbering(row: Record) -> Numbering:
    """The number that a row holds."""
    return Numbering(
        series=row.series,
        period=row.period,
        number=row.number,
        number_text=row.number_text,
        notation=row.notation,
        symbol=row.symbol,
        date=row.date,
        reserved_at=row.reserved_at,
    )
