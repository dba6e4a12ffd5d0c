"""A backup, restored into either database, says what the store said; one that was touched is refused as a whole."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from signer import storage
from signer.cli import main
from signer.errors import SignerError
from signer.model.backup import TableDump
from signer.settings import load_settings
from signer.settings.keeping import kept_files
from signer.storage.dump import SqlTables
from signer.storage.migrate import create
from signer.storage.migrations import REVISIONS
from tests.integration.conftest import Done
from tests.support.filled import Kept, settings_for
from tests.support.postgres import Cluster

ANY = pytest.mark.parametrize("filled", ["sqlite"], indirect=True)
"""For what does not depend on the database that the backup comes from."""


def antin(kept: Kept, *arguments: object, check: int | None = 0) -> Done:
    ran = CliRunner().invoke(main, [*map(str, arguments)], env={"ANTIN_CONFIG": str(kept.config)}, prog_name="antin")
    if check is not None:
        assert ran.exit_code == check, (ran.output, ran.exception)
    return Done(ran.exit_code, ran.stdout, ran.stderr)


def rows(url: str) -> dict[str, list[object]]:
    with SqlTables(url).dump() as dump:
        return {table.name: [list(row) for row in table.rows] for table in dump.tables()}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, kept: Kept, tmp_path: Path) -> Iterator[Kept]:
    """A place to restore to: an empty database of each kind."""
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    folder = tmp_path / "restored"
    url = f"sqlite:///{folder}/store.db" if cluster is None else cluster.create()
    config = settings_for(kept.config, f"{kept.config.stem}-restored", url, folder / "blobs")
    yield Kept(config, url, folder / "blobs", kept.ids)
    config.unlink()
    if cluster is not None:
        cluster.drop(url)


@pytest.fixture
def place(kept: Kept, tmp_path: Path) -> Iterator[Kept]:
    """An empty SQLite store: for what is the same whatever the database."""
    folder = tmp_path / "restored"
    config = settings_for(kept.config, f"{kept.config.stem}-restored", f"sqlite:///{folder}/s.db", folder / "blobs")
    yield Kept(config, f"sqlite:///{folder}/s.db", folder / "blobs", kept.ids)
    config.unlink()


# --- there and back ---------------------------------------------------------------------------------------------


def test_a_restored_store_says_what_the_store_said(kept: Kept, empty: Kept, tmp_path: Path) -> None:
    """From each kind of database to each: every row, every blob, the keys of callers, and the next number."""
    database = storage.open_database(kept.url)
    secret = storage.open_api_keys(database).add("hệ thống văn bản", "document-system", None)
    database.close()
    made = json.loads(antin(kept, "backup", tmp_path / "kept", "--json").stdout)
    assert (made["documents"], made["lost"]) == (len(kept.ids), [])
    done = json.loads(antin(empty, "restore", tmp_path / "kept", "--json").stdout)
    assert (done["name"], done["check"]["clean"]) == (made["name"], True)
    assert rows(empty.url) == rows(kept.url)
    assert empty.check(deep=True) == []
    database = storage.open_database(empty.url)
    key = storage.open_api_keys(database).find(secret)
    assert key is not None
    assert key.name == "hệ thống văn bản"
    storage.open_api_keys(database).add("nữa", "clerk", None)
    with storage.open_store(database).transaction() as tx:
        last = tx.last_number("btc-quyet-dinh", str(datetime.now(UTC).year))
        document = tx.document(kept.ids["signed"])
        tx.save_document(document)
    assert last is not None
    assert last.symbol == str(kept.ask("SELECT symbol FROM register WHERE document_id = :last")[0][0])
    database.close()


def test_ids_that_the_database_counts_go_on(kept: Kept, empty: Kept, tmp_path: Path) -> None:
    """What is written after a restore gets ids behind the restored ones."""
    antin(kept, "backup", tmp_path / "kept")
    antin(empty, "restore", tmp_path / "kept")
    ((before,),) = empty.ask("SELECT max(id) FROM events")
    empty.sql(
        "INSERT INTO events (kind, document_id, agency, state, at) "
        "SELECT kind, document_id, agency, state, at FROM events WHERE id = :before",
        before=before,
    )
    ((after,),) = empty.ask("SELECT max(id) FROM events")
    assert int(str(after)) == int(str(before)) + 1


@ANY
def test_a_later_backup_copies_what_is_new(kept: Kept, place: Kept, tmp_path: Path) -> None:
    target = tmp_path / "kept"
    first = json.loads(antin(kept, "backup", target, "--json").stdout)
    assert first["new_blobs"] == first["blobs"] > 0
    kept.sql("DELETE FROM file_revisions WHERE document_id = :rejected")
    kept.sql("DELETE FROM document_files WHERE document_id = :rejected")
    second = json.loads(antin(kept, "backup", target, "--json").stdout)
    assert (second["new_blobs"], second["blobs"] < first["blobs"]) == (0, True)
    assert second["name"] != first["name"]
    antin(place, "restore", target, "--backup", first["name"])
    assert place.check() == []
    assert "no-backup" in antin(place, "restore", target, "--backup", "20200101T000000Z", check=1).stderr


@ANY
def test_a_backup_in_one_file(kept: Kept, place: Kept, tmp_path: Path) -> None:
    target = tmp_path / "kept.tar"
    antin(kept, "backup", target)
    assert target.stat().st_mode & 0o077 == 0
    assert "đã có" in antin(kept, "backup", target, check=2).stderr
    antin(place, "restore", target)
    assert rows(place.url) == rows(kept.url)
    leftovers = [path.name for path in (*tmp_path.iterdir(), *place.blobs.parent.iterdir()) if path.name[0] == "."]
    assert leftovers == []


@ANY
@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_backup_of_an_earlier_schema_is_brought_up_to_date(
    kept: Kept, empty: Kept, tmp_path: Path, revision: str
) -> None:
    """The rows that the earlier schema could hold, in a backup as the program of then would have made it."""
    old = f"sqlite:///{tmp_path / 'old.db'}"
    known: dict[str, set[str]] = {}
    create(
        old,
        revision,
        lambda connection: known.update(
            {
                name: {column["name"] for column in sa.inspect(connection).get_columns(name)}
                for name in sa.inspect(connection).get_table_names()
            }
        ),
    )
    archive = storage.open_archive(tmp_path / "kept")
    blobs = storage.open_blobs(kept.blobs)
    with archive.write(datetime.now(UTC), "0.0.1") as writing, SqlTables(kept.url).dump() as dump:
        writing.revision = revision
        for table in dump.tables():
            if table.name in known:
                names = [name for name in table.columns if name in known[table.name]]
                places = [list(table.columns).index(name) for name in names]
                writing.table(
                    TableDump(
                        table.name,
                        {name: table.columns[name] for name in names},
                        ([row[at] for at in places] for row in table.rows),
                    )
                )
        writing.name_blobs(dump.blobs())
        for sha256 in writing.missing():
            writing.blob(blobs.get(sha256))
    antin(empty, "restore", tmp_path / "kept", check=None)
    database = storage.Database(empty.url)
    assert database.revision() == REVISIONS[-1]
    database.close()
    told = {name: len(each) for name, each in rows(empty.url).items() if name in known}
    assert told == {name: len(each) for name, each in rows(kept.url).items() if name in known}


# --- what is refused --------------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


PARTS: dict[str, Callable[[Path], Path]] = {
    "manifest": lambda target: next(target.glob("2*/manifest.json")),
    "seal": lambda target: next(target.glob("2*/manifest.sha256")),
    "table": lambda target: next(target.glob("2*/tables/register.jsonl.gz")),
    "list": lambda target: next(target.glob("2*/blobs.txt")),
    "settings": lambda target: next(target.glob("2*/settings/*keys.toml")),
    "blob": lambda target: next(path for path in target.glob("blobs/*/*") if path.is_file()),
}


@ANY
def test_one_flipped_byte_anywhere_and_nothing_is_restored(kept: Kept, place: Kept, tmp_path: Path) -> None:
    antin(kept, "backup", tmp_path / "kept")
    for part, find in PARTS.items():
        path = find(tmp_path / "kept")
        whole = path.read_bytes()
        flip(path)
        assert "backup-damaged" in antin(place, "restore", tmp_path / "kept", check=1).stderr, part
        path.unlink()
        assert antin(place, "restore", tmp_path / "kept", check=1).stderr, part
        assert not Path(place.url.removeprefix("sqlite:///")).exists()
        path.write_bytes(whole)
    antin(place, "restore", tmp_path / "kept")


def reseal(target: Path, **changes: object) -> None:
    """Change what the manifest says, and seal it anew: no byte is out of place."""
    manifest = PARTS["manifest"](target)
    data = json.dumps(json.loads(manifest.read_bytes()) | changes).encode()
    for path, content in ((manifest, data), (PARTS["seal"](target), hashlib.sha256(data).hexdigest().encode())):
        path.write_bytes(content)


@ANY
def test_a_newer_schema_or_form_is_refused(kept: Kept, place: Kept, tmp_path: Path) -> None:
    antin(kept, "backup", tmp_path / "kept")
    reseal(tmp_path / "kept", schema="9999")
    assert "store-newer" in antin(place, "restore", tmp_path / "kept", check=3).stderr
    reseal(tmp_path / "kept", schema=REVISIONS[-1], format=2)
    assert "backup-newer" in antin(place, "restore", tmp_path / "kept", check=1).stderr
    assert not [path for path in place.blobs.glob("*/*") if path.is_file()]


@ANY
def test_a_store_that_holds_anything_is_not_restored_into(kept: Kept, empty: Kept, tmp_path: Path) -> None:
    antin(kept, "backup", tmp_path / "kept")
    antin(empty, "restore", tmp_path / "kept")
    before = rows(empty.url)
    assert "store-not-empty" in antin(empty, "restore", tmp_path / "kept", check=1).stderr
    assert "store-not-empty" in antin(kept, "restore", tmp_path / "kept", check=1).stderr
    assert rows(empty.url) == before


@ANY
def test_rows_that_do_not_fit_leave_the_database_empty(kept: Kept, empty: Kept, tmp_path: Path) -> None:
    """A number twice, sealed by whoever wrote it: the database refuses, and nothing of it stays."""
    antin(kept, "backup", tmp_path / "kept")
    path = PARTS["table"](tmp_path / "kept")
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join([*lines, lines[0]])))
    told = json.loads(PARTS["manifest"](tmp_path / "kept").read_bytes())
    for table in told["tables"]:
        if table["name"] == "register":
            table["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    reseal(tmp_path / "kept", tables=told["tables"])
    assert "backup-damaged" in antin(empty, "restore", tmp_path / "kept", check=1).stderr
    database = storage.Database(empty.url)
    assert database.revision() is None
    database.close()


def test_what_is_no_backup(place: Kept, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert "no-backup" in antin(place, "restore", tmp_path / "nothing", check=1).stderr
    (tmp_path / "x.tar").write_bytes(b"no archive")
    assert "backup-damaged" in antin(place, "restore", tmp_path / "x.tar", check=1).stderr


# --- what is kept, and what is not ------------------------------------------------------------------------------


@ANY
def test_no_secret_is_in_a_backup(kept: Kept, tmp_path: Path) -> None:
    """Neither PINs, which lie beside the settings, nor the database's password, which stands in them."""
    text = kept.config.read_text("utf-8")
    kept.config.write_text(text + '\n# store = "postgresql://antin:mat-khau-cua-kho@db/antin"\n', "utf-8")
    antin(kept, "backup", tmp_path / "kept")
    kept.config.write_text(text, "utf-8")
    pins = {path.read_bytes().strip() for path in kept.config.parent.glob("pins/*")}
    assert pins
    names = []
    for path in (tmp_path / "kept").rglob("*"):
        if path.is_file() and "blobs" not in path.parts:
            data = path.read_bytes() if path.suffix != ".gz" else gzip.decompress(path.read_bytes())
            assert not any(pin in data for pin in pins), path
            assert path.stat().st_mode & 0o077 == 0
            names.append(path.name)
    assert any(name.endswith("keys.toml") for name in names)
    assert any(name.endswith(".pem") for name in names)


