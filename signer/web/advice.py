"""What to do about a refusal, for the page of codes: a refusal's own words say what is wrong, these what comes next."""

from __future__ import annotations

import re
from collections.abc import Mapping

from policies.model import Severity, Text

_SEEN = Text(
    "Kiểm tra mã và địa chỉ; văn bản của cơ quan khác coi như không có.",
    "Check id and address; another agency's documents do not exist for a key.",
)
_EXPORT = Text(
    "Sửa dự thảo hoặc xuất lại PDF từ phần mềm soạn thảo, rồi gửi lại.",
    "Correct the draft, or export the PDF again from the word processor, and send it again.",
)
_PLACES = Text(
    "Sửa dòng được nêu trong dự thảo; hoặc chỉ rõ vị trí bằng `metadata.places`.",
    "Correct the line named in the draft, or give its place in `metadata.places`.",
)
_METADATA = Text("Sửa `metadata` theo lời báo rồi gửi lại.", "Correct `metadata` as told and send it again.")
_FILES = Text(
    "Gửi đúng các tệp kèm theo đã khai trong `metadata.attachments`.",
    "Send just the attachments that `metadata.attachments` declares.",
)
_REQUEST = Text(
    "Sửa yêu cầu theo tài liệu OpenAPI; gửi lại y nguyên là vô ích.",
    "Correct the request by OpenAPI; sending it again as it is does not help.",
)
_SMALLER = Text(
    "Gửi ít hơn hoặc tệp nhỏ hơn; giới hạn nêu trong lời báo.",
    "Send less or smaller files; the bound is in the answer.",
)
_KEY = Text(
    "Dùng khóa truy cập đúng vai trò, đúng cơ quan; hoặc nhờ quản trị viên cấp (`antin api-key`).",
    "Use an API key of the right role and agency, or have the operator make one (`antin api-key`).",
)
_PERSON = Text(
    "Để đúng người có quyền ra lệnh, bằng khóa và mã PIN của chính người đó.",
    "Let the person who may give the order do it, with that person's own key and PIN.",
)
_LOOK = Text(
    "Xem lại trạng thái (`GET /v1/documents/{id}`): việc có thể đã xong, hoặc chưa tới lượt.",
    "Look at the state (`GET /v1/documents/{id}`): it may be done already, or not yet the turn.",
)
_AGAIN = Text(
    "Chờ hết số giây ghi ở `Retry-After` rồi gửi lại, cùng `Idempotency-Key`.",
    "Wait for the seconds in `Retry-After` and send it again, with the same `Idempotency-Key`.",
)
_OPERATOR = Text(
    "Báo quản trị viên kèm `request_id`; số đã giữ vẫn thuộc về văn bản.",
    "Tell the operator the `request_id`; a number that is held stays the document's.",
)
_DISK = Text(
    "Báo quản trị viên: giải phóng hoặc sửa ổ đĩa như docs/operate.md; sau đó gửi lại, cùng `Idempotency-Key`.",
    "Tell the operator, who makes room or mends the disk (docs/operate.md); then send it again, with the same "
    "`Idempotency-Key`.",
)
_SETTINGS = Text(
    "Quản trị viên sửa cấu hình hoặc chạy lại lệnh như lời báo.",
    "The operator corrects the settings, or runs the command again as told.",
)
_OFFICE = Text(
    "Kiểm tra cơ quan, chức vụ, ủy quyền, hệ thống số đã khai trong cấu hình; bổ sung nếu thiếu.",
    "Check agency, capacity, delegation and series in the settings, and add what is missing.",
)
_CERTIFICATE = Text(
    "Kiểm tra chứng thư số, thiết bị và dữ liệu thu hồi; đề nghị cấp lại nếu cần.",
    "Check certificate, token and revocation data; have the certificate renewed if need be.",
)
_NUMBER = Text(
    "Bỏ trống `number`, `date` để dịch vụ tự cấp, hoặc chọn lại theo lời báo.",
    "Leave `number` and `date` out to have them given, or choose again as told.",
)
_RELATION = Text(
    "Chọn đúng văn bản liên quan và cách xử lý (thu hồi, thay thế, đính chính) theo lời báo.",
    "Name the right other document, and what is done to it (recall, replace, correct), as told.",
)
_SCAN = Text(
    "Quét lại bản giấy theo yêu cầu kỹ thuật; bản gốc điện tử thì gửi chính bản gốc.",
    "Scan the paper again as required; of an electronic original send the original itself.",
)
_RETRY_KEY = Text(
    "Dùng `Idempotency-Key` mới cho yêu cầu khác; cùng yêu cầu thì gửi y nguyên.",
    "Use a new `Idempotency-Key` for another order; repeat the same order unchanged.",
)

_LINE = Text(
    "Kiểm tra đường truyền, rồi gửi lại trọn vẹn, cùng `Idempotency-Key`.",
    "Look at the line between, and send it again whole, with the same `Idempotency-Key`.",
)

_REVOCATION = Text(
    "Tệp đang có vẫn được dùng; kiểm tra `[fetch]`, đường mạng, rồi chạy lại `antin revocation refresh`.",
    "What lies there stays in use; look at `[fetch]` and the network, then run `antin revocation refresh` again.",
)

