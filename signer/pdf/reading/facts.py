"""What was seen on a draft, for the rules on form: sizes, margins, marks, phrases. Only on pages read anyway."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from policies.acceptance import DraftFacts
from policies.text import fold
from signer.model import MM, Rect, Signer
from signer.pdf.reading.heading import DateLine, NumberLine
from signer.pdf.reading.intake import Intake
from signer.pdf.reading.secrecy import Mark
from signer.pdf.reading.text import DraftText, PageText

_ATTACHED = re.compile(
    "|".join(
        "".join(map(fold, unicodedata.normalize("NFC", phrase)))
        for phrase in (
            "gửi kèm",
            "đính kèm",
            "kèm theo công văn này",
            "kèm theo văn bản này",
            "kèm theo tờ trình này",
            "phụ lục kèm theo",
            "danh mục kèm theo",
            "tài liệu kèm theo",
            "hồ sơ kèm theo",
        )
    )
)
"""Phrases that speak of files beside the letter; "ban hành kèm theo Quyết định này" is an annex in the same
file."""

_MOTTO = tuple("".join(map(fold, phrase)) for phrase in ("xãhộichủnghĩaviệt", "độclập-tựdo-hạnhphúc"))


def gather(
    intake: Intake,
    text: DraftText,
    *,
    number: NumberLine | None,
    date: DateLine | None,
    capacity_found: Sequence[tuple[bool, ...]],
    attachments: int,
    scanned: bool,
    signers: Sequence[Signer] = (),
    mark: Mark | None = None,
) -> DraftFacts:
    """The facts for ``policies.acceptance``; what cannot be known (a scan, a given place) is None or empty."""
    first, paper = text.page(1), intake.pages[0]
    width, height = paper.paper.width / MM, paper.paper.height / MM
    key = "".join(line.key for line in first.lines)
    return DraftFacts(
        pages=len(intake.pages),
        page_size_mm=(height, width) if paper.rotate in (90, 270) else (width, height),
        margins_mm=_margins(text.read, intake.papers),
        number_size=round(number.size, 2) if number else None,
        date_size=round(date.size, 2) if date else None,
        body_size=_body_size(text.read),
        notation=number.notation if number else "",
        printed_month=printed(date.month.printed) if date else None,
        printed_year=printed(date.year.printed) if date else None,
        capacity_found=tuple(capacity_found),
        motto_found=all(phrase in key for phrase in _MOTTO),
        attachments_named=_attachments(text.read),
        attachments_sent=attachments,
        secret_mark=mark.text if mark and mark.certain else "",
        scanned=scanned,
        legacy_fonts=intake.legacy_fonts,
        fonts_not_embedded=intake.fonts_not_embedded,
        secret_doubt=mark.printed if mark and not mark.certain else "",
        signers=tuple((signer.name, signer.capacity) for signer in signers),
    )


def printed(digits: str) -> int | None:
    """A month or year that the draft prints."""
    return int(digits) if digits else None


def _margins(pages: Sequence[PageText], papers: Sequence[Rect]) -> tuple[float, float, float, float] | None:
    """Top, right, bottom, left in millimetres: the least of all pages read. Page numbers stand in the margin."""
    least: list[float] = []
    for page in pages:
        lines = [line for line in page.lines if line.glyphs and not line.key.strip("-").isdigit()]
        if not lines:
            continue
        paper = papers[page.number - 1]
        ends = [(page.box(line.glyphs[0]), page.box(line.glyphs[-1])) for line in lines]
        here = [
            paper.y1 - max(max(a.y1, b.y1) for a, b in ends),
            paper.x1 - max(b.x1 for _, b in ends),
            min(min(a.y0, b.y0) for a, b in ends) - paper.y0,
            min(a.x0 for a, _ in ends) - paper.x0,
        ]
        least = [min(pair) for pair in zip(least, here, strict=True)] if least else here
    if not least:
        return None
    top, right, bottom, left = (round(value / MM, 1) for value in least)
    return top, right, bottom, left


def _body_size(pages: Sequence[PageText]) -> float | None:
    """The size of most letters."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            if line.glyphs:
                sizes[round(page.size(line.glyphs[0]) * 2) / 2] += len(line.glyphs)
    return sizes.most_common(1)[0][0] if sizes else None


def _attachments(pages: Sequence[PageText]) -> tuple[str, ...]:
    """The lines in which separate attachments are named, as printed; also where the phrase wraps into the next."""
    named: list[str] = []
    for page in pages:
        starts, key = [], ""
        for line in page.lines:
            starts.append(len(key))
            key += line.key
        for found in _ATTACHED.finditer(key):
            index = max(i for i, start in enumerate(starts) if start <= found.start())
            named.append(" ".join(segment.text for segment in page.lines[index].segments)[:160])
    return tuple(dict.fromkeys(named))
