"""URLs, trouble, and the settings of a SQLite connection."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from signer.errors import Kind, SignerError
from signer.storage import Database, migrate, open_store
from signer.storage.database import parse_url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://u:geheim@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=memory",
        "oracle:geheim",
    ],
)
def test_what_cannot_hold_a_register_is_no_store(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite:///path") as caught:
        parse_url(url)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://h/d", "postgresql+psycopg://h/d"])
def test_postgresql_is_spoken_to_by_psycopg(url: str) -> None:
    assert parse_url(url).drivername == "postgresql+psycopg"


def test_sqlite_is_durable_and_keeps_references(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.begin() as connection:

        def pragma(name: str) -> object:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("foreign_keys") == 1
        assert pragma("busy_timeout") == 10_000
    database.close()


def test_a_writer_waits_and_is_told_when_it_waited_too_long(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'a.db'}")
    store = open_store(Database(f"sqlite:///{tmp_path / 'a.db'}", lock_timeout=0.05))
    with store.transaction(), pytest.raises(SignerError) as caught, store.transaction():
        pass
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "store-unavailable")
    assert caught.value.retry_after
    with store.transaction() as tx:
        assert tx.documents() == []
    store.close()


def test_a_process_has_connections_for_a_bounded_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signer.storage.database.POOL", 1)
    database = Database(f"sqlite:///{tmp_path / 'a.db'}", lock_timeout=0.05)
    with database.begin_reading(), pytest.raises(SignerError) as caught, database.begin_reading():
        pass
    assert caught.value.code == "store-unavailable"
    database.close()


def test_a_database_that_is_away_is_unavailable(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder/a.db", f"postgresql://u:geheim@/d?host={tmp_path}"):
        database = Database(url)
        with pytest.raises(SignerError) as caught:
            database.ping()
        assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "store-unavailable")
        assert "geheim" not in repr(caught.value.__cause__)
        with pytest.raises(SignerError), database.begin():
            pass
        database.close()


def test_asking_whether_it_is_there_does_not_make_a_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(SignerError):
        database.ping()
    assert not (tmp_path / "a.db").exists()
    database.close()


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is no database" * 1000)
    with pytest.raises(SignerError) as caught:
        open_store(f"sqlite:///{tmp_path / 'a.db'}")
    assert (caught.value.kind, caught.value.code) == (Kind.INTERNAL, "store-damaged")


def test_a_fault_of_ours_is_not_called_the_databases(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(sa.exc.ProgrammingError), database.begin() as connection:
        connection.exec_driver_sql("SELECT ?", (1, 2))
    database.close()


def test_values_do_not_show_in_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    with pytest.raises(sa.exc.IntegrityError) as caught, database.begin() as connection:
        connection.execute(sa.text("INSERT INTO office_state (id, digest) VALUES (1, :secret)"), {"secret": "geheim"})
    assert "geheim" not in str(caught.value)
    database.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM office_state").fetchone() == (0,)
    connection.close()
