"""Rejecting, voiding, and the register that keeps what was voided."""

import csv
import io
from dataclasses import replace

import openpyxl
import pytest

from signer.errors import Kind, SignerError
from signer.model import Actor, DocumentState, RegisterState
from signer.sheets.columns import TITLES
from signer.sheets.register import csv_bytes, xlsx_bytes
from signer.usecases.caller import Caller
from signer.usecases.register import Book

from .conftest import CLERK


def code_of(call, *arguments: object) -> tuple[Kind, str]:
    with pytest.raises(SignerError) as caught:
        call(*arguments)
    return caught.value.kind, caught.value.code


def test_a_rejected_document_is_neither_signed_nor_issued(desk):
    document = desk.prepared()
    rejected = desk.reject(document.id, "sai thể thức", CLERK)
    assert (rejected.state, rejected.reason) == (DocumentState.REJECTED, "sai thể thức (Phạm Thị Lan)")
    assert desk.document(document.id) == rejected
    with pytest.raises(SignerError) as caught:
        desk.signs(document, "an.nv")
    assert caught.value.kind is Kind.CONFLICT
    assert code_of(desk.issue, document.id, CLERK) == (Kind.CONFLICT, "document-rejected")
    assert code_of(desk.reject, document.id, "lần nữa", CLERK) == (Kind.CONFLICT, "already-ended")
    assert code_of(desk.void, document.id, "lần nữa", CLERK) == (Kind.CONFLICT, "already-ended")


def test_a_number_ends_only_by_void_with_a_reason_and_is_never_reused(desk):
    first, second = desk.signed(), desk.signed()
    assert code_of(desk.void, first.id, "x", CLERK) == (Kind.CONFLICT, "no-number")
    desk.issue(first.id, CLERK)
    assert code_of(desk.reject, first.id, "x", CLERK) == (Kind.CONFLICT, "has-a-number")
    void = desk.void(first.id, "ban hành nhầm", CLERK)
    assert void.state is DocumentState.VOID
    assert desk.issue(second.id, CLERK).document.numbering.number == 2
    rows = desk.register("BTC", desk.clock.now().year, CLERK).rows
    assert [(row.number, row.state) for row in rows] == [(1, RegisterState.VOID), (2, RegisterState.ISSUED)]
    assert "ban hành nhầm (Phạm Thị Lan)" in rows[0].note
    assert code_of(desk.issue, first.id, CLERK) == (Kind.CONFLICT, "document-void")
    assert code_of(desk.void, first.id, "lần nữa", CLERK) == (Kind.CONFLICT, "already-ended")


def test_refusals_are_told_in_the_words_of_the_office_not_of_the_program(desk):
    rejected, issued = desk.prepared(), desk.signed()
    desk.reject(rejected.id, "sai thể thức", CLERK)
    desk.issue(issued.id, CLERK)
    told = []
    for call, document in ((desk.void, rejected), (desk.reject, issued), (desk.void, desk.prepared())):
        with pytest.raises(SignerError) as caught:
            call(document.id, "x", CLERK)
        told.append(caught.value.text.vi)
    assert told == [
        "Văn bản đã bị từ chối, không thay đổi được nữa: sai thể thức (Phạm Thị Lan). "
        "Phạm Thị Lan (lan.pt) đã từ chối lúc 10:00:00 ngày 23/11/2026.",
        "Văn bản đã được cấp số: không từ chối được nữa, chỉ có thể hủy số.",
        "Văn bản chưa được cấp số: không có số để hủy, hãy từ chối văn bản.",
    ]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "đảo\u202e"])
def test_a_reason_is_needed(desk, reason):
    document = desk.prepared()
    assert code_of(desk.reject, document.id, reason, CLERK) == (Kind.MALFORMED, "reason-needed")
    assert code_of(desk.void, document.id, reason, CLERK) == (Kind.MALFORMED, "reason-needed")


def test_a_register_of_another_agency_does_not_exist(desk):
    caller = Caller(Actor("x", "X", "test"), agencies=frozenset({"VPCP"}))
    for agency, year in (("BTC", 2026), ("NONE", 2026), ("VPCP", 0), ("VPCP", 10**9)):
        assert code_of(desk.register, agency, year, caller) == (Kind.NOT_FOUND, "unknown-register")
    assert desk.register("VPCP", 2026, caller).rows == ()


@pytest.fixture
def book(desk) -> Book:
    document = desk.signed(recipients=("=1+1", "Lưu: VT"), kept_by="-2", copies=3)
    desk.issue(document.id, CLERK)
    return desk.register("BTC", desk.clock.now().year, CLERK)


def test_csv_shows_vietnamese_in_excel_and_runs_no_formula(book):
    data = csv_bytes(book)
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == list(TITLES.values())
    assert len(header) == 10
    assert (row[0], row[3], row[4], row[5], row[6]) == ("01/QĐ-BTC", "Nguyễn Văn An", "'=1+1; Lưu: VT", "'-2", "3")


def test_xlsx_has_agency_title_year_ten_columns_and_texts_only(book):
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(book))).active
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0][0] == "BỘ TÀI CHÍNH"
    assert lines[1][0] == "SỔ ĐĂNG KÝ VĂN BẢN ĐI"
    assert lines[2][0] == f"Năm {book.year}"
    assert list(lines[4]) == list(TITLES.values())
    assert list(lines[5]) == [f"({number})" for number in range(1, 11)]
    assert lines[6][0] == "01/QĐ-BTC"
    assert sheet.cell(7, 5).data_type == "s"
    assert sheet.cell(7, 5).value == "=1+1; Lưu: VT"


def test_a_sheet_is_called_by_what_a_sheet_may_be_called(book):
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(replace(book, agency="A:B*[1]/?")))).active
    assert sheet.title == f"A-B--1--- {book.year}"


def test_an_empty_book_is_still_a_sheet(book):
    empty = replace(book, rows=())
    assert len(list(csv.reader(io.StringIO(csv_bytes(empty).decode("utf-8-sig"))))) == 1
    assert openpyxl.load_workbook(io.BytesIO(xlsx_bytes(empty))).active.max_row == 6
