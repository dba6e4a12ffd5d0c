"""Files by their SHA-256, in 256 folders (``ab/abcd…``), in one of two forms.

``<digest>`` is the file itself. ``<digest>.tail`` is a revision of such a file: a line that names the file by digest,
then the bytes that stand behind it. A signature adds a few kilobytes to what may be 300 MB: they alone are written. A
tail holds everything behind its base, the updates of earlier revisions included, so two files are read for a revision,
never a chain of them, and no revision hangs on another one but on the file that was prepared. Where that is missing
or has rotted, every revision of it is missing, and the error names the base.

A name is given only to bytes that are on the disk already, so that a crash leaves either the whole file or a
nameless one that nobody reads. Line by line: while it is written, the file lies nameless in ``incoming`` (swept after a
day); after the rename and before its folder is synced, the name may be lost with the power, never with the process;
``put`` returns, and only then may a transaction name the blob, when both are durable. A crash between ``put`` and that
transaction leaves a blob that no document names, and the next ``put`` of the same bytes takes it as its own. Files and
folders are their owner's alone.
"""

# On the way of every signature, where Path would cost as much processor time as the disk does:
# ruff: noqa: PTH104, PTH108, PTH110, PTH120

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from signer.errors import Kind, SignerError
from signer.model import Content
from signer.storage.errors import refused_by_disk
from signer.storage.folders import flatten, sync_folder
from signer.storage.incoming import IncomingFile
from signer.storage.owner import hand_over

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
INCOMING = "incoming"
"""The folder of files that have no name yet."""

_LEFT_BEHIND = 24 * 3600
"""Seconds after which a nameless file is a crash's leaving and is removed."""
TAIL = ".tail"
"""The end of the name of a tail."""

_HEAD = b"antin-tail 1 %b\n"
"""The first line of a tail: its form's number, the digest of its base."""
HEAD_MOST = 128
"""Bytes of that line, at most."""

