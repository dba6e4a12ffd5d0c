"""Bytes: what each signature covers, and whether anything behind the first one is left unexplained.

Readers differ: one follows the cross-reference section, another rebuilds the file from every ``obj`` that it can
find. An attacker appends what only the second kind sees. So from the end of the first signed revision to the end
of the file every byte must belong to an object that the revision's own cross-reference section lists, to that
section, or to white space.
"""

# mypy: allow-untyped-calls
# (pyHanko's low-level readers carry no annotations)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType, read_object_header

from policies.model import Text
from signer.model import Buffer

BYTE_RANGE = re.compile(
    rb"/(?:B|#42)(?:y|#79)(?:t|#74)(?:e|#65)(?:R|#52)(?:a|#61)(?:n|#6[eE])(?:g|#67)(?:e|#65)"
    rb"(?=[\s\[\]()<>/%]|$)"
)
"""The name in every spelling that ISO 32000-2, 7.3.5 allows."""
MAX_DICTIONARY = 65_536
"""Bytes of a signature dictionary without its /Contents."""
_END = re.compile(rb"startxref[\s]+\d{1,12}[\s]+%%EOF")
_TABLE = re.compile(rb"xref\s+(?:\d+\s+\d+\s+(?:\d{10} \d{5} [nf]\s*)*)*trailer\s*")
_COMMENT = re.compile(rb"%[^\r\n]*")
_TELLTALE = re.compile(rb"obj|xref|trailer|stream|<<|>>")


class BytesUnexplained(Exception):
    """There are bytes that a signature does not speak for; ``code`` is the finding."""

    def __init__(self, code: str, offset: int, detail: Text) -> None:
        super().__init__(detail.en)
        self.code = code
        self.offset = offset
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Span:
    """A signature's /ByteRange, checked: from 0, one gap that is exactly its /Contents, up to ``end``."""

    gap_start: int
    gap_end: int
    end: int


def span(data: Buffer, byte_range: Sequence[Any], contents: bytes) -> Span:
    """Check a /ByteRange. BytesUnexplained for anything but [0 a b c] round its own /Contents.

    Signature wrapping moves the second part; universal forgery leaves the entry out or fills it with what
    a lenient reader skips. A gap that holds more than the hex string would hide bytes from the digest.
    """
    values = [int(value) for value in byte_range if isinstance(value, int) and not isinstance(value, bool)]
    if len(values) != 4 or len(byte_range) != 4 or values[0] != 0 or min(values) < 0:
        raise BytesUnexplained(
            "byte-range-malformed", 0, Text(f"/ByteRange {list(byte_range)!r}", f"/ByteRange {list(byte_range)!r}")
        )
    _, first, second, rest = values
    if not first < second <= second + rest <= len(data):
        raise BytesUnexplained(
            "byte-range-malformed",
            first,
            Text(f"/ByteRange {values} trong tệp {len(data)} byte", f"/ByteRange {values} in {len(data)} bytes"),
        )
    gap = data[first:second]
    if gap[:1] != b"<" or gap[-1:] != b">" or gap[1:-1].lower() != contents.hex().encode("ascii"):
        raise BytesUnexplained(
            "byte-range-gap",
            first,
            Text(
                "khoảng trống của /ByteRange không phải là /Contents của chữ ký",
                "the gap in /ByteRange is not the signature's /Contents",
            ),
        )
    return Span(first, second, second + rest)


def count(data: Buffer, word: bytes, start: int, end: int) -> int:
    """How often a word stands between two offsets; a mapping cannot tell by itself."""
    found, at = 0, data.find(word, start, end)
    while at >= 0:
        found, at = found + 1, data.find(word, at + len(word), end)
    return found


def unreached(data: Buffer, spans: Sequence[Span]) -> int | None:
    """The offset of a /ByteRange that belongs to no signature of a field, or None.

    A reached /ByteRange lies in the dictionary round a gap, so within the signed revision just before or after
    the gap and with no object boundary in between.
    """
    for found in BYTE_RANGE.finditer(data):
        if not any(_same_object(data, found.start(), known) for known in spans):
            return found.start()
    return None


def _same_object(data: Buffer, offset: int, known: Span) -> bool:
    if offset < known.gap_start:
        first, last = offset, known.gap_start
    elif known.gap_end <= offset < known.end:
        first, last = known.gap_end, offset
    else:
        return False
    return last - first < MAX_DICTIONARY and data.find(b"endobj", first, last) < 0


def explain(
    data: Buffer, reader: PdfFileReader, first_end: int, tick: Callable[[], None] = lambda: None
) -> tuple[int, ...]:
    """Account for every byte behind ``first_end``; returns where the revisions behind it end.

    ``tick`` is called for each piece and may raise when the time is over.

    BytesUnexplained names the first byte that nothing explains: an appended revision behind an empty
    cross-reference section, objects that no section lists, garbage.
    """
    pieces: dict[int, int] = {}
    for start, end in _pieces(data, reader, first_end):
        tick()
        pieces[start] = end
    ends: list[int] = []
    position = first_end
    for start, end in [*sorted(pieces.items()), (len(data), len(data))]:
        if start < position:
            raise BytesUnexplained(
                "bytes-unexplained",
                start,
                Text("các đối tượng hoặc bảng tham chiếu chồng lên nhau", "objects or sections overlap"),
            )
        ends += _between(data, position, start)
        position = end
    if data[ends[-1] if ends else first_end :].strip():
        raise BytesUnexplained(
            "bytes-unexplained",
            ends[-1] if ends else first_end,
            Text("có dữ liệu sau phần kết thúc tệp", "bytes behind the file's end"),
        )
    sections = sum(
        1
        for number in range(reader.xrefs.total_revisions)
        if reader.xrefs.get_startxref_for_revision(number) >= first_end
    )
    if len(ends) != sections:
        raise BytesUnexplained(
            "bytes-unexplained",
            first_end,
            Text(
                f"{sections} bảng tham chiếu nhưng {len(ends)} dấu kết thúc tệp",
                f"{sections} sections and {len(ends)} file ends",
            ),
        )
    return tuple(ends)


