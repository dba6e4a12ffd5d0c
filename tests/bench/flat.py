"""``make bench``, third part: what a number and the log cost with 1,000 rows in the register and with 1,000,000.

In the store, without token and PDF. The two stores take turns operation by operation, so that whatever else the machine
does hits both alike; medians are compared.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from signer import storage
from signer.model import DocumentState
from signer.storage import Database, SqlStore
from signer.usecases.prepare import new_id
from tests.bench.http.desk import say
from tests.bench.register_rows import fill, take
from tests.support import stored
from tests.support.postgres import running_cluster

MOST = 1.2
"""Cost in the long register, of that in the short one."""
JUDGED = ("a number", "events, newest")
"""What the target is about; the others are shown to be known."""
PAGE = 100


@dataclass(frozen=True)
class Flat:
    """An operation: microseconds in the short register and in the long one (medians), and their ratio."""

    short_us: float
    long_us: float

    @property
    def ratio(self) -> float:
        return self.long_us / self.short_us


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.flat")
    parser.add_argument("--short", type=int, default=1_000)
    parser.add_argument("--long", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=150)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with databases(postgresql=given.postgresql) as (short, long):
        fill(short, given.short)
        began = time.monotonic()
        fill(long, given.long)
        filled = time.monotonic() - began
        found = measured(SqlStore(short), SqlStore(long), given.times)
    if given.json:
        json.dump({name: vars(each) | {"ratio": each.ratio} for name, each in found.items()}, sys.stdout)
    else:
        show(found, given.short, given.long, "PostgreSQL" if given.postgresql else "SQLite", filled)
    return 0


@contextmanager
def databases(*, postgresql: bool) -> Iterator[tuple[Database, Database]]:
    """Two empty, durable stores of the newest schema."""
    if postgresql:
        with running_cluster(durable=True) as cluster:
            yield from _opened(cluster.create(), cluster.create())
    else:
        with tempfile.TemporaryDirectory(prefix="antin-bench-") as folder:
            yield from _opened(*(f"sqlite:///{Path(folder)}/{name}.db" for name in ("short", "long")))


def _opened(*urls: str) -> Iterator[tuple[Database, Database]]:
    for url in urls:
        storage.migrate(url)
    short, long = (storage.open_database(url) for url in urls)
    try:
        yield short, long
    finally:
        short.close()
        long.close()


def measured(short: SqlStore, long: SqlStore, times: int) -> dict[str, Flat]:
    """Every operation so many times in both, in turn."""
    took: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    kinds = [operations(short), operations(long)]
    for turn in range(times):
        for name in kinds[0]:
            for which in (0, 1) if turn % 2 else (1, 0):
                run = kinds[which][name]()
                before = time.perf_counter()
                run()
                took[name][which].append(time.perf_counter() - before)
    return {name: Flat(median(of[0]) * 1e6, median(of[1]) * 1e6) for name, of in took.items()}


def operations(store: SqlStore) -> Mapping[str, Callable[[], Callable[[], object]]]:
    """Name to what sets up, unmeasured, and gives what is measured."""

    def numbering() -> Callable[[], object]:
        document_id = new_id(datetime.now(UTC))
        with store.transaction() as tx:
            signed = stored.document(id=document_id, state=DocumentState.SIGNED, signatures=(stored.record(),))
            tx.add_document(signed)
        return lambda: take(store, document_id)

    def newest() -> Callable[[], object]:
        last = _last_position(store)
        return lambda: _events(store, last - PAGE)

    return {
        "a number": numbering,
        "events, newest": newest,
        "events, oldest": lambda: lambda: _events(store, 0),
        "events, one agency": lambda: lambda: _events(store, 0, "BTC"),
        "events, two agencies": lambda: lambda: _events(store, 0, "BTC", "UBND-DP"),
        "documents, a page": lambda: lambda: _page(store, ["BTC", "UBND-DP"]),
    }


def _events(store: SqlStore, after: int, *agencies: str) -> object:
    with store.reading() as tx:
        return tx.events(after, agencies=agencies or None, limit=PAGE)


def _page(store: SqlStore, agencies: list[str]) -> object:
    with store.reading() as tx:
        return tx.documents(agencies=agencies, state=DocumentState.ISSUED, limit=PAGE)


def _last_position(store: SqlStore) -> int:
    with store.database.begin_reading() as connection:
        return int(connection.exec_driver_sql("SELECT max(id) FROM events").scalar_one())


def show(found: Mapping[str, Flat], short: int, long: int, kind: str, filled: float) -> None:
    """A table for people."""
    say(f"\nThe register's length, {kind}; µs, medians (the long one was filled in {filled:.0f} s)")
    say(f"{'':<22}{f'{short:,} rows':>16}{f'{long:,} rows':>18}{'ratio':>8}  target")
    for name, each in found.items():
        target = f"<= {MOST}: {'met' if each.ratio <= MOST else 'MISSED'}" if name in JUDGED else ""
        say(f"{name:<22}{each.short_us:>16.0f}{each.long_us:>18.0f}{each.ratio:>8.2f}  {target}")


if __name__ == "__main__":
    sys.exit(main())
