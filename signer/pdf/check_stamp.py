"""The fast check of a document time-stamp before it leaves: as for a signature, but no key of ours is in it."""

from __future__ import annotations

import re

from signer.der import read
from signer.model import Content, ValidationData
from signer.pdf.check import about, accounted, covered, digested, opened
from signer.pdf.check_read import Update, failed, hold
from signer.pdf.check_store import catalogue, store
from signer.pdf.plan import SigningPlan

_VALUE = re.compile(
    rb"<</Type/DocTimeStamp/Filter/Adobe\.PPKLite/SubFilter/ETSI\.RFC3161/ByteRange\[0 (\d{10}) (\d{10}) (\d{10})\]"
    rb"/Contents<([0-9a-f]+)>>>\Z"
)
_FIELD = re.compile(rb"<</Type/Annot/Subtype/Widget/T\((Timestamp\d+)\)/F 132/Rect\[0 0 0 0\]/FT/Sig/V (\d+) 0 R>>\Z")
_FORM = re.compile(
    rb"<</Fields\[((?:\d+ 0 R ?)+)\]/SigFlags 3(?:/DR<</Font<<((?:/\w+ \d+ 0 R)+)>>>>/DA\(/\w+ 13 Tf 0 g\))?>>\Z"
)


def check(before: Content, made: bytes, plan: SigningPlan, data: ValidationData, token: bytes) -> None:
    """Judge the update ``made`` that shall close ``before``; as check.check."""
    update = opened(made, before.size, plan)
    form, field = _form(update, plan)
    found = _FIELD.match(update.objects.get(field, (0, b""))[1])
    hold(found is not None, "the field of the time-stamp is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    hold(found[1] == b"Timestamp%d" % (len(plan.stamps) + 1), "the field of the time-stamp has another name")
    value = _VALUE.match(update.objects.get(int(found[2]), (0, b""))[1])
    hold(value is not None, "the time-stamp's dictionary is not as we write it")
    assert value is not None  # noqa: S101 -- for the type checker
    covered(value, made, before.size)
    _token(bytes.fromhex(value[4].decode("ascii")), token)
    about(token, digested(value, before, made, "sha256"))
    added = store(update, plan, data)
    written = {form} | catalogue(update, plan, plan.certified, added.number) | added.rewritten
    accounted(update, plan, written, {field} | added.new)


def _form(update: Update, plan: SigningPlan) -> tuple[int, int]:
    """The form's number and that of the one field that came to it; all else in it is what preparing wrote."""
    number = int(plan.layout.root_source.rpartition(b"/AcroForm ")[2].split()[0])
    generation, source = update.objects.get(number, (-1, b""))
    found = _FORM.match(source)
    hold(generation == 0 and found is not None, "the form is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    fields = [int(part) for part in found[1].split()[::3]]
    others = [*plan.layout.fields(), *plan.stamps]
    hold(fields[:-1] == others and fields[-1] not in others, "the form has other fields than it had")
    fonts = [int(each) for each in re.findall(rb" (\d+) 0 R", found[2] or b"")]
    hold(fonts == list(plan.layout.fonts.values()), "the form draws with other fonts")
    return number, fields[-1]


def _token(contents: bytes, token: bytes) -> None:
    """/Contents is the token that was given, with zeros behind it."""
    try:
        end = read(contents, 0, len(contents)).end
    except ValueError as error:
        raise failed(f"the time-stamp cannot be read back ({error})") from error
    hold(contents[:end] == token and not contents[end:].strip(b"\0"), "the time-stamp is not the one that was given")
