"""A load generator that costs little: sockets kept alive, requests made beforehand, every answer looked at.

Closed loop: each connection sends its next request when it has its answer; what comes out is the rate. Open loop:
requests leave at moments that were fixed beforehand, whether answers come or not, and latency counts from those
moments, so that a service that stalls is not spared the requests that it kept waiting (no coordinated omission).
"""

from __future__ import annotations

import random
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

PATIENCE = 60.0
"""Seconds without any answer after which the service is taken for dead."""


@dataclass(frozen=True)
class Fired:
    """What became of the requests: seconds from the first to the last, latencies in seconds, trouble, our own CPU."""

    seconds: float
    latencies: list[float]
    bodies: list[bytes] = field(repr=False)
    failures: list[str]
    cpu_share: float
    """CPU seconds of this generator for each second of the run."""

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return (len(self.latencies) - len(self.failures)) / self.seconds

    def milliseconds(self, share: float) -> float:
        """The latency that this share of the requests did not exceed."""
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(len(self.latencies) * share))] * 1000


@dataclass
class _Line:
    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    request: int = -1
    since: float = 0.0


def schedule(count: int, rate: float, seed: int = 1) -> list[float]:
    """Seconds from the start at which independent callers come, ``rate`` a second on average (a Poisson process)."""
    chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
    moment, moments = 0.0, []
    for _ in range(count):
        moment += chance.expovariate(rate)
        moments.append(moment)
    return moments


def fire(
    port: int, requests: Sequence[bytes], *, connections: int, at: Sequence[float] | None = None, good: int = 200
) -> Fired:
    """Send every request once over so many connections. ``at``: seconds after the start, rising; else a closed loop."""
    run = _Run(port, requests, at, good)
    try:
        return run.through(connections)
    finally:
        run.close()


class _Run:
    def __init__(self, port: int, requests: Sequence[bytes], at: Sequence[float] | None, good: int) -> None:
        self._port, self._requests, self._at, self._good = port, requests, at, good
        self._selector = selectors.DefaultSelector()
        self._idle: deque[_Line] = deque()
        self._latencies: list[float] = []
        self._bodies: list[bytes] = []
        self._failures: list[str] = []
        self._next = 0

    def through(self, connections: int) -> Fired:
        for _ in range(min(connections, len(self._requests))):
            self._connect()
        cpu, self._began = time.process_time(), time.perf_counter()
        while len(self._latencies) < len(self._requests):
            ready = self._selector.select(self._send())
            if not ready and self._nothing_is_due():
                raise RuntimeError(f"no answer within {PATIENCE:.0f} seconds; {self._failures[:3]}")
            for key, _ in ready:
                self._receive(key.data)
        seconds = time.perf_counter() - self._began
        share = (time.process_time() - cpu) / seconds
        return Fired(seconds, self._latencies, self._bodies, self._failures, share)

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        self._selector.close()

    def _connect(self) -> None:
        line = _Line(socket.create_connection(("127.0.0.1", self._port)))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(line.socket, selectors.EVENT_READ, line)
        self._idle.append(line)

    def _now(self) -> float:
        return time.perf_counter() - self._began

    def _send(self) -> float:
        """Send what is due on connections that are free; seconds until there may be more to send."""
        while self._idle and self._next < len(self._requests):
            now = self._now()
            due = now if self._at is None else self._at[self._next]
            if due > now:
                return due - now
            line = self._idle.popleft()  # the longest unused first: none is idle until the service closes it
            line.request, line.since = self._next, due
            self._next += 1
            line.socket.sendall(self._requests[line.request])
        return PATIENCE

    def _nothing_is_due(self) -> bool:
        return self._at is None or not self._idle or self._next == len(self._requests)

    def _receive(self, line: _Line) -> None:
        try:
            data = line.socket.recv(1 << 18)
        except ConnectionError:
            data = b""
        line.received += data
        if not data:
            self._lost(line)
            return
        head = line.received.find(b"\r\n\r\n")
        if head < 0:
            return
        said = bytes(line.received[:head]).lower()
        length = int(said.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        if len(line.received) < head + 4 + length:
            return
        body = bytes(line.received[head + 4 :])
        line.received.clear()
        self._answered(line, int(said[9:12]), body)
        if b"\r\nconnection: close" in said:
            self._replace(line)
        else:
            self._idle.append(line)

    def _answered(self, line: _Line, status: int, body: bytes) -> None:
        self._latencies.append(self._now() - line.since)
        self._bodies.append(body)
        if status != self._good:
            self._failures.append(f"{status} {body[:300].decode(errors='replace')}")
        line.request = -1

    def _lost(self, line: _Line) -> None:
        """The service closed the connection: trouble where an answer was awaited."""
        if line.request >= 0:
            self._answered(line, 0, b"the connection was closed instead of an answer")
        else:
            self._idle.remove(line)
        self._replace(line)

    def _replace(self, line: _Line) -> None:
        self._selector.unregister(line.socket)
        line.socket.close()
        self._connect()
