"""A PostgreSQL server of our own, from Debian's package ``postgresql``.

It runs in a temporary folder on a Unix socket, as the user ``postgres`` when we are root (initdb refuses root); the
machine's own cluster is never touched. Without the server's programs the tests fail: half a contract is none.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import pytest

_SERIAL = itertools.count(1)


def name_in(url: str) -> str:
    """The database's name in its URL."""
    return url.partition("?")[0].rpartition("/")[2]


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL server, reached by its socket's folder."""

    socket: Path
    start: Callable[[], None]
    """Start it again after ``stop``."""
    stop: Callable[[], None]
    """As a crash: every connection is cut, nothing is tidied up."""

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.socket}"

    def execute(self, statement: str, *values: str) -> None:
        with psycopg.connect(host=str(self.socket), user="postgres", dbname="postgres", autocommit=True) as admin:
            admin.execute(statement.encode(), values or None)

    def create(self, template: str = "template0") -> str:
        name = f"t{os.getpid()}_{next(_SERIAL)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def disconnect(self, url: str) -> None:
        """End every connection to a database, as a restart of the server would."""
        self.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", name_in(url))

    def drop(self, url: str) -> None:
        name = name_in(url)
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")) or [
        Path(path) for path in (shutil.which(name),) if path
    ]
    if not found:
        pytest.fail(f"PostgreSQL's {name} is missing: apt-get install postgresql", pytrace=False)
    return str(found[-1])


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A server for the time of the block; ``durable`` is one as it is in operation, to be measured."""
    initdb, control = _program("initdb"), _program("pg_ctl")
    home = Path(tempfile.mkdtemp(prefix="antin-pg-"))  # short: a socket's path has at most 107 bytes
    as_postgres: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
        as_postgres = ["runuser", "-u", "postgres", "--"]

    def run(*command: str) -> None:
        done = subprocess.run(
            [*as_postgres, *command],
            cwd=home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        run(
            initdb,
            "--pgdata",
            str(home / "data"),
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        # fsync off otherwise: these tests are about the contract; durability is tested with SQLite and kill -9.
        # Autovacuum off: while it visits the template, no database can be made of it.
        careless = "" if durable else "-c fsync=off -c autovacuum=off"
        options = f"-k {home} -c listen_addresses='' {careless} -c max_connections=200"
        at = control, "--pgdata", str(home / "data")
        start = partial(run, *at, "--log", str(home / "log"), "--wait", "start", "--options", options)
        stop = partial(run, *at, "--mode=immediate", "stop")
        start()
        try:
            yield Cluster(home, start, stop)
        finally:
            stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
