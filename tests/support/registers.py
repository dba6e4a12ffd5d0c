"""A year's register as a busy office has it: electronic, on paper, void, reserved; long, rare and hostile texts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from signer.model import Medium, RegisterEntry, RegisterState
from signer.usecases.register import Book, Keeper

YEAR = 2026
DOCUMENTS = (
    ("Quyết định", "QĐ", "Về việc phê duyệt kế hoạch lựa chọn nhà thầu gói thầu sửa chữa trụ sở làm việc"),
    ("", "VP", "V/v báo cáo tình hình thực hiện nhiệm vụ tháng, phương hướng nhiệm vụ trọng tâm tháng tiếp theo"),
    ("Thông báo", "TB", "Kết luận của Chủ tịch Ủy ban nhân dân xã tại cuộc họp giao ban tuần"),
    ("Tờ trình", "TTr", "Đề nghị điều chỉnh dự toán chi ngân sách"),
    ("Giấy mời", "GM", "Dự Hội nghị tổng kết công tác cải cách hành chính, chuyển đổi số"),
    ("Báo cáo", "BC", "Kết quả rà soát văn bản quy phạm pháp luật thuộc lĩnh vực đất đai, môi trường"),
)
SIGNERS = ("Nguyễn Văn Ấn", "H'Yim Kđoh", "Trần Thị Quỹ", "Đặng Hữu Nghĩa; Giàng A Chớ")
LONG = "Phê duyệt danh mục nhiệm vụ, dự án thuộc Chương trình mục tiêu quốc gia xây dựng nông thôn mới; "
HOSTILE = {
    17: "=CMD|'/c calc'!A1 tiếng\u202eđảo\u200b chiều",
    18: "hai\r\ndòng\tvà\x07 chuông\x00, Thủy Hòa viết rời: " + "Hòa bình",
    19: "không-có-dấu-cách-" + "dài" * 60,
    20: "Chữ lạ: ằẳẵặ ƯỬỮỰ œ ß Ω 漢字 🙂 & <b>đậm</b> **sao** {nb} %d \\n",
}


def entry(number: int, *, series: str = "ubnd-dp", day: dt.date | None = None) -> RegisterEntry:
    """The row of a number; the kind of document, and what is odd about it, goes by the number."""
    kind, mark, subject = DOCUMENTS[number % len(DOCUMENTS)]
    subject = HOSTILE.get(number, subject if number % 41 else (LONG * 6)[:500])
    day = day or dt.date(YEAR, 1, 2) + dt.timedelta(days=number * 350 // 300)
    paper, void = number % 5 == 0, number % 29 == 0
    row = RegisterEntry(
        agency="UBND-DP",
        series=series,
        period=str(YEAR),
        number=number,
        document_id=f"01J0000000000000000000{number:04d}",
        state=RegisterState.ISSUED,
        symbol=f"{number:02d}/{mark}-UBND",
        date=day,
        type_and_subject=f"{kind} {subject}".strip(),
        signer=SIGNERS[number % len(SIGNERS)],
        recipients="Sở Tài chính; Ủy ban nhân dân các xã, phường; Như Điều 3" if number % 3 else "Như trên",
        kept_by="VT, VP",
        copies=str(5 + number % 7) if paper else "",
        sent_on=f"{day}T16:05:00+07:00" if number % 2 else str(day),
        received_by="Lò Thị Mẩy" if paper else "",
        medium=Medium.PAPER if paper else Medium.ELECTRONIC,
    )
    if void:
        return replace(
            row, state=RegisterState.VOID, sent_on="", note=f"Hủy số ngày {day:%d/%m/%Y}: cấp số nhầm (Phạm Thị Lan)"
        )
    return row


def busy_book(rows: int = 300) -> Book:
    """``rows`` rows in two series, the last of them still being issued; the office was renamed on 1 July."""
    main = [entry(number) for number in range(1, rows - 29)]
    other = [entry(number, series="ubnd-dp-hop-dong") for number in range(1, 31)]
    last = replace(other[-1], state=RegisterState.RESERVED, sent_on="", received_by="", copies="", note="")
    return Book(
        agency="UBND-DP",
        agency_name="Ủy ban nhân dân xã Đông Phú",
        year=YEAR,
        rows=(*main, *other[:-1], last),
        keepers=(
            Keeper("Văn phòng HĐND và UBND xã Đông Phú", "Ủy ban nhân dân huyện Lục Nam", None, dt.date(YEAR, 6, 30)),
            Keeper("Văn phòng HĐND và UBND xã Đông Phú Mới", "Ủy ban nhân dân tỉnh", dt.date(YEAR, 7, 1), None),
        ),
        titles={"ubnd-dp": "Quyết định"},
    )
