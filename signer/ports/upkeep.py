"""The store as it is, backups of it, and back; each docstring is a contract that the tests check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from signer.model import (
    Content,
)
from signer.model.backup import BackupReport, KeptFile, TableDump
from signer.model.inspection import BlobNamed, BlobSeen, DocumentFacts, Doubled, RowFacts, SeriesFacts


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
