"""The store: units of work over documents, numbers and the office."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from signer.errors import Kind, SignerError
from signer.model import (
    Document,
    DocumentState,
    Numbering,
    Office,
    RegisterEntry,
    SignatureRecord,
)
from signer.storage import documents as d
from signer.storage import office as offices
from signer.storage import register as r
from signer.storage.database import Database
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


class SqlStore:
    """``signer.ports.Store`` over SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._offices: dict[str, Office] = {}

    def __repr__(self) -> str:
        return f"SqlStore({self.database!r})"

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """As the port says."""
        with self.database.begin() as connection:
            work = SqlTransaction(connection, self._offices)
            yield work
            work.settle()

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """A transaction that only reads one state of the store, and waits for no writer.

        Writing in it is a fault of the caller (the database refuses).
        """
        with self.database.begin_reading() as connection:
            yield SqlTransaction(connection, self._offices, locking=False)

    def ping(self) -> None:
        """As the port says."""
        self.database.ping()

    def close(self) -> None:
        """Close this process's connections."""
        self.database.close()


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
        self._signed: dict[str, int] = {}
        self._held: dict[str, Numbering] = {}

    # --- documents

    def document(self, document_id: str) -> Document:
        """As the port says."""
        which = {"id": document_id}
        if self._locking and self._dialect == "postgresql":
            # First, and by itself: a query that waits for one row's lock reads the rows it joins as of before.
            self._run(d.LOCK, which)
        heads = self._run(d.ONE, which).rows
        if not heads:
            raise SignerError(
                Kind.NOT_FOUND,
                "unknown-document",
                "Không có văn bản này.",
                "There is no such document.",
                where=document_id[:64],
            )
        document = d.assemble(heads, self._run(d.PEOPLE, which).rows, self._run(d.SIGNATURES, which).rows)[0]
        self._read[document_id] = document
        return document

    def documents(
        self,
        *,
        agencies: Sequence[str] | None = None,
        state: DocumentState | None = None,
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
        run = self._connection.execute
        heads = run(query, {"after": after, "limit": max(0, min(limit, PAGE_LIMIT))}).all()
        if not heads:
            return []
        which = {"ids": [head.id for head in heads]}
        return d.assemble(heads, run(d.PEOPLE_OF, which), run(d.SIGNATURES_OF, which))

    def documents_with_draft(self, sha256: str) -> Sequence[str]:
        """As the port says."""
        return [row.id for row in self._run(d.WITH_DRAFT, {"sha256": sha256}).rows]

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
            raise SignerError(
                Kind.NOT_FOUND,
                "unknown-agency",
                "Không có cơ quan ban hành này.",
                "There is no such issuer.",
                where=document.metadata.agency[:64],
            ) from error
        if added is None:
            raise SignerError(
                Kind.CONFLICT,
                "document-exists",
                "Đã có văn bản mang mã này.",
                "A document with this id exists.",
                where=document.id[:64],
            )
        self._run(d.ADD_FILE, d.main_file(document) | {"document_id": document.id, "ordinal": d.MAIN})
        self._note_revision(document, document.version)
        self._add_people(document)
        for record in document.signatures:
            self.add_signature(document.id, record)

    def save_document(self, document: Document) -> None:
        """As the port says.

        Signatures and the number live in their own rows (``add_signature``, ``reserve``): before the
        transaction commits, a document that speaks of one that was never added is a ValueError.
        """
        same = {"same_id": document.id, "same_version": document.version}
        row = d.head(document) | {"version": document.version + 1}
        if not self._run(d.UPDATE, same | row).touched:
            raise SignerError(
                Kind.CONFLICT,
                "changed-meanwhile",
                "Văn bản đã được người khác thay đổi trong lúc này; hãy tải lại rồi thử lại.",
                "The document was changed meanwhile; read it again and try again.",
                where=document.id[:64],
            )
        before = self._read.pop(document.id, None)
        if before is None or d.main_file(before) != d.main_file(document):
            self._run(d.UPDATE_FILE, {"same_id": document.id} | d.main_file(document))
        if before is None or before.sha256 != document.sha256:
            self._note_revision(document, document.version + 1)
        self._replace_people(document, before)
        self._saved[document.id] = document
        if before is not None:
            self._signed.setdefault(document.id, len(before.signatures))
            if before.numbering is not None:
                self._held.setdefault(document.id, before.numbering)

    def add_signature(self, document_id: str, record: SignatureRecord) -> None:
        """As the port says. CONFLICT ``already-signed`` if the field bears a signature."""
        try:
            added = self._run(d.ADD_ACT, d.act(document_id, record))
        except IntegrityError as error:
            if breaks_foreign_key(error):
                raise ValueError("a signature needs its document") from error
            raise SignerError(
                Kind.CONFLICT,
                "already-signed",
                f"Trường {record.field} đã có chữ ký số.",
                f"The field {record.field} is signed already.",
                where=record.field,
            ) from error
        self._signed[document_id] = added.rows[0].ordinal

    # --- numbers

    def last_number(self, series: str, period: str) -> Numbering | None:
        """As the port says. NOT_FOUND ``unknown-series``."""
        if self._run(r.LOCK_SERIES, {"series": series}).first() is None:
            raise self._unknown_series(series)
        row = self._run(r.LAST, {"series": series, "period": period}).first()
        return None if row is None else r.numbering(row)

    def reserve(self, entry: RegisterEntry, numbering: Numbering) -> None:
        """As the port says; the transaction can go on after ``number-taken``.

        CONFLICT ``already-numbered`` for a document that holds a number.
        """
        try:
            taken = self._run(_RESERVE, r.row(entry, numbering)).first()
        except IntegrityError as error:
            if not breaks_foreign_key(error):
                raise
            raise self._unknown_series(entry.series) from error
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
        raise SignerError(
            Kind.CONFLICT,
            "entry-final",
            "Số này đã được kết thúc trong sổ đăng ký, không thể trở lại trạng thái trước.",
            f"The row of the register is {stored.state.value} and cannot go back.",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where=entry.symbol,
        )

    def entry(self, document_id: str) -> RegisterEntry | None:
        """As the port says."""
        row = self._run(r.OF_DOCUMENT, {"document_id": document_id}).first()
        return None if row is None else r.entry(row)

    def register(self, agency: str, year: int) -> Iterator[RegisterEntry]:
        """As the port says; to be read within the transaction."""
        self._executor.check(writing=False)
        return map(r.entry, self._connection.execute(r.OF_YEAR, {"agency": agency, "year": year}))

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
            raise SignerError(
                Kind.MALFORMED,
                "office-inconsistent",
                "Cấu hình cơ quan nhắc đến một cơ quan, người hoặc sổ số không được khai báo.",
                "The office refers to an organisation, issuer, person or series that it does not declare.",
            ) from error

    # --- the end of the unit of work

    def settle(self) -> None:
        """Before the commit: what saved documents say of signatures and numbers must have been stored."""
        for document in self._saved.values():
            stored = self._signed.get(document.id)
            if stored is None and document.signatures:
                stored = len(self._run(d.SIGNATURES, {"id": document.id}).rows)
            if len(document.signatures) > (stored or 0):
                raise ValueError("a signature is stored with add_signature")
            if document.numbering is not None and document.numbering != self._number_of(document.id):
                raise ValueError("a number is taken with reserve, and never changes")

    def _number_of(self, document_id: str) -> Numbering | None:
        if document_id in self._held:
            return self._held[document_id]
        row = self._run(r.OF_DOCUMENT, {"document_id": document_id}).first()
        return None if row is None else r.numbering(row)

    def _note_revision(self, document: Document, version: int) -> None:
        self._run(
            _ADD_REVISION,
            {"document_id": document.id, "file": d.MAIN, "sha256": document.sha256, "version": version},
        )

    def _add_people(self, document: Document) -> None:
        for table, rows in d.people(document).items():
            for row in rows:
                self._run(d.ADD_PEOPLE[table], row)

    def _replace_people(self, document: Document, before: Document | None) -> None:
        wanted = d.people(document)
        stored = (
            d.people(before) if before is not None else d.stored_people(self._run(d.PEOPLE, {"id": document.id}).rows)
        )
        if stored == wanted:
            return
        for table in wanted:
            self._run(d.REMOVE_PEOPLE[table], {"id": document.id})
        self._add_people(document)

    def _refused_number(self, entry: RegisterEntry) -> SignerError:
        if self.entry(entry.document_id) is not None:
            return SignerError(
                Kind.CONFLICT,
                "already-numbered",
                "Văn bản này đã được cấp số.",
                "The document holds a number already.",
                where=entry.document_id[:64],
            )
        return SignerError(
            Kind.CONFLICT,
            "number-taken",
            f"Số {entry.symbol} đã được dùng trong năm {entry.date.year}.",
            f"The number {entry.symbol} is taken in {entry.date.year}.",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where=entry.symbol,
        )

    @staticmethod
    def _unknown_series(series: str) -> SignerError:
        return SignerError(
            Kind.NOT_FOUND,
            "unknown-series",
            "Không có sổ số này.",
            "There is no such series of numbers.",
            where=series[:64],
        )

    def _office_digest(self) -> str | None:
        row = self._run(offices.DIGEST, {}).first()
        return None if row is None else str(row.digest)
