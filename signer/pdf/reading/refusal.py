"""How the reading of a draft says no."""

from __future__ import annotations

import re

from signer.errors import Kind, SignerError

NUMBER_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3"
DATE_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.4"
SIGNER_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7"
SEAL_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8"
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


_INTERNAL = re.compile(r"(?:stream )?<[^<>]*>:? ?")


def short(error: BaseException) -> str:
    """A library's words for people: one line, without the names of objects in our memory."""
    return re.sub(r"\s+", " ", _INTERNAL.sub("", str(error))).strip()[:120]