@ANY
def test_a_password_in_a_url_is_left_out(kept: Kept) -> None:
    path = kept.config.with_name("password.toml")
    path.write_text('store = "postgresql://antin:mat-khau@db.office/antin"\nlisten = "127.0.0.1:1"\n', "utf-8")
    secret = kept.config.with_name("tls.pem")
    secret.write_text("-----BEGIN PRIVATE KEY-----\n", "utf-8")
    files = list(kept_files(replace(load_settings(kept.config), files=(path, secret))))
    assert [each.path for each in files] == [path]
    assert files[0].data == b'store = "postgresql://antin:***@db.office/antin"\nlisten = "127.0.0.1:1"\n'


@ANY
def test_a_blob_that_is_gone_is_told_and_the_rest_is_kept(kept: Kept, place: Kept, tmp_path: Path) -> None:
    lost = kept.newest("package", 2)
    lost.unlink()
    told = antin(kept, "backup", tmp_path / "kept", check=1)
    assert lost.stem in told.stderr
    antin(place, "restore", tmp_path / "kept", check=1)
    assert {each.code for each in place.check()} == {"blob-missing"}


@ANY
def test_what_breaks_off_leaves_no_backup(kept: Kept, tmp_path: Path) -> None:
    archive = storage.open_archive(tmp_path / "kept")
    with pytest.raises(KeyboardInterrupt), archive.write(datetime.now(UTC), "0") as writing:
        writing.name_blobs(["0" * 64])
        raise KeyboardInterrupt
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["blobs"]
    with pytest.raises(SignerError, match="no-backup"):
        archive.read()
    antin(kept, "backup", tmp_path / "kept")
