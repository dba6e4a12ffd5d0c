"""Bytes by digest: durable, private, and never given out when they are not what they were."""

import hashlib
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from signer.errors import Kind, SignerError
from signer.storage import FileBlobs, open_blobs

DATA = b"%PDF-1.7 " + bytes(range(256))
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    return open_blobs(tmp_path / "var" / "blobs")


def where(blobs: FileBlobs) -> Path:
    return blobs._path(SHA)


def test_what_was_put_is_got_by_its_digest(blobs: FileBlobs) -> None:
    assert blobs.put(DATA) == SHA
    assert blobs.get(SHA) == DATA
    assert where(blobs).relative_to(blobs._folder) == Path(SHA[:2], SHA[2:4], SHA)


def test_putting_again_is_harmless(blobs: FileBlobs) -> None:
    blobs.put(DATA)
    before = where(blobs).stat()
    assert blobs.put(DATA) == SHA
    assert where(blobs).stat().st_ino == before.st_ino


def test_nothing_is_a_blob_too(blobs: FileBlobs) -> None:
    assert blobs.get(blobs.put(b"")) == b""


@pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", SHA.upper(), SHA + "\n", "/etc/passwd"])
def test_what_is_not_there_is_missing(blobs: FileBlobs, digest: str) -> None:
    blobs.put(DATA)
    with pytest.raises(SignerError) as caught:
        blobs.get(digest)
    assert (caught.value.kind, caught.value.code) == (Kind.INTERNAL, "blob-missing")


def test_one_flipped_byte_is_never_given_out_and_mends_on_the_next_put(blobs: FileBlobs) -> None:
    blobs.put(DATA)
    where(blobs).chmod(0o600)
    where(blobs).write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))
    with pytest.raises(SignerError) as caught:
        blobs.get(SHA)
    assert (caught.value.kind, caught.value.code) == (Kind.INTERNAL, "blob-missing")
    assert "digest" in caught.value.text.en
    blobs.put(DATA)
    assert blobs.get(SHA) == DATA


def test_files_and_folders_are_their_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        blobs = open_blobs(tmp_path / "blobs")
        blobs.put(DATA)
    finally:
        os.umask(before)
    for path in [tmp_path / "blobs", *(tmp_path / "blobs").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(where(blobs).stat().st_mode) == 0o400


def test_a_link_in_the_way_is_not_followed(blobs: FileBlobs, tmp_path: Path) -> None:
    blobs.put(DATA)
    (tmp_path / "elsewhere").write_bytes(DATA)
    where(blobs).unlink()
    where(blobs).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SignerError) as caught:
        blobs.get(SHA)
    assert caught.value.code == "store-unavailable"


def test_leavings_of_a_crash_are_swept_and_work_in_progress_is_not(blobs: FileBlobs) -> None:
    incoming = blobs._folder / "incoming"
    (incoming / "old").write_bytes(b"half")
    (incoming / "new").write_bytes(b"half")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(incoming / "old", (long_ago, long_ago))
    open_blobs(blobs._folder)
    assert [path.name for path in incoming.iterdir()] == ["new"]


def test_a_disk_that_refuses_is_unavailable_and_leaves_nothing(blobs: FileBlobs) -> None:
    where(blobs).parent.write_bytes(b"a file where a folder must be")
    with pytest.raises(SignerError) as caught:
        blobs.put(DATA)
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "store-unavailable")
    assert list((blobs._folder / "incoming").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SignerError) as caught:
        open_blobs(tmp_path / "file" / "blobs")
    assert caught.value.code == "store-unavailable"


def test_many_threads_may_put_the_same_bytes(blobs: FileBlobs) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: blobs.put(DATA), range(32))) == {SHA}
    assert blobs.get(SHA) == DATA
