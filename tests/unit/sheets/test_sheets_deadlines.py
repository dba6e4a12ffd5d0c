"""Deadlines of a year as CSV, XLSX and PDF."""

import csv
import datetime as dt
import io
from dataclasses import replace

import openpyxl
import pytest

from policies.deadlines import CourseFacts, judge
from policies.model import Finding, Severity, Text
from signer.model import Course, DocumentState, Medium, Urgency
from signer.sheets.deadlines import csv_bytes, pdf_bytes, xlsx_bytes
from signer.usecases.deadlines import DeadlineBook, Figures, Late
from signer.usecases.rules import rules_in_force
from tests.support.tools import qpdf, run

NOW = dt.datetime(2026, 3, 20, 3, tzinfo=dt.UTC)
GAP = Finding("calendar-not-entered", Severity.INFO, Text("Chưa nhập lịch nghỉ lễ.", "no holidays"), "Điều 112")
HEAD = ["Số, ký hiệu", "Trích yếu", "Độ khẩn", "Vi phạm thời hạn", "Hạn", "Thực hiện", "Chậm (ngày làm việc)", "Căn cứ"]


def course(**changes: object) -> Course:
    made = Course(
        document_id="01J",
        state=DocumentState.ISSUED,
        medium=Medium.ELECTRONIC,
        type="QĐ",
        subject="=Về việc phê duyệt",
        urgency=Urgency.NORMAL,
        symbol="05/QĐ-BTC",
        date=dt.date(2026, 3, 11),
        created_at=NOW,
        signed_at=NOW,
        issued_at=NOW,
        sent_on="",
        reason="",
    )
    return replace(made, **changes)


@pytest.fixture
def book() -> DeadlineBook:
    """Signed on Friday the 6th, issued on Wednesday the 11th, never sent; another signed on the 9th and left."""
    first = CourseFacts(dt.date(2026, 3, 6), dt.date(2026, 3, 11), None, urgent=False)
    other = CourseFacts(dt.date(2026, 3, 9), None, None, urgent=True)
    on_paper, waiting = course(medium=Medium.PAPER), course(symbol="", urgency=Urgency.FLASH)
    late = [Late(on_paper, each) for each in judge(rules_in_force, first, NOW)]
    late += [Late(waiting, each) for each in judge(rules_in_force, other, NOW)]
    figures = Figures(12, 3, 1, 0, 1, 1, 2, 4, 5)
    return DeadlineBook("BTC", "Bộ Tài chính", 2026, NOW, figures, tuple(late), (GAP,))


def test_csv_has_figures_then_every_deadline_that_was_missed(book):
    data = csv_bytes(book)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert lines[:4] == [
        ["BỘ TÀI CHÍNH"],
        ["THEO DÕI THỜI HẠN BAN HÀNH, GỬI VĂN BẢN ĐI"],
        ["Năm 2026, tính đến 10:00 ngày 20/03/2026"],
        ["Chưa nhập lịch nghỉ lễ. [Điều 112]"],
    ]
    blank = lines.index([])
    assert [int(number) for _, number in lines[4:blank]] == [12, 3, 1, 0, 1, 1, 2, 4, 5]
    assert lines[blank + 1] == HEAD
    issued, sent, waiting = lines[blank + 2 :]
    assert issued[:7] == [
        "05/QĐ-BTC (giấy)", "'=Về việc phê duyệt", "Thường", "Ban hành muộn", "09/03/2026", "11/03/2026", "2",
    ]  # fmt: skip
    assert sent[3:7] == ["Chưa gửi", "12/03/2026", "chưa", "6"]
    assert waiting[0] == "(chưa có số)"
    assert waiting[2:7] == ["Hỏa tốc", "Chưa ban hành", "09/03/2026", "chưa", "9"]
    assert all("Điều" in row[7] for row in (issued, sent, waiting))


def test_xlsx_has_the_same_with_figures_as_numbers_and_no_formula(book):
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(book))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "BỘ TÀI CHÍNH"
    assert ("Văn bản đã ban hành", 12) in [row[:2] for row in rows]
    assert list(rows[-4]) == HEAD
    assert rows[-3][1] == "=Về việc phê duyệt"
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)


def test_pdf_is_clean_and_says_all_of_it(book, tmp_path):
    file = tmp_path / "deadlines.pdf"
    file.write_bytes(pdf_bytes(book))
    qpdf(file)
    told = " ".join(run("pdftotext", "-layout", str(file), "-").split())
    assert told.startswith("BỘ TÀI CHÍNH THEO DÕI THỜI HẠN BAN HÀNH, GỬI VĂN BẢN ĐI Năm 2026, tính đến 10:00")
    assert "Quá hạn, chưa gửi: 1; Bị từ chối: 2; Đã hủy số: 4; Đã thu hồi: 5." in told
    assert told.endswith("Trang 1/1")
    for text in ("05/QĐ-BTC", "Ban hành muộn", "(chưa có số)", "Chưa nhập lịch nghỉ lễ. [Điều 112]"):
        assert text in told
    assert pdf_bytes(book) == file.read_bytes()


def test_a_year_without_delay_says_so(book, tmp_path):
    calm = replace(book, late=(), findings=())
    file = tmp_path / "calm.pdf"
    file.write_bytes(pdf_bytes(calm))
    assert "Không có văn bản nào ban hành hoặc gửi quá hạn." in run("pdftotext", str(file), "-")
    assert "Không có văn bản nào" in csv_bytes(calm).decode()
