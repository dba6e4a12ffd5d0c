"""What a filled field really shows: its appearance stream read back through the font's ToUnicode.

A field has a value (/V), which programs read, and a drawing (/AP), which people read. Only the signature holds
them together, so the verifier compares the two.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pikepdf

MAX_OPERATORS = 2_000
MAX_MAP = 65_536
MAX_STREAM = 32 * 1024
"""Encoded bytes: with one Flate layer at most, that is 33 MB decoded. Ours have a few hundred."""
HIDDEN, NO_VIEW, INVISIBLE = 2, 32, 1
"""Annotation flags (ISO 32000-2, 12.5.3) under which a field is not seen."""

_PASSIVE = frozenset(
    {
        "q",
        "Q",
        "BT",
        "ET",
        "BMC",
        "BDC",
        "EMC",
        "MP",
        "DP",
        "Tf",
        "Tz",
        "Tm",
        "Td",
        "TD",
        "T*",
        "TL",
        "Tc",
        "Tw",
        "cm",
        "W",
        "W*",
        "n",
        "re",
        "w",
        "i",
        "ri",
    }
)
_SHOWS = frozenset({"Tj", "TJ", "'", '"'})
_FILLS = frozenset({"f", "F", "f*"})


class DrawsOtherwise(Exception):
    """An appearance that draws more than text, or text that cannot be read back."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text field as a second reader sees it. ``problem`` says why ``text`` could not be read."""

    value: str
    text: str
    hidden: bool
    problem: str = ""


def fields(data: bytes, names: frozenset[str]) -> dict[str, Drawn]:
    """Read the text fields ``names`` (top level) with qpdf, a reader that shares no code with pyHanko's."""
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False, inherit_page_attributes=False) as pdf:
        form = pdf.Root.get("/AcroForm", pikepdf.Dictionary())
        found: dict[str, Drawn] = {}
        for item in list(form.get("/Fields", pikepdf.Array()))[:10_000]:
            name = str(item.get("/T", ""))
            if name in names and name not in found and "/V" in item:
                found[name] = _field(item)
        return found


def _field(item: pikepdf.Object) -> Drawn:
    value = str(item["/V"])
    hidden = bool(int(item.get("/F", 0)) & (HIDDEN | NO_VIEW | INVISIBLE)) or "/OC" in item
    normal = item["/AP"]["/N"] if "/AP" in item and "/N" in item["/AP"] else None
    if not isinstance(normal, pikepdf.Stream):
        return Drawn(value, "", hidden, "no appearance")
    try:
        return Drawn(value, read_back(normal), hidden)
    except DrawsOtherwise as problem:
        return Drawn(value, "", hidden, str(problem))


def read_back(stream: pikepdf.Object) -> str:
    """The text that an appearance stream shows. DrawsOtherwise for images, patterns, hidden or covered text."""
    _check_size(stream)
    if "/OC" in stream:
        raise DrawsOtherwise("optional content")
    resources = stream.get("/Resources", pikepdf.Dictionary())
    fonts = resources.get("/Font", pikepdf.Dictionary())
    font: Mapping[bytes, str] = {}
    width = 1
    text: list[str] = []
    dark = True
    operators = pikepdf.parse_content_stream(stream)
    if len(operators) > MAX_OPERATORS:
        raise DrawsOtherwise("too many operators")
    for instruction in operators:
        name = str(instruction.operator)
        operands = list(instruction.operands)
        if name == "Tf":
            font, width = _codes(fonts.get(str(operands[0])))
        elif name in _SHOWS:
            if not dark:
                raise DrawsOtherwise("text in a light colour")
            text += [_decode(piece, font, width) for piece in _strings(operands)]
        elif name in {"g", "rg", "k"}:
            dark = _is_dark(name, [float(operand) for operand in operands])
        elif name == "Tr":
            if int(operands[0]) != 0:
                raise DrawsOtherwise("text that is not filled")
        elif name in _FILLS:
            if text or dark:
                raise DrawsOtherwise("a filled shape that is no white ground under the text")
        elif name not in _PASSIVE or (name == "BDC" and str(operands[0]) == "/OC"):
            raise DrawsOtherwise(f"operator {name}")  # /OC: content that a viewer may switch off
    return "".join(text)


def _is_dark(name: str, values: list[float]) -> bool:
    if name == "k":
        return sum(values[:3]) / 3 + values[3] > 0.5
    return sum(values) / len(values) < 0.5


def _strings(operands: list[pikepdf.Object]) -> list[bytes]:
    last = operands[-1]
    parts = list(last) if isinstance(last, pikepdf.Array) else [last]
    return [bytes(part) for part in parts if isinstance(part, pikepdf.String)]


def _decode(piece: bytes, font: Mapping[bytes, str], width: int) -> str:
    if not font:
        if any(byte < 32 or byte > 126 for byte in piece):
            raise DrawsOtherwise("text in a font without ToUnicode")
        return piece.decode("ascii")
    codes = [piece[at : at + width] for at in range(0, len(piece), width)]
    if any(code not in font for code in codes):
        raise DrawsOtherwise("a code that ToUnicode does not know")
    return "".join(font[code] for code in codes)


def _codes(font: pikepdf.Object | None) -> tuple[Mapping[bytes, str], int]:
    """Code to text by /ToUnicode (ISO 32000-2, 9.10.3), and the length of a code."""
    if font is None:
        raise DrawsOtherwise("a font that is not there")
    width = 2 if font.get("/Subtype") == "/Type0" else 1
    if "/ToUnicode" not in font:
        if width == 1 and font.get("/Encoding") in {"/WinAnsiEncoding", "/StandardEncoding"}:
            return {}, 1
        raise DrawsOtherwise("a font without ToUnicode")
    _check_size(font["/ToUnicode"])
    return to_unicode(font["/ToUnicode"].read_bytes(), width), width


def _check_size(stream: pikepdf.Object) -> None:
    """Refuse streams that would unfold to more than anybody needs."""
    filters = stream.get("/Filter", pikepdf.Array())
    chain = list(filters) if isinstance(filters, pikepdf.Array) else [filters]
    if len(chain) > 1 or any(str(one) != "/FlateDecode" for one in chain):
        raise DrawsOtherwise("an unusual stream filter")
    if len(stream.read_raw_bytes()) > MAX_STREAM:
        raise DrawsOtherwise("a stream that is too long")


def to_unicode(cmap: bytes, width: int) -> dict[bytes, str]:
    """Read bfchar and bfrange sections. DrawsOtherwise for a map that is too large."""
    codes: dict[bytes, str] = {}
    for section in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", section):
            codes[bytes.fromhex(code.decode()).rjust(width, b"\0")] = _utf16(text)
    for section in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for low, high, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", section):
            first, last = int(low, 16), int(high, 16)
            if last - first > MAX_MAP:
                raise DrawsOtherwise("a ToUnicode map that is too large")
            start = _utf16(text)
            for step in range(last - first + 1):
                codes[(first + step).to_bytes(width, "big")] = start[:-1] + chr(ord(start[-1]) + step)
    return codes


def _utf16(text: bytes) -> str:
    return bytes.fromhex(text.decode("ascii").rjust(4, "0")).decode("utf-16-be")
