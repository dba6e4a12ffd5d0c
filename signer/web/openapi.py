"""The OpenAPI 3.1 document: what is served, to whom, in which shape. Tested against the running service."""

from __future__ import annotations

from signer.model import DocumentState
from signer.web.auth import ALLOWED
from signer.web.problems import STATUS
from signer.web.schemas import SCHEMAS, Schema, array, ref, text
from signer.web.version import VERSION

Operation = dict[str, object]

_DESCRIPTION = """\
Ký số, cấp số và đóng dấu điện tử cho văn bản đi (NĐ 30/2020/NĐ-CP): chuẩn bị dự thảo, lãnh đạo ký, văn thư cấp số
và ngày, cơ quan ký số. / Signing and numbering of outgoing documents: prepare, leaders sign, the clerk issues.

Lỗi là `application/problem+json` (RFC 9457) với `code` ổn định. / Errors are problem details with a stable `code`.
"""

PDF, JSON, PROBLEM = "application/pdf", "application/json", "application/problem+json"
_BINARY: Schema = {"type": "string", "format": "binary"}
_ID = {"name": "document_id", "in": "path", "required": True, "schema": text()}
_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "schema": text(pattern="^[A-Za-z0-9._:-]{1,128}$"),
}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Cùng khóa và cùng nội dung: cùng câu trả lời, không thực hiện hai lần. / "
    "Same key and body: same answer, carried out once.",
    "schema": text(minLength=1, maxLength=255),
}


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
    one = "/v1/documents/{document_id}"
    return {
        "/v1/documents": {
            "post": _change("prepare", "Chuẩn bị dự thảo / Prepare a draft", 201, "Prepared", body=_form()),
            "get": _read(
                "list_documents",
                "Danh sách văn bản / List documents",
                JSON,
                ref("Documents"),
                [
                    _query("state", {"type": "string", "enum": [state.value for state in DocumentState]}),
                    _query("after", text("id cuối của trang trước / last id of the page before")),
                    _query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 100}),
                ],
            ),
        },
        one: {"get": _read("show_document", "Một văn bản / One document", JSON, ref("Document"), [_ID])},
        f"{one}/content": {"get": _read("content", "Bản mới nhất / The newest revision", PDF, _BINARY, [_ID])},
        f"{one}/files/{{n}}": {
            "get": _read(
                "file",
                "Một tệp của văn bản / One file",
                PDF,
                _BINARY,
                [_ID, _path("n", {"type": "integer", "minimum": 1})],
            )
        },
        f"{one}/signatures": {
            "post": _change(
                "sign",
                "Ký nháy hoặc ký / Initial or sign",
                200,
                "Signed",
                body=_json("SignRequest"),
                parameters=[_ID],
            )
        },
        f"{one}/issue": {
            "post": _change(
                "issue",
                "Cấp số, ngày và ký số của cơ quan / Number, date, agency's signature",
                200,
                "Issued",
                body=_json("IssueRequest", needed=False),
                parameters=[_ID],
            )
        },
        f"{one}/reject": {
            "post": _change("reject", "Từ chối / Reject", 200, "Ended", body=_json("EndRequest"), parameters=[_ID])
        },
        f"{one}/void": {
            "post": _change(
                "void", "Hủy số / Void the number", 200, "Ended", body=_json("EndRequest"), parameters=[_ID]
            )
        },
        "/v1/registers/{agency}/{year}": {"get": _register()},
        "/v1/verify": {
            "post": _read(
                "verify",
                "Kiểm tra chữ ký / Verify",
                JSON,
                ref("Report"),
                [],
                body={
                    "required": True,
                    "content": {
                        PDF: {"schema": _BINARY},
                        "multipart/form-data": {
                            "schema": {"type": "object", "properties": {"file": _BINARY}, "required": ["file"]}
                        },
                    },
                },
            )
        },
        "/healthz": {"get": _open("healthz", "Tiến trình còn sống / Alive", ref("Alive"))},
        "/readyz": {
            "get": _open(
                "readyz",
                "Sẵn sàng; operator thấy chi tiết / Ready; operators see more",
                ref("Ready"),
                not_ready=True,
            )
        },
        "/metrics": {"get": _read("metrics", "Số liệu Prometheus / Metrics", "text/plain", text(), [])},
        "/openapi.json": {"get": _open("openapi", "Tài liệu này / This document", {"type": "object"})},
    }


def _change(
    endpoint: str,
    summary: str,
    status: int,
    shape: str,
    *,
    body: Operation,
    parameters: list[Operation] | None = None,
) -> Operation:
    operation = _operation(endpoint, summary, [*(parameters or []), _IDEMPOTENCY], body)
    operation["responses"] = {
        str(status): {"description": summary, "content": {JSON: {"schema": ref(shape)}}},
        **_problems(),
    }
    return operation


def _read(
    endpoint: str,
    summary: str,
    media: str,
    schema: Schema,
    parameters: list[Operation],
    body: Operation | None = None,
) -> Operation:
    operation = _operation(endpoint, summary, parameters, body)
    good = {"description": summary, "content": {media: {"schema": schema}}}
    operation["responses"] = {"200": good, **_problems()}
    return operation


def _open(endpoint: str, summary: str, schema: Schema, *, not_ready: bool = False) -> Operation:
    operation = _operation(endpoint, summary, [], None)
    good = {"description": summary, "content": {JSON: {"schema": schema}}}
    operation["security"] = []
    operation["responses"] = {
        "200": good,
        **({"503": good} if not_ready else {}),
        "429": {"$ref": "#/components/responses/Problem"},
    }
    return operation


def _register() -> Operation:
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    operation = _read(
        "register",
        "Sổ đăng ký văn bản đi / The register",
        JSON,
        ref("Register"),
        [
            _path("agency", text()),
            _path("year", {"type": "integer"}),
            _query("format", {"type": "string", "enum": ["json", "csv", "xlsx"], "default": "json"}),
        ],
    )
    content = {JSON: {"schema": ref("Register")}, "text/csv": {"schema": text()}, sheet: {"schema": _BINARY}}
    good = {"description": "NĐ 30/2020/NĐ-CP, Phụ lục IV", "content": content}
    operation["responses"] = {"200": good, **_problems()}
    return operation


def _operation(endpoint: str, summary: str, parameters: list[Operation], body: Operation | None) -> Operation:
    roles = ", ".join(sorted(role.value for role in ALLOWED.get(endpoint, ())))
    operation: Operation = {"operationId": endpoint, "summary": summary, "parameters": [*parameters, _REQUEST_ID]}
    if roles:
        operation["description"] = f"Vai trò được dùng / roles: {roles}"
    if body is not None:
        operation["requestBody"] = body
    return operation


def _problems() -> dict[str, object]:
    return {str(status): {"$ref": "#/components/responses/Problem"} for status in sorted(STATUS.values())}


def _json(shape: str, *, needed: bool = True) -> Operation:
    return {"required": needed, "content": {JSON: {"schema": ref(shape)}}}


def _form() -> Operation:
    return {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "metadata"],
                    "properties": {"file": _BINARY, "metadata": ref("Metadata"), "attachment": array(_BINARY)},
                },
                "encoding": {
                    "metadata": {"contentType": JSON},
                    "file": {"contentType": PDF},
                    "attachment": {"contentType": PDF},
                },
            }
        },
    }


def _path(name: str, schema: Schema) -> Operation:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str, schema: Schema) -> Operation:
    return {"name": name, "in": "query", "required": False, "schema": schema}
