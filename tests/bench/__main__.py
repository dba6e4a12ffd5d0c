"""``make bench``: signatures and preparing, as rates and as ratios to the token's raw rate of the same run.

In-process, on SoftHSM, the four-page sample, two processes on two cores. The raw rate is python-pkcs11 alone: one
open session, one key, C_Sign in a loop. Load stays in this machine and ends by itself.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from softhsm.provision import configure, provision
from tests.bench import pieces
from tests.bench.workers import Rate, measure

PIECES = [
    (pieces.raw, 2),
    (pieces.keyring, 2),
    (pieces.keyring_pin, 2),
    (pieces.leader, 2),
    (pieces.leader_pin, 2),
    (pieces.clerk, 2),
    (pieces.preparing, 1),
]


def main() -> int:
    """Measure and print; --json for machines, --folder to keep the tokens between runs."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        configure(provision(folder))
        rates = {
            setup.__name__: measure(setup, folder, processes=processes, seconds=given.seconds)
            for setup, processes in PIECES
        }
    if given.json:
        json.dump({name: vars(rate) for name, rate in rates.items()}, sys.stdout)
    else:
        show(rates)
    return 0


def show(rates: dict[str, Rate]) -> None:
    """A table for people."""
    base = rates["raw"].per_second
    sys.stdout.write(f"{'':<14}{'per second':>12}{'of raw':>9}{'p50 ms':>9}{'p99 ms':>9}\n")
    for name, rate in rates.items():
        share = f"{rate.per_second / base:>9.2f}" if name != "preparing" else f"{'':>9}"
        sys.stdout.write(f"{name:<14}{rate.per_second:>12.0f}{share}{rate.p50_ms:>9.2f}{rate.p99_ms:>9.2f}\n")


if __name__ == "__main__":
    sys.exit(main())
