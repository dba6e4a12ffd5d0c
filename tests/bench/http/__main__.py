"""``make bench``, second part: the real service over HTTP, two workers on two cores, the generator beside it.

Prints a table, or JSON for machines. Any answer that is not what it must be, a gap in the register or an issued file
that does not hold ends it with a fault: a rate of refusals is no rate.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from softhsm.provision import Provisioned, configure, provision
from tests.bench.http.desk import Desk, say, serving
from tests.bench.http.judge import judge
from tests.bench.http.series import Measured, Plan, Series
from tests.bench.workers import Measured as Raw
from tests.support.postgres import running_cluster

TARGETS = {"prepare": 20, "leader": 500, "clerk": 300, "leader, in a row": 500}
"""Least a second."""
P99_MS = 40.0
"""Most, at half load."""
IN_A_ROW = "leader, in a row"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.http")
    parser.add_argument("--rounds", type=int, default=Plan.rounds)
    parser.add_argument("--steps", type=int, default=Plan.steps, help="signatures of each kind in each round")
    parser.add_argument("--drafts", type=int, default=Plan.drafts, help="to prepare in each round")
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="at half load, each")
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    plan = Plan(given.rounds, given.steps, given.drafts, given.seconds)
    with tempfile.TemporaryDirectory(prefix="antin-bench-") as folder, database(postgresql=given.postgresql) as url:
        done = provision(Path(folder))
        configure(done)
        done.activate()
        found, raw, judged = measured(done, url, plan)
    if given.json:
        json.dump(
            {"raw": [vars(each) for each in raw], "pieces": {name: vars(each) for name, each in found.items()}},
            sys.stdout,
        )
    else:
        show(found, raw, judged, "PostgreSQL" if given.postgresql else "SQLite")
    return 0


def measured(done: Provisioned, url: str | None, plan: Plan) -> tuple[dict[str, Measured], list[Raw], str]:
    """The pieces, the raw rates between the rounds, and what was judged."""
    with serving(Desk(done, url)) as desk, closing(Series(desk, plan)) as series:
        found, raw = series.run(), series.raw
        judged = judge(desk, series.issued)
    with serving(Desk(done, url, stay=5)) as desk, closing(Series(desk, plan)) as series:
        found[IN_A_ROW] = series.run(("leader",))["leader"]
    return found, raw + series.raw, judged


@contextmanager
def database(*, postgresql: bool) -> Iterator[str | None]:
    """The URL of a database that is durable; None for the settings' own SQLite."""
    if not postgresql:
        yield None
        return
    with running_cluster(durable=True) as cluster:
        yield cluster.create()


def show(found: dict[str, Measured], raw: Sequence[Raw], judged: str, store: str) -> None:
    """A table for people."""
    say(f"\nOver HTTP, {store}, two workers; raw token rate {', '.join(f'{each.per_second:.0f}' for each in raw)}/s")
    say(
        f"{'':<18}{'per second':>11}{'of raw':>8}{'least-most':>12}{'CPU ms':>8}{'of raw':>8}"
        f"{'half load':>11}{'p50 ms':>8}{'p99 ms':>8}{'generator':>11}  target"
    )
    for name, each in found.items():
        say(
            f"{name:<18}{each.per_second:>11.0f}{each.share:>8.2f}{f'{each.share_least:.2f}-{each.share_most:.2f}':>12}"
            f"{each.cpu_ms:>8.2f}{each.cpu_share:>8.2f}{f'{each.half_load:.0f}/s':>11}{each.p50_ms:>8.1f}{each.p99_ms:>8.1f}"
            f"{each.generator:>11.1%}  {_target(name, each)}"
        )
    say(judged)


def _target(name: str, each: Measured) -> str:
    met = "met" if each.per_second >= TARGETS[name] else "MISSED"
    calm = "met" if each.p99_ms <= P99_MS else "MISSED"
    return f">= {TARGETS[name]}/s: {met}; p99 <= {P99_MS:.0f} ms: {calm}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as fault:
        sys.stderr.write(f"make bench: {fault}\n")
        sys.exit(1)
