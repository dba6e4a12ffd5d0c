"""The store as it is, row by row, in one state and in bounded memory: what ``antin check`` reads."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from signer.model import NumberedBy, PeriodKind
from signer.model.inspection import ActFacts, BlobNamed, DocumentFacts, Doubled, FileFacts, RowFacts, SeriesFacts
from signer.storage.database import Database
from signer.storage.documents import SIGN
from signer.storage.prepared import Record
from signer.storage.tables import (
    acts,
    document_files,
    documents,
    file_revisions,
    idempotency,
    metadata,
    register,
    series,
)

PAGE = 500
"""Rows that are held at a time."""

_ROW = (
    "series",
    "period",
    "number",
    "document_id",
    "agency",
    "state",
    "number_text",
    "notation",
    "symbol",
    "year",
    "date",
    "medium",
    "note",
)
_KEY = sa.tuple_(register.c.series, register.c.period, register.c.number)
_ROWS = (
    select(*(register.c[name] for name in _ROW))
    .order_by(register.c.series, register.c.period, register.c.number)
    .limit(PAGE)
)
_YEAR = sa.extract("year", register.c.date)
_DOUBLED = (
    select(register.c.agency, register.c.symbol, _YEAR.label("year"), sa.func.count().label("times"))
    .group_by(register.c.agency, register.c.symbol, _YEAR)
    .having(sa.func.count() > 1)
)
_LEFT = (idempotency.c.answer.is_(None)) & (idempotency.c.started_at < sa.bindparam("before"))


class SqlSnapshot:
    """``signer.ports.Snapshot`` within one reading transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self) -> int:
        """As the port says."""
        return self._connection.scalar(select(sa.func.count()).select_from(documents)) or 0

    def series(self) -> Sequence[SeriesFacts]:
        """As the port says; those that the office no longer has too."""
        return [
            SeriesFacts(
                row.id,
                row.first,
                row.numbered_by == NumberedBy.SERVICE.value,
                row.period == PeriodKind.YEAR.value,
            )
            for row in self._connection.execute(select(series))
        ]

    def rows(self) -> Iterator[RowFacts]:
        """As the port says."""
        query = _ROWS
        while page := self._connection.execute(query).all():
            yield from map(_row, page)
            last = page[-1]
            query = _ROWS.where(sa.tuple_(last.series, last.period, last.number) < _KEY)

    def doubled(self) -> Iterator[Doubled]:
        """As the port says."""
        for row in self._connection.execute(_DOUBLED):
            yield Doubled(row.agency, row.symbol, int(row.year), row.times)

    def documents(self, after: str = "") -> Sequence[DocumentFacts]:
        """As the port says."""
        query = select(documents).where(documents.c.id > after).order_by(documents.c.id).limit(PAGE)
        heads = self._connection.execute(query).all()
        if not heads:
            return []
        first, last = heads[0].id, heads[-1].id
        held = {row.document_id: row for row in self._between(register, first, last)}
        revisions: dict[tuple[str, int], set[str]] = defaultdict(set)
        for row in self._between(file_revisions, first, last):
            revisions[row.document_id, row.file].add(row.sha256)
        files: dict[str, list[FileFacts]] = defaultdict(list)
        for row in self._between(document_files, first, last, document_files.c.ordinal):
            known = frozenset(revisions[row.document_id, row.ordinal])
            files[row.document_id].append(FileFacts(row.ordinal, row.name, row.sha256, row.plan, known))
        signed: dict[str, list[ActFacts]] = defaultdict(list)
        for row in self._between(acts, first, last, acts.c.ordinal):
            if row.kind == SIGN:
                signed[row.document_id].append(
                    ActFacts(
                        row.ordinal, row.file, row.field or "", row.role or "", row.before_sha256, row.after_sha256
                    )
                )
        return [_document(head, held.get(head.id), files[head.id], signed[head.id]) for head in heads]

    def dangling(self) -> Iterator[tuple[str, str, int]]:
        """As the port says: each foreign key is asked in words that both databases understand."""
        for table in metadata.sorted_tables:
            for key in table.foreign_key_constraints:
                parent = key.referred_table.alias()
                pairs = [(element.parent, parent.c[element.column.name]) for element in key.elements]
                lost = sa.and_(*(own.is_not(None) for own, _ in pairs)) & ~sa.exists().where(
                    *(own == other for own, other in pairs)
                )
                count = self._connection.scalar(select(sa.func.count()).select_from(table).where(lost)) or 0
                if count:
                    yield table.name, key.referred_table.name, count

    def damage(self, *, quick: bool) -> Iterator[str]:
        """As the port says. PostgreSQL has no such question: its pages are read by all the others."""
        if self._connection.dialect.name == "sqlite":
            pragma = "quick_check" if quick else "integrity_check"
            for (line,) in self._connection.exec_driver_sql(f"PRAGMA {pragma}"):
                if line != "ok":
                    yield line

    def requests_left(self, before: datetime) -> int:
        """As the port says."""
        query = select(sa.func.count()).select_from(idempotency).where(_LEFT)
        return self._connection.scalar(query, {"before": before}) or 0

    def _between(self, table: sa.Table, first: str, last: str, *order: Any) -> Iterable[Record]:
        query = select(table).where(table.c.document_id >= first, table.c.document_id <= last)
        return self._connection.execute(query.order_by(table.c.document_id, *order))


