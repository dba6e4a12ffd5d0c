"""One signed incremental update: fill, draw, lock, sign, check.

The file is not parsed: the plan that preparing wrote down says where everything is. Bytes are composed, prefix
and update are hashed, the token signs the attributes, the value is spliced in, and the result is judged by
signer.pdf.check, which reads it with other eyes, before anybody gets it.

The prefix is neither copied nor read: the hash over it that compared it with the stored digest goes on, once over
what is signed and once over the new file. So a file of any size costs one pass over its bytes, where it was opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from signer.errors import Kind, SignerError
from signer.model import KeyInfo, PackagePart, Revision, SigningStep
from signer.pdf import appearance, check, cms, fonts, images
from signer.pdf.plan import SignatureWidget, SigningPlan, decode
from signer.pdf.syntax import date_string, reference, text_string
from signer.pdf.update import Base, IndirectObject, Update, compose

_RANGE = b"/ByteRange[0 %010d %010d %010d]"
_RANGE_BLANK = _RANGE % (0, 0, 0)


class PlanSigner:
    """The RevisionSigner port on the signing plan."""

    def sign(self, previous: Revision, step: SigningStep, key: KeyInfo, sign: Callable[[bytes], bytes]) -> Revision:
        """Make the next revision; see the port for the contract."""
        plan, before = decode(previous.plan), previous.content
        if before.size != plan.length or before.sha256 != previous.sha256:
            raise SignerError(
                Kind.INTERNAL,
                "revision-damaged",
                "Tệp lưu trong hệ thống không còn nguyên vẹn.",
                "The stored file is not what was stored: digest or length differ.",
            )
        template = cms.template(key)
        composed = _compose(plan, step, template.longest, before.slice(plan.length - 1, plan.length) == b"\n")
        update = bytearray(composed.data)
        gap, resume = _place_range(update, composed.offsets[plan.size], plan.length, template.longest)
        # The signature is the update's last object, so what comes before it, pictures and all, is hashed once for
        # the signature and for the file's own digest.
        head, rest = bytes(update[:gap]), bytes(update[resume:])
        hashed = before.hasher()
        hashed.update(head)
        digest = hashed.copy()
        if template.digest != "sha256":
            digest = before.hasher(template.digest)
            digest.update(head)
        digest.update(rest)
        contents = cms.sign(key, digest.digest(), sign).hex().encode("ascii")
        update[gap + 1 : gap + 1 + len(contents)] = contents
        hashed.update(update[gap:resume])
        hashed.update(rest)
        made = bytes(update)
        check.check(before, made, plan, step, key)
        content = before.extended(made).hashed_as(hashed)
        plan = plan.advanced(
            length=content.size, size=composed.size, startxref=composed.startxref, filled=(*step.values, step.field)
        )
        return Revision(content, plan.encode(), content.sha256)


def _compose(plan: SigningPlan, step: SigningStep, room: int, newline: bool) -> Update:
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
    if step.certify:
        # A certification is found through the catalogue (12.8.6.2); it is rewritten this once.
        written.append(
            IndirectObject(
                *plan.layout.root, b"%b/Perms<</DocMDP %b>>>>" % (plan.layout.root_source, reference(signature))
            )
        )
    written.append(IndirectObject(signature, 0, _signature(plan, step, room)))
    base = Base(
        length=plan.length,
        ends_with_newline=newline,
        startxref=plan.startxref,
        xref_stream=plan.layout.xref_stream,
        size=plan.size,
        root=plan.layout.root,
        info=plan.layout.info,
        id0=plan.layout.id0,
    )
    return compose(base, written)


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
        _RANGE_BLANK,
        b"0" * (2 * room),
        date_string(step.signing_time),
        words,
        certification,
        lock,
    )


def _part(part: PackagePart) -> bytes:
    return b"<</Name%b/Length %d/SHA256<%b>>>" % (text_string(part.name), part.length, part.sha256.encode("ascii"))


def _place_range(update: bytearray, at: int, before: int, room: int) -> tuple[int, int]:
    """Write the /ByteRange of the signature object at ``at``; give the gap's start and end in the update.

    The gap is the hex string of /Contents with its brackets, and nothing else (12.8.1). ``before`` is the
    length of the file that is updated.
    """
    where = update.index(_RANGE_BLANK, at)
    gap = where + len(_RANGE_BLANK) + len(b"/Contents")
    resume = gap + 2 * room + 2
    update[where : where + len(_RANGE_BLANK)] = _RANGE % (before + gap, before + resume, len(update) - resume)
    return gap, resume
