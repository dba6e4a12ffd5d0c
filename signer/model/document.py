"""The document: what is said of it, who signs it, its number and its row in the register."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.model import Finding
from signer.model.office import AttachmentStyle
from signer.model.page import Place, Printed, SignatureRole

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


class DocumentState(StrEnum):
    """Where a document stands; see interfaces: prepared -> signed -> issuing -> issued."""

    PREPARED = "prepared"
    SIGNED = "signed"
    ISSUING = "issuing"
    ISSUED = "issued"
    REJECTED = "rejected"
    VOID = "void"
    NEEDS_ATTENTION = "needs_attention"
    RECALLED = "recalled"


class Urgency(StrEnum):
    """NĐ 30 Phụ lục I II.10: mức độ khẩn."""

    NORMAL = "normal"
    URGENT = "urgent"
    VERY_URGENT = "very-urgent"
    FLASH = "flash"


class InitialFor(StrEnum):
    """What an initial (ký nháy) answers for: content at the end of the text, form beside "Lưu: VT"."""

    CONTENT = "content"
    FORM = "form"


class Medium(StrEnum):
    """On what a document is issued; both stand in one register (NĐ 30 Điều 15(1))."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


class CopyForm(StrEnum):
    """Hình thức sao, by the abbreviations of NĐ 30 Phụ lục III: sao y, sao lục, trích sao."""

    TRUE_COPY = "SY"
    COPY_OF_COPY = "SL"
    EXTRACT = "TrS"


class EventKind(StrEnum):
    """What happened to a document, for systems that follow and for the log."""

    PREPARED = "prepared"
    SIGNED = "signed"
    NUMBERED = "numbered"
    ISSUED = "issued"
    NEEDS_ATTENTION = "needs-attention"
    REJECTED = "rejected"
    VOIDED = "voided"
    RECALLED = "recalled"
    ROW_COMPLETED = "row-completed"


class RelationKind(StrEnum):
    """What one document does to another: NĐ 30 Điều 18(3), 18(4), 25."""

    REPLACES = "replaces"
    AMENDS = "amends"
    CORRECTS = "corrects"
    RECALLS = "recalls"
    COPY_OF = "copy-of"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Relation:
    """What a document does to another: replaces, amends, corrects, recalls, copies or answers it.

    ``document`` is the other's id in this store; where it is not kept here, ``reference`` names it in words
    ("45/TB-VPCP ngày 12/3/2026 của Văn phòng Chính phủ"). Exactly one of the two is given.
    """

    kind: RelationKind
    document: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, with the capacity lines as printed over the name ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")."""

    name: str
    capacity: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Initial:
    """Who initials, and for what."""

    name: str
    purpose: InitialFor


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the caller says of a document; the interface's ``metadata``, checked.

    ``attachments`` are the names of the files that belong to it, in order; None: whatever comes along.
    """

    agency: str
    type: str | None
    subject: str
    signers: tuple[Signer, ...]
    place: str = ""
    normative: bool = False
    unit: str | None = None
    initials: tuple[Initial, ...] = ()
    recipients: tuple[str, ...] = ()
    kept_by: str = ""
    copies: int | None = None
    urgency: Urgency = Urgency.NORMAL
    external_id: str = ""
    places: Mapping[str, Place] = dataclasses.field(default_factory=dict)
    fallback_places: bool = False
    attachments: tuple[str, ...] | None = None
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who commands, as the caller names him, and the API key or shell that speaks for him."""

    id: str
    name: str
    via: str


@dataclass(frozen=True, slots=True)
class SignatureRecord:
    """One signature made on a document: an act (who commanded, whose key, in what capacity, when).

    ``basis`` is the delegation's by which a leader signed, or the custody's by which a clerk held the agency's key.
    """

    field: str
    role: SignatureRole
    signer: str
    capacity: tuple[str, ...]
    key: str
    certificate_sha256: str
    signed_at: datetime
    level: str
    actor: Actor
    before_sha256: str
    after_sha256: str
    basis: str = ""

    def as_dict(self) -> dict[str, object]:
        """The ``signature`` of an answer."""
        return {
            "field": self.field,
            "role": self.role.value,
            "signer": self.signer,
            "capacity": list(self.capacity),
            "key": self.key,
            "certificate_sha256": self.certificate_sha256,
            "signing_time": self.signed_at.astimezone(VIETNAM).isoformat(timespec="seconds"),
            "level": self.level,
            "actor": {"id": self.actor.id, "name": self.actor.name},
        }


@dataclass(frozen=True, slots=True)
class Numbering:
    """The number and day that a document holds, from its reservation on; never changed, never reused."""

    series: str
    period: str
    number: int
    number_text: str
    notation: str
    symbol: str
    date: date
    reserved_at: datetime


