"""A form of files that is sent from the disk (RFC 7578), as often as it takes, in bounded memory.

``requests`` builds a form in memory. Here each part is read in blocks while it is sent, from where it began: a
repetition says what the first attempt said.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeAlias

from urllib3.fields import RequestField

BLOCK = 256 * 1024
PDF = "application/pdf"

Source: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO"
"""Where a file comes from: a path, its bytes, or an open binary file that can be sought in, from where it stands."""

Named: TypeAlias = "Source | tuple[str, Source]"
"""A file, perhaps with the name that it is to have."""


class Form:
    """The body of one request: iterate over it to send it, again to send it again. Closes what it opened."""

    def __init__(self) -> None:
        self._boundary = secrets.token_hex(16)
        self._parts: list[tuple[bytes, BinaryIO | bytes, int, int]] = []
        self._opened = ExitStack()
        self.fault: OSError | None = None

    @property
    def content_type(self) -> str:
        """The header that goes with it."""
        return f"multipart/form-data; boundary={self._boundary}"

    def add_text(self, name: str, value: str) -> None:
        """Add a part that is no file."""
        data = value.encode()
        self._parts.append((self._head(name, None, None), data, 0, len(data)))

    def add_file(self, name: str, file: Named) -> None:
        """Add a PDF file. OSError where it cannot be read; ValueError for a stream that cannot be sent twice."""
        given, source = file if isinstance(file, tuple) else ("", file)
        head = self._head(name, given or _name_of(source), PDF)
        if isinstance(source, bytes):
            self._parts.append((head, source, 0, len(source)))
            return
        if isinstance(source, str | os.PathLike):
            stream: BinaryIO = self._opened.enter_context(Path(source).open("rb"))  # noqa: SIM115 - it is one
        else:
            stream = source
            if not stream.seekable():
                raise ValueError(f"{name}: a stream that cannot be sought in cannot be sent a second time")
        begin = stream.tell()
        self._parts.append((head, stream, begin, stream.seek(0, os.SEEK_END) - begin))

    def __len__(self) -> int:
        """Bytes of the whole body, for Content-Length."""
        return sum(len(head) + size + 2 for head, _, _, size in self._parts) + len(self._end())

    def __iter__(self) -> Iterator[bytes]:
        """The body in blocks, from the beginning. What fails here is kept in ``fault``: HTTP would call it its own."""
        self.fault = None
        for head, content, begin, size in self._parts:
            yield head
            if isinstance(content, bytes):
                yield from (content[at : at + BLOCK] for at in range(0, size, BLOCK))
            else:
                yield from self._read(content, begin, size)
            yield b"\r\n"
        yield self._end()

    def _read(self, stream: BinaryIO, begin: int, size: int) -> Iterator[bytes]:
        try:
            yield from _exactly(stream, begin, size)
        except OSError as fault:
            self.fault = fault
            raise

    def _head(self, name: str, filename: str | None, content_type: str | None) -> bytes:
        field = RequestField(name, b"", filename)
        field.make_multipart(content_type=content_type)
        return f"--{self._boundary}\r\n{field.render_headers()}".encode()

    def _end(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.close()


def form(file: Named, attachments: Sequence[Named] = (), metadata: str | None = None) -> Form:
    """The form of a draft, a scan or a package to verify: ``file``, ``metadata`` as JSON, each ``attachment``."""
    made = Form()
    try:
        if metadata is not None:
            made.add_text("metadata", metadata)
        made.add_file("file", file)
        for each in attachments:
            made.add_file("attachment", each)
    except BaseException:
        made.__exit__(None, None, None)
        raise
    return made


def _exactly(stream: BinaryIO, begin: int, size: int) -> Iterator[bytes]:
    stream.seek(begin)
    while size:
        block = stream.read(min(BLOCK, size))
        if not block:
            raise OSError("a file became shorter while it was being sent")
        size -= len(block)
        yield block


def _name_of(source: Source) -> str:
    """What a file is called where nobody says: the last part of its path."""
    told = source if isinstance(source, str | os.PathLike) else getattr(source, "name", "")
    return Path(told).name if isinstance(told, str | os.PathLike) and str(told) else "file.pdf"
