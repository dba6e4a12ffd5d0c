"""The register to print and bind: NĐ 30/2020/NĐ-CP, Điều 16(2)b, in the form of Phụ lục IV.

A cover, then the ten columns with titles and numbers on every page, each series under its own heading. The decree's
form spreads over an open book of 210 × 297 mm (A3 in landscape); offices that print on A4 have the same, smaller.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from signer.model import RegisterEntry, RegisterState
from signer.sheets.columns import TITLES, cells
from signer.sheets.printed import Column, Pages, Table
from signer.usecases.register import Book, Keeper

PAPERS = ("a3", "a4")

_SHARES = (15, 13, 44, 17, 29, 17, 10, 13, 13, 22)
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
    runs = [(series, list(rows)) for series, rows in groupby(book.rows, lambda row: (row.series, row.period))]
    for (series, period), rows in runs:
        if len(runs) > 1:
            table.section(f"Từ số {rows[0].symbol} đến số {rows[-1].symbol} (hệ thống số {series}, {period})")
        for row in rows:
            table.row(cells(row), struck=row.state is RegisterState.VOID)
    _end(pages, book)
    return bytes(pages.output())


def _cover(pages: Pages, book: Book) -> None:
    pages.add_page()
    _frame(pages)
    pages.ln(14 * pages.scale)
    keepers = book.keepers or (Keeper(book.agency_name, ""),)
    parent = keepers[-1].parent
    if parent:
        pages.say(parent.upper(), 16)
    for keeper in keepers:
        pages.say(keeper.name.upper() + _span(keeper, len(keepers)), 18, bold=True)
    if book.agency_name not in {keeper.name for keeper in keepers}:
        pages.say(f"({book.agency_name})", 16)
    pages.ln(pages.h / 6)
    pages.say("SỔ ĐĂNG KÝ VĂN BẢN ĐI", 34, bold=True)
    pages.ln(6)
    pages.say(f"Năm: {book.year}", 20, bold=True)
    pages.ln(pages.h / 10)
    first, last = _ends(book.rows)
    days = sorted(row.date for row in book.rows)
    pages.say(f"Từ số {first} đến số {last}", 16)
    pages.say(f"Từ ngày {_day(days[0] if days else None)} đến ngày {_day(days[-1] if days else None)}", 16)
    pages.say("Quyển số: ……", 16)


def _frame(pages: Pages) -> None:
    """Two rules around the cover."""
    for inset in (0.0, 1.5):
        left, top = pages.l_margin + inset, pages.t_margin + inset
        pages.rect(left, top, pages.w - pages.r_margin - left - inset, pages.bottom - top - inset)


def _end(pages: Pages, book: Book) -> None:
    """How many rows there are, and who signs for the book."""
    void = sum(row.state is RegisterState.VOID for row in book.rows)
    if pages.get_y() + 45 * pages.scale > pages.bottom:
        pages.add_page()
    pages.ln(4)
    pages.say(
        f"Sổ có {len(book.rows)} dòng đăng ký, trong đó {void} số đã hủy (gạch ngang, lý do ghi ở cột 10).",
        12,
        align="L",
        style="I",
    )
    pages.ln(3)
    pages.set_x(pages.w - pages.r_margin - pages.epw / 3)
    for text, points, bold, style in (
        ("……………, ngày …… tháng …… năm ………", 12, False, "I"),
        ("NGƯỜI GIỮ SỔ", 12, True, ""),
        ("(Ký, ghi rõ họ tên)", 11, False, "I"),
    ):
        pages.set_x(pages.w - pages.r_margin - pages.epw / 3)
        pages.say(text, points, bold=bold, style=style, width=pages.epw / 3)


def _ends(rows: Iterable[RegisterEntry]) -> tuple[str, str]:
    symbols = [row.symbol for row in rows]
    return (symbols[0], symbols[-1]) if symbols else ("……", "……")


def _span(keeper: Keeper, count: int) -> str:
    """From when until when a name held, where the year has several."""
    if count == 1:
        return ""
    if keeper.since and keeper.until:
        return f" (từ {_day(keeper.since)} đến {_day(keeper.until)})"
    return f" (từ {_day(keeper.since)})" if keeper.since else f" (đến {_day(keeper.until)})"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "……"
