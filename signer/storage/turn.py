"""Whose turn it is to write to an SQLite file.

SQLite has one writer at a time, and who finds the file locked sleeps and asks again, up to a tenth of a second later:
under load that is most of what a request waits for, and chance decides who is next. So writers queue before they
begin: the threads of a process at a lock, processes at two locked files (flock). Whoever wants to write passes the
gate first and holds it until he has the pen: a process that has just written cannot take the pen again past another
that waits. Programs that do not know of the queue are kept apart by SQLite itself, as ever.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from signer.storage.errors import refused_by_disk, unavailable
from signer.storage.owner import hand_over

PAUSES = (0.0001, 0.0002, 0.0005, 0.001)
"""Seconds between two looks at another process's lock; flock by itself knows no time limit."""


class WriteTurn:
    """The queue of one process's threads, and of processes, before one SQLite file."""

    def __init__(self, database: Path, *, timeout: float) -> None:
        self._database = database
        self._paths = (Path(f"{database}.gate"), Path(f"{database}.pen"))
        self._timeout = timeout
        self._lock = threading.Lock()
        self._files: tuple[int, int] | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and hold it. UNAVAILABLE ``store-unavailable`` when it does not come in time."""
        until = time.monotonic() + self._timeout
        if not self._lock.acquire(timeout=self._timeout):
            raise unavailable()
        try:
            gate, pen = self._opened()
            with _locked(gate, until):
                _wait(pen, until)
            try:
                yield
            finally:
                fcntl.flock(pen, fcntl.LOCK_UN)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the files; the next turn opens them again."""
        files, self._files = self._files, None
        for file in files or ():
            os.close(file)

    def _opened(self) -> tuple[int, int]:
        if self._files is None:
            opened: list[int] = []
            try:
                for path in self._paths:
                    opened.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
                    hand_over(opened[-1], self._database)
            except OSError as error:
                for file in opened:
                    os.close(file)
                raise refused_by_disk(error) from error
            gate, pen = opened
            self._files = gate, pen
        return self._files


class AnyTurn:
    """Where many write at once: nobody waits."""

    @staticmethod
    def taken() -> AbstractContextManager[None]:
        """At once."""
        return nullcontext()

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def _locked(file: int, until: float) -> Iterator[None]:
    _wait(file, until)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _wait(file: int, until: float) -> None:
    turn = 0
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise unavailable() from None
            time.sleep(PAUSES[min(turn, len(PAUSES) - 1)])
            turn += 1
        else:
            return
