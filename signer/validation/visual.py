"""What people see: text and pixels by PDFium, the reader in Chrome. Costly, so asked only where it decides."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import dropwhile

import pypdfium2 as pdfium
from PIL import Image

from signer.model import Content, Rect
from signer.pdfium import LOCK, addressed

SCALE = 2.0
"""Pixels a point: 144 dpi show every stroke of 10-point text."""
MAX_SIDE = 3_000
"""Pixels; larger sheets than A2 are looked at with less detail."""
INK, PAPER = 110, 170
"""Grey values: darker is text, lighter is what it stands on."""
READABLE = 0.2
"""A glyph that keeps less of its contrast than this is called hidden. Under the densest part of a ministry's real
seal text keeps 0.30; under a white or solid box it keeps nothing."""
ADDED = 0.06
"""The part of the paper round a glyph that may turn black: a 3 that becomes an 8 needs more. Seals are red and
signatures blue; those are judged by contrast alone."""
MAX_GLYPHS = 400
GAP = 0.15
"""Of a blank's height: what lies further apart is two words. A space has about 0.2, letters of a word less than 0.1."""


class NotSeen(Exception):
    """PDFium could not show the page."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character and its box in user space."""

    char: str
    box: Rect


@contextmanager
def _document(file: Content) -> Iterator[pdfium.PdfDocument]:
    with LOCK:
        try:
            document = pdfium.PdfDocument(addressed(file.buffer()))
            try:
                yield document
            finally:
                document.close()
        except (pdfium.PdfiumError, ctypes.ArgumentError, OSError, ValueError, IndexError) as error:
            raise NotSeen(str(error)) from error


def line(file: Content, page: int, rect: Rect) -> str:
    """The printed text of the page at the height of ``rect``, normalised (NFC); "" where there is none.

    From left to right, without blanks and dots.
    """
    return _joined(_row(file, page, rect))


def notation(file: Content, page: int, rect: Rect) -> str:
    """What is printed behind the slash to the right of ``rect``, a number's blank, up to a gap; "" where nothing is."""
    right = (glyph for glyph in _row(file, page, rect) if glyph.box.x0 > rect.x0)
    word: list[Glyph] = []
    for glyph in dropwhile(lambda glyph: glyph.char != "/", right):
        if word and glyph.box.x0 - word[-1].box.x1 > GAP * rect.height:
            break
        word.append(glyph)
    return _joined(word[1:])


def _row(file: Content, page: int, rect: Rect) -> list[Glyph]:
    """The characters whose middle is at the height of ``rect``, from left to right.

    PDFium's own text of an area puts letters with high marks elsewhere.
    """
    try:
        with _document(file) as document:
            sheet = document[page - 1]
            left, _, right, _ = sheet.get_mediabox()
            found = _glyphs(sheet, Rect(left, rect.y0, right, rect.y1))
    except NotSeen:
        return []
    middle = [each for each in found if rect.y0 <= (each.box.y0 + each.box.y1) / 2 <= rect.y1]
    return sorted(middle, key=lambda each: each.box.x0)


def _joined(glyphs: Iterable[Glyph]) -> str:
    return unicodedata.normalize("NFC", "".join(glyph.char for glyph in glyphs))


def hidden_text(before: Content, after: Content, page: int, rect: Rect) -> str:
    """The printed characters under ``rect`` that can be read in ``before`` and no more in ``after``.

    Both are rendered with their forms; NotSeen where one of them cannot be.
    """
    with _document(before) as document:
        glyphs = _glyphs(document[page - 1], rect)
        if not glyphs:
            return ""
        first = _picture(document, page)
    with _document(after) as document:
        second = _picture(document, page)
    if first.size != second.size:
        return "".join(glyph.char for glyph in glyphs)
    return "".join(glyph.char for glyph in glyphs if _lost(glyph.box, first, second))


def _glyphs(sheet: pdfium.PdfPage, rect: Rect) -> list[Glyph]:
    """Characters that can be seen and lie in ``rect``, dots and blanks left out: fields stand on those."""
    text = sheet.get_textpage()
    found: list[Glyph] = []
    for index in range(min(text.count_chars(), 200_000)):
        box = Rect(*text.get_charbox(index))
        if box.width > 0 and box.height > 0 and box.overlaps(rect):
            char = text.get_text_range(index, 1)
            if char.strip(" .…_\u00a0\r\n\t"):
                found.append(Glyph(char, box))
        if len(found) >= MAX_GLYPHS:
            break
    return found


def _picture(document: pdfium.PdfDocument, page: int) -> Image.Image:
    """The page with all its fields, as user space without /Rotate."""
    document.init_forms()
    sheet = document[page - 1]
    sheet.set_rotation(0)
    scale = min(SCALE, MAX_SIDE / max(*sheet.get_size(), 1))
    picture: Image.Image = sheet.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    left, bottom, _, _ = sheet.get_cropbox()
    picture.info["origin"] = (left, bottom, scale)
    return picture


def _lost(box: Rect, first: Image.Image, second: Image.Image) -> bool:
    """Whether a glyph is hidden, or made into another one, between two pictures."""
    left, bottom, scale = first.info["origin"]
    height = first.size[1]
    area = (
        round((box.x0 - left) * scale) - 1,
        height - round((box.y1 - bottom) * scale) - 1,
        round((box.x1 - left) * scale) + 1,
        height - round((box.y0 - bottom) * scale) + 1,
    )
    before, after = first.crop(area), second.crop(area)
    grey, later = list(before.convert("L").tobytes()), list(after.convert("L").tobytes())
    ink = [index for index, value in enumerate(grey) if value < INK]
    paper = [index for index, value in enumerate(grey) if value > PAPER]
    if not ink or not paper:
        return False  # nothing dark was to be read here
    colours = after.tobytes()
    blackened = sum(max(colours[3 * index : 3 * index + 3]) < INK for index in paper)
    return blackened > ADDED * len(paper) or _contrast(later, ink, paper) < READABLE * _contrast(grey, ink, paper)


def _contrast(values: list[int], ink: list[int], paper: list[int]) -> float:
    return sum(values[i] for i in paper) / len(paper) - sum(values[i] for i in ink) / len(ink)
