"""The ten columns of the register of outgoing documents, in the words of NĐ 30/2020/NĐ-CP, Phụ lục IV."""

from __future__ import annotations

from collections.abc import Mapping

from signer.model import Medium, RegisterState

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


FIGURES = {
    "issued": "Văn bản đã ban hành",
    "on_paper": "trong đó bản giấy",
    "issued_late": "Ban hành muộn",
    "sent_late": "Gửi muộn",
    "issue_overdue": "Quá hạn, chưa ban hành",
    "send_overdue": "Quá hạn, chưa gửi",
    "refused": "Bị từ chối",
    "voided": "Đã hủy số",
    "recalled": "Đã thu hồi",
}
"""The figures of a year's deadlines."""


def cells(row: Mapping[str, object]) -> list[str]:
    """One row as machines are told of it, for people: days as they are written in Viet Nam, the note by ``note``."""
    told = {name: str(row[name]) for name in TITLES}
    told |= {"date": _day(told["date"]), "sent_on": _day(told["sent_on"]), "note": note(row)}
    return list(told.values())


def note(row: Mapping[str, object]) -> str:
    """Column 10, and before it what is not told by any other column: on paper, or still being issued."""
    marks = ["Bản giấy"] if row["medium"] == Medium.PAPER else []
    marks += ["Đang ban hành"] if row["state"] == RegisterState.RESERVED else []
    return ". ".join([*marks, str(row["note"])] if row["note"] else marks)


def _day(text: str) -> str:
    """A day, or a moment's, as 27/11/2026."""
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}" if text else ""
