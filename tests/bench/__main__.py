"""``make bench``, first part: signatures and preparing, as rates and as ratios to the token's raw rate of the round.

In-process, on SoftHSM, the four-page sample, two processes on two cores. Pieces take turns in rounds; medians over
the rounds are shown with the least and the most. Load stays in this machine and ends by itself.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from softhsm.provision import configure, provision
from tests.bench.pieces import pieces
from tests.bench.workers import Measured, measure

TARGETS = {"leader": 0.40, "clerk": 0.30, "attachment": 0.30}
"""Least share of the raw token rate."""
PREPARING_MS = 60.0


def main() -> int:
    """Measure and print; --json for machines, --folder to keep the tokens between runs."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each piece in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        configure(provision(folder))
        found = measure(pieces, folder, processes=given.processes, seconds=given.seconds, rounds=given.rounds)
    if given.json:
        json.dump({name: vars(each) for name, each in found.items()}, sys.stdout)
    else:
        show(found)
    return 0


def show(found: dict[str, Measured]) -> None:
    """A table for people."""
    sys.stdout.write(
        f"{'':<14}{'per second':>11}{'of raw':>8}{'least-most':>13}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}  target\n"
    )
    for name, each in found.items():
        span = f"{each.share_least:.2f}-{each.share_most:.2f}"
        sys.stdout.write(
            f"{name:<14}{each.per_second:>11.0f}{each.share:>8.2f}{span:>13}{each.p50_ms:>9.2f}{each.p99_ms:>9.2f}"
            f"{each.cpu_ms:>9.2f}"
            f"  {_target(name, each)}\n"
        )


def _target(name: str, each: Measured) -> str:
    if name in TARGETS:
        return f"of raw >= {TARGETS[name]:.2f}: {'met' if each.share >= TARGETS[name] else 'MISSED'}"
    if name == "preparing":
        return f"p50 <= {PREPARING_MS:.0f} ms: {'met' if each.p50_ms <= PREPARING_MS else 'MISSED'}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
