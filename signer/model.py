"""The nouns of the house: frozen values, checked when made, that every job passes on in one direction."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from policies.acceptance import DraftFacts
from policies.model import Finding

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MM = 72 / 25.4
"""Points in a millimetre."""


# --- the page -------------------------------------------------------------------------------------------------

class Rect(NamedTuple):
    """A rectangle in PDF user space, points, as in /Rect: left, bottom, right, top, before /Rotate."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Points."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Points."""
        return self.y1 - self.y0

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share an area; touching edges do not count."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1


@dataclass(frozen=True, slots=True)
class Place:
    """Where something goes: page (from 1) and rectangle."""

    page: int
    rect: Rect

    def __post_init__(self) -> None:
        if self.page < 1:
            raise ValueError("pages count from 1")
        if not all(map(math.isfinite, self.rect)) or self.rect.width <= 0 or self.rect.height <= 0:
            raise ValueError("a rectangle needs x0 < x1 and y0 < y1")

    def as_dict(self) -> dict[str, object]:
        """The form of ``places`` in requests and answers."""
        return {"page": self.page, "rect": [round(value, 2) for value in self.rect]}


class Slant(StrEnum):
    """Which of the two faces a text is set in (NĐ 30 Phụ lục I: number upright, date italic)."""

    UPRIGHT = "upright"
    ITALIC = "italic"


class Align(StrEnum):
    """How a text lies in its blank."""

    RIGHT = "right"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Where a number, day, month or year is written: on ``baseline`` (user space y), at ``size`` points.

    ``ground`` is the part of the rectangle in which dots are printed and must be covered in white
    (trap 40); None where the blank is of spaces.
    """

    place: Place
    baseline: float
    size: float
    slant: Slant
    align: Align
    ground: Rect | None = None


class SignatureRole(StrEnum):
    """In what role a signature is made."""

    INITIAL = "initial"
    LEADER = "leader"
    CLERK = "clerk"
    AGENCY = "agency"


NUMBER, DAY, MONTH, YEAR = "Number", "Day", "Month", "Year"
TEXT_FIELDS = (NUMBER, DAY, MONTH, YEAR)
AGENCY_FIELD, CLERK_FIELD = "Agency", "Clerk"


def signature_field(role: SignatureRole, index: int = 0) -> str:
    """The PDF field name of a signature: Initial1, Leader, Leader2, Clerk, Agency. ``index`` counts from 0."""
    if role is SignatureRole.INITIAL:
        return f"Initial{index + 1}"
    if role is SignatureRole.LEADER:
        return "Leader" if index == 0 else f"Leader{index + 1}"
    return CLERK_FIELD if role is SignatureRole.CLERK else AGENCY_FIELD


@dataclass(frozen=True, slots=True)
class Places:
    """Every place on a draft that will be filled. ``month`` and ``year`` are None where they are printed.

    ``leaders`` and ``initials`` are in the order of the document's signers and initials. The leaders' and
    the seal's rectangles are exactly where the images are drawn. ``clerk`` asks for the invisible field
    of the clerk's own certificate.
    """

    number: TextPlace
    day: TextPlace
    month: TextPlace | None
    year: TextPlace | None
    leaders: tuple[Place, ...]
    initials: tuple[Place, ...]
    agency: Place
    clerk: bool = False

    def texts(self) -> dict[str, TextPlace]:
        """Field name to place, for those that exist."""
        pairs = {NUMBER: self.number, DAY: self.day, MONTH: self.month, YEAR: self.year}
        return {name: place for name, place in pairs.items() if place is not None}

    def signatures(self) -> dict[str, Place | None]:
        """Signature field name to place in signing order; None is an invisible field."""
        fields: dict[str, Place | None] = {}
        fields |= {signature_field(SignatureRole.INITIAL, i): p for i, p in enumerate(self.initials)}
        fields |= {signature_field(SignatureRole.LEADER, i): p for i, p in enumerate(self.leaders)}
        if self.clerk:
            fields[CLERK_FIELD] = None
        fields[AGENCY_FIELD] = self.agency
        return fields

    def as_dict(self) -> dict[str, object]:
        """The ``places`` of an answer: keys number, day, month, year, leader, leader2, initial1, agency."""
        texts: dict[str, object] = {name.lower(): text.place.as_dict() for name, text in self.texts().items()}
        signs = {name.lower(): p.as_dict() for name, p in self.signatures().items() if p is not None}
        return texts | signs


