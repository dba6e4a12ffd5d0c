"""A file while it comes in: hashed as it comes, in memory while it is small, then on the disk of the store.

It lies in the store's own file system, under a name that says nothing, so that it becomes a file of the store by being
renamed: 300 MB are written once.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from signer.model import Content
from signer.model.content import SMALL
from signer.storage.errors import refused_by_disk
from signer.storage.owner import hand_over


class IncomingFile:
    """``signer.ports.Incoming`` in a folder. UNAVAILABLE when the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hashed = hashlib.sha256()
        self._held: bytearray | None = bytearray()
        self._path: Path | None = None
        self._descriptor = -1
        self._given = False

    def __del__(self) -> None:
        self.close()

    def write(self, data: bytes) -> int:
        """As the port says."""
        if self._given:
            raise ValueError("nothing can be written behind a content that was given out")
        self._hashed.update(data)
        try:
            if self._held is not None:
                self._held += data
                if len(self._held) > SMALL:
                    self._to_disk()
            else:
                _write(self._descriptor, data)
        except OSError as error:
            raise refused_by_disk(error) from error
        return len(data)

    def content(self) -> Content:
        """As the port says."""
        self._given = True
        if self._held is not None:
            return Content(bytes(self._held)).hashed_as(self._hashed)
        if self._path is None:
            raise ValueError("the file was closed, or has become a file of the store")
        try:
            return Content.of_file(self._path, self).hashed_as(self._hashed)
        except OSError as error:
            raise refused_by_disk(error) from error

    def close(self) -> None:
        """As the port says."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None

    def become(self, path: str, content: Content) -> bool:
        """Write what ``content`` has behind this file to it, and rename it; False where it has gone already.

        The bytes are on the disk before they are named; the folder's entry is the caller's to make durable.
        """
        if self._path is None:
            return False
        os.ftruncate(self._descriptor, content.base_size)  # an attempt that failed half-way left a part
        os.lseek(self._descriptor, 0, os.SEEK_END)
        _write(self._descriptor, content.tail)
        os.fchmod(self._descriptor, 0o400)
        os.fsync(self._descriptor)
        self._path.rename(path)
        self._path = None
        self.close()
        return True

    def _to_disk(self) -> None:
        assert self._held is not None  # noqa: S101 -- the caller has just looked
        self._path = self._folder / secrets.token_hex(16)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o600)
        hand_over(self._descriptor, self._folder)
        _write(self._descriptor, self._held)
        self._held = None


def _write(descriptor: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
