"""What root makes in a store that another user serves is that user's: a command as root locks no service out."""

import os
from pathlib import Path

import pytest

from signer.model.content import SMALL
from signer.storage import migrate, open_blobs, open_database, open_presence

SERVICE = 65534 if os.geteuid() == 0 else os.geteuid()
"""Who serves: somebody else than we, if we are root."""


def owners(folder: Path, names: str) -> set[int]:
    found = {path.stat().st_uid for path in folder.glob(names)}
    assert found, names
    return found


def given_to_the_service(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, SERVICE, -1)


def test_locks_and_presence_are_of_the_databases_owner(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/antin.db")
    for path in tmp_path.iterdir():
        if path.name != "antin.db":
            path.unlink()
    given_to_the_service(tmp_path)
    database = open_database(f"sqlite:///{tmp_path}/antin.db")
    presence = open_presence(database)
    name = presence.name()
    with database.begin():
        assert owners(tmp_path, "antin.db.*") == owners(tmp_path, f"antin.db.workers/{name}") == {SERVICE}
    presence.close()
    database.close()


@pytest.mark.parametrize("size", [10, SMALL + 10])
def test_files_are_of_the_stores_owner(tmp_path: Path, size: int) -> None:
    blobs = open_blobs(tmp_path)
    given_to_the_service(tmp_path)
    incoming = blobs.receive()
    incoming.write(b"x" * size)
    sha256 = blobs.put(incoming.content())
    blobs.put(blobs.get(sha256).extended(b"and an update"))
    assert owners(tmp_path, "??/*") == {SERVICE}
    assert len(list(tmp_path.glob("??/*"))) == 2
