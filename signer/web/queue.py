"""Work that wants a turn: so many at once, the others in the order in which they came, none for ever."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from flask import request

from signer.errors import Kind, SignerError

_LOOK_EVERY = 0.5
"""Seconds between two looks at whether a waiting client is still there."""


class Queue:
    """One lane. ``running`` and ``waiting`` are how many are at work and in line, in this process.

    ``at_once`` may run and ``most`` wait, none longer than ``seconds``; else UNAVAILABLE ``service-busy``, and nothing
    was begun. Waiting takes a thread, so the server needs ``most`` of them beside those that work.
    """

    def __init__(self, at_once: int, most: int, seconds: float) -> None:
        self._at_once, self._most, self._seconds = at_once, most, seconds
        self._lock = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self.running = 0
        self.tell: Callable[[int, int], None] = lambda _running, _waiting: None
        """Who wants to know ``running`` and ``waiting`` whenever they change; quick, and never raises."""

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return len(self._line)

    @contextmanager
    def turn(self, gone: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Wait for one's turn, and have it. Who is ``gone`` meanwhile is not begun with, and leaves the line."""
        called = self._line_up()
        if called is not None:
            self._wait(called, gone)
        try:
            yield
        finally:
            self._leave()

    def _line_up(self) -> threading.Event | None:
        """None: it is one's turn at once."""
        with self._lock:
            if self.running < self._at_once:
                self.running += 1
                self._told()
                return None
            if len(self._line) >= self._most:
                raise self._busy()
            called = threading.Event()
            self._line.append(called)
            self._told()
            return called

    def _wait(self, called: threading.Event, gone: Callable[[], bool]) -> None:
        until = time.monotonic() + self._seconds
        while not called.wait(max(0.0, min(until - time.monotonic(), _LOOK_EVERY))):
            if gone() or time.monotonic() >= until:
                with self._lock:
                    if not called.is_set():
                        self._line.remove(called)
                        self._told()
                        raise self._busy()
        if gone():
            self._leave()
            raise self._busy()

    def _leave(self) -> None:
        """The turn goes to whoever is first in line."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self.running -= 1
            self._told()

    def _told(self) -> None:
        self.tell(self.running, len(self._line))

    def _busy(self) -> SignerError:
        return SignerError(
            Kind.UNAVAILABLE,
            "service-busy",
            "Dịch vụ đang bận, yêu cầu chưa được thực hiện; hãy thử lại sau.",
            "the service is busy and has not begun with this; come again later",
            retry_after=max(1, round(self._seconds / 2)),
        )


@dataclass(frozen=True, slots=True)
class Lanes:
    """Signing and reading do not wait for each other: one takes milliseconds, the other as long as a draft is.

    ``claiming``: an order with an Idempotency-Key waits for the store before it is anything else, and a repetition for
    the first; if the store is held up, only so many threads may be lost to them.
    """

    signing: Queue
    reading: Queue
    claiming: Queue

    def turn(self) -> AbstractContextManager[None]:
        """The turn that the request at hand needs, which may be none."""
        lane = _LANE.get(request.endpoint or "")
        if lane is None:
            return nullcontext()
        # What our server says of a connection (signer.serving.channel); another one says nothing.
        gone = getattr(request.environ.get("gunicorn.socket"), "gone", None)
        queue = lane(self)
        return queue.turn(gone) if gone else queue.turn()


_LANE: Mapping[str, Callable[[Lanes], Queue]] = {
    **dict.fromkeys(("sign", "issue"), lambda lanes: lanes.signing),
    # A copy is a scan, read for as long as it is, and then a signature. PDFium (signer.pdfium) lets one thread of a
    # process in at a time: for it nobody waits longer than the few before him in this lane may read.
    **dict.fromkeys(("prepare", "check", "copy", "verify"), lambda lanes: lanes.reading),
}
