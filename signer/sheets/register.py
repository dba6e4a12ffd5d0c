"""The register as files for people: CSV and XLSX with the ten columns of NĐ 30 Phụ lục IV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from signer.sheets.columns import TITLES, cells
from signer.usecases import answers
from signer.usecases.register import Book

_WIDTHS = (18, 14, 60, 24, 40, 24, 10, 14, 14, 30)
_FONT = "Times New Roman"


def sheet_title(agency: str, year: int) -> str:
    """A sheet's name, without what it may not hold (ECMA-376, and whatever opens it)."""
    return re.sub(r"[\[\]:*?/\\]", "-", f"{agency} {year}")[:31]


def csv_bytes(book: Book) -> bytes:
    """UTF-8 with a byte order mark (without it Excel shows Vietnamese as rubbish), RFC 4180."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(TITLES.values())
    writer.writerows([harmless(text) for text in cells(answers.row(row))] for row in book.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_bytes(book: Book) -> bytes:
    """A sheet to print and bind (NĐ 30 Điều 16(2)b): agency, title, year, header, column numbers, rows."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(sheet_title(book.agency, book.year))
    for index, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHIJ"[index]].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.print_title_rows = "5:6"
    for line in _head(sheet, book):
        sheet.append(line)
    for row in book.rows:
        sheet.append([text_cell(sheet, text) for text in cells(answers.row(row))])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _head(sheet: WriteOnlyWorksheet, book: Book) -> Iterator[list[Cell]]:
    yield [text_cell(sheet, book.agency_name.upper(), bold=True)]
    yield [text_cell(sheet, "SỔ ĐĂNG KÝ VĂN BẢN ĐI", bold=True)]
    yield [text_cell(sheet, f"Năm {book.year}")]
    yield []
    yield [text_cell(sheet, title, bold=True) for title in TITLES.values()]
    yield [text_cell(sheet, f"({number})") for number in range(1, len(TITLES) + 1)]


def text_cell(sheet: WriteOnlyWorksheet, text: str, *, bold: bool = False) -> Cell:
    """A cell with a text, whatever it looks like."""
    cell: Cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text))
    # A subject that begins with "=" is a text, never a formula.
    cell.data_type = "s"
    cell.font = Font(name=_FONT, bold=bold)
    cell.alignment = Alignment(wrap_text=not bold, vertical="top")
    return cell


def harmless(text: str) -> str:
    """Keep a spreadsheet from running a text as a formula (OWASP, CSV injection): CSV has no types."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
