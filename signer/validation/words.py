"""Every finding of a verification: code, severity, clause, and words in Vietnamese and English, in one table.

A library's own words are English: they stand in the English text alone, the Vietnamese one says what they mean.
"""

from __future__ import annotations

from types import MappingProxyType

from policies.model import Finding, Severity, Text
from signer.validation.clauses import CERTIFICATE, INTEGRITY, NO_EDIT, NUMBERING, SIGNED_FIRST, TIME_STAMP
from signer.validation.words_package import PACKAGE

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

_TABLE: MappingProxyType[str, tuple[Severity, str, str, str]] = MappingProxyType(
    {
        # the file
        "not-a-pdf": (
            _E,
            "",
            "Tệp không phải là PDF (FORMAT_FAILURE).",
            "The file is not a PDF (FORMAT_FAILURE).",
        ),
        "unreadable": (
            _E,
            INTEGRITY,
            "Không đọc được cấu trúc tệp: tệp bị hỏng hoặc đã bị can thiệp (FORMAT_FAILURE).",
            "The file's structure cannot be read; damaged or tampered with (FORMAT_FAILURE): {reason}",
        ),
        "encrypted": (
            _W,
            "",
            "Tệp được mã hóa nên không kiểm tra được.",
            "The file is encrypted and cannot be judged.",
        ),
        "limit-exceeded": (
            _W,
            "",
            "Tệp vượt giới hạn kiểm tra: {reason}.",
            "The file exceeds a limit: {reason}.",
        ),
        "no-signature": (_W, SIGNED_FIRST, "Tệp không có chữ ký số nào.", "The file has no signature."),
        "unreached-byte-range": (
            _E,
            INTEGRITY,
            "Tại byte {offset} có /ByteRange không thuộc ô chữ ký nào: một chữ ký đã bị gỡ hoặc che giấu "
            "(FORMAT_FAILURE).",
            "At byte {offset} stands a /ByteRange that no field reaches: a signature was removed or hidden "
            "(FORMAT_FAILURE).",
        ),
        "bytes-unexplained": (
            _E,
            INTEGRITY,
            "Sau chữ ký có dữ liệu không giải thích được, tại byte {offset}: {reason} (FORMAT_FAILURE).",
            "Behind a signature there are bytes that nothing explains, at byte {offset}: {reason} (FORMAT_FAILURE).",
        ),
        "empty-section": (
            _E,
            INTEGRITY,
            "Sau chữ ký có một phiên bản với bảng tham chiếu rỗng, tại byte {offset}: cách che giấu nội dung "
            "(FORMAT_FAILURE).",
            "Behind a signature there is a revision with an empty cross-reference section, at byte {offset}: a way "
            "to hide content (FORMAT_FAILURE).",
        ),
        "hybrid-after-signature": (
            _E,
            INTEGRITY,
            "Sau chữ ký có bảng tham chiếu kép (hybrid), tại byte {offset} (FORMAT_FAILURE).",
            "Behind a signature there is a hybrid-reference section, at byte {offset} (FORMAT_FAILURE).",
        ),
        "object-before-section": (
            _E,
            INTEGRITY,
            "Phiên bản sau chữ ký trỏ ngược vào dữ liệu cũ, tại byte {offset}: {reason} (FORMAT_FAILURE).",
            "A revision behind a signature points back into older bytes, at byte {offset}: {reason} (FORMAT_FAILURE).",
        ),
        "unsigned-revision": (
            _E,
            NO_EDIT,
            "Sau chữ ký cuối có thay đổi không được ký: {reason} (FORMAT_FAILURE).",
            "After the last signature there is a change that nobody signed: {reason} (FORMAT_FAILURE).",
        ),
        "extra-revision": (
            _W,
            "",
            "Giữa hai chữ ký có hơn một phiên bản; công cụ kiểm tra trên máy trạm có thể báo tài liệu đã thay đổi.",
            "There is more than one revision between two signatures; desktop verifiers may call the document changed.",
        ),
        "readers-disagree": (
            _E,
            INTEGRITY,
            "Hai trình đọc PDF thấy nội dung khác nhau ở ô {field} (FORMAT_FAILURE).",
            "Two PDF readers see different contents in field {field} (FORMAT_FAILURE).",
        ),
        "page-differs": (
            _E,
            NO_EDIT,
            "Nội dung in trên trang {page} khác với nội dung mà người ký đầu tiên đã ký (FORMAT_FAILURE).",
            "What is printed on page {page} differs from what the first signer signed (FORMAT_FAILURE).",
        ),
        # one signature
        "signature-malformed": (
            _E,
            INTEGRITY,
            "Chữ ký {field} sai định dạng: {reason}",
            "Signature {field} is malformed: {reason}",
        ),
        "byte-range-malformed": (
            _E,
            INTEGRITY,
            "Phạm vi ký (/ByteRange) của {field} không hợp lệ: {reason}",
            "The /ByteRange of {field} is not valid: {reason}",
        ),
        "byte-range-gap": (
            _E,
            INTEGRITY,
            "Khoảng trống trong phạm vi ký của {field} chứa dữ liệu khác ngoài chữ ký.",
            "The gap in the signed range of {field} holds more than the signature.",
        ),
        "contents-malformed": (
            _E,
            INTEGRITY,
            "Giá trị chữ ký của {field} không hợp lệ: {reason}",
            "The signature value of {field} is not valid: {reason}",
        ),
        "hash-mismatch": (
            _E,
            INTEGRITY,
            "Nội dung đã ký tại {field} bị thay đổi (HASH_FAILURE).",
            "What {field} signed has been changed (HASH_FAILURE).",
        ),
        "signature-forged": (
            _E,
            INTEGRITY,
            "Giá trị chữ ký {field} không khớp chứng thư số (SIG_CRYPTO_FAILURE).",
            "The value of signature {field} does not match its certificate (SIG_CRYPTO_FAILURE).",
        ),
        "coverage": (
            _E,
            INTEGRITY,
            "Chữ ký {field} không bao trùm phiên bản mà nó thuộc về.",
            "Signature {field} does not cover the revision that it belongs to.",
        ),
        "forbidden-change": (
            _E,
            NO_EDIT,
            "Sau chữ ký {field}, tài liệu bị thay đổi ngoài giới hạn cho phép: {reason}",
            "After signature {field} the document was changed beyond what is permitted: {reason}",
        ),
        "locked-field-changed": (
            _E,
            NO_EDIT,
            "Một ô mà chữ ký {field} đã khóa bị sửa lại: {reason}",
            "A field that signature {field} had locked was changed: {reason}",
        ),
        "form-resources-changed": (
            _E,
            NO_EDIT,
            "Sau chữ ký {field}, phông chữ hoặc cách hiển thị của biểu mẫu bị thay: {reason}",
            "After signature {field} the form's fonts or way of drawing were changed: {reason}",
        ),
        "weak-algorithm": (
            _E,
            CERTIFICATE,
            "Chữ ký {field} dùng thuật toán không còn an toàn.",
            "Signature {field} uses an algorithm that is no longer safe.",
        ),
        "wrong-usage": (
            _E,
            CERTIFICATE,
            "Chứng thư số của {field} không được dùng để ký tài liệu.",
            "The certificate of {field} may not sign documents.",
        ),
        "certificate-validity": (
            _W,
            CERTIFICATE,
            "Chứng thư số của {field} hết hạn hoặc chưa có hiệu lực: {reason}",
            "The certificate of {field} is expired or not yet valid: {reason}",
        ),
        "time-outside-certificate": (
            _W,
            CERTIFICATE,
            "Thời điểm ký ghi trong {field} nằm ngoài hạn của chứng thư số.",
            "The signing time that {field} claims lies outside its certificate's validity.",
        ),
        "time-stamp-broken": (
            _E,
            INTEGRITY,
            "Dấu thời gian của chữ ký {field} không hợp lệ: đã bị sửa, hoặc cấp cho dữ liệu khác (HASH_FAILURE).",
            "The time-stamp of signature {field} does not hold: it was changed, or is about something else "
            "(HASH_FAILURE).",
        ),
        "time-stamp-untrusted": (
            _W,
            TIME_STAMP,
            "Dấu thời gian của {field} do “{authority}” cấp chưa tin cậy được nên không chứng minh thời điểm ký.",
            "The time-stamp of {field} by “{authority}” cannot be trusted, so it proves no time of signing.",
        ),
        "time-stamp-internal": (
            _I,
            TIME_STAMP,
            "Dấu thời gian của {field} do “{authority}” cấp là dấu thời gian nội bộ, không phải của dịch vụ cấp dấu "
            "thời gian chuyên dùng công vụ.",
            "The time-stamp of {field} by “{authority}” is an internal one, not of the Government CA's service.",
        ),
        "local-time-as-utc": (
            _I,
            "",
            "Thời điểm ký của {field} là giờ Việt Nam ghi như giờ UTC; lấy theo dấu thời gian.",
            "The signing time of {field} is local time written as UTC; the time-stamp counts.",
        ),
        "no-anchor": (
            _W,
            CERTIFICATE,
            "Chưa khai báo chứng thư số gốc được tin cậy nên chưa kết luận được về {field}.",
            "No trust anchor is configured, so {field} cannot be decided.",
        ),
        "no-path": (
            _W,
            CERTIFICATE,
            "Không lập được đường dẫn chứng thực của {field} đến chứng thư số gốc được tin cậy: {reason}",
            "No path from the certificate of {field} to a trusted root could be built: {reason}",
        ),
        "path-invalid": (
            _W,
            CERTIFICATE,
            "Đường dẫn chứng thực của {field} không hợp lệ: {reason}",
            "The certificate path of {field} does not hold: {reason}",
        ),
        "revoked": (
            _E,
            CERTIFICATE,
            "Chứng thư số của {field} đã bị thu hồi: {reason}",
            "The certificate of {field} is revoked: {reason}",
        ),
        "revocation-unknown": (
            _W,
            CERTIFICATE,
            "Chưa rõ tình trạng thu hồi chứng thư số của {field}: {reason}",
            "The revocation status of {field} is not known: {reason}",
        ),
        "revocation-not-checked": (
            _W,
            CERTIFICATE,
            "Không có dữ liệu thu hồi (CRL, OCSP) nên chưa kiểm tra thu hồi cho {field}.",
            "There is no revocation data (CRL, OCSP), so revocation was not checked for {field}.",
        ),
        "seed-value": (
            _W,
            "",
            "Chữ ký {field} không theo ràng buộc của ô ký.",
            "Signature {field} does not satisfy the constraints of its field.",
        ),
        # the document
        "number-not-locked": (
            _E,
            NUMBERING,
            "Ô {reason} có giá trị nhưng không chữ ký nào của cơ quan khóa lại: ai cũng sửa được số, ngày.",
            "Field {reason} has a value, but no signature of the agency locks it: anybody could rewrite number or "
            "date.",
        ),
        "number-not-signed": (
            _E,
            NUMBERING,
            "Ô {reason} được điền nhưng không có chữ ký nào sau đó bao trùm.",
            "Field {reason} was filled and no signature covers that.",
        ),
        "number-missing": (
            _E,
            NUMBERING,
            "Đã có chữ ký của cơ quan nhưng ô {reason} còn trống.",
            "The agency has signed, but field {reason} is empty.",
        ),
        "number-before-leader": (
            _E,
            SIGNED_FIRST,
            "Số hoặc ngày được điền trước khi người có thẩm quyền ký (ô {reason}).",
            "Number or date was filled before the leader signed (field {reason}).",
        ),
        "number-refilled": (
            _E,
            NO_EDIT,
            "Ô {reason} bị điền lại sau khi đã có giá trị.",
            "Field {reason} was filled again after it had a value.",
        ),
        "agency-before-leader": (
            _E,
            SIGNED_FIRST,
            "Cơ quan ký khi chưa có chữ ký của người có thẩm quyền.",
            "The agency signed although no leader's signature was there.",
        ),
        "agency-without-leader": (
            _W,
            SIGNED_FIRST,
            "Tệp chỉ có chữ ký của cơ quan: chỉ hợp lệ với phụ lục, bản sao của văn bản đã được ký.",
            "Only the agency has signed this file: right for annexes and copies of a signed document alone.",
        ),
        "agency-certificate": (
            _E,
            SIGNED_FIRST,
            "Số và ngày được khóa bằng chứng thư số không phải của cơ quan, tổ chức ({reason}, ô {field}).",
            "Number and date are locked with a certificate that is no organisation's ({reason}, field {field}).",
        ),
        "not-issued": (
            _W,
            "NĐ 30/2020/NĐ-CP, Điều 14",
            "Văn bản chưa được cấp số và chưa có chữ ký của cơ quan.",
            "The document has no number and no agency's signature yet.",
        ),
        "signer-missing": (_W, SIGNED_FIRST, "Ô ký {reason} còn trống.", "Signature field {reason} is empty."),
        "drawn-text-differs": (
            _E,
            INTEGRITY,
            "Chữ hiển thị trong ô {field} là “{drawn}” nhưng giá trị là “{value}” (FORMAT_FAILURE).",
            "Field {field} shows “{drawn}”, but its value is “{value}” (FORMAT_FAILURE).",
        ),
        "drawn-otherwise": (
            _E,
            INTEGRITY,
            "Phần hiển thị của ô {field} có nội dung khác ngoài giá trị: {reason} (FORMAT_FAILURE).",
            "Field {field} draws something besides its value: {reason} (FORMAT_FAILURE).",
        ),
        "drawn-unproven": (
            _W,
            INTEGRITY,
            "Không đối chiếu được chữ hiển thị trong ô {field} với giá trị của ô: {reason}.",
            "Whether field {field} shows its value cannot be told: {reason}.",
        ),
        "field-hidden": (_E, INTEGRITY, "Ô {field} bị ẩn.", "Field {field} is hidden."),
        "widget-over-field": (
            _E,
            INTEGRITY,
            "Một đối tượng ({other}) đè lên ô {field} ở trang {page} (FORMAT_FAILURE).",
            "Something ({other}) lies over field {field} on page {page} (FORMAT_FAILURE).",
        ),
        "widget-over-text": (
            _E,
            INTEGRITY,
            "Ô {field} thêm sau khi ký che chữ ở trang {page} (FORMAT_FAILURE).",
            "Field {field}, added after the signature, hides text on page {page} (FORMAT_FAILURE).",
        ),
        "field-added": (
            _W,
            "",
            "Ô chữ ký {field} được thêm sau chữ ký chứng nhận: chấp nhận theo thực tế, người ký đáng tin cậy.",
            "Signature field {field} was added after the certification: tolerated as in practice, its signer is "
            "trusted.",
        ),
        "field-added-undecided": (
            _W,
            "",
            "Ô chữ ký {field} được thêm sau chữ ký chứng nhận; chưa đủ chứng thư số gốc để kết luận.",
            "Signature field {field} was added after the certification; without an anchor this cannot be decided.",
        ),
        "field-added-untrusted": (
            _E,
            INTEGRITY,
            "Ô {field} được thêm sau chữ ký chứng nhận mà không có chữ ký đáng tin cậy (FORMAT_FAILURE).",
            "Field {field} was added after the certification without a trusted signature (FORMAT_FAILURE).",
        ),
    }
    | PACKAGE
)
CODES = tuple(_TABLE)


def finding(code: str, **about: object) -> Finding:
    """The finding with this code; ``about`` fills its words. KeyError for a code or detail that is missing.

    A ``Text`` speaks each language in its own words; anything else is a name or value out of the file, the same
    in both.
    """
    severity, clause, vi, en = _TABLE[code]
    words = Text(
        vi.format(**{key: _plain(each.vi if isinstance(each, Text) else each) for key, each in about.items()}),
        en.format(**{key: _plain(each.en if isinstance(each, Text) else each) for key, each in about.items()}),
    )
    return Finding(code, severity, words, clause)


def _plain(value: object) -> str:
    """Text from a file, fit for a terminal: no control characters, not too long."""
    return "".join(c if c.isprintable() else " " for c in str(value))[:400]
