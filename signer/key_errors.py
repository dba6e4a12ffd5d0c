"""What a token's trouble means to the person who wanted a signature."""

from __future__ import annotations

from dataclasses import dataclass

from hsm.errors import (
    HsmError,
    KeyAmbiguous,
    KeyNotFound,
    MechanismUnsupported,
    OpenedBeforeFork,
    PinIncorrect,
    PinLocked,
    PinRequired,
    TokenUnavailable,
)
from signer.errors import Kind, SignerError

RETRY_SECONDS = 15
"""After so long it is worth asking again for a token that is away."""


@dataclass(frozen=True, slots=True)
class _Words:
    kind: Kind
    code: str
    vi: str
    en: str
    retry_after: int | None = None
    where: str = "key"


_WORDS: dict[type[HsmError], _Words] = {
    TokenUnavailable: _Words(
        Kind.UNAVAILABLE,
        "token-unavailable",
        "Không kết nối được với thiết bị “{token}” giữ khóa “{key}”. Hãy kiểm tra thiết bị rồi thử lại.",
        "The token “{token}” that holds the key “{key}” cannot be reached. Check it and try again.",
        RETRY_SECONDS,
    ),
    PinRequired: _Words(
        Kind.FORBIDDEN,
        "pin-required",
        "Khóa “{key}” cần mã PIN cho mỗi lần ký.",
        "The key “{key}” needs its PIN with each signature.",
        where="pin",
    ),
    PinIncorrect: _Words(
        Kind.FORBIDDEN,
        "pin-incorrect",
        "Thiết bị “{token}” từ chối mã PIN. Mã chỉ được thử một lần; nhập sai nhiều lần sẽ khóa thiết bị.",
        "The token “{token}” refused the PIN. It was tried once only; several wrong PINs lock the token.",
        where="pin",
    ),
    PinLocked: _Words(
        Kind.FORBIDDEN,
        "pin-locked",
        "Mã PIN của thiết bị “{token}” đã bị khóa hoặc sắp bị khóa. Người quản lý thiết bị phải mở khóa trước.",
        "The PIN of the token “{token}” is locked or about to be. Whoever manages it must unlock it first.",
    ),
    KeyNotFound: _Words(
        Kind.UNAVAILABLE,
        "key-not-found",
        "Trên thiết bị “{token}” không có khóa “{key}” như cấu hình đã khai báo.",
        "The token “{token}” holds no key “{key}” as the settings describe it.",
    ),
    KeyAmbiguous: _Words(
        Kind.INTERNAL,
        "key-ambiguous",
        "Trên thiết bị “{token}” có nhiều khóa khớp với khai báo của khóa “{key}”; không ký để tránh nhầm khóa.",
        "Several keys on the token “{token}” match the description of “{key}”; nothing is signed by chance.",
    ),
    MechanismUnsupported: _Words(
        Kind.UNSUITABLE,
        "mechanism-unsupported",
        "Thiết bị “{token}” không ký được bằng thuật toán khai báo cho khóa “{key}”.",
        "The token “{token}” cannot sign with the algorithm that the settings give the key “{key}”.",
    ),
    OpenedBeforeFork: _Words(
        Kind.INTERNAL,
        "token-opened-before-fork",
        "Lỗi hệ thống: thiết bị “{token}” được mở trước khi tách tiến trình.",
        "Our fault: the token “{token}” was opened before the process forked.",
    ),
}
_OTHER = _Words(
    Kind.UNAVAILABLE,
    "token-failure",
    "Thiết bị “{token}” báo lỗi khi ký bằng khóa “{key}”. Xem nhật ký hệ thống.",
    "The token “{token}” failed while signing with the key “{key}”. See the service's log.",
    RETRY_SECONDS,
)


def explain(fault: HsmError, *, key: str, token: str) -> SignerError:
    """The answer for ``fault``; its own text stays the cause, for the log."""
    words = next((words for kind, words in _WORDS.items() if isinstance(fault, kind)), _OTHER)
    return SignerError(
        words.kind,
        words.code,
        words.vi.format(key=key, token=token),
        words.en.format(key=key, token=token),
        where=words.where,
        retry_after=words.retry_after,
    )
