"""Backups in a folder: one subfolder for each, and below ``blobs`` every file that any of them names, once.

::

    20261127T064500Z/
      manifest.json      what there is, with digests; schema and program
      manifest.sha256    its digest: whoever changes one byte is found
      tables/*.jsonl.gz  the rows, one JSON array a line
      blobs.txt          digests of the blobs that the rows name
      settings/*         the settings files and what they name, without passwords and PINs
    blobs/ab/abcd…       as in the store, revisions as tails: a later backup copies what is new

A backup is made under a name that nobody takes for one, and gets its own when all of it is on the disk.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signer.errors import Kind, SignerError
from signer.model import Content
from signer.model.backup import BackupReport, KeptFile, TableDump
from signer.storage.blobs import FileBlobs
from signer.storage.folders import sync_folder

FORMAT = 1
_MANIFEST, _SEAL, _BLOBS, _NAMED = "manifest.json", "manifest.sha256", "blobs", "blobs.txt"
_PARTIAL = ".partial-"


class FolderArchive:
    """``signer.ports.Archive`` in a folder, which is made if need be. OSError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def write(self, moment: datetime, program: str) -> Iterator[FolderWriting]:
        """As the port says."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stamp = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        partial = self._folder / f"{_PARTIAL}{secrets.token_hex(4)}"
        partial.mkdir(mode=0o700)
        try:
            writing = FolderWriting(partial, FileBlobs(self._folder / _BLOBS))
            yield writing
            name = next(name for name in _names(stamp) if not (self._folder / name).exists())
            writing.seal({"format": FORMAT, "program": program, "made_at": moment.isoformat(), "name": name})
            for folder in (partial / "tables", partial / "settings", partial):
                sync_folder(folder)
            partial.rename(self._folder / name)
            sync_folder(self._folder)
            writing.name = name
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise

    def read(self, name: str = "") -> FolderReading:
        """As the port says."""
        found = sorted(path.parent.name for path in self._folder.glob(f"[0-9]*/{_MANIFEST}"))
        if not found or (name and name not in found):
            raise SignerError(
                Kind.NOT_FOUND,
                "no-backup",
                f"Không có bản sao lưu {name or 'nào'} trong “{self._folder}”.",
                f"There is no backup {name or 'at all'} in “{self._folder}”.",
                where=name or str(self._folder),
            )
        return FolderReading(self._folder / (name or found[-1]), FileBlobs(self._folder / _BLOBS))


class FolderWriting:
    """``signer.ports.ArchiveWriting``."""

    def __init__(self, folder: Path, blobs: FileBlobs) -> None:
        self.name = self.revision = ""
        self._folder, self._blobs = folder, blobs
        self._tables: list[dict[str, object]] = []
        self._files: list[dict[str, str]] = []
        self._named: dict[str, object] = {}
        self._lost: list[str] = []
        for part in ("tables", "settings"):
            (folder / part).mkdir(mode=0o700)

    def table(self, dumped: TableDump) -> int:
        """As the port says."""
        path = self._folder / "tables" / f"{dumped.name}.jsonl.gz"
        count = 0
        with _new(path) as raw, gzip.GzipFile(filename="", mode="wb", compresslevel=3, fileobj=raw, mtime=0) as packed:
            for row in dumped.rows:
                count += 1
                packed.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n")
        self._tables.append(
            {"name": dumped.name, "columns": dict(dumped.columns), "rows": count, "sha256": _digest(path)}
        )
        return count

    def name_blobs(self, names: Iterable[str]) -> int:
        """As the port says."""
        path, count = self._folder / _NAMED, 0
        with _new(path) as file:
            for sha256 in names:
                count += 1
                file.write(f"{sha256}\n".encode("ascii"))
        self._named = {"count": count, "sha256": _digest(path)}
        return count

    def missing(self) -> Iterator[str]:
        """As the port says."""
        with (self._folder / _NAMED).open(encoding="ascii") as file:
            for line in file:
                sha256 = line.rstrip("\n")
                if not self._blobs.has(sha256):
                    yield sha256

    def blob(self, content: Content) -> None:
        """As the port says."""
        self._blobs.put(content)

    def file(self, kept: KeptFile) -> None:
        """As the port says."""
        name = f"{len(self._files):03}-{kept.path.name}"
        with _new(self._folder / "settings" / name) as file:
            file.write(kept.data)
        self._files.append({"name": name, "from": str(kept.path), "sha256": hashlib.sha256(kept.data).hexdigest()})

    def lost(self, sha256: str) -> None:
        """As the port says."""
        self._lost.append(sha256)

    def seal(self, head: Mapping[str, object]) -> None:
        """Write down what there is, and the digest of that."""
        told = {
            **head,
            "schema": self.revision,
            "tables": self._tables,
            "blobs": {**self._named, "lost": self._lost},
            "settings": self._files,
        }
        data = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
        for name, content in ((_MANIFEST, data), (_SEAL, f"{hashlib.sha256(data).hexdigest()}\n".encode("ascii"))):
            with _new(self._folder / name) as file:
                file.write(content)


class FolderReading:
    """``signer.ports.ArchiveReading``. Made only of a backup whose every file has its digest."""

    def __init__(self, folder: Path, blobs: FileBlobs) -> None:
        self._folder, self._blobs = folder, blobs
        self._told = self._checked()
        self.revision = str(self._told["schema"])

    def tables(self) -> Iterator[TableDump]:
        """As the port says."""
        for table in self._told["tables"]:
            yield TableDump(table["name"], table["columns"], self._rows(table["name"]))

    def blobs(self) -> Iterator[str]:
        """As the port says."""
        lost = frozenset(self._told["blobs"]["lost"])
        with (self._folder / _NAMED).open(encoding="ascii") as file:
            yield from (sha256 for line in file if (sha256 := line.rstrip("\n")) not in lost)

    def blob(self, sha256: str) -> Content:
        """As the port says."""
        try:
            return self._blobs.get(sha256)
        except SignerError as error:
            if error.code != "blob-missing":
                raise
            raise damaged_backup(f"blobs/{sha256}") from error

    def report(self) -> BackupReport:
        """As the port says."""
        told = self._told
        return BackupReport(
            name=str(told["name"]),
            revision=self.revision,
            rows={table["name"]: table["rows"] for table in told["tables"]},
            blobs=told["blobs"]["count"],
            new_blobs=0,
            lost=tuple(told["blobs"]["lost"]),
            files=tuple(each["from"] for each in told["settings"]),
        )

    def _rows(self, name: str) -> Iterator[list[Any]]:
        with gzip.open(self._folder / "tables" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def _checked(self) -> dict[str, Any]:
        """The manifest, once it and all that it lists (but the blobs, which name themselves) are what they were."""
        try:
            data = (self._folder / _MANIFEST).read_bytes()
            sealed = (self._folder / _SEAL).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise damaged_backup(_SEAL) from error
        if hashlib.sha256(data).hexdigest() != sealed:
            raise damaged_backup(_MANIFEST)
        told: dict[str, Any] = json.loads(data)
        if told["format"] != FORMAT:
            raise SignerError(
                Kind.UNSUPPORTED,
                "backup-newer",
                "Bản sao lưu do một phiên bản phần mềm mới hơn tạo ra.",
                f"The backup is of form {told['format']}, made by a newer program ({told['program']}).",
            )
        listed = [(f"tables/{table['name']}.jsonl.gz", table["sha256"]) for table in told["tables"]]
        listed += [(f"settings/{each['name']}", each["sha256"]) for each in told["settings"]]
        for name, sha256 in [*listed, (_NAMED, told["blobs"]["sha256"])]:
            path = self._folder / name
            if not path.is_file() or _digest(path) != sha256:
                raise damaged_backup(name)
        return told


def _names(stamp: str) -> Iterator[str]:
    yield stamp
    yield from (f"{stamp}-{number}" for number in range(2, 1000))


@contextmanager
def _new(path: Path) -> Iterator[Any]:
    """A file that only its owner reads, on the disk when the block ends."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged_backup(name: str) -> SignerError:
    """A part of a backup is not what it was."""
    return SignerError(
        Kind.UNSUITABLE,
        "backup-damaged",
        f"Bản sao lưu hỏng hoặc đã bị sửa: “{name}” không khớp mã băm. Không khôi phục gì cả.",
        f"The backup is damaged or was changed: “{name}” has not its digest. Nothing was restored.",
        where=name,
    )
