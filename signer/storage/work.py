"""A transaction, begun and ended through the driver.

SQLAlchemy's own round a dozen of our statements costs as much as three of them (35 of 45 µs, measured on SQLite), so
it gives the connection and keeps out of the rest: its connections are in autocommit, and BEGIN, COMMIT and ROLLBACK
are ours. What a driver raises still becomes what SQLAlchemy would make of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from signer.storage.connections import Connections
from signer.storage.prepared import as_sqlalchemys


@contextmanager
def transaction(connections: Connections, begin: str, *, tries: int) -> Iterator[Connection]:
    """Begin with ``begin``; commit on a clean exit, roll back on an exception.

    ``tries`` connections may have been cut off since they were last used, by a database that was started
    again: each is replaced, for nothing has been done on it yet.
    """
    connection = _begun(connections, begin, tries)
    driver: Any = connection.connection.driver_connection
    try:
        try:
            yield connection
            _commit(connection, driver)
        except BaseException:
            _roll_back(connection, driver)
            raise
    finally:
        connections.give_back(connection)


def _begun(connections: Connections, begin: str, tries: int) -> Connection:
    while True:
        connection = connections.take()
        try:
            _say(connection, connection.connection.driver_connection, begin)
        except DBAPIError as error:
            connections.give_back(connection)
            tries -= 1
            if not (error.connection_invalidated and tries > 0):
                raise
        except BaseException:
            connections.give_back(connection)
            raise
        else:
            return connection


def _commit(connection: Connection, driver: Any) -> None:
    done = _say(connection, driver, "COMMIT")
    # PostgreSQL answers ROLLBACK, and no error, where a statement had failed and nobody minded.
    if getattr(done, "statusmessage", "COMMIT") != "COMMIT":
        raise PendingRollbackError("a statement failed, and nothing of the transaction was kept")


def _roll_back(connection: Connection, driver: Any) -> None:
    """Undo; a connection that cannot even do that is thrown away, and its database undoes by itself."""
    try:
        if getattr(driver, "in_transaction", True):  # SQLite has rolled back by itself where a disk was full
            driver.execute("ROLLBACK")
    except connection.dialect.loaded_dbapi.Error:
        with suppress(Exception):
            connection.invalidate()


def _say(connection: Connection, driver: Any, sql: str) -> Any:
    try:
        return driver.execute(sql)
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemys(connection, sql, error) from error
