"""What a draft must satisfy before it may be prepared, and what it ought to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """What was seen on a draft; millimetres, points and text, no PDF. Unknown is None.

    ``margins_mm`` is (top, right, bottom, left) of the text on pages that have text. ``capacity_found`` has,
    for each signer, whether each capacity line stands over the name. ``notation`` is the printed text behind
    the slash of the number line. ``attachments_named`` are the phrases that speak of separate attachments,
    ``attachments_sent`` how many files came along. ``secret_mark`` is the mark as printed (MẬT, TỐI MẬT,
    TUYỆT MẬT) or "".
    """

    pages: int
    page_size_mm: tuple[float, float] | None
    margins_mm: tuple[float, float, float, float] | None
    number_size: float | None
    date_size: float | None
    body_size: float | None
    notation: str
    printed_month: int | None
    printed_year: int | None
    capacity_found: tuple[tuple[bool, ...], ...]
    motto_found: bool
    attachments_named: tuple[str, ...]
    attachments_sent: int
    secret_mark: str
    scanned: bool
    legacy_fonts: tuple[str, ...]
    fonts_not_embedded: tuple[str, ...] = ()
