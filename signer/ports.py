"""What the use cases need of the rooms below; each docstring is a contract that the tests check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hsm.pin import Pin
from policies.certificates import CertificateFacts
from signer.model import (
    NO_DATA,
    ApiKey,
    ApiRole,
    Content,
    Course,
    Document,
    DocumentState,
    DraftReading,
    Event,
    Gathered,
    KeyInfo,
    Numbering,
    Office,
    Places,
    RegisterChange,
    RegisterEntry,
    Relation,
    Revision,
    ScanReading,
    SignatureRecord,
    SigningStep,
    StampPlaces,
    StampReading,
    StampWanted,
    ValidationData,
    Wanted,
)
from signer.model.backup import BackupReport, KeptFile, TableDump
from signer.model.inspection import BlobNamed, BlobSeen, DocumentFacts, Doubled, RowFacts, SeriesFacts
from signer.model.revocation import Errand, RevocationFile, RevocationNeed, RevocationPlan
from signer.model.time import ClockStanding, Moment, TimeStampReply
from signer.model.timestamp import TimeStamp
from signer.report import PackageReport, Report


class Clock(Protocol):
    """The time of day; tests set it."""

    def now(self) -> datetime:
        """Now, aware, UTC."""


# --- pdf ------------------------------------------------------------------------------------------------------


class DraftReader(Protocol):
    """Reads a draft once and understands it."""

    def read(self, draft: Content, wanted: Wanted, attachments: int = 0) -> DraftReading:
        """Find every place, or raise UNSUITABLE or UNSUPPORTED with what is wrong, where, and the clause.

        A place that is not found, or too small, is a refusal that names it; nothing is guessed unless
        ``wanted.fallback`` asks for the schematic geometry. The draft is untrusted: size, depth and time
        are bounded.
        """


class StampReader(Protocol):
    """Reads files that the agency alone signs: attachments in files of their own, and scans to be certified."""

    def attachment(self, file: Content, wanted: StampWanted) -> StampReading:
        """Find where the mark goes (top right of page 1), or the blanks and the seal's place in the filled style.

        Refuses what ``DraftReader`` refuses of a file (no PDF, encrypted, signed before, active content, limits),
        a secret mark, blanks that are filled already, and a corner of page 1 that has no room.
        """

    def scan(self, file: Content, wanted: StampWanted) -> ScanReading:
        """Measure a digitised paper (version, colour, resolution) and find where the mark goes; rules judge it."""


class FieldMaker(Protocol):
    """Makes the empty fields."""

    def prepare(self, draft: Content, places: Places | StampPlaces) -> Revision:
        """Add the fields in one incremental update; ``draft`` is a prefix of the result, byte for byte."""


class RevisionSigner(Protocol):
    """Makes one signed incremental update, and does not let it leave unchecked."""

    def sign(
        self,
        previous: Revision,
        step: SigningStep,
        key: KeyInfo,
        sign: Callable[[bytes], bytes],
        stamp: Callable[[bytes], bytes] | None = None,
    ) -> Revision:
        """Fill, sign, check. The result's content is ``previous.content`` with one update behind it.

        ``previous.content`` has the digest ``previous.sha256``, else INTERNAL ``revision-damaged``. Its bytes are
        not copied, and read only if it was not hashed before.

        ``sign`` gets the DER SignedAttributes (RFC 5652, 5.4) and returns the signature value as CMS carries
        it; it is called exactly once. ``stamp`` is given at B-T and above: it gets the SHA-256 of the signature value
        and gives a time-stamp token (RFC 3161, DER) over it that it has verified. Only where the token is longer
        than any before are both called a second time. Whatever they raise passes through. At B-LT and above
        ``step.data`` goes into the file's security store in this same update; UNSUITABLE ``level-not-available``
        where the file cannot take it. A result that does not hold the fast check (house, "Before a signature
        leaves") is an INTERNAL SignerError, never returned.
        """

    def time_stamp(
        self, previous: Revision, stamp: Callable[[bytes], bytes], data: ValidationData = NO_DATA
    ) -> Revision:
        """Close the file with a document time-stamp (B-LTA), in a revision of its own, with ``data`` in it.

        It gets an invisible field of its own. May be done again and again. As for ``stamp`` and what is raised: see
        ``sign``.
        """


# --- keys and trust -------------------------------------------------------------------------------------------


class Keyring(Protocol):
    """The keys of the settings, by name."""

    def info(self, name: str) -> KeyInfo:
        """NOT_FOUND ``unknown-key``."""

    def infos(self) -> Sequence[KeyInfo]:
        """All keys, in the order of the settings."""

    def ready(self, name: str, pin: Pin | None = None) -> None:
        """Raise what ``sign`` would raise if the key's token is away or locked now; nothing is signed.

        Where the PIN is at hand (a server's in the settings, a person's as ``pin``) the token is logged in, and
        the key is found and compared with its certificate. A wrong PIN is tried once.
        """

    def sign(self, name: str, data: bytes, pin: Pin | None = None) -> bytes:
        """Sign with the key's algorithm. A person's key without ``pin`` is refused (``pin-required``).

        The token's public key is compared with the certificate before the first signature of a process
        (``certificate-key-mismatch``). A token that is away is UNAVAILABLE ``token-unavailable``; a wrong PIN is
        FORBIDDEN ``pin-incorrect``, tried once.
        """


class CertificateChecker(Protocol):
    """Judges a key's certificate at a moment with the pinned roots and the revocation data at hand."""

    def facts(self, key: KeyInfo, at: datetime) -> CertificateFacts:
        """Cheap when asked again: the outcome is kept as long as certificates, CRLs and OCSP answers allow."""


class CertificatePaths(Protocol):
    """Judges any certificate at a moment, such as a time-stamp authority's that came in its answer."""

    def of(self, der: bytes, chain: tuple[bytes, ...], at: datetime) -> CertificateFacts:
        """As ``CertificateChecker``; ``chain`` may complete the path. ValueError where something is no certificate."""


class Verifier(Protocol):
    """Judges a file as an auditor would, with pyHanko's full verification and our own rules."""

    def verify(self, file: Content) -> Report:
        """Never raises for what a file contains: any trouble is a verdict."""

    def verify_package(self, file: Content, attachments: Sequence[tuple[str, Content]]) -> PackageReport:
        """A main document and its attachments with their names, each by itself and all together.

        Together: the main document's signatures name exactly these attachments, unchanged, and all bear one number.
        """


# --- revocation data ------------------------------------------------------------------------------------------


class Fetcher(Protocol):
    """Gets what others publish, by the way that the settings say."""

    def fetch(self, url: str, request: bytes | None = None) -> bytes:
        """The whole answer to a GET, or to a POST of an OCSP ``request``; bounded in bytes and in seconds altogether.

        UNAVAILABLE ``fetch-unreachable``, ``fetch-too-slow``, ``proxy-login-…`` when nobody is there;
        ``fetch-too-large``, ``fetch-refused`` (any status but 200), ``fetch-redirected`` (to another place).
        """


class RevocationShelf(Protocol):
    """CRLs and OCSP answers at hand, and what the keys need of them."""

    def needs(self) -> Sequence[RevocationNeed]:
        """Every certificate on the way from a key to its pinned root, with what lies there about it, fresh or not."""

    def plan(self) -> RevocationPlan:
        """What to fetch: the settings' lists first, then those of the certificates, then OCSP; each once."""

    def examine(self, errand: Errand, data: bytes, url: str) -> RevocationFile:
        """What came of an errand, believed: right CA, its signature, fresh, no older than what lies there.

        UNSUITABLE says what is wrong: ``crl-…``, ``ocsp-…``, ``revocation-…``.
        """

    def held(self, file: RevocationFile) -> RevocationFile | None:
        """What lies there of the same thing, the newest."""

    def keep(self, file: RevocationFile, url: str) -> tuple[RevocationFile, Sequence[str]]:
        """Put it in the place of the old one, in one step; with the names of OCSP answers that a CRL made void.

        UNAVAILABLE ``revocation-not-written``.
        """


# --- time that is known ---------------------------------------------------------------------------------------


class KnownTime(Protocol):
    """The time of day for those who vouch for it, such as a time-stamp authority (ETSI EN 319 421, 7.7.2)."""

    def now(self) -> Moment:
        """Now, with the declared accuracy. Costs microseconds: others measure, this reads what they found.

        UNAVAILABLE ``time-not-available`` whenever that cannot be said: nothing measured yet, the last good
        measurement too old (whoever measures may be dead), the clock further off than the accuracy, set or
        jumped since it was measured, a leap second at hand. May be called by any thread.
        """


class WatchedTime(KnownTime, Protocol):
    """A ``KnownTime`` and whoever looks after it."""

    def start(self) -> None:
        """Measure from now on, in this process; comes back after the first round, or when that takes too long."""

    def measure(self) -> ClockStanding:
        """Measure once, now; for programs that are over before a monitor would be of use."""

    def standing(self) -> ClockStanding:
        """How the clock is, without measuring."""


# --- time-stamps ----------------------------------------------------------------------------------------------


class ValidationSource(Protocol):
    """What a later verifier needs of a certificate (EN 319 142-1, 5.4), out of what lies at hand; nobody is asked."""

    def gather(self, certificate: bytes, chain: Sequence[bytes], at: datetime) -> Gathered:
        """Certificates up to and with the root, and CRLs or OCSP answers for each below it, all holding at ``at``.

        ``certificate`` and the CAs of ``chain`` are DER. From what is given and a pinned root alone path and revocation
        follow. Where something is missing, stale or revoked nothing is given, and ``lacking`` says why. ValueError
        where the certificate is no X.509.
        """


class TimeStamper(Protocol):
    """Gives time-stamps: our own authority in this process, or others' over HTTP."""

    @property
    def name(self) -> str:
        """Whose they are, for logs and reports."""

    def stamp(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """A TimeStampToken (RFC 3161: a CMS ContentInfo, DER) over a digest, verified already.

        ``algorithm`` is sha256, sha384 or sha512, and ``digest`` as long as that says (ValueError). UNAVAILABLE
        ``time-stamp-unavailable`` when none could be had in the time that there was.
        """


class TimeStampAuthority(Protocol):
    """Our own authority, which answers the requests of strangers (RFC 3161, 2.4)."""

    def reply(self, query: bytes) -> TimeStampReply:
        """What a TimeStampReq gets: a token, or a refusal that says why. Never raises for what it holds."""


class Authorities(Protocol):
    """Others' time-stamp authorities, for those who look after them."""

    def names(self) -> Sequence[str]:
        """Those that are asked today, in order."""

    def probe(self, name: str, digest: bytes, algorithm: str = "sha256") -> TimeStamp:
        """Ask this one, whatever came of it before; NOT_FOUND ``unknown-authority``, or why its answer will not do."""


# --- storage --------------------------------------------------------------------------------------------------


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


# --- inspecting the store -------------------------------------------------------------------------------------


class Snapshot(Protocol):
    """One state of the store, read without holding anybody up; every answer comes in pages of bounded size."""

    def count(self) -> int:
        """How many documents there are."""

    def series(self) -> Sequence[SeriesFacts]:
        """Every series that ever was."""

    def rows(self) -> Iterator[RowFacts]:
        """Every row of the register, by series, period and number."""

    def doubled(self) -> Iterator[Doubled]:
        """Symbols that stand more than once in an issuer's year, by the rows' dates."""

    def documents(self, after: str = "") -> Sequence[DocumentFacts]:
        """The next documents in order of id, those after ``after``; empty at the end."""

    def dangling(self) -> Iterator[tuple[str, str, int]]:
        """Tables with rows that refer to what is not there: table, table referred to, how many rows."""

    def damage(self, *, quick: bool) -> Iterator[str]:
        """What the database itself finds wrong with its file, in its own words."""

    def requests_left(self, before: datetime) -> int:
        """How many repeated requests (Idempotency-Key) have been without an answer since before a moment."""


class Ledger(Protocol):
    """A list of named blobs, too long for memory, kept only while it is open."""

    def note(self, blobs: Iterable[BlobNamed]) -> None:
        """Add."""

    def count(self) -> int:
        """How many different blobs are named."""

    def in_order(self) -> Iterator[BlobNamed]:
        """All, by digest."""


class Inspection(Protocol):
    """The store as whoever looks after it sees it."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """One state, until the end of the block; writers go on meanwhile."""

    def ledger(self) -> AbstractContextManager[Ledger]:
        """An empty ledger."""

    def forget_requests(self, before: datetime) -> int:
        """Remove requests that were left without an answer; how many."""


class BlobShelf(Protocol):
    """The blobs as they lie there, named by a document or not."""

    def walk(self) -> Iterator[BlobSeen]:
        """Every blob, by digest. Those that came or went meanwhile may be there or not."""

    def discard(self, sha256: str, before: datetime) -> bool:
        """Remove a blob unless it was put, anew too, after ``before``; whether it was removed."""

    def leftovers(self) -> Iterator[BlobSeen]:
        """Files without a name yet (``sha256`` is the file's): somebody writes them, or a crash left them."""


class FileMeasure(Protocol):
    """What can be told of a file without judging it."""

    def planned(self, plan: bytes) -> int:
        """How many bytes the file has that a signing plan was made for. ValueError if it is no plan."""

    def ends_signed(self, file: Content) -> bool:
        """Whether the last signature in the file reaches its last byte. Cheap; judges no signature."""


# --- backup and restore ---------------------------------------------------------------------------------------


class Dump(Protocol):
    """All rows of the store in one state."""

    @property
    def revision(self) -> str:
        """The schema's."""

    def tables(self) -> Iterator[TableDump]:
        """Each table after those that it refers to; its rows are to be read before the next table."""

    def blobs(self) -> Iterator[str]:
        """The digest of every blob that these rows name, each once."""


class Tables(Protocol):
    """The rows of a store, out and in."""

    def dump(self) -> AbstractContextManager[Dump]:
        """One state, until the end of the block; writers go on meanwhile."""

    def ready(self, revision: str) -> None:
        """Refuse what ``load`` would refuse."""

    def load(self, revision: str, tables: Iterator[TableDump]) -> None:
        """Fill an empty database, all or nothing, and bring it up to date.

        CONFLICT ``store-not-empty``; UNAVAILABLE ``store-newer``.
        """


class ArchiveWriting(Protocol):
    """A backup that is being made."""

    name: str
    """What it is called; "" until it is complete."""
    revision: str

    def table(self, dumped: TableDump) -> int:
        """Keep a table; how many rows."""

    def name_blobs(self, names: Iterable[str]) -> int:
        """Keep the list of blobs; how many."""

    def missing(self) -> Iterator[str]:
        """Those of the list that no earlier backup has brought."""

    def blob(self, content: Content) -> None:
        """Keep a blob."""

    def lost(self, sha256: str) -> None:
        """Note that a blob of the list was not to be had."""

    def file(self, kept: KeptFile) -> None:
        """Keep a file of the settings."""


class ArchiveReading(Protocol):
    """A backup whose manifest, tables and settings were compared with their digests."""

    revision: str

    def tables(self) -> Iterator[TableDump]:
        """As they were kept."""

    def blobs(self) -> Iterator[str]:
        """Digests of its blobs, without those that were lost."""

    def blob(self, sha256: str) -> Content:
        """UNSUITABLE ``backup-damaged`` if it is away or has not its digest any more."""

    def report(self) -> BackupReport:
        """What it holds."""


class Archive(Protocol):
    """Where backups are kept, each with a name; blobs that several name are kept once."""

    def write(self, moment: datetime, program: str) -> AbstractContextManager[ArchiveWriting]:
        """A new backup: it is there, and durable, on a clean exit of the block; otherwise nothing of it is."""

    def read(self, name: str = "") -> ArchiveReading:
        """A backup, by default the newest. NOT_FOUND ``no-backup``; UNSUITABLE ``backup-damaged``."""
