"""One database, SQLite or PostgreSQL: connections, transactions that are durable, forks, and the revision.

A transaction that writes begins with BEGIN IMMEDIATE on SQLite: one that reads first and writes later fails
at once ("database is locked", whatever the busy timeout) when another has written in between, because its
snapshot is stale. On PostgreSQL the rows that matter are locked where they are read.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from signer.errors import Kind, SignerError
from signer.storage.connections import Connections
from signer.storage.errors import translated, unavailable
from signer.storage.migrations import REVISIONS
from signer.storage.turn import AnyTurn, WriteTurn
from signer.storage.work import transaction

POOL = 20
"""Connections that one process may hold at most; a thread uses one while its transaction lasts."""

_SQLITE = "BEGIN IMMEDIATE", "BEGIN"
_POSTGRESQL = "BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_REVISION = sa.text("SELECT version_num FROM alembic_version")


def parse_url(url: str) -> URL:
    """``sqlite:///path`` or ``postgresql://…``; anything else is a ValueError that does not show a password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("not a database URL: expected sqlite:///path or postgresql://…") from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ValueError(f"database {backend!r} is not supported: use sqlite:///path or postgresql://…")
    if not parsed.database or parsed.database == ":memory:" or parsed.query:
        # Every process and thread would see a database of its own, and nothing would be durable.
        raise ValueError("a SQLite store needs a file: sqlite:///path, without parameters")
    return parsed.set(drivername="sqlite+pysqlite")