class SqlInspection:
    """``signer.ports.Inspection`` over SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def snapshot(self) -> Iterator[SqlSnapshot]:
        """As the port says."""
        with self._database.begin_reading() as connection:
            if not self._database.is_sqlite:
                # The server ends a transaction that says nothing for two minutes: here it is judging, not forgotten.
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            yield SqlSnapshot(connection)

    @contextmanager
    def ledger(self) -> Iterator[DiskLedger]:
        """As the port says."""
        with closing(sqlite3.connect("", isolation_level=None)) as connection:
            yield DiskLedger(connection)

    def forget_requests(self, before: datetime) -> int:
        """As the port says."""
        with self._database.begin() as connection:
            return connection.execute(idempotency.delete().where(_LEFT), {"before": before}).rowcount


class DiskLedger:
    """``signer.ports.Ledger`` in a nameless database of SQLite, which spills to the disk and vanishes at the end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE named (sha256, document_id, file, length, signed)")
        connection.execute("BEGIN")

    def note(self, blobs: Iterable[BlobNamed]) -> None:
        """As the port says."""
        self._connection.executemany(
            "INSERT INTO named VALUES (?, ?, ?, ?, ?)",
            ((each.sha256, each.document_id, each.file, each.length, each.signed) for each in blobs),
        )

    def count(self) -> int:
        """As the port says."""
        (count,) = self._connection.execute("SELECT count(DISTINCT sha256) FROM named").fetchone()
        return int(count)

    def in_order(self) -> Iterator[BlobNamed]:
        """As the port says."""
        query = "SELECT sha256, document_id, file, length, signed FROM named ORDER BY sha256, document_id, file"
        for sha256, document_id, file, length, signed in self._connection.execute(query):
            yield BlobNamed(sha256, document_id, file, length, bool(signed))


def _row(row: Record) -> RowFacts:
    return RowFacts(**{name: getattr(row, name) for name in _ROW})


def _document(
    head: Record, held: Record | None, files: Sequence[FileFacts], signed: Sequence[ActFacts]
) -> DocumentFacts:
    return DocumentFacts(
        id=head.id,
        state=head.state,
        medium=head.medium,
        agency=head.agency,
        notation=head.notation,
        copy=head.copy_form is not None,
        reason=head.reason,
        commanded_by=head.command_name or head.command_id or "",
        under_way_since=head.under_way_since,
        numbered_at=None if held is None else held.reserved_at,
        row=None if held is None else _row(held),
        files=tuple(files),
        acts=tuple(signed),
    )
