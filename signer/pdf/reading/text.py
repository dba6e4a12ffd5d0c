"""Text of a page by position: glyphs as PDFium places them, put together to lines again.

PDFium hands out characters in the order of the content stream, merges runs of spaces and invents line ends,
while LibreOffice draws single letters of another font after the rest of the line. So nothing here trusts the
order: a line is whatever stands on one baseline, sorted from left to right, and a blank is the distance between
two glyphs.

Coordinates are PDF user space in points, as in /Rect: ``FPDFText_GetCharOrigin`` and ``FPDFText_GetCharBox``
apply the text and page matrices, and neither /Rotate nor the origin of a CropBox. The size of a font is its Tf
operand times the length of the matrix' vertical axis (Chromium sets 16 with a matrix of 0.75).
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import itertools
import math
import time
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from policies.text import fold
from signer.errors import Kind, SignerError
from signer.model import Content, Rect
from signer.pdf.reading.refusal import short
from signer.pdfium import LOCK, addressed

FILLERS = frozenset(".…‥․·_")
"""What stands in a blank to be written on."""

MAX_GLYPHS = 60_000
"""Of a page. A full page of a newspaper has about 20,000; the pages of a decree have 3,000."""

_ITALIC = 64
"""The flag of a font descriptor (ISO 32000-2, table 121)."""

_SAME_LINE = 2.0
"""Points by which baselines of one line may differ: cells of a table and raised letters of fallback fonts."""


class Glyph(NamedTuple):
    """A visible character: its ``key`` is one letter, folded for comparison; ``x``, ``y`` its origin.

    ``at`` is PDFium's number for it. Combining marks belong to the glyph before them.
    """

    x: float
    y: float
    at: int
    char: str
    key: str


@dataclass(frozen=True)
class Line:
    """What stands on one baseline, from left to right, without white space; ``fillers`` are the dots of blanks."""

    page: PageText
    baseline: float
    glyphs: tuple[Glyph, ...]
    fillers: tuple[Glyph, ...]

    @functools.cached_property
    def key(self) -> str:
        """One folded letter a glyph: positions in it are positions in ``glyphs``."""
        return "".join(glyph.key for glyph in self.glyphs)

    @functools.cached_property
    def upright(self) -> bool:
        """Whether it runs from left to right in user space; stamps across the page do not."""
        return self.page.upright((self.glyphs or self.fillers)[0])

    @functools.cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The parts between wide gaps: columns of a table, or of tabs."""
        if not self.glyphs:
            return ()
        cuts, near = [0], 0.75 * self.page.size(self.glyphs[0])
        for i, (left, right) in enumerate(itertools.pairwise(self.glyphs), start=1):
            if right.x - left.x <= near:  # most pairs; asking for each size costs more than all the rest
                continue
            size = self.page.size(left)
            if right.x - left.x > size and self.gap(i) > size:
                cuts.append(i)
        cuts.append(len(self.glyphs))
        return tuple(Segment(self, a, b) for a, b in itertools.pairwise(cuts) if b > a)

    def gap(self, i: int) -> float:
        """Points between the ink of glyph ``i`` and of the one before it; dots of a blank fill a gap."""
        left, right = self.page.box(self.glyphs[i - 1]).x1, self.page.box(self.glyphs[i]).x0
        widest, edge = 0.0, left
        for dot in self.fillers:
            if left < dot.x < right:
                box = self.page.box(dot)
                widest, edge = max(widest, box.x0 - edge), max(edge, box.x1)
        return max(widest, right - edge)


@dataclass(frozen=True)
class Segment:
    """Glyphs ``start`` to ``stop`` of a line, with no wide gap between them."""

    line: Line
    start: int
    stop: int

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        """Its glyphs, left to right."""
        return self.line.glyphs[self.start : self.stop]

    @functools.cached_property
    def key(self) -> str:
        """Folded as a whole, without dots: to be compared with ``compact`` of a name or capacity line."""
        return fold("".join(glyph.char for glyph in self.glyphs))

    @functools.cached_property
    def rect(self) -> Rect:
        """The ink of it; at least a point high."""
        boxes = [self.line.page.box(glyph) for glyph in self.glyphs]
        low, high = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
        return Rect(min(box.x0 for box in boxes), low, max(box.x1 for box in boxes), max(high, low + 1))

    @property
    def centre(self) -> float:
        """The middle of its width."""
        return (self.rect.x0 + self.rect.x1) / 2

    @functools.cached_property
    def text(self) -> str:
        """For people: with a space wherever there is a visible gap, and with its dots."""
        page, pieces = self.line.page, []
        edge: float | None = None
        end = self.rect.x1 + page.size(self.glyphs[0])
        inside = [dot for dot in self.line.fillers if self.rect.x0 <= dot.x <= end]
        for glyph in sorted((*self.glyphs, *inside)):
            box = page.box(glyph)
            if edge is not None and box.x0 - edge > 0.17 * page.size(glyph):
                pieces.append(" ")
            pieces.append(glyph.char)
            edge = box.x1
        return unicodedata.normalize("NFC", "".join(pieces))