class Database:
    """A database and this process's connections to it.

    ``lock_timeout`` is how many seconds a transaction waits for another's lock. Connections belong to the
    process that opened them: after a fork the child opens its own, and leaves its parent's untouched.
    """

    def __init__(self, url: str, *, lock_timeout: float = 10.0) -> None:
        self.url = parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._folder = Path(self.url.database or "").parent if self.is_sqlite else None
        self._lock_timeout = lock_timeout
        self._forked_from: list[object] = []
        self._pid = os.getpid()
        self._begin, self._begin_reading = _SQLITE if self.is_sqlite else _POSTGRESQL
        self._open()

    def __repr__(self) -> str:
        return f"Database({self.url.render_as_string(hide_password=True)!r})"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that may write: durable on a clean exit, rolled back on an exception.

        UNAVAILABLE: ``store-unavailable`` when the database is away or stays locked, ``storage-full`` and
        ``storage-read-only`` when its disk refuses.
        """
        self._mind_the_fork()
        with (
            translated(self._folder),
            self._turn.taken(),
            transaction(self._connections, self._begin, tries=POOL + 1) as connection,
        ):
            yield connection

    @contextmanager
    def begin_reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database, takes no lock and cannot write."""
        self._mind_the_fork()
        reading = transaction(self._connections, self._begin_reading, tries=POOL + 1)
        with translated(self._folder), reading as connection:
            yield connection

    @contextmanager
    def begin_migration(self) -> Iterator[Connection]:
        """A writing transaction in which SQLite does not enforce foreign keys (a table may be made anew)."""
        self._mind_the_fork()
        with translated(self._folder), self._engine.connect() as connection:
            if self.is_sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")  # void inside a transaction
            try:
                with connection.begin():  # Alembic, too, must know that it is in a transaction already
                    connection.exec_driver_sql(self._begin)
                    yield connection
            finally:
                connection.invalidate()  # nobody else may get this connection

    def lasting(self) -> Connection:
        """A connection for what is held as long as the process lives; each statement stands by itself."""
        self._mind_the_fork()
        return self._engine.connect()

    def ping(self) -> None:
        """Raise UNAVAILABLE if the database does not answer."""
        self.revision()

    def revision(self) -> str | None:
        """The revision of the schema; None for a database without one."""
        if self.is_sqlite and not Path(self.url.database or "").is_file():
            raise unavailable()  # connecting would make an empty one
        try:
            with self.begin_reading() as connection:
                found: str | None = connection.scalar(_REVISION)
                return found
        except (OperationalError, ProgrammingError):
            return None
        except SignerError as error:
            if isinstance(error.__cause__, DBAPIError) and "no such table" in str(error.__cause__.orig):
                return None
            raise

    def require_current(self) -> None:
        """Refuse a database whose schema this program does not know (``store-newer``), or that is older.

        Both are UNAVAILABLE; the older one (``store-not-migrated``) is brought up to date by ``migrate``.
        """
        revision = self.revision()
        if revision == REVISIONS[-1]:
            return
        if revision is None or revision in REVISIONS:
            raise SignerError(
                Kind.UNAVAILABLE,
                "store-not-migrated",
                "Cơ sở dữ liệu chưa được nâng cấp cho phiên bản phần mềm này.",
                f"The database's schema is at {revision or 'nothing'}; this program needs "
                f"{REVISIONS[-1]}: migrate it first.",
            )
        raise newer(revision)

    def close(self) -> None:
        """Close this process's connections; the next use opens new ones."""
        self._mind_the_fork()
        self._connections.close()
        self._turn.close()

    def _mind_the_fork(self) -> None:
        if self._pid == os.getpid():
            return
        # Kept, never closed, never collected: closing would speak for the parent on its sockets and files.
        self._forked_from.append((self._engine, self._connections))
        self._open()
        self._pid = os.getpid()

    def _open(self) -> None:
        self._engine = self._sqlite() if self.is_sqlite else self._postgresql()
        self._connections = Connections(self._engine, POOL, self._lock_timeout)
        self._turn = self._make_turn()

    def _make_turn(self) -> WriteTurn | AnyTurn:
        """Writers queue before an SQLite file; on PostgreSQL many write at once."""
        return WriteTurn(Path(self.url.database or ""), timeout=self._lock_timeout) if self.is_sqlite else AnyTurn()

    def _sqlite(self) -> Engine:
        engine = sa.create_engine(
            self.url,
            poolclass=NullPool,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": self._lock_timeout},
        )

        met: list[bool] = []

        @event.listens_for(engine, "do_connect")
        def _private(_dialect: object, _entry: object, arguments: list[str], _options: object) -> None:
            # SQLite would make the file readable by everybody; its -wal and -shm take over the file's mode.
            # Never open a file that is there: closing it drops every POSIX lock that this process has on it
            # (sqlite.org/howtocorrupt, 2.2), and then another process deletes the WAL that we still write.
            if met and not Path(arguments[0]).is_file():
                # Moved away, or its disk is not mounted: an empty one in its place would be taken for the store.
                raise sqlite3.OperationalError("the database file is gone")
            with suppress(OSError):  # SQLite says what is wrong, in words that we translate
                os.close(os.open(arguments[0], os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))

        @event.listens_for(engine, "connect")
        def _connected(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
            connection.isolation_level = None  # the driver would begin by itself, too late and not IMMEDIATE
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "trusted_schema = OFF",
            ):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            met[:] = [True]

        return engine

    def _postgresql(self) -> Engine:
        wait = int(self._lock_timeout * 1000)
        # Durable even where the server's default is not; a forgotten transaction must not hold locks for ever.
        given = self.url.query.get("options", "")
        options = (
            f"{given if isinstance(given, str) else ' '.join(given)} -c TimeZone=UTC "
            f"-c synchronous_commit=on -c lock_timeout={wait} "
            "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=120000"
        )
        return sa.create_engine(
            self.url.difference_update_query(["options"]),
            poolclass=NullPool,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            connect_args={"options": options.strip(), "connect_timeout": 5, "application_name": "antin"},
        )


def newer(revision: str) -> SignerError:
    """A schema that this program knows nothing of."""
    return SignerError(
        Kind.UNAVAILABLE,
        "store-newer",
        "Cơ sở dữ liệu thuộc một phiên bản phần mềm mới hơn; phần mềm này không được dùng nó.",
        f"The database's schema {revision!r} is of a newer program; this one knows nothing "
        f"after {REVISIONS[-1]} and does not touch it.",
    )
