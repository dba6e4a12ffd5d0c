"""The page tree, walked with care: loops, depth, sizes, and how much work a page makes.

Walked here and not by a library: a tree may contain itself, and a page may draw a form that draws a form ten
times, and so on, until a reader stands still.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pikepdf

from signer.errors import Kind, SignerError
from signer.model import Rect
from signer.pdf.reading.refusal import page_name, unsuitable

MAX_DEPTH = 32
"""Of the page tree, and of forms within forms."""

MAX_SIDE = 3371.0
"""Points: the long side of A0."""

MAX_WORK = 4 * 1024 * 1024
"""Bytes of drawing instructions of a page, those of its forms counted as often as they are drawn.

PDFium takes up to 3 seconds and 300 MB for so much; a page of text has 20,000 bytes. More is not read.
"""

_INHERITED = ("/MediaBox", "/CropBox", "/Rotate", "/Resources")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_DO = re.compile(rb"/([^\s/\[\]<>(){}%]+)[\s]+Do\b")


@dataclass(frozen=True)
class Page:
    """A page: ``paper`` is the visible area (CropBox within MediaBox) in user space, before ``rotate`` degrees.

    ``heavy``: too much is drawn on it to read it, as on a map; it is passed over. ``wordless``: it has no font, so no
    text, as a scanned page.
    """

    paper: Rect
    rotate: int
    heavy: bool = False
    wordless: bool = False

    @property
    def turn(self) -> int:
        """``rotate`` as a quarter turn clockwise: 0, 90, 180 or 270."""
        return self.rotate % 360 // 90 * 90

    @property
    def seen(self) -> tuple[float, float]:
        """Width and height as the reader sees the page, points."""
        width, height = self.paper.width, self.paper.height
        return (height, width) if self.turn in {90, 270} else (width, height)

    def in_user_space(self, seen: Rect) -> Rect:
        """A rectangle that counts from the lower left corner as the reader sees it, in user space."""
        paper = self.paper
        return {
            0: Rect(paper.x0 + seen.x0, paper.y0 + seen.y0, paper.x0 + seen.x1, paper.y0 + seen.y1),
            90: Rect(paper.x1 - seen.y1, paper.y0 + seen.x0, paper.x1 - seen.y0, paper.y0 + seen.x1),
            180: Rect(paper.x1 - seen.x1, paper.y1 - seen.y1, paper.x1 - seen.x0, paper.y1 - seen.y0),
            270: Rect(paper.x0 + seen.y0, paper.y1 - seen.x1, paper.x0 + seen.y1, paper.y1 - seen.x0),
        }[self.turn]


def walk_pages(pdf: pikepdf.Pdf, most: int) -> tuple[Page, ...]:
    """All pages in order.

    ``page-tree-loop``, ``too-many-pages``, ``no-pages``, ``page-size-unsupported``.
    """
    pages: list[Page] = []
    lengths: dict[tuple[int, int], int] = {}
    for attributes in _leaves(pdf):
        if len(pages) == most:
            raise SignerError(
                Kind.TOO_LARGE,
                "too-many-pages",
                f"Dự thảo có hơn {most} trang.",
                f"The draft has more than {most} pages.",
                where="file",
            )
        pages.append(_page(attributes, len(pages) + 1, lengths))
    if not pages:
        raise no_pages()
    return tuple(pages)


def _leaves(pdf: pikepdf.Pdf) -> Iterator[Mapping[str, pikepdf.Object]]:
    """Each page's dictionary entries, the inherited ones filled in; no node twice."""
    seen: set[tuple[int, int]] = set()
    root = pdf.Root["/Pages"]
    stack: list[tuple[pikepdf.Object, Mapping[str, pikepdf.Object], int]] = [(root, {}, 0)]
    while stack:
        node, above, depth = stack.pop()
        if not isinstance(node, pikepdf.Dictionary):
            raise TypeError("a node of the page tree is no dictionary")
        if node.is_indirect:
            if node.objgen in seen:
                raise loop()
            seen.add(node.objgen)
        if depth > MAX_DEPTH:
            raise loop()
        here = {**above, **{key: node[key] for key in _INHERITED if key in node}}
        kids = node.get("/Kids")
        if kids is None:
            own = {key: node[key] for key in ("/Contents", "/UserUnit") if key in node}
            yield {**here, **own}
            continue
        if not isinstance(kids, pikepdf.Array):
            raise TypeError("/Kids is no array")
        stack.extend((kid, here, depth + 1) for kid in reversed(list(kids)))


def no_pages() -> SignerError:
    """The refusal of an empty tree."""
    return unsuitable("no-pages", "Tệp PDF không có trang nào.", "The PDF has no pages.")


