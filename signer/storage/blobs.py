"""Bytes in files named by their SHA-256, in folders of two levels (``ab/cd/abcd…``).

A name is given only to bytes that are on the disk already, so that a crash leaves either the whole file or a
nameless one that nobody reads. Files and folders are their owner's alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from pathlib import Path

from signer.errors import Kind, SignerError
from signer.storage.errors import unavailable

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
INCOMING = "incoming"
"""The folder of files that have no name yet."""

_LEFT_BEHIND = 24 * 3600
"""Seconds after which a nameless file is a crash's leaving and is removed."""


class FileBlobs:
    """``signer.ports.Blobs`` in a folder; any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in (INCOMING, *(f"{first:02x}" for first in range(256))):
                (folder / name).mkdir(mode=0o700, exist_ok=True)  # now, and durable at once: not at each put
            _sync(folder)
            _sync(folder.parent)
            self._sweep()
        except OSError as error:
            raise unavailable() from error

    def __repr__(self) -> str:
        return f"FileBlobs({str(self._folder)!r})"

    def put(self, data: bytes) -> str:
        """As the port says. A file that has rotted is replaced. UNAVAILABLE when the disk refuses."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        try:
            if not _wanted_again(path, data):
                self._write(path, data)
        except OSError as error:
            raise unavailable() from error
        return sha256

    def has(self, sha256: str) -> bool:
        """Whether there is a blob of this name; nothing of it is read."""
        return self._path(sha256).exists()

    def get(self, sha256: str) -> bytes:
        """As the port says: the bytes are hashed anew at each reading."""
        data = None
        if _DIGEST.match(sha256):  # also: a name from outside never leads out of the folder
            try:
                data = _read(self._path(sha256))
            except OSError as error:
                raise unavailable() from error
        if data is None:
            raise _missing(sha256, "Không tìm thấy tệp trong kho lưu trữ.", "The file is not in the store.")
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _missing(
                sha256,
                "Tệp trong kho lưu trữ đã bị thay đổi hoặc hỏng, không còn khớp mã băm.",
                "The file in the store was changed or has rotted: its digest differs.",
            )
        return data

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(mode=0o700)
            _sync(path.parent.parent)
        except FileExistsError:
            pass
        nameless = self._folder / INCOMING / secrets.token_hex(16)
        descriptor = os.open(nameless, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            nameless.rename(path)
        except BaseException:
            nameless.unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def _sweep(self) -> None:
        old = time.time() - _LEFT_BEHIND
        for path in (self._folder / INCOMING).iterdir():
            try:
                if path.stat().st_mtime < old:
                    path.unlink()
            except FileNotFoundError:
                continue  # another process sweeps too


def _wanted_again(path: Path, data: bytes) -> bool:
    """Whether these bytes are there, durably and, for whoever clears away what no document names, put just now."""
    if _read(path) != data:
        return False
    try:
        os.utime(path)
    except FileNotFoundError:  # cleared away between the two
        return False
    _sync(path.parent)  # another process may have named it, and not yet made the name durable
    return True


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _missing(sha256: str, vi: str, en: str) -> SignerError:
    return SignerError(Kind.INTERNAL, "blob-missing", vi, en, where=sha256[:64])
