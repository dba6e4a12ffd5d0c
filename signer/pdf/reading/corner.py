"""Where the agency's mark goes: ô 14, the upper right corner of page 1 as it is seen, and whether it is free there.

Whether something lies there is decided twice. The text of the page says what; a rendering of just this corner sees the
rest (lines, images, stamps of a scan) and lets the white margin of a scanned paper pass, specks and grey included.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2.raw as raw

from policies.layout import mark_box
from policies.model import Refused, Ruleset
from signer.errors import SignerError
from signer.model import MM, Place, Rect
from signer.pdf import mark
from signer.pdf.reading.intake import too_complex
from signer.pdf.reading.pagetree import Page
from signer.pdf.reading.refusal import MARK_CLAUSE, page_name, unsuitable
from signer.pdf.reading.text import PageText

MAX_PIXELS = 80_000_000
"""Of all images on a page that is rendered; A3 scanned at 600 dpi has 70 million."""

MAX_OBJECTS = 20_000
"""Drawn on a page, those of its forms included, that are looked at in search of images."""

_DPI = 100
_DARK = 140
"""Of 255: a stroke of print, blue ink and a red stamp are darker; paper that a scanner makes grey is not."""

_SPECKS = 0.003
"""Share of the corner that may be dark all the same; a single letter of 10 points takes more."""


def place_mark(rules: Ruleset, page: PageText, paper: Page, lines: Sequence[str]) -> Place:
    """The box for ``lines``, with room for what wraps. ``no-room-for-mark`` where it is not free."""
    size = rules.layout.mark_size.value
    drawn = mark.broken(lines, size, rules.layout.mark_widest_mm.value * MM)
    try:
        box = mark_box(rules, (0.0, 0.0, *paper.seen), *mark.extent(drawn, size))
    except Refused as refusal:
        raise SignerError.from_refusal(refusal, where=page_name(page.number)) from refusal
    seen = Rect(*box)
    rect = paper.in_user_space(seen)
    _check_free(page, rect, seen, paper)
    return Place(page.number, rect)


def _check_free(page: PageText, rect: Rect, seen: Rect, paper: Page) -> None:
    found = "".join(glyph.char for glyph in page.under(rect))[:40]
    if found:
        what = (f"chữ “{found}”", f"the text “{found}”")
    elif _has_ink(page.drawing, seen, paper.seen):
        what = ("hình vẽ hoặc nét mực", "a drawing or ink")
    else:
        return
    left, top = seen.x0 / MM, (paper.seen[1] - seen.y1) / MM
    area = f"{left:.0f}-{seen.x1 / MM:.0f} × {top:.0f}-{top + seen.height / MM:.0f} mm"
    raise unsuitable(
        "no-room-for-mark",
        f"Góc trên bên phải trang 1 phải để trống cho thông tin chữ ký số của cơ quan (vùng {area} tính từ mép trái và "
        f"mép trên), nhưng ở đó có {what[0]}. Hãy chừa trống lề trên.",
        f"The upper right corner of page 1 must be free for the agency's mark ({area} from the left and upper edges), "
        f"but {what[1]} lies there. Leave the top margin free.",
        clause=MARK_CLAUSE,
        where=page_name(page.number),
    )


def _has_ink(page: Any, seen: Rect, size: tuple[float, float]) -> bool:
    """Renders the rectangle alone, and no page whose images are out of all proportion (``draft-too-complex``)."""
    if sum(width * height for width, height, _ in pictures(page)) > MAX_PIXELS:
        raise too_complex("ảnh ở trang 1 quá lớn", "the images of page 1 are too large", page_name(1))
    cut = (seen.x0, seen.y0, size[0] - seen.x1, size[1] - seen.y1)
    image = page.render(scale=_DPI / 72, crop=cut, grayscale=True, may_draw_forms=False).to_pil().convert("L")
    dark = sum(image.histogram()[:_DARK])
    return bool(dark > _SPECKS * image.width * image.height)


Matrix = tuple[float, float, float, float, float, float]


def pictures(page: Any) -> Iterator[tuple[int, int, Matrix]]:
    """The images of a page, those in forms too: pixels across and down, and the matrix that places the unit square.

    At most ``MAX_OBJECTS`` objects are looked at.
    """
    stack = [(raw.FPDFPage_GetObject(page, i), _UNIT, 0) for i in range(raw.FPDFPage_CountObjects(page))]
    for _ in range(MAX_OBJECTS):
        if not stack:
            return
        item, outer, depth = stack.pop()
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            width, height = ctypes.c_uint(), ctypes.c_uint()
            raw.FPDFImageObj_GetImagePixelSize(item, width, height)
            yield width.value, height.value, _times(_matrix(item), outer)
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
            inner = _times(_matrix(item), outer)
            count = raw.FPDFFormObj_CountObjects(item)
            stack += [(raw.FPDFFormObj_GetObject(item, i), inner, depth + 1) for i in range(count)]


_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
DEEPEST = 8
"""Of forms within forms that are searched for images."""


def _matrix(item: Any) -> Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, matrix):
        return _UNIT
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(first: Matrix, then: Matrix) -> Matrix:
    """Two matrices one after the other (8.3.4)."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u
