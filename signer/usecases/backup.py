"""Backup and restore: the store as it was at one moment, taken while it serves, and an empty store filled with it.

Consistent without stopping anybody: the rows are read in one state of the database, then the blobs that these rows
name. A blob is written before the row that names it, never changes and is never removed while it is named, so what
the rows name is there whenever one comes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from signer.errors import SignerError
from signer.model.backup import BackupReport, KeptFile, Plain, TableDump
from signer.ports import Archive, ArchiveWriting, Blobs, Clock, Tables

Watch = Callable[[str, int, int], None]
"""Told how far it has come: stage ("rows", "blobs"), done, of how many (0: not known)."""


@dataclass(frozen=True, slots=True)
class Backup:
    """Make one more backup in the archive. ``program`` is this program's version."""

    tables: Tables
    blobs: Blobs
    archive: Archive
    clock: Clock
    program: str

    def __call__(self, files: Iterable[KeptFile], watch: Watch = lambda *_: None) -> BackupReport:
        """The backup is there, and durable, when this returns. A blob that is gone is told, the rest is kept."""
        with self.archive.write(self.clock.now(), self.program) as writing:
            with self.tables.dump() as dump:
                writing.revision = dump.revision
                rows = {dumped.name: writing.table(_watched(dumped, watch)) for dumped in dump.tables()}
                blobs = writing.name_blobs(dump.blobs())
            new, lost = self._copy(writing, blobs, watch)
            kept = list(files)
            for file in kept:
                writing.file(file)
        told = tuple(str(file.path) for file in kept)
        return BackupReport(writing.name, writing.revision, rows, blobs, new, lost, told)

    def _copy(self, writing: ArchiveWriting, count: int, watch: Watch) -> tuple[int, tuple[str, ...]]:
        # Counted before: with a revision comes the file that it continues, which is not missing any more then.
        new, lost = sum(1 for _ in writing.missing()), []
        for done, sha256 in enumerate(writing.missing(), start=1):
            try:
                writing.blob(self.blobs.get(sha256))
            except SignerError as error:
                if error.code != "blob-missing":
                    raise
                writing.lost(sha256)
                lost.append(sha256)
            watch("blobs", done, count)
        return new - len(lost), tuple(lost)


@dataclass(frozen=True, slots=True)
class Restore:
    """Fill an empty store from a backup: blobs first, then all rows at once: nothing ever names what is not there."""

    tables: Tables
    blobs: Blobs
    archive: Archive

    def __call__(self, name: str = "", watch: Watch = lambda *_: None) -> BackupReport:
        """From the backup ``name``, by default the newest.

        CONFLICT ``store-not-empty``; UNAVAILABLE ``store-newer``; UNSUITABLE ``backup-damaged``: then the database is
        as empty as before. Blobs that were copied already do no harm, and are not copied twice.
        """
        reading = self.archive.read(name)
        self.tables.ready(reading.revision)
        told, done = reading.report(), 0
        for done, sha256 in enumerate(reading.blobs(), start=1):
            self.blobs.put(reading.blob(sha256))
            watch("blobs", done, told.blobs)
        self.tables.load(reading.revision, (_watched(dumped, watch) for dumped in reading.tables()))
        return replace(told, new_blobs=done)


def _watched(dumped: TableDump, watch: Watch) -> TableDump:
    def counted() -> Iterator[Sequence[Plain]]:
        for number, row in enumerate(dumped.rows, start=1):
            if number % 1000 == 0:
                watch("rows", number, 0)
            yield row

    return replace(dumped, rows=counted())
