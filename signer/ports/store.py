"""Where documents, numbers, files and callers are kept; each docstring is a contract that the tests check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from signer.model import (
    ApiKey,
    ApiRole,
    Content,
    Course,
    Document,
    DocumentState,
    Event,
    Numbering,
    Office,
    RegisterChange,
    RegisterEntry,
    Relation,
    SignatureRecord,
)


class Incoming(Protocol):
    """A file while it comes in, of any size; hashed as it comes."""

    def write(self, data: bytes) -> int:
        """More of it. UNAVAILABLE when the disk refuses."""

    def content(self) -> Content:
        """All that came, after the last ``write``; it can be read until ``close``, or for good once it is put."""

    def close(self) -> None:
        """Forget what was not put; may be called again."""


class Blobs(Protocol):
    """Files by their SHA-256 (hex). Written once, never changed."""

    def receive(self) -> Incoming:
        """A new file; putting its content, or that with an update behind it, does not write its bytes again."""

    def put(self, content: Content) -> str:
        """When this returns, the bytes are durable. Putting equal bytes again is harmless.

        Of a content that was got here and has something behind it, only that is written.
        """

    def get(self, sha256: str) -> Content:
        """The content, which was read to its end and compared: its hash needs no more reading.

        INTERNAL ``blob-missing`` if it is absent, if its bytes do not have this digest any more, or if that is so of
        the file that it continues; ``where`` is the digest in question.
        """


@dataclass(frozen=True, slots=True)
class Claim:
    """A repeatable request that this process carries out: its scope and key, and the process (``Presence.name``)."""

    scope: str
    key: str
    owner: str


class Transaction(Protocol):
    """One unit of work: all of it is durable on leaving the block, or nothing of it."""

    def document(self, document_id: str) -> Document:
        """NOT_FOUND ``unknown-document``. The row is locked until the end where the database can."""

    def documents(
        self,
        *,
        agencies: Sequence[str] | None = None,
        state: DocumentState | None = None,
        external_id: str | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[Document]:
        """In order of id, those after ``after``; None is all: of agencies, states, ids of the caller's own."""

    def count_documents(self, states: Sequence[DocumentState]) -> Mapping[DocumentState, int]:
        """How many documents are in each of these states, 0 too; costs by what it counts, not by what is stored."""

    def documents_with_draft(self, sha256: str, agency: str) -> Sequence[str]:
        """Ids of an issuer's documents made from a draft with this digest, oldest first; a few, if there are many."""

    def add_document(self, document: Document) -> None:
        """A new document; its id must be new."""

    def check_unchanged(self, document: Document) -> None:
        """CONFLICT ``changed-meanwhile`` unless the stored version is ``document.version``; locks as ``document``.

        ``document`` is as it was read, with nothing changed since: it is taken for what the store says.
        """

    def save_document(self, document: Document) -> None:
        """Store what moves: state, reason, command, medium, the newest revision of each file. The version grows by one.

        CONFLICT ``changed-meanwhile`` unless the stored version is ``document.version``. What was said and seen of the
        document when it came in never changes.
        """

    def add_signature(self, document_id: str, record: SignatureRecord, file: int = 0) -> None:
        """Add the act; signatures are never removed. ``file`` 0 is the main file, attachments count from 1."""

    def relate(self, document_id: str, relation: Relation, now: datetime) -> None:
        """Note that a document does something to another. NOT_FOUND ``unknown-document`` for a missing other one."""

    def relations_to(self, document_id: str) -> Sequence[tuple[str, Relation]]:
        """What other documents do to this one: their ids with the relation, oldest first."""

    def last_number(self, series: str, period: str, *, standing: bool = False) -> Numbering | None:
        """The highest number ever reserved in a series' period; locks the series. ``standing`` leaves out void ones."""

    def later_number(self, series: str, year: str) -> Numbering | None:
        """The first number that stands in any year after ``year`` of a series numbered by years; void ones left out."""

    def numbered(self, series: str, period: str, number: int) -> RegisterEntry | None:
        """The row of a number, void or not, or None while it is free."""

    def reserve(self, entry: RegisterEntry, numbering: Numbering) -> None:
        """Take the number for the document.

        CONFLICT ``number-taken`` if (series, period, number) or (agency, symbol, year) exists.
        """

    def save_entry(self, entry: RegisterEntry) -> None:
        """Change a row's state and columns 3 to 10; number, symbol and date never change."""

    def add_change(self, document_id: str, change: RegisterChange) -> None:
        """Note what a column of the document's row said before; notes are never removed."""

    def changes(self, document_id: str) -> Sequence[RegisterChange]:
        """What was changed in the row of a document, oldest first."""

    def entry(self, document_id: str) -> RegisterEntry | None:
        """The row of a document."""

    def register(
        self, agency: str, year: int, after: tuple[str, str, int] | None = None, limit: int | None = None
    ) -> Iterator[RegisterEntry]:
        """Rows of an issuer with dates in a year, by series, period, number: all, or ``limit`` after such a key."""

    def courses(self, agency: str, since: datetime, until: datetime) -> Iterator[Course]:
        """The documents of an issuer that were sent in, signed or issued from ``since`` until before ``until``."""

    def record(self, event: Event) -> None:
        """Tell what happens in this unit of work; it is there, at the next position, once the work is durable."""

    def events(self, after: int, *, agencies: Sequence[str] | None = None, limit: int = 100) -> Sequence[Event]:
        """What happened after a position, in the order in which it became durable; ``agencies`` None is all.

        Whoever has read up to a position has seen everything up to it: nothing appears behind it later.
        """

    def last_event(self, document_id: str) -> Event | None:
        """The newest thing that happened to a document, None if nothing is on record."""

    def answer(self, claim: Claim, answer: bytes) -> None:
        """Keep the answer to a repeatable request; it is durable with the effect, or neither is.

        CONFLICT ``idempotency-taken-over`` if the claim is no longer this process's.
        """

    def office(self) -> Office:
        """The office as stored."""

    def put_office(self, office: Office, now: datetime) -> None:
        """Make the stored office say what ``office`` says; idempotent. Rows that documents refer to are kept."""


