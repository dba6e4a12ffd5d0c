"""Errors as RFC 9457 problem details: one table from kinds to status codes, one shape of body."""

from __future__ import annotations

import json
import logging
import traceback

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from signer.errors import Kind, SignerError
from signer.web.requests import request_id
from signer.web.strict import MOST_READ, too_large

log = logging.getLogger(__name__)

STATUS: dict[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.UNSUITABLE: 422,
    Kind.BUSY: 429,
    Kind.UNAVAILABLE: 503,
    Kind.INTERNAL: 500,
}
TITLES: dict[Kind, str] = {
    Kind.MALFORMED: "Yêu cầu không hợp lệ / Malformed request",
    Kind.UNAUTHENTICATED: "Chưa xác thực / Not authenticated",
    Kind.FORBIDDEN: "Không được phép / Forbidden",
    Kind.NOT_FOUND: "Không tìm thấy / Not found",
    Kind.CONFLICT: "Xung đột trạng thái / Conflict",
    Kind.TOO_LARGE: "Quá lớn / Too large",
    Kind.UNSUPPORTED: "Loại nội dung không dùng được / Unsupported content",
    Kind.UNSUITABLE: "Không đạt yêu cầu / Refused by a rule",
    Kind.BUSY: "Quá nhiều yêu cầu / Too many requests",
    Kind.UNAVAILABLE: "Tạm thời không phục vụ được / Unavailable",
    Kind.INTERNAL: "Lỗi nội bộ / Internal error",
}
KINDS: dict[int, Kind] = {status: kind for kind, status in STATUS.items()}
RETRY_AFTER = 5
"""Seconds, where the error does not say."""

_HTTP: dict[int, tuple[Kind, str, str, str]] = {
    400: (Kind.MALFORMED, "invalid-request", "Yêu cầu không hợp lệ.", "the request is malformed"),
    404: (Kind.NOT_FOUND, "not-found", "Không có địa chỉ này.", "there is nothing at this address"),
    405: (
        Kind.MALFORMED,
        "method-not-allowed",
        "Phương thức HTTP này không dùng được ở đây.",
        "this HTTP method cannot be used here",
    ),
    413: (
        Kind.TOO_LARGE,
        "request-too-large",
        "Yêu cầu quá lớn.",
        "the request is too large",
    ),
    415: (Kind.UNSUPPORTED, "unsupported-media-type", "Loại nội dung không dùng được.", "unsupported media type"),
}


def install(app: Flask) -> None:
    """Make every error of ``app`` leave as a problem."""
    app.register_error_handler(SignerError, problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, unexpected)


def problem(error: SignerError, status: int | None = None) -> Response:
    """An error as an answer. ``detail`` is in both languages, Vietnamese first."""
    status = status or STATUS[error.kind]
    body = problem_body(error, status, request_id())
    response = Response(json.dumps(body, ensure_ascii=False), status, content_type="application/problem+json")
    if error.kind is Kind.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="antin"'
    if error.retry_after is not None or error.kind in (Kind.BUSY, Kind.UNAVAILABLE):
        response.headers["Retry-After"] = str(error.retry_after or RETRY_AFTER)
    if error.kind is Kind.INTERNAL:
        log.error("internal error %s: %s", error.code, error.text.en)
    elif error.code.startswith("stor"):  # store-unavailable, storage-full, storage-read-only: the operator's to mend
        log.warning("refused: %s: %s", error.code, error.text.en)
    return response


def problem_body(error: SignerError, status: int, request_id: str) -> dict[str, object]:
    """The members of a problem (RFC 9457, 3.1) and ours."""
    body: dict[str, object] = {
        "type": f"urn:antin:problem:{error.code}",
        "title": TITLES[error.kind],
        "status": status,
        "detail": f"{error.text.vi} / {error.text.en}",
        "detail_vi": error.text.vi,
        "detail_en": error.text.en,
        "code": error.code,
        "request_id": request_id,
    }
    if error.clause:
        body["clause"] = error.clause
    if error.where:
        body["where"] = error.where
    if error.findings:
        body["findings"] = [found.as_dict() for found in error.findings]
    return body


def _http(error: HTTPException) -> Response:
    if isinstance(error, ClientDisconnected):
        return body_missing(error)
    status = error.code or 500
    if status == 413 and request.max_content_length == MOST_READ:
        return problem(too_large("body"))
    kind, code, vi, en = _HTTP.get(
        status,
        (Kind.MALFORMED, "http-error", "Yêu cầu không thực hiện được.", "the request cannot be carried out"),
    )
    if status == 413:
        vi, en = _too_large()
    response = problem(SignerError(kind, code, vi, en), status)
    if status == 405:
        allowed = dict(error.get_headers()).get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
    return response


def of_status(status: int) -> SignerError:
    """What HTTP itself refuses, by its status: 404, 405, 415 and the like."""
    kind, code, vi, en = _HTTP[status]
    return SignerError(kind, code, vi, en)


def too_slow() -> SignerError:
    """A request that did not come in time."""
    return SignerError(
        Kind.MALFORMED,
        "request-too-slow",
        "Yêu cầu đến quá chậm nên bị ngắt.",
        "the request came too slowly and was cut off",
    )


def body_missing(error: ClientDisconnected) -> Response:
    """A body that ended before its announced length (RFC 9112, 8), or came too slowly (RFC 9110, 15.5.9)."""
    if isinstance(error.__context__, TimeoutError):
        return problem(too_slow(), 408)
    return problem(
        SignerError(
            Kind.MALFORMED,
            "body-incomplete",
            "Nội dung yêu cầu không đủ như đã khai, hoặc chia đoạn sai.",
            "the request's body is shorter than announced, or wrongly chunked",
        )
    )


def _too_large() -> tuple[str, str]:
    """What werkzeug does not take at all, with the bounds: it does not say which of them was passed."""
    most, text, parts = (
        current_app.config[name] or 0 for name in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE", "MAX_FORM_PARTS")
    )
    megabytes, kilobytes = most // 1_000_000, text // 1024
    return (
        f"Yêu cầu quá lớn: nhận nhiều nhất {megabytes} MB, {parts} phần, và {kilobytes} KB cho mỗi phần không có "
        "tên tệp.",
        f"the request is too large: at most {megabytes} MB are taken, {parts} parts, and {kilobytes} KB in a part "
        "without a file name",
    )


def unexpected(error: Exception) -> Response:
    """What nobody thought of: told by its name and place."""
    # The text of a stranger's exception may hold a piece of a document or worse: the name has to do.
    log.error(
        "unexpected %s",
        type(error).__name__,
        extra={
            "where": [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][-8:]
        },
    )
    return problem(
        SignerError(
            Kind.INTERNAL,
            "internal-error",
            "Lỗi nội bộ; hãy báo mã yêu cầu cho người quản trị.",
            "internal error; tell the operator the request id",
        )
    )
