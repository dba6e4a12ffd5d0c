"""The measured series: pieces in turn and in rounds, the token's raw rate between them, then each at half its rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.http.desk import Desk
from tests.bench.http.drive import Fired, fire, schedule
from tests.bench.http.fill import Shelf
from tests.bench.pieces import token_alone
from tests.bench.workers import Measured as Raw
from tests.bench.workers import measure

WARM_UP = 40
"""Requests of each piece before anything is measured: each worker must have opened its tokens and compiled its SQL."""

CLOSED, OPEN = 16, 64
"""Connections that are kept alive: in the closed loop, and at most in the open one."""


@dataclass(frozen=True)
class Plan:
    """How much: requests of a piece in each round, rounds, and seconds of each piece at half load."""

    rounds: int = 3
    steps: int = 1000
    drafts: int = 60
    seconds: float = 8.0


@dataclass(frozen=True)
class Measured:
    """A piece: good answers a second, of the raw token rate of the same round, and its latencies at half that load.

    ``cpu_ms`` is the workers' CPU time for each request, ``cpu_share`` the token's own CPU time for a signature over
    that: what the ratio would be if nothing else ran here and nobody waited. ``generator`` is what the generator took
    of a core.
    """

    per_second: float
    share: float
    share_least: float
    share_most: float
    cpu_ms: float
    cpu_share: float
    half_load: float
    p50_ms: float
    p99_ms: float
    generator: float


@dataclass(frozen=True)
class Piece:
    """``requests(n)`` makes n requests and ``after(n, fired)`` may keep what they made."""

    requests: Callable[[int], list[bytes]]
    count: int
    good: int = 200


class Series:
    """One run against a running service."""

    def __init__(self, desk: Desk, plan: Plan) -> None:
        self._desk, self._plan = desk, plan
        self._shelf = Shelf(desk)
        self.issued: list[str] = []
        self.raw: list[Raw] = []

    def close(self) -> None:
        self._shelf.close()

    def run(self, names: tuple[str, ...] = ("prepare", "leader", "clerk")) -> dict[str, Measured]:
        """All pieces; RuntimeError when an answer was not what it must be."""
        pieces = {name: each for name, each in self._pieces().items() if name in names}
        rounds: dict[str, list[tuple[Fired, float]]] = {name: [] for name in pieces}
        for piece in pieces.values():
            self._fired(piece, piece.requests(WARM_UP))
        self.raw.append(raw(self._desk.done.folder))
        for _ in range(self._plan.rounds):
            for name, piece in pieces.items():
                rounds[name].append(self._fired(piece, piece.requests(piece.count)))
            self.raw.append(raw(self._desk.done.folder))
        return {name: self._measured(pieces[name], rounds[name]) for name in pieces}

    def _pieces(self) -> dict[str, Piece]:
        shelf, desk = self._shelf, self._desk

        def lead(count: int) -> list[bytes]:
            documents = shelf.prepared(count)
            shelf.signed(documents)
            return [desk.lead(each) for each in documents]

        def issue(count: int) -> list[bytes]:
            documents = shelf.for_the_clerk(count, CLOSED)
            self.issued += documents
            return [desk.issue(each) for each in documents]

        return {
            "prepare": Piece(shelf.drafts, self._plan.drafts, 201),
            "leader": Piece(lead, self._plan.steps),
            "clerk": Piece(issue, self._plan.steps),
        }

    def _fired(self, piece: Piece, requests: list[bytes], rate: float | None = None) -> tuple[Fired, float]:
        before = self._desk.cpu()
        at = None if rate is None else schedule(len(requests), rate)
        connections = CLOSED if rate is None else OPEN
        done = fire(self._desk.port, requests, connections=connections, at=at, good=piece.good)
        if done.failures:
            raise RuntimeError(f"{len(done.failures)} of {len(requests)} answers were not good: {done.failures[0]}")
        return done, (self._desk.cpu() - before) / len(requests)

    def _measured(self, piece: Piece, rounds: list[tuple[Fired, float]]) -> Measured:
        rates = [done.rate for done, _ in rounds]
        shares = sorted(
            rate / ((before.per_second + after.per_second) / 2)
            for rate, before, after in zip(rates, self.raw, self.raw[1:], strict=False)
        )
        half = median(rates) / 2
        calm, _ = self._fired(piece, piece.requests(max(50, int(half * self._plan.seconds))), half)
        cpu_ms = median(cpu for _, cpu in rounds) * 1000
        return Measured(
            per_second=median(rates),
            share=median(shares),
            share_least=shares[0],
            share_most=shares[-1],
            cpu_ms=cpu_ms,
            cpu_share=median(each.cpu_ms for each in self.raw) / cpu_ms,
            half_load=half,
            p50_ms=calm.milliseconds(0.5),
            p99_ms=calm.milliseconds(0.99),
            generator=max(done.cpu_share for done, _ in rounds),
        )


def raw(folder: Path, seconds: float = 1.0) -> Raw:
    """C_Sign of the agency's key in two processes, while the service has nothing to do."""
    return measure(token_alone, folder, processes=2, seconds=seconds, rounds=1)["raw"]