def loop() -> SignerError:
    """The refusal of a tree that contains itself, or one page twice (its fields would stand on both)."""
    return unsuitable(
        "page-tree-loop",
        "Cây trang của tệp PDF lặp vòng hoặc lồng quá sâu. Hãy xuất lại PDF từ phần mềm soạn thảo.",
        "The PDF's page tree loops or is nested too deeply. Please export the PDF again.",
    )


def _page(attributes: Mapping[str, pikepdf.Object], number: int, lengths: dict[tuple[int, int], int]) -> Page:
    media = _rect(attributes["/MediaBox"])
    crop = _rect(attributes["/CropBox"]) if "/CropBox" in attributes else media
    paper = Rect(max(media.x0, crop.x0), max(media.y0, crop.y0), min(media.x1, crop.x1), min(media.y1, crop.y1))
    unit = float(attributes.get("/UserUnit", 1))
    sides = (paper.width, paper.height)
    if min(sides) < 72 or max(sides) > MAX_SIDE or unit != 1:
        raise unsuitable(
            "page-size-unsupported",
            f"Trang {number} có khổ giấy không dùng được ({sides[0] * unit / 72 * 25.4:.0f} × "
            f"{sides[1] * unit / 72 * 25.4:.0f} mm). Văn bản dùng khổ A4.",
            f"Page {number} has a size that cannot be used ({sides[0] * unit / 72 * 25.4:.0f} × "
            f"{sides[1] * unit / 72 * 25.4:.0f} mm). Documents are A4.",
            clause="NĐ 30/2020/NĐ-CP, Phụ lục I, Mục I.1",
            where=page_name(number),
        )
    rotate = attributes.get("/Rotate", 0)
    return Page(paper, int(rotate) % 360, _is_heavy(attributes, lengths), _is_wordless(attributes.get("/Resources")))


def _is_wordless(resources: object) -> bool:
    """Text needs a font (9.3.1): of the page, of a form on it, or of a graphics state (8.4.5)."""
    if not isinstance(resources, pikepdf.Dictionary) or "/Font" in resources:
        return False
    drawn, states = (resources.get(key, pikepdf.Dictionary()) for key in ("/XObject", "/ExtGState"))
    if not isinstance(drawn, pikepdf.Dictionary) or not isinstance(states, pikepdf.Dictionary):
        return False
    return all(
        isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image" for each in drawn.values()
    ) and not any("/Font" in each for each in states.values() if isinstance(each, pikepdf.Dictionary))


def _rect(box: pikepdf.Object) -> Rect:
    if not isinstance(box, pikepdf.Array) or len(box) != 4:
        raise TypeError("a page box is no rectangle")
    a, b, c, d = (float(value) for value in box)
    return Rect(min(a, c), min(b, d), max(a, c), max(b, d))


def _is_heavy(attributes: Mapping[str, pikepdf.Object], lengths: dict[tuple[int, int], int]) -> bool:
    """``lengths`` are those of streams decoded for earlier pages: a large one is not decoded for every page."""
    contents = attributes.get("/Contents")
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    resources = attributes.get("/Resources")
    known: dict[tuple[int, int], int] = {}
    work = 0
    for part in parts:
        if isinstance(part, pikepdf.Stream) and work <= MAX_WORK:
            if part.objgen not in lengths or lengths[part.objgen] <= MAX_WORK:
                lengths[part.objgen] = _work(part, resources, known, 0)
            work += lengths[part.objgen]
    return work > MAX_WORK


def _work(stream: pikepdf.Stream, resources: object, known: dict[tuple[int, int], int], depth: int) -> int:
    """Bytes that a reader works through for a stream, forms included as often as they are drawn."""
    content = stream.read_bytes()
    work = len(content)
    if depth > MAX_DEPTH or work > MAX_WORK:
        return MAX_WORK + 1
    xobjects = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(xobjects, pikepdf.Dictionary) or not len(xobjects):
        return work
    counts: dict[str, int] = {}
    for name in _DO.findall(content):
        key = "/" + _ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), name).decode("utf-8", "replace")
        counts[key] = counts.get(key, 0) + 1
    for key, times in counts.items():
        form = xobjects.get(key)
        if not isinstance(form, pikepdf.Stream) or form.get("/Subtype") != "/Form":
            continue
        if form.objgen not in known:
            known[form.objgen] = MAX_WORK + 1  # a form that draws itself
            known[form.objgen] = _work(form, form.get("/Resources", resources), known, depth + 1)
        work += times * known[form.objgen]
        if work > MAX_WORK:
            return MAX_WORK + 1
    return work
