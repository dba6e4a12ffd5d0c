"""The line by which an annex names its document, and the seal over it: attachments as ministries issue them.

"(Kèm theo Công văn số      /BTC-THTK ngày    tháng    năm 2026)", or with slashes for words, "(Kèm theo văn bản số:
    /BXD-KHCNMT ngày    /   /2026 của Bộ Xây dựng)"; it may wrap. NĐ 30/2020/NĐ-CP, Phụ lục I, III.1.c leaves its
blanks empty on electronic documents; ministries fill them and set the seal at the upper left of the page. Each
blank is written in the slant of its line.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.model import Ruleset
from policies.text import fold
from signer.errors import SignerError
from signer.model import MM, NUMBER, Place, Printed, Rect, Slant, StampWanted, TextPlace
from signer.pdf.reading.facts import printed
from signer.pdf.reading.heading import (
    Blank,
    DateLine,
    NumberLine,
    dots_between,
    place_date_part,
    place_number,
)
from signer.pdf.reading.pagetree import Page
from signer.pdf.reading.refusal import DATE_CLAUSE, NUMBER_CLAUSE, SEAL_CLAUSE, page_name, unsuitable
from signer.pdf.reading.text import Glyph, Line, PageText, Segment

LINE_CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục III.1"

_LINE = re.compile(
    r"(?P<open>\(?)(?:banhành)?kèmtheo(?P<what>[^()/]{0,60}?)số:?(?P<number>[0-9]*)/(?P<notation>[^()]{1,60}?),?"
    r"ngày(?P<day>[0-9]*)(?:tháng|[/-])(?P<month>[0-9]*)(?:năm|[/-])(?P<year>[0-9]*)"
)
_MOST_LINES = 3
"""Over which the line wraps."""

_WIDEST = {"day": "00", "month": "00", "year": "0000"}
_EDGE = 14.0
"""Points from the paper's edge that stay free."""

_SEAL_FROM = (28 * MM, 12 * MM)
"""From the left and upper edges: where a ministry's tool sets the seal; the free place nearest to it is taken."""

_SEAL_STEP = 4.0
_CLEAR = 3.0
"""Points between the seal's rim and any text."""


@dataclass(frozen=True)
class Attached:
    """The line as found: blanks by field name, and what it prints."""

    blanks: dict[str, TextPlace]
    printed: Printed


@dataclass(frozen=True)
class _Found:
    """A line that may be the one: its glyphs, over the wrap too, and how they match."""

    flow: tuple[Glyph, ...]
    match: re.Match[str]

    @property
    def notation(self) -> str:
        """As printed."""
        return "".join(glyph.char for glyph in self.flow[self.match.start("notation") : self.match.end("notation")])

    def text(self, page: PageText) -> str:
        """For people: what stands there, up to the end of the year."""
        rows = itertools.groupby(self.flow[: self.match.end()], key=lambda glyph: round(glyph.y))
        return " ".join(_row(page, tuple(row)) for _, row in rows)

    def blank(self, page: PageText, name: str) -> Blank:
        """The blank of a part of the date."""
        before = self.flow[self.match.start(name) - 1]
        end = self.match.end(name)
        after = self.flow[end] if end < len(self.flow) and abs(self.flow[end].y - before.y) <= 2 else None
        return Blank(before, after, dots_between(page, before, after), self.match[name])


