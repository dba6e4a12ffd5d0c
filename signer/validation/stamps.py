"""Files that the agency alone signs: attachments in files of their own, and certified copies; by effect, not by name.

In such a file the agency's signature is the first, on the only field that was prepared, and it says what it is: by a
mark (number and time, or form of copy, agency and time), or by filling the line "(Kèm theo … số … ngày …)". A document
that merely lacks its leader says neither, and stays what it is; but where the agency's field was prepared alone, and
the signature certifies and locks it, there must be a mark: an image in its place may say anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.model import Finding, Text
from policies.text import fold
from signer.model import AGENCY_FIELD, NUMBER, Content, Rect
from signer.validation import marks, visual
from signer.validation.changes import FormState
from signer.validation.marks import Mark
from signer.validation.roles import locks_all
from signer.validation.signatures import Judged
from signer.validation.words import finding

_ATTACHED = fold("kèm theo")
_NO_MARK = Text("không có chữ, hoặc có hình ảnh", "no text, or an image")
_NO_SENSE = Text(
    "không phải số và ký hiệu, hình thức sao kèm thời gian ký", "neither a number nor a form of copy, or no time"
)
CERTIFIES = 2
"""DocMDP: filling in forms and signing."""


class StampKind(StrEnum):
    """What a file is that the agency alone signed."""

    ATTACHMENT = "attachment"
    COPY = "copy"
    UNMARKED = "unmarked"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file says that it is. ``symbol`` is number and notation as shown, ``number`` the number of it.

    ``mark`` is what the signature shows now, ``signed`` what it showed when it was made; both None where the line was
    filled instead. A file that must have a mark and has none, or one that says nothing, is ``UNMARKED``.
    """

    kind: StampKind
    symbol: str = ""
    number: str = ""
    mark: Mark | None = None
    signed: Mark | None = None


def find(file: Content, signatures: Sequence[Judged], first: FormState, final: FormState) -> Stamp | None:
    """What the file is, or None: not one that the agency alone signed. ``first`` is the form as first signed."""
    own = signatures[0]
    fields = {widget.field for widget in first.widgets if widget.kind == "/Sig"}
    if own.timestamp or own.name != AGENCY_FIELD or fields != {AGENCY_FIELD}:
        return None
    if NUMBER in first.names:
        return _filled(file, first, final)
    signed = marks.read(file.prefix(own.span.end))
    if signed is None or not (signed.symbol or signed.form):
        prepared = own.certifies == CERTIFIES and locks_all(own, [AGENCY_FIELD])
        return Stamp(StampKind.UNMARKED, signed=signed) if prepared else None
    kind = StampKind.COPY if signed.form else StampKind.ATTACHMENT
    return Stamp(kind, signed.symbol, signed.symbol.partition("/")[0], marks.read(file), signed)


def breaches(stamp: Stamp, own: Judged) -> Iterator[Finding]:
    """Why the mark cannot be believed: each is a failure of the agency's signature, and of every one after it."""
    if stamp.kind is StampKind.UNMARKED:
        yield finding("mark-missing", reason=_NO_SENSE if stamp.signed else _NO_MARK)
    if stamp.kind is StampKind.UNMARKED or stamp.signed is None:
        return
    if stamp.mark is None or (stamp.mark.lines, stamp.mark.looks) != (stamp.signed.lines, stamp.signed.looks):
        yield finding("mark-changed")
    for mark in filter(None, (stamp.signed, stamp.mark)):
        if mark.problem is not None:
            yield finding("mark-hidden", reason=mark.problem)
    shown = stamp.signed.shown_at
    if shown is not None and shown != own.signing_time:
        yield finding("mark-time-differs", shown=stamp.signed.lines[-1], signed=own.signing_time)
    if stamp.signed.form and not _fits(stamp.signed.agency, own):
        yield finding("copy-agency-differs", shown=stamp.signed.agency, signer=own.signer)


def doubts(stamp: Stamp) -> Iterator[Finding]:
    """Why it cannot be told whether the mark says what it seems to say."""
    if stamp.mark is not None and stamp.mark.unproven is not None:
        yield finding("mark-unproven", reason=stamp.mark.unproven)


def notes(stamp: Stamp) -> Iterator[Finding]:
    """What the file is."""
    if stamp.kind is StampKind.ATTACHMENT:
        yield finding("attachment-file", symbol=stamp.symbol)
    elif stamp.signed is not None:
        yield finding("certified-copy", form=stamp.signed.form, agency=stamp.signed.agency)


def _filled(file: Content, first: FormState, final: FormState) -> Stamp | None:
    """An attachment whose line was filled: the number stands on a line that says so in print."""
    place = next((widget for widget in first.widgets if widget.field == NUMBER), None)
    number = final.values.get(NUMBER, "")
    if place is None or not number:
        return None
    # A blank may stand on the second line of a sentence that wraps.
    rect = Rect(*place.rect)
    above = Rect(rect.x0, rect.y1, rect.x1, rect.y1 + 1.4 * rect.height)
    if _ATTACHED not in fold(visual.line(file, place.page, above) + visual.line(file, place.page, rect)):
        return None
    notation = visual.notation(file, place.page, rect)
    return Stamp(StampKind.ATTACHMENT, f"{number}/{notation}" if notation else number, number)


def _fits(shown: str, own: Judged) -> bool:
    """Whether the agency on a copy is the certificate's: its name, or one within the other."""
    name, said = fold(own.signer), fold(shown)
    return bool(name) and (name in said or said in name)
