"""The OpenAPI 3.1 document: what is served, to whom, in which shape. Tested against the running service."""

from __future__ import annotations

from signer.model import DocumentState
from signer.usecases.look import MAX_PAGE
from signer.web.operations import (
    BINARY,
    ID,
    PROBLEM,
    Operation,
    change,
    form,
    json_body,
    paged,
    path,
    query,
    read,
    sheets,
    unguarded,
)
from signer.web.pages import MOST_ROWS, USUAL
from signer.web.replies import JSON, PDF, SHEETS
from signer.web.schemas import SCHEMAS
from signer.web.shapes import YEAR, ref, text, words
from signer.web.version import VERSION

_DESCRIPTION = """\
Ký số, cấp số và đóng dấu điện tử cho văn bản đi (NĐ 30/2020/NĐ-CP): chuẩn bị dự thảo, lãnh đạo ký, văn thư cấp số
và ngày, cơ quan ký số. / Signing and numbering of outgoing documents: prepare, leaders sign, the clerk issues.

Lỗi là `application/problem+json` (RFC 9457) với `code` ổn định. / Errors are problem details with a stable `code`.
"""


def document() -> dict[str, object]:
    """The whole description, JSON values only."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ấn Tín",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"apiKey": []}],
        "paths": _paths(),
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}},
            "responses": {
                "Problem": {"description": "Lỗi / a problem", "content": {PROBLEM: {"schema": ref("Problem")}}}
            },
        },
    }


def _paths() -> dict[str, dict[str, Operation]]:
    return _documents() | _one_document() | _registers() | _service()


def _documents() -> dict[str, dict[str, Operation]]:
    sent = form("Metadata", attachments=True)
    return {
        "/v1/documents": {
            "post": change("prepare", "Chuẩn bị dự thảo / Prepare a draft", ref("Prepared"), sent, status=201),
            "get": read(
                "list_documents",
                "Danh sách văn bản / List documents",
                {JSON: ref("Documents")},
                [
                    query("state", words(DocumentState)),
                    query("agency", text("Cơ quan ban hành / the issuer")),
                    query("external_id", text("Mã của hệ thống gọi / the caller's own id")),
                    *paged(MAX_PAGE, USUAL),
                ],
            ),
        },
        "/v1/documents/check": {
            "post": read(
                "check",
                "Kiểm tra dự thảo và tệp kèm theo, không lưu gì / What would be refused or remarked; nothing is kept",
                {JSON: ref("CheckReport"), "text/html": text("trang cho người soạn thảo / the drafter's page")},
                [query("format", {"type": "string", "enum": ["json", "html"], "default": "json"})],
                sent,
            )
        },
        "/v1/copies": {
            "post": change(
                "copy",
                "Sao y, sao lục, trích sao từ giấy sang điện tử / Certify a scan as a copy",
                ref("Copied"),
                form("CopyRequest"),
                status=201,
            )
        },
    }


def _one_document() -> dict[str, dict[str, Operation]]:
    one = "/v1/documents/{document_id}"
    end = json_body("EndRequest")
    return {
        one: {"get": read("show_document", "Một văn bản / One document", {JSON: ref("Document")}, [ID])},
        f"{one}/content": {"get": read("content", "Bản mới nhất / The newest revision", {PDF: BINARY}, [ID])},
        f"{one}/files/{{n}}": {
            "get": read(
                "file",
                "Một tệp: 1 là văn bản, sau đó là tệp kèm theo / One file: the document, then its attachments",
                {PDF: BINARY},
                [ID, path("n", {"type": "integer", "minimum": 1})],
            )
        },
        f"{one}/signatures": {
            "post": change("sign", "Ký nháy hoặc ký / Initial or sign", ref("Signed"), json_body("SignRequest"), [ID])
        },
        f"{one}/issue": {
            "post": change(
                "issue",
                "Cấp số, ngày và ký số của cơ quan, hoặc phát hành bản giấy / "
                "Number, date, agency's signature; or number and date for paper",
                {"anyOf": [ref("Issued"), ref("OnPaper")]},
                json_body("IssueRequest", needed=False),
                [ID],
            )
        },
        f"{one}/reject": {"post": change("reject", "Từ chối / Reject", ref("Ended"), end, [ID])},
        f"{one}/void": {"post": change("void", "Hủy số / Void the number", ref("Ended"), end, [ID])},
        f"{one}/recall": {"post": change("recall", "Thu hồi văn bản đã ban hành / Recall", ref("Ended"), end, [ID])},
        f"{one}/register": {
            "get": read("row", "Dòng trong sổ và lịch sử / Its row, and history", {JSON: ref("RowWithHistory")}, [ID]),
            "patch": change(
                "complete_row",
                "Ghi các cột 5 đến 10 của sổ / Complete columns 5 to 10",
                ref("RowWithHistory"),
                json_body("ColumnsRequest"),
                [ID],
            ),
        },
    }


def _registers() -> dict[str, dict[str, Operation]]:
    agency, year = path("agency", text()), path("year", YEAR)
    as_what = query("format", {"type": "string", "enum": ["json", *SHEETS], "default": "json"})
    return {
        "/v1/registers/{agency}/rows": {
            "post": change(
                "enter",
                "Đăng ký văn bản giấy / Register a paper document",
                ref("OnPaper"),
                json_body("RowRequest"),
                [agency],
                status=201,
            )
        },
        "/v1/events": {
            "get": read(
                "events",
                "Sự kiện của văn bản, theo thứ tự, đọc tiếp được / What happened, in order, resumable",
                {JSON: ref("Events")},
                paged(MAX_PAGE, USUAL),
            )
        },
        "/v1/registers/{agency}/{year}": {
            "get": read(
                "register",
                "Sổ đăng ký văn bản đi (NĐ 30/2020/NĐ-CP, Phụ lục IV) / The register",
                sheets("Register"),
                [
                    agency,
                    year,
                    as_what,
                    query("paper", {"type": "string", "enum": ["a3", "a4"], "default": "a3"}),
                    *paged(MOST_ROWS, MOST_ROWS),
                ],
            )
        },
        "/v1/registers/{agency}/{year}/deadlines": {
            "get": read(
                "deadlines",
                "Thời hạn ban hành, gửi văn bản / Deadlines missed, and the year's figures",
                sheets("Deadlines"),
                [agency, year, as_what, *paged(MOST_ROWS, MOST_ROWS)],
            )
        },
    }


def _service() -> dict[str, dict[str, Operation]]:
    return {
        "/v1/verify": {
            "post": read(
                "verify", "Kiểm tra chữ ký / Verify", {JSON: ref("Report")}, body=form(attachments=True, bare=True)
            ),
        },
        "/healthz": {"get": unguarded("healthz", "Tiến trình còn sống / Alive", ref("Alive"))},
        "/readyz": {
            "get": unguarded(
                "readyz",
                "Sẵn sàng; operator thấy chi tiết / Ready; operators see more",
                ref("Ready"),
                not_ready=True,
            )
        },
        "/metrics": {"get": read("metrics", "Số liệu Prometheus / Metrics", {"text/plain": text()})},
        "/openapi.json": {"get": unguarded("openapi", "Tài liệu này / This document", {"type": "object"})},
    }
