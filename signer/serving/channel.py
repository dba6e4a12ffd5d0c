"""A connection's socket as gunicorn's parser and response writer use it.

Belongs to the event loop or to one thread, never to both: the loop fills ``inbox`` and empties the outbox, a thread
that works at the request does the opposite.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from signer.serving.pace import Pace, Patience

PIECE = 64 * 1024
MOST_AT_ONCE = 1024 * 1024
"""Bytes that one call takes from the network or gives to it: others wait behind it."""
MOST_HELD = 1024 * 1024
"""Bytes of an answer that is made piece by piece which may wait for its reader; its maker waits beyond them."""

_PIECES = 16  # go to the network in one call


@dataclass(slots=True)
class _FilePart:
    """A piece of an open file that is still to be sent; the descriptor is ours."""

    descriptor: int
    offset: int
    left: int


class _Open(Protocol):
    """An open file."""

    def fileno(self) -> int:
        """Its descriptor."""


class Channel:
    """What came and what is to go. Its OSErrors mean that the other side is gone; TimeoutError, that it is too slow."""

    def __init__(self, sock: socket.socket, patience: Patience) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.inbox = bytearray()
        self.ended = False
        self.spoken = False  # something of an answer was sent
        self.at_hand = False  # recv takes what is there, and waits for nothing
        self._patience = patience
        self._reading: Pace | None = None
        self._continue_owed = False
        self._outbox: deque[memoryview | _FilePart] = deque()

    # --- the event loop's side

    def receive(self) -> int:
        """Take what the network has, without waiting; how many bytes. ``ended`` tells that no more will come."""
        try:
            data = self.sock.recv(PIECE)
        except BlockingIOError:
            return 0
        self.ended = not data
        self.inbox += data
        return len(data)

    def flush(self) -> int:
        """Give the network what it takes, without waiting; how many bytes went."""
        gone = 0
        with suppress(BlockingIOError):
            while self._outbox and gone < MOST_AT_ONCE:
                first = self._outbox[0]
                gone += self._send_file(first) if isinstance(first, _FilePart) else self._send_pieces()
        return gone

    @property
    def flushed(self) -> bool:
        """Whether everything went out."""
        return not self._outbox

    def give_back(self, data: bytes) -> None:
        """What a parser took and did not need: the beginning of the next request."""
        self.inbox[:0] = data

    def close(self) -> None:
        """Let go of everything."""
        for part in self._outbox:
            if isinstance(part, _FilePart):
                os.close(part.descriptor)
        self._outbox.clear()
        with suppress(OSError):
            self.sock.close()

    # --- the thread's side: the socket's own names

    def recv(self, size: int) -> bytes:
        """What came, at most ``size`` bytes, b"" at the end. Waits for a body as long as its pace allows."""
        if not self.inbox and not self.ended:
            self._wait_for_more()
        data = bytes(self.inbox[:size])
        del self.inbox[:size]
        return data

    def _wait_for_more(self) -> None:
        if self.receive() or self.ended:
            return
        if self.at_hand:
            raise TimeoutError
        if self._continue_owed:
            # Only now: who is refused by his head alone (RFC 9110, 10.1.1) need not send what nobody reads.
            self._continue_owed = False
            self._outbox.append(memoryview(b"HTTP/1.1 100 Continue\r\n\r\n"))
            self.flush()
        pace = self._reading = self._reading or Pace(self._patience)
        while not self.inbox and not self.ended:
            self._wait(select.POLLIN, pace, self.receive)

    def begin(self) -> None:
        """A request begins: what was owed to the last one, and its pace, are forgotten."""
        self._reading, self._continue_owed, self.at_hand, self.spoken = None, False, False, False

    def send(self, data: bytes) -> int:
        """Gunicorn's "100 Continue", which it sends before anybody has asked for the body: owed until then."""
        self._continue_owed = True
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Send, or keep for the loop to send. Waits only where an answer is made faster than its reader takes it."""
        self.spoken = True
        self._outbox.append(memoryview(data))
        if self._held() < PIECE:
            return  # a small answer's head and body go together, when the thread is done with it
        self.flush()
        pace: Pace | None = None
        while len(self._outbox) > 1 and self._held() > MOST_HELD:
            pace = pace or Pace(self._patience)
            self._wait(select.POLLOUT, pace, self.flush)

    def hand_over(self, file: _Open, size: int) -> None:
        """Have the loop send the first ``size`` bytes of an open file, which may be closed afterwards.

        They cost no memory, so nobody waits for their reader.
        """
        self._outbox.append(_FilePart(os.dup(file.fileno()), 0, size))

    def gone(self) -> bool:
        """Whether the other side has hung up, or has said that it sends no more."""
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP)
        return bool(poll.poll(0))

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self.sock.fileno()

    def gettimeout(self) -> float:
        """Never waits by itself; so gunicorn need not set it before an error's answer."""
        return 0.0

    def settimeout(self, _seconds: float | None) -> None:
        """Whatever a caller wants: how long is waited is ours to say."""

    def shutdown(self, _how: int) -> None:
        """Gunicorn lingers over a connection that it gives up; only the event loop does that."""
        raise OSError("closed from the event loop")

    def _wait(self, event: int, pace: Pace, move: Callable[[], int]) -> None:
        poll = select.poll()
        poll.register(self.sock, event)
        began = time.monotonic()
        if pace.left <= 0 or not poll.poll(pace.left * 1000):
            raise TimeoutError("the other side is too slow")
        pace.passed(time.monotonic() - began, move())

    def _held(self) -> int:
        """Bytes in memory that wait."""
        return sum(len(part) for part in self._outbox if not isinstance(part, _FilePart))

    def _send_pieces(self) -> int:
        pieces: list[memoryview] = []
        for part in self._outbox:
            if isinstance(part, _FilePart) or len(pieces) == _PIECES:
                break
            pieces.append(part)
        sent = left = self.sock.sendmsg(pieces)
        for piece in pieces:
            self._outbox.popleft()
            if left < len(piece):
                self._outbox.appendleft(piece[left:])
                break
            left -= len(piece)
        return sent

    def _send_file(self, part: _FilePart) -> int:
        sent = os.sendfile(self.sock.fileno(), part.descriptor, part.offset, min(part.left, MOST_AT_ONCE))
        if not sent:
            raise OSError(errno.EIO, "a file became shorter while it was sent")
        part.offset += sent
        part.left -= sent
        if not part.left:
            os.close(part.descriptor)
            self._outbox.popleft()
        return sent
