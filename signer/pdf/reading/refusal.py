"""How the reading of a draft says no."""

from __future__ import annotations

import re
from collections.abc import Sequence

from signer.errors import Kind, SignerError

NUMBER_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3"
DATE_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.4"
SIGNER_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7"
SEAL_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8"
MARK_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8.b"
INITIAL_CLAUSE = "NĐ 30/2020/NĐ-CP, Điều 12"
ORDER_CLAUSE = "NĐ 30/2020/NĐ-CP, Điều 14"


def unsuitable(code: str, vi: str, en: str, *, clause: str = "", where: str = "file") -> SignerError:
    """The draft was understood and cannot be prepared as it is. ``where``: a page, a place, or the file as a whole."""
    return SignerError(Kind.UNSUITABLE, code, vi, en, clause=clause, where=where)


def page_name(number: int) -> str:
    """``where`` of a refusal that concerns a page."""
    return f"page {number}"


def place_name(key: str) -> str:
    """``where`` of a refusal that concerns a place that the caller gives, or should give."""
    return f"metadata.places.{key}"


def not_found(refusal: SignerError) -> bool:
    """Whether a place was looked for in vain."""
    return refusal.code.endswith("-not-found")


def because_of_fonts(refusal: SignerError, legacy: Sequence[str]) -> SignerError:
    """What was not found in garbled text has one cause: say it instead of the consequence."""
    if not legacy or not not_found(refusal):
        return refusal
    fonts = ", ".join(legacy[:4])
    return unsuitable(
        "legacy-fonts",
        f"Dự thảo dùng phông chữ không phải Unicode ({fonts}), không đọc được chữ. Hãy chuyển sang Times New "
        "Roman Unicode (TCVN 6909:2001).",
        f"The draft uses fonts that are not Unicode ({fonts}); its text cannot be read. Change it to Times "
        "New Roman, Unicode (TCVN 6909:2001).",
        clause="NĐ 30/2020/NĐ-CP, Phụ lục I, Mục I.4",
    )


def text_turned() -> SignerError:
    """Lines cannot be filled that do not run to the right in the page's own coordinates."""
    return unsuitable(
        "draft-text-turned",
        "Chữ ở trang 1 không nằm ngang trong hệ tọa độ của trang (trang bị xoay). Hãy xuất lại PDF với trang đứng.",
        "The text of page 1 does not run horizontally in the page's own coordinates (the page is turned). Please "
        "export the PDF with upright pages.",
        where=page_name(1),
    )


_INTERNAL = re.compile(r"(?:stream )?<[^<>]*>:? ?")


def short(error: BaseException) -> str:
    """A library's words for people: one line, without the names of objects in our memory."""
    return re.sub(r"\s+", " ", _INTERNAL.sub("", str(error))).strip()[:120]
