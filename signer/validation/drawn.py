"""What a filled field really shows: its appearance stream read back through the font's ToUnicode.

A field has a value (/V), which programs read, and a drawing (/AP), which people read. Only the signature holds
them together, so the verifier compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pikepdf

from policies.model import Text
from signer.model import Content
from signer.validation import faces

MAX_OPERATORS = 2_000
MAX_MAP = 65_536
MAX_STREAM = 32 * 1024
"""Encoded bytes: with one Flate layer at most, that is 33 MB decoded. Ours have a few hundred."""
MAX_DECODED = 256 * 1024
"""Bytes that are parsed: every operator in them becomes several objects. The map of a whole font has 70 KB."""
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
_PLACES = frozenset({"BT", "Tm", "Td", "TD", "T*", "cm", "'", '"'})
"""What puts text elsewhere."""
KERNING = 250
"""Thousandths of the size by which TJ may move back: no character passes another one so."""
SHUFFLED = Text("các ký tự có thể bị đặt lại thứ tự", "its characters may stand in another order")
REDRAWN = Text(
    "biểu mẫu yêu cầu phần mềm đọc tự vẽ lại các ô (NeedAppearances)",
    "the form asks viewers to draw its fields themselves (NeedAppearances)",
)
_SHOWS = frozenset({"Tj", "TJ", "'", '"'})
_FILLS = frozenset({"f", "F", "f*"})


class DrawsOtherwise(Exception):
    """An appearance that draws more than text, or text that cannot be read back; ``words`` say what."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.words = Text(vi, en)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text field as a second reader sees it.

    ``problem`` says why ``text`` could not be read, or that its glyphs lie; ``unproven`` why they cannot be told.
    """

    value: str
    text: str
    hidden: bool
    problem: Text | None = None
    unproven: Text | None = None


@dataclass(slots=True)
class _Shown:
    """What a drawing has shown so far: its text, the codes behind it by font, and what makes the order uncertain."""

    text: str = ""
    glyphs: list[tuple[pikepdf.Object, dict[bytes, str]]] = field(default_factory=list)
    shuffled: bool = False


def fields(file: Content, names: frozenset[str]) -> dict[str, Drawn]:
    """Read the text fields ``names`` (top level) with qpdf, a reader that shares no code with pyHanko's."""
    with pikepdf.open(file.stream(), attempt_recovery=False, inherit_page_attributes=False) as pdf:
        form = pdf.Root.get("/AcroForm", pikepdf.Dictionary())
        found: dict[str, Drawn] = {}
        for item in list(form.get("/Fields", pikepdf.Array()))[:10_000]:
            name = str(item.get("/T", ""))
            if name in names and name not in found and "/V" in item:
                found[name] = _field(item, redrawn=bool(form.get("/NeedAppearances", False)))
        return found


def _field(item: pikepdf.Object, *, redrawn: bool) -> Drawn:
    value = str(item["/V"])
    hidden = bool(int(item.get("/F", 0)) & (HIDDEN | NO_VIEW | INVISIBLE)) or "/OC" in item
    normal = item["/AP"]["/N"] if "/AP" in item and "/N" in item["/AP"] else None
    if not isinstance(normal, pikepdf.Stream):
        return Drawn(value, "", hidden, Text("không có phần hiển thị", "no appearance"))
    try:
        seen = _read(normal)
        text = seen.text
        for font, codes in seen.glyphs:
            faces.check(font, codes)
    except DrawsOtherwise as problem:
        return Drawn(value, "", hidden, problem.words)
    except faces.GlyphsLie as problem:
        return Drawn(value, text, hidden, problem.words)
    except faces.GlyphsUnknown as problem:
        return Drawn(value, text, hidden, None, problem.words)
    return Drawn(value, text, hidden, None, SHUFFLED if seen.shuffled else REDRAWN if redrawn else None)


def read_back(stream: pikepdf.Object) -> str:
    """The text that an appearance stream shows. DrawsOtherwise for images, patterns, hidden or covered text."""
    return _read(stream).text


def _read(stream: pikepdf.Object) -> _Shown:
    check_size(stream)
    if "/OC" in stream:
        raise DrawsOtherwise("lớp nội dung có thể tắt", "optional content")
    resources = stream.get("/Resources", pikepdf.Dictionary())
    fonts = resources.get("/Font", pikepdf.Dictionary())
    font: Mapping[bytes, str] = {}
    width = 1
    seen = _Shown()
    dark = True
    operators = pikepdf.parse_content_stream(stream)
    if len(operators) > MAX_OPERATORS:
        raise DrawsOtherwise("quá nhiều lệnh vẽ", "too many operators")
    for instruction in operators:
        name = str(instruction.operator)
        operands = list(instruction.operands)
        if name == "Tf":
            used = fonts.get(str(operands[0]))
            font, width = codes(used)
            if used is not None:
                seen.glyphs.append((used, {}))
        elif name in _SHOWS:
            if not dark:
                raise DrawsOtherwise("chữ màu nhạt", "text in a light colour")
            _show(seen, operands, font, width)
        elif name in {"g", "rg", "k"}:
            dark = _is_dark(name, [float(operand) for operand in operands])
        elif name == "Tr":
            if int(operands[0]) != 0:
                raise DrawsOtherwise("chữ không được tô", "text that is not filled")
        elif name in _FILLS:
            if seen.text or dark:
                raise DrawsOtherwise(
                    "hình tô không phải nền trắng dưới chữ", "a filled shape that is no white ground under the text"
                )
        elif name not in _PASSIVE or (name == "BDC" and str(operands[0]) == "/OC"):
            raise DrawsOtherwise(f"lệnh vẽ {name}", f"operator {name}")  # /OC: content that a viewer may switch off
        seen.shuffled = seen.shuffled or _moves_back(seen, name, operands)
        _check_upright(name, operands)
    return seen


