"""The store: units of work over documents, numbers and the office."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from signer.model import Office
from signer.storage.database import Database
from signer.storage.transaction import SqlTransaction


class SqlStore:
    """``signer.ports.Store`` over SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._offices: dict[str, Office] = {}

    def __repr__(self) -> str:
        return f"SqlStore({self.database!r})"

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """As the port says."""
        with self.database.begin() as connection:
            work = SqlTransaction(connection, self._offices)
            yield work
            work.settle()

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """A transaction that only reads one state of the store, and waits for no writer.

        Writing in it is a fault of the caller (the database refuses).
        """
        with self.database.begin_reading() as connection:
            yield SqlTransaction(connection, self._offices, locking=False)

    def ping(self) -> None:
        """As the port says."""
        self.database.ping()

    def close(self) -> None:
        """Close this process's connections."""
        self.database.close()