_AUTHORITY = Text(
    "Kiểm tra `[tsa_outside]`, đường mạng và chứng thư số gốc của dịch vụ bằng `antin authority test`; "
    "của máy chủ dấu thời gian của mình: khóa và thời hạn chứng thư.",
    "Look at `[tsa_outside]`, the network and the authority's root, with `antin authority test`; of an authority of "
    "one's own: at its key and when its certificate ends.",
)

_QUESTION = Text(
    "Tạo lại yêu cầu bằng `antin timestamp request`, hoặc kiểm tra lại tệp đã chỉ ra.",
    "Make the request anew with `antin timestamp request`, or look at which file was named.",
)

_BY_NAME: tuple[tuple[str, Text], ...] = (
    (r"idempotency-.*|invalid-idempotency-key", _RETRY_KEY),
    (r"issuing-in-progress", _AGAIN),
    (r"storage-(full|read-only)", _DISK),
    (r"request-too-slow|body-incomplete", _LINE),
    (r"unknown-(document|file|register|api-key)|no-row|not-found", _SEEN),
    (r"unknown-(agency|series)|agency-.*|no-series|several-series|series-closed|no-rules|no-clerk-key", _OFFICE),
    (r"delegation-.*|no-delegation|unknown-key|key-not-(for|found).*|custody-.*", _OFFICE),
    (r"pin-.*|key-not-a-persons|person-not-yours|actor-.*|signer-not-named", _PERSON),
    (
        r"certificate-.*|weak-.*|subject-differs|copy-agency-differs|revocation-unknown|no-timestamp|mechanism-.*",
        _CERTIFICATE,
    ),
    (r"attachment-(missing|undeclared|name-twice)|attachments-equal", _FILES),
    (r"scan-.*|copy-of-.*", _SCAN),
    (r"relation-.*|correction-.*|form-not-equal|already-recalled|has-recalled", _RELATION),
    (
        r"(date|number)-(in|outside|before|not-next|taken$|too-low).*|bad-(date|number)|number-(missing|notation-.*)",
        _NUMBER,
    ),
    (
        r".*-line-not-found|.*-already-printed|no-room-.*|place-.*|signer-not-found|.*-place-not-found|number-(blank|too)-.*",
        _PLACES,
    ),
    (r"unknown-place|year-partly-printed|image-covers-number|signature-block-split", _PLACES),
    (r"type-.*|unknown-type|unit-missing|notation-too-long|bad-notation|invalid-metadata", _METADATA),
    (
        r"(login-missing|file-error|file-unreadable|trust-unreadable|office-inconsistent|migration-.*|store-(newer|not-migrated))",
        _SETTINGS,
    ),
    (r"time-stamp-request-unreadable", _QUESTION),
    (r"time-stamp-.*|unknown-authority", _AUTHORITY),
    (r"fetch-.*|proxy-.*|crl-.*|ocsp-.*|revocation-(expired|older|too-early|not-written)", _REVOCATION),
    (r"image-unsuitable|mark-unwritable", _SETTINGS),
    (r"level-not-available|number-never-changes|format-not-available", _REQUEST),
)
"""Codes, by pattern, that want something else than their status says; the first that fits."""

_BY_STATUS: Mapping[int, Text] = {
    400: _REQUEST,
    401: _KEY,
    403: _KEY,
    404: _SEEN,
    405: _REQUEST,
    408: _LINE,
    409: _LOOK,
    413: _SMALLER,
    415: _REQUEST,
    417: _REQUEST,
    422: _EXPORT,
    429: _AGAIN,
    431: _REQUEST,
    500: _OPERATOR,
    501: _REQUEST,
    503: _AGAIN,
}

_BY_SEVERITY: Mapping[Severity, Text] = {
    Severity.ERROR: Text(
        "Không dùng tệp này làm căn cứ; hỏi lại nơi gửi.", "Do not rely on this file; ask whoever sent it."
    ),
    Severity.WARNING: Text(
        "Xem xét trước khi dùng; bổ sung điều còn thiếu nếu được.", "Consider it before relying on the file."
    ),
    Severity.INFO: Text("Chỉ để biết.", "For information."),
}
_STORE = Text(
    "Theo hướng dẫn mà `antin check` in kèm (docs/operate.md).",
    "Follow what `antin check` prints with it (docs/operate.md).",
)
_REMARK = Text("Xem lại dự thảo; không cản trở.", "Look at the draft again; it does not stand in the way.")


def about_refusal(code: str, status: int | None) -> Text:
    """What to do when an order was refused with this code; ``status`` None: by the command line."""
    named = next((text for pattern, text in _BY_NAME if re.fullmatch(pattern, code)), None)
    return named or (_BY_STATUS[status] if status else _SETTINGS)


def about_remark(code: str) -> Text:
    """What to do about a warning that comes with an answer."""
    return _AUTHORITY if code.startswith("time-stamp-") else _REMARK


def about_store() -> Text:
    """What to do about a finding of ``antin check``, which says it itself."""
    return _STORE


def about_verdict(severity: Severity) -> Text:
    """What to do about a finding of a verification."""
    return _BY_SEVERITY[severity]
