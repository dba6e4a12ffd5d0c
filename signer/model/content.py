"""Content: the bytes of a file that may be large, as a base that does not change and what was appended to it.

A scan of 300 MB is never in memory as a whole: the base stays on the disk and is read piece by piece, only the updates
behind it, a few kilobytes each, are in memory. Small files are in memory altogether, as bytes: that is quicker.

Reading goes through ``pread``, not through a mapping: a bad sector under a mapping kills the process (SIGBUS), under a
read it is an OSError that concerns one document. Only what wants the whole file at one address (PDFium, a search with
regular expressions) gets a mapping, of a file that was read to its end just before.
"""

from __future__ import annotations

import errno
import hashlib
import io
import mmap
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SMALL = 1024 * 1024
"""Bytes up to which a file is read into memory."""

PIECE = 256 * 1024
"""Bytes that are read at once; they stay in the processor's cache while they are hashed."""

Buffer = bytes | mmap.mmap
"""A whole file at one address. A mapping is private: writing to it changes no file."""


class OpenFile:
    """A file open for reading, by position; closed when nobody holds it any more. It must not change meanwhile."""

    __slots__ = ("_descriptor", "size")

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def __del__(self) -> None:
        os.close(self._descriptor)

    def fileno(self) -> int:
        """The descriptor, for who sends the file; it stays this object's."""
        return self._descriptor

    def read_into(self, buffer: WriteableBuffer, offset: int) -> int:
        """Fill the buffer from ``offset`` on, as far as the file goes; how many bytes that were."""
        return os.preadv(self._descriptor, [buffer], offset)

    def mapped(self, size: int) -> mmap.mmap:
        """The first ``size`` bytes, more than none, as a private mapping."""
        return mmap.mmap(self._descriptor, size, access=mmap.ACCESS_COPY)


class Content:
    """Bytes of a file, never changed. ``origin`` is a note of whoever keeps the base, for himself alone.

    Reading what lies on a disk raises OSError.
    """

    __slots__ = ("_base", "_base_size", "_states", "_tail", "origin", "size")

    def __init__(self, base: bytes | OpenFile, origin: object = None) -> None:
        self._base = base
        self._base_size = base.size if isinstance(base, OpenFile) else len(base)
        self._tail = b""
        self._states: dict[str, hashlib._Hash] = {}
        self.origin = origin
        self.size = self._base_size

    @classmethod
    def of_file(cls, source: Path | int, origin: object = None) -> Content:
        """A file by its path or descriptor, which is closed in the end; small ones are read now."""
        descriptor = source if isinstance(source, int) else os.open(source, os.O_RDONLY | os.O_CLOEXEC)
        file = OpenFile(descriptor)
        if file.size > SMALL:
            return cls(file, origin)
        data = bytearray(file.size)
        return cls(bytes(data[: file.read_into(data, 0)]), origin)

    def __repr__(self) -> str:
        return f"<Content of {self.size} bytes>"

    @property
    def tail(self) -> bytes:
        """What was appended to the base."""
        return self._tail

    @property
    def base_size(self) -> int:
        """Bytes of the base."""
        return self._base_size

    @property
    def file(self) -> OpenFile | None:
        """The file whose first ``base_size`` bytes are the base; None where it is in memory."""
        return self._base if isinstance(self._base, OpenFile) else None

    @property
    def sha256(self) -> str:
        """The digest in hex; a pass over all bytes the first time."""
        return self.hasher().hexdigest()

    def hasher(self, name: str = "sha256") -> hashlib._Hash:
        """A hash over all bytes, to go on with; the bytes are read once for each algorithm."""
        known = self._states.get(name)
        if known is None:
            known = hashlib.new(name)
            for piece in self._pieces():
                known.update(piece)
            self._states[name] = known
        return known.copy()

    def hashed_as(self, state: hashlib._Hash) -> Content:
        """The same, with a SHA-256 over all bytes that somebody made while he had them in hand; returns itself."""
        self._states["sha256"] = state
        return self

    def extended(self, more: bytes) -> Content:
        """The same with more bytes behind it; the base is shared, not copied."""
        longer = Content(self._base, self.origin)
        longer._base_size = self._base_size
        longer._tail = self._tail + more
        longer.size = self.size + len(more)
        return longer

    def prefix(self, size: int) -> Content:
        """The first ``size`` bytes; nothing is copied but the tail."""
        shorter = Content(self._base)
        shorter._base_size = min(size, self._base_size)
        shorter._tail = self._tail[: max(0, size - self._base_size)]
        shorter.size = shorter._base_size + len(shorter._tail)
        return shorter

    def chunks(self) -> Iterator[bytes]:
        """All bytes in order, in pieces to be sent or written."""
        return map(bytes, self._pieces())

    def slice(self, start: int, stop: int) -> bytes:
        """A few bytes."""
        head = b""
        if start < self._base_size:
            end = min(stop, self._base_size)
            head = self._base[start:end] if isinstance(self._base, bytes) else self._read(start, end)
        return head + self._tail[max(0, start - self._base_size) : max(0, stop - self._base_size)]

    def read(self) -> bytes:
        """All bytes in memory: for small files, and for whoever takes nothing else."""
        if isinstance(self._base, bytes) and self._base_size == len(self._base):
            return self._base + self._tail if self._tail else self._base
        return b"".join(self.chunks())

    def buffer(self) -> Buffer:
        """All bytes at one address: mapped where they are a large file, else in memory.

        A large file with a tail is copied to a nameless temporary file first.
        """
        if isinstance(self._base, bytes) or self.size <= SMALL:
            return self.read()
        if not self._tail:
            return self._base.mapped(self._base_size)
        with tempfile.TemporaryFile() as joined:
            joined.writelines(self._pieces())
            joined.flush()
            return mmap.mmap(joined.fileno(), self.size, access=mmap.ACCESS_COPY)

    def stream(self) -> io.BufferedReader | io.BytesIO:
        """A file to read and to seek in, each time a new one."""
        if isinstance(self._base, bytes):
            return io.BytesIO(self.read())
        return io.BufferedReader(_Stream(self), PIECE)

    def _pieces(self) -> Iterator[bytes | memoryview]:
        """All bytes in order; a piece holds until the next one is asked for."""
        if isinstance(self._base, bytes):
            yield self._base if self._base_size == len(self._base) else self._base[: self._base_size]
        else:
            room = memoryview(bytearray(min(PIECE, self._base_size)))
            at = 0
            while at < self._base_size:
                filled = self._fill(room[: min(PIECE, self._base_size - at)], at)
                yield room[:filled]
                at += filled
        if self._tail:
            yield self._tail

    def _read(self, start: int, stop: int) -> bytes:
        room, at = memoryview(bytearray(max(0, stop - start))), 0
        while at < len(room):
            at += self._fill(room[at:], start + at)
        return bytes(room)

    def _fill(self, room: memoryview, at: int) -> int:
        if isinstance(self._base, bytes):
            raise TypeError("bytes need no reading")
        if filled := self._base.read_into(room, at):
            return filled
        raise OSError(errno.EIO, "the file is shorter than it was when it was opened")


class _Stream(io.RawIOBase):
    """A content as a raw stream, with a position of its own."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._content.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer).cast("B")
        found = self._content.slice(self._at, min(self._at + len(room), self._content.size))
        room[: len(found)] = found
        self._at += len(found)
        return len(found)