HEAD_READ = re.compile(rb"antin-tail 1 ([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class _Stored:
    """The origin of a content whose base is the file ``sha256`` of the store in ``folder``."""

    folder: Path
    sha256: str


class FileBlobs:
    """``signer.ports.Blobs`` in a folder; any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in (INCOMING, *(f"{first:02x}" for first in range(256))):
                (folder / name).mkdir(mode=0o700, exist_ok=True)  # now, and durable at once: not at each put
            sync_folder(folder)
            sync_folder(folder.parent)
            flatten(folder)
            self._sweep()
        except OSError as error:
            raise refused_by_disk(error) from error

    def __repr__(self) -> str:
        return f"FileBlobs({str(self._folder)!r})"

    def receive(self) -> IncomingFile:
        """As the port says."""
        return IncomingFile(self._folder / INCOMING)

    def put(self, content: Content) -> str:
        """As the port says. A file that has rotted is replaced. UNAVAILABLE when the disk refuses.

        What came through ``receive`` becomes the file itself, its update written behind it; what is a file of this
        store with an update behind it is kept as a tail.
        """
        try:
            return self._put(content)
        except OSError as error:
            raise refused_by_disk(error) from error

    def has(self, sha256: str) -> bool:
        """Whether there is a blob of this name; nothing of it is read."""
        return os.path.exists(self._path(sha256)) or os.path.exists(self._tail_path(sha256))

    def get(self, sha256: str) -> Content:
        """As the port says: the bytes are hashed anew at each opening, and the hash goes along with them."""
        found = None
        if _DIGEST.match(sha256):  # also: a name from outside never leads out of the folder
            try:
                found = self._find(sha256)
            except OSError as error:
                raise refused_by_disk(error) from error
        if found is None:
            raise _missing(sha256, "Không tìm thấy tệp trong kho lưu trữ.", "The file is not in the store.")
        return found

    # --- reading --------------------------------------------------------------------------------------------

    def _find(self, sha256: str) -> Content | None:
        """The content, compared with its digest; None where nothing has this name."""
        whole = self._whole(sha256)
        if whole is not None:
            return whole
        tail = _open(self._tail_path(sha256))
        if tail is None:
            return None
        data = tail.read()
        head = HEAD_READ.match(data)
        if head is None:
            raise _rotten(sha256)
        base = self._whole(head[1].decode("ascii"))
        if base is None:
            raise _missing(
                head[1].decode("ascii"),
                f"Kho lưu trữ thiếu tệp gốc của phiên bản {sha256[:12]}….",
                f"The file that the revision {sha256[:12]}… continues is not in the store.",
            )
        content = base.extended(data[head.end() :])
        if content.sha256 != sha256:
            raise _rotten(sha256)
        return content

    def _whole(self, sha256: str) -> Content | None:
        found = _open(self._path(sha256), _Stored(self._folder, sha256))
        if found is not None and found.sha256 != sha256:
            raise _rotten(sha256)
        return found

    def _path(self, sha256: str) -> str:
        return path_of(self._folder, sha256)

    def _tail_path(self, sha256: str) -> str:
        return path_of(self._folder, sha256) + TAIL

    # --- writing --------------------------------------------------------------------------------------------

    def _put(self, content: Content) -> str:
        sha256, origin = content.sha256, content.origin
        mended = False
        try:
            if self._wanted_again(sha256):
                return sha256
        except SignerError:
            mended = True  # whatever of it has rotted: a whole file stands by itself, and is read first
        if not mended and content.tail and isinstance(origin, _Stored):
            if origin.folder != self._folder:  # a backup, or what comes back from one, keeps revisions as a store does
                self._put(content.prefix(content.base_size))
            with self._nameless(self._tail_path(sha256)) as file:
                file.write(_HEAD % origin.sha256.encode("ascii") + content.tail)
        elif not (isinstance(origin, IncomingFile) and origin.become(self._path(sha256), content)):
            with self._nameless(self._path(sha256)) as file:
                file.writelines(content.chunks())
        sync_folder(os.path.dirname(self._path(sha256)))
        return sha256

    def _wanted_again(self, sha256: str) -> bool:
        """Whether these bytes are there, durably and, for whoever clears away what no document names, put just now."""
        if self._find(sha256) is None:
            return False
        for path in (self._path(sha256), self._tail_path(sha256)):
            with suppress(FileNotFoundError):  # it has the other form, or was cleared away meanwhile
                os.utime(path)
                # Another process may have named it, and not yet made the name durable.
                sync_folder(os.path.dirname(path))
                return True
        return False

    @contextmanager
    def _nameless(self, path: str) -> Iterator[IO[bytes]]:
        """A new file to write to; on leaving its bytes are on the disk, and then it gets its name."""
        nameless = f"{self._folder}/{INCOMING}/{secrets.token_hex(16)}"
        descriptor = os.open(nameless, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        try:
            with os.fdopen(descriptor, "wb") as file:
                hand_over(descriptor, self._folder)
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.rename(nameless, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(nameless)
            raise

    def _sweep(self) -> None:
        old = time.time() - _LEFT_BEHIND
        for path in (self._folder / INCOMING).iterdir():
            try:
                if path.stat().st_mtime < old:
                    path.unlink()
            except FileNotFoundError:
                continue  # another process sweeps too


def path_of(folder: Path, sha256: str) -> str:
    """Where the file of this digest lies, without the ending of a tail."""
    return f"{folder}/{sha256[:2]}/{sha256}"


def _open(path: str, origin: object = None) -> Content | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    return Content.of_file(descriptor, origin)


def _rotten(sha256: str) -> SignerError:
    return _missing(
        sha256,
        "Tệp trong kho lưu trữ đã bị thay đổi hoặc hỏng, không còn khớp mã băm.",
        "The file in the store was changed or has rotted: its digest differs.",
    )


def _missing(sha256: str, vi: str, en: str) -> SignerError:
    return SignerError(Kind.INTERNAL, "blob-missing", vi, en, where=sha256[:64])
