"""Deadlines of a year as files for people: CSV, XLSX and PDF, figures first, then every deadline that was missed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from openpyxl import Workbook

from signer.model import VIETNAM, Medium, Urgency
from signer.sheets.columns import FIGURES
from signer.sheets.printed import ITALIC, Column, Pages, Table
from signer.sheets.register import harmless, sheet_title, text_cell
from signer.usecases.deadlines import DeadlineBook, Late

_COLUMNS = (
    Column(15, "Số, ký hiệu"),
    Column(40, "Trích yếu"),
    Column(13, "Độ khẩn"),
    Column(16, "Vi phạm thời hạn"),
    Column(12, "Hạn", centred=True),
    Column(12, "Thực hiện", centred=True),
    Column(9, "Chậm (ngày làm việc)", centred=True),
    Column(30, "Căn cứ"),
)
_WORDS = {
    "issued-late": "Ban hành muộn",
    "sent-late": "Gửi muộn",
    "issue-overdue": "Chưa ban hành",
    "send-overdue": "Chưa gửi",
}
_URGENCY = {
    Urgency.NORMAL: "Thường",
    Urgency.URGENT: "Khẩn",
    Urgency.VERY_URGENT: "Thượng khẩn",
    Urgency.FLASH: "Hỏa tốc",
}
_TITLE = "THEO DÕI THỜI HẠN BAN HÀNH, GỬI VĂN BẢN ĐI"


def csv_bytes(book: DeadlineBook) -> bytes:
    """UTF-8 with a byte order mark, RFC 4180: of whom and when, the figures, an empty line, the table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([harmless(line)] for line in (*_head(book), *_remarks(book)))
    writer.writerows(figures(book))
    writer.writerow([])
    writer.writerow([column.title for column in _COLUMNS])
    writer.writerows([harmless(text) for text in _cells(late)] for late in book.late)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_bytes(book: DeadlineBook) -> bytes:
    """One sheet, texts only but for the figures."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(sheet_title(book.agency, book.year))
    for letter, column in zip("ABCDEFGH", _COLUMNS, strict=True):
        sheet.column_dimensions[letter].width = column.share * 1.2
    for line in _head(book):
        sheet.append([text_cell(sheet, line, bold=True)])
    for line in _remarks(book):
        sheet.append([text_cell(sheet, line)])
    for name, number in figures(book):
        sheet.append([text_cell(sheet, name), number])
    sheet.append([])
    sheet.append([text_cell(sheet, column.title, bold=True) for column in _COLUMNS])
    for late in book.late:
        sheet.append([text_cell(sheet, text) for text in _cells(late)])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def pdf_bytes(book: DeadlineBook) -> bytes:
    """To print, A4 in landscape."""
    pages = Pages("a4", f"{_TITLE} {book.year} - {book.agency_name}", book.at.astimezone(VIETNAM).date())
    pages.add_page()
    agency, title, as_of = _head(book)
    pages.say(agency, 16, bold=True, align="L")
    pages.say(title, 18, bold=True)
    pages.say(as_of, 14, style=ITALIC)
    pages.ln(3)
    pages.say("; ".join(f"{name}: {number}" for name, number in figures(book)) + ".", 14, align="L")
    for line in _remarks(book):
        pages.say(line, 12, align="L", style=ITALIC)
    pages.ln(3)
    table = Table(pages, _COLUMNS, 13)
    if book.late:
        table.head()
    for late in book.late:
        table.row(_cells(late))
    return bytes(pages.output())


def _head(book: DeadlineBook) -> tuple[str, str, str]:
    """Whose deadlines, what this is, and as of when."""
    return (
        book.agency_name.upper(),
        _TITLE,
        f"Năm {book.year}, tính đến {book.at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}",
    )


def _remarks(book: DeadlineBook) -> list[str]:
    told = [found.message.vi + (f" [{found.clause}]" if found.clause else "") for found in book.findings]
    return told if book.late else [*told, "Không có văn bản nào ban hành hoặc gửi quá hạn."]


def figures(book: DeadlineBook) -> Iterator[tuple[str, int]]:
    """The figures of the year, each with its Vietnamese title."""
    return ((title, getattr(book.figures, name)) for name, title in FIGURES.items())


def _cells(late: Late) -> list[str]:
    course, missed = late.course, late.lateness
    return [
        (course.symbol or "(chưa có số)") + (" (giấy)" if course.medium is Medium.PAPER else ""),
        course.subject,
        _URGENCY[course.urgency],
        _WORDS[missed.finding.code],
        f"{missed.due:%d/%m/%Y}",
        f"{missed.done:%d/%m/%Y}" if missed.done else "chưa",
        str(missed.workdays),
        missed.finding.clause,
    ]
