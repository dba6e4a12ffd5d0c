"""Measuring a digitised paper: resolution, colour, how much of each page is image. The rules judge elsewhere.

NĐ 30/2020/NĐ-CP, Phụ lục I, phần II.I asks of a scan: PDF 1.4 or newer, in colour, 200 dpi at least, in real size. The
resolution is what an image has on the paper: its pixels over the length that they are placed on, whatever the file
says of it elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf

from signer.model import Rect, ScannedPage
from signer.pdf.reading.corner import Matrix, pictures

MAX_IMAGES = 400
"""Of a page, that are measured; scanners cut a page into some thirty strips."""

_GRID = 100
"""Cells across and down a page, in which what images cover is counted."""

_VERSION = re.compile(rb"%PDF-(\d)\.(\d)")
_NAME = re.compile(r"/(\d)\.(\d)\Z")
_COLOURED = {"/DeviceRGB", "/RGB", "/CalRGB", "/Lab", "/DeviceCMYK", "/CMYK"}
DEEPEST = 8
"""Of forms within forms, and of colour spaces within colour spaces."""

_GREYISH = 12
"""Of 255: how far the components of a grey may lie apart in a palette."""

Pixels = tuple[int, int]


def version(start: bytes, pdf: pikepdf.Pdf) -> tuple[int, int]:
    """The higher of the version at a file's ``start`` and the catalogue's (7.2.2); (0, 0) where neither is readable."""
    header, own = _VERSION.match(start), _NAME.match(str(pdf.Root.get("/Version", "")))
    return max((int(found[1]), int(found[2])) if found else (0, 0) for found in (header, own))


@dataclass(frozen=True)
class _Image:
    """An image on a page: its resolution in the coarser direction, its bounds."""

    dpi: float
    pixels: Pixels
    rect: Rect


def measure(page: Any, paper: Rect, colours: Mapping[Pixels, bool]) -> ScannedPage:
    """A page as PDFium holds it; ``colours`` says of its images, by size, whether they are in colour.

    The page's resolution is the coarsest of its images, but for one that lies under a finer one: a scanner may put
    the strokes on top of a coarse background.
    """
    images = []
    for width, height, matrix in pictures(page):
        found = _placed(width, height, matrix, paper)
        images += [found] if found else []
        if len(images) == MAX_IMAGES:
            break
    if not images:
        return ScannedPage(0.0, False, 0.0)
    counted = [image for image in images if not _finer_above(image, images)]
    return ScannedPage(
        dpi=round(min(image.dpi for image in counted), 1),
        colour=any(colours.get(image.pixels, False) for image in images),
        covered=_covered([image.rect for image in images], paper),
    )


def _placed(width: int, height: int, matrix: Matrix, paper: Rect) -> _Image | None:
    """None for what cannot be seen."""
    a, b, c, d, e, f = matrix
    across, down = math.hypot(a, b) / 72, math.hypot(c, d) / 72
    xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    rect = Rect(max(min(xs), paper.x0), max(min(ys), paper.y0), min(max(xs), paper.x1), min(max(ys), paper.y1))
    if not (across > 0 and down > 0 and rect.width > 0 and rect.height > 0):
        return None
    return _Image(min(width / across, height / down), (width, height), rect)


def _finer_above(image: _Image, images: Sequence[_Image]) -> bool:
    """Whether another one of at least one and a half times the resolution covers nine tenths of an image."""
    for other in images:
        if other.dpi >= 1.5 * image.dpi:
            wide = min(image.rect.x1, other.rect.x1) - max(image.rect.x0, other.rect.x0)
            high = min(image.rect.y1, other.rect.y1) - max(image.rect.y0, other.rect.y0)
            if wide > 0 and high > 0 and wide * high >= 0.9 * image.rect.width * image.rect.height:
                return True
    return False


def _covered(rects: Sequence[Rect], paper: Rect) -> float:
    """The share of the paper under rectangles, each point counted once."""
    rows = [0] * _GRID
    for rect in rects:
        left, right = (round((x - paper.x0) / paper.width * _GRID) for x in (rect.x0, rect.x1))
        low, high = (round((y - paper.y0) / paper.height * _GRID) for y in (rect.y0, rect.y1))
        cells = (1 << right) - (1 << left)
        for row in range(low, high):
            rows[row] |= cells
    return sum(row.bit_count() for row in rows) / _GRID**2


# --- colour ---------------------------------------------------------------------------------------------------


def colours(page: pikepdf.Page) -> dict[Pixels, bool]:
    """Of each image that a page's resources name, forms included: its pixels, and whether it is in colour."""
    found: dict[Pixels, bool] = {}
    seen: set[tuple[int, int]] = set()
    stack = [(page.obj.get("/Resources"), 0)]
    while stack and len(found) < MAX_IMAGES:
        resources, depth = stack.pop()
        xobjects = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
        for item in xobjects.values() if isinstance(xobjects, pikepdf.Dictionary) else ():
            if not isinstance(item, pikepdf.Stream) or item.objgen in seen:
                continue
            seen.add(item.objgen)
            if item.get("/Subtype") == "/Form" and depth < DEEPEST:
                stack.append((item.get("/Resources"), depth + 1))
            elif item.get("/Subtype") == "/Image":
                size = (int(item.get("/Width", 0)), int(item.get("/Height", 0)))
                found[size] = found.get(size, False) or _image_in_colour(item)
    return found


def _image_in_colour(image: pikepdf.Stream) -> bool:
    space = image.get("/ColorSpace")
    if space is None:  # JPEG 2000 carries its own
        return not image.get("/ImageMask", False) and "/JPXDecode" in str(image.get("/Filter", ""))
    return int(image.get("/BitsPerComponent", 8)) > 1 and _in_colour(space, 0)


def _in_colour(space: pikepdf.Object, depth: int) -> bool:
    """Whether a colour space (8.6) has other colours than greys."""
    if isinstance(space, pikepdf.Name):
        return str(space) in _COLOURED
    if not isinstance(space, pikepdf.Array) or not len(space) or depth > DEEPEST:
        return False
    family = str(space[0])
    if family == "/ICCBased":
        return isinstance(space[1], pikepdf.Stream) and int(space[1].get("/N", 0)) >= 3
    if family in {"/Indexed", "/I"}:
        return _in_colour(space[1], depth + 1) and _palette_in_colour(space)
    if family == "/DeviceN":
        return len(space[1]) >= 3
    return family in _COLOURED


def _palette_in_colour(space: pikepdf.Array) -> bool:
    """A palette of RGB may hold greys only."""
    lookup = space[3]
    table = lookup.read_bytes() if isinstance(lookup, pikepdf.Stream) else bytes(lookup)
    entries = int(space[2]) + 1
    if len(table) < 3 * entries or len(table) >= 4 * entries:
        return len(table) >= 4 * entries  # CMYK
    return any(
        max(table[at : at + 3]) - min(table[at : at + 3]) > _GREYISH for at in range(0, 3 * min(entries, 256), 3)
    )
