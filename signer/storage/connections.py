"""Connections that stay open between transactions, as SQLAlchemy's own objects.

Its pool makes a new ``Connection`` round the driver's at each checkout and cleans up behind it at each return: as much
work as five of our statements, four times a document. Here the object itself is kept; its engine has no pool.
"""

from __future__ import annotations

import threading
from collections import deque

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import TimeoutError as NoneFree


class Connections:
    """At most ``most`` at once, of one process; who finds none free waits ``patience`` seconds."""

    def __init__(self, engine: Engine, most: int, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._free = threading.Semaphore(most)
        self._idle: deque[Connection] = deque()

    def take(self) -> Connection:
        """One for the caller alone, until he gives it back. NoneFree when none comes free in time."""
        if not self._free.acquire(timeout=self._patience):
            raise NoneFree("no connection became free")
        try:
            # The last one: it knows its pages; one that others wrote past meanwhile reads them anew.
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._engine.connect()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, connection: Connection) -> None:
        """Of a connection whose transaction is over, or that is of no more use."""
        try:
            if connection.closed or connection.invalidated:
                connection.close()
                return
            if connection.in_transaction():
                connection.rollback()  # what SQLAlchemy calls one, for it executed something; ours has ended
            self._idle.append(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close those that are idle; the next one taken is opened anew."""
        while self._idle:
            self._idle.pop().close()
