"""gunicorn's threaded worker, with connections that cost no thread until their request is there."""

from __future__ import annotations

import errno
import logging
import secrets
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn import http  # type: ignore[import-untyped]  # it has no annotations
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # as above

from signer.serving import refusals
from signer.serving.connection import UNHEARD, YIELDING, Connection, Door, Stage
from signer.serving.head import MAX_HEAD, find_head

_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_NOTHING_CAME = (errno.EAGAIN, errno.ECONNABORTED, errno.EPROTO)
_MOST_DRAINED = 128 * 1024
"""Bytes of a body that nobody wants which are read over to keep a connection."""
HEAD_START = 0.0005
"""Seconds that a worker leaves a newcomer to those who have fewer connections."""
_LOOK_EVERY = 0.2
"""Seconds between two looks at who is too late."""


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no annotations
    """``door`` says how many may come in, and is set in a class of its own: gunicorn makes the workers itself.

    gunicorn's own gthread (27.0) waits for heads, bodies and readers of answers in its threads, without a bound, and
    lingers over closing connections in its event loop: so many slow senders as there are threads stop it.
    """

    door = Door()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connections: dict[Connection, None] = {}
        self._receiving = 0
        self._large: dict[Connection, None] = {}
        self._next_look = 0.0

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Threads for what is worked at, for what waits its turn, and for large bodies; made when they are needed."""
        return ThreadPoolExecutor(max_workers=self.door.threads + self.door.waiting + self.door.receiving)

    # --- the loop

    def run(self) -> None:
        """Serve until told to stop; then finish what is at hand."""
        self.door.board.tell(self.age, 0)
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        self.set_accept_enabled(True)
        while self.alive and self.is_parent_alive():
            self._turn()
        self.set_accept_enabled(False)
        last = time.monotonic() + self.cfg.graceful_timeout
        for connection in self._connections:
            if connection.stage in UNHEARD:
                # A request may be on its way on a connection that was said to be kept.
                connection.due = min(connection.due, time.monotonic() + self.door.patience.linger)
        while self._connections and time.monotonic() < last:
            self._turn()
        for connection in list(self._connections):
            self._close(connection)
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()

    def _turn(self) -> None:
        self.notify()
        self.wait_for_and_dispatch_events(timeout=_LOOK_EVERY)
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_EVERY
            for connection in [each for each in self._connections if each.due <= now]:
                self._too_late(connection)
        if self.alive:
            self.set_accept_enabled(len(self._connections) < self.door.connections or self._idlest() is not None)

    def _too_late(self, connection: Connection) -> None:
        if connection.stage is Stage.LARGE:
            self._refuse(connection, refusals.no_room(int(self.door.patience.body)))
        elif connection.begun and connection.stage in (Stage.HEAD, Stage.BODY):
            self._refuse(connection, refusals.TOO_SLOW)
        else:
            self._close(connection)

    # --- connections come and go

    def accept(self, listener: socket.socket) -> None:
        """Take a connection in; where there is no room, who has kept us waiting longest goes."""
        if self.door.board.busier(self.age):
            time.sleep(HEAD_START)
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:
                self._make_room()
            elif error.errno not in _NOTHING_CAME:
                raise
            return
        if len(self._connections) >= self.door.connections:
            self._make_room()
        connection = Connection(sock, address, listener.getsockname(), self.door.patience)
        connection.parser = http.get_parser(self.cfg, connection.sock, address)
        self._connections[connection] = None
        self.door.board.tell(self.age, len(self._connections))
        self._expect_request(connection, self.door.patience.head)

    def _idlest(self) -> Connection | None:
        waiting = [each for each in self._connections if each.stage in YIELDING]
        return min(waiting, key=lambda each: (YIELDING.index(each.stage), each.since), default=None)

    def _make_room(self) -> None:
        if idlest := self._idlest():
            self._close(idlest)

    def _close(self, connection: Connection) -> None:
        self._unwatch(connection)
        connection.stage = Stage.CLOSED
        self._connections.pop(connection, None)
        self._large.pop(connection, None)
        self.door.board.tell(self.age, len(self._connections))
        connection.sock.close()

    def _watch(self, connection: Connection, stage: Stage, seconds: float) -> None:
        """Be called when ``connection`` can go on, or after ``seconds``."""
        now = time.monotonic()
        if connection.stage is not stage:
            connection.stage, connection.since = stage, now
        connection.waiting_since, connection.due = now, now + seconds
        event = selectors.EVENT_WRITE if stage is Stage.ANSWER else selectors.EVENT_READ
        if connection.watched is None:
            self.poller.register(connection.sock, event, partial(self._ready, connection))
        elif connection.watched != event:
            self.poller.modify(connection.sock, event, partial(self._ready, connection))
        connection.watched = event

    def _unwatch(self, connection: Connection) -> None:
        if connection.watched is not None:
            connection.watched = None
            self.poller.unregister(connection.sock)
        connection.due = float("inf")

    # --- a connection's life

    def _ready(self, connection: Connection, _channel: object) -> None:
        """The network has something for a connection, or takes something."""
        steps = {Stage.ANSWER: self._send, Stage.LINGER: self._discard}
        try:
            if connection.stage is not Stage.CLOSED:  # an event of the same turn may have closed it
                steps.get(connection.stage, self._receive)(connection)
        except OSError as error:
            self._broken(connection, error)

    def _broken(self, connection: Connection, error: OSError) -> None:
        if error.errno == errno.EIO:  # no network's: the file that was being sent
            self.log.error("an answer was broken off: %s", error.strerror)
        self._close(connection)

    def _expect_request(self, connection: Connection, seconds: float) -> None:
        connection.begun, connection.searched = False, 0
        self._watch(connection, Stage.HEAD, seconds)
        if connection.sock.inbox:
            self._look(connection)

    def _receive(self, connection: Connection) -> None:
        came = connection.sock.receive()
        if connection.sock.ended and not connection.sock.inbox:
            self._close(connection)
            return
        if connection.stage is Stage.BODY:
            connection.pace.passed(time.monotonic() - connection.waiting_since, came)
            self._watch(connection, Stage.BODY, connection.pace.left)
        self._look(connection)

    def _look(self, connection: Connection) -> None:
        """Whether a whole request is there; if not, it is waited for."""
        if connection.stage is Stage.HEAD and not self._look_at_head(connection):
            return
        if len(connection.sock.inbox) >= connection.needed or connection.sock.ended:
            self._work(connection)

    def _look_at_head(self, connection: Connection) -> bool:
        """Whether the head is there, and of the body all or a piece that is waited for here."""
        inbox = connection.sock.inbox
        while inbox.startswith(b"\r\n"):  # RFC 9112, 2.2: empty lines before a request line
            del inbox[:2]
        head = find_head(inbox, connection.searched)
        connection.searched = len(inbox)
        if head is None:
            if len(inbox) > MAX_HEAD:
                self._refuse(connection, refusals.HEAD_TOO_LARGE)
            elif connection.sock.ended:
                self._close(connection)
            elif inbox and not connection.begun:
                self._watch(connection, Stage.HEAD, self.door.patience.head)
            connection.begun = bool(inbox)
            return False
        connection.begun = True
        if head.body is None or head.body > self.door.small:
            self._line_up(connection)
            return False
        connection.needed = head.size + head.body
        if len(inbox) < connection.needed and not connection.sock.ended:
            connection.transfer(self.door.patience)
            self._watch(connection, Stage.BODY, connection.pace.left)
        return True

    def _line_up(self, connection: Connection) -> None:
        """A body that goes to a thread as it comes: so many at once, the others wait."""
        if self._receiving < self.door.receiving:
            self._receiving += 1
            connection.large = True
            self._work(connection)
        else:
            self._unwatch(connection)
            connection.stage, connection.since = Stage.LARGE, time.monotonic()
            connection.due = connection.since + self.door.patience.body
            self._large[connection] = None

    def _work(self, connection: Connection) -> None:
        self._unwatch(connection)
        connection.stage = Stage.WORK
        self.enqueue_req(connection)

    def finish_request(self, connection: Connection, done: Future[bool]) -> None:
        """A thread is done with a request: what it left of the answer goes out from here."""
        if connection.large:
            connection.large = False
            self._receiving -= 1
            if self._large:
                following = next(iter(self._large))
                del self._large[following]
                self._line_up(following)
        failed = done.cancelled() or done.exception() is not None
        connection.keep = not failed and done.result()
        self._answer(connection)

    def _refuse(self, connection: Connection, refusal: refusals.Refusal) -> None:
        self._unwatch(connection)
        self._large.pop(connection, None)
        connection.keep = False
        connection.sock.begin()  # nothing was said to this request yet, whatever was to the one before
        self._say(connection, refusal, "a request was refused: %s", refusal[1].code)
        self._answer(connection)

    def _say(self, connection: Connection, refusal: refusals.Refusal, message: str, why: str) -> None:
        """Refuse. The log has the id that the answer tells, by which a caller may ask what happened.

        Neither answer nor log quotes the request: a PIN or a key may be in it.
        """
        status, request_id = refusal[0], secrets.token_hex(16)
        level = logging.ERROR if status is HTTPStatus.INTERNAL_SERVER_ERROR else logging.WARNING
        self.log.log(level, message, why, extra={"request_id": request_id, "status": status.value})
        if not connection.sock.spoken:
            with suppress(OSError):
                connection.sock.sendall(refusals.written(refusal, request_id))

    def _answer(self, connection: Connection) -> None:
        connection.transfer(self.door.patience)
        try:
            self._send(connection)
        except OSError as error:
            self._broken(connection, error)

    def _send(self, connection: Connection) -> None:
        waited = time.monotonic() - connection.waiting_since
        connection.pace.passed(waited, connection.sock.flush())
        if not connection.sock.flushed:
            self._watch(connection, Stage.ANSWER, connection.pace.left)
        elif connection.keep:
            connection.sock.give_back(connection.parser.unreader.take_buffered())
            self._expect_request(connection, self.door.patience.keep if self.alive else self.door.patience.linger)
        else:
            self._linger(connection)

    def _linger(self, connection: Connection) -> None:
        """Say that no more comes, and hear out who still sends: a reset would take the answer from him."""
        connection.sock.sock.shutdown(socket.SHUT_WR)
        if connection.sock.ended:
            self._close(connection)
        else:
            self._watch(connection, Stage.LINGER, self.door.patience.linger)

    def _discard(self, connection: Connection) -> None:
        connection.sock.receive()
        connection.sock.inbox.clear()
        if connection.sock.ended:
            self._close(connection)

    # --- in a thread

    def handle(self, connection: Connection) -> bool:
        """Read the request, let the application answer; whether the connection can be kept."""
        keep = self._serve_one(connection)
        try:
            connection.sock.flush()
        except OSError:
            return False
        return keep

    def _serve_one(self, connection: Connection) -> bool:
        channel, request = connection.sock, None
        try:
            channel.begin()
            channel.at_hand = True  # the head is here: a parser that wants more of it is misled
            request = next(connection.parser)
            channel.at_hand = False
            _need_host(request)
            # Not before: the parser asks the last request whether it closes, and that one's answer would be taken for
            # this one's. An unread body would then be read as the next request.
            connection.drained = None
            request.body.reader = _Body(request.body.reader)
            # Asked when the head of the answer is written. A body that nobody read, and that is not here already, is
            # not waited for: it goes with the connection.
            request.should_close = partial(_must_close, request.should_close, connection)
            return bool(self.handle_request(request, connection)) and not request.should_close()
        except StopIteration:
            return False
        except OSError as error:  # gunicorn's NoMoreData is one
            self.log.debug("the other side is gone or too slow: %s", type(error).__name__)
            if request is None and isinstance(error, TimeoutError):
                self._tell(connection, error)
        except Exception as error:  # noqa: BLE001 -- whatever a parser or the server's own code raises ends here
            self._tell(connection, error)
        return False

    def _tell(self, connection: Connection, error: Exception) -> None:
        refusal, why = refusals.unreadable(error), type(error).__name__
        if refusal is None:
            self._say(connection, refusals.FAILED, "the server failed at a request: %s", why)
        else:
            self._say(connection, refusal, "a request could not be read: %s", why)


class _Body:
    """What gunicorn's parser reads of a body: whole, or an OSError, by which the application knows a broken connection.

    gunicorn gives a body that ends before its announced length as if it were whole, and an order that was cut short can
    still be one (RFC 9112, 8); and what is wrongly chunked the application would take for a fault of its own.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._announced: int = getattr(reader, "length", 0)  # a chunked body says by itself where it ends

    def read(self, size: int) -> bytes:
        """Read as the reader does."""
        try:
            data = bytes(self._reader.read(size))
        except http.errors.ParseException as error:
            raise OSError("a body that cannot be read") from error
        self._announced -= len(data)
        if size and not data and self._announced > 0:
            raise OSError("a body shorter than announced")
        return data


def worker_class(door: Door) -> type[Worker]:
    """The class for gunicorn's ``worker_class``."""
    return type("AntinWorker", (Worker,), {"door": door})


def _need_host(request: Any) -> None:
    """RFC 9112, 3.2; gunicorn does not ask for it."""
    if request.version >= (1, 1) and not any(name == "HOST" for name, _ in request.headers):
        raise http.errors.InvalidHeader("HOST")


def _must_close(asked: Callable[[], bool], connection: Connection) -> bool:
    if asked():
        return True
    if connection.drained is None:
        connection.drained = _drained(connection)
    return not connection.drained


def _drained(connection: Connection) -> bool:
    """Whether the body was read to its end, as far as its bytes are here already."""
    connection.sock.at_hand = True
    try:
        return bool(connection.parser.finish_body(max_bytes=_MOST_DRAINED))
    except (OSError, http.errors.ParseException):
        return False
    finally:
        connection.sock.at_hand = False
