"""``make chaos``: real processes are killed at every step, and afterwards every number is accounted for.

``python -m tests.chaos --rounds 2000`` kills half of them over SQLite, half over PostgreSQL. A violation is told with
the seed, the journey and the line; the folder stays, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from softhsm.declared import load
from softhsm.provision import Provisioned, configure, provision
from tests.bench.http.desk import say
from tests.chaos.lines import Rounds, Sum
from tests.chaos.load import Storms
from tests.chaos.place import want_clerks_signature
from tests.support.postgres import running_cluster

KINDS = ("sqlite", "postgresql")


def main() -> int:
    """Exit status 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--database", choices=KINDS, help="only this one; else half of the rounds each, side by side")
    parser.add_argument("--load", type=float, default=0.05, help="share of the rounds in which a loaded service dies")
    parser.add_argument("--journey", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--provisioned", type=Path, help="tokens that are there already; a copy is used")
    given = parser.parse_args()
    if given.database is None:
        return _side_by_side(given.rounds)
    # In memory, where there is such a folder: what a process's death leaves behind does not depend on the disk.
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own below it
    folder = Path(tempfile.mkdtemp(prefix="antin-chaos-", dir=memory if memory.is_dir() else None))
    done = _tokens(folder, given.provisioned)
    chance, total, began = random.Random(given.seed), Sum(), time.monotonic()  # noqa: S311 - which line, no secret
    with running_cluster() if given.database == "postgresql" else nullcontext() as cluster:
        storms = round(given.rounds * given.load)
        Rounds(done, cluster, chance, total).run(given.rounds - storms, given.journey)
        if not total.faults:
            Storms(done, cluster, chance, total).run(storms)
    report(total, given.database, given.seed, time.monotonic() - began)
    if total.faults:
        say(f"The folder stays: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _side_by_side(rounds: int) -> int:
    """Half of the rounds over each database, in two processes; their tables one after the other."""
    running = []
    for index, kind in enumerate(KINDS):
        share = rounds // 2 + (rounds % 2 if index == 0 else 0)
        command = [sys.executable, "-m", "tests.chaos", *sys.argv[1:], "--database", kind, "--rounds", str(share)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    for each in running:
        say(each.communicate()[0])
    return max(each.returncode for each in running)


def _tokens(folder: Path, there: Path | None) -> Provisioned:
    if there:
        shutil.copytree(there, folder, dirs_exist_ok=True)
        done = Provisioned(folder, load())
        configure(done)
    else:
        done = provision(folder)
    want_clerks_signature(done)
    done.activate()
    return done


def report(total: Sum, kind: str, seed: int, seconds: float) -> None:
    """The table."""
    cpu = sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    each = max(1, total.rounds)
    say(
        f"{kind}, seed {seed}: {total.rounds} rounds, {total.deaths} processes killed, in {seconds:.0f} s "
        f"({seconds / each:.2f} s a round, CPU {cpu / each:.2f} s)"
    )
    for (step, had), count in sorted(total.kills.items()):
        say(f"  {count:5}  {step:16} {had}")
    for title, tally in (("killed", total.places), ("afterwards", total.outcomes)):
        say(title)
        for name, count in (+tally).most_common():
            say(f"  {count:5}  {name}")
    say(f"lines: killed at {len(total.lines)} of {len(total.lines | total.executed)} that the journeys go through")
    for fault in total.faults:
        say(f"FAULT (seed {seed}) {fault}")
    say(f"findings: {len(total.faults)}")


if __name__ == "__main__":
    sys.exit(main())
