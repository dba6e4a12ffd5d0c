"""What is answered when a request cannot be read: the same problem details as everywhere (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus

from gunicorn.http import errors  # type: ignore[import-untyped]  # it has no annotations

from signer.errors import Kind, SignerError
from signer.web.problems import problem_body, too_slow

TOO_SLOW = (HTTPStatus.REQUEST_TIMEOUT, too_slow())
"""The head or the body did not come in time (RFC 9110, 15.5.9)."""

HEAD_TOO_LARGE = (
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    SignerError(
        Kind.MALFORMED,
        "head-too-large",
        "Dòng yêu cầu và các trường tiêu đề quá lớn.",
        "request line and header fields are too large",
    ),
)
"""No end of the header fields within bounds (RFC 6585, 5)."""

FAILED = (
    HTTPStatus.INTERNAL_SERVER_ERROR,
    SignerError(
        Kind.INTERNAL,
        "internal-error",
        "Lỗi nội bộ; hãy báo mã yêu cầu cho người quản trị.",
        "internal error; tell the operator the request id",
    ),
)
"""The server's own code failed outside the application."""

_CODING_UNKNOWN = (
    HTTPStatus.NOT_IMPLEMENTED,
    SignerError(
        Kind.MALFORMED,
        "transfer-coding-unknown",
        "Không hỗ trợ kiểu mã hóa truyền này.",
        "this transfer coding is not known here",
    ),
)
_EXPECTATION = (
    HTTPStatus.EXPECTATION_FAILED,
    SignerError(
        Kind.MALFORMED,
        "expectation-failed",
        "Không đáp ứng được điều kiện ở trường Expect.",
        "what the Expect field asks for is not to be had",
    ),
)
_NO_HTTP = (
    HTTPStatus.BAD_REQUEST,
    SignerError(Kind.MALFORMED, "invalid-http", "Không đọc được yêu cầu HTTP.", "the HTTP request cannot be read"),
)

Refusal = tuple[HTTPStatus, SignerError]


def no_room(seconds: int) -> Refusal:
    """As many large requests are being received as may be."""
    error = SignerError(
        Kind.UNAVAILABLE,
        "service-busy",
        "Dịch vụ đang nhận quá nhiều tệp lớn; hãy thử lại sau.",
        "the service is receiving too many large files; come again later",
        retry_after=seconds,
    )
    return HTTPStatus.SERVICE_UNAVAILABLE, error


def unreadable(error: Exception) -> Refusal | None:
    """The answer to a request that gunicorn's parser does not take; None where the fault is not the request's."""
    match error:
        case errors.LimitRequestHeaders() | errors.LimitRequestLine():
            return HEAD_TOO_LARGE
        case errors.UnsupportedTransferCoding():
            return _CODING_UNKNOWN
        case errors.ExpectationFailed():
            return _EXPECTATION
        case errors.ParseException() | TimeoutError():
            return _NO_HTTP
    return None


def written(refusal: Refusal, request_id: str) -> bytes:
    """A whole answer of HTTP/1.1 that ends the connection. Nothing of the request is quoted: it may hold secrets."""
    status, error = refusal
    body = json.dumps(problem_body(error, status, request_id), ensure_ascii=False).encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        "Cache-Control: no-store",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        f"X-Request-ID: {request_id}",
        *([] if error.retry_after is None else [f"Retry-After: {error.retry_after}"]),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
