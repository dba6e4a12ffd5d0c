"""Whether embedded fonts draw what they say: the shapes behind the codes against known outlines.

ToUnicode tells programs which character a code is; the font program tells people. A file that was prepared with a
font whose 0 looks like a 9 is signed honestly by everybody, so no difference between revisions shows it. The
outlines of the faces in which numbers and dates are written are kept here as digests (outlines.py), apart from the
fonts that the writing side embeds: a check that read the same file would believe the same lie.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pikepdf
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from policies.model import Text
from signer.validation.outlines import OUTLINES

OURS = ("/ANTINR+", "/ANTINI+", "/ANTINM+")
"""Subset tags under which the writing side embeds its faces (ISO 32000-2, 9.9.2)."""
MAX_PROGRAM = 64 * 1024
"""Bytes of an unfolded font program; ours have 6,000, that of marks 25,000."""
MAX_GLYPHS = 512
MAX_WIDTHS = 1_000
SHAPES = frozenset(
    {"GlyphOrder", "OS/2", "cmap", "gasp", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"}
)
LAYOUT = frozenset({"GDEF", "GPOS", "GSUB"})
"""Tables of a program that holds outlines and nothing else. Layout tables shape text; where codes are glyph numbers no
viewer looks at them."""
STANDARD = frozenset(
    {
        *(f"/Helvetica{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
        *(f"/Courier{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
        *(f"/Times{style}" for style in ("-Roman", "-Bold", "-Italic", "-BoldItalic")),
    }
)
"""Fonts that every viewer brings itself (9.6.2.2): no file can change their shapes."""


class GlyphsLie(Exception):
    """A font draws something else than it says; ``words`` say which character."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.words = Text(vi, en)


class GlyphsUnknown(Exception):
    """A font whose shapes are not known here: it may be honest."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.words = Text(vi, en)


def check(font: pikepdf.Object, codes: Mapping[bytes, str]) -> None:
    """Check the shapes of the codes that were shown, given the text that the font claims for them.

    GlyphsLie: a face that calls itself ours draws other outlines or widths, or any font draws one of our characters
    under the name of another. GlyphsUnknown: outlines that are not known.
    """
    if not codes or _standard(font, codes):
        return
    name = str(font.get("/BaseFont", ""))
    unknown = GlyphsUnknown(
        f"phông chữ {name[1:]} không nằm trong danh mục đối chiếu", f"the shapes of font {name[1:]} are not known"
    )
    try:
        seen = _shapes(font)
        widths = _widths(font["/DescendantFonts"][0])
    except Exception as error:  # noqa: BLE001 -- a font made to hurt the parser is as unknown as any other
        unknown.__cause__ = error
        seen, widths = {}, {}
    for code, text in codes.items():
        number = int.from_bytes(code, "big")
        shape = seen.get(number, "")
        honest = OUTLINES.get(text, {})
        if shape in honest and abs(honest[shape] - widths.get(number, -2)) <= 1:  # writers round differently
            continue
        if name.startswith(OURS) or any(shape in known for known in OUTLINES.values()):
            raise GlyphsLie(
                f"phông chữ nhúng vẽ ký tự “{text}” thành hình khác",
                f"the embedded font draws “{text}” as something else",
            )
        raise unknown


def outlines(program: bytes) -> Mapping[int, str]:
    """A digest for each glyph of a TrueType program: its outline with components resolved, in units of the em.

    Raises whatever fontTools raises for a program that it cannot read; ValueError for one with too many glyphs, or
    with more than outlines, such as instructions that move points, variations or coloured layers.
    """
    with TTFont(io.BytesIO(program), lazy=True) as font:
        if font["maxp"].numGlyphs > MAX_GLYPHS:
            raise ValueError("too many glyphs")
        if not set(font.keys()) <= SHAPES | LAYOUT or any(_moves(font["glyf"][name]) for name in font.getGlyphOrder()):
            raise ValueError("more than outlines")
        return {number: outline(font, name) for number, name in enumerate(font.getGlyphOrder())}


def _moves(glyph: Any) -> bool:
    return hasattr(glyph, "program") and bool(glyph.program.getBytecode())


def outline(font: TTFont, name: str) -> str:
    """The digest of one glyph."""
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    drawn = repr((font["head"].unitsPerEm, pen.value))
    return hashlib.sha256(drawn.encode("ascii")).hexdigest()[:32]


_known = lru_cache(maxsize=16)(outlines)
"""Every file of ours embeds the same two programs."""


def _standard(font: pikepdf.Object, codes: Mapping[bytes, str]) -> bool:
    """Whether this is one of the viewers' own fonts with its own encoding."""
    return (
        font.get("/Subtype") == "/Type1"
        and str(font.get("/BaseFont", "")) in STANDARD
        and "/FontDescriptor" not in font
        and font.get("/Encoding") in {None, "/WinAnsiEncoding", "/StandardEncoding"}
        and all(code == text.encode("latin-1", "replace") and text.isascii() for code, text in codes.items())
    )


def _shapes(font: pikepdf.Object) -> Mapping[int, str]:
    """Outlines by code, for a font whose codes are glyph numbers (9.7.4.2)."""
    inner = font["/DescendantFonts"][0]
    if (
        font["/Subtype"] != "/Type0"
        or font["/Encoding"] != "/Identity-H"
        or inner["/Subtype"] != "/CIDFontType2"
        or inner["/CIDToGIDMap"] != "/Identity"
        or len(font["/DescendantFonts"]) != 1
        or {"/FontFile", "/FontFile3"} & set(inner["/FontDescriptor"].keys())
    ):
        raise ValueError("codes are no glyph numbers of one program")
    stream = inner["/FontDescriptor"]["/FontFile2"]
    raw = stream.read_raw_bytes()
    if "/Filter" in stream:
        if stream["/Filter"] != "/FlateDecode" or "/DecodeParms" in stream:
            raise ValueError("an unusual stream filter")
        raw = zlib.decompressobj().decompress(raw, MAX_PROGRAM + 1)
    if len(raw) > MAX_PROGRAM:
        raise ValueError("a program that is too long")
    return _known(raw)


def _widths(inner: pikepdf.Object) -> dict[int, int]:
    """Advances by code out of /W (9.7.4.3): with others, characters would lie over each other."""
    found: dict[int, int] = {}
    parts = list(inner["/W"])
    while parts and len(found) < MAX_WIDTHS:
        first, second = int(parts.pop(0)), parts.pop(0)
        if isinstance(second, pikepdf.Array):
            found |= {first + step: round(float(width)) for step, width in enumerate(list(second)[:MAX_WIDTHS])}
        else:
            width = round(float(parts.pop(0)))
            found |= dict.fromkeys(range(first, min(int(second), first + MAX_WIDTHS) + 1), width)
    return found
