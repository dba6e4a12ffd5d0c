"""Both databases, real: SQLite files, and a PostgreSQL server of our own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from signer.storage import SqlStore, migrate, open_store
from tests.support.postgres import Cluster, name_in
from tests.support.stored import NOW, OFFICE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    url = cluster.create()
    migrate(url)
    return name_in(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, in each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.create()
    yield url
    cluster.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database, in each kind."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.create(request.getfixturevalue("postgresql_template"))
    yield url
    cluster.drop(url)


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """A store with the office of ``tests.support.stored``."""
    opened = open_store(url)
    with opened.transaction() as tx:
        tx.put_office(OFFICE, NOW)
    yield opened
    opened.close()
