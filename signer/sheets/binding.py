"""The register to print and bind: NĐ 30/2020/NĐ-CP, Điều 16(2)b, in the form of Phụ lục IV.

A cover, then the ten columns with titles and numbers on every page, each series under its own heading. The decree's
form spreads over an open book of 210 × 297 mm (A3 in landscape); offices that print on A4 have the same, smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from signer.model import RegisterEntry, RegisterState
from signer.sheets.columns import PAPERS, TITLES, cells
from signer.sheets.printed import ITALIC, Column, Pages, Table
from signer.usecases import answers
from signer.usecases.register import Book, Keeper

_MOST_RUNS = 6
"""As many series as a cover has room to name."""

_END = 55
"""Millimetres on A3 for what stands below the last row: the line that counts, and a signature."""

_SHARES = (18, 13, 43, 17, 28, 16, 9, 13, 13, 22)
_CENTRED = {"date", "copies", "sent_on"}
_COLUMNS = tuple(
    Column(share, title, name in _CENTRED) for share, (name, title) in zip(_SHARES, TITLES.items(), strict=True)
)


def pdf_bytes(book: Book, paper: str = "a3") -> bytes:
    """The book as PDF, fonts embedded; equal books give equal bytes. ValueError for another paper."""
    if paper not in PAPERS:
        raise ValueError(f"no such paper: {paper}")
    day = max((row.date for row in book.rows), default=date(book.year, 1, 1))
    pages = Pages(paper, f"Sổ đăng ký văn bản đi {book.year} - {book.agency_name}", day, cover=True)
    _cover(pages, book)
    pages.add_page()
    table = Table(pages, _COLUMNS)
    table.head()
    runs = _runs(book)
    for name, rows in runs:
        if len(runs) > 1:
            table.section(f"{name}: {_numbers(rows)}")
        for row in rows:
            keep = _END * pages.scale if row is book.rows[-1] else 0
            table.row(cells(answers.row(row)), struck=row.state is RegisterState.VOID, keep=keep)
    _end(pages, book)
    return bytes(pages.output())


def _cover(pages: Pages, book: Book) -> None:
    pages.add_page()
    _frame(pages)
    pages.ln(14 * pages.scale)
    _names(pages, book)
    pages.set_y(pages.h * 0.42)
    pages.say("SỔ ĐĂNG KÝ VĂN BẢN ĐI", 34, bold=True)
    pages.ln(6 * pages.scale)
    pages.say(f"Năm: {book.year}", 22, bold=True)
    pages.set_y(pages.h * 0.62)
    runs, days = _runs(book), sorted(row.date for row in book.rows)
    for name, rows in runs[:_MOST_RUNS]:
        pages.say(_numbers(rows).capitalize() if len(runs) == 1 else f"{name}: {_numbers(rows)}", 16)
    if not 0 < len(runs) <= _MOST_RUNS:
        pages.say("Từ số …… đến số ……" if not runs else f"và {len(runs) - _MOST_RUNS} hệ thống số khác", 16)
    pages.say(f"Từ ngày {_day(days[0] if days else None)} đến ngày {_day(days[-1] if days else None)}", 16)
    pages.say("Quyển số: ……", 16)


def _names(pages: Pages, book: Book) -> None:
    """Who keeps the book, under whom; every name of the year with its days, and the issuer where it is another."""
    keepers = book.keepers or (Keeper(book.agency_name, ""),)
    parent = ""
    for keeper in keepers:
        if keeper.parent and keeper.parent != parent:
            pages.say(keeper.parent.upper(), 16)
        parent = keeper.parent
        pages.say(keeper.name.upper(), 18, bold=True)
        if span := _span(keeper):
            pages.say(f"({span})", 14, style=ITALIC)
            pages.ln(3 * pages.scale)
    if book.agency_name not in {keeper.name for keeper in keepers}:
        pages.ln(4 * pages.scale)
        pages.say(f"Văn bản của {book.agency_name}", 16)


def _frame(pages: Pages) -> None:
    """Two rules around the cover."""
    for inset in (0.0, 1.5):
        left, top = pages.l_margin + inset, pages.t_margin + inset
        pages.rect(left, top, pages.w - pages.r_margin - left - inset, pages.bottom - top - inset)


def _end(pages: Pages, book: Book) -> None:
    """How many rows there are, and who signs for the book."""
    void = sum(row.state is RegisterState.VOID for row in book.rows)
    if pages.get_y() + _END * pages.scale > pages.bottom:
        pages.add_page()
    pages.ln(4 * pages.scale)
    told = f"Sổ có {len(book.rows)} dòng đăng ký, trong đó {void} số đã hủy (gạch ngang, lý do ghi ở cột 10)."
    pages.say(told, 12, align="L", style=ITALIC)
    pages.ln(3 * pages.scale)
    for text, points, bold, style in (
        ("……………, ngày …… tháng …… năm ………", 12, False, ITALIC),
        ("NGƯỜI GIỮ SỔ", 12, True, ""),
        ("(Ký, ghi rõ họ tên)", 11, False, ITALIC),
    ):
        pages.set_x(pages.w - pages.r_margin - pages.epw / 3)
        pages.say(text, points, bold=bold, style=style, width=pages.epw / 3)


def _runs(book: Book) -> list[tuple[str, list[RegisterEntry]]]:
    """The rows of each series and period, under the name by which the office knows it."""
    grouped = groupby(book.rows, lambda row: (row.series, row.period))
    return [(_called(book, series, period), list(rows)) for (series, period), rows in grouped]


def _called(book: Book, series: str, period: str) -> str:
    """What people call a series; its period where that is not the year on the cover."""
    name = book.titles.get(series) or f"Hệ thống số {series}"
    return name if period == str(book.year) else f"{name} ({period})"


def _numbers(rows: Sequence[RegisterEntry]) -> str:
    """From which number to which, as the symbols of the documents have them before the slash."""
    first, last = (row.symbol.partition("/")[0] for row in (rows[0], rows[-1]))
    return f"từ số {first} đến số {last}"


def _span(keeper: Keeper) -> str:
    """From when until when a name held, where that was not the whole year."""
    since = f"từ ngày {_day(keeper.since)}" if keeper.since else ""
    until = f"đến ngày {_day(keeper.until)}" if keeper.until else ""
    return f"{since} {until}".strip()


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "……"
