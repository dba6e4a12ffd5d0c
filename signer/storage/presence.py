"""Which processes are at work: each holds a lock that the operating system or PostgreSQL drops when it dies.

No clock and no heartbeat decides: whoever cannot be locked out is alive, and a process that was killed is gone at
once. A process that merely lost its connection to PostgreSQL is taken for dead too; what it still finishes is refused
by the version of the document and by the owner of the repeated request, which somebody else has by then.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from signer.storage.database import Database
from signer.storage.errors import refused_by_disk, translated
from signer.storage.owner import hand_over

_NAME = re.compile(r"[A-Za-z0-9.-]{1,200}\Z")
_HOLD = sa.select(sa.func.pg_advisory_lock(sa.bindparam("key", type_=sa.BigInteger)))
# Shared, so that two who ask at the same moment do not take each other for the one they ask after.
_TRY = sa.select(sa.func.pg_try_advisory_xact_lock_shared(sa.bindparam("key", type_=sa.BigInteger)))
# Whatever the server does with idle sessions: this one is to last. Known from PostgreSQL 14 on.
_FOR_GOOD = sa.text("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'")
_LEAVE = sa.select(sa.func.pg_advisory_unlock_all())
_STILL = sa.text("SELECT 1")
FRESH = 1.0
"""Seconds for which a connection that answered is taken to stand."""


def new_name() -> str:
    """A name that no other process has or will have."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:100] or "host"
    return f"{host}.{os.getpid()}.{secrets.token_hex(8)}"


class FilePresence:
    """``signer.ports.Presence`` for processes of one machine: a locked file for each (flock), beside an SQLite file."""

    def __init__(self, database: Path) -> None:
        self._database, self._folder = database, Path(f"{database}.workers")
        self._lock = threading.Lock()
        self._pid = 0
        self._name = ""
        self._held: int | None = None

    def name(self) -> str:
        """As the port says. A child that was forked is another process and gets a name of its own."""
        with self._lock:
            if self._pid != os.getpid():
                try:
                    self._held, self._name = self._enter()
                except OSError as error:
                    raise refused_by_disk(error) from error
                self._pid = os.getpid()
            return self._name

    def alive(self, worker: str) -> bool:
        """As the port says."""
        if not _NAME.match(worker):
            return False
        path = self._folder / worker
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise refused_by_disk(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            _remove(path)  # its process is gone for good: names are never used again
            return False
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Leave: from now on this process is not at work."""
        with self._lock:
            if self._pid == os.getpid() and self._held is not None:
                _remove(self._folder / self._name)
                os.close(self._held)
            self._pid, self._name, self._held = 0, "", None

    def _enter(self) -> tuple[int, str]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        hand_over(self._folder, self._database)
        for other in list(self._folder.iterdir()):
            self.alive(other.name)  # removes what the dead left
        while True:
            path = self._folder / new_name()
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            hand_over(descriptor, self._database)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Between the two calls somebody may have found the file unlocked, and removed it.
            with suppress(FileNotFoundError):
                if path.stat().st_ino == os.fstat(descriptor).st_ino:
                    return descriptor, path.name
            os.close(descriptor)


class SharedPresence:
    """``signer.ports.Presence`` over PostgreSQL: an advisory lock for each process, held by a connection of its own.

    A pooler in between must keep sessions (PgBouncer: ``pool_mode = session``).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._pid = 0
        self._name = ""
        self._session: Connection | None = None
        self._seen = 0.0

    def name(self) -> str:
        """As the port says. After its connection was lost, the process goes on under another name."""
        with self._lock:
            if self._pid != os.getpid():
                self._session = None  # a parent's connection is the parent's
                self._pid = os.getpid()
            if self._session is None or not self._stands(self._session):
                self._session, self._name = self._enter()
            return self._name

    def alive(self, worker: str) -> bool:
        """As the port says."""
        if not _NAME.match(worker):
            return False
        with self._database.begin_reading() as connection:
            return not connection.scalar(_TRY, {"key": _key(worker)})

    def close(self) -> None:
        """Leave: from now on this process is not at work."""
        with self._lock:
            if self._session is not None and self._pid == os.getpid():
                with translated(), self._session:  # the lock is the session's: in the pool it would live on
                    self._session.execute(_LEAVE)
            self._session, self._name = None, ""

    def _stands(self, session: Connection) -> bool:
        if time.monotonic() - self._seen < FRESH:
            return True
        try:
            session.execute(_STILL)
        except SQLAlchemyError:
            with suppress(SQLAlchemyError):
                session.invalidate()
                session.close()
            return False
        self._seen = time.monotonic()
        return True

    def _enter(self) -> tuple[Connection, str]:
        name = new_name()
        with translated():
            session = self._database.lasting()
            session.execute(_FOR_GOOD)
            session.execute(_HOLD, {"key": _key(name)})
        self._seen = time.monotonic()
        return session, name


def _remove(path: Path) -> None:
    """Tidy up; where the disk does not let us, the file is that of a dead process to whoever looks."""
    with suppress(OSError):
        path.unlink()


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
