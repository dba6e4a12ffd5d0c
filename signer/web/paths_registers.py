"""The operations on registers and deadlines, as they are described."""

from __future__ import annotations

from signer.sheets.columns import PAPERS
from signer.web.operations import ID, Paths, Told, change, json_body, paged, path, query, read, sheets, tagged
from signer.web.pages import MOST_ROWS
from signer.web.replies import JSON, SHEETS
from signer.web.shapes import YEAR, ref, text

_FORM = query(
    "format",
    {"type": "string", "enum": ["json", *SHEETS], "default": "json"},
    "csv, xlsx, pdf: cả sổ, không theo trang. / A whole book, in no pages.",
)


def paths() -> Paths:
    """All of them, by path."""
    return tagged("registers", _rows() | _books())


def _rows() -> Paths:
    row = f"{'/v1/documents/{document_id}'}/register"
    return {
        "/v1/registers/{agency}/rows": {
            "post": change(
                "enter",
                Told(
                    "Đăng ký văn bản giấy / Register a paper document",
                    "Văn bản giấy ngay từ đầu lấy số trong cùng hệ thống số với văn bản điện tử.",
                    "A document that is on paper from the start takes its number in the same series as "
                    "electronic ones.",
                ),
                ref("OnPaper"),
                json_body("RowRequest"),
                [_agency()],
                status=201,
            )
        },
        row: {
            "get": read(
                "row",
                Told(
                    "Dòng trong sổ và lịch sử / Its row, and history",
                    "Mười cột của Phụ lục IV, và mỗi cột trước đó ghi gì, ai sửa, khi nào.",
                    "The ten columns, and what each said before, who changed it, when.",
                ),
                {JSON: ref("RowWithHistory")},
                [ID],
            ),
            "patch": change(
                "complete_row",
                Told(
                    "Ghi các cột 5 đến 10 của sổ / Complete columns 5 to 10",
                    "Số, ký hiệu, ngày, trích yếu không bao giờ thay đổi; giá trị cũ được giữ trong lịch sử.",
                    "Number, notation, date and subject never change; what a column said before is kept.",
                ),
                ref("RowWithHistory"),
                json_body("ColumnsRequest"),
                [ID],
            ),
        },
    }


def _books() -> Paths:
    year = path("year", YEAR)
    return {
        "/v1/registers/{agency}/{year}": {
            "get": read(
                "register",
                Told(
                    "Sổ đăng ký văn bản đi / The register of outgoing documents",
                    f"NĐ 30/2020/NĐ-CP, Phụ lục IV. JSON: cả sổ đến {MOST_ROWS} dòng, hơn nữa thì theo trang.",
                    f"As JSON the whole book up to {MOST_ROWS} rows; beyond that, or with `limit`, in pages.",
                ),
                sheets("Register"),
                [
                    _agency(),
                    year,
                    _FORM,
                    query(
                        "paper", {"type": "string", "enum": list(PAPERS), "default": PAPERS[0]}, "Khổ giấy / of the PDF"
                    ),
                    *paged(MOST_ROWS, MOST_ROWS),
                ],
                headers=["Link", "Content-Disposition-Maybe"],
            )
        },
        "/v1/registers/{agency}/{year}/deadlines": {
            "get": read(
                "deadlines",
                Told(
                    "Thời hạn ban hành, gửi văn bản / Deadlines missed, and the year's figures",
                    "Văn bản ban hành muộn, gửi muộn, quá hạn, theo ngày làm việc; số liệu cả năm ở mọi trang.",
                    "What was issued or sent late or is overdue, by working days; the year's figures on every page.",
                ),
                sheets("Deadlines"),
                [_agency(), year, _FORM, *paged(MOST_ROWS, MOST_ROWS)],
                headers=["Link", "Content-Disposition-Maybe"],
            )
        },
    }


def _agency() -> dict[str, object]:
    return path("agency", text("Mã cơ quan ban hành / code of the issuer", minLength=1))
