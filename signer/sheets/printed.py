"""Pages to print: paper sizes, the faces, bold drawn by an outline, tables whose head stands on every page.

fpdf2 writes the file. Tinos has no bold face here, so bold is the upright one filled and outlined, as word processors
simulate it. No moment goes into the file but the day that is given: equal input, equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import as_file, files

from fpdf import FPDF
from fpdf.enums import TextMode
from fpdf.fonts import TTFFont

from signer.sheets.plain import plain

FACE, ITALIC = "Tinos", "I"
POINT = 25.4 / 72
"""Millimetres in a point: fpdf2 works in millimetres here, sizes of type are points."""

_LINE, _BASE = 1.22, 0.93
"""Of the size: from one baseline to the next, and from the top of a line to its baseline."""

_OUTLINE = 0.025
"""Of the size: how wide bold is outlined. fpdf2 writes the width beside a text as it stands, in points."""

_PAD = 1.8
"""Millimetres between a cell's rule and its text, on A3."""

_TOTAL = "    "
"""Where fpdf2 writes the number of pages, up to 9999. No text of a book can be taken for it: ``plain`` leaves one space
where several are."""

_UNKNOWN = "□"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its share of the width, its title, and whether its cells are centred."""

    share: float
    title: str
    centred: bool = False


class Pages(FPDF):
    """Sheets in landscape with a margin for binding on the left, and "Trang x/y" at the foot (not of a cover)."""

    def __init__(self, paper: str, title: str, day: date, *, cover: bool = False) -> None:
        super().__init__("landscape", "mm", paper)
        self.scale = 1.0 if paper == "a3" else 0.72
        with as_file(files("signer.fonts")) as folder:
            self.add_font(FACE, "", folder / "Tinos-Regular.ttf")
            self.add_font(FACE, ITALIC, folder / "Tinos-Italic.ttf")
        self.set_margins(25 * self.scale + 5, 15 * self.scale + 3, 12 * self.scale + 3)
        self.set_auto_page_break(False, 16 * self.scale + 2)
        self.c_margin = 0
        self.alias_nb_pages(_TOTAL)
        self.set_title(title)
        self.set_lang("vi")
        self.set_creation_date(datetime(day.year, day.month, day.day, tzinfo=UTC))
        self.cover = cover

    def footer(self) -> None:
        """The page's number."""
        if self.cover and self.page_no() == 1:
            return
        self.set_y(-13 * self.scale - 1)
        self.set_font(FACE, ITALIC, self.size(11))
        self.cell(0, self.size(11) * POINT, f"Trang {self.page_no()}/{_TOTAL}", align="R")

    @property
    def bottom(self) -> float:
        """Where a table ends, millimetres from the top."""
        return float(self.h - self.b_margin)

    def size(self, points: float) -> float:
        """A size of type on this paper."""
        return points * self.scale

    def say(
        self, text: str, points: float, *, align: str = "C", bold: bool = False, style: str = "", width: float = 0
    ) -> None:
        """A paragraph over the page's width (or ``width``), and on to the next line."""
        self.set_font(FACE, style, self.size(points))
        with self.bold(bold):
            self.multi_cell(
                width,
                self.size(points) * POINT * _LINE,
                self.printable(text),
                align=align,
                new_x="LMARGIN",
                new_y="NEXT",
            )

    @contextmanager
    def bold(self, wanted: bool = True) -> Iterator[None]:
        """What is written inside is bold."""
        if not wanted:
            yield
            return
        with self.local_context(text_mode=TextMode.FILL_STROKE, line_width=self.font_size_pt * _OUTLINE):
            yield

    @property
    def face(self) -> TTFFont:
        """The face that is set."""
        face = self.current_font
        if not isinstance(face, TTFFont):
            raise TypeError("a face is set before anything is written")
        return face

    def printable(self, text: str) -> str:
        """A text on one line, □ for every character that the face lacks."""
        return "".join(char if ord(char) in self.face.cmap else _UNKNOWN for char in plain(text))

    def width_of(self, text: str) -> float:
        """Millimetres of a printable text in the face and size that are set."""
        widths = self.face.cw
        return sum(widths[ord(char)] for char in text) * self.font_size_pt * POINT / 1000

    def broken(self, text: str, width: float) -> list[str]:
        """The lines of a text in ``width`` millimetres: between words, a word that is too long wherever it must be."""
        lines: list[str] = []
        line, taken, space = "", 0.0, self.width_of(" ")
        for word in self.printable(text).split(" "):
            needs = self.width_of(word)
            if line and taken + space + needs <= width:
                line, taken = f"{line} {word}", taken + space + needs
                continue
            lines += [line] if line else []
            while needs > width:
                head = self._head_of(word, width)
                lines.append(head)
                word = word[len(head) :]  # noqa: PLW2901  # what is left of it is broken on
                needs -= self.width_of(head)
            line, taken = word, needs
        return [*lines, line] if line else lines

    def _head_of(self, word: str, width: float) -> str:
        """The first letters that fit, up to a stroke or a hyphen if there is one; one letter at least."""
        taken = 0.0
        for index, char in enumerate(word):
            taken += self.width_of(char)
            if taken > width:
                mark = max(word.rfind("/", 0, index), word.rfind("-", 0, index))
                return word[: mark + 1 or index or 1]
        return word


