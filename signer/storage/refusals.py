"""What the store refuses, in words."""

from __future__ import annotations

from signer.errors import Kind, SignerError
from signer.model import RegisterEntry


def unknown_agency(agency: str) -> SignerError:
    """The document names an issuer that the office does not have."""
    return SignerError(
        Kind.NOT_FOUND,
        "unknown-agency",
        "Không có cơ quan ban hành này.",
        "There is no such issuer.",
        where=agency[:64],
    )


def document_exists(document_id: str) -> SignerError:
    """The id is taken."""
    return SignerError(
        Kind.CONFLICT,
        "document-exists",
        "Đã có văn bản mang mã này.",
        "A document with this id exists.",
        where=document_id[:64],
    )


def changed_meanwhile(document_id: str) -> SignerError:
    """Somebody saved the document after it was read."""
    return SignerError(
        Kind.CONFLICT,
        "changed-meanwhile",
        "Văn bản đã được người khác thay đổi trong lúc này; hãy tải lại rồi thử lại.",
        "The document was changed meanwhile; read it again and try again.",
        where=document_id[:64],
    )


def already_signed(field: str) -> SignerError:
    """A field bears one signature."""
    return SignerError(
        Kind.CONFLICT,
        "already-signed",
        f"Trường {field} đã có chữ ký số.",
        f"The field {field} is signed already.",
        where=field,
    )


def entry_final(stored: RegisterEntry) -> SignerError:
    """A row of the register does not go back."""
    return SignerError(
        Kind.CONFLICT,
        "entry-final",
        "Số này đã được kết thúc trong sổ đăng ký, không thể trở lại trạng thái trước.",
        f"The row of the register is {stored.state.value} and cannot go back.",
        clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
        where=stored.symbol,
    )


def office_inconsistent() -> SignerError:
    """The settings refer to what they do not declare."""
    return SignerError(
        Kind.MALFORMED,
        "office-inconsistent",
        "Cấu hình cơ quan nhắc đến một cơ quan, người hoặc sổ số không được khai báo.",
        "The office refers to an organisation, issuer, person or series that it does not declare.",
    )


def already_numbered(document_id: str) -> SignerError:
    """A document holds one number."""
    return SignerError(
        Kind.CONFLICT,
        "already-numbered",
        "Văn bản này đã được cấp số.",
        "The document holds a number already.",
        where=document_id[:64],
    )


def number_taken(entry: RegisterEntry) -> SignerError:
    """A number exists once in its series' period, and with its notation once in the issuer's year."""
    return SignerError(
        Kind.CONFLICT,
        "number-taken",
        f"Số {entry.symbol} đã được dùng trong năm {entry.date.year}.",
        f"The number {entry.symbol} is taken in {entry.date.year}.",
        clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
        where=entry.symbol,
    )


def unknown_series(series: str) -> SignerError:
    """No series has this id."""
    return SignerError(
        Kind.NOT_FOUND,
        "unknown-series",
        "Không có sổ số này.",
        "There is no such series of numbers.",
        where=series[:64],
    )


def frozen(document_id: str) -> SignerError:
    """A recalled document does not change any more."""
    return SignerError(
        Kind.CONFLICT,
        "document-frozen",
        "Văn bản đã bị thu hồi: văn bản và thông tin của văn bản được giữ nguyên, không thay đổi được nữa.",
        "The document was recalled: it and what is said of it are frozen.",
        clause="NĐ 30/2020/NĐ-CP, Phụ lục VI, Phần I, Mục III.8",
        where=document_id[:64],
    )
