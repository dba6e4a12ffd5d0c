"""The OpenAPI 3.1 document: what is served, to whom, in which shape. Tested against the running service."""

from __future__ import annotations

from signer.web import paths_documents, paths_registers, paths_service
from signer.web.operations import Operation, Paths
from signer.web.schemas import SCHEMAS
from signer.web.shapes import Schema, text
from signer.web.version import VERSION

_DESCRIPTION = """\
Ký số, cấp số và đóng dấu điện tử cho văn bản đi (NĐ 30/2020/NĐ-CP): chuẩn bị dự thảo, lãnh đạo ký, văn thư cấp số
và ngày, cơ quan ký số. / Signing and numbering of outgoing documents: prepare, leaders sign, the clerk issues.

**Lỗi / errors.** `application/problem+json` (RFC 9457) với `code` ổn định; mỗi thao tác liệt kê mã của từng trạng
thái, `docs/errors.md` liệt kê tất cả kèm cách xử lý. / Problem details with a stable `code`; each operation lists the
codes of each status, `docs/errors.md` all of them with what to do. Phương thức không dùng được: 405 với `Allow`; địa
chỉ không có: 404 `not-found`. / Another method is 405 with `Allow`, another address 404 `not-found`. Yêu cầu HTTP hỏng:
408, 417, 431, 501, cũng là problem details. / What cannot be read as HTTP is told as problem details, too.

**Lặp lại an toàn / safe to repeat.** Gửi `Idempotency-Key` với mọi thao tác thay đổi; mất kết nối thì gửi lại y
nguyên. / Send `Idempotency-Key` with whatever changes something; when the connection breaks, send the same again.

**Theo trang / pages.** `limit`, `after`; câu trả lời có `next` và `Link: <…>; rel="next"` (RFC 8288). / In the answer
`next` and a `Link`.

**Theo dõi / following.** `GET /v1/events?after=` thay cho việc hỏi từng văn bản. / Instead of asking for each document.
"""

_PARAMETERS: Operation = {
    "X-Request-ID": {
        "name": "X-Request-ID",
        "in": "header",
        "required": False,
        "description": "Mã yêu cầu của hệ thống gọi, ghi vào nhật ký: 1 đến 128 chữ, số, “.”, “_”, “:”, “-”; giá trị "
        "khác được thay bằng mã mới. / The caller's id of the request, for the logs: 1 to 128 letters, "
        "digits, “.”, “_”, "
        "“:”, “-”; anything else is replaced.",
        "schema": text(),
        "example": "qlvb-20261127-000123",
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Cùng khóa và cùng nội dung: cùng câu trả lời, không thực hiện hai lần; khác nội dung: 409. / "
        "Same key and body: same answer, carried out once; another body: 409.",
        "schema": text(pattern="^[!-~]{1,255}$"),
        "example": "5f0c2b1e-6a55-4f0b-9a9e-1d5f7c1d9f10",
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "`ETag` của bản đã có; không đổi: 304. / The `ETag` at hand; 304 where it is still the same.",
        "schema": text(),
    },
}

_HEADERS: Operation = {
    "X-Request-ID": {
        "description": "Mã yêu cầu, như trong nhật ký / the request's id, as in the logs",
        "required": True,
        "schema": text(pattern="^[A-Za-z0-9._:-]{1,128}$"),
    },
    "Location": {
        "description": "Địa chỉ của văn bản / where the document is",
        "required": True,
        "schema": text(pattern="^/v1/documents/[0-9a-f]{32}$"),
    },
    "Idempotency-Replayed": {
        "description": "`true`: câu trả lời cũ, không thực hiện lại / an answer given before, nothing was done again",
        "schema": {"type": "string", "const": "true"},
    },
    "ETag": {
        "description": "SHA-256 của tệp / of the file",
        "required": True,
        "schema": text(pattern='^"[0-9a-f]{64}"$'),
    },
    "Content-Disposition": {"description": "Tên tệp / the file's name (RFC 6266)", "required": True, "schema": text()},
    "Content-Disposition-Maybe": {
        "description": "Tên tệp, trừ khi là JSON / the file's name, but for JSON",
        "schema": text(),
    },
    "Link": {"description": 'Trang sau / the next page: `<…>; rel="next"` (RFC 8288)', "schema": text()},
    "WWW-Authenticate": {"description": "`Bearer` (RFC 6750)", "required": True, "schema": text(pattern="^Bearer")},
    "Retry-After": {
        "description": "Sau bao nhiêu giây nên gửi lại / seconds after which to come again",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "Retry-After-Maybe": {
        "description": "Khi chờ là đủ / where waiting helps: seconds",
        "schema": {"type": "integer", "minimum": 1},
    },
}


def document() -> dict[str, object]:
    """The whole description, JSON values only."""
    security: Schema = {
        "type": "http",
        "scheme": "bearer",
        "description": "Khóa truy cập do `antin api-key` cấp: vai trò, cơ quan, người. / An API key made by "
        "`antin api-key`: role, agencies, person.",
    }
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
        "tags": [
            {"name": "documents", "description": "Văn bản, từ dự thảo đến phát hành / Documents, from draft to issue"},
            {"name": "registers", "description": "Sổ đăng ký văn bản đi, thời hạn / Registers and deadlines"},
            {"name": "judgement", "description": "Kiểm tra dự thảo và chữ ký / Drafts and signatures judged"},
            {"name": "service", "description": "Dịch vụ / The service itself"},
        ],
        "paths": _paths(),
        "components": {
            "schemas": SCHEMAS,
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "securitySchemes": {"apiKey": security},
        },
    }


def _paths() -> Paths:
    return paths_documents.paths() | paths_registers.paths() | paths_service.paths()
