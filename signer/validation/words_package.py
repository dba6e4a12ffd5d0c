"""Words for what the agency alone signs (attachments, copies) and for packages: see ``words``."""

from __future__ import annotations

from policies.model import Severity
from signer.validation.clauses import ATTACHMENT, COMPLETE, COPY, INTEGRITY

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

PACKAGE = {
    # one file that the agency alone signs
    "attachment-file": (
        _I,
        ATTACHMENT,
        "Tệp kèm theo văn bản số {symbol}: chỉ có giá trị cùng với văn bản đó.",
        "An attachment of the document {symbol}: it counts only together with that document.",
    ),
    "certified-copy": (
        _I,
        COPY,
        "Bản sao điện tử ({form}) do {agency} chứng thực bằng chữ ký số.",
        "An electronic copy ({form}) certified by {agency}.",
    ),
    "mark-time-differs": (
        _E,
        ATTACHMENT,
        "Thời gian ghi trên chữ ký ({shown}) khác thời gian ký số ({signed}) (FORMAT_FAILURE).",
        "The time shown by the signature ({shown}) is not the time of signing ({signed}) (FORMAT_FAILURE).",
    ),
    "mark-missing": (
        _E,
        ATTACHMENT,
        "Chữ ký của cơ quan phải hiển thị số và ký hiệu hoặc hình thức sao, cùng thời gian ký, bằng chữ: {reason} "
        "(FORMAT_FAILURE).",
        "The agency's signature must show number or form of copy, and the time of signing, as text: {reason} "
        "(FORMAT_FAILURE).",
    ),
    "mark-changed": (
        _E,
        INTEGRITY,
        "Thông tin của chữ ký cơ quan hiển thị khác với lúc ký (FORMAT_FAILURE).",
        "What the agency's signature shows is not what it showed when it was made (FORMAT_FAILURE).",
    ),
    "mark-hidden": (
        _E,
        INTEGRITY,
        "Người đọc không nhìn thấy đúng thông tin của chữ ký cơ quan: {reason} (FORMAT_FAILURE).",
        "People do not see what the agency's signature seems to show: {reason} (FORMAT_FAILURE).",
    ),
    "mark-unproven": (
        _W,
        INTEGRITY,
        "Chưa xác minh được hình dạng chữ của thông tin chữ ký cơ quan: {reason}.",
        "The shapes of the letters that the agency's signature shows could not be proven: {reason}.",
    ),
    "copy-agency-differs": (
        _E,
        COPY,
        "Cơ quan ghi trên bản sao ({shown}) khác chủ chứng thư số ({signer}) (FORMAT_FAILURE).",
        "The agency named on the copy ({shown}) is not the certificate's holder ({signer}) (FORMAT_FAILURE).",
    ),
    # a package
    "package-too-large": (
        _W,
        "",
        "Gói có {count} tệp kèm theo, vượt giới hạn {most} tệp nên không kiểm tra các tệp đó.",
        "The package has {count} attachments, more than {most}; they were not judged.",
    ),
    "has-attachments": (
        _I,
        COMPLETE,
        "Văn bản có {count} tệp kèm theo: {names}. Hãy kiểm tra cả các tệp đó.",
        "The document has {count} attachment(s): {names}. Verify them too.",
    ),
    "package-malformed": (
        _E,
        INTEGRITY,
        "Danh sách tệp kèm theo trong chữ ký {field} không đúng cấu trúc (FORMAT_FAILURE).",
        "The list of attachments in the signature {field} is malformed (FORMAT_FAILURE).",
    ),
    "attachment-missing": (
        _E,
        COMPLETE,
        "Thiếu tệp kèm theo “{name}” mà chữ ký của cơ quan trên văn bản nêu.",
        "The attachment “{name}”, which the agency's signature on the document names, is missing.",
    ),
    "attachment-differs": (
        _E,
        INTEGRITY,
        "Tệp kèm theo “{name}” không phải tệp đã ban hành cùng văn bản: nội dung khác.",
        "The attachment “{name}” is not the one issued with the document: its content differs.",
    ),
    "attachment-extra": (
        _E,
        ATTACHMENT,
        "Tệp “{name}” không thuộc văn bản này, hoặc được gửi hai lần.",
        "The file “{name}” does not belong to this document, or came twice.",
    ),
    "attachment-not-approved": (
        _E,
        INTEGRITY,
        "Tệp kèm theo “{name}” không phải tệp mà người ký {signer} đã ký duyệt cùng văn bản.",
        "The attachment “{name}” is not the one that {signer} signed for with the document.",
    ),
    "attachment-not-stamped": (
        _E,
        ATTACHMENT,
        "Tệp “{name}” không có chữ ký của cơ quan dành cho tệp kèm theo.",
        "The file “{name}” does not bear the agency's signature as attachments do.",
    ),
    "attachment-number-differs": (
        _E,
        ATTACHMENT,
        "Tệp kèm theo “{name}” ghi số {shown}, khác số của văn bản ({number}).",
        "The attachment “{name}” says {shown}, the document is {number}.",
    ),
    "attachment-other-agency": (
        _E,
        ATTACHMENT,
        "Tệp kèm theo “{name}” do {signer} ký, khác cơ quan ban hành văn bản.",
        "The attachment “{name}” is signed by {signer}, not by the agency that issued the document.",
    ),
    "attachment-date-differs": (
        _E,
        ATTACHMENT,
        "Tệp kèm theo “{name}” ghi ngày {shown}, khác ngày của văn bản ({date}).",
        "The attachment “{name}” says {shown}, the document is of {date}.",
    ),
    "attachment-not-issued": (
        _E,
        COMPLETE,
        "Tệp “{name}” mà người ký {signer} đã ký duyệt cùng văn bản không được ban hành cùng văn bản.",
        "The file “{name}”, which {signer} signed for with the document, was not issued with it.",
    ),
    "attachment-other-time": (
        _E,
        ATTACHMENT,
        "Tệp kèm theo “{name}” không được ký cùng lúc với văn bản.",
        "The attachment “{name}” was not signed at the same moment as the document.",
    ),
    "attachment-renamed": (
        _I,
        "",
        "Tệp kèm theo “{name}” khi ban hành mang tên “{issued}”.",
        "The attachment “{name}” was issued under the name “{issued}”.",
    ),
    "package-not-named": (
        _E,
        COMPLETE,
        "Chữ ký của cơ quan trên văn bản không nêu tệp kèm theo nào.",
        "The agency's signature on the document names no attachments.",
    ),
}
"""Code to severity, clause, and words in Vietnamese and English."""
