"""Bring a database's schema up to date; safe to call at every start, by several processes at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from signer.errors import Kind, SignerError
from signer.storage.database import Database, newer
from signer.storage.migrations import REVISIONS

_ADVISORY_LOCK = 0x616E74696E
"""Processes that migrate one PostgreSQL database wait for each other here ("antin")."""


def migrate(url: str) -> None:
    """Create or upgrade the schema, in one transaction.

    A database of a newer program is refused (UNAVAILABLE ``store-newer``) and not touched.
    """
    database = Database(url, lock_timeout=60)
    try:
        if database.is_sqlite:
            _make_home(Path(database.url.database or ""))
        revision = database.revision()
        if revision is not None and revision not in REVISIONS:
            database.require_current()
        if revision != REVISIONS[-1]:
            _upgrade(database, "head")
        database.require_current()
    finally:
        database.close()


def _make_home(path: Path) -> None:
    # Mode 0700: registers and drafts are nobody else's business on a shared machine.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def create(url: str, revision: str, fill: Callable[[Connection], None]) -> None:
    """Make a database with the schema of a revision and fill it, all in one transaction; for ``migrate`` to go on.

    CONFLICT ``store-not-empty`` where there is any table; UNAVAILABLE ``store-newer`` for a revision that this program
    does not know. Whatever goes wrong, the database stays empty.
    """
    check_empty(url, revision)
    database = Database(url, lock_timeout=60)
    try:
        if database.is_sqlite:
            _make_home(Path(database.url.database or ""))
        _upgrade(database, revision, fill)
    finally:
        database.close()


def check_empty(url: str, revision: str) -> None:
    """Raise what ``create`` raises beforehand; makes nothing."""
    if revision not in REVISIONS:
        raise newer(revision)
    database = Database(url)
    try:
        if database.is_sqlite and not Path(database.url.database or "").exists():
            return
        with database.begin_reading() as connection:
            if sa.inspect(connection).get_table_names():
                raise SignerError(
                    Kind.CONFLICT,
                    "store-not-empty",
                    "Cơ sở dữ liệu đã có dữ liệu: chỉ khôi phục vào cơ sở dữ liệu trống.",
                    "The database holds tables already: only an empty one is restored into.",
                )
    finally:
        database.close()


def _upgrade(database: Database, revision: str, fill: Callable[[Connection], None] | None = None) -> None:
    config = Config()
    config.set_main_option("script_location", "signer.storage:migrations")
    with database.begin_migration() as connection:
        config.attributes["connection"] = connection
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        command.upgrade(config, revision)
        if fill is not None:
            fill(connection)
        if database.is_sqlite:
            _check_foreign_keys(connection)


def _check_foreign_keys(connection: Connection) -> None:
    # They are off while tables are made anew; what came out must hold all the same.
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise SignerError(
            Kind.INTERNAL,
            "migration-broke-references",
            "Nâng cấp cơ sở dữ liệu không thành công; dữ liệu được giữ nguyên như cũ.",
            f"The migration left rows of {broken[0]} that refer to nothing; it was undone.",
        )
