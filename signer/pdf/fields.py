"""Making the empty fields: the one update before any signature, and the plan for all that follow.

After a leader has signed, nothing may be added to a page, only filled (ISO 32000-2, 12.8.2.2, P=2). So every
field that the clerk will fill stands in the file, empty, before the leader signs.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from itertools import count

import pikepdf

from signer.errors import Kind, SignerError
from signer.model import AGENCY_FIELD, Content, Place, Places, Rect, Revision, Slant, StampPlaces, TextPlace
from signer.pdf import appearance, fonts
from signer.pdf.form import form_source
from signer.pdf.plan import Layout, SignatureWidget, SigningPlan, TextField
from signer.pdf.syntax import real, reals, reference, text_string
from signer.pdf.update import Base, IndirectObject, compose

PRINT, LOCKED = 4, 128
READ_ONLY = 1

MOST_ROOT = 65_536
"""Bytes of the catalogue: it goes into the plan and is written again by the first signature."""

_STARTXREF = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")
_TAIL = 1024


class FieldWriter:
    """The FieldMaker port with pikepdf as the reader of the draft."""

    def prepare(self, draft: Content, places: Places | StampPlaces) -> Revision:
        """Add number, day, month, year and every signature field; see the port for the contract.

        A file that the agency alone signs (``StampPlaces``) gets the field ``Agency``, and in the filled style those
        of the blanks in its line; the face of marks is embedded where there is one.
        """
        try:
            with pikepdf.open(draft.stream(), attempt_recovery=False, inherit_page_attributes=False) as pdf:
                return _prepare(draft, pdf, places)
        except pikepdf.PdfError as error:
            raise _broken("cấu trúc tệp bị lỗi", "the file's structure is damaged") from error


def _prepare(draft: Content, pdf: pikepdf.Pdf, places: Places | StampPlaces) -> Revision:
    base = _base(draft, pdf)
    mark_size = places.mark_size if isinstance(places, StampPlaces) and places.marked else 0.0
    names = [*(map(str, Slant) if places.texts() else ()), *([fonts.MARK] if mark_size else ())]
    numbers = count(base.size + len(names) * fonts.OBJECTS)
    faces = {name: base.size + order * fonts.OBJECTS for order, name in enumerate(names)}
    form, empty = next(numbers), next(numbers)
    written = [
        IndirectObject(first + step, 0, source)
        for name, first in faces.items()
        for step, source in enumerate(fonts.face(name).objects(first))
    ]
    written.append(IndirectObject(empty, 0, appearance.EMPTY))

    pages = {number: _Page(pdf, number, base.size) for number in _page_numbers(places)}
    lock = b"/Lock<</Type/SigFieldLock/Action/Include/Fields[%b]>>" % b"".join(
        text_string(name) for name in [*places.texts(), *places.signatures()]
    )
    texts: dict[str, TextField] = {}
    for name, place in places.texts().items():
        texts[name] = _text_field(name, place, pages[place.place.page], next(numbers))
        written.append(IndirectObject(texts[name].number, 0, texts[name].source + b"/AP<</N %b>>>>" % reference(empty)))
    signatures: dict[str, SignatureWidget] = {}
    for name, spot in places.signatures().items():
        page = pages[spot.page if spot else 1]
        signatures[name] = (
            _signature_field(name, spot, page, next(numbers), lock, mark_size)
            if name == AGENCY_FIELD
            else _signature_field(name, spot, page, next(numbers))
        )
        written.append(IndirectObject(signatures[name].number, 0, signatures[name].source + b">>"))

    root_source = _dictionary(pdf.Root, drop=("/AcroForm", "/Perms", "/DSS")) + b"/AcroForm " + reference(form)
    if len(root_source) > MOST_ROOT:
        raise _broken("danh mục gốc của tệp quá lớn", "the document catalogue is too large")
    layout = Layout(
        xref_stream=base.xref_stream,
        root=base.root,
        root_source=root_source,
        info=base.info,
        id0=base.id0,
        fonts=faces,
        texts=texts,
        signatures=signatures,
    )
    written.append(IndirectObject(form, 0, form_source(faces, layout.fields())))
    written.append(IndirectObject(*base.root, root_source + b">>"))
    written += [page.rewritten() for page in pages.values()]

    update = compose(base, written)
    content = draft.extended(update.data)
    hashed = draft.hasher()
    hashed.update(update.data)
    plan = SigningPlan.first(length=content.size, size=update.size, startxref=update.startxref, layout=layout)
    return Revision(content.hashed_as(hashed), plan.encode(), content.sha256)


def _base(draft: Content, pdf: pikepdf.Pdf) -> Base:
    """What the update must know of the file's end."""
    last = draft.slice(max(0, draft.size - _TAIL), draft.size)
    end = _STARTXREF.search(last)
    startxref = int(end[1]) if end else -1
    if not 0 < startxref < draft.size or draft.slice(0, 5) != b"%PDF-":
        raise _broken("không có đầu tệp, startxref hoặc %%EOF hợp lệ", "header, startxref or %%EOF is not valid")
    trailer = pdf.trailer
    unused = pdf.make_indirect(pikepdf.Dictionary()).objgen[0]  # qpdf's own next number; some files' /Size lies
    size = max(int(trailer.get("/Size", 0)), unused)
    if size > 8_388_607:
        raise _broken("quá nhiều đối tượng", "there are too many objects")
    info = trailer.get("/Info")
    ids = trailer.get("/ID")
    id0 = bytes(ids[0]).hex().upper() if isinstance(ids, pikepdf.Array) and len(ids) else secrets.token_hex(16).upper()
    return Base(
        length=draft.size,
        ends_with_newline=last.endswith((b"\n", b"\r")),
        startxref=startxref,
        xref_stream=draft.slice(startxref, startxref + 4) != b"xref",
        size=size,
        root=pdf.Root.objgen,
        info=info.objgen if info is not None and info.is_indirect else None,
        id0=id0,
    )


