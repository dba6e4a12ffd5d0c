"""What the agency's signature shows in words: the mark on an attachment or a certified copy, read back.

NĐ 30/2020/NĐ-CP, Phụ lục I, II.8.b and Phần II. A mark is nothing but lines of upright text, each placed by itself
under the one before; whatever draws anything else is no mark, and what reads as one is looked at with suspicion: its
letters may lie, and a later revision may have drawn it anew.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import datetime

import pikepdf

from policies.load import rulesets
from policies.model import Text
from signer.model import AGENCY_FIELD
from signer.validation import faces
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

MAX_OPERATORS = 200
MAX_LINES = 12

_SYMBOL = re.compile(r"[0-9]{1,11}/\S+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Mark:
    """The lines that a signature shows. ``problem`` says why they cannot be believed, ``unproven`` why not yet."""

    lines: tuple[str, ...]
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


def read(data: bytes) -> Mark | None:
    """The mark of the field ``Agency`` in a file; None where it shows no text, or more than text."""
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False, inherit_page_attributes=False) as pdf:
        form = pdf.Root.get("/AcroForm", pikepdf.Dictionary())
        fields = [item for item in list(form.get("/Fields", pikepdf.Array()))[:10_000] if _name(item) == AGENCY_FIELD]
        if len(fields) != 1 or "/AP" not in fields[0]:
            return None
        normal = fields[0]["/AP"].get("/N")
        if not isinstance(normal, pikepdf.Stream):
            return None
        try:
            lines, shown = _lines(normal)
        except DrawsOtherwise:
            return None
        if not lines:
            return None
        return _judged(lines, shown, hidden=_is_hidden(fields[0], normal))


_Shown = list[tuple[pikepdf.Object, dict[bytes, str]]]


def _judged(lines: list[str], shown: _Shown, *, hidden: bool) -> Mark:
    if hidden:
        return Mark(tuple(lines), Text("ô chữ ký bị ẩn", "the field is hidden"))
    try:
        for font, used in shown:
            faces.check(font, used)
    except faces.GlyphsLie as problem:
        return Mark(tuple(lines), problem.words)
    except faces.GlyphsUnknown as problem:
        return Mark(tuple(lines), None, problem.words)
    return Mark(tuple(lines))


def _is_hidden(field: pikepdf.Object, normal: pikepdf.Object) -> bool:
    flags = int(field.get("/F", 0))
    return bool(flags & (HIDDEN | NO_VIEW | INVISIBLE)) or "/OC" in field or "/OC" in normal


def _name(field: pikepdf.Object) -> str:
    return str(field.get("/T", ""))


def _lines(stream: pikepdf.Object) -> tuple[list[str], _Shown]:
    """The lines from the top, with the codes that were shown by font. DrawsOtherwise for anything but such lines."""
    check_size(stream)
    operators = pikepdf.parse_content_stream(stream)
    if len(operators) > MAX_OPERATORS:
        raise DrawsOtherwise("quá nhiều lệnh vẽ", "too many operators")
    fonts = stream.get("/Resources", pikepdf.Dictionary()).get("/Font", pikepdf.Dictionary())
    lines: list[str] = []
    shown: _Shown = []
    font: pikepdf.Object | None = None
    height, placed = float("inf"), False
    for instruction in operators:
        name, operands = str(instruction.operator), list(instruction.operands)
        if name == "Tf":
            font = fonts.get(str(operands[0]))
            if font is None or float(operands[1]) <= 0:
                raise DrawsOtherwise("phông chữ không tồn tại", "a font that is not there")
            shown.append((font, {}))
        elif name == "Tm":
            a, b, c, d, _, y = (float(operand) for operand in operands)
            _check(a == d > 0 and b == c == 0 and y < height, "chữ đặt không theo dòng", "text that is not in lines")
            height, placed = y, True
        elif name == "Tj":
            _check(placed and bool(shown), "chữ không có vị trí", "text without a place")
            known, width = codes(font)
            said = decode(strings(operands)[0], known, width)
            shown[-1][1].update(said)
            lines.append("".join(char for _, char in said))
            placed = False
        elif name == "g":
            _check(float(operands[0]) == 0, "chữ không đen", "text that is not black")
        else:
            _check(name in {"q", "Q", "BT", "ET"}, f"lệnh vẽ {name}", f"operator {name}")
    _check(len(lines) <= MAX_LINES, "quá nhiều dòng", "too many lines")
    return lines, shown


def _check(condition: bool, vi: str, en: str) -> None:
    if not condition:
        raise DrawsOtherwise(vi, en)
