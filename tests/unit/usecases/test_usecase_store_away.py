"""The database is away, locked, full or read-only amid the work, and comes back: nothing is lost or done twice."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from signer.errors import Kind, SignerError
from signer.model import DocumentState, RegisterState
from signer.settings import Settings
from signer.storage import presence
from softhsm.provision import Provisioned
from tests.support.postgres import Cluster, name_in, running_cluster

from .conftest import ARCHIVES_CLERK, SYSTEM, Desk, metadata

NAME = "to-trinh"


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A server of this test's own, to be stopped."""
    with running_cluster() as server:
        yield server


def desk_on(url: str, provisioned: Provisioned, settings: Settings, folder: Path) -> Desk:
    return Desk(provisioned, settings, folder, settings.office, url, lock_timeout=0.5)


def refused(do: Callable[[], object]) -> str:
    """The code of a refusal with which a caller may come again."""
    with pytest.raises(SignerError) as caught:
        do()
    assert caught.value.kind is Kind.UNAVAILABLE
    assert caught.value.retry_after
    assert caught.value.text.vi
    return caught.value.code


def judged(desk: Desk, *numbers: int) -> None:
    rows = desk.register("VTLTNN", 2026, SYSTEM).rows
    assert [(row.number, row.state) for row in rows] == [(number, RegisterState.ISSUED) for number in numbers]
    assert desk.inconsistencies() == []


def test_postgresql_stops_amid_issuing_and_is_there_again(
    provisioned: Provisioned,
    settings: Settings,
    tmp_path: Path,
    own_cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
):
    desk = desk_on(own_cluster.create(), provisioned, settings, tmp_path)
    document, other, draft = desk.signed(NAME), desk.signed(NAME), desk.prepared(NAME)
    worker = desk.presence.name()
    desk.signer.meanwhile = own_cluster.stop  # the number is taken, the token has signed
    assert refused(lambda: desk.issue(document.id, ARCHIVES_CLERK)) == "store-unavailable"
    for do in (
        lambda: desk.issue(other.id, ARCHIVES_CLERK),
        lambda: desk.enter(metadata(NAME), ARCHIVES_CLERK),
        lambda: desk.document(draft.id),
    ):
        assert refused(do) == "store-unavailable"
    own_cluster.start()
    left = desk.document(document.id)
    assert (left.state, left.numbering.number, left.command.worker) == (DocumentState.ISSUING, 1, worker)
    assert [each.finished for each in desk.recover(desk.clock.now())] == [True]
    assert desk.document(document.id).numbering == left.numbering
    assert desk.issue(other.id, ARCHIVES_CLERK).document.numbering.number == 2
    monkeypatch.setattr(presence, "FRESH", 0)  # a second later, that is
    assert desk.presence.name() != worker
    assert desk.presence.alive(desk.presence.name())
    assert not desk.presence.alive(worker)
    judged(desk, 1, 2)
    desk.close()


def test_postgresql_that_can_only_be_read(
    provisioned: Provisioned, settings: Settings, tmp_path: Path, cluster: Cluster
):
    """As a standby before its promotion."""
    url = cluster.create()
    desk = desk_on(url, provisioned, settings, tmp_path)
    document = desk.signed(NAME)
    cluster.execute(f"ALTER DATABASE {name_in(url)} SET default_transaction_read_only = on")
    cluster.disconnect(url)
    assert refused(lambda: desk.issue(document.id, ARCHIVES_CLERK)) == "storage-read-only"
    assert refused(lambda: desk.prepared(NAME)) == "storage-read-only"
    assert desk.document(document.id) == document
    cluster.execute(f"ALTER DATABASE {name_in(url)} SET default_transaction_read_only = off")
    cluster.disconnect(url)
    assert desk.issue(document.id, ARCHIVES_CLERK).document.numbering.number == 1
    judged(desk, 1)
    desk.close()
    cluster.drop(url)


def test_postgresql_locked_by_another(provisioned: Provisioned, settings: Settings, tmp_path: Path, cluster: Cluster):
    url = cluster.create()
    desk = desk_on(url, provisioned, settings, tmp_path)
    document = desk.signed(NAME)
    with psycopg.connect(host=str(cluster.socket), user="postgres", dbname=name_in(url)) as other:
        other.execute("LOCK TABLE register IN ACCESS EXCLUSIVE MODE")
        assert refused(lambda: desk.issue(document.id, ARCHIVES_CLERK)) == "store-unavailable"
        other.rollback()
    assert desk.document(document.id) == document
    assert desk.issue(document.id, ARCHIVES_CLERK).document.numbering.number == 1
    judged(desk, 1)
    desk.close()
    cluster.drop(url)


def test_sqlite_locked_by_another_program(provisioned: Provisioned, settings: Settings, tmp_path: Path):
    desk = desk_on("", provisioned, settings, tmp_path)
    document, other = desk.signed(NAME), desk.signed(NAME)
    with closing(sqlite3.connect(desk.database.url.database or "", isolation_level=None)) as locking:

        def lock() -> None:
            locking.execute("BEGIN IMMEDIATE")

        desk.signer.meanwhile = lock
        assert refused(lambda: desk.issue(document.id, ARCHIVES_CLERK)) == "store-unavailable"
        assert refused(lambda: desk.issue(other.id, ARCHIVES_CLERK)) == "store-unavailable"
        locking.execute("ROLLBACK")
    assert desk.document(other.id) == other
    assert desk.document(document.id).state is DocumentState.ISSUING
    assert desk.issue(document.id, ARCHIVES_CLERK).document.numbering.number == 1
    assert desk.issue(other.id, ARCHIVES_CLERK).document.numbering.number == 2
    judged(desk, 1, 2)
    desk.close()


def test_an_sqlite_file_that_is_moved_away_and_back(desk: Desk):
    document = desk.signed(NAME)
    path = Path(desk.database.url.database or "")
    desk.database.close()
    away = path.with_name("away.db")
    path.rename(away)
    assert refused(lambda: desk.issue(document.id, ARCHIVES_CLERK)) == "store-unavailable"
    assert refused(lambda: desk.prepared(NAME)) == "store-unavailable"
    assert not path.exists(), "an empty database in its place would be taken for the store"
    away.rename(path)
    assert desk.issue(document.id, ARCHIVES_CLERK).document.numbering.number == 1
    judged(desk, 1)
