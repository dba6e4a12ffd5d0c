"""The mark: the lines that the agency's signature shows in place of an image (NĐ 30/2020 Phụ lục I II.8.b, phần II.I).

Times New Roman upright, black, the size from the rules (10 points). Lines stand under one another from the top of the
box, each against its right edge. One that is wider than the box goes on in the next, broken between words: an agency's
name may be long, and letters drawn together would no longer have the size that the law asks for. Reader and signer
both break here, so that what room was made for is what is drawn.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from signer.errors import Kind, SignerError
from signer.pdf import fonts

LEADING = 1.15
"""Of the size: from one baseline to the next."""

MARGIN = 1.0
"""Points between the text and each edge of its box."""

_ASCENT, _DESCENT = 0.891, 0.216
"""Of the size, as in Times; letters with two marks above (Ế) stay under the ascent."""

CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8.b"


def clean(line: str) -> str:
    """A line as it is drawn: composed letters, single spaces. UNSUITABLE ``mark-unwritable`` for what has no glyph."""
    plain = " ".join(unicodedata.normalize("NFC", line).split())
    strange = sorted(set(plain) - fonts.face(fonts.MARK).codes.keys())
    if strange or not plain:
        shown = " ".join(f"“{char}” (U+{ord(char):04X})" for char in strange) or "dòng trống"
        raise SignerError(
            Kind.UNSUITABLE,
            "mark-unwritable",
            f"Không thể ghi thông tin chữ ký số “{line[:60]}”: {shown}. Chỉ dùng chữ tiếng Việt, chữ số và dấu thông "
            "thường.",
            f"The mark's line “{line[:60]}” cannot be written: {shown if strange else 'it is empty'}. Only "
            "Vietnamese letters, digits and usual signs can.",
            clause=CLAUSE,
        )
    return plain


def broken(lines: Sequence[str], size: float, width: float) -> tuple[str, ...]:
    """The lines as they are drawn in a box of ``width`` points. A word that is wider stays whole."""
    face, drawn = fonts.face(fonts.MARK), []
    for line in map(clean, lines):
        row = ""
        for word in line.split(" "):
            longer = f"{row} {word}" if row else word
            if row and face.width(longer, size) > width - 2 * MARGIN + 0.01:
                drawn.append(row)
                longer = word
            row = longer
        drawn.append(row)
    return tuple(drawn)


def extent(drawn: Sequence[str], size: float) -> tuple[float, float]:
    """Width and height, in points, of the box that lines take which are broken already."""
    face = fonts.face(fonts.MARK)
    width = max(face.width(line, size) for line in drawn)
    height = (_ASCENT + _DESCENT + LEADING * (len(drawn) - 1)) * size
    return width + 2 * MARGIN, height + 2 * MARGIN


def origins(drawn: Sequence[str], size: float, width: float, height: float) -> list[tuple[float, float]]:
    """Where each line begins on its baseline, from the lower left corner of the box."""
    face = fonts.face(fonts.MARK)
    top = height - MARGIN - _ASCENT * size
    return [(width - MARGIN - face.width(line, size), top - LEADING * size * order) for order, line in enumerate(drawn)]