def _page_numbers(places: Places | StampPlaces) -> list[int]:
    spots = [text.place for text in places.texts().values()] + [p for p in places.signatures().values() if p]
    return sorted({1, *(spot.page for spot in spots)})


class _Page:
    """A page that gets widgets: collects them, then gives the object to rewrite."""

    def __init__(self, pdf: pikepdf.Pdf, number: int, size: int) -> None:
        if number > len(pdf.pages):
            raise SignerError(
                Kind.UNSUITABLE,
                "page-missing",
                f"Tệp không có trang {number}.",
                f"The file has no page {number}.",
                where=f"page {number}",
            )
        self.page = pdf.pages[number - 1].obj
        self.objgen = self.page.objgen
        if not 0 < self.objgen[0] < size:
            raise _broken(
                f"trang {number} không phải đối tượng gián tiếp của tệp",
                f"page {number} is no indirect object of the file",
            )
        self.rotate = _inherited_rotation(self.page)
        self.widgets: list[int] = []

    def rewritten(self) -> IndirectObject:
        """The page with its annotations and ours in an array of its own.

        An array that is an object of its own may be shared by several pages; what is written into it for one page
        would stand on all, or be lost.
        """
        added = b" ".join(map(reference, self.widgets))
        annots = self.page.get("/Annots")
        old = annots.unparse(resolved=True).removesuffix(b"]") if isinstance(annots, pikepdf.Array) else b"["
        source = _dictionary(self.page, drop=("/Annots",)) + b"/Annots" + old + added + b"]>>"
        return IndirectObject(*self.objgen, source)


