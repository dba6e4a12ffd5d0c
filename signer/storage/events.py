"""Events and their rows: recorded with what they tell of, read in the order in which they became durable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from signer.model import Actor, DocumentState, Event, EventKind
from signer.storage.prepared import Record, Statement
from signer.storage.tables import events as t

RECORD = Statement(t.insert())

TURN = sa.select(sa.func.pg_advisory_xact_lock(0x6576656E7473))  # "events"
"""PostgreSQL gives ids before it commits: who is to be read after whom would be a matter of chance. Writers take
their turn here as the last thing before they commit, so that ids grow in the order of commits. SQLite has one
writer at a time anyhow."""

LAST = Statement(select(t).where(t.c.document_id == bindparam("id")).order_by(t.c.id.desc()).limit(1))
_AFTER = select(t).where(t.c.id > bindparam("after")).order_by(t.c.id).limit(bindparam("limit"))


def row(event: Event) -> dict[str, Any]:
    """The row of ``events``, without its id."""
    return {
        "kind": event.kind.value,
        "document_id": event.document_id,
        "agency": event.agency,
        "state": event.state.value,
        "at": event.at,
        "actor_id": event.by.id,
        "actor_name": event.by.name,
        "actor_via": event.by.via,
        "external_id": event.external_id,
        "symbol": event.symbol,
        "date": event.date,
        "detail": event.detail,
    }


def after(agencies: Sequence[str] | None) -> sa.Select[Any]:
    """Rows with ids after ``after``, ``limit`` at most; ``agencies`` None is all."""
    return _AFTER if agencies is None else _AFTER.where(t.c.agency.in_(list(agencies)))


def event(row: Record) -> Event:
    """The event of a row."""
    return Event(
        kind=EventKind(row.kind),
        document_id=row.document_id,
        agency=row.agency,
        state=DocumentState(row.state),
        at=row.at,
        by=Actor(row.actor_id, row.actor_name, row.actor_via),
        external_id=row.external_id,
        symbol=row.symbol,
        date=row.date,
        detail=row.detail,
        position=row.id,
    )
