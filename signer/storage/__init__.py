"""Documents, numbers and the office in SQLite or PostgreSQL; bytes in files by digest.

The map::

    migrate(url)                          at every start, before anything else
    database = open_database(url)         refuses a schema that this program does not know
    open_store(database)                  signer.ports.Store: documents, numbers, the office
    presence = open_presence(database)    signer.ports.Presence: which processes are at work
    open_idempotency(database, presence)  signer.ports.Idempotency
    open_api_keys(database)               who may call
    open_blobs(folder)                    signer.ports.Blobs
    open_inspection(database)             signer.ports.Inspection: the rows as they are
    open_shelf(folder)                    signer.ports.BlobShelf: the blobs as they lie there
    open_tables(url)                      signer.ports.Tables: all rows, out and in
    open_archive(folder)                  signer.ports.Archive: backups

``url`` is ``sqlite:///path`` or ``postgresql://user@host/name``. Each ``open_…`` takes a URL as well. Open in
the process that uses them. A child that is forked afterwards opens connections of its own (see ``database``), but keeps
its parent's presence from ending as long as it lives: fork first.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from signer.ports import Clock, Presence
from signer.storage.api_keys import ApiKeys
from signer.storage.archive import FolderArchive
from signer.storage.blobs import FileBlobs
from signer.storage.database import Database
from signer.storage.dump import SqlTables
from signer.storage.idempotency import SqlIdempotency
from signer.storage.inspection import SqlInspection
from signer.storage.migrate import migrate
from signer.storage.presence import FilePresence, SharedPresence
from signer.storage.shelf import FileShelf
from signer.storage.store import SqlStore
from signer.storage.transaction import SqlTransaction

__all__ = [
    "ApiKeys",
    "Database",
    "FileBlobs",
    "FilePresence",
    "FileShelf",
    "FolderArchive",
    "SharedPresence",
    "SqlIdempotency",
    "SqlInspection",
    "SqlStore",
    "SqlTables",
    "SqlTransaction",
    "migrate",
    "open_api_keys",
    "open_archive",
    "open_blobs",
    "open_database",
    "open_idempotency",
    "open_inspection",
    "open_presence",
    "open_shelf",
    "open_store",
    "open_tables",
]


def open_database(url: str, *, lock_timeout: float = 10.0) -> Database:
    """Connect; ``store-newer``, ``store-not-migrated`` or ``store-unavailable`` instead of a surprise later.

    ``lock_timeout`` is in seconds. A URL that is none is a ValueError.
    """
    database = Database(url, lock_timeout=lock_timeout)
    try:
        database.require_current()
    except BaseException:
        database.close()
        raise
    return database


def open_store(database: Database | str) -> SqlStore:
    """The store of documents, numbers and the office."""
    return SqlStore(_database(database))


def open_presence(database: Database) -> FilePresence | SharedPresence:
    """Which processes are at work on this database; SQLite's are all on one machine, in a folder beside the file."""
    if database.is_sqlite:
        return FilePresence(Path(database.url.database or ""))
    return SharedPresence(database)


def open_idempotency(
    database: Database | str, presence: Presence, *, keep: timedelta = timedelta(days=3)
) -> SqlIdempotency:
    """Answers for repeated requests, kept for ``keep``."""
    return SqlIdempotency(_database(database), presence, keep=keep)


def open_api_keys(database: Database | str, clock: Clock | None = None) -> ApiKeys:
    """The API keys; ``clock`` decides what has expired."""
    return ApiKeys(_database(database), clock)


def open_blobs(folder: Path) -> FileBlobs:
    """Bytes by digest, in files below ``folder``."""
    return FileBlobs(folder)


def open_inspection(database: Database | str) -> SqlInspection:
    """The rows as they are, for whoever inspects the store."""
    return SqlInspection(_database(database))


def open_shelf(folder: Path) -> FileShelf:
    """The blobs as they lie there; UNAVAILABLE where there is no such folder."""
    return FileShelf(folder)


def open_tables(url: str) -> SqlTables:
    """All rows of a store, out and in; connections are opened and closed with each."""
    return SqlTables(url)


def open_archive(folder: Path) -> FolderArchive:
    """Backups in a folder."""
    return FolderArchive(folder)


def _database(database: Database | str) -> Database:
    return open_database(database) if isinstance(database, str) else database
