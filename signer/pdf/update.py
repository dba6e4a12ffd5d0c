"""Composing an incremental update (ISO 32000-2, 7.5.6): objects in, bytes and offsets out; no parser."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from signer.pdf.syntax import reference


@dataclass(frozen=True, slots=True)
class IndirectObject:
    """An object to write: number, generation (0 but for rewritten objects of old files), and its source."""

    number: int
    generation: int
    source: bytes


@dataclass(frozen=True, slots=True)
class Base:
    """The file that is updated, as far as an update must know it."""

    length: int
    ends_with_newline: bool
    startxref: int
    xref_stream: bool
    size: int
    root: tuple[int, int]
    info: tuple[int, int] | None
    id0: str


@dataclass(frozen=True, slots=True)
class Update:
    """The bytes to append, where each object starts in them, and the new end of the file."""

    data: bytes
    offsets: dict[int, int]
    startxref: int
    size: int


def compose(base: Base, objects: Sequence[IndirectObject]) -> Update:
    """Write the objects, a cross-reference section of the file's own kind, the trailer, one %%EOF.

    Files with cross-reference streams get a stream (7.5.8), others a table; hybrid files count as tables,
    since the table is what every reader reads first (7.5.8.4).
    """
    parts = [] if base.ends_with_newline else [b"\n"]
    position = base.length + sum(map(len, parts))
    offsets: dict[int, int] = {}
    entries: list[tuple[int, int, int]] = []
    for item in objects:
        text = b"%d %d obj\n%b\nendobj\n" % (item.number, item.generation, item.source)
        offsets[item.number] = position - base.length
        entries.append((item.number, item.generation, position))
        parts.append(text)
        position += len(text)
    if len(offsets) != len(objects):
        raise ValueError("an object is written twice in one update")
    size = max(base.size, *(item.number + 1 for item in objects))
    id1 = secrets.token_hex(16)
    entries.sort()
    if base.xref_stream:
        entries.append((size, 0, position))
        size += 1
        section = _xref_stream(entries, _trailer(base, size, id1))
    else:
        section = _xref_table(entries) + b"trailer\n<<%b>>\n" % _trailer(base, size, id1)
    parts += [section, b"startxref\n%d\n%%%%EOF\n" % position]
    return Update(b"".join(parts), offsets, position, size)


def _trailer(base: Base, size: int, id1: str) -> bytes:
    """The trailer's entries (7.5.5); the second half of /ID changes with every update (14.4)."""
    info = b"/Info " + reference(*base.info) if base.info else b""
    return b"/Size %d/Root %b%b/ID[<%b><%b>]/Prev %d" % (
        size,
        reference(*base.root),
        info,
        base.id0.encode("ascii"),
        id1.encode("ascii"),
        base.startxref,
    )


def _runs(entries: Sequence[tuple[int, int, int]]) -> list[list[tuple[int, int, int]]]:
    """Entries (number, generation, offset) in runs of consecutive numbers."""
    runs: list[list[tuple[int, int, int]]] = []
    for entry in entries:
        if runs and entry[0] == runs[-1][-1][0] + 1:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _xref_table(entries: Sequence[tuple[int, int, int]]) -> bytes:
    parts = [b"xref\n"]
    for run in _runs(entries):
        parts.append(b"%d %d\n" % (run[0][0], len(run)))
        parts += [b"%010d %05d n \n" % (offset, generation) for _, generation, offset in run]
    return b"".join(parts)


def _xref_stream(entries: Sequence[tuple[int, int, int]], trailer: bytes) -> bytes:
    """The section as a stream, uncompressed: a hundred bytes that anyone can read are worth more."""
    index = b" ".join(b"%d %d" % (run[0][0], len(run)) for run in _runs(entries))
    rows = b"".join(
        b"\x01" + offset.to_bytes(8, "big") + generation.to_bytes(2, "big") for _, generation, offset in entries
    )
    return b"%d 0 obj\n<</Type/XRef/W[1 8 2]/Index[%b]%b/Length %d>>stream\n%b\nendstream\nendobj\n" % (
        entries[-1][0],
        index,
        trailer,
        len(rows),
        rows,
    )
