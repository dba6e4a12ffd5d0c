"""A backup: tables as rows of plain JSON values, and what is known of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Plain = str | int | float | bool | None | list[object] | dict[str, object]
"""A value as JSON has it; bytes are base64, days and moments ISO 8601."""


@dataclass(frozen=True, slots=True)
class TableDump:
    """A table: its columns with what each holds (text, whole, real, flag, bytes, json, day, moment), and its rows."""

    name: str
    columns: Mapping[str, str]
    rows: Iterator[Sequence[Plain]]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that the settings are, or name: where it lies, and its bytes without what is secret."""

    path: Path
    data: bytes


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, or what was restored: name, revision of the schema, rows by table, blobs.

    ``lost``: blobs that rows name and that were not to be had when the backup was made.
    """

    name: str
    revision: str
    rows: Mapping[str, int]
    blobs: int
    new_blobs: int
    lost: tuple[str, ...]
    files: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "name": self.name,
            "schema": self.revision,
            "documents": self.rows.get("documents", 0),
            "rows": sum(self.rows.values()),
            "blobs": self.blobs,
            "new_blobs": self.new_blobs,
            "lost": list(self.lost),
            "files": list(self.files),
        }
