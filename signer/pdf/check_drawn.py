"""What a new revision draws, read back through the codes of the embedded faces: values, marks, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from unicodedata import normalize

from signer.model import SigningStep
from signer.pdf import fonts, images
from signer.pdf.check_read import Update, hold
from signer.pdf.plan import SignatureWidget, SigningPlan, TextField

_NUM = rb"-?[\d.]+"
_FORM = rb"<</Type/XObject/Subtype/Form/BBox\[0 0 (" + _NUM + rb") (" + _NUM + rb")\](?:/Matrix\[[-01 ]+\])?"
_FONT = rb"/Resources<</Font<</(\w+) (\d+) 0 R>>>>"
_DRAWN = re.compile(
    _FORM
    + _FONT
    + rb"/Length (\d+)>>stream\n(?:q 1 g (?:"
    + _NUM
    + rb" ){4}re f Q\n)?/Tx BMC\nq BT 0 g /(\w+) "
    + _NUM
    + rb" Tf "
    + _NUM
    + rb" Tz 1 0 0 1 "
    + _NUM
    + rb" "
    + _NUM
    + rb" Tm <((?:[0-9A-F]{4})+)> Tj ET Q\nEMC\nendstream\Z"
)
_ROW = rb"1 0 0 1 (" + _NUM + rb") (" + _NUM + rb") Tm <((?:[0-9A-F]{4})+)> Tj "
_ROWS = re.compile(_ROW)
_MARKED = re.compile(
    _FORM
    + _FONT
    + rb"/Length (\d+)>>stream\nq BT 0 g /(\w+) ("
    + _NUM
    + rb") Tf ((?:"
    + _ROW.replace(b"(" + _NUM + b")", _NUM).replace(b"<((?:[0-9A-F]{4})+)>", b"<(?:[0-9A-F]{4})+>")
    + rb")+)ET Q\nendstream\Z"
)
_PICTURE = re.compile(
    _FORM + rb"/Resources<</XObject<</Im (\d+) 0 R>>>>/Length \d+>>stream\nq (?:" + _NUM + rb" ){6}cm /Im Do Q"
    rb"\nendstream\Z"
)
_BLANK = re.compile(_FORM + rb"/Length 0>>stream\n\nendstream\Z")
_IMAGE = re.compile(rb"<</Type/XObject/Subtype/Image/[^<>]*/ColorSpace/DeviceRGB/SMask (\d+) 0 R/Length \d+>>stream\n")
_SLACK = 0.02
"""Points: numbers are written with two decimals."""


def filled(update: Update, plan: SigningPlan, step: SigningStep) -> set[int]:
    """Each text field has the value asked for and draws just that; gives the appearance objects' numbers."""
    drawn: set[int] = set()
    for name, value in step.values.items():
        field = plan.layout.texts[name]
        _, source = update.objects.get(field.number, (0, b""))
        found = re.match(rb"/V\(([^()\\]*)\)/AP<</N (\d+) 0 R>>>>\Z", source[len(field.source) :])
        hold(source.startswith(field.source) and found is not None, f"the field {name} is not filled")
        assert found is not None  # noqa: S101 -- for the type checker
        hold(found[1].decode("ascii") == value, f"the field {name} has another value")
        _, appearance = update.objects.get(int(found[2]), (0, b""))
        hold(_text_of(appearance, field, plan) == value, f"the field {name} shows another text than its value")
        drawn.add(int(found[2]))
    return drawn