@dataclass(frozen=True, slots=True)
class Printed:
    """What the draft already prints where we would write: checked again when the day of issue is known."""

    notation: str
    month: int | None = None
    year: int | None = None


# --- the document ---------------------------------------------------------------------------------------------

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
    """What the caller says of a document; the interface's ``metadata``, checked."""

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


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who commands, as the caller names him, and the API key or shell that speaks for him."""

    id: str
    name: str
    via: str


@dataclass(frozen=True, slots=True)
class SignatureRecord:
    """One signature made on a document: an act (who commanded, whose key, in what capacity, when)."""

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

    def as_dict(self) -> dict[str, object]:
        """The ``signature`` of an answer."""
        return {"field": self.field, "role": self.role.value, "signer": self.signer,
                "capacity": list(self.capacity), "key": self.key, "certificate_sha256": self.certificate_sha256,
                "signing_time": self.signed_at.astimezone(VIETNAM).isoformat(timespec="seconds"),
                "level": self.level}


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
    one failed, and the order may be repeated at once).
    """

    by: Actor
    under_way_since: datetime | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the store holds it. ``sha256`` is the newest revision, ``plan`` what the next needs.

    ``plan`` is the signing plan in the pdf room's own encoding; nobody else reads it. ``clerk`` says whether
    the file has the field for the clerk's own certificate.
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

    def columns(self) -> dict[str, str]:
        """The ten columns in the order of Phụ lục IV, by the row keys of the interface."""
        return {"symbol": self.symbol, "date": self.date.isoformat(), "type_and_subject": self.type_and_subject,
                "signer": self.signer, "recipients": self.recipients, "kept_by": self.kept_by,
                "copies": self.copies, "sent_on": self.sent_on, "received_by": self.received_by,
                "note": self.note}


# --- the office -----------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Period:
    """From a day until (and including) a day; None is open."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether ``day`` lies within."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class OrganisationEra:
    """What an organisation was called, from–until, and the text that says so."""

    name: str
    period: Period
    code: str = ""
    parent: str = ""
    place: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by its permanent id; one registry (văn thư) serves its issuers."""

    id: str
    eras: tuple[OrganisationEra, ...]
    successor_of: tuple[str, ...] = ()
    seal_image: bytes | None = dataclasses.field(default=None, repr=False)
    seal_diameter_mm: float = 36.0
    clerk_signature: bool = False

    def on(self, day: date) -> OrganisationEra | None:
        """The era that holds on a day; None: not founded yet, or dissolved."""
        return next((era for era in self.eras if era.period.holds(day)), None)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who is named on the page and in the notation. ``code`` is the ``agency`` of requests.

    One organisation serves several (an office: government and prime minister; a commune: council and
    committee). ``symbol`` is the abbreviation in the notation: UBND for the issuer UBND-DP.
    """

    code: str
    name: str
    symbol: str
    organisation: str
    agency_key: str
    clerk_keys: tuple[str, ...] = ()


class PeriodKind(StrEnum):
    """When a series starts again."""

    YEAR = "year"
    TERM = "term"


class NumberedBy(StrEnum):
    """Who gives the number."""

    SERVICE = "service"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Series:
    """One run of numbers. ``types`` empty: every type; None in it stands for the công văn, which has none.

    ``term`` names the period of a series that runs by term of office; ``widest`` is the largest number that
    a blank must have room for.
    """

    id: str
    issuers: tuple[str, ...]
    types: tuple[str | None, ...] = ()
    period: PeriodKind = PeriodKind.YEAR
    term: str = ""
    first: int = 1
    widest: int = 9999
    numbered_by: NumberedBy = NumberedBy.SERVICE
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Delegation:
    """A person may sign for an issuer with these capacity lines, from–until, on this basis (NĐ 30 Điều 13)."""

    person: str
    issuer: str
    capacity: tuple[str, ...]
    types: tuple[str | None, ...] = ()
    period: Period = Period()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Custody:
    """Who holds an agency's key from–until (NĐ 30 Điều 32(2)b)."""

    key: str
    person: str
    period: Period = Period()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs or commands."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Office:
    """The office as data: who exists, who issues, in which series, who may sign what for whom."""

    organisations: Mapping[str, Organisation]
    issuers: Mapping[str, Issuer]
    persons: Mapping[str, Person]
    series: tuple[Series, ...]
    delegations: tuple[Delegation, ...]
    custody: tuple[Custody, ...]


