"""The ten columns of the register of outgoing documents, in the words of NĐ 30/2020/NĐ-CP, Phụ lục IV."""

from __future__ import annotations

from signer.model import Medium, RegisterEntry, RegisterState

TITLES = {
    "symbol": "Số, ký hiệu văn bản",
    "date": "Ngày tháng văn bản",
    "type_and_subject": "Tên loại và trích yếu nội dung văn bản",
    "signer": "Người ký",
    "recipients": "Nơi nhận văn bản",
    "kept_by": "Đơn vị, người nhận bản lưu",
    "copies": "Số lượng bản",
    "sent_on": "Ngày chuyển",
    "received_by": "Ký nhận",
    "note": "Ghi chú",
}
"""The ten columns, in the words of Phụ lục IV."""

PAPERS = ("a3", "a4")
"""Sheets that a register is printed on for binding, the usual one first."""


def cells(row: RegisterEntry) -> list[str]:
    """One row, for people: days as they are written in Viet Nam, and in the note what the row is apart from others."""
    said = row.columns() | {"date": f"{row.date:%d/%m/%Y}", "sent_on": _sent(row.sent_on), "note": note(row)}
    return list(said.values())


def note(row: RegisterEntry) -> str:
    """Column 10, and before it what is not told by any other column: on paper, or still being issued."""
    marks = ["Bản giấy"] if row.medium is Medium.PAPER else []
    marks += ["Đang ban hành"] if row.state is RegisterState.RESERVED else []
    return ". ".join([*marks, row.note] if row.note else marks)


def _sent(text: str) -> str:
    """Column 8: "2026-11-27" or a moment, as 27/11/2026."""
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}" if text else ""
