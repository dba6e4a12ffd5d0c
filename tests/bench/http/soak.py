"""``make soak``, by hand: 50,000 requests of mixed kinds, and what each worker's memory does meanwhile.

Memory is RssAnon of /proc/PID/status: what the process itself holds, without files that are mapped. After a warm-up it
must not grow with the number of requests; the judgement is the slope of a line through the samples.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from softhsm.provision import provision
from tests.bench.http.desk import Desk, say, serving
from tests.bench.http.drive import fire
from tests.bench.http.fill import Shelf

BATCH = 1000
KINDS = {"lead": 0.17, "issue": 0.17, "prepare": 0.02, "verify": 0.01, "show": 0.33, "list": 0.05, "content": 0.25}
"""Shares of a batch. One series has 9,999 numbers, so no more than a sixth may be issued."""
WARM_UP = 0.2
"""Share of the batches before memory is judged."""
MOST = 0.1
"""Growth for each 1,000 requests, in percent of the memory after the warm-up, that is still called constant."""


@dataclass(frozen=True)
class Sample:
    """After so many requests: kilobytes of RssAnon, by worker."""

    requests: int
    kilobytes: dict[int, int]


def main() -> int:
    """Run, print the table, and judge."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="antin-soak-") as folder:
        done = provision(Path(folder))
        done.activate()
        with serving(Desk(done)) as desk, closing(Shelf(desk)) as shelf:
            samples = soak(desk, shelf, given.requests // BATCH, given.connections, quiet=given.json)
    grown = {worker: growth(samples, worker) for worker in samples[0].kilobytes}
    if given.json:
        json.dump({"samples": [vars(each) for each in samples], "percent_per_1000": grown}, sys.stdout)
    else:
        for worker, percent in grown.items():
            say(
                f"worker {worker}: {percent:+.3f} % for each 1,000 requests: {'constant' if flat(percent) else 'GROWS'}"
            )
    return 0 if all(map(flat, grown.values())) else 1


def soak(desk: Desk, shelf: Shelf, batches: int, connections: int, *, quiet: bool) -> list[Sample]:
    """All batches; RuntimeError for an answer that is not good, or a worker that was replaced."""
    samples: list[Sample] = []
    issued: list[str] = []
    for batch in range(batches):
        for requests, good in mixed(desk, shelf, issued):
            done = fire(desk.port, requests, connections=connections, good=good)
            if done.failures:
                raise RuntimeError(f"{len(done.failures)} answers were not good: {done.failures[0]}")
        sample = Sample((batch + 1) * BATCH, {worker: rss_anon(worker) for worker in desk.workers()})
        if samples and sample.kilobytes.keys() != samples[0].kilobytes.keys():
            raise RuntimeError("a worker ended and was replaced")
        samples.append(sample)
        if not quiet:
            held = "".join(f"{kilobytes / 1024:>10.1f}" for kilobytes in sample.kilobytes.values())
            say(f"{sample.requests:>8} requests, MB of each worker:{held}")
    return samples


def mixed(desk: Desk, shelf: Shelf, issued: list[str]) -> list[tuple[list[bytes], int]]:
    """One batch: what answers 200 in any order, and drafts apart, which answer 201."""
    counts = {kind: round(share * BATCH) for kind, share in KINDS.items()}
    waiting = shelf.prepared(counts["lead"])
    orders = shelf.for_the_clerk(counts["issue"], 16)
    seen = issued or orders
    chance = random.Random(len(issued))  # noqa: S311 - which to look at, no secret
    requests = [desk.lead(each) for each in waiting] + [desk.issue(each) for each in orders]
    requests += [_read(desk, f"/v1/documents/{chance.choice(seen)}") for _ in range(counts["show"])]
    requests += [_read(desk, f"/v1/documents/{chance.choice(seen)}/content") for _ in range(counts["content"])]
    requests += [_read(desk, f"/v1/documents?after={chance.choice(seen)}&limit=20") for _ in range(counts["list"])]
    some = desk.ask("auditor", "GET", f"/v1/documents/{chance.choice(seen)}/content").content
    requests += [desk.request("auditor", "POST", "/v1/verify", some, "application/pdf")] * counts["verify"]
    chance.shuffle(requests)
    shelf.signed(waiting)
    issued += orders
    return [(requests, 200), (shelf.drafts(counts["prepare"]), 201)]


def _read(desk: Desk, path: str) -> bytes:
    return desk.request("auditor", "GET", path)


def rss_anon(pid: int) -> int:
    """Kilobytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])


def growth(samples: Sequence[Sample], worker: int) -> float:
    """Slope of a line through the samples after the warm-up: percent of the memory then, for each 1,000 requests."""
    judged = samples[int(len(samples) * WARM_UP) :]
    xs, ys = [each.requests / 1000 for each in judged], [each.kilobytes[worker] for each in judged]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread if spread else 0.0
    return slope / ys[0] * 100


def flat(percent: float) -> bool:
    """Whether that is no growth."""
    return percent <= MOST


if __name__ == "__main__":
    sys.exit(main())
