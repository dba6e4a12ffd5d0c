"""The blobs as they lie in their folder: for whoever inspects the store and clears away what nobody names."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from signer.model.inspection import BlobSeen
from signer.storage.blobs import HEAD_MOST, HEAD_READ, INCOMING, TAIL, path_of
from signer.storage.errors import unavailable

_HEX = frozenset("0123456789abcdef")


class FileShelf:
    """``signer.ports.BlobShelf`` over the folder of ``FileBlobs``. UNAVAILABLE where there is no such folder.

    A file that other revisions continue is named by the document of each of them, as what was signed first.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / INCOMING).is_dir():  # a disk that is not mounted must not look like an empty store
            raise unavailable()
        self._folder = folder

    def walk(self) -> Iterator[BlobSeen]:
        """As the port says."""
        for first in _folders(self._folder):
            yield from self._blobs(first)

    def discard(self, sha256: str, before: datetime) -> bool:
        """As the port says.

        Two steps, so that a ``put`` of the same bytes at this moment is not lost: it is moved aside first, and goes
        back if it was put meanwhile; a ``put`` that comes later finds nothing and writes the file anew.
        """
        removed = [self._discard(path, before) for path in (self._path(sha256), self._path(f"{sha256}{TAIL}"))]
        return any(removed)

    def _path(self, name: str) -> Path:
        return Path(path_of(self._folder, name))

    def _discard(self, path: Path, before: datetime) -> bool:
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

    def _blobs(self, folder: Path) -> Iterator[BlobSeen]:
        """Each digest once, whichever of the two forms it has; a whole file is what is read then."""
        last = ""
        for seen in _files(folder):
            sha256 = seen.sha256.removesuffix(TAIL)
            if sha256 != last:
                yield seen if sha256 == seen.sha256 else self._whole(seen, sha256)
            last = sha256

    def _whole(self, tail: BlobSeen, sha256: str) -> BlobSeen:
        """A tail with the length of the revision: the file that it names, and what stands behind that."""
        size = 0
        with suppress(FileNotFoundError), self._path(tail.sha256).open("rb") as file:
            if head := HEAD_READ.match(file.readline(HEAD_MOST)):
                size = tail.size - head.end() + self._path(head[1].decode("ascii")).stat(follow_symlinks=False).st_size
        return replace(tail, sha256=sha256, size=size)

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
