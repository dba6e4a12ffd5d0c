"""Appearance streams (ISO 32000-2, 12.5.5): numbers, dates and marks as text, signatures and seals as images."""

from __future__ import annotations

from collections.abc import Sequence

from signer.errors import Kind, SignerError
from signer.model import Align
from signer.pdf import fonts, mark
from signer.pdf.images import EncodedImage
from signer.pdf.plan import SignatureWidget, TextField
from signer.pdf.syntax import real, reals, reference, stream

SOFT_EDGE = 1.0
"""Points: a pixel of a screen at 72 dpi, over which a renderer spreads the edge of a dot."""

EMPTY = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 1 1]", b"")
"""What an unfilled field shows: nothing."""

_MATRIX = {90: b"/Matrix[0 1 -1 0 0 0]", 180: b"/Matrix[-1 0 0 -1 0 0]", 270: b"/Matrix[0 -1 1 0 0 0]"}


def text(field: TextField, value: str, font: int) -> bytes:
    """The value in its blank: on the line's baseline, condensed to fit, dots beneath covered in white.

    ``font`` is the object number of the field's face. The caller has checked that ``value`` fits (preparing
    refuses blanks that are too small for the series' widest number).
    """
    face = fonts.face(field.slant)
    natural = face.width(value, field.size)
    scale = min(1.0, field.width / natural)
    width = natural * scale
    left = field.width - width if field.align is Align.RIGHT else (field.width - width) / 2
    ground = b"q 1 g %b re f Q\n" % reals(_spread(field)) if field.ground else b""
    content = b"%b/Tx BMC\nq BT 0 g /%b %b Tf %b Tz 1 0 0 1 %b %b Tm %b Tj ET Q\nEMC" % (
        ground,
        face.resource,
        real(field.size),
        real(scale * 100),
        real(left),
        real(field.baseline),
        face.encode(value),
    )
    resources = b"/Resources<</Font<</%b %b>>>>" % (face.resource, reference(font))
    return _form(field.width, field.height, field.rotate, resources, content)


def _spread(field: TextField) -> tuple[float, float, float, float]:
    """The ground a point larger than the dots, within the field: their edges are soft on a screen and show through."""
    x, y, width, height = field.ground or (0, 0, 0, 0)
    left, low = max(0.0, x - SOFT_EDGE), max(0.0, y - SOFT_EDGE)
    right, high = min(field.width, x + width + SOFT_EDGE), min(field.height, y + height + SOFT_EDGE)
    return left, low, right - left, high - low


def picture(widget: SignatureWidget, image: EncodedImage, image_object: int) -> bytes:
    """The image as large as the widget allows in its own proportions, centred."""
    scale = min(widget.width / image.width, widget.height / image.height)
    width, height = image.width * scale, image.height * scale
    matrix = reals((width, 0, 0, height, (widget.width - width) / 2, (widget.height - height) / 2))
    resources = b"/Resources<</XObject<</Im %b>>>>" % reference(image_object)
    return _form(widget.width, widget.height, widget.rotate, resources, b"q %b cm /Im Do Q" % matrix)


def marked(widget: SignatureWidget, lines: Sequence[str], font: int) -> bytes:
    """The mark's lines in the face of marks, whose object is ``font``: one Tm and one Tj for each line as drawn.

    ``q BT 0 g /AntinMark 10 Tf 1 0 0 1 x y Tm <codes> Tj 1 0 0 1 x y Tm <codes> Tj ET Q``, from the top; what goes on
    in the next line is broken at a space. Not condensed and in no other colour. UNSUITABLE ``no-room-for-mark`` where
    they need more than there is.
    """
    size, face = widget.mark_size, fonts.face(fonts.MARK)
    drawn = mark.broken(lines, size, widget.width)
    wide, high = mark.extent(drawn, size)
    if wide > widget.width + 0.1 or high > widget.height + 0.1:
        raise SignerError(
            Kind.UNSUITABLE,
            "no-room-for-mark",
            f"Chỗ dành cho thông tin chữ ký số ({widget.width:.0f} × {widget.height:.0f} pt) không đủ: cần "
            f"{wide:.0f} × {high:.0f} pt.",
            f"The place of the mark ({widget.width:.0f} × {widget.height:.0f} pt) is too small: it needs "
            f"{wide:.0f} × {high:.0f} pt.",
            clause=mark.CLAUSE,
        )
    rows = b" ".join(
        b"1 0 0 1 %b Tm %b Tj" % (reals(origin), face.encode(line))
        for origin, line in zip(mark.origins(drawn, size, widget.width, widget.height), drawn, strict=True)
    )
    content = b"q BT 0 g /%b %b Tf %b ET Q" % (face.resource, real(size), rows)
    resources = b"/Resources<</Font<</%b %b>>>>" % (face.resource, reference(font))
    return _form(widget.width, widget.height, widget.rotate, resources, content)


def blank(widget: SignatureWidget) -> bytes:
    """A signature without an image: NĐ 30/2020 Phụ lục I II.7.d asks for no text, so nothing is drawn."""
    return _form(widget.width, widget.height, widget.rotate, b"", b"")


def _form(width: float, height: float, rotate: int, resources: bytes, content: bytes) -> bytes:
    """A form XObject that stands upright on a rotated page; readers fit its box to /Rect (12.5.5)."""
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 %b]%b%b" % (
        reals((width, height)),
        _MATRIX.get(rotate, b""),
        resources,
    )
    return stream(entries, content)
