"""The number line and the date line of the first page, and the blanks in them.

NĐ 30/2020/NĐ-CP, Phụ lục I, II.3 and II.4: "Số:      /QĐ-BTC" and "Hà Nội, ngày    tháng    năm "
                                                                   "2026", in the upper
half of page 1, usually on one height. A blank is what lies between the ink of two words, however it was made:
spaces, a tab, dots. A body may hold look-alikes ("Số: 45/TB-VPCP ngày 12 tháng 3 năm 2026", "(Kèm theo Quyết định
số      /QĐ-BTC ngày …)"): the line that counts is the topmost that begins its column with "Số" and has nothing
before the slash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policies.layout import condensation
from policies.model import Refused, Ruleset
from signer.errors import SignerError
from signer.model import Align, Place, Rect, Slant, TextPlace
from signer.pdf.reading.refusal import DATE_CLAUSE, NUMBER_CLAUSE, page_name, unsuitable
from signer.pdf.reading.text import Glyph, Line, PageText, Segment

ASCENT, DESCENT = 0.78, 0.22
"""Of the size: how far a text's rectangle reaches over and under the baseline; together one line."""

_ROUNDING = 0.05
"""Points by which positions in a PDF are rounded; three spaces at 13 are just what a condensed month needs."""

_NEAR = 60.0
"""Points between number line and date line at most; they stand on one height, or the date wraps (II.4)."""

_SIGNS = {"/": 0.278, "-": 0.333}
"""What stands between day, month and year where words do not, and its advance in Times, of the size."""

_NUMBER = re.compile(r"số(?P<colon>:?)(?P<printed>\d*)/")
_DATE = re.compile(r"ngày(?P<day>\d*)tháng(?P<month>\d*)năm(?P<year>\d*)")


@dataclass(frozen=True)
class NumberLine:
    """The line "Số:      /QĐ-BTC" as found: the glyph before the blank, the slash behind it, the dots between."""

    page: PageText
    before: Glyph
    slash: Glyph
    dots: tuple[Glyph, ...]
    notation: str

    @property
    def size(self) -> float:
        """The line's own size."""
        return self.page.size(self.slash)


class Blank(NamedTuple):
    """A blank after ``before``; ``after`` is None where the line ends; ``printed`` is what fills it already."""

    before: Glyph
    after: Glyph | None
    dots: tuple[Glyph, ...]
    printed: str


@dataclass(frozen=True)
class DateLine:
    """The line "…, ngày    tháng    năm 2026" as found, perhaps over two lines."""

    page: PageText
    day: Blank
    month: Blank
    year: Blank

    @property
    def size(self) -> float:
        """The line's own size."""
        return self.page.size(self.day.before)


def text_width(text: str, size: float) -> float:
    """Points that ``text`` takes in the Times metrics of our font: digits half an em, letters less than one."""
    return sum(0.5 if char.isdigit() else 0.9 for char in text) * size


# --- finding --------------------------------------------------------------------------------------------------


def find_number(page: PageText, middle: float) -> NumberLine:
    """The number line above ``middle`` (user space y). ``number-line-not-found``, ``number-already-printed``."""
    found: list[tuple[bool, int, Line, re.Match[str]]] = []
    printed = seen = ""
    for line, match in _matches(page, _NUMBER, middle):
        if not _begins_column(line, match.start()):
            continue
        text = _column_text(line, match.start(), match.end())
        if match["printed"]:
            printed = printed or (text if match["colon"] else "")
        elif match["colon"] or line.glyphs[match.start()].char == "S":
            found.append((not match["colon"], len(found), line, match))
    if found:
        _, _, line, match = min(found, key=lambda item: item[:2])
        return _number_line(line, match)
    if printed:
        raise unsuitable(
            "number-already-printed",
            f"Dự thảo đã in số: “{printed}”. Hãy để trống chỗ giữa “Số:” và “/”; số được cấp sau khi người có "
            "thẩm quyền đã ký.",
            f"The draft prints a number already: “{printed}”. Leave the place between “Số:” and “/” blank; the "
            "number is given after the leader has signed.",
            clause=NUMBER_CLAUSE,
            where=page_name(page.number),
        )
    for line in page.lines:
        seen = seen or next((s.text for s in line.segments if s.key.startswith("số")), "")
    raise unsuitable(
        "number-line-not-found",
        "Không tìm thấy dòng số, ký hiệu (“Số:      /…”) ở nửa trên trang 1"
        + (f"; thấy “{seen}”." if seen else ".")
        + " Hãy sửa dự thảo hoặc chỉ rõ vị trí số (number).",
        "The number line (“Số:      /…”) was not found in the upper half of page 1"
        + (f"; seen: “{seen}”." if seen else ".")
        + " Correct the draft or give places.number.",
        clause=NUMBER_CLAUSE,
        where=page_name(page.number),
    )