def shown(update: Update, plan: SigningPlan, step: SigningStep, number: int | None) -> set[int]:
    """The signature's appearance (object ``number``) is the mark, the picture or nothing, as asked for.

    Gives the numbers of the objects that make it up.
    """
    widget = plan.layout.signatures[step.field]
    hold((number is not None) is bool(widget.width), "an appearance where none is seen, or the reverse")
    if number is None:
        return set()
    _, appearance = update.objects.get(number, (0, b""))
    if step.mark:
        _marked(appearance, widget, plan.layout.fonts.get(fonts.MARK), step.mark)
        return {number}
    if step.image is None:
        hold(_BLANK.match(appearance) is not None, "a signature without an image draws something")
        return {number}
    picture = _PICTURE.match(appearance)
    image = _IMAGE.match(update.objects.get(int(picture[3]), (0, b""))[1]) if picture else None
    hold(image is not None, "the signature's picture is not as we write it")
    assert picture is not None and image is not None  # noqa: S101 -- for the type checker
    colours, transparency = int(picture[3]), int(image[1])
    encoded = images.encode(step.image)
    for part, samples in ((colours, encoded.rgb), (transparency, encoded.alpha)):
        _, source = update.objects.get(part, (0, b""))
        hold(source.endswith(b"stream\n%b\nendstream" % samples), "the signature shows another picture")
    return {number, colours, transparency}


def _text_of(appearance: bytes, field: TextField, plan: SigningPlan) -> str | None:
    """The text that an appearance draws, through the codes of the embedded face; None if it is not as ours."""
    found = _DRAWN.match(appearance)
    if found is None:
        return None
    face = fonts.face(field.slant)
    if found[3] != face.resource or found[6] != face.resource or int(found[4]) != plan.layout.fonts[field.slant]:
        return None
    if int(found[5]) != _length(appearance):
        return None
    return _decoded(field.slant, found[7])


def _marked(appearance: bytes, widget: SignatureWidget, font: int | None, wanted: Sequence[str]) -> None:
    """The lines, in the face of marks and the plan's size, within the box, none over another."""
    found, face = _MARKED.match(appearance), fonts.face(fonts.MARK)
    hold(found is not None and int(found[5]) == _length(appearance), "the mark is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    hold(found[3] == found[6] == face.resource and int(found[4]) == font, "the mark is drawn with another font")
    box = (float(found[1]), float(found[2]))
    hold(_close(box, (widget.width, widget.height)), "the mark's box is not the widget's")
    hold(_close([float(found[7])], [widget.mark_size]), "the mark has another size than the rules ask for")
    lines: list[str] = []
    above = box[1]
    for row in _ROWS.finditer(found[8]):
        x, y, text = float(row[1]), float(row[2]), _decoded(fonts.MARK, row[3])
        hold("\ufffd" not in text, "the mark has a character that the face has not")
        hold(x >= 0 and x + face.width(text, widget.mark_size) <= box[0] + _SLACK, "a line of the mark leaves its box")
        hold(0 < y <= above - 0.8 * widget.mark_size, "lines of the mark stand over one another, or below the box")
        lines.append(text)
        above = y
    hold(_says(lines, wanted), "the mark says something else than was asked for")


def _says(drawn: Iterable[str], wanted: Sequence[str]) -> bool:
    """Whether the drawn lines are those wanted; one of these may go on in the next line behind a word."""
    rest = list(drawn)
    for line in wanted:
        plain = " ".join(normalize("NFC", line).split())
        said = rest.pop(0) if rest else ""
        while said != plain and rest and plain.startswith(f"{said} "):
            said = f"{said} {rest.pop(0)}"
        if said != plain:
            return False
    return not rest


def _close(some: Sequence[float], others: Sequence[float]) -> bool:
    return all(abs(one - other) <= _SLACK for one, other in zip(some, others, strict=True))


def _length(appearance: bytes) -> int:
    return len(appearance) - appearance.index(b"stream\n") - len(b"stream\n") - len(b"\nendstream")


def _decoded(face: str, codes: bytes) -> str:
    characters = _characters(face)
    return "".join(characters.get(int(codes[at : at + 4], 16), "\ufffd") for at in range(0, len(codes), 4))


@cache
def _characters(face: str) -> Mapping[int, str]:
    return {code: character for character, code in fonts.face(face).codes.items()}
