"""The folder itself: files read once as long as they stay the same, and exchanged in one step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from signer.model.revocation import RevocationKind

T = TypeVar("T")

_SUFFIXES = {".crl": RevocationKind.CRL, ".ocsp": RevocationKind.OCSP, ".ors": RevocationKind.OCSP}


@dataclass(frozen=True, slots=True, eq=False)
class Lying:
    """A file that lies there; another object once it was written anew."""

    name: str
    data: bytes = field(repr=False)
    stamp: tuple[int, int, int]


class Folder:
    """Files of at most so many bytes; what is longer, or cannot be read, is as good as absent."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path, self._most = path, max_bytes
        self._kept: dict[str, Lying] = {}

    def files(self, kind: RevocationKind) -> list[Lying]:
        """Those of a kind, by name."""
        found: list[Lying] = []
        with suppress(OSError):
            for path in sorted(self.path.iterdir()):
                if _SUFFIXES.get(path.suffix.lower()) is kind:
                    with suppress(OSError):
                        found.append(self._file(path))
        return [each for each in found if len(each.data) <= self._most]

    def _file(self, path: Path) -> Lying:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            kept = self._kept.get(path.name)
            if kept is None or kept.stamp != stamp:
                kept = self._kept[path.name] = Lying(path.name, file.read(self._most + 1), stamp)
        return kept

    def write(self, name: str, data: bytes) -> None:
        """In one step, and durable: who reads meanwhile sees the old or the new. It is public: all may read it."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(prefix=".fetched-", dir=self.path)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            Path(beside).replace(self.path / name)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        self._sync()

    def remove(self, name: str) -> None:
        """Take a file away."""
        (self.path / name).unlink(missing_ok=True)
        self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Memo(Generic[T]):
    """What was made of a file, kept as long as the file stays: a list of 30 MB is not verified for each key."""

    def __init__(self, work: Callable[[Lying], T]) -> None:
        self._work = work
        self._kept: dict[str, tuple[Lying, T]] = {}

    def __call__(self, lying: Lying) -> T:
        """What there is of it."""
        kept = self._kept.get(lying.name)
        if kept is None or kept[0] is not lying:
            kept = self._kept[lying.name] = (lying, self._work(lying))
        return kept[1]