def _inherited_rotation(page: pikepdf.Object) -> int:
    """/Rotate, inherited from the page tree (7.7.3.4), as 0, 90, 180 or 270."""
    node: pikepdf.Object | None = page
    for _ in range(64):  # deeper trees are refused on intake; a loop must not hold us here
        if node is None:
            return 0
        if "/Rotate" in node:
            return int(node["/Rotate"]) % 360 // 90 * 90
        node = node.get("/Parent")
    return 0


def _text_field(name: str, text: TextPlace, page: _Page, number: int) -> TextField:
    rect = text.place.rect
    width, height = _upright_size(rect, page.rotate)
    face = fonts.face(text.slant)
    source = b"<<%b/FT/Tx/Ff %d/DA(/%b %b Tf 0 g)%b" % (
        _widget_entries(name, rect, page, number, PRINT),
        READ_ONLY,
        face.resource,
        real(text.size),
        b"/Q 2" if text.align.value == "right" else b"/Q 1",
    )
    ground = _in_box(text.ground, rect, page.rotate) if text.ground else None
    baseline = {
        0: text.baseline - rect.y0,
        90: rect.x1 - text.baseline,
        180: rect.y1 - text.baseline,
        270: text.baseline - rect.x0,
    }[page.rotate]
    return TextField(
        number=number,
        source=source,
        width=width,
        height=height,
        baseline=baseline,
        size=text.size,
        slant=text.slant,
        align=text.align,
        rotate=page.rotate,
        ground=ground,
    )


def _signature_field(
    name: str, spot: Place | None, page: _Page, number: int, extra: bytes = b"", mark_size: float = 0.0
) -> SignatureWidget:
    rect = spot.rect if spot else Rect(0, 0, 0, 0)
    width, height = _upright_size(rect, page.rotate)
    source = b"<<%b/FT/Sig%b" % (_widget_entries(name, rect, page, number, PRINT | LOCKED), extra)
    return SignatureWidget(
        number=number, source=source, width=width, height=height, rotate=page.rotate, mark_size=mark_size
    )


def _widget_entries(name: str, rect: Rect, page: _Page, number: int, flags: int) -> bytes:
    """A field and its one widget in one dictionary (12.7.4.1); /P helps tools to find the page."""
    page.widgets.append(number)
    turn = b"/MK<</R %d>>" % page.rotate if page.rotate else b""
    return b"/Type/Annot/Subtype/Widget/T%b/F %d/P %b/Rect[%b]%b" % (
        text_string(name),
        flags,
        reference(*page.objgen),
        reals(rect),
        turn,
    )


def _upright_size(rect: Rect, rotate: int) -> tuple[float, float]:
    return (rect.height, rect.width) if rotate in {90, 270} else (rect.width, rect.height)


def _in_box(part: Rect, rect: Rect, rotate: int) -> tuple[float, float, float, float]:
    """A part of a rectangle as x, y, width, height from the lower left corner that the reader sees."""
    width, height = _upright_size(part, rotate)
    x, y = {
        0: (part.x0 - rect.x0, part.y0 - rect.y0),
        90: (part.y0 - rect.y0, rect.x1 - part.x1),
        180: (rect.x1 - part.x1, rect.y1 - part.y1),
        270: (rect.y1 - part.y1, part.x0 - rect.x0),
    }[rotate]
    return x, y, width, height


def _dictionary(source: pikepdf.Object, drop: Sequence[str]) -> bytes:
    """A dictionary's source without some keys and without the closing ``>>``; references stay references.

    The keys are dropped from pikepdf's copy in memory, which nobody writes out.
    """
    for key in drop:
        if key in source:
            del source[key]
    return source.unparse(resolved=True).removesuffix(b">>").rstrip()


def _broken(vi: str, en: str) -> SignerError:
    return SignerError(
        Kind.UNSUITABLE,
        "pdf-damaged",
        f"Tệp PDF bị hỏng: {vi}. Hãy xuất lại tệp PDF từ dự thảo.",
        f"The PDF is damaged: {en}. Export it again from the draft.",
    )
