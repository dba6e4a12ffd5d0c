"""The page: rectangles, places, the names of our fields."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MM = 72 / 25.4
"""Points in a millimetre."""


class Rect(NamedTuple):
    """A rectangle in PDF user space, points, as in /Rect: left, bottom, right, top, before /Rotate."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Points."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Points."""
        return self.y1 - self.y0

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share an area; touching edges do not count."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1


@dataclass(frozen=True, slots=True)
class Place:
    """Where something goes: page (from 1) and rectangle."""

    page: int
    rect: Rect

    def __post_init__(self) -> None:
        if self.page < 1:
            raise ValueError("pages count from 1")
        if not all(map(math.isfinite, self.rect)) or self.rect.width <= 0 or self.rect.height <= 0:
            raise ValueError("a rectangle needs x0 < x1 and y0 < y1")

    def as_dict(self) -> dict[str, object]:
        """The form of ``places`` in requests and answers."""
        return {"page": self.page, "rect": [round(value, 2) for value in self.rect]}


class Slant(StrEnum):
    """Which of the two faces a text is set in (NĐ 30 Phụ lục I: number upright, date italic)."""

    UPRIGHT = "upright"
    ITALIC = "italic"


class Align(StrEnum):
    """How a text lies in its blank."""

    RIGHT = "right"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Where a number, day, month or year is written: on ``baseline`` (user space y), at ``size`` points.

    ``ground`` is the part of the rectangle in which dots are printed and must be covered in white
    since printed dots cannot be removed; None where the blank is of spaces.
    """

    place: Place
    baseline: float
    size: float
    slant: Slant
    align: Align
    ground: Rect | None = None


class SignatureRole(StrEnum):
    """In what role a signature is made."""

    INITIAL = "initial"
    LEADER = "leader"
    CLERK = "clerk"
    AGENCY = "agency"


NUMBER, DAY, MONTH, YEAR = "Number", "Day", "Month", "Year"
TEXT_FIELDS = (NUMBER, DAY, MONTH, YEAR)
AGENCY_FIELD, CLERK_FIELD = "Agency", "Clerk"


def signature_field(role: SignatureRole, index: int = 0) -> str:
    """The PDF field name of a signature: Initial1, Leader, Leader2, Clerk, Agency. ``index`` counts from 0."""
    if role is SignatureRole.INITIAL:
        return f"Initial{index + 1}"
    if role is SignatureRole.LEADER:
        return "Leader" if index == 0 else f"Leader{index + 1}"
    return CLERK_FIELD if role is SignatureRole.CLERK else AGENCY_FIELD


@dataclass(frozen=True, slots=True)
class Places:
    """Every place on a draft that will be filled. ``month`` and ``year`` are None where they are printed.

    ``leaders`` and ``initials`` are in the order of the document's signers and initials. The leaders' and
    the seal's rectangles are exactly where the images are drawn. ``clerk`` asks for the invisible field
    of the clerk's own certificate.
    """

    number: TextPlace
    day: TextPlace
    month: TextPlace | None
    year: TextPlace | None
    leaders: tuple[Place, ...]
    initials: tuple[Place, ...]
    agency: Place
    clerk: bool = False

    def texts(self) -> dict[str, TextPlace]:
        """Field name to place, for those that exist."""
        pairs = {NUMBER: self.number, DAY: self.day, MONTH: self.month, YEAR: self.year}
        return {name: place for name, place in pairs.items() if place is not None}

    def signatures(self) -> dict[str, Place | None]:
        """Signature field name to place in signing order; None is an invisible field."""
        fields: dict[str, Place | None] = {}
        fields |= {signature_field(SignatureRole.INITIAL, i): p for i, p in enumerate(self.initials)}
        fields |= {signature_field(SignatureRole.LEADER, i): p for i, p in enumerate(self.leaders)}
        if self.clerk:
            fields[CLERK_FIELD] = None
        fields[AGENCY_FIELD] = self.agency
        return fields

    def as_dict(self) -> dict[str, object]:
        """The ``places`` of an answer: keys number, day, month, year, leader, leader2, initial1, agency."""
        texts: dict[str, object] = {name.lower(): text.place.as_dict() for name, text in self.texts().items()}
        signs = {name.lower(): p.as_dict() for name, p in self.signatures().items() if p is not None}
        return texts | signs


@dataclass(frozen=True, slots=True)
class StampPlaces:
    """The places on a file that the agency alone signs: an attachment, or a copy.

    ``agency`` is where its mark (or, in the filled style, its seal) is drawn; ``texts`` are the blanks of the
    line "(Kèm theo … số … ngày …)" by field name, none in the style that the law prescribes. ``marked``: the
    signature shows text instead of an image, at ``mark_size`` points (NĐ 30/2020 Phụ lục I II.8.b).
    """

    agency: Place
    marked: bool
    blanks: Mapping[str, TextPlace] = dataclasses.field(default_factory=dict)
    mark_size: float = 10.0

    def texts(self) -> dict[str, TextPlace]:
        """Field name to place, as of ``Places``."""
        return dict(self.blanks)

    def signatures(self) -> dict[str, Place | None]:
        """Signature field name to place, as of ``Places``."""
        return {AGENCY_FIELD: self.agency}


@dataclass(frozen=True, slots=True)
class Printed:
    """What the draft already prints where we would write: checked again when the day of issue is known."""

    notation: str
    month: int | None = None
    year: int | None = None
