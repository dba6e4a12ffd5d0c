"""How the reading of a draft says no."""

from __future__ import annotations

from signer.errors import Kind, SignerError

NUMBER_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II.3"
DATE_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II.4"
SIGNER_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II.7"
SEAL_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II.8"
ORDER_CLAUSE = "NĐ 30/2020/NĐ-CP, Điều 14"


def unsuitable(code: str, vi: str, en: str, *, clause: str = "", where: str = "") -> SignerError:
    """The draft was understood and cannot be prepared as it is."""
    return SignerError(Kind.UNSUITABLE, code, vi, en, clause=clause, where=where)


def page_name(number: int) -> str:
    """``where`` of a refusal that concerns a page."""
    return f"page {number}"
