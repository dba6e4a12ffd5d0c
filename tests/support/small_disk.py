"""Disks of a test's own: one of a few megabytes that is really full, one that the kernel really makes read-only.

Both are mounted, so root is needed. Without it the tests fail: a full disk is not to be imagined.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system; ``folder`` is its root."""

    folder: Path

    @contextmanager
    def leaving(self, room: int) -> Iterator[None]:
        """Within the block only so many bytes are left (rounded down to pages)."""
        filler = self.folder / "filler"
        state = os.statvfs(self.folder)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, (state.f_bavail - room // state.f_frsize) * state.f_frsize)
        try:
            yield
        finally:
            filler.unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int = 8) -> Iterator[SmallDisk]:
    """A disk in memory, for the time of the block."""
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


@dataclass(frozen=True)
class FailingDisk:
    """A disk that the kernel makes read-only, under open files, as it does when sectors fail."""

    folder: Path
    image: Path

    def mount(self) -> None:
        _run("mount", "-o", "loop,errors=remount-ro", str(self.image), str(self.folder))

    def unmount(self) -> None:
        _run("umount", str(self.folder))

    def fail(self) -> None:
        _run("mount", "-o", "remount,abort", str(self.folder))


@contextmanager
def failing_disk(folder: Path, megabytes: int = 16) -> Iterator[FailingDisk]:
    """A disk in a file, mounted for the time of the block."""
    folder.mkdir()
    disk = FailingDisk(folder, folder.with_suffix(".image"))
    with disk.image.open("wb") as file:
        file.truncate(megabytes << 20)
    _run("mkfs.ext4", "-q", str(disk.image))
    disk.mount()
    try:
        yield disk
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        pytest.fail(f"a disk of the test's own cannot be made (root is needed): {done.stderr}", pytrace=False)