def _show(seen: _Shown, operands: list[pikepdf.Object], font: Mapping[bytes, str], width: int) -> None:
    if not seen.glyphs:
        raise DrawsOtherwise("phông chữ không tồn tại", "a font that is not there")
    for piece in strings(operands):
        for code, text in decode(piece, font, width):
            seen.glyphs[-1][1][code] = text
            seen.text += text


def _moves_back(seen: _Shown, name: str, operands: list[pikepdf.Object]) -> bool:
    """Whether characters may stand in another order than they are written: 05 that is read as 50."""
    if name == "TJ":
        return any(float(part) > KERNING for part in operands[0] if not isinstance(part, pikepdf.String))
    if name in {"Tc", "Tw"}:
        return float(operands[0]) < 0
    return bool(seen.text) and name in _PLACES


def _check_upright(name: str, operands: list[pikepdf.Object]) -> None:
    """A 6 that is turned is a 9."""
    if name in {"cm", "Tm"}:
        a, b, c, d = (float(operand) for operand in operands[:4])
        upright = a > 0 and d > 0 and b == c == 0
    elif name in {"Tf", "Tz"}:
        upright = float(operands[-1]) > 0
    else:
        return
    if not upright:
        raise DrawsOtherwise("chữ bị xoay, lật hoặc không có cỡ", "text that is turned, mirrored or has no size")


def _is_dark(name: str, values: list[float]) -> bool:
    if name == "k":
        return sum(values[:3]) / 3 + values[3] > 0.5
    return sum(values) / len(values) < 0.5


def strings(operands: list[pikepdf.Object]) -> list[bytes]:
    """The byte strings that a text operator shows."""
    last = operands[-1]
    parts = list(last) if isinstance(last, pikepdf.Array) else [last]
    return [bytes(part) for part in parts if isinstance(part, pikepdf.String)]


def decode(piece: bytes, font: Mapping[bytes, str], width: int) -> list[tuple[bytes, str]]:
    """Codes with the characters that they stand for; DrawsOtherwise for one that the font does not know."""
    if not font:
        if any(byte < 32 or byte > 126 for byte in piece):
            raise DrawsOtherwise("phông chữ không có ToUnicode", "text in a font without ToUnicode")
        return [(bytes([byte]), chr(byte)) for byte in piece]
    codes = [piece[at : at + width] for at in range(0, len(piece), width)]
    if any(code not in font for code in codes):
        raise DrawsOtherwise("mã chữ không có trong ToUnicode", "a code that ToUnicode does not know")
    return [(code, font[code]) for code in codes]


def codes(font: pikepdf.Object | None) -> tuple[Mapping[bytes, str], int]:
    """Code to text by /ToUnicode (ISO 32000-2, 9.10.3), and the length of a code."""
    if font is None:
        raise DrawsOtherwise("phông chữ không tồn tại", "a font that is not there")
    width = 2 if font.get("/Subtype") == "/Type0" else 1
    if "/ToUnicode" not in font:
        if width == 1 and font.get("/Encoding") in {"/WinAnsiEncoding", "/StandardEncoding"}:
            return {}, 1
        raise DrawsOtherwise("phông chữ không có ToUnicode", "a font without ToUnicode")
    check_size(font["/ToUnicode"])
    return to_unicode(font["/ToUnicode"].read_bytes(), width), width


def check_size(stream: pikepdf.Object) -> None:
    """Refuse streams that would unfold to more than anybody needs."""
    filters = stream.get("/Filter", pikepdf.Array())
    chain = list(filters) if isinstance(filters, pikepdf.Array) else [filters]
    if len(chain) > 1 or any(str(one) != "/FlateDecode" for one in chain):
        raise DrawsOtherwise("bộ lọc dữ liệu bất thường", "an unusual stream filter")
    if len(stream.read_raw_bytes()) > MAX_STREAM or len(stream.read_bytes()) > MAX_DECODED:
        raise DrawsOtherwise("luồng dữ liệu quá dài", "a stream that is too long")


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
                raise DrawsOtherwise("bảng ToUnicode quá lớn", "a ToUnicode map that is too large")
            start = _utf16(text)
            for step in range(last - first + 1):
                codes[(first + step).to_bytes(width, "big")] = start[:-1] + chr(ord(start[-1]) + step)
    return codes


def _utf16(text: bytes) -> str:
    return bytes.fromhex(text.decode("ascii").rjust(4, "0")).decode("utf-16-be")