class Store(Protocol):
    """Where documents, numbers and the office are kept."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin (BEGIN IMMEDIATE on SQLite); commit on a clean exit, roll back on an exception.

        UNAVAILABLE ``store-unavailable`` when the database is away or stays locked.
        """

    def reading(self) -> AbstractContextManager[Transaction]:
        """As ``transaction``, for reading only: one state of the store, no lock, and no waiting for writers."""

    def ping(self) -> None:
        """Raise UNAVAILABLE if the database does not answer."""


class Presence(Protocol):
    """Which processes are at work, whichever machine they run on."""

    def name(self) -> str:
        """Give the name by which others may ask after this process. UNAVAILABLE ``store-unavailable``."""

    def alive(self, worker: str) -> bool:
        """Whether the process of this name is still there; one that was killed is gone at once."""


class Idempotency(Protocol):
    """Answers kept for repeated requests (Idempotency-Key)."""

    def begin(self, scope: str, key: str, body_sha256: str, now: datetime) -> Claim | bytes:
        """The stored answer for this key and body; or a claim: go on, and store the answer with the effect.

        CONFLICT ``idempotency-key-reused`` for another body; CONFLICT ``idempotency-in-progress`` (with
        retry_after) while the first still runs. What a dead process left is claimed anew.
        """

    def abandon(self, claim: Claim) -> None:
        """The request failed without effect: the key may be used again."""

    def forget(self, now: datetime) -> int:
        """Remove what is older than answers are kept; how many."""


class ApiKeys(Protocol):
    """The API keys; only digests of them are stored."""

    def add(
        self,
        name: str,
        role: ApiRole | str,
        agencies: Iterable[str] | None,
        person: str | None = None,
        expires_at: datetime | None = None,
        rate: int | None = None,
    ) -> str:
        """Make a key and give it, this once. ValueError for an unknown role."""

    def add_certificate(
        self,
        name: str,
        role: ApiRole | str,
        agencies: Iterable[str] | None,
        certificate_sha256: str,
        person: str | None = None,
        expires_at: datetime | None = None,
        rate: int | None = None,
    ) -> str:
        """Let in whoever shows this client certificate; the entry's id. CONFLICT ``certificate-bound`` if it is."""

    def find(self, key: str) -> ApiKey | None:
        """The key; None if there is none, or if it is revoked or expired."""

    def find_certificate(self, sha256: str) -> ApiKey | None:
        """The entry of a client certificate, hex; None if there is none, or if it is revoked or expired."""

    def list(self) -> Sequence[ApiKey]:
        """Every key, those too that no longer hold, oldest first."""

    def revoke(self, key_id: str) -> None:
        """From now on ``find`` does not give it. NOT_FOUND ``unknown-api-key``."""