def find_attached(rules: Ruleset, page: PageText, paper: Page, wanted: StampWanted) -> Attached:
    """The blanks of the topmost such line of a page.

    ``attachment-line-not-found``, ``number-already-printed``, ``day-already-printed``, ``year-partly-printed``,
    ``notation-differs``, and ``…-blank-too-small`` as on a draft.
    """
    found = _choose(page, wanted)
    match, flow, notation = found.match, found.flow, found.notation
    if fold(notation) != fold(wanted.notation):
        raise unsuitable(
            "notation-differs",
            f"Ký hiệu in trong dòng “(Kèm theo …)” là “{notation}”, khác ký hiệu của văn bản “{wanted.notation}”.",
            f"The line “(Kèm theo …)” prints the notation “{notation}”; the document's is “{wanted.notation}”.",
            clause=NUMBER_CLAUSE,
            where=page_name(page.number),
        )
    if match["year"] and len(match["year"]) != 4:
        raise unsuitable(
            "year-partly-printed",
            f"Năm trong dòng “(Kèm theo …)” chỉ in một phần (“{match['year']}”). Hãy in đủ bốn chữ số hoặc để trống.",
            f"The line “(Kèm theo …)” prints the year in part (“{match['year']}”). Print four digits or none.",
            clause=DATE_CLAUSE,
            where=page_name(page.number),
        )
    slash = flow[match.start("notation") - 1]
    slant = Slant.ITALIC if page.slanted(slash) else Slant.UPRIGHT
    day, month, year = (found.blank(page, name) for name in _WIDEST)
    date = DateLine(page, day, month, year)
    places = {NUMBER: _number(rules, page, found, wanted.widest)}
    for name, blank in (("day", day), ("month", month), ("year", year)):
        if not blank.printed:
            edge = paper.paper.x1 - _EDGE
            places[name.capitalize()] = place_date_part(rules, date, name, blank, _WIDEST[name], edge)
    return Attached(
        {name: replace(place, slant=slant) for name, place in places.items()},
        Printed(notation, printed(month.printed), printed(year.printed)),
    )


def _number(rules: Ruleset, page: PageText, found: _Found, widest: str) -> TextPlace:
    at = found.match.start("notation") - 1
    before, slash = found.flow[at - 1], found.flow[at]
    if abs(before.y - slash.y) > 2:
        raise unsuitable(
            "number-blank-too-small",
            "Dòng “(Kèm theo …)” bị ngắt giữa “số” và “/”, nên không có chỗ để ghi số. Hãy đặt lại chỗ ngắt dòng.",
            "The line “(Kèm theo …)” is broken between “số” and “/”, so that the number has no room.",
            clause=NUMBER_CLAUSE,
            where=page_name(page.number),
        )
    return place_number(
        rules, NumberLine(page, before, slash, dots_between(page, before, slash), found.notation), widest
    )


# --- finding --------------------------------------------------------------------------------------------------


def _choose(page: PageText, wanted: StampWanted) -> _Found:
    filled: _Found | None = None
    for found in _candidates(page, wanted.notation):
        if not found.match["number"] and not found.match["day"]:
            return found
        filled = filled or (found if found.match["open"] else None)
    if filled is not None:
        raise _already(filled, page)
    seen = next((_row(page, line.glyphs)[:80] for line in page.lines if "kèmtheo" in line.key), "")
    looked = f"(Kèm theo … số      /{wanted.notation} ngày    tháng    năm …)"
    raise unsuitable(
        "attachment-line-not-found",
        f"Không tìm thấy dòng “{looked}” ở trang 1 của tệp kèm theo" + (f"; thấy “{seen}”." if seen else "."),
        f"The line “{looked}” was not found on page 1 of the attachment" + (f"; seen: “{seen}”." if seen else "."),
        clause=LINE_CLAUSE,
        where=page_name(page.number),
    )


def _row(page: PageText, glyphs: tuple[Glyph, ...]) -> str:
    return Segment(Line(page, glyphs[0].y, glyphs, ()), 0, len(glyphs)).text


def _already(found: _Found, page: PageText) -> SignerError:
    if found.match["number"]:
        return unsuitable(
            "number-already-printed",
            f"Dòng “(Kèm theo …)” đã in số: “{found.text(page)}”. Hãy để trống chỗ giữa “số” và “/”.",
            f"The line “(Kèm theo …)” prints a number already: “{found.text(page)}”. Leave the place before “/” blank.",
            clause=NUMBER_CLAUSE,
            where=page_name(page.number),
        )
    return unsuitable(
        "day-already-printed",
        f"Dòng “(Kèm theo …)” đã in ngày: “{found.text(page)}”. Hãy để trống ngày; ngày được ghi khi cấp số.",
        f"The line “(Kèm theo …)” prints the day already: “{found.text(page)}”. Leave it blank; it is written when the "
        "number is given.",
        clause=DATE_CLAUSE,
        where=page_name(page.number),
    )


