"""Pages to print: paper sizes, the faces, bold drawn by an outline, tables whose head stands on every page.

fpdf2 writes the file. Tinos has no bold face here, so bold is the upright one filled and outlined, as word processors
simulate it. No moment goes into the file but the day that is given: equal input, equal bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import as_file, files

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TextMode

FACE, ITALIC = "Tinos", "I"
POINT = 25.4 / 72
"""Millimetres in a point: fpdf2 works in millimetres here, sizes of type are points."""

_LINE = 1.22
"""Of the size: from one baseline to the next."""

_PAD = 1.2
"""Millimetres between a cell's rule and its text."""

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its share of the width, its title, and whether its cells are centred."""

    share: float
    title: str
    centred: bool = False


class Pages(FPDF):
    """Sheets in landscape with a margin for binding on the left, and "Trang x/y" at the foot."""

    def __init__(self, paper: str, title: str, day: date) -> None:
        super().__init__("landscape", "mm", paper)
        self.scale = 1.0 if paper == "a3" else 0.72
        with as_file(files("signer.fonts")) as folder:
            self.add_font(FACE, "", folder / "Tinos-Regular.ttf")
            self.add_font(FACE, ITALIC, folder / "Tinos-Italic.ttf")
        self.set_margins(25 * self.scale + 5, 15 * self.scale + 3, 12 * self.scale + 3)
        self.set_auto_page_break(False, 16 * self.scale + 2)
        self.set_title(title)
        self.set_lang("vi")
        self.set_creation_date(datetime(day.year, day.month, day.day, tzinfo=UTC))

    def footer(self) -> None:
        """The page's number, on every page but the cover."""
        if self.page_no() > 1:
            self.set_y(-13 * self.scale - 1)
            self.say(f"Trang {self.page_no()}/{{nb}}", 11, align="R", style=ITALIC)

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
                width, self.size(points) * POINT * _LINE, plain(text), align=align, new_x="LMARGIN", new_y="NEXT"
            )

    @contextmanager
    def bold(self, wanted: bool = True) -> Iterator[None]:
        """What is written inside is bold."""
        if not wanted:
            yield
            return
        with self.local_context(text_mode=TextMode.FILL_STROKE, line_width=self.font_size_pt * POINT * 0.03):
            yield


@dataclass(slots=True)
class Table:
    """A table on pages: ``head`` is written anew on each, a row is never divided."""

    pages: Pages
    columns: Sequence[Column]
    points: float = 11.0

    def head(self) -> None:
        """Titles, and under them (1) to (n)."""
        self._row([column.title for column in self.columns], centred=True, bold=True)
        self._row([f"({number})" for number in range(1, len(self.columns) + 1)], centred=True, italic=True)

    def section(self, text: str) -> None:
        """A line over the whole width, never the last on its page."""
        if self.pages.get_y() + 3 * self._line > self.pages.bottom:
            self._turn()
        self.pages.set_x(self.pages.l_margin)
        self.pages.set_font(FACE, "", self.pages.size(self.points))
        with self.pages.bold():
            self.pages.cell(
                self._width, self._line + 2 * _PAD, plain(text), border=1, align="L", new_x="LMARGIN", new_y="NEXT"
            )

    def row(self, texts: Sequence[str], *, struck: bool = False) -> None:
        """One row; on the next page if it does not fit on this one. ``struck``: a line through its first two cells."""
        self._row(texts, struck=struck)

    @property
    def _width(self) -> float:
        return float(self.pages.epw)

    @property
    def _line(self) -> float:
        return self.pages.size(self.points) * POINT * _LINE

    def _turn(self) -> None:
        self.pages.add_page()
        self.head()

    def _row(
        self,
        texts: Sequence[str],
        *,
        centred: bool = False,
        bold: bool = False,
        italic: bool = False,
        struck: bool = False,
    ) -> None:
        pages = self.pages
        pages.set_font(FACE, ITALIC if italic else "", pages.size(self.points))
        total = sum(column.share for column in self.columns)
        widths = [column.share / total * self._width for column in self.columns]
        cells = [self._broken(plain(text), width - 2 * _PAD) for text, width in zip(texts, widths, strict=True)]
        height = max(len(lines) for lines in cells) * self._line + 2 * _PAD
        if pages.get_y() + height > pages.bottom and not centred:
            self._turn()
            pages.set_font(FACE, ITALIC if italic else "", pages.size(self.points))
        top, left = pages.get_y(), pages.l_margin
        for column, lines, width, at in zip(self.columns, cells, widths, range(len(cells)), strict=True):
            pages.rect(left, top, width, height)
            with pages.bold(bold):
                for step, line in enumerate(lines):
                    pages.set_xy(left + _PAD, top + _PAD + step * self._line)
                    align = "C" if centred or column.centred else "L"
                    pages.cell(width - 2 * _PAD, self._line, line, align=align)
            if struck and at < 2:
                middle = top + _PAD + self._line / 2
                pages.line(left + _PAD, middle, left + width - _PAD, middle)
            left += width
        pages.set_xy(pages.l_margin, top + height)

    def _broken(self, text: str, width: float) -> list[str]:
        """The lines of a text in a cell of this width, in the font that is set."""
        lines = self.pages.multi_cell(width, self._line, text, dry_run=True, output=MethodReturnValue.LINES)
        return [str(line) for line in lines] if isinstance(lines, list) else []


def plain(text: str) -> str:
    """A text as it can be printed: composed letters, one line, nothing invisible."""
    told = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    return "".join(char for char in told if unicodedata.category(char) not in _INVISIBLE)
