"""Places that a caller gives, and the schematic geometry that he may ask for.

A given rectangle says where, not how. The text in it is set at the law's size (NĐ 30 Phụ lục I, II.3 and II.4:
number 13, date 14), or as large as the rectangle is high if that is less; its line (ascent and descent, one size
together) is centred in the height. An image is fitted into its rectangle, the seal is drawn in its real size in
the middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies.layout import Box, condensation, fallback, leader_box
from policies.model import Refused, Ruleset
from signer.errors import Kind, SignerError
from signer.model import MM, Align, Initial, Place, Rect, Signer, Slant, TextPlace
from signer.pdf.reading.heading import DESCENT, text_width
from signer.pdf.reading.refusal import (
    DATE_CLAUSE,
    INITIAL_CLAUSE,
    NUMBER_CLAUSE,
    SEAL_CLAUSE,
    SIGNER_CLAUSE,
    place_name,
    unsuitable,
)

SIZES = {"number": 13.0, "day": 14.0, "month": 14.0, "year": 14.0}
"""Points; a smaller rectangle makes a smaller text, down to ``LEAST``."""

LEAST = 8.0
"""Points; a smaller number is not read any more."""

_TEXTS = {"number": "số", "day": "ngày", "month": "tháng", "year": "năm"}


def leader_key(index: int) -> str:
    """The key in ``places`` of a signer: leader, leader2 and so on."""
    return "leader" if index == 0 else f"leader{index + 1}"


def initial_key(index: int) -> str:
    """The key in ``places`` of an initial: initial1, initial2 and so on."""
    return f"initial{index + 1}"


def spoken(key: str) -> str:
    """A place's key in words that a clerk understands: "số (number)", "người ký thứ 2 (leader2)"."""
    if key in _TEXTS:
        return f"{_TEXTS[key]} ({key})"
    if key == "agency":
        return "dấu của cơ quan (agency)"
    who, at = ("ký nháy", key.removeprefix("initial")) if key.startswith("initial") else ("ký", key[len("leader") :])
    return f"người {who}{at and f' thứ {at}'} ({key})"


def check_given(
    given: Mapping[str, Place], signers: Sequence[Signer], initials: Sequence[Initial], papers: Sequence[Rect]
) -> None:
    """Every key means something, every page exists, every rectangle is on the paper.

    MALFORMED ``unknown-place``; UNSUITABLE ``place-off-paper``.
    """
    known = {
        *SIZES,
        "agency",
        *(leader_key(i) for i in range(len(signers))),
        *(initial_key(i) for i in range(len(initials))),
    }
    for key, place in given.items():
        where = place_name(key)
        if key not in known:
            raise SignerError(
                Kind.MALFORMED,
                "unknown-place",
                f"Không có vị trí nào tên là “{key[:40]}”; dùng được: {', '.join(map(spoken, sorted(known)))}.",
                f"There is no place “{key[:40]}”; known are: {', '.join(sorted(known))}.",
                where=where,
            )
        if place.page > len(papers):
            raise unsuitable(
                "place-off-paper",
                f"Vị trí {spoken(key)} ở trang {place.page}, nhưng dự thảo chỉ có {len(papers)} trang.",
                f"The place {key} is on page {place.page}, but the draft has {len(papers)} pages.",
                where=where,
            )
        paper = papers[place.page - 1]
        if not inside(place.rect, paper):
            raise unsuitable(
                "place-off-paper",
                f"Vị trí {spoken(key)} ra ngoài trang giấy {place.page} (khung giấy {_box(paper)}).",
                f"The place {key} leaves the paper of page {place.page} (whose box is {_box(paper)}).",
                where=where,
            )


def inside(rect: Rect | Box, paper: Rect) -> bool:
    """Whether a rectangle lies on the paper; half a point of rounding is forgiven."""
    return (
        rect[0] >= paper.x0 - 0.5
        and rect[1] >= paper.y0 - 0.5
        and rect[2] <= paper.x1 + 0.5
        and rect[3] <= paper.y1 + 0.5
    )