def find_date(page: PageText, middle: float, near: float | None) -> DateLine:
    """The date line above ``middle``, closest to the height ``near`` of the number line where that is known.

    ``date-line-not-found``, ``day-already-printed``, ``year-partly-printed``.
    """
    found: list[tuple[float, int, list[Glyph], re.Match[str]]] = []
    printed = seen = ""
    for line in page.lines:
        for start in (match.start() for match in re.finditer("ngày", line.key)):
            away = abs(line.glyphs[start].y - near) if near is not None else 0.0
            if line.glyphs[start].y < middle or away > _NEAR or not _is_date_column(line, start):
                continue
            flow = _flow(line, start)
            seen = seen or _column_text(line, start, len(line.glyphs))
            match = _DATE.match("".join(glyph.key for glyph in flow))
            if match and match["day"]:
                printed = printed or _column_text(line, start, len(line.glyphs))
            elif match:
                found.append((away, len(found), flow, match))
    if not found:
        raise _no_date(page, printed, seen)
    _, _, flow, match = min(found, key=lambda item: item[:2])
    date = _date_line(page, flow, match)
    if date.year.printed and len(date.year.printed) != 4:
        raise unsuitable(
            "year-partly-printed",
            f"Năm chỉ in một phần (“năm {date.year.printed}…”). Hãy in đủ bốn chữ số hoặc để trống cả năm.",
            f"The year is printed in part (“năm {date.year.printed}…”). Print all four digits or leave it blank.",
            clause=DATE_CLAUSE,
            where=page_name(page.number),
        )
    return date


def _no_date(page: PageText, printed: str, seen: str) -> SignerError:
    if printed:
        return unsuitable(
            "day-already-printed",
            f"Dự thảo đã in ngày ban hành: “{printed}”. Hãy để trống ngày; ngày được ghi khi cấp số.",
            f"The draft prints the day of issue already: “{printed}”. Leave the day blank; it is written when "
            "the number is given.",
            clause=DATE_CLAUSE,
            where=page_name(page.number),
        )
    return unsuitable(
        "date-line-not-found",
        "Không tìm thấy dòng thời gian ban hành (“…, ngày    tháng    năm …”) ở nửa trên trang 1"
        + (f"; thấy “{seen}”." if seen else ".")
        + " Hãy sửa dự thảo hoặc chỉ rõ vị trí ngày (day), tháng (month) và năm (year).",
        "The date line (“…, ngày    tháng    năm …”) was not found in the upper half of page 1"
        + (f"; seen: “{seen}”." if seen else ".")
        + " Correct the draft or give places.day, places.month and places.year.",
        clause=DATE_CLAUSE,
        where=page_name(page.number),
    )


def _matches(page: PageText, pattern: re.Pattern[str], middle: float) -> Iterator[tuple[Line, re.Match[str]]]:
    for line in page.lines:
        for match in pattern.finditer(line.key):
            if line.glyphs[match.start()].y >= middle:
                yield line, match


def _begins_column(line: Line, start: int) -> bool:
    return start == 0 or line.gap(start) > line.page.size(line.glyphs[start])


def _column_text(line: Line, start: int, stop: int) -> str:
    """The column from its beginning to its end after ``stop``, 40 letters at most; for messages."""
    while start and not _begins_column(line, start):
        start -= 1
    while stop < len(line.glyphs) and not _begins_column(line, stop):
        stop += 1
    return Segment(line, start, min(stop, start + 40)).text


