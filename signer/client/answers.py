"""The shapes of answers, as the service's OpenAPI document has them; a test compares the two.

Days are "YYYY-MM-DD", moments RFC 3339, digests SHA-256 in hex. What the service adds later is in the objects too.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

State = Literal["prepared", "signed", "issuing", "issued", "rejected", "void", "needs_attention", "recalled"]
Medium = Literal["electronic", "paper"]


class Actor(TypedDict):
    """A person who commands: the id that the office has for him, and his name."""

    id: str
    name: str


class ActorSaid(TypedDict):
    """The same in an order: without a name, whom the office means by the id."""

    id: str
    name: NotRequired[str]


class Message(TypedDict):
    """A sentence for people."""

    vi: str
    en: str


class Finding(TypedDict):
    """A rule's word: ``severity`` is error, warning or info; ``clause`` the law behind it."""

    code: str
    severity: Literal["error", "warning", "info"]
    clause: str
    message: Message


class FileFinding(Finding):
    """A finding and the attachment that it is of; "" is the document itself."""

    file: str


class Place(TypedDict):
    """A rectangle on a page: pages from 1, [x0, y0, x1, y1] in points of the page's own space."""

    page: int
    rect: list[float]


class File(TypedDict):
    """A file of a document: ``n`` counts from 1, the document itself."""

    n: int
    kind: Literal["main", "attachment"]
    name: str
    media_type: str
    sha256: str
    url: str


class Signature(TypedDict):
    """A signature that was made."""

    field: str
    role: str
    signer: str
    capacity: list[str]
    key: str
    certificate_sha256: str
    signing_time: str
    level: str
    actor: Actor


class Numbered(TypedDict):
    """The number that a document holds."""

    number: int
    number_text: str
    notation: str
    symbol: str
    date: str


class Checked(TypedDict):
    """What would be said against a draft."""

    ready: bool
    subject: str
    notation: str
    findings: list[FileFinding]


class Prepared(TypedDict):
    """A draft that was taken in."""

    id: str
    state: State
    sha256: str
    notation: str
    places: dict[str, Place]
    files: list[File]
    findings: list[Finding]


class Signed(TypedDict):
    """A person's signature."""

    id: str
    state: State
    signature: Signature
    findings: list[Finding]


class Issued(Numbered):
    """An issued document; ``signature`` is the agency's."""

    id: str
    state: State
    signature: Signature
    files: list[File]
    findings: list[Finding]


class OnPaper(Numbered):
    """A document that got its number on paper."""

    id: str
    state: State
    medium: Literal["paper"]
    files: list[File]
    findings: list[Finding]


class Copied(TypedDict):
    """A certified copy."""

    id: str
    state: State
    copy: Literal["SY", "SL", "TrS"]
    signature: Signature
    files: list[File]
    findings: list[Finding]


class Ended(TypedDict):
    """A document that was rejected, voided or recalled; the number, where it had one."""

    id: str
    state: State
    reason: str
    number: NotRequired[int]
    number_text: NotRequired[str]
    notation: NotRequired[str]
    symbol: NotRequired[str]
    date: NotRequired[str]


class Summary(TypedDict):
    """A document in a list; the number, where it has one."""

    id: str
    state: State
    agency: str
    type: str | None
    subject: str
    notation: str
    external_id: str
    created_at: str
    medium: Medium
    copy: str | None
    number: NotRequired[int]
    number_text: NotRequired[str]
    symbol: NotRequired[str]
    date: NotRequired[str]


class Signer(TypedDict):
    """Who signs, and the lines of his capacity."""

    name: str
    capacity: list[str]


class Relation(TypedDict):
    """What a document does to another, which is named by its id or in words."""

    kind: str
    document: str
    reference: str


class Related(TypedDict):
    """What another document does to one."""

    kind: str
    document: str
    symbol: str
    notation: str
    state: State
    medium: Medium
    copy: str | None
    subject: str


class Document(Summary):
    """Everything that is told of one document; ``clerk``: issuing it needs the clerk's own PIN."""

    sha256: str
    draft_sha256: str
    clerk: bool
    ordered_by: Actor | None
    reason: str
    created_by: Actor
    signers: list[Signer]
    initials: list[dict[str, str]]
    recipients: list[str]
    urgency: str
    normative: bool
    places: dict[str, Place]
    signatures: list[Signature]
    files: list[File]
    findings: list[Finding]
    relations: list[Relation]
    related: list[Related]


class Row(TypedDict):
    """A row of the register: the ten columns of NĐ 30/2020/NĐ-CP, Phụ lục IV, and what it is about."""

    symbol: str
    date: str
    type_and_subject: str
    signer: str
    recipients: str
    kept_by: str
    copies: str
    sent_on: str
    received_by: str
    note: str
    number: int
    series: str
    period: str
    state: Literal["reserved", "issued", "void"]
    medium: Medium
    document: str


class Change(TypedDict):
    """What a column said before, what it says now, who changed it and when."""

    column: str
    old: str
    new: str
    by: Actor
    at: str
    reason: str


class RowWithHistory(Row):
    """A row, and what was changed in it."""

    history: list[Change]


class Register(TypedDict):
    """A year of an agency's register."""

    agency: str
    agency_name: str
    year: int
    rows: list[Row]


class Event(TypedDict):
    """Something that happened to a document; ``position`` is where to go on after it."""

    position: str
    kind: str
    at: str
    document: str
    agency: str
    state: State
    external_id: str
    symbol: str | None
    date: str | None
    by: Actor
    detail: str


class Late(Finding):
    """A deadline that was missed; ``done`` is None while it still is."""

    document: str
    state: State
    medium: Medium
    type: str | None
    subject: str
    urgency: str
    symbol: str
    due: str
    done: str | None
    workdays: int


class Deadlines(TypedDict):
    """The deadlines of a year."""

    agency: str
    agency_name: str
    year: int
    at: str
    figures: dict[str, int]
    late: list[Late]
    findings: list[Finding]


class TimeStamp(TypedDict):
    """A signature's time-stamp. ``internal``: not of the service that official documents need."""

    time: str
    authority: str
    policy: str
    trusted: bool
    internal: bool


class SignatureReport(TypedDict):
    """A signature as it was judged, in the words of ETSI EN 319 102-1."""

    field: str
    role: str
    signer: str
    level: str
    indication: str
    subindication: str | None
    signing_time: str | None
    best_signature_time: str | None
    covers: str
    changes_after: list[str]
    time_stamp: TimeStamp | None


class Report(TypedDict):
    """A judged file; ``package`` where attachments came along, and then its verdict is the one to ask for."""

    verdict: Literal["TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED", "NO_SIGNATURE"]
    chain: dict[str, object]
    signatures: list[SignatureReport]
    findings: list[Finding]
    policy: dict[str, str]
    package: NotRequired[dict[str, object]]


class Token(TypedDict):
    """A token, as an operator is told of it."""

    name: str
    present: bool
    label: str
    model: str
    serial: str
    pin_locked: bool
    pin_final_try: bool
    detail: str


class Ready(TypedDict):
    """How the service is; tokens are told to an operator's key only."""

    status: Literal["ready", "not-ready"]
    store: str
    tokens: NotRequired[list[Token]]