# --- keys and certificates ------------------------------------------------------------------------------------

class KeyHolder(StrEnum):
    """Whose a key is: an organisation's (PIN from settings) or a person's (PIN with each call)."""

    ORGANISATION = "organisation"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as the settings name it, with its certificate. ``issuers``: for whom it may sign.

    ``certificate`` and ``chain`` (from the issuing CA upwards, without the root) are DER; ``image`` is the
    holder's signature as PNG.
    """

    name: str
    holder: KeyHolder
    owner: str
    issuers: tuple[str, ...]
    roles: tuple[SignatureRole, ...]
    algorithm: str
    certificate: bytes = dataclasses.field(repr=False)
    chain: tuple[bytes, ...] = dataclasses.field(default=(), repr=False)
    image: bytes | None = dataclasses.field(default=None, repr=False)


# --- callers --------------------------------------------------------------------------------------------------

class ApiRole(StrEnum):
    """What the holder of an API key is; which endpoints that opens is one table in the web room."""

    DOCUMENT_SYSTEM = "document-system"
    LEADER = "leader"
    CLERK = "clerk"
    AUDITOR = "auditor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as stored, without its secret. ``agencies`` are codes of issuers, None is all of them.

    ``person`` is the id of the one with whose keys it may sign, None is anybody (their PINs guard them).
    """

    id: str
    name: str
    role: ApiRole
    agencies: tuple[str, ...] | None
    person: str | None
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def may_act_for(self, agency: str) -> bool:
        """Whether the key reaches an issuer."""
        return self.agencies is None or agency in self.agencies


# --- work in the pdf room -------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class SigningStep:
    """One signed revision: what is filled, who signs, what is locked.

    ``values`` maps text field names to what is written in them; ``locks`` lists the fields that this
    signature closes (FieldMDP INCLUDE); ``certify`` makes it a certification with DocMDP P=2.
    """

    role: SignatureRole
    field: str
    signer: str
    reason: str
    signing_time: datetime
    locks: tuple[str, ...]
    certify: bool = False
    location: str = ""
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    image: bytes | None = dataclasses.field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Revision:
    """A file and the plan for its next update."""

    data: bytes = dataclasses.field(repr=False)
    plan: bytes = dataclasses.field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader looks for on a draft.

    ``signers`` and ``initials`` as in the metadata; ``aspects`` width/height of each signer's image (2.0
    where he has none); ``notation`` as it must be printed after the slash; ``widest`` the longest number
    text that the blank must hold; ``seal_diameter_mm`` the real size; ``given`` places of the caller that
    override what is found; ``fallback`` allows the schematic geometry of NĐ 30 Phụ lục I Mục IV.
    """

    signers: tuple[Signer, ...]
    initials: tuple[Initial, ...]
    aspects: tuple[float, ...]
    notation: str
    widest: str
    seal_diameter_mm: float
    clerk: bool = False
    given: Mapping[str, Place] = dataclasses.field(default_factory=dict)
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class DraftReading:
    """What the reader made of a draft: facts for the rules, places for the fields, what is printed already."""

    facts: DraftFacts
    places: Places
    printed: Printed