def _is_date_column(line: Line, start: int) -> bool:
    """Annex lines and the body speak of other documents: "(Kèm theo Quyết định số … ngày …)"."""
    before = ""
    while start and not _begins_column(line, start):
        start -= 1
        before = line.key[start] + before
    return "(" not in before and "số" not in before


def _flow(line: Line, start: int) -> list[Glyph]:
    """From "ngày" to the end of its line, and on in the lines under it as far as they lie in its column."""
    page = line.page
    first = start
    while first and not _begins_column(line, first):
        first -= 1
    left, size = line.glyphs[first].x, page.size(line.glyphs[start])
    flow, last = list(line.glyphs[start:]), line.glyphs[start].y
    for below in page.lines:
        if not 1 < last - below.baseline <= 2.2 * size:
            continue
        here = [s for s in below.segments if s.rect.x0 >= left - size]
        if not here or len(flow) > 40:
            break
        flow.extend(glyph for segment in here for glyph in segment.glyphs)
        last = below.baseline
    return flow


def dots_between(page: PageText, before: Glyph, after: Glyph | None) -> tuple[Glyph, ...]:
    """The dots behind a glyph, up to the next one or (end of line) as long as they follow one another."""
    dots: list[Glyph] = []
    edge, size = page.box(before).x1, page.size(before)
    for line in page.lines:
        for dot in line.fillers:
            if abs(dot.y - before.y) > 2 or dot.x < before.x or (after is not None and dot.x > after.x):
                continue
            if after is None and dot.x - edge > size:
                break
            dots.append(dot)
            edge = page.box(dot).x1
    return tuple(dots)


def _number_line(line: Line, match: re.Match[str]) -> NumberLine:
    page, before, slash = line.page, line.glyphs[match.end() - 2], line.glyphs[match.end() - 1]
    end = match.end()
    while end < len(line.glyphs) and line.gap(end) <= page.size(slash):
        end += 1
    notation = "".join(glyph.char for glyph in line.glyphs[match.end() : end])
    if notation.endswith(("-", "&")):
        notation += _continued(line, before, line.glyphs[end - 1])
    return NumberLine(page, before, slash, dots_between(page, before, slash), notation)


def _continued(line: Line, first: Glyph, last: Glyph) -> str:
    """A long notation goes on in the next line of its column."""
    page = line.page
    for below in page.lines:
        if 1 < line.baseline - below.baseline <= 2 * page.size(first):
            for segment in below.segments:
                text = "".join(glyph.char for glyph in segment.glyphs)
                if first.x - 20 < segment.centre < last.x + 20 and text == text.upper() and not text.isdigit():
                    return text
    return ""


def _date_line(page: PageText, flow: Sequence[Glyph], match: re.Match[str]) -> DateLine:
    def blank(name: str, word: int) -> Blank:
        before = flow[match.start(name) - 1]
        follower = flow[match.end(name)] if match.end(name) < len(flow) and word else None
        after = follower if follower is not None and abs(follower.y - before.y) <= 2 else None
        printed = match[name]
        dots = dots_between(page, before, after)
        if name == "year" and printed and abs(flow[match.start(name)].y - before.y) > 2:
            printed = _year_below(flow, match, page)
        return Blank(before, after, dots, printed)

    return DateLine(page, blank("day", 1), blank("month", 1), blank("year", 0))


def _year_below(flow: Sequence[Glyph], match: re.Match[str], page: PageText) -> str:
    """Digits in the line under "năm" are the year only if they stand there alone: "2026", not "1. Các cơ quan"."""
    end = match.end("year")
    alone = (
        end == len(flow)
        or flow[end].y != flow[end - 1].y
        or flow[end].x - flow[end - 1].x > 2 * page.size(flow[end - 1])
    )
    return match["year"] if alone and len(match["year"]) == 4 else ""


# --- placing --------------------------------------------------------------------------------------------------


