"""Statements compiled once, and handed to the driver without further ado.

SQLAlchemy spends 60 to 130 µs on each execution, the databases' drivers 6 to 15 (SQLite, measured): with a
dozen statements a document that is the difference between 400 and 1,000 documents a second. So SQLAlchemy
writes the SQL and converts values (that is where it is needed), and the driver executes.
"""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from signer.storage.columns import Key, Words, storable

Record: TypeAlias = Any
"""A row: a named tuple of the statement's columns."""

_Convert: TypeAlias = Callable[[Any], Any] | None


class Result(NamedTuple):
    """What a statement did: its rows, and how many rows an UPDATE or DELETE touched."""

    rows: list[Record]
    touched: int

    def first(self) -> Record | None:
        """The first row, if any."""
        return self.rows[0] if self.rows else None


class _Compiled(NamedTuple):
    sql: str
    parameters: tuple[tuple[str, _Convert, Any], ...]  # name, conversion, and the value written in the statement
    names: tuple[str, ...]
    positional: bool
    record: Callable[[list[Any]], Record] | None
    columns: tuple[_Convert, ...]


class Statement:
    """A statement to be executed often, always with parameters of the same names.

    ``clauses`` is one for every database, or one for each by name. "IN" with a list is beyond it.
    """

    def __init__(self, clauses: sa.Executable | Mapping[str, sa.Executable]) -> None:
        self._clauses = clauses
        some = next(iter(clauses.values())) if isinstance(clauses, Mapping) else clauses
        self.writes: bool = some.is_dml
        self._compiled: dict[str, _Compiled] = {}

    def compiled(self, dialect: Dialect, names: Mapping[str, Any]) -> _Compiled:
        """SQL and conversions for a database; worked out the first time."""
        known = self._compiled.get(dialect.name)
        if known is None:
            clause: Any = self._clauses[dialect.name] if isinstance(self._clauses, Mapping) else self._clauses
            known = self._compiled[dialect.name] = _compile(clause, dialect, names)
        return known


class Executor:
    """Executes statements on a connection, within the transaction that it is in."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self._dialect = connection.dialect
        self._writing = writing
        self._pid = os.getpid()

    def run(self, statement: Statement, parameters: Mapping[str, Any]) -> Result:
        """Execute. Errors are SQLAlchemy's; RuntimeError after a fork, or for a write while reading."""
        self.check(writing=statement.writes)
        compiled = statement.compiled(self._dialect, parameters)
        said = parameters.get
        values = [
            said(name, written) if convert is None else convert(said(name, written))
            for name, convert, written in compiled.parameters
        ]
        bound = values if compiled.positional else dict(zip(compiled.names, values, strict=True))
        try:
            cursor = self._driver.execute(compiled.sql, bound)
            rows = cursor.fetchall() if compiled.record is not None else []
        except self._dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemys(self._connection, compiled.sql, error) from error
        if compiled.record is None:
            return Result([], cursor.rowcount)
        return Result(
            [
                compiled.record(
                    [
                        value if convert is None else convert(value)
                        for value, convert in zip(row, compiled.columns, strict=True)
                    ]
                )
                for row in rows
            ],
            len(rows),
        )

    def check(self, *, writing: bool) -> None:
        """Raise RuntimeError where this transaction may not go on."""
        if self._pid != os.getpid():
            raise RuntimeError("a transaction does not cross a fork")
        if writing and not self._writing:
            raise RuntimeError("a reading transaction does not write")


def as_sqlalchemys(connection: Connection, sql: str, error: Exception) -> BaseException:
    """What SQLAlchemy would raise for the driver's error; a connection that is gone is thrown away."""
    dialect: Any = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection.driver_connection, None)
    if gone:
        connection.invalidate(error)
    # Without the parameters: they may be somebody's business.
    return DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=dialect,
    )


def _into(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    """What a value of this type goes through. Text is most of all values: SQLAlchemy's three calls would cost most."""
    return storable if isinstance(kind, (Key, Words)) else kind.dialect_impl(dialect).bind_processor(dialect)


def _compile(clause: Any, dialect: Dialect, names: Mapping[str, Any]) -> _Compiled:
    inserts = isinstance(clause, (sa.Insert, sa.Update))
    compiled: Any = clause.compile(dialect=dialect, column_keys=list(names) if inserts else None)
    order = compiled.positiontup if compiled.positional else list(compiled.binds)
    parameters = tuple(
        (
            name,
            _into(compiled.binds[name].type, dialect),
            compiled.binds[name].effective_value,
        )
        for name in order
    )
    columns = list(clause.exported_columns) if clause.is_select or clause._returning else []  # noqa: SLF001 - no public word for it
    named: Any = namedtuple  # noqa: PYI024 - typing's wants to know the names beforehand
    record = named("Record", [column.key for column in columns])
    return _Compiled(
        sql=compiled.string,
        parameters=parameters,
        names=tuple(order),
        positional=compiled.positional,
        record=record._make if columns else None,
        columns=tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns),
    )
