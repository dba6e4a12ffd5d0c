"""Numbers and the rows of the register: statements and conversions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from signer.model import Numbering, RegisterEntry, RegisterState
from signer.storage.prepared import Record, Statement
from signer.storage.tables import register, series

LOCK_SERIES = Statement(select(series.c.id).where(series.c.id == bindparam("series")).with_for_update(key_share=True))
LAST = Statement(
    select(register)
    .where(register.c.series == bindparam("series"), register.c.period == bindparam("period"))
    .order_by(register.c.number.desc())
    .limit(1)
)
OF_DOCUMENT = Statement(select(register).where(register.c.document_id == bindparam("document_id")))
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

_FIXED = ("document_id", "series", "period", "number", "agency", "symbol", "date")
_COLUMNS = ("type_and_subject", "signer", "recipients", "kept_by", "copies", "sent_on", "received_by", "note")


def _update(state: RegisterState) -> Statement:
    same = (register.c[name] == bindparam(f"same_{name}") for name in _FIXED)
    return Statement(register.update().where(*same, _BEFORE[state]))


UPDATE = {state: _update(state) for state in RegisterState}


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
    return RegisterEntry(state=RegisterState(row.state), **{name: getattr(row, name) for name in (*_FIXED, *_COLUMNS)})


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
