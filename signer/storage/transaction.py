"""One unit of work over documents, numbers and the office."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from signer.errors import SignerError, unknown_document
from signer.model import (
    VIETNAM,
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
from signer.ports import Claim
from signer.storage import attachments as a
from signer.storage import courses as c
from signer.storage import documents as d
from signer.storage import events as e
from signer.storage import idempotency as i
from signer.storage import office as offices
from signer.storage import reading, refusals
from signer.storage import register as r
from signer.storage.errors import breaks_foreign_key
from signer.storage.prepared import Executor, Statement
from signer.storage.tables import documents, file_revisions, register

PAGE_LIMIT = 1000
"""Documents that one call of ``documents`` returns at most."""


def _insert_if_new(table: sa.Table) -> Statement:
    # A conflict that is an answer must not abort the transaction, as an error would on PostgreSQL.
    # A row comes back if, and only if, it was inserted.
    key = next(iter(table.primary_key.columns))
    return Statement(
        {
            "sqlite": sqlite.insert(table).on_conflict_do_nothing().returning(key),
            "postgresql": postgresql.insert(table).on_conflict_do_nothing().returning(key),
        }
    )


_RESERVE = _insert_if_new(register)
_ADD_DOCUMENT = _insert_if_new(documents)
_ADD_REVISION = _insert_if_new(file_revisions)
_PUT_LOCK = sa.select(sa.func.pg_advisory_xact_lock(0x6F6666696365))  # "office"


class SqlTransaction:
    """``signer.ports.Transaction``. Belongs to one thread, and to the block that began it."""

    def __init__(self, connection: Connection, offices: dict[str, Office], *, locking: bool = True) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._locking = locking
        self._executor = Executor(connection, writing=locking)
        self._run = self._executor.run
        self._offices = offices
        self._office_changed = False
        self._read: dict[str, Document] = {}
        self._saved: dict[str, Document] = {}
        self._before: dict[str, Document] = {}
        self._added: Counter[tuple[str, bool]] = Counter()
        self._held: dict[str, Numbering] = {}
        self._events: list[Event] = []

    # --- documents

    def document(self, document_id: str) -> Document:
        """As the port says."""
        which = {"id": document_id}
        if self._locking and self._dialect == "postgresql":
            # First, and by itself: a query that waits for one row's lock reads the rows it joins as of before.
            self._run(d.LOCK, which)
        heads = self._run(d.ONE, which).rows
        if not heads:
            raise unknown_document()
        people, signatures = self._run(d.PEOPLE, which).rows, self._run(d.SIGNATURES, which).rows
        files = self._run(a.FILES, which).rows if heads[0].has_files else ()
        relations = self._run(a.RELATIONS, which).rows if heads[0].has_relations else ()
        document = reading.assemble(heads, people, signatures, files, relations)[0]
        self._know(document)
        return document

    def check_unchanged(self, document: Document) -> None:
        """As the port says."""
        row = self._run(d.LOCK if self._dialect == "postgresql" else d.VERSION, {"id": document.id}).first()
        if row is None:
            raise unknown_document(document.id)
        if row.version != document.version:
            raise refusals.changed_meanwhile(document.id)
        self._know(document)  # nothing of it changes without its version: as good as read here and now

    def documents(
        self,
        *,
        agencies: Sequence[str] | None = None,
        state: DocumentState | None = None,
        external_id: str | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[Document]:
        """As the port says; ``limit`` is at most ``PAGE_LIMIT``."""
        self._executor.check(writing=False)
        query = d.PAGE
        if agencies is not None:
            query = query.where(documents.c.agency.in_(list(agencies)))
        if state is not None:
            query = query.where(documents.c.state == state.value)
        if external_id is not None:
            query = query.where(documents.c.external_id == external_id)
        run = self._connection.execute
        heads = run(query, {"after": after, "limit": max(0, min(limit, PAGE_LIMIT))}).all()
        if not heads:
            return []
        which = {"ids": [head.id for head in heads]}
        parts = (d.PEOPLE_OF, d.SIGNATURES_OF, a.FILES_OF, a.RELATIONS_OF)
        return reading.assemble(heads, *(run(part, which) for part in parts))

    def count_documents(self, states: Sequence[DocumentState]) -> Mapping[DocumentState, int]:
        """As the port says."""
        self._executor.check(writing=False)
        counted = self._connection.execute(d.COUNT, {"states": [state.value for state in states]})
        found = {row.state: row.number for row in counted}
        return {state: found.get(state.value, 0) for state in states}

    def documents_with_draft(self, sha256: str, agency: str) -> Sequence[str]:
        """As the port says."""
        return [row.id for row in self._run(d.WITH_DRAFT, {"sha256": sha256, "agency": agency}).rows]

    def add_document(self, document: Document) -> None:
        """As the port says; signatures that it bears already are added as acts.

        CONFLICT ``document-exists`` for an id that is taken, NOT_FOUND ``unknown-agency``. A number is taken
        with ``reserve``, never brought along (ValueError).
        """
        if document.numbering is not None:
            raise ValueError("a number is taken with reserve")
        row = d.head(document) | {"id": document.id, "version": document.version}
        try:
            added = self._run(_ADD_DOCUMENT, row).first()
        except IntegrityError as error:
            if not breaks_foreign_key(error):
                raise
            raise refusals.unknown_agency(document.metadata.agency) from error
        if added is None:
            raise refusals.document_exists(document.id)
        if document.sha256:
            self._run(d.ADD_FILE, d.main_file(document) | {"document_id": document.id, "ordinal": d.MAIN})
            self._note_revision(document.id, d.MAIN, document.sha256, document.version)
        for file in a.rows(document):
            self._run(a.ADD_FILE, file)
            self._note_revision(document.id, file["ordinal"], file["sha256"], document.version)
        self._add_people(document)
        for relation in document.metadata.relations:
            self.relate(document.id, relation, document.created_at)
        for record in document.signatures:
            self.add_signature(document.id, record)
        for ordinal, attachment in enumerate(document.attachments, start=1):
            if attachment.signature is not None:
                self.add_signature(document.id, attachment.signature, ordinal)

    def save_document(self, document: Document) -> None:
        """As the port says.

        Signatures and the number live in their own rows (``add_signature``, ``reserve``): before the
        transaction commits, a document that speaks of one that was never added is a ValueError.
        """
        before = self._read.pop(document.id, None)
        if before is not None and not d.same_otherwise(before, document):
            raise ValueError("what was said of a document when it came in stays")
        same = {"same_id": document.id, "same_version": document.version}
        row = d.moving(document) | {"version": document.version + 1}
        if not self._run(d.UPDATE, same | row).touched:
            state = self._run(d.STATE, {"id": document.id}).first()
            if state is not None and state.state == DocumentState.RECALLED.value:
                raise refusals.frozen(document.id)
            raise refusals.changed_meanwhile(document.id)
        self._save_files(document, before)
        self._saved[document.id] = document
        if before is not None:
            self._before[document.id] = before
            if before.numbering is not None:
                self._held.setdefault(document.id, before.numbering)

    def _save_files(self, document: Document, before: Document | None) -> None:
        """Each file whose newest revision is another than before."""
        version = document.version + 1
        if document.sha256 and (before is None or d.newest(before) != d.newest(document)):
            same = {"same_id": document.id, "same_ordinal": d.MAIN}
            self._run(d.UPDATE_FILE, same | d.newest(document))
            self._note_revision(document.id, d.MAIN, document.sha256, version)
        if before is not None and before.attachments == document.attachments:
            return
        for ordinal, attachment in enumerate(document.attachments, start=1):
            same = {"same_id": document.id, "same_ordinal": ordinal}
            if not self._run(d.UPDATE_FILE, same | a.newest(attachment)).touched:
                raise ValueError("attachments come with the document, none is added later")
            self._note_revision(document.id, ordinal, attachment.sha256, version)

    def add_signature(self, document_id: str, record: SignatureRecord, file: int = d.MAIN) -> None:
        """As the port says. CONFLICT ``already-signed`` if the field bears a signature."""
        try:
            self._run(d.ADD_ACT, d.act(document_id, record, file))
        except IntegrityError as error:
            if breaks_foreign_key(error):
                raise ValueError("a signature needs its document") from error
            raise refusals.already_signed(record.field) from error
        self._added[document_id, file != d.MAIN] += 1

    def relate(self, document_id: str, relation: Relation, now: datetime) -> None:
        """As the port says."""
        try:
            self._run(a.RELATE, a.relation_row(document_id, relation, now))
        except IntegrityError as error:
            if not breaks_foreign_key(error):
                raise
            raise unknown_document() from error

    def relations_to(self, document_id: str) -> Sequence[tuple[str, Relation]]:
        """As the port says."""
        return [(row.document_id, a.relation(row)) for row in self._run(a.RELATIONS_TO, {"id": document_id}).rows]

    # --- numbers

    def last_number(self, series: str, period: str, *, standing: bool = False) -> Numbering | None:
        """As the port says. NOT_FOUND ``unknown-series``."""
        if self._run(r.LOCK_SERIES, {"series": series}).first() is None:
            raise refusals.unknown_series(series)
        row = self._run(r.LAST_STANDING if standing else r.LAST, {"series": series, "period": period}).first()
        return None if row is None else r.numbering(row)

    def later_number(self, series: str, year: str) -> Numbering | None:
        """As the port says."""
        row = self._run(r.LATER_STANDING, {"series": series, "year": year}).first()
        return None if row is None else r.numbering(row)

    def numbered(self, series: str, period: str, number: int) -> RegisterEntry | None:
        """As the port says."""
        row = self._run(r.NUMBERED, {"series": series, "period": period, "number": number}).first()
        return None if row is None else r.entry(row)

    def reserve(self, entry: RegisterEntry, numbering: Numbering) -> None:
        """As the port says; the transaction can go on after ``number-taken``.

        CONFLICT ``already-numbered`` for a document that holds a number.
        """
        try:
            taken = self._run(_RESERVE, r.row(entry, numbering)).first()
        except IntegrityError as error:
            if not breaks_foreign_key(error):
                raise
            raise refusals.unknown_series(entry.series) from error
        if taken is None:
            raise self._refused_number(entry)
        self._held[entry.document_id] = numbering

    def save_entry(self, entry: RegisterEntry) -> None:
        """As the port says.

        CONFLICT ``entry-final`` for a void row, or one that would go back to reserved; a changed number,
        symbol or date is a ValueError.
        """
        if self._run(r.UPDATE[entry.state], r.change(entry)).touched:
            return
        stored = self.entry(entry.document_id)
        if stored is None or (stored.series, stored.period, stored.number, stored.symbol, stored.date) != (
            entry.series,
            entry.period,
            entry.number,
            entry.symbol,
            entry.date,
        ):
            raise ValueError("number, symbol and date of a row never change")
        state = self._run(d.STATE, {"id": entry.document_id}).first()
        if state is not None and state.state == DocumentState.RECALLED.value:
            raise refusals.frozen(entry.document_id)
        raise refusals.entry_final(stored)

    def entry(self, document_id: str) -> RegisterEntry | None:
        """As the port says."""
        row = self._run(r.OF_DOCUMENT, {"document_id": document_id}).first()
        return None if row is None else r.entry(row)

    def add_change(self, document_id: str, change: RegisterChange) -> None:
        """As the port says. A document without a row is a ValueError."""
        row = self.entry(document_id)
        if row is None:
            raise ValueError("only a row of the register can be changed")
        self._run(r.ADD_CHANGE, r.change_row(row, change))

    def changes(self, document_id: str) -> Sequence[RegisterChange]:
        """As the port says."""
        return [r.noted(row) for row in self._run(r.CHANGES, {"document_id": document_id}).rows]

    def courses(self, agency: str, since: datetime, until: datetime) -> Iterator[Course]:
        """As the port says; to be read within the transaction."""
        self._executor.check(writing=False)
        days = {"first_day": since.astimezone(VIETNAM).date(), "next_day": until.astimezone(VIETNAM).date()}
        span = {"agency": agency, "since": since, "until": until, **days}
        return map(c.course, self._connection.execute(c.OF_TIME, span))

    def register(
        self, agency: str, year: int, after: tuple[str, str, int] | None = None, limit: int | None = None
    ) -> Iterator[RegisterEntry]:
        """As the port says; to be read within the transaction."""
        self._executor.check(writing=False)
        query = r.OF_YEAR if after is None else r.OF_YEAR.where(sa.tuple_(*after) < r.KEY)
        return map(r.entry, self._connection.execute(query.limit(limit), {"agency": agency, "year": year}))

    # --- events

    def record(self, event: Event) -> None:
        """As the port says. Written when the transaction ends, in the writer's turn."""
        self._executor.check(writing=True)
        self._events.append(event)

    def events(self, after: int, *, agencies: Sequence[str] | None = None, limit: int = 100) -> Sequence[Event]:
        """As the port says; ``limit`` is at most ``PAGE_LIMIT``."""
        self._executor.check(writing=False)
        which = {"after": after, "limit": max(0, min(limit, PAGE_LIMIT))}
        return [e.event(row) for row in self._connection.execute(e.after(agencies), which)]

    def last_event(self, document_id: str) -> Event | None:
        """As the port says."""
        row = self._run(e.LAST, {"id": document_id}).first()
        return None if row is None else e.event(row)

    def answer(self, claim: Claim, answer: bytes) -> None:
        """As the port says."""
        if not self._run(i.ANSWER, i.answer_row(claim, answer)).touched:
            raise i.taken_over()

    # --- the office

    def office(self) -> Office:
        """As the port says; kept in the process for as long as nobody puts another."""
        digest = self._office_digest()
        if digest is None:
            return offices.EMPTY
        if (known := self._offices.get(digest)) is not None:
            return known
        office = offices.read(self._connection)
        if not self._office_changed:  # what is not committed yet is nobody else's business
            self._offices.clear()
            self._offices[digest] = office
        return office

    def put_office(self, office: Office, now: datetime) -> None:
        """As the port says. MALFORMED ``office-inconsistent`` if it refers to what it does not hold."""
        self._executor.check(writing=True)
        if self._dialect == "postgresql":
            self._connection.execute(_PUT_LOCK)
        if self._office_digest() == offices.digest(office):
            return
        self._office_changed = True
        try:
            offices.put(self._connection, office, now)
        except IntegrityError as error:
            if not breaks_foreign_key(error):
                raise
            raise refusals.office_inconsistent() from error

    # --- the end of the unit of work

    def settle(self) -> None:
        """Before the commit: what saved documents say of signatures and numbers must have been stored; then events."""
        for document in self._saved.values():
            told, stored = _signed(document), self._signatures_of(document.id)
            if told[0] > stored[0] or told[1] > stored[1]:
                raise ValueError("a signature is stored with add_signature")
            if document.numbering is not None and document.numbering != self._number_of(document.id):
                raise ValueError("a number is taken with reserve, and never changes")
        if self._events and self._dialect == "postgresql":
            self._connection.execute(e.TURN)
        for event in self._events:
            self._run(e.RECORD, e.row(event))

    def _signatures_of(self, document_id: str) -> tuple[int, int]:
        """How many signatures are stored on the main file and on attachments."""
        before = self._before.get(document_id)
        if before is None:
            files = [row.file for row in self._run(d.SIGNED_FILES, {"id": document_id}).rows]
            return files.count(d.MAIN), len(files) - files.count(d.MAIN)
        main, attached = _signed(before)
        return main + self._added[document_id, False], attached + self._added[document_id, True]

    def _number_of(self, document_id: str) -> Numbering | None:
        if document_id in self._held:
            return self._held[document_id]
        row = self._run(r.OF_DOCUMENT, {"document_id": document_id}).first()
        return None if row is None else r.numbering(row)

    def _know(self, document: Document) -> None:
        """Remember what the store says of it now: what is saved later is compared with it, and not asked again."""
        self._read[document.id] = document
        self._added[document.id, False] = self._added[document.id, True] = 0

    def _note_revision(self, document_id: str, file: int, sha256: str, version: int) -> None:
        row = {"document_id": document_id, "file": file, "sha256": sha256, "version": version}
        self._run(_ADD_REVISION, row)

    def _add_people(self, document: Document) -> None:
        for table, rows in d.people(document).items():
            for row in rows:
                self._run(d.ADD_PEOPLE[table], row)

    def _refused_number(self, entry: RegisterEntry) -> SignerError:
        if self.entry(entry.document_id) is not None:
            return refusals.already_numbered(entry.document_id)
        return refusals.number_taken(entry)

    def _office_digest(self) -> str | None:
        row = self._run(offices.DIGEST, {}).first()
        return None if row is None else str(row.digest)


def _signed(document: Document) -> tuple[int, int]:
    """How many signatures a document speaks of on its main file and on attachments."""
    return len(document.signatures), sum(each.signature is not None for each in document.attachments)
