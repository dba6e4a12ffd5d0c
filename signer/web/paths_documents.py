"""The operations on documents, as they are described."""

from __future__ import annotations

from signer.model import DocumentState
from signer.usecases.look import MAX_PAGE
from signer.web.operations import (
    ID,
    Paths,
    Told,
    change,
    download,
    form,
    json_body,
    paged,
    path,
    query,
    read,
    tagged,
)
from signer.web.pages import USUAL
from signer.web.replies import JSON
from signer.web.shapes import ref, text, words

_ONE = "/v1/documents/{document_id}"


def paths() -> Paths:
    """All of them, by path."""
    return tagged("documents", _all() | _one() | _acts() | _ends())


def _all() -> Paths:
    return {
        "/v1/documents": {
            "post": change(
                "prepare",
                Told(
                    "Chuẩn bị dự thảo / Prepare a draft",
                    "Gửi dự thảo PDF, lời khai (`metadata`) và các tệp kèm theo. Dịch vụ tìm chỗ ghi số, ngày, chỗ ký "
                    "và đóng dấu, thêm các ô trống rồi lưu; chưa ai ký. Từ chối thì nêu mọi lý do và không lưu gì.",
                    "Send a draft (PDF), what is said of it (`metadata`) and its attachments. The service finds where "
                    "number, date, signatures and seal go, adds the empty fields and keeps it; nobody has "
                    "signed yet. A "
                    "refusal gives every reason, and nothing is kept.",
                ),
                ref("Prepared"),
                form("Metadata", attachments=True),
                status=201,
            ),
            "get": read(
                "list_documents",
                Told(
                    "Danh sách văn bản / List documents",
                    "Theo thứ tự cũ trước; chỉ văn bản của các cơ quan mà khóa truy cập được dùng.",
                    "Oldest first; only documents of the key's agencies.",
                ),
                {JSON: ref("Documents")},
                [
                    query("state", words(DocumentState)),
                    query("agency", text(), "Cơ quan ban hành / the issuer"),
                    query("external_id", text(), "Mã của hệ thống gọi / the caller's own id"),
                    *paged(MAX_PAGE, USUAL, text(pattern="^([0-9a-f]{32})?$")),
                ],
                headers=["Link"],
            ),
        },
        "/v1/copies": {
            "post": change(
                "copy",
                Told(
                    "Sao y, sao lục, trích sao từ giấy sang điện tử / Certify a scan as a copy",
                    "Gửi bản quét màu của văn bản giấy; cơ quan ký số trên bản sao (NĐ 30/2020/NĐ-CP, Điều 25, 26).",
                    "Send the colour scan of a paper document; the agency signs the copy.",
                ),
                ref("Copied"),
                form("CopyRequest"),
                status=201,
            )
        },
    }


def _one() -> Paths:
    newest = Told(
        "Bản mới nhất / The newest revision",
        "Tệp PDF như sau chữ ký cuối cùng.",
        "The PDF as it is after the last signature.",
    )
    file = Told(
        "Một tệp / One file",
        "1 là văn bản, sau đó là các tệp kèm theo, theo thứ tự đã gửi.",
        "1 is the document itself, then its attachments as they were sent.",
    )
    show = Told(
        "Một văn bản / One document",
        "Trạng thái, người ký, chữ ký, tệp, vị trí, lưu ý, quan hệ với văn bản khác.",
        "State, signers, signatures, files, places, remarks, relations to other documents.",
    )
    return {
        _ONE: {"get": read("show_document", show, {JSON: ref("Document")}, [ID])},
        f"{_ONE}/content": {"get": download("content", newest, [ID])},
        f"{_ONE}/files/{{n}}": {"get": download("file", file, [ID, path("n", {"type": "integer", "minimum": 1})])},
    }


def _acts() -> Paths:
    return {
        f"{_ONE}/signatures": {
            "post": change(
                "sign",
                Told(
                    "Ký nháy hoặc ký / Initial or sign",
                    "Người ký dùng khóa của chính mình, mã PIN gửi kèm mỗi lần ký và không được lưu. Thứ tự ký, thẩm "
                    "quyền, chứng thư số được kiểm tra trước khi ký.",
                    "Whoever signs uses a key of their own; the PIN comes with each call and is not kept. "
                    "Order, authority "
                    "and certificate are checked before the token signs.",
                ),
                ref("Signed"),
                json_body("SignRequest"),
                [ID],
            )
        },
        f"{_ONE}/issue": {
            "post": change(
                "issue",
                Told(
                    "Cấp số, ngày và ký số của cơ quan / Number, date, agency's signature",
                    "Văn thư ra lệnh; số, ngày và chữ ký số của cơ quan vào tệp trong một lần cập nhật. Với "
                    "`medium: paper` chỉ cấp số và ngày. Lệnh bị ngắt giữa chừng thì gửi lại: số đã giữ không mất.",
                    "The clerk gives the order; number, date and the agency's signature enter the file in "
                    "one update. With "
                    "`medium: paper` number and date only. Repeat an order that broke off: the number held "
                    "is not lost.",
                ),
                {"anyOf": [ref("Issued"), ref("OnPaper")]},
                json_body("IssueRequest", needed=False),
                [ID],
            )
        },
    }


def _ends() -> Paths:
    reject = Told(
        "Từ chối / Reject",
        "Văn bản chưa có số không được ký, không được phát hành nữa.",
        "A document without a number is not signed or issued any more.",
    )
    void = Told(
        "Hủy số / Void the number",
        "Số đã cấp bị hủy và không cấp lại; chỉ khi văn bản chưa gửi đi.",
        "The number is void and given to no other; only while the document was not sent.",
    )
    recall = Told(
        "Thu hồi văn bản đã ban hành / Recall an issued document",
        "NĐ 30/2020/NĐ-CP, Điều 18 khoản 4: văn bản và dòng trong sổ giữ nguyên từ đó.",
        "The document and its row stay as they are from then on.",
    )
    return {
        f"{_ONE}/{name}": {"post": change(name, told, ref("Ended"), json_body("EndRequest"), [ID])}
        for name, told in (("reject", reject), ("void", void), ("recall", recall))
    }
