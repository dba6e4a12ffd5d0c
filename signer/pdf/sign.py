"""One signed incremental update: fill, draw, lock, sign, check.

The file is not parsed: the plan that preparing wrote down says where everything is. Bytes are composed, prefix
and update are hashed, the token signs the attributes, the value is spliced in, and the result is judged by
signer.pdf.check, which reads it with other eyes, before anybody gets it.

At B-T the signature value gets a time-stamp as soon as it is made; room for the token is kept from what the longest
one took. At B-LT the validation data goes into the same update, before the signature, which so covers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from signer.errors import Kind, SignerError
from signer.model import NO_DATA, KeyInfo, PackagePart, Revision, SigningStep, ValidationData
from signer.pdf import appearance, check, cms, dss, fonts, images, timestamp
from signer.pdf.check_read import failed
from signer.pdf.plan import SecurityStore, SignatureWidget, SigningPlan, decode
from signer.pdf.splice import RANGE_BLANK, NoRoom, splice
from signer.pdf.syntax import date_string, reference, text_string
from signer.pdf.update import IndirectObject, Update, compose

Stamp = Callable[[bytes], bytes]
"""A digest (SHA-256) to a time-stamp token (RFC 3161, DER) over it."""

USUAL_TOKEN, MOST_TOKEN = 4096, 65_536
"""Bytes kept for a time-stamp token: before one was seen (a value, two certificates and what holds them), at most."""


class PlanSigner:
    """The RevisionSigner port on the signing plan. ``token`` is the room that is kept for a time-stamp token."""

    def __init__(self, token: int = USUAL_TOKEN) -> None:
        self._token = token

    def sign(
        self,
        previous: Revision,
        step: SigningStep,
        key: KeyInfo,
        sign: Callable[[bytes], bytes],
        stamp: Stamp | None = None,
    ) -> Revision:
        """Make the next revision; see the port for the contract."""
        if (stamp is not None) is not step.level.stamped or (step.data != NO_DATA) is not step.level.keeps_data:
            raise ValueError(f"a level {step.level} and what is given for another")
        plan = opened(previous)
        if stamp is None:
            return _sign(previous, plan, step, key, sign, None, 0)
        return self._with_room(lambda room: _sign(previous, plan, step, key, sign, stamp, room))

    def time_stamp(self, previous: Revision, stamp: Stamp, data: ValidationData = NO_DATA) -> Revision:
        """Close the file with a document time-stamp; see the port for the contract."""
        plan = opened(previous)
        return self._with_room(lambda room: timestamp.close(previous, plan, stamp, room, data))

    def _with_room(self, make: Callable[[int], Revision]) -> Revision:
        """Once more, with more room, where a token is longer than any before; from then on there is room for such."""
        room = self._token
        try:
            return make(room)
        except NoRoom as problem:
            room += problem.excess
        if room > MOST_TOKEN:
            raise failed("the time-stamp is longer than any that makes sense")
        self._token = max(self._token, room)
        try:
            return make(room)
        except NoRoom as problem:
            raise failed("the second time-stamp is longer than the first") from problem


def opened(previous: Revision) -> SigningPlan:
    """The plan of a revision whose bytes are what was stored, else INTERNAL ``revision-damaged``."""
    plan, before = decode(previous.plan), previous.content
    if before.size != plan.length or before.sha256 != previous.sha256:
        raise SignerError(
            Kind.INTERNAL,
            "revision-damaged",
            "Tệp lưu trong hệ thống không còn nguyên vẹn.",
            "The stored file is not what was stored: digest or length differ.",
        )
    return plan


def _sign(
    previous: Revision,
    plan: SigningPlan,
    step: SigningStep,
    key: KeyInfo,
    sign: Callable[[bytes], bytes],
    stamp: Stamp | None,
    token_room: int,
) -> Revision:
    before, template, tokens = previous.content, cms.template(key), _Kept(stamp)
    room = template.room(token_room)
    newline = before.slice(plan.length - 1, plan.length) == b"\n"
    composed, store = _compose(plan, step, room, newline)
    made, content = splice(
        before,
        composed,
        plan.size,
        room,
        template.digest,
        lambda digest: cms.sign(key, digest, sign, stamp and tokens),
    )
    check.check(before, made, plan, step, key, tokens.token)
    certified = plan.size if step.certify else plan.certified
    after = plan.advanced(composed, (*step.values, step.field), certified=certified, store=store)
    return Revision(content, after.encode(), content.sha256)


class _Kept:
    """A stamper whose token is kept, for the check to find in the file again."""

    def __init__(self, stamp: Stamp | None) -> None:
        self._stamp = stamp
        self.token = b""

    def __call__(self, digest: bytes) -> bytes:
        assert self._stamp is not None  # noqa: S101 -- for the type checker; it is not called otherwise
        self.token = self._stamp(digest)
        return self.token


def _compose(plan: SigningPlan, step: SigningStep, room: int, newline: bool) -> tuple[Update, SecurityStore]:
    """All objects of the revision; the signature dictionary has the number ``plan.size`` and comes last."""
    numbers = count(plan.size)
    signature = next(numbers)
    written: list[IndirectObject] = []
    for name, value in step.values.items():
        field, drawn = plan.layout.texts[name], next(numbers)
        written += [
            IndirectObject(drawn, 0, appearance.text(field, value, plan.layout.fonts[field.slant])),
            IndirectObject(
                field.number, 0, b"%b/V%b/AP<</N %b>>>>" % (field.source, text_string(value), reference(drawn))
            ),
        ]
    written += _widget(plan, step, signature, numbers)
    store, added = dss.grown(plan.store, step.data, numbers)
    written += added
    written += dss.catalogue(plan, signature if step.certify else plan.certified, store)
    written.append(IndirectObject(signature, 0, _signature(plan, step, room)))
    return compose(plan.base(ends_with_newline=newline), written), store


def _widget(plan: SigningPlan, step: SigningStep, signature: int, numbers: Iterator[int]) -> list[IndirectObject]:
    """The signature field with its value and, if it is visible, its picture."""
    widget = plan.layout.signatures[step.field]
    _fits(widget, step)
    value = b"%b/V %b" % (widget.source, reference(signature))
    if not widget.width:
        return [IndirectObject(widget.number, 0, value + b">>")]
    written: list[IndirectObject] = []
    drawn = next(numbers)
    if step.mark:
        written.append(IndirectObject(drawn, 0, appearance.marked(widget, step.mark, plan.layout.fonts[fonts.MARK])))
    elif step.image is None:
        written.append(IndirectObject(drawn, 0, appearance.blank(widget)))
    else:
        image = images.encode(step.image)
        first = next(numbers)
        written.append(IndirectObject(drawn, 0, appearance.picture(widget, image, first)))
        written += [
            IndirectObject(number, 0, source)
            for number, source in zip((first, next(numbers)), image.objects(first), strict=True)
        ]
    return [*written, IndirectObject(widget.number, 0, value + b"/AP<</N %b>>>>" % reference(drawn))]


def _fits(widget: SignatureWidget, step: SigningStep) -> None:
    """A field that was prepared for a mark shows one, and nothing else does: no seal on it, and no empty corner."""
    if bool(step.mark) != bool(widget.mark_size) or (step.mark and step.image is not None):
        raise SignerError(
            Kind.INTERNAL,
            "mark-misplaced",
            "Chữ ký số này không hiển thị được như yêu cầu: vị trí đã chuẩn bị dành cho nội dung khác.",
            "The field was prepared to show a mark and gets none or an image besides, or the reverse.",
        )


def _signature(plan: SigningPlan, step: SigningStep, room: int) -> bytes:
    """The signature dictionary (12.8.1) with what it locks: FieldMDP INCLUDE, and DocMDP P=2 for the first.

    INCLUDE names our fields only. With ALL or EXCLUDE a receiver's own later field (incoming stamp, certified
    copy) would break this signature. The attachments of a main document stand in it under a private key (Annex E):
    ``/ANTN_Package[<</Name(text string)/Length n/SHA256<64 hex digits>>>…]``, in the order given, before /Reference.
    """
    lock = (
        b"<</Type/SigRef/TransformMethod/FieldMDP/Data %b/TransformParams<</Type/TransformParams/V/1.2"
        b"/Action/Include/Fields[%b]>>>>" % (reference(*plan.layout.root), b"".join(map(text_string, step.locks)))
    )
    certification = (
        b"<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/V/1.2/P 2>>>>"
        if step.certify
        else b""
    )
    words = b"".join(
        key + text_string(text)
        for key, text in ((b"/Name", step.signer), (b"/Reason", step.reason), (b"/Location", step.location))
        if text
    )
    if step.package:
        words += b"/ANTN_Package[%b]" % b"".join(map(_part, step.package))
    return b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached%b/Contents<%b>/M%b%b/Reference[%b%b]>>" % (
        RANGE_BLANK,
        b"0" * (2 * room),
        date_string(step.signing_time),
        words,
        certification,
        lock,
    )


def _part(part: PackagePart) -> bytes:
    return b"<</Name%b/Length %d/SHA256<%b>>>" % (text_string(part.name), part.length, part.sha256.encode("ascii"))
