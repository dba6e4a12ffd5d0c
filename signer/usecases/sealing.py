"""Sealing: all signatures that one order to issue makes, on the attachments first and then on the document.

One moment stands in all of them, whatever the clock does meanwhile: midnight may pass while twelve files are signed,
and a package that bears two days would be no package.

Nothing in here is stored: a crash among the signatures leaves what was there before, and whoever finishes the order
signs all files anew, those too that had been signed, at his own moment. A package never mixes two attempts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hsm.pin import Pin
from policies import copies
from policies.model import Finding, Ruleset
from signer.model import (
    AGENCY_FIELD,
    CLERK_FIELD,
    Attachment,
    AttachmentStyle,
    Content,
    Document,
    KeyInfo,
    Numbering,
    Revision,
    SignatureRecord,
    SignatureRole,
    SigningStep,
)
from signer.usecases import numbers
from signer.usecases.caller import Caller
from signer.usecases.office import Standing
from signer.usecases.signatures import Pen, Signed, fields_signed, package


@dataclass(frozen=True, slots=True)
class Job:
    """One order to issue, checked: who, by which keys, under which rules.

    ``basis`` is what the clerk's custody of the agency's key rests on.
    """

    document: Document
    caller: Caller
    rules: Ruleset
    place: Standing
    agency_key: KeyInfo
    clerk_key: KeyInfo | None
    clerk_name: str
    pin: Pin | None
    basis: str
    findings: tuple[Finding, ...]

    @property
    def held(self) -> Numbering:
        """The number that the document holds; ValueError before it has one."""
        if self.document.numbering is None:
            raise ValueError("no number was reserved")
        return self.document.numbering


@dataclass(frozen=True, slots=True)
class Stamped:
    """An attachment as it is now, its content, and the act that made it so."""

    attachment: Attachment
    content: Content
    record: SignatureRecord


@dataclass(frozen=True, slots=True)
class Sealed:
    """The new revision of the document with its acts, and its attachments; nothing is stored yet."""

    main: Signed
    attachments: tuple[Stamped, ...]


def seal(pen: Pen, job: Job, moment: datetime) -> Sealed:
    """Sign every attachment, then the document, whose signatures name the attachments as they have become."""
    attachments = tuple(_stamp(pen, job, each, moment) for each in job.document.attachments)
    parts = package((each.attachment.name, each.content) for each in attachments)
    signed = pen.start(job.document)
    values: Mapping[str, str] = numbers.values(job.held, job.document.places)
    locks = (*values, *fields_signed(job.document))
    if job.clerk_key is not None:
        locks = (*locks, CLERK_FIELD)
        step = SigningStep(
            role=SignatureRole.CLERK,
            field=CLERK_FIELD,
            signer=job.clerk_name,
            reason="Cấp số, ngày ban hành",
            signing_time=moment,
            locks=locks,
            values=values,
            location=job.place.era.place,
            package=parts,
        )
        signed = pen.sign(signed, step, job.clerk_key, job.caller.actor, capacity=("văn thư",), pin=job.pin)
        values = {}
    step = SigningStep(
        role=SignatureRole.AGENCY,
        field=AGENCY_FIELD,
        signer=job.place.era.name,
        reason="Ban hành văn bản",
        signing_time=moment,
        locks=(*locks, AGENCY_FIELD),
        values=values,
        location=job.place.era.place,
        image=job.place.organisation.seal_image,
        package=parts,
    )
    return Sealed(pen.sign(signed, step, job.agency_key, job.caller.actor, basis=job.basis), attachments)


def _stamp(pen: Pen, job: Job, attachment: Attachment, moment: datetime) -> Stamped:
    """The agency's signature on one attachment (NĐ 30 Phụ lục I II.8.b): the only one on it, so it certifies."""
    marked = attachment.style is AttachmentStyle.MARK
    values = numbers.values(job.held, attachment.places)
    before = Revision(pen.blobs.get(attachment.sha256), attachment.plan, attachment.sha256)
    step = SigningStep(
        role=SignatureRole.AGENCY,
        field=AGENCY_FIELD,
        signer=job.place.era.name,
        reason=f"Ban hành tệp kèm theo văn bản số {job.held.symbol}",
        signing_time=moment,
        locks=(*values, AGENCY_FIELD),
        certify=True,
        values=values,
        location=job.place.era.place,
        image=None if marked else job.place.organisation.seal_image,
        mark=copies.attachment_lines(job.held.symbol, moment) if marked else (),
    )
    made = pen.sign(Signed(before, ()), step, job.agency_key, job.caller.actor, basis=job.basis)
    revision, record = made.revision, made.records[0]
    return Stamped(
        replace(attachment, sha256=revision.sha256, plan=revision.plan, signature=record), revision.content, record
    )