class PageText:
    """The text of one page while its document is open; put into lines when they are asked for.

    A page that is passed over (``page`` None) has no characters and no lines.
    """

    def __init__(self, number: int, page: Any) -> None:
        self.number = number
        self._open: tuple[Any, Any] | None = None
        if page is not None:
            text = page.get_textpage()
            self._open = (page, text)  # PDFium frees what nobody holds
            self._text = text.raw
        self._boxes: dict[int, Rect] = {}
        self._sizes: dict[int, float] = {}

    @functools.cached_property
    def characters(self) -> str:
        """All characters in the order of the content stream; "" where there are more than anybody reads."""
        return "" if self._open is None or self._count > MAX_GLYPHS else self._characters()

    @functools.cached_property
    def lines(self) -> tuple[Line, ...]:
        """Those that run to the right, from top to bottom. ``draft-too-complex`` over ``MAX_GLYPHS``."""
        return tuple(line for line in self._every if line.upright)

    @property
    def turned(self) -> bool:
        """Whether there is text and all of it runs another way."""
        return not self.lines and bool(self._every)

    @functools.cached_property
    def _every(self) -> tuple[Line, ...]:
        return self._read_lines() if self._open is not None else ()

    @functools.cached_property
    def _count(self) -> int:
        return int(raw.FPDFText_CountChars(self._text))

    @property
    def has_text(self) -> bool:
        """Whether any letter stands on it."""
        return any(line.glyphs for line in self.lines)

    @property
    def drawing(self) -> Any:
        """The page as PDFium holds it, for its pictures; None for one that is passed over."""
        return self._open[0] if self._open else None

    def under(self, rect: Rect) -> tuple[Glyph, ...]:
        """The glyphs, however they run, whose ink lies in a rectangle, dots included; from top to bottom."""
        return tuple(
            glyph for line in self._every for glyph in (*line.glyphs, *line.fillers) if self.box(glyph).overlaps(rect)
        )

    def box(self, glyph: Glyph) -> Rect:
        """The ink of a glyph (its outline's bounds)."""
        if (found := self._boxes.get(glyph.at)) is None:
            left, right, bottom, top = (ctypes.c_double() for _ in range(4))
            raw.FPDFText_GetCharBox(self._text, glyph.at, left, right, bottom, top)
            found = self._boxes[glyph.at] = Rect(left.value, bottom.value, right.value, top.value)
        return found

    def size(self, glyph: Glyph) -> float:
        """The size of its font in user space, points; 0.1 at least."""
        if (found := self._sizes.get(glyph.at)) is None:
            matrix = self._matrix(glyph)
            scale = math.hypot(matrix.c, matrix.d)
            found = max(0.1, raw.FPDFText_GetFontSize(self._text, glyph.at) * scale)
            self._sizes[glyph.at] = found
        return found

    def upright(self, glyph: Glyph) -> bool:
        """Whether its baseline runs to the right; slanting (a made-up italic) is no turning."""
        matrix = self._matrix(glyph)
        return bool(matrix.a > 0 and matrix.d > 0 and abs(matrix.b) <= 0.02 * matrix.a)

    def slanted(self, glyph: Glyph) -> bool:
        """Whether it is set in italics, by its font's name or flag, or by a matrix that slants it."""
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        raw.FPDFText_GetFontInfo(self._text, glyph.at, name, len(name), flags)
        named = any(word in name.value.lower() for word in (b"italic", b"oblique"))
        return named or bool(flags.value & _ITALIC) or abs(self._matrix(glyph).c) > 0.02

    def _matrix(self, glyph: Glyph) -> Any:
        matrix = raw.FS_MATRIX()
        if not raw.FPDFText_GetMatrix(self._text, glyph.at, matrix):
            matrix.a = matrix.d = 1.0
        return matrix

    def _characters(self) -> str:
        count = self._count
        if count <= 0:
            return ""
        buffer = ctypes.create_string_buffer(2 * (count + 1))
        pointer = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
        written = raw.FPDFText_GetText(self._text, 0, count, pointer)
        text = buffer.raw[: 2 * max(0, written - 1)].decode("utf-16-le", "replace")
        if len(text) == count:
            return text
        # The quick way leaves out what has no Unicode value; then ask for each.
        return "".join(_chr(raw.FPDFText_GetUnicode(self._text, i)) for i in range(count))

    def _glyphs(self) -> list[Glyph]:
        glyphs: list[Glyph] = []
        x, y = ctypes.c_double(), ctypes.c_double()
        origin, handle = raw.FPDFText_GetCharOrigin, self._text
        if self._count > MAX_GLYPHS:
            raise SignerError(
                Kind.UNSUITABLE,
                "draft-too-complex",
                f"Trang {self.number} có {self._count} ký tự, nhiều hơn mức {MAX_GLYPHS} mà hệ thống đọc.",
                f"Page {self.number} has {self._count} characters, more than the {MAX_GLYPHS} that are read.",
                where=f"page {self.number}",
            )
        for i, char in enumerate(self.characters):
            key = _key(char)
            if not key:
                continue
            if key == _MARK:
                if glyphs:
                    last = glyphs[-1]
                    whole = unicodedata.normalize("NFC", last.char + char)
                    glyphs[-1] = Glyph(last.x, last.y, last.at, whole, _key(whole[:1]) or last.key)
                continue
            if origin(handle, i, x, y):
                glyphs.append(Glyph(x.value, y.value, i, _VISIBLE.get(char, char), key))
        return glyphs

    def _read_lines(self) -> tuple[Line, ...]:
        rows: list[list[Glyph]] = []
        first = math.inf
        for glyph in sorted(self._glyphs(), key=lambda glyph: -glyph.y):
            if first - glyph.y > _SAME_LINE:
                rows.append([])
                first = glyph.y
            rows[-1].append(glyph)
        lines = []
        for row in rows:
            row.sort()
            letters = tuple(glyph for glyph in row if glyph.key not in FILLERS)
            baseline = sorted(glyph.y for glyph in letters or row)[len(letters or row) // 2]
            dots = tuple(glyph for glyph in row if glyph.key in FILLERS)
            lines.append(Line(self, baseline, letters, dots))
        return tuple(lines)


class DraftText:
    """A draft opened by PDFium once; pages are read when asked for, and kept."""

    def __init__(self, document: Any, deadline: float, heavy: Container[int] = ()) -> None:
        self._document = document
        self._heavy = heavy
        self._opened: dict[int, PageText] = {}
        self._read: set[int] = set()
        self._deadline = deadline
        self.count: int = len(document)

    def page(self, number: int) -> PageText:
        """Page ``number`` (from 1). UNSUITABLE ``draft-too-complex`` when the time for the draft is used up."""
        self._read.add(number)
        return self._page(number)

    def characters(self, number: int) -> str:
        """What page ``number`` says, in no order; a look that does not count as reading it. Errors of ``page``."""
        return self._page(number).characters

    def lines(self, number: int) -> tuple[Line, ...]:
        """The lines of page ``number``, without counting it as read either. Errors of ``page``."""
        return self._page(number).lines

    def _page(self, number: int) -> PageText:
        if number not in self._opened:
            if time.monotonic() > self._deadline:
                raise SignerError(
                    Kind.UNSUITABLE,
                    "draft-too-complex",
                    f"Dự thảo quá phức tạp: hết thời gian khi đọc trang {number}.",
                    f"The draft is too complex: time ran out at page {number}.",
                    where=f"page {number}",
                )
            page = None if number in self._heavy else self._document[number - 1]
            self._opened[number] = PageText(number, page)
        return self._opened[number]

    @property
    def read(self) -> tuple[PageText, ...]:
        """The pages that were read so far, in order."""
        return tuple(self._opened[number] for number in sorted(self._read))


@contextlib.contextmanager
def open_text(file: Content, seconds: float, heavy: Container[int] = ()) -> Iterator[DraftText]:
    """Open a draft for reading, alone in the process. UNSUITABLE ``draft-unreadable`` for all that PDFium raises.

    ``seconds`` bounds the time over all pages; it is looked at before each page. Pages in ``heavy`` are not read.
    """
    with LOCK:
        try:
            document = pdfium.PdfDocument(addressed(file.buffer()))
            try:
                yield DraftText(document, time.monotonic() + seconds, heavy)
            finally:
                document.close()
        except (
            pdfium.PdfiumError,
            ctypes.ArgumentError,
            OSError,
            ValueError,
            IndexError,
            ArithmeticError,
            RuntimeError,
            MemoryError,
        ) as error:
            raise SignerError(
                Kind.UNSUITABLE,
                "draft-unreadable",
                "Không đọc được nội dung tệp PDF: tệp bị lỗi. Hãy xuất lại PDF từ phần mềm soạn thảo.",
                f"The PDF's pages cannot be read ({short(error)}). Please export the PDF again.",
                where="file",
            ) from error


def compact(text: str) -> str:
    """A name or capacity line as segments carry it: folded, without the dots that blanks are made of."""
    return fold("".join(char for char in text if char not in FILLERS))


_MARK = "\u0301"
_VISIBLE = dict.fromkeys("\x02\ufffe\xad\u2010\u2011", "-")
"""PDFium's codes for a hyphen at the end of a line ("QĐ-" may be one), and what fonts call the hyphen's glyph."""


@functools.lru_cache(maxsize=4096)
def _key(char: str) -> str:
    """One letter for comparison, ``_MARK`` for a combining mark, "" for what is not seen."""
    if char in FILLERS:
        return char
    char = _VISIBLE.get(char, char)
    if unicodedata.combining(char):
        return _MARK
    return fold(char)[:1]


def _chr(code: int) -> str:
    return chr(code) if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
