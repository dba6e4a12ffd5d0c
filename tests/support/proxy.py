"""A TCP proxy that does to requests what networks and other people's proxies do, one fault a connection."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>"
_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
_KEY = re.compile(rb"(?im)^idempotency-key: *(\S+)")


@dataclass
class Proxy:
    """Stands before 127.0.0.1:``port``. ``faults`` are done in order, one a connection; then all goes well.

    ``gone``: closed before the request is read. ``lost``: the service is asked, its answer thrown away. ``cut``: half
    of the answer's body. ``slow``: the answer comes after ``delay`` seconds. ``busy``, ``gateway``: 503, 502 of the
    proxy's own. ``twice``: the request is passed on twice at once, the first answer thrown away.
    """

    port: int
    faults: list[str] = field(default_factory=list)
    delay: float = 2.0
    seen: list[tuple[str, str]] = field(default_factory=list)
    """What came: "METHOD path", and its Idempotency-Key."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(30)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def will(self, *faults: str) -> None:
        """Do these next."""
        self.faults[:] = faults

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._socket.accept()
                fault = self.faults.pop(0) if self.faults else "none"
                thread = threading.Thread(target=self._serve, args=(caller, fault), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, caller: socket.socket, fault: str) -> None:
        with caller, suppress(ConnectionError):
            caller.settimeout(60)
            if fault == "gone":
                return
            request = whole(caller)
            line = request.partition(b"\r\n")[0].decode().rpartition(" ")[0]
            key = _KEY.search(request)
            self.seen.append((line, key[1].decode() if key else ""))
            if fault in ("busy", "gateway"):
                caller.sendall(BUSY if fault == "busy" else GATEWAY)
                return
            if fault == "twice":
                first = threading.Thread(target=self._asked, args=(request,), daemon=True)
                first.start()
                answer = self._asked(request)
                first.join(60)
            else:
                answer = self._asked(request)
            if fault == "slow":
                time.sleep(self.delay)
            head, _, body = answer.partition(b"\r\n\r\n")
            if fault == "cut":
                caller.sendall(head + b"\r\n\r\n" + body[: len(body) // 2])
            elif fault != "lost":
                caller.sendall(answer)

    def _asked(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 60) as service:
            service.sendall(request)
            return whole(service)


def whole(stream: socket.socket) -> bytes:
    """A request or an answer, by its Content-Length."""
    data = bytearray()
    while b"\r\n\r\n" not in data:
        data += _some(stream)
    head, _, body = bytes(data).partition(b"\r\n\r\n")
    told = _LENGTH.search(head)
    rest = bytearray(body)
    while told is not None and len(rest) < int(told[1]):
        rest += _some(stream)
    # One request a connection: the next is another fault's.
    return re.sub(rb"(?im)^connection:[^\r\n]*", b"Connection: close", head, count=1) + b"\r\n\r\n" + bytes(rest)


def _some(stream: socket.socket) -> bytes:
    block = stream.recv(1 << 20)
    if not block:
        raise ConnectionResetError
    return block


class Told:
    """A server of fixed answers, one a connection, whatever is asked for; keeps the ``requests`` that came."""

    def __init__(self, *replies: bytes) -> None:
        self.requests: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, args=(replies,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def _serve(self, replies: Sequence[bytes]) -> None:
        for reply in replies:
            with suppress(OSError):
                caller, _ = self._server.accept()
                with caller:
                    self.requests.append(whole(caller))
                    caller.sendall(reply)

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(10)


def http(status: int, body: bytes, headers: Sequence[str] = ()) -> bytes:
    """An answer."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