@dataclass(slots=True)
class Table:
    """A table on pages: ``head`` is written anew on each, and a row is divided only if no page can hold it."""

    pages: Pages
    columns: Sequence[Column]
    points: float = 11.0
    _top: float = 0.0

    def head(self) -> None:
        """Titles, and under them (1) to (n)."""
        self._set(bold=True)
        self._draw(self._cells([column.title for column in self.columns]), centred=True, bold=True)
        self._set(italic=True)
        self._draw([[f"({number})"] for number in range(1, len(self.columns) + 1)], centred=True)
        self._top = self.pages.get_y()

    def section(self, text: str) -> None:
        """A line over the whole width, never the last on its page."""
        if self.pages.get_y() + 6 * self._line > self.pages.bottom:
            self._turn()
        self._set()
        top, height = self.pages.get_y(), self._line + 2 * self._pad
        self.pages.rect(self.pages.l_margin, top, self.pages.epw, height)
        with self.pages.bold():
            line = self.pages.broken(text, self.pages.epw - 2 * self._pad)[:1]
            self._write(self.pages.l_margin + self._pad, top, line)
        self.pages.set_xy(self.pages.l_margin, top + height)

    def row(self, texts: Sequence[str], *, struck: bool = False, keep: float = 0) -> None:
        """One row; on the next page if it does not fit on this one, with ``keep`` millimetres below it.

        ``struck``: its first two cells are crossed out.
        """
        self._set()
        cells = self._cells(texts)
        first = cells[0]
        if self._height(cells) + keep > self._room and self.pages.get_y() > self._top:
            self._turn()  # no page bears a head alone: what no page can hold begins where it is
        while self._height(cells) > self._room:
            fit = int((self._room - 2 * self._pad) / self._line)
            self._draw([lines[:fit] for lines in cells], struck=struck)
            self._turn()
            cells = [[*first, "(tiếp theo)"], *(lines[fit:] for lines in cells[1:])]
        self._draw(cells, struck=struck)

    @property
    def _line(self) -> float:
        return self.pages.size(self.points) * POINT * _LINE

    @property
    def _pad(self) -> float:
        return self.pages.scale * _PAD

    @property
    def _room(self) -> float:
        return self.pages.bottom - self.pages.get_y()

    @property
    def _widths(self) -> list[float]:
        total = sum(column.share for column in self.columns)
        return [column.share / total * self.pages.epw for column in self.columns]

    def _height(self, cells: Sequence[Sequence[str]]) -> float:
        return max(map(len, cells)) * self._line + 2 * self._pad

    def _cells(self, texts: Sequence[str]) -> list[list[str]]:
        return [self.pages.broken(text, width - 2 * self._pad) for text, width in zip(texts, self._widths, strict=True)]

    def _set(self, *, italic: bool = False, bold: bool = False) -> None:
        """Set the face of what comes; bold, which is wider by its outline, a little larger."""
        self.pages.set_font(FACE, ITALIC if italic else "", self.pages.size(self.points) * (1.02 if bold else 1))

    def _turn(self) -> None:
        self.pages.add_page()
        self.head()
        self._set()

    def _draw(
        self, cells: Sequence[Sequence[str]], *, centred: bool = False, bold: bool = False, struck: bool = False
    ) -> None:
        """Rules and texts of one row, in the face that is set."""
        pages, left = self.pages, self.pages.l_margin
        top, height = pages.get_y(), self._height(cells)
        for at, (column, lines, width) in enumerate(zip(self.columns, cells, self._widths, strict=True)):
            pages.rect(left, top, width, height)
            middle = left + width / 2 if centred or column.centred else None
            with pages.bold(bold):
                self._write(left + self._pad, top, lines, middle=middle, struck=struck and at < 2)
            left += width
        pages.set_xy(pages.l_margin, top + height)

    def _write(
        self, left: float, top: float, lines: Sequence[str], *, middle: float | None = None, struck: bool = False
    ) -> None:
        """Lines of one cell from ``left`` on, or around ``middle``."""
        pages, size = self.pages, self.pages.size(self.points) * POINT
        for step, line in enumerate(lines):
            width = pages.width_of(line) if struck or middle is not None else 0.0
            x = left if middle is None else middle - width / 2
            base = top + self._pad + step * self._line + _BASE * size
            pages.text(x, base, line)
            if struck:
                pages.line(x, base - 0.27 * size, x + width, base - 0.27 * size)
