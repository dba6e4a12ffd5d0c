"""What is answered when a request cannot be read: the same problem details as everywhere (RFC 9457)."""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus

from gunicorn.http import errors  # type: ignore[import-untyped]  # it has no annotations

from signer.errors import Kind, SignerError
from signer.web.problems import problem_body

_KINDS = {
    HTTPStatus.INTERNAL_SERVER_ERROR: Kind.INTERNAL,
    HTTPStatus.SERVICE_UNAVAILABLE: Kind.UNAVAILABLE,
}


def refusal(status: HTTPStatus, code: str, vi: str, en: str, retry_after: int | None = None) -> bytes:
    """A whole answer of HTTP/1.1 that ends the connection. Nothing of the request is quoted: it may hold secrets."""
    kind = _KINDS.get(status, Kind.MALFORMED)
    request_id = secrets.token_hex(16)
    body = json.dumps(problem_body(SignerError(kind, code, vi, en), status, request_id), ensure_ascii=False).encode()
    lines = [
        f"HTTP/1.1 {status} {status.phrase}",
        "Connection: close",
        "Cache-Control: no-store",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        f"X-Request-ID: {request_id}",
        *([] if retry_after is None else [f"Retry-After: {retry_after}"]),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def too_slow() -> bytes:
    """408: the head or the body did not come in time (RFC 9110, 15.5.9)."""
    return refusal(
        HTTPStatus.REQUEST_TIMEOUT,
        "request-too-slow",
        "Yêu cầu đến quá chậm nên bị ngắt.",
        "the request came too slowly and was cut off",
    )


def head_too_large() -> bytes:
    """431: no end of the header fields within bounds (RFC 6585, 5)."""
    return refusal(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "head-too-large",
        "Dòng yêu cầu và các trường tiêu đề quá lớn.",
        "request line and header fields are too large",
    )


def no_room(seconds: int) -> bytes:
    """503: as many large requests are being received as may be."""
    return refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "service-busy",
        "Đang nhận quá nhiều tệp; hãy thử lại sau.",
        "too many files are being received; come again later",
        seconds,
    )


def failed() -> bytes:
    """500: the server's own code failed outside the application."""
    return refusal(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        "Lỗi nội bộ; hãy báo mã yêu cầu cho người quản trị.",
        "internal error; tell the operator the request id",
    )


def unreadable(error: Exception) -> bytes | None:
    """The answer to a request that gunicorn's parser does not take; None where the fault is not the request's."""
    if isinstance(error, errors.LimitRequestHeaders | errors.LimitRequestLine):
        return head_too_large()
    if isinstance(error, errors.UnsupportedTransferCoding):
        return refusal(
            HTTPStatus.NOT_IMPLEMENTED,
            "transfer-coding-unknown",
            "Không hỗ trợ kiểu mã hóa truyền này.",
            "this transfer coding is not known here",
        )
    if isinstance(error, errors.ExpectationFailed):
        return refusal(
            HTTPStatus.EXPECTATION_FAILED,
            "expectation-failed",
            "Không đáp ứng được điều kiện ở trường Expect.",
            "what the Expect field asks for is not to be had",
        )
    if isinstance(error, errors.ParseException):
        return refusal(
            HTTPStatus.BAD_REQUEST,
            "invalid-http",
            "Không đọc được yêu cầu HTTP.",
            "the HTTP request cannot be read",
        )
    return None
