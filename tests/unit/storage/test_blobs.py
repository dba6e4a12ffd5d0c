"""Files by digest: durable, private, and never given out when they are not what they were."""

import hashlib
import os
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from signer.errors import Kind, SignerError
from signer.model import Content
from signer.model.content import SMALL
from signer.storage import FileBlobs, open_blobs

DATA = b"%PDF-1.7 " + bytes(range(256))
LARGE = DATA + bytes(range(251)) * (SMALL // 200)
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    return open_blobs(tmp_path / "var" / "blobs")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def where(blobs: FileBlobs, sha256: str = SHA) -> Path:
    """The one file that bears the name, with or without ending."""
    (found,) = Path(blobs._path(sha256)).parent.glob(f"{sha256}*")
    return found


def files(blobs: FileBlobs) -> list[Path]:
    return [path for path in blobs._folder.rglob("*") if path.is_file()]


def received(blobs: FileBlobs, data: bytes) -> Content:
    coming = blobs.receive()
    for start in range(0, len(data), 70_000):
        assert coming.write(data[start : start + 70_000]) == len(data[start : start + 70_000])
    return coming.content()


def flip(path: Path, at: int) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def refusal(act: Callable[[], object]) -> SignerError:
    with pytest.raises(SignerError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("data", [DATA, LARGE], ids=["small", "large"])
def test_what_was_put_is_got_by_its_digest(blobs: FileBlobs, data: bytes) -> None:
    assert blobs.put(Content(data)) == digest(data)
    assert blobs.get(digest(data)).read() == data
    path = where(blobs, digest(data)).relative_to(blobs._folder)
    assert path == Path(digest(data)[:2], digest(data))


def test_putting_again_is_harmless(blobs: FileBlobs) -> None:
    blobs.put(Content(DATA))
    before = where(blobs).stat()
    assert blobs.put(Content(DATA)) == SHA
    assert where(blobs).stat().st_ino == before.st_ino


def test_nothing_is_a_blob_too(blobs: FileBlobs) -> None:
    assert blobs.get(blobs.put(Content(b""))).read() == b""


@pytest.mark.parametrize(
    "name", ["0" * 64, "", "../../etc/passwd", SHA.upper(), SHA + "\n", "/etc/passwd", f"{SHA}.tail"]
)
def test_what_is_not_there_is_missing(blobs: FileBlobs, name: str) -> None:
    blobs.put(Content(DATA))
    error = refusal(lambda: blobs.get(name))
    assert (error.kind, error.code) == (Kind.INTERNAL, "blob-missing")


@pytest.mark.parametrize("data", [DATA, LARGE], ids=["small", "large"])
def test_one_flipped_byte_is_never_given_out_and_mends_on_the_next_put(blobs: FileBlobs, data: bytes) -> None:
    sha256 = blobs.put(Content(data))
    flip(where(blobs, sha256), -1)
    error = refusal(lambda: blobs.get(sha256))
    assert (error.kind, error.code) == (Kind.INTERNAL, "blob-missing")
    assert "digest" in error.text.en
    blobs.put(Content(data))
    assert blobs.get(sha256).read() == data


# --- revisions of a file ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [DATA, LARGE], ids=["small", "large"])
def test_of_a_revision_only_what_is_new_is_written(blobs: FileBlobs, data: bytes) -> None:
    blobs.put(Content(data))
    signed = blobs.put(blobs.get(digest(data)).extended(b" leader"))
    issued = blobs.put(blobs.get(signed).extended(b" agency"))
    assert [signed, issued] == [digest(data + b" leader"), digest(data + b" leader agency")]
    assert where(blobs, signed).stat().st_size < 100
    assert where(blobs, issued).stat().st_size < 110
    for sha256, whole in ((digest(data), data), (signed, data + b" leader"), (issued, data + b" leader agency")):
        content = blobs.get(sha256)
        assert (content.size, content.sha256, content.read()) == (len(whole), sha256, whole)


def test_two_updates_at_once_are_one_tail(blobs: FileBlobs) -> None:
    blobs.put(Content(DATA))
    issued = blobs.put(blobs.get(SHA).extended(b" clerk").extended(b" agency"))
    assert blobs.get(issued).read() == DATA + b" clerk agency"
    assert len(files(blobs)) == 2


def test_each_revision_hangs_on_the_first_file_alone(blobs: FileBlobs) -> None:
    blobs.put(Content(DATA))
    signed = blobs.put(blobs.get(SHA).extended(b" leader"))
    issued = blobs.put(blobs.get(signed).extended(b" agency"))
    where(blobs, signed).unlink()
    assert blobs.get(issued).read() == DATA + b" leader agency"


def test_a_revision_of_a_store_from_before_goes_on(blobs: FileBlobs) -> None:
    """Earlier versions wrote every revision whole."""
    signed = blobs.put(Content(DATA + b" leader"))
    issued = blobs.put(blobs.get(signed).extended(b" agency"))
    assert blobs.get(issued).read() == DATA + b" leader agency"
    assert where(blobs, issued).name.endswith(".tail")


def test_a_missing_base_is_named(blobs: FileBlobs) -> None:
    blobs.put(Content(DATA))
    signed = blobs.put(blobs.get(SHA).extended(b" leader"))
    where(blobs).unlink()
    error = refusal(lambda: blobs.get(signed))
    assert (error.kind, error.code, error.where) == (Kind.INTERNAL, "blob-missing", SHA)
    assert signed[:12] in error.text.en


@pytest.mark.parametrize("data", [DATA, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_flipped_byte_in_the_base_is_told_of_the_base(blobs: FileBlobs, data: bytes, at: int) -> None:
    base = blobs.put(Content(data))
    signed = blobs.put(blobs.get(base).extended(b" leader"))
    flip(where(blobs, base), at)
    error = refusal(lambda: blobs.get(signed))
    assert (error.code, error.where) == ("blob-missing", base)
    blobs.put(Content(data))
    assert blobs.get(signed).read() == data + b" leader"


def test_a_flipped_byte_anywhere_in_a_tail_is_told_of_the_revision(blobs: FileBlobs) -> None:
    blobs.put(Content(DATA))
    signed = blobs.put(blobs.get(SHA).extended(b" leader"))
    path = where(blobs, signed)
    for at in range(path.stat().st_size):
        flip(path, at)
        error = refusal(lambda: blobs.get(signed))
        assert error.code == "blob-missing"
        if not 13 <= at < 77:  # where another base is named, that one is missing
            assert error.where == signed
        flip(path, at)
    assert blobs.get(signed).read() == DATA + b" leader"


def test_a_tail_that_has_rotted_mends_on_the_next_put(blobs: FileBlobs) -> None:
    blobs.put(Content(DATA))
    made = blobs.get(SHA).extended(b" leader")
    signed = blobs.put(made)
    flip(where(blobs, signed), -1)
    blobs.put(made)
    assert blobs.get(signed).read() == DATA + b" leader"


def test_a_tail_of_a_tail_is_not_followed(blobs: FileBlobs) -> None:
    """A chain would have no end that anybody can see; we write none."""
    blobs.put(Content(DATA))
    signed = blobs.put(blobs.get(SHA).extended(b" leader"))
    chained = digest(DATA + b" leader agency")
    path = Path(blobs._tail_path(chained))
    path.write_bytes(b"antin-tail 1 %b\n agency" % signed.encode())
    assert refusal(lambda: blobs.get(chained)).where == signed


def test_a_revision_of_another_store_comes_with_what_it_continues(blobs: FileBlobs, tmp_path: Path) -> None:
    other = open_blobs(tmp_path / "other")
    other.put(Content(DATA))
    signed = other.put(other.get(SHA).extended(b" leader"))
    issued = other.put(other.get(signed).extended(b" agency"))
    for sha256 in (issued, signed, SHA):
        assert blobs.put(other.get(sha256)) == sha256
    assert sorted(path.name for path in files(blobs)) == sorted(path.name for path in files(other))
    assert blobs.get(issued).read() == DATA + b" leader agency"


# --- files while they come in -------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", DATA, LARGE], ids=["empty", "small", "large"])
def test_what_comes_in_piece_by_piece_is_hashed_and_read(blobs: FileBlobs, data: bytes) -> None:
    content = received(blobs, data)
    assert (content.size, content.sha256, content.read()) == (len(data), digest(data), data)


def test_a_large_file_that_came_in_becomes_the_file_with_its_update(blobs: FileBlobs) -> None:
    coming = blobs.receive()
    coming.write(LARGE)
    (path,) = files(blobs)
    inode = path.stat().st_ino
    content = coming.content().extended(b" fields")
    prepared = blobs.put(content)
    assert [(each.stat().st_ino, each.name) for each in files(blobs)] == [(inode, prepared)]
    assert stat.S_IMODE(where(blobs, prepared).stat().st_mode) == 0o400
    coming.close()
    assert blobs.get(prepared).read() == LARGE + b" fields" == content.read()
    # Once more, when it has its name already, and when that is gone.
    assert blobs.put(content) == prepared
    where(blobs, prepared).unlink()
    assert blobs.get(blobs.put(content)).read() == LARGE + b" fields"


def test_what_came_in_and_was_not_put_is_gone_when_closed_or_let_go(blobs: FileBlobs) -> None:
    coming = blobs.receive()
    coming.write(LARGE)
    assert len(files(blobs)) == 1
    coming.close()
    coming.close()
    assert files(blobs) == []
    content = received(blobs, LARGE)
    assert len(files(blobs)) == 1
    del content
    assert files(blobs) == []


def test_nothing_comes_behind_what_was_given_out(blobs: FileBlobs) -> None:
    coming = blobs.receive()
    coming.write(LARGE)
    coming.content()
    with pytest.raises(ValueError, match="behind"):
        coming.write(b"more")
    coming.close()
    with pytest.raises(ValueError, match="closed"):
        coming.content()


# --- the folder ---------------------------------------------------------------------------------------------------


def test_files_and_folders_are_their_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        blobs = open_blobs(tmp_path / "blobs")
        blobs.put(Content(DATA))
        blobs.put(blobs.get(SHA).extended(b" leader"))
        content = received(blobs, LARGE)
        blobs.put(received(blobs, LARGE).extended(b" fields"))
    finally:
        os.umask(before)
    for path in [tmp_path / "blobs", *(tmp_path / "blobs").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(where(blobs).stat().st_mode) == 0o400
    assert content.size == len(LARGE)


def test_a_link_in_the_way_is_not_followed(blobs: FileBlobs, tmp_path: Path) -> None:
    blobs.put(Content(DATA))
    (tmp_path / "elsewhere").write_bytes(DATA)
    where(blobs).unlink()
    Path(blobs._path(SHA)).symlink_to(tmp_path / "elsewhere")
    assert refusal(lambda: blobs.get(SHA)).code == "store-unavailable"


def test_leavings_of_a_crash_are_swept_and_work_in_progress_is_not(blobs: FileBlobs) -> None:
    incoming = blobs._folder / "incoming"
    (incoming / "old").write_bytes(b"half")
    (incoming / "new").write_bytes(b"half")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(incoming / "old", (long_ago, long_ago))
    open_blobs(blobs._folder)
    assert [path.name for path in incoming.iterdir()] == ["new"]


@pytest.mark.parametrize("data", [DATA, LARGE], ids=["small", "large"])
def test_a_disk_that_refuses_is_unavailable_and_leaves_nothing(blobs: FileBlobs, data: bytes) -> None:
    first = blobs._folder / digest(data)[:2]
    first.rmdir()
    first.write_bytes(b"a file where a folder must be")
    coming = blobs.receive()
    coming.write(data)
    content = coming.content()
    error = refusal(lambda: blobs.put(content))
    assert (error.kind, error.code) == (Kind.UNAVAILABLE, "store-unavailable")
    coming.close()
    assert list((blobs._folder / "incoming").iterdir()) == []
    # The disk is well again: the content is still open, and is put.
    first.unlink()
    first.mkdir()
    assert blobs.get(blobs.put(content)).read() == data


def test_a_folder_that_cannot_be_written_to_refuses_what_comes_in(blobs: FileBlobs) -> None:
    incoming = blobs._folder / "incoming"
    incoming.rmdir()
    coming = blobs.receive()
    error = refusal(lambda: coming.write(LARGE))
    assert (error.kind, error.code) == (Kind.UNAVAILABLE, "store-unavailable")


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refusal(lambda: open_blobs(tmp_path / "file" / "blobs")).code == "store-unavailable"


def test_many_threads_may_put_the_same_bytes(blobs: FileBlobs) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: blobs.put(Content(DATA)), range(32))) == {SHA}
        made = [blobs.get(SHA).extended(b" leader") for _ in range(32)]
        assert set(threads.map(blobs.put, made)) == {digest(DATA + b" leader")}
    assert blobs.get(digest(DATA + b" leader")).read() == DATA + b" leader"


# --- the layout of before -----------------------------------------------------------------------------------------


def deepened(blobs: FileBlobs, *names: str) -> None:
    """Lay these files as earlier versions did, in folders of two levels."""
    for name in names:
        path = where(blobs, name)
        second = path.parent / name[2:4]
        second.mkdir(exist_ok=True)
        path.rename(second / path.name)


def test_a_folder_of_two_levels_is_made_flat_when_it_is_opened(blobs: FileBlobs) -> None:
    base = blobs.put(Content(DATA))
    signed = blobs.put(blobs.get(base).extended(b" leader"))
    left = blobs.put(Content(b"moved already, when the power failed"))
    deepened(blobs, base, signed)
    assert refusal(lambda: blobs.get(base)).code == "blob-missing"
    opened = open_blobs(blobs._folder)
    assert [opened.get(each).sha256 for each in (base, signed, left)] == [base, signed, left]
    assert not [path for path in blobs._folder.glob("*/*") if path.is_dir()]


def test_what_is_not_the_stores_is_left_where_it_lies(blobs: FileBlobs) -> None:
    sha256 = blobs.put(Content(DATA))
    deepened(blobs, sha256)
    strange = blobs._folder / sha256[:2] / sha256[2:4] / "strange"
    strange.mkdir()
    assert open_blobs(blobs._folder).get(sha256).read() == DATA
    assert [path.name for path in blobs._folder.rglob("strange")] == ["strange"]


def test_two_who_open_it_at_once_share_the_work(blobs: FileBlobs) -> None:
    names = [blobs.put(Content(number.to_bytes(2))) for number in range(300)]
    deepened(blobs, *names)
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_blobs(blobs._folder), range(4)))
    assert [opened[0].get(each).sha256 for each in names] == names
