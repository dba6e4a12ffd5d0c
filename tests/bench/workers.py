"""Run pieces of work in several processes at once, in turn and in rounds, so that a drifting machine hits all alike."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from statistics import median
from typing import Any

Work = Callable[[], object]
Setup = Callable[[Path], Mapping[str, Work]]
SETUP_SECONDS = 180
WARM_UP = 3


@dataclass(frozen=True)
class Measured:
    """A piece over all rounds: completed a second in all processes, of the base's rate in the same round, times.

    ``cpu_ms`` is CPU time for each, which a machine that does other things too changes least.
    """

    per_second: float
    share: float
    share_least: float
    share_most: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


@dataclass(frozen=True)
class _Turn:
    """A piece in one round of one process: seconds, CPU seconds, and the time of each."""

    seconds: float
    cpu: float
    times: list[float]


def measure(setup: Setup, folder: Path, *, processes: int, seconds: float, rounds: int) -> dict[str, Measured]:
    """Each process sets up by itself (tokens open after the fork); the first piece is the base of the shares."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    queue: Any = context.Queue()
    arguments = (setup, folder, barrier, queue, seconds, rounds)
    workers = [context.Process(target=_work, args=arguments) for _ in range(processes)]
    for worker in workers:
        worker.start()
    results: list[dict[str, list[_Turn]]] = []
    while len(results) < processes:
        try:
            results.append(queue.get(timeout=1))
        except Empty:
            if any(worker.exitcode not in (None, 0) for worker in workers):
                raise RuntimeError("a worker died; what it said is above") from None
    for worker in workers:
        worker.join()
    return _combined(results, rounds)


def _combined(results: list[dict[str, list[_Turn]]], rounds: int) -> dict[str, Measured]:
    names = list(results[0])
    rates = {
        name: [
            sum(len(each[name][turn].times) / each[name][turn].seconds for each in results) for turn in range(rounds)
        ]
        for name in names
    }
    measured = {}
    for name in names:
        shares = sorted(rate / base for rate, base in zip(rates[name], rates[names[0]], strict=True))
        turns = [turn for each in results for turn in each[name]]
        times = sorted(took for turn in turns for took in turn.times)
        measured[name] = Measured(
            per_second=median(rates[name]),
            share=median(shares),
            share_least=shares[0],
            share_most=shares[-1],
            p50_ms=median(times) * 1000,
            p99_ms=times[int(len(times) * 0.99)] * 1000,
            cpu_ms=sum(turn.cpu for turn in turns) / len(times) * 1000,
        )
    return measured


def _work(setup: Setup, folder: Path, barrier: Any, queue: Any, seconds: float, rounds: int) -> None:
    pieces = setup(folder)
    results: dict[str, list[_Turn]] = {name: [] for name in pieces}
    for _ in range(rounds):
        for name, piece in pieces.items():
            for _ in range(WARM_UP):
                piece()
            barrier.wait(timeout=SETUP_SECONDS)
            times: list[float] = []
            cpu = time.process_time()
            start = now = time.perf_counter()
            while now - start < seconds:
                before = now
                piece()
                now = time.perf_counter()
                times.append(now - before)
            results[name].append(_Turn(now - start, time.process_time() - cpu, times))
    queue.put(results)