def _candidates(page: PageText, notation: str) -> Iterator[_Found]:
    """Every line that matches, from the top; where it goes on in its column or in whole lines, as the notation says."""
    for index, line in enumerate(page.lines):
        for start in (match.start() for match in re.finditer(r"\(?(?:banhành)?kèmtheo", line.key)):
            ways = []
            for left in (-math.inf, line.glyphs[start].x - 2 * page.size(line.glyphs[start])):
                flow = _flow(page, index, line, start, left)
                match = _LINE.match("".join(glyph.key for glyph in flow))
                ways += [_Found(flow, match)] if match else []
            if ways:
                yield next((way for way in ways if fold(way.notation) == fold(notation)), ways[0])


def _flow(page: PageText, index: int, line: Line, start: int, left: float) -> tuple[Glyph, ...]:
    """From ``start`` to the closing bracket, over the lines beneath that stand close enough."""
    flow, last, size = list(line.glyphs[start:]), line, page.size(line.glyphs[start])
    for below in page.lines[index + 1 :]:
        if (
            ")" in "".join(glyph.char for glyph in flow)
            or len(flow) > 200
            or last.baseline - below.baseline > 2.2 * size
        ):
            break
        if below.glyphs:
            flow += [glyph for glyph in below.glyphs if glyph.x >= left]
            last = below
        if line.baseline - last.baseline > 2.2 * size * (_MOST_LINES - 1):
            break
    return tuple(flow)


# --- the seal -------------------------------------------------------------------------------------------------


def place_seal(page: PageText, paper: Rect, blanks: dict[str, TextPlace], diameter_mm: float) -> Place:
    """The seal in real size at the upper left, where its circle covers neither text nor blanks.

    ``no-room-for-seal`` where the corner has no such place.
    """
    size = diameter_mm * MM
    taken = [segment.rect for line in page.lines for segment in line.segments]
    taken += [place.place.rect for place in blanks.values()]
    low, middle = paper.y1 - 2 * _SEAL_FROM[1] - size, (paper.x0 + paper.x1) / 2
    near = [rect for rect in taken if rect.y1 > low - size and rect.x0 < middle]
    spots = [
        (paper.x0 + _EDGE + _SEAL_STEP * right, paper.y1 - _EDGE - size - _SEAL_STEP * down)
        for right in range(int((middle - size - paper.x0 - _EDGE) / _SEAL_STEP) + 1)
        for down in range(int(2 * _SEAL_FROM[1] / _SEAL_STEP))
    ]
    wished = (paper.x0 + _SEAL_FROM[0], paper.y1 - _SEAL_FROM[1] - size)
    for x, y in sorted(spots, key=lambda spot: math.dist(spot, wished)):
        if not any(_covers(x + size / 2, y + size / 2, size / 2 + _CLEAR, rect) for rect in near):
            return Place(page.number, Rect(x, y, x + size, y + size))
    raise unsuitable(
        "no-room-for-seal",
        f"Góc trên bên trái trang 1 không có chỗ cho dấu đường kính {diameter_mm:g} mm mà không che chữ. Hãy chừa "
        "trống góc này, hoặc dùng kiểu ký phụ lục theo Mục II.8.b.",
        f"The upper left corner of page 1 has no place for a seal of {diameter_mm:g} mm that covers no text. Leave "
        "the corner free, or sign attachments in the form of II.8.b.",
        clause=SEAL_CLAUSE,
        where=page_name(page.number),
    )


def _covers(x: float, y: float, radius: float, rect: Rect) -> bool:
    """Whether a circle touches a rectangle."""
    aside, above = max(rect.x0 - x, 0.0, x - rect.x1), max(rect.y0 - y, 0.0, y - rect.y1)
    return math.hypot(aside, above) < radius
