"""A store with something of everything in it, made by the service itself, and copies of it for tests to break."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from signer import app, storage
from signer.settings import load_settings
from signer.usecases.consistency import Depth
from signer.usecases.consistency_words import Inconsistency
from tests.support.postgres import Cluster, name_in


@dataclass
class Kept:
    """A store that no service uses: settings, database and blobs of its own."""

    config: Path
    url: str
    blobs: Path
    ids: Mapping[str, str] = field(default_factory=dict)

    def sql(self, statement: str, **values: object) -> int:
        """Change rows as no program of ours would: nothing that the database guards is guarded. How many rows."""
        database = storage.Database(self.url)
        try:
            with database.begin_migration() as connection:
                if database.is_sqlite:
                    connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
                else:
                    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                done = connection.execute(sa.text(statement), {**values, **_ids(self.ids, statement)})
                assert done.rowcount, statement
                return done.rowcount
        finally:
            database.close()

    def ask(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        database = storage.Database(self.url)
        try:
            with database.begin_reading() as connection:
                rows = connection.execute(sa.text(statement), {**values, **_ids(self.ids, statement)})
                return [tuple(row) for row in rows]
        finally:
            database.close()

    def blob(self, sha256: str) -> Path:
        """The file that holds it, whole or what stands behind another one."""
        path = self.blobs / sha256[:2] / sha256
        return next(path.parent.glob(f"{sha256}*"), path)

    def base(self, name: str) -> Path:
        """The file that the newest revision of a document continues."""
        return self.blob(self.newest(name).read_bytes()[13:77].decode("ascii"))

    def newest(self, name: str, file: int = 0) -> Path:
        """The blob of a document's file as it is now."""
        ((sha256,),) = self.ask(
            "SELECT sha256 FROM document_files WHERE document_id = :id AND ordinal = :file",
            id=self.ids[name],
            file=file,
        )
        return self.blob(str(sha256))

    def check(self, *, quick: bool = False, deep: bool = False, repair: bool = False) -> list[Inconsistency]:
        with app.inspecting(load_settings(self.config)) as consistency:
            return list(consistency(Depth(quick=quick, deep=deep, repair=repair)))

    def codes(self, **depth: bool) -> list[str]:
        return [each.code for each in self.check(**depth)]


def _ids(ids: Mapping[str, str], statement: str) -> dict[str, str]:
    """``:issued`` in a statement is the document of that name."""
    return {name: ids[name] for name in re.findall(r":([a-z]+)", statement) if name in ids}


def settings_for(config: Path, name: str, url: str, blobs: Path) -> Path:
    """The settings at ``config`` with another store, beside them."""
    text = re.sub(r"(?m)^store = .*$", f'store = "{url}"', config.read_text("utf-8"))
    text = re.sub(r"(?m)^blobs = .*$", f'blobs = "{blobs}"', text)
    path = config.with_name(f"{name}.toml")
    path.write_text(text, "utf-8")
    return path


def copy_of(kept: Kept, folder: Path, cluster: Cluster | None) -> Kept:
    """The same store once more; whoever asked drops a database on the cluster."""
    shutil.copytree(kept.blobs, folder / "blobs")
    if cluster is None:
        # Not the file by itself: what was written last may stand in the WAL beside it.
        with closing(sqlite3.connect(kept.url.removeprefix("sqlite:///"))) as source:
            source.execute("VACUUM INTO ?", (str(folder / "store.db"),))
        url = f"sqlite:///{folder}/store.db"
    else:
        url = cluster.create(name_in(kept.url))
    return Kept(
        settings_for(kept.config, f"service-{folder.name}", url, folder / "blobs"), url, folder / "blobs", kept.ids
    )


def hold_a_number(kept: Kept) -> None:
    """As a crash between the two commits leaves it: "signed" has its number reserved, and is being issued."""
    ((highest,),) = kept.ask("SELECT max(number) FROM register WHERE notation = 'QĐ-BTC'")
    number = int(str(highest)) + 1
    kept.sql(
        "INSERT INTO register (series, period, number, document_id, agency, state, number_text, notation, symbol, year,"
        " date, reserved_at) SELECT series, period, :number, :signed, agency, 'reserved', :text, notation, :symbol,"
        " year, date, reserved_at FROM register WHERE number = :highest AND notation = 'QĐ-BTC'",
        number=number,
        highest=highest,
        text=f"{number:02}",
        symbol=f"{number:02}/QĐ-BTC",
    )
    kept.sql(
        "UPDATE documents SET state = 'issuing', command_id = 'lan.pt', command_name = 'Phạm Thị Lan'"
        " WHERE id = :signed"
    )
