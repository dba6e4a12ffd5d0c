"""A content reads the same whether it lies in memory or on a disk, whole or in part, with and without a tail."""

import hashlib
import mmap
import os
from pathlib import Path

import pytest

from signer.model import Content
from signer.model.content import PIECE, SMALL

LARGE = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(SMALL // 16))
KINDS = ["memory", "memory with tail", "disk", "disk with tail", "prefix of disk", "prefix in the tail"]


def make(kind: str, folder: Path) -> tuple[Content, bytes]:
    path = folder / "file"
    path.write_bytes(LARGE)
    disk = Content.of_file(path)
    return {
        "memory": (Content(LARGE[:1000]), LARGE[:1000]),
        "memory with tail": (Content(LARGE[:1000]).extended(b"ab").extended(b"c"), LARGE[:1000] + b"abc"),
        "disk": (disk, LARGE),
        "disk with tail": (disk.extended(b"ab").extended(b"c"), LARGE + b"abc"),
        "prefix of disk": (disk.extended(b"abc").prefix(SMALL + 7), LARGE[: SMALL + 7]),
        "prefix in the tail": (disk.extended(b"abc").prefix(len(LARGE) + 1), LARGE + b"a"),
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_of_reading_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    content, data = make(kind, tmp_path)
    assert content.size == len(data)
    assert content.read() == data
    assert b"".join(content.chunks()) == data
    assert content.buffer()[:] == data
    assert content.sha256 == hashlib.sha256(data).hexdigest()
    assert content.hasher("sha512").hexdigest() == hashlib.sha512(data).hexdigest()
    assert content.extended(b"more").sha256 == hashlib.sha256(data + b"more").hexdigest()
    middle = len(data) // 2
    for start, stop in ((0, 5), (middle, middle + 3 * PIECE), (len(data) - 4, len(data)), (len(data), len(data) + 9)):
        assert content.slice(start, stop) == data[start:stop]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_is_a_file(kind: str, tmp_path: Path) -> None:
    content, data = make(kind, tmp_path)
    with content.stream() as stream, content.stream() as other:
        assert stream.seekable()
        assert stream.readable()
        assert stream.read(10) == data[:10]
        assert other.tell() == 0
        assert stream.seek(-6, os.SEEK_END) == len(data) - 6
        assert stream.read() == data[-6:]
        assert stream.read(1) == b""
        stream.seek(100)
        assert stream.seek(5, os.SEEK_CUR) == 105
        assert stream.read(300) == data[105:405]
        stream.seek(0)
        assert stream.read() == data


def test_a_large_file_is_mapped_and_its_pieces_are_small(tmp_path: Path) -> None:
    content, _ = make("disk", tmp_path)
    assert isinstance(content.buffer(), mmap.mmap)
    assert isinstance(content.prefix(SMALL + 7).buffer(), mmap.mmap)
    assert max(map(len, content.chunks())) == PIECE


def test_writing_to_a_mapping_changes_no_file(tmp_path: Path) -> None:
    content, data = make("disk", tmp_path)
    mapping = content.buffer()
    assert isinstance(mapping, mmap.mmap)
    mapping[0] ^= 1
    assert (tmp_path / "file").read_bytes() == data == content.read()


def test_bytes_are_read_once_for_a_hash(tmp_path: Path) -> None:
    content, data = make("disk", tmp_path)
    first = content.hasher()
    os.truncate(tmp_path / "file", 0)
    again = content.hasher()
    again.update(b"tail")
    assert first.hexdigest() == content.sha256 == hashlib.sha256(data).hexdigest()
    assert again.hexdigest() == hashlib.sha256(data + b"tail").hexdigest()


def test_a_file_that_has_become_shorter_is_an_error_and_not_a_shorter_content(tmp_path: Path) -> None:
    content, _ = make("disk", tmp_path)
    os.truncate(tmp_path / "file", 1000)
    for act in (content.read, content.hasher, lambda: content.slice(2000, 3000), lambda: content.stream().read()):
        with pytest.raises(OSError, match="shorter"):
            act()


def test_a_file_stays_readable_when_its_name_is_gone_and_is_closed_in_the_end(tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- numbers, not paths
    content, data = make("disk", tmp_path)
    (tmp_path / "file").unlink()
    longer = content.extended(b"x")
    del content
    assert longer.read() == data + b"x"
    del longer
    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 -- as above