@dataclass(frozen=True, slots=True)
class IssueCommand:
    """The order to issue, stored with the number before any token signs.

    ``by`` gave it; ``under_way_since`` is when the attempt that runs now began, None when none runs (the last
    one failed, and the order may be repeated at once). ``worker`` is the process that makes it, as ``ports.Presence``
    names it: once that is gone, so is the attempt. ``receipt`` is the repeatable request that ordered it, if one did:
    it may ask for its answer after somebody else has finished the work.
    """

    by: Actor
    under_way_since: datetime | None
    worker: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of its own that is issued with a document, under its number (NĐ 30 Phụ lục I II.8.b).

    ``name`` is the file's, for people; ``sha256`` the newest revision; ``plan`` what the next needs; ``places`` the
    text fields and the agency's by the names of the interface; ``signature`` the agency's, once it has signed.
    """

    name: str
    style: AttachmentStyle
    draft_sha256: str
    sha256: str
    plan: bytes = dataclasses.field(repr=False)
    places: Mapping[str, Place] = dataclasses.field(default_factory=dict)
    signature: SignatureRecord | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the store holds it. ``sha256`` is the newest revision, ``plan`` what the next needs.

    ``plan`` is the signing plan in the pdf room's own encoding; nobody else reads it. ``clerk`` says whether
    the file has the field for the clerk's own certificate. ``signatures`` are those on the main file; ``copy`` is
    the form of a copy that this is, None for a document of its own. A document that was on paper from the start has
    no file: then ``draft_sha256``, ``sha256`` and ``plan`` are empty.
    """

    id: str
    metadata: Metadata
    state: DocumentState
    notation: str
    printed: Printed
    places: Mapping[str, Place]
    draft_sha256: str
    sha256: str
    plan: bytes
    signatures: tuple[SignatureRecord, ...]
    findings: tuple[Finding, ...]
    created_at: datetime
    created_by: Actor
    numbering: Numbering | None = None
    reason: str = ""
    version: int = 0
    clerk: bool = False
    command: IssueCommand | None = None
    attachments: tuple[Attachment, ...] = ()
    medium: Medium = Medium.ELECTRONIC
    copy: CopyForm | None = None


class RegisterState(StrEnum):
    """A row of the register lives from the reservation of its number."""

    RESERVED = "reserved"
    ISSUED = "issued"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One row of the register of outgoing documents: NĐ 30 Phụ lục IV, ten columns, and where it belongs."""

    agency: str
    series: str
    period: str
    number: int
    document_id: str
    state: RegisterState
    symbol: str
    date: date
    type_and_subject: str
    signer: str
    recipients: str = ""
    kept_by: str = ""
    copies: str = ""
    sent_on: str = ""
    received_by: str = ""
    note: str = ""
    medium: Medium = Medium.ELECTRONIC

    def columns(self) -> dict[str, str]:
        """The ten columns in the order of Phụ lục IV, by the row keys of the interface."""
        return {
            "symbol": self.symbol,
            "date": self.date.isoformat(),
            "type_and_subject": self.type_and_subject,
            "signer": self.signer,
            "recipients": self.recipients,
            "kept_by": self.kept_by,
            "copies": self.copies,
            "sent_on": self.sent_on,
            "received_by": self.received_by,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """One of the columns 5 to 10 of a row, completed or corrected later: what it said, what it says, who, when.

    ``column`` is the row key of the interface. Number and date are not among them: they never change.
    """

    column: str
    old: str
    new: str
    by: Actor
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """The course of one document, for whoever watches over deadlines (NĐ 30 Điều 18(1), QĐ 28 Điều 6(2)).

    ``signed_at`` is the last leader's signature (None: not all have signed, or on paper); ``issued_at`` when the
    agency signed, on paper the moment of its registration; ``sent_on`` column 8 of the register as it stands.
    """

    document_id: str
    state: DocumentState
    medium: Medium
    type: str | None
    subject: str
    urgency: Urgency
    symbol: str
    date: date | None
    created_at: datetime
    signed_at: datetime | None
    issued_at: datetime | None
    sent_on: str
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a document, as it was then: ``state`` is the document's right after it.

    ``position`` grows in the order in which events became durable (0: not stored yet). ``detail`` is the field that
    was signed, the columns that were completed, or the reason; ``symbol`` and ``date`` once there is a number.
    """

    kind: EventKind
    document_id: str
    agency: str
    state: DocumentState
    at: datetime
    by: Actor
    external_id: str = ""
    symbol: str | None = None
    date: date | None = None
    detail: str = ""
    position: int = 0
