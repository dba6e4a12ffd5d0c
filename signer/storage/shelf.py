"""The blobs as they lie in their folder: for whoever inspects the store and clears away what nobody names."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from signer.model.inspection import BlobSeen
from signer.storage.blobs import INCOMING
from signer.storage.errors import unavailable

_HEX = frozenset("0123456789abcdef")


class FileShelf:
    """``signer.ports.BlobShelf`` over the folder of ``FileBlobs``. UNAVAILABLE where there is no such folder."""

    def __init__(self, folder: Path) -> None:
        if not (folder / INCOMING).is_dir():  # a disk that is not mounted must not look like an empty store
            raise unavailable()
        self._folder = folder

    def walk(self) -> Iterator[BlobSeen]:
        """As the port says."""
        for first in _folders(self._folder):
            for second in _folders(first):
                yield from _files(second)

    def discard(self, sha256: str, before: datetime) -> bool:
        """As the port says.

        Two steps, so that a ``put`` of the same bytes at this moment is not lost: it is moved aside first, and goes
        back if it was put meanwhile; a ``put`` that comes later finds nothing and writes the file anew.
        """
        path = self._folder / sha256[:2] / sha256[2:4] / sha256
        aside = self._folder / INCOMING / secrets.token_hex(16)
        with suppress(FileNotFoundError):
            if _changed(path) >= before:
                return False
            path.rename(aside)
            if _changed(aside) >= before:
                aside.rename(path)
                return False
            aside.unlink()
            return True
        return False

    def leftovers(self) -> Iterator[BlobSeen]:
        """As the port says."""
        yield from _files(self._folder / INCOMING)


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(
            Path(entry) for entry in entries if len(entry.name) == 2 and set(entry.name) <= _HEX and entry.is_dir()
        )


def _files(folder: Path) -> Iterator[BlobSeen]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        with suppress(FileNotFoundError):
            found = (folder / name).stat(follow_symlinks=False)
            yield BlobSeen(name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat(follow_symlinks=False).st_mtime, UTC)
