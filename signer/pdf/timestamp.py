"""The document time-stamp (ISO 32000-2, 12.8.5; EN 319 142-1, 5.4.3): a signed revision that closes a file, B-LTA.

It needs a field that no prepared file has: whether and how often a file is closed is not known when preparing. The
field is invisible and stands on no page, so that besides the form nothing is rewritten. Locks do not hinder it: they
name our fields. The form is written again as preparing wrote it, from the plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

from signer.model import Revision, ValidationData
from signer.pdf import check_stamp, dss
from signer.pdf.form import form_source
from signer.pdf.plan import SigningPlan
from signer.pdf.splice import RANGE_BLANK, splice
from signer.pdf.syntax import reference, text_string
from signer.pdf.update import IndirectObject, compose

PRINT, LOCKED = 4, 128
_FORM = re.compile(rb"/AcroForm (\d+) 0 R\Z")


def field_name(plan: SigningPlan) -> str:
    """What the next document time-stamp's field is called."""
    return f"Timestamp{len(plan.stamps) + 1}"


def close(
    previous: Revision, plan: SigningPlan, stamp: Callable[[bytes], bytes], room: int, data: ValidationData
) -> Revision:
    """One more revision, signed by a time-stamp authority alone. NoRoom if its token is longer than ``room``."""
    before = previous.content
    numbers = count(plan.size)
    value, field = next(numbers), next(numbers)
    store, written = dss.grown(plan.store, data, numbers)
    written += dss.catalogue(plan, plan.certified, store)
    stamps = (*plan.stamps, field)
    written += [
        IndirectObject(field, 0, _field(field_name(plan), value)),
        IndirectObject(form_number(plan), 0, form(plan, stamps)),
        IndirectObject(value, 0, _value(room)),
    ]
    newline = before.slice(plan.length - 1, plan.length) == b"\n"
    composed = compose(plan.base(ends_with_newline=newline), written)
    tokens: list[bytes] = []

    def make(digest: bytes) -> bytes:
        tokens.append(stamp(digest))
        return tokens[-1]

    made, content = splice(before, composed, value, room, "sha256", make)
    check_stamp.check(before, made, plan, data, tokens[-1])
    after = plan.advanced(composed, (field_name(plan),), store=store, stamps=stamps)
    return Revision(content, after.encode(), content.sha256)


def form_number(plan: SigningPlan) -> int:
    """The form's object, which the catalogue names last."""
    found = _FORM.search(plan.layout.root_source)
    if found is None:
        raise ValueError("a plan whose catalogue names no form of ours")
    return int(found[1])


def form(plan: SigningPlan, stamps: tuple[int, ...]) -> bytes:
    """The form as preparing wrote it, with the fields of document time-stamps behind ours."""
    return form_source(plan.layout.fonts, [*plan.layout.fields(), *stamps])


def _field(name: str, value: int) -> bytes:
    return b"<</Type/Annot/Subtype/Widget/T%b/F %d/Rect[0 0 0 0]/FT/Sig/V %b>>" % (
        text_string(name),
        PRINT | LOCKED,
        reference(value),
    )


def _value(room: int) -> bytes:
    return b"<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161%b/Contents<%b>>>" % (
        RANGE_BLANK,
        b"0" * (2 * room),
    )
