"""Every row of the store as plain values, in one state, and back into an empty database of either kind.

Our own form instead of the databases' (a copy of SQLite's file, ``pg_dump``): it needs no tool of the server's
version on the machine, it moves an office from SQLite to PostgreSQL, and a row can be read with a text editor in
thirty years. Values go through the column types both ways, so both databases mean the same by them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from signer.model.backup import Plain, TableDump
from signer.storage.archive import damaged_backup
from signer.storage.columns import Moment
from signer.storage.database import Database
from signer.storage.migrate import check_empty, create, migrate
from signer.storage.tables import document_files, file_revisions, metadata

_AT_ONCE = 500

_TYPES: dict[str, Any] = {
    "moment": Moment(),
    "day": sa.Date(),
    "bytes": sa.LargeBinary(),
    "json": sa.JSON(none_as_null=True),
    "flag": sa.Boolean(),
    "whole": sa.Integer(),
    "real": sa.Double(),
    "text": sa.Text(),
}
"""By what a column holds, as the dump says: the type to write it with."""


class SqlDump:
    """``signer.ports.Dump`` within one reading transaction."""

    def __init__(self, connection: Connection, revision: str) -> None:
        self._connection = connection
        self.revision = revision

    def tables(self) -> Iterator[TableDump]:
        """As the port says."""
        for table in metadata.sorted_tables:
            kinds = {column.name: _kind(column.type) for column in table.columns}
            yield TableDump(table.name, kinds, self._rows(table, tuple(kinds.values())))

    def blobs(self) -> Iterator[str]:
        """As the port says."""
        named = select(file_revisions.c.sha256).union(select(document_files.c.sha256)).order_by("sha256")
        for (sha256,) in self._connection.execution_options(yield_per=_AT_ONCE).execute(named):
            yield sha256

    def _rows(self, table: sa.Table, kinds: Sequence[str]) -> Iterator[Sequence[Plain]]:
        query = select(table).order_by(*table.primary_key.columns)
        for row in self._connection.execution_options(yield_per=_AT_ONCE).execute(query):
            yield [_plain(kind, value) for kind, value in zip(kinds, row, strict=True)]


class SqlTables:
    """``signer.ports.Tables`` over SQLite or PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def dump(self) -> Iterator[SqlDump]:
        """As the port says. A schema that is not this program's is refused: only of that one all tables are known."""
        database = Database(self._url)
        try:
            database.require_current()
            revision = database.revision() or ""
            with database.begin_reading() as connection:
                if not database.is_sqlite:  # the server ends a transaction that is slow to read, or that says nothing
                    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                yield SqlDump(connection, revision)
        finally:
            database.close()

    def ready(self, revision: str) -> None:
        """As the port says."""
        check_empty(self._url, revision)

    def load(self, revision: str, tables: Iterator[TableDump]) -> None:
        """As the port says."""

        def fill(connection: Connection) -> None:
            for table in tables:
                _fill(connection, table)

        try:
            create(self._url, revision, fill)
        except (sa.exc.StatementError, KeyError, ValueError) as error:  # well kept, and yet no rows of this schema
            raise damaged_backup("tables") from error
        migrate(self._url)


def _fill(connection: Connection, dumped: TableDump) -> None:
    kinds = tuple(dumped.columns.items())
    table = sa.table(dumped.name, *(sa.column(name, _TYPES[kind]) for name, kind in kinds))
    while rows := list(islice(dumped.rows, _AT_ONCE)):
        connection.execute(
            table.insert(),
            [{name: _value(kind, value) for (name, kind), value in zip(kinds, row, strict=True)} for row in rows],
        )
    if connection.dialect.name == "postgresql" and dumped.columns.get("id") == "whole":
        # Ids that the database counts go on behind the last one; where it counts none, this finds no sequence.
        last = sa.select(sa.func.max(sa.column("id"))).select_from(sa.table(dumped.name)).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(dumped.name, "id"), last)))


def _kind(of: Any) -> str:
    if isinstance(of, Moment):
        return "moment"
    for kind in ("day", "bytes", "json", "flag", "whole", "real"):
        if isinstance(of, type(_TYPES[kind])):
            return kind
    return "text"


def _plain(kind: str, value: Any) -> Plain:
    if value is None:
        return None
    if kind in ("moment", "day"):
        return str(value.isoformat())
    if kind == "bytes":
        return base64.b64encode(value).decode("ascii")
    plain: Plain = value
    return plain


def _value(kind: str, plain: Plain) -> object:
    if plain is None:
        return None
    match kind:
        case "moment":
            return datetime.fromisoformat(str(plain))
        case "day":
            return date.fromisoformat(str(plain))
        case "bytes":
            return base64.b64decode(str(plain), validate=True)
    return plain