def _pieces(data: Buffer, reader: PdfFileReader, first_end: int) -> Iterator[tuple[int, int]]:
    """Start and end of every object and cross-reference section that lies behind ``first_end``."""
    xrefs = reader.xrefs
    for number in range(xrefs.total_revisions):
        about, entries = xrefs.get_xref_container_info(number), xrefs.get_xref_data(number)
        section = about.declared_startxref
        if section < first_end:
            continue
        if about.xref_section_type not in {XRefSectionType.STANDARD, XRefSectionType.STREAM}:
            raise BytesUnexplained(
                "hybrid-after-signature",
                section,
                Text("bảng tham chiếu kép sau chữ ký", "a hybrid-reference section after a signature"),
            )
        offsets = {offset: (idnum, gen) for idnum, (gen, offset) in entries.standard_xrefs.items()}
        own = about.stream_ref
        if own is None:
            yield section, _table_end(data, reader, section, about.end_location)
        elif offsets.setdefault(section, (own.idnum, own.generation)) != (own.idnum, own.generation):
            raise BytesUnexplained(
                "bytes-unexplained", section, Text("hai đối tượng cùng một vị trí", "two objects at one offset")
            )
        if not entries.explicit_refs_in_revision - ({(own.idnum, own.generation)} if own else set()):
            raise BytesUnexplained(
                "empty-section",
                section,
                Text(
                    "bảng tham chiếu sau chữ ký không liệt kê đối tượng nào",
                    "a cross-reference section after a signature that lists no object",
                ),
            )
        for offset, (idnum, generation) in offsets.items():
            if offset < first_end:
                raise BytesUnexplained(
                    "object-before-section",
                    offset,
                    Text(
                        f"đối tượng {idnum} của phiên bản sau trỏ vào phiên bản trước",
                        f"object {idnum} of a later revision points into an earlier one",
                    ),
                )
            yield offset, _object_end(reader, idnum, generation, offset)


def _object_end(reader: PdfFileReader, idnum: int, generation: int, offset: int) -> int:
    """Where ``endobj`` ends. The object must stand exactly at its offset."""
    stream = reader.stream
    stream.seek(offset)
    if not stream.read(1).isdigit():
        raise BytesUnexplained(
            "bytes-unexplained",
            offset,
            Text(f"đối tượng {idnum} không nằm đúng vị trí", f"object {idnum} is not at its offset"),
        )
    stream.seek(offset)
    if read_object_header(stream, strict=True) != (idnum, generation):
        raise BytesUnexplained(
            "bytes-unexplained",
            offset,
            Text(
                f"tại vị trí của đối tượng {idnum} là một đối tượng khác",
                f"another object than {idnum} is at its offset",
            ),
        )
    generic.read_object(stream, generic.Reference(idnum, generation, reader))
    misc.read_non_whitespace(stream, seek_back=True)
    if stream.read(6) != b"endobj":
        raise BytesUnexplained(
            "bytes-unexplained",
            offset,
            Text(f"đối tượng {idnum} không kết thúc bằng endobj", f"object {idnum} does not end with endobj"),
        )
    return int(stream.tell())


def _table_end(data: Buffer, reader: PdfFileReader, start: int, entries_end: int) -> int:
    """Where the trailer dictionary behind a cross-reference table ends; the table must be nothing but that."""
    if not _TABLE.fullmatch(data, start, entries_end):
        raise BytesUnexplained(
            "bytes-unexplained",
            start,
            Text("bảng tham chiếu chứa dữ liệu khác", "the cross-reference table holds other things"),
        )
    reader.stream.seek(entries_end)
    generic.DictionaryObject.read_from_stream(reader.stream, generic.TrailerReference(reader))
    return int(reader.stream.tell())


def _between(data: Buffer, start: int, end: int) -> Iterator[int]:
    """Check what lies between pieces; yields the ends of files (%%EOF) found there."""
    rest = data[start:end]
    position = 0
    while position < len(rest):
        if rest[position : position + 1] in b"\0\t\n\f\r ":
            position += 1
        elif found := _END.match(rest, position):
            position = found.end()
            yield start + position
        elif (found := _COMMENT.match(rest, position)) and not _TELLTALE.search(found[0]):
            position = found.end()
        else:
            raise BytesUnexplained(
                "bytes-unexplained",
                start + position,
                Text(
                    f"{len(rest) - position} byte không thuộc đối tượng nào",
                    f"{len(rest) - position} bytes at {start + position} belong to no object",
                ),
            )