def place_number(rules: Ruleset, line: NumberLine, widest: str) -> TextPlace:
    """Right-aligned against the slash. A word's space stays behind the colon unless ``widest`` needs it too.

    ``number-blank-too-small`` if even condensed it does not fit (the rule's least condensation).
    """
    page, size = line.page, line.size
    colon, right = page.box(line.before).x1, line.slash.x
    needed = text_width(widest, size)
    left = colon + 0.25 * size
    if right - left < needed:
        left = colon + 0.06 * size
        _check_room(rules, "number", right - left, needed, page.number, f"“Số:” và “/{line.notation}”", widest)
    ground = _ground(page, line.dots, colon, page.box(line.slash).x0)
    box = _line_box(left, right, line.slash.y, size, ground)
    return TextPlace(Place(page.number, box), line.slash.y, size, Slant.UPRIGHT, Align.RIGHT, ground)


def place_date_part(rules: Ruleset, date: DateLine, name: str, blank: Blank, widest: str, edge: float) -> TextPlace:
    """Centred in its blank; behind the last word of a line as wide as it must be, ``edge`` being the paper's.

    Between slashes every point counts ("/   /2026"): there it reaches from pen to pen, as type is set.

    ``day-blank-too-small``, ``month-…``, ``year-…``.
    """
    page, size = date.page, date.size
    needed = text_width(widest, size)
    left = page.box(blank.before).x1 + 0.1 * size
    if blank.before.char in _SIGNS:
        left = blank.before.x + _SIGNS[blank.before.char] * size
    if blank.after is not None:
        right = blank.after.x if blank.after.char in _SIGNS else page.box(blank.after).x0 - 0.1 * size
    else:
        left += 0.2 * size
        dotted = max((page.box(dot).x1 for dot in blank.dots), default=left)
        right = min(max(dotted, left + needed), edge)
    _check_room(rules, name, right - left, needed, page.number, _ends(name, blank), widest)
    end = page.box(blank.after).x0 if blank.after is not None else right
    ground = _ground(page, blank.dots, page.box(blank.before).x1, end)
    box = _line_box(left, right, blank.before.y, size, ground)
    return TextPlace(Place(page.number, box), blank.before.y, size, Slant.ITALIC, Align.CENTRE, ground)


def _ends(name: str, blank: Blank) -> str:
    """What a blank of the date lies between, in words for people."""
    first, last = {"day": ("ngày", "tháng"), "month": ("tháng", "năm"), "year": ("năm", "")}[name]
    first = blank.before.char if blank.before.char in _SIGNS else first
    if blank.after is None or not last:
        return f"“{first}” và mép giấy"
    return f"“{first}” và “{blank.after.char if blank.after.char in _SIGNS else last}”"


def _line_box(left: float, right: float, baseline: float, size: float, ground: Rect | None) -> Rect:
    """One line high, and over the whole of the dots: what a field draws outside its rectangle is not seen."""
    box = Rect(left, baseline - DESCENT * size, right, baseline + ASCENT * size)
    if ground is None:
        return box
    return Rect(min(box.x0, ground.x0), min(box.y0, ground.y0), max(box.x1, ground.x1), max(box.y1, ground.y1))


def _ground(page: PageText, dots: Sequence[Glyph], left: float, right: float) -> Rect | None:
    """The dots' own ink and a hair more, never the words beside them."""
    if not dots:
        return None
    boxes = [page.box(dot) for dot in dots]
    return Rect(
        max(left, min(box.x0 for box in boxes) - 0.4),
        min(box.y0 for box in boxes) - 0.4,
        min(right, max(box.x1 for box in boxes) + 0.4),
        max(box.y1 for box in boxes) + 0.4,
    )


def _check_room(rules: Ruleset, name: str, room: float, needed: float, page: int, between: str, widest: str) -> None:
    try:
        condensation(rules, max(room, 0.0) + _ROUNDING, needed)
    except Refused as refusal:
        first = refusal.findings[0]
        vi = {"number": "số", "day": "ngày", "month": "tháng", "year": "năm"}[name]
        raise unsuitable(
            f"{name}-blank-too-small",
            f"Chỗ trống để ghi {vi} (giữa {between}) không đủ cho “{widest}”. " + first.message.vi,
            f"The blank for the {name} has no room for “{widest}”. " + first.message.en,
            clause=first.clause or (NUMBER_CLAUSE if name == "number" else DATE_CLAUSE),
            where=page_name(page),
        ) from refusal
