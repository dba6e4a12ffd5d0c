"""Run one piece of work in several processes at once for a fixed time, and count."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

Work = Callable[[], object]
Setup = Callable[[Path], Work]


@dataclass(frozen=True)
class Rate:
    """Completed pieces a second over all processes, and the middle time of one piece in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


def measure(setup: Setup, folder: Path, *, processes: int, seconds: float) -> Rate:
    """Each process sets up by itself (tokens open after the fork), warms up, waits for all, then works."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    queue: Any = context.Queue()
    workers = [context.Process(target=_work, args=(setup, folder, barrier, queue, seconds)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    results = []
    while len(results) < processes:
        try:
            results.append(queue.get(timeout=1))
        except Empty:
            if any(worker.exitcode not in (None, 0) for worker in workers):
                raise RuntimeError(f"a worker of {setup.__name__} died; what it said is above") from None
    for worker in workers:
        worker.join()
    times = sorted(took for _, each in results for took in each)
    rate = sum(len(each) / elapsed for elapsed, each in results)
    return Rate(rate, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)


def _work(setup: Setup, folder: Path, barrier: Any, queue: Any, seconds: float) -> None:
    piece = setup(folder)
    for _ in range(10):
        piece()
    barrier.wait(timeout=120)
    times: list[float] = []
    start = now = time.perf_counter()
    while now - start < seconds:
        before = now
        piece()
        now = time.perf_counter()
        times.append(now - before)
    queue.put((now - start, times))
