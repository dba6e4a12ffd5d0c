"""A register of any length, made by the database itself: one document as the service stores it, and its like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from signer.model import DocumentState, Event, EventKind, Numbering, RegisterState
from signer.storage import Database, SqlStore
from signer.storage import tables as t
from tests.support import stored

SERIES, PERIOD = "btc-qd", "2026"
FIRST = "0" + "1000000001"  # sorts before the ids that are made from the clock

_ID = "'0' || (1000000000 + n.i)"
_CHANGED: Mapping[str, Mapping[str, str]] = {
    "documents": {"id": _ID},
    "document_files": {"document_id": _ID},
    "register": {
        "document_id": _ID,
        "number": "n.i",
        "number_text": "'' || n.i",
        "symbol": "n.i || '/QĐ-BTC'",
    },
    "acts": {"document_id": _ID},
    "events": {"document_id": _ID, "symbol": "n.i || '/QĐ-BTC'"},
}
"""Table to the columns that differ from the first document's, as SQL over ``n.i``, which counts from 2."""


def fill(database: Database, rows: int) -> None:
    """Bring an empty store to ``rows`` issued documents with consecutive numbers in one series and year."""
    store = SqlStore(database)
    with store.transaction() as tx:
        tx.put_office(stored.OFFICE, stored.NOW)
        tx.add_document(stored.document(id=FIRST, state=DocumentState.SIGNED, signatures=(stored.record(),)))
    take(store, FIRST)
    with database.begin() as connection:
        for name, changed in _CHANGED.items():
            connection.execute(_likes(t.metadata.tables[name], changed), {"first": FIRST, "most": rows})
        if not database.is_sqlite:
            connection.execute(sa.text("ANALYZE"))


def take(store: SqlStore, document_id: str) -> Numbering:
    """What issuing does in the store: number, intent and event in one transaction, the outcome in another."""
    with store.transaction() as tx:
        document = tx.document(document_id)
        last = tx.last_number(SERIES, PERIOD)
        entry, held = stored.number(last.number + 1 if last else 1, document_id)
        tx.reserve(entry, held)
        issuing = replace(document, state=DocumentState.ISSUING, numbering=held)
        tx.save_document(issuing)
        tx.record(_event(EventKind.NUMBERED, issuing.state, document_id, held))
    with store.transaction() as tx:
        tx.save_document(replace(issuing, state=DocumentState.ISSUED, version=issuing.version + 1))
        tx.save_entry(replace(entry, state=RegisterState.ISSUED))
        tx.record(_event(EventKind.ISSUED, DocumentState.ISSUED, document_id, held))
    return held


def _event(kind: EventKind, state: DocumentState, document_id: str, held: Numbering) -> Event:
    return Event(kind, document_id, "BTC", state, stored.NOW, stored.ACTOR, symbol=held.symbol, date=held.date)


def _likes(table: sa.Table, changed: Mapping[str, str]) -> sa.TextClause:
    """Copies of the first document's rows in a table; an id that counts by itself goes on counting."""
    own = [column.name for column in table.c if not (column.name == "id" and "id" not in changed)]
    given = ", ".join(changed.get(name, f'like_this."{name}"') for name in own)
    listed = ", ".join(f'"{name}"' for name in own)
    whose = "id" if "id" in changed else "document_id"
    return sa.text(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :most) "  # noqa: S608 - our own names
        f"INSERT INTO {table.name} ({listed}) SELECT {given} FROM {table.name} AS like_this, n "
        f"WHERE like_this.{whose} = :first"
    )