def text_in(rules: Ruleset, key: str, place: Place, widest: str) -> TextPlace:
    """A given rectangle as a place for text, by the rule above. ``place-too-small`` names the key."""
    rect = place.rect
    size = min(SIZES[key], rect.height)
    try:
        condensation(rules, rect.width, text_width(widest, size))
        enough = size >= LEAST
    except Refused:
        enough = False
    if not enough:
        raise too_small(key, f"{_TEXTS[key]} “{widest}”", f"the {key} “{widest}”", rect)
    baseline = rect.y0 + (rect.height - size) / 2 + DESCENT * size
    number = key == "number"
    return TextPlace(
        place, baseline, size, Slant.UPRIGHT if number else Slant.ITALIC, Align.RIGHT if number else Align.CENTRE
    )


def leader_in(rules: Ruleset, key: str, place: Place, aspect: float) -> Place:
    """The image's rectangle within a given one."""
    try:
        return Place(place.page, Rect(*leader_box(rules, place.rect, aspect)))
    except Refused as refusal:
        raise too_small(key, "hình ảnh chữ ký", "the signature's image", place.rect) from refusal


def seal_in(place: Place, diameter_mm: float) -> Place:
    """The seal's square, in real size, in the middle of a given rectangle."""
    size, rect = diameter_mm * MM, place.rect
    if min(rect.width, rect.height) < size - 0.5:
        raise too_small(
            "agency",
            f"dấu đường kính {diameter_mm:g} mm ({size:.1f} pt)",
            f"the seal of {diameter_mm:g} mm ({size:.1f} pt)",
            rect,
        )
    x, y = (rect.x0 + rect.x1 - size) / 2, (rect.y0 + rect.y1 - size) / 2
    return Place(place.page, Rect(x, y, x + size, y + size))


def initial_in(rules: Ruleset, key: str, place: Place) -> Place:
    """A given rectangle for an initial; at least half the usual size."""
    width, height = rules.layout.initial_size.value
    if place.rect.width < width / 2 or place.rect.height < height / 2:
        raise too_small(
            key,
            f"chữ ký nháy (ít nhất {width / 2:.0f} × {height / 2:.0f} pt)",
            f"an initial ({width / 2:.0f} × {height / 2:.0f} pt at least)",
            place.rect,
        )
    return place


def too_small(key: str, vi: str, en: str, rect: Rect) -> SignerError:
    """The refusal of a given place: 422 with its key."""
    return unsuitable(
        "place-too-small",
        f"Vị trí {spoken(key)}, {rect.width:.1f} × {rect.height:.1f} pt, quá nhỏ để ghi {vi}.",
        f"The place {key} ({rect.width:.1f} × {rect.height:.1f} pt) is too small for {en}.",
        clause=_clause(key),
        where=place_name(key),
    )


def _clause(key: str) -> str:
    if key in _TEXTS:
        return NUMBER_CLAUSE if key == "number" else DATE_CLAUSE
    if key == "agency":
        return SEAL_CLAUSE
    return INITIAL_CLAUSE if key.startswith("initial") else SIGNER_CLAUSE


# --- the schematic geometry -----------------------------------------------------------------------------------

_IN_DATE_FRAME = {"day": (0.42, 0.50), "month": (0.64, 0.72), "year": (0.83, 0.99)}
"""Shares of frame 4 in which "Hà Nội, ngày 05 tháng 11 năm 2026", set at 13 and centred, has its figures."""

_IN_NUMBER_FRAME = (0.20, 0.48)
"""Share of frame 3 between "Số:" and the slash of "Số: 1234/QĐ-BTC"."""


def schematic(rules: Ruleset, key: str, page: int, paper: Rect) -> Place:
    """Where the diagram of NĐ 30 Phụ lục I, Mục IV puts number, day, month, year or leader."""
    frames = fallback(rules, paper)
    if key == "leader":
        return Place(page, Rect(*frames["leader"]))
    frame = Rect(*frames["number" if key == "number" else "date"])
    start, stop = _IN_NUMBER_FRAME if key == "number" else _IN_DATE_FRAME[key]
    size = SIZES["number"]
    middle = (frame.y0 + frame.y1) / 2
    return Place(
        page,
        Rect(frame.x0 + start * frame.width, middle - size / 2, frame.x0 + stop * frame.width, middle + size / 2),
    )


def _box(rect: Rect) -> str:
    return ", ".join(f"{value:g}" for value in rect)
