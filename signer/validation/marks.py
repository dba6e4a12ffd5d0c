"""What the agency's signature shows in words: the mark on an attachment or a certified copy, read back.

NĐ 30/2020/NĐ-CP, Phụ lục I, II.8.b and Phần II. A mark is nothing but lines of upright text, each placed by itself
under the one before; whatever draws anything else is no mark, and what reads as one is looked at with suspicion: its
letters may lie, it may lie where nobody sees it, and a later revision may have drawn it anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import pikepdf

from policies.load import rulesets
from policies.model import Text
from signer.model import AGENCY_FIELD, Content, Rect
from signer.validation import faces, second
from signer.validation.drawn import (
    HIDDEN,
    INVISIBLE,
    NO_VIEW,
    DrawsOtherwise,
    check_size,
    codes,
    decode,
    strings,
)
from signer.validation.outlines import OUTLINES

MAX_OPERATORS = 200
MAX_LINES = 12
SMALLEST = 6.0
"""Points; the law asks for 10, and nobody reads less than this."""
APART = 0.9
"""Of the size: lines that are closer lie over one another."""
SLACK = 1.0
"""Points by which a box may be rounded."""
UPRIGHT = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
"""By the page's /Rotate, the matrix under which text stands upright for the reader (12.5.5)."""
LOOKS = ("/AP", "/Rect", "/F", "/MK", "/OC", "/AS")
"""The entries of a widget that say how and where it is seen."""

