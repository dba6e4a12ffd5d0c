"""The faces in which numbers, dates and marks are written, subset and encoded once a process.

NĐ 30/2020 Phụ lục I asks for Times New Roman, which is proprietary; Tinos has its metrics and an open licence
(signer/fonts/OFL.txt). Subsetting costs tens of milliseconds, so the glyphs that a number or date can have are fixed
here, embedded when the fields are made, and only referred to when they are filled. A face goes by its name: those of
numbers and dates by their slant, and ``MARK``, which is in files that the agency alone signs and has every letter.
"""

from __future__ import annotations

import io
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from fontTools import subset
from fontTools.ttLib import TTFont

from signer.model import Slant
from signer.pdf.syntax import reference, stream

CHARACTERS = " 0123456789/-.&ABCDEFGHIJKLMNOPQRSTUVWXYZĂÂĐÊÔƠƯ"
"""What a number line can have: digits, and the notation's capitals and signs."""

MARK = "mark"
"""The upright face of marks: all of printable ASCII and every Vietnamese letter. Ten kilobytes in a file."""

_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_LETTERS = "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in _TONES) + "đ"
MARK_CHARACTERS = "".join(dict.fromkeys([*map(chr, range(32, 127)), *_LETTERS, *_LETTERS.upper()]))
"""What a mark can say, composed (NFC): agencies' names, notations, forms of copy, times."""

OBJECTS = 5
"""How many PDF objects a face takes."""


class _Cut(NamedTuple):
    """Which glyphs of which file make a face, and what it is called in a PDF."""

    file: str
    base_name: str
    resource: bytes
    characters: str


_CUTS = {
    str(Slant.UPRIGHT): _Cut("Tinos-Regular.ttf", "ANTINR+Tinos", b"AntinUpright", CHARACTERS),
    str(Slant.ITALIC): _Cut("Tinos-Italic.ttf", "ANTINI+Tinos-Italic", b"AntinItalic", CHARACTERS),
    MARK: _Cut("Tinos-Regular.ttf", "ANTINM+Tinos", b"AntinMark", MARK_CHARACTERS),
}


@dataclass(frozen=True, slots=True)
class Face:
    """One subset face. ``codes`` gives a character's two-byte code, ``widths`` its advance in 1/1000 em."""

    codes: Mapping[str, int]
    widths: Mapping[str, int]
    resource: bytes
    program: bytes
    descriptor: bytes
    base_name: bytes

    def width(self, text: str, size: float) -> float:
        """Points that ``text`` takes at ``size``; KeyError for a character that the face has not."""
        return sum(self.widths[character] for character in text) * size / 1000

    def encode(self, text: str) -> bytes:
        """The operand of Tj, as a hex string; KeyError for a character that the face has not."""
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


def face(name: str) -> Face:
    """The face of a name: a ``Slant``, or ``MARK``. KeyError for another."""
    return _face(str(name))


@cache
def _face(name: str) -> Face:
    """Made once a process; a ``Slant`` and the plain string that is equal to it would be two keys."""
    cut = _CUTS[name]
    data = files("signer.fonts").joinpath(cut.file).read_bytes()
    font = TTFont(io.BytesIO(data))
    options = subset.Options(
        hinting=False, layout_features=[], name_IDs=[0, 13], notdef_outline=True, glyph_names=False
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=cut.characters)
    subsetter.subset(font)
    out = io.BytesIO()
    font.save(out)
    program = out.getvalue()
    per_mille = 1000 / font["head"].unitsPerEm
    cmap, advances = font.getBestCmap(), font["hmtx"]
    codes = {char: font.getGlyphID(cmap[ord(char)]) for char in cut.characters}
    head, line, os2 = font["head"], font["hhea"], font["OS/2"]
    box = (head.xMin, head.yMin, head.xMax, head.yMax)
    flags = 6 | (64 if font["post"].italicAngle else 0)  # serif, symbolic (codes are glyph numbers), italic
    descriptor = (
        f"/Flags {flags}/FontBBox[{' '.join(str(round(v * per_mille)) for v in box)}]"
        f"/ItalicAngle {font['post'].italicAngle:g}/Ascent {round(line.ascent * per_mille)}"
        f"/Descent {round(line.descent * per_mille)}/CapHeight {round(os2.sCapHeight * per_mille)}/StemV 80"
    ).encode("ascii")
    packed = zlib.compress(program, 9)
    return Face(
        codes=MappingProxyType(codes),
        widths=MappingProxyType({c: round(advances[cmap[ord(c)]][0] * per_mille) for c in cut.characters}),
        resource=cut.resource,
        program=stream(b"/Filter/FlateDecode/Length1 %d" % len(program), packed),
        descriptor=descriptor,
        base_name=cut.base_name.encode("ascii"),
    )


_BLOCK = 100
"""Entries that a block of a CMap may have."""


def _to_unicode(codes: Mapping[str, int]) -> bytes:
    """The CMap that gives text back from codes (9.10.3)."""
    rows = [f"<{code:04X}> <{ord(char):04X}>\n" for char, code in codes.items()]
    blocks = "".join(
        f"{len(block)} beginbfchar\n{''.join(block)}endbfchar\n"
        for block in (rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK))
    )
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{blocks}"
        "endcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode("ascii")
