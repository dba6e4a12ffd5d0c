"""A connection, and where it stands between its first byte and its last."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from signer.serving.board import Board
from signer.serving.channel import Channel
from signer.serving.pace import Pace, Patience


class Stage(Enum):
    """Where a connection stands. All but WORK lie in the event loop."""

    LINGER = auto()  # answered for the last time, still listened to
    HEAD = auto()  # idle, or with a piece of a request's head
    BODY = auto()  # the head is there, of a small body a piece
    LARGE = auto()  # waits until fewer large bodies are on their way
    ANSWER = auto()  # its reader takes his time
    WORK = auto()  # a thread is at it
    CLOSED = auto()


YIELDING = (Stage.LINGER, Stage.HEAD, Stage.BODY, Stage.LARGE, Stage.ANSWER)
"""Who goes when there is no room for a newcomer: the first of these, and of them who has been there longest."""

UNHEARD = frozenset({Stage.LINGER, Stage.HEAD, Stage.BODY, Stage.LARGE})
"""Stages in which no work was done for the request yet, or all is done."""


@dataclass(frozen=True, slots=True)
class Door:
    """How many may come in. ``connections`` of one process at most, and ``patience`` with each.

    ``threads``: requests that are worked at; ``waiting``: those that may wait in a thread for their turn beside them;
    ``receiving``: bodies above ``small`` bytes that may be on their way at once. ``board`` is all workers'.
    """

    threads: int = 4
    waiting: int = 0
    receiving: int = 32
    connections: int = 1000
    small: int = 64 * 1024
    patience: Patience = field(default_factory=Patience)
    board: Board = field(default_factory=Board)


class Connection:
    """One client's connection. ``sock``, ``client``, ``server`` and ``parser`` are what gunicorn's code looks for."""

    def __init__(self, sock: socket.socket, client: Any, server: Any, patience: Patience) -> None:
        self.sock = Channel(sock, patience)
        self.client, self.server = client, server
        self.parser: Any = None
        self.stage = Stage.HEAD
        self.since = self.waiting_since = time.monotonic()
        self.due = float("inf")  # monotonic: when the stage has lasted too long
        self.watched: int | None = None  # the event that the loop's selector waits for
        self.searched = 0  # bytes of the inbox that were searched for the end of a head
        self.needed = 0  # bytes that a whole request has
        self.begun = False  # a piece of the request has come
        self.large = False  # counts among the large bodies
        self.keep = False  # further requests are welcome
        self.drained: bool | None = None  # whether the request's body was read to its end
        self.pace = Pace(patience)

    def transfer(self, patience: Patience) -> None:
        """A body or an answer begins to move."""
        self.pace, self.waiting_since = Pace(patience), time.monotonic()
