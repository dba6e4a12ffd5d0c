"""The two faces in which numbers and dates are written, subset and encoded once a process.

NĐ 30/2020 Phụ lục I asks for Times New Roman, which is proprietary; Tinos has its metrics and an open licence
(fonts/OFL.txt). Subsetting costs tens of milliseconds, so the glyphs that a number or date can have are fixed
here, embedded when the fields are made, and only referred to when they are filled.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from fontTools import subset
from fontTools.ttLib import TTFont

from signer.model import Slant
from signer.pdf.syntax import reference, stream

CHARACTERS = " 0123456789/-.&ABCDEFGHIJKLMNOPQRSTUVWXYZĂÂĐÊÔƠƯ"
"""What a number line can have: digits, and the notation's capitals and signs."""

OBJECTS = 5
"""How many PDF objects a face takes."""

_FILES = {
    Slant.UPRIGHT: ("Tinos-Regular.ttf", "Tinos", "ANTINR"),
    Slant.ITALIC: ("Tinos-Italic.ttf", "Tinos-Italic", "ANTINI"),
}


@dataclass(frozen=True, slots=True)
class Face:
    """One subset face. ``codes`` gives a character's two-byte code, ``widths`` its advance in 1/1000 em."""

    slant: Slant
    codes: Mapping[str, int]
    widths: Mapping[str, int]
    resource: bytes
    program: bytes
    descriptor: bytes
    base_name: bytes

    def width(self, text: str, size: float) -> float:
        """Points that ``text`` takes at ``size``; KeyError for a character outside CHARACTERS."""
        return sum(self.widths[character] for character in text) * size / 1000

    def encode(self, text: str) -> bytes:
        """The operand of Tj, as a hex string; KeyError for a character outside CHARACTERS."""
        return b"<" + b"".join(b"%04X" % self.codes[character] for character in text) + b">"

    def objects(self, first: int) -> list[bytes]:
        """The face's PDF objects numbered from ``first``: Type0, CIDFont, descriptor, program, ToUnicode."""
        _, cid_font, descriptor, program, to_unicode = range(first, first + OBJECTS)
        widths = b" ".join(b"%d[%d]" % (code, self.widths[char]) for char, code in self.codes.items())
        return [
            b"<</Type/Font/Subtype/Type0/BaseFont/%b/Encoding/Identity-H/DescendantFonts[%b]/ToUnicode %b>>"
            % (self.base_name, reference(cid_font), reference(to_unicode)),
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>/CIDToGIDMap/Identity/FontDescriptor %b/W[%b]>>"
            % (self.base_name, reference(descriptor), widths),
            b"<</Type/FontDescriptor/FontName/%b%b/FontFile2 %b>>"
            % (self.base_name, self.descriptor, reference(program)),
            self.program,
            stream(b"/Filter/FlateDecode", zlib.compress(_to_unicode(self.codes), 9)),
        ]


@cache
def face(slant: Slant) -> Face:
    """The face for a slant."""
    file_name, name, tag = _FILES[slant]
    data = files("signer.pdf").joinpath("fonts", file_name).read_bytes()
    font = TTFont(io.BytesIO(data))
    options = subset.Options(
        hinting=False, layout_features=[], name_IDs=[0, 13], notdef_outline=True, glyph_names=False
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=CHARACTERS)
    subsetter.subset(font)
    out = io.BytesIO()
    font.save(out)
    program = out.getvalue()
    per_mille = 1000 / font["head"].unitsPerEm
    cmap, advances = font.getBestCmap(), font["hmtx"]
    codes = {char: font.getGlyphID(cmap[ord(char)]) for char in CHARACTERS}
    head, line, os2 = font["head"], font["hhea"], font["OS/2"]
    box = (head.xMin, head.yMin, head.xMax, head.yMax)
    flags = 6 | (64 if slant is Slant.ITALIC else 0)  # serif, symbolic (codes are glyph numbers), italic
    descriptor = (
        f"/Flags {flags}/FontBBox[{' '.join(str(round(v * per_mille)) for v in box)}]"
        f"/ItalicAngle {font['post'].italicAngle:g}/Ascent {round(line.ascent * per_mille)}"
        f"/Descent {round(line.descent * per_mille)}/CapHeight {round(os2.sCapHeight * per_mille)}/StemV 80"
    ).encode("ascii")
    packed = zlib.compress(program, 9)
    return Face(
        slant=slant,
        codes=MappingProxyType(codes),
        widths=MappingProxyType({c: round(advances[cmap[ord(c)]][0] * per_mille) for c in CHARACTERS}),
        resource=b"AntinItalic" if slant is Slant.ITALIC else b"AntinUpright",
        program=stream(b"/Filter/FlateDecode/Length1 %d" % len(program), packed),
        descriptor=descriptor,
        base_name=f"{tag}+{name}".encode("ascii"),
    )


def _to_unicode(codes: Mapping[str, int]) -> bytes:
    """The CMap that gives text back from codes (9.10.3)."""
    lines = "\n".join(f"<{code:04X}> <{ord(char):04X}>" for char, code in codes.items())
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{lines}\nendbfchar\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode("ascii")