_SYMBOL = re.compile(r"[0-9]{1,11}/\S+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Mark:
    """The lines that a signature shows. ``problem`` says why they cannot be believed, ``unproven`` why not yet.

    ``looks`` is a digest of all that decides how and where they are seen.
    """

    lines: tuple[str, ...]
    looks: bytes
    problem: Text | None = None
    unproven: Text | None = None

    @property
    def shown_at(self) -> datetime | None:
        """The time on the last line; None where there is none."""
        if not self.lines or not _MOMENT.fullmatch(self.lines[-1]):
            return None
        try:
            return datetime.fromisoformat(self.lines[-1])
        except ValueError:
            return None

    @property
    def symbol(self) -> str:
        """Number and notation, where this is an attachment's mark; else ""."""
        said = " ".join(self.lines[:-1])
        return said if self.shown_at is not None and _SYMBOL.fullmatch(said) else ""

    @property
    def form(self) -> str:
        """The form of copy, where this is a copy's mark; else ""."""
        forms = {form for rules in rulesets() for form in rules.copies.forms.value.values()}
        first = self.lines[0] if len(self.lines) > 2 else ""
        return first if self.shown_at is not None and first in forms else ""

    @property
    def agency(self) -> str:
        """The agency on a copy's mark; a long name is broken over several lines."""
        return " ".join(self.lines[1:-1]) if self.form else ""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line as it is drawn: where its baseline begins in the appearance's own space, and its size in points."""

    text: str
    x: float
    y: float
    size: float

    @property
    def width(self) -> float:
        """As the known faces have it; other fonts are not believed anyway."""
        return sum(max(OUTLINES.get(char, {"": 0}).values()) for char in self.text) * self.size / 1000


_Shown = list[tuple[pikepdf.Object, dict[bytes, str]]]


def read(file: Content) -> Mark | None:
    """The mark of the field ``Agency`` in a file; None where it shows no text, or more than text."""
    with pikepdf.open(file.stream(), attempt_recovery=False, inherit_page_attributes=False) as pdf:
        form = pdf.Root.get("/AcroForm", pikepdf.Dictionary())
        fields = [item for item in list(form.get("/Fields", pikepdf.Array()))[:10_000] if _name(item) == AGENCY_FIELD]
        if len(fields) != 1 or "/AP" not in fields[0]:
            return None
        field, normal = fields[0], fields[0]["/AP"].get("/N")
        if not isinstance(normal, pikepdf.Stream):
            return None
        try:
            rows, shown = _rows(normal)
        except DrawsOtherwise:
            return None
        if not rows:
            return None
        looks = second.digest(pikepdf.Array([field.get(key, None) for key in LOOKS]))
        return _judged(Mark(tuple(row.text for row in rows), looks), shown, _unseen(pdf, field, normal, rows))


def _judged(mark: Mark, shown: _Shown, unseen: Text | None) -> Mark:
    if unseen is not None:
        return replace(mark, problem=unseen)
    try:
        for font, used in shown:
            faces.check(font, used)
    except faces.GlyphsLie as problem:
        return replace(mark, problem=problem.words)
    except faces.GlyphsUnknown as problem:
        return replace(mark, unproven=problem.words)
    return mark


def _unseen(pdf: pikepdf.Pdf, field: pikepdf.Object, normal: pikepdf.Object, rows: Sequence[_Row]) -> Text | None:
    """Why people do not see what the mark says: hidden, elsewhere, turned, cut off, tiny, over one another."""
    flags = int(field.get("/F", 0))
    if flags & (HIDDEN | NO_VIEW | INVISIBLE) or "/OC" in field or "/OC" in normal:
        return Text("ô chữ ký bị ẩn", "the field is hidden")
    page = pdf.pages[0].obj
    if not any(item.objgen == field.objgen for item in list(page.get("/Annots", pikepdf.Array()))[:10_000]):
        return Text("không nằm trên trang đầu", "it is not on the first page")
    crop = _inherited(page, "/CropBox")
    seen = _rect(_inherited(page, "/MediaBox") if crop is None else crop)
    rect, box = _rect(field["/Rect"]), _rect(normal["/BBox"])
    if rect.x0 < seen.x0 or rect.y0 < seen.y0 or rect.x1 > seen.x1 or rect.y1 > seen.y1:
        return Text("nằm ngoài trang giấy", "it lies beyond the page")
    turn = int(_inherited(page, "/Rotate") or 0) % 360
    matrix = tuple(float(part) for part in normal.get("/Matrix", [1, 0, 0, 1, 0, 0]))
    width, height = (rect.height, rect.width) if turn in {90, 270} else (rect.width, rect.height)
    if matrix[:4] != UPRIGHT.get(turn) or abs(box.width - width) > SLACK or abs(box.height - height) > SLACK:
        return Text("bị xoay, lật, thu nhỏ hoặc kéo giãn", "it is turned, mirrored or scaled")
    if any(row.size < SMALLEST for row in rows):
        return Text("chữ quá nhỏ", "its letters are too small")
    if any(upper.y - lower.y < APART * lower.size for upper, lower in pairwise(rows)):
        return Text("các dòng chữ đè lên nhau", "its lines lie over one another")
    for row in rows:
        within = box.x0 - SLACK <= row.x and row.x + row.width <= box.x1 + SLACK
        if not within or not box.y0 <= row.y <= box.y1 - row.size / 2:
            return Text("chữ bị cắt bởi khung của ô chữ ký", "its letters are cut off by the field's box")
    return None


def _inherited(page: pikepdf.Object, key: str) -> pikepdf.Object | None:
    """A page's entry, or that of the nearest node above that has it (7.7.3.4)."""
    node = page
    for _ in range(64):
        if key in node:
            return node[key]
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    return None


def _rect(value: pikepdf.Object | None) -> Rect:
    if value is None:
        return Rect(0, 0, 0, 0)
    x0, y0, x1, y1 = (float(part) for part in value)
    return Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _name(field: pikepdf.Object) -> str:
    return str(field.get("/T", ""))


def _rows(stream: pikepdf.Object) -> tuple[list[_Row], _Shown]:
    """The lines from the top, with the codes that were shown by font. DrawsOtherwise for anything but such lines."""
    check_size(stream)
    operators = pikepdf.parse_content_stream(stream)
    if len(operators) > MAX_OPERATORS:
        raise DrawsOtherwise("quá nhiều lệnh vẽ", "too many operators")
    fonts = stream.get("/Resources", pikepdf.Dictionary()).get("/Font", pikepdf.Dictionary())
    rows: list[_Row] = []
    shown: _Shown = []
    font: pikepdf.Object | None = None
    size, place = 0.0, None
    for position, instruction in enumerate(operators, start=1):
        name, operands = str(instruction.operator), list(instruction.operands)
        if name == "Tf":
            font, size = fonts.get(str(operands[0])), float(operands[1])
            if font is None or size <= 0:
                raise DrawsOtherwise("phông chữ không tồn tại", "a font that is not there")
            shown.append((font, {}))
        elif name == "Tm":
            a, b, c, d, x, y = (float(operand) for operand in operands)
            _check(a == d > 0 and b == c == 0, "chữ bị xoay, lật hoặc kéo giãn", "text that is turned or stretched")
            _check(not rows or y < rows[-1].y, "chữ đặt không theo dòng", "text that is not in lines")
            place = (x, y, a)
        elif name == "Tj":
            if place is None or not shown:
                raise DrawsOtherwise("chữ không có vị trí hoặc phông", "text without a place or a font")
            known, width = codes(font)
            said = decode(strings(operands)[0], known, width)
            shown[-1][1].update(said)
            rows.append(_Row("".join(char for _, char in said), place[0], place[1], size * place[2]))
            place = None
        elif name == "g":
            _check(float(operands[0]) == 0, "chữ không đen", "text that is not black")
        else:  # a Q in between would bring another font back
            outer = {"q": 1, "Q": len(operators)}.get(name, position) == position
            _check(name in {"q", "Q", "BT", "ET"} and outer, f"lệnh vẽ {name}", f"operator {name}")
    _check(len(rows) <= MAX_LINES, "quá nhiều dòng", "too many lines")
    return rows, shown


def _check(condition: bool, vi: str, en: str) -> None:
    if not condition:
        raise DrawsOtherwise(vi, en)
