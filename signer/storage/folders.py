"""Folders of blobs: their names made durable, and the layout of earlier versions (``ab/cd/abcd…``) made ``ab/abcd…``.

A second level cost each new file a folder of its own: two more writes to the disk than the file itself. Opening a
store, or an archive of backups, moves what still lies there one level up, before anything is read. Renames alone: a
crash in between leaves the rest for the next one who opens it, and two who open it at once share the work.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_NO_FOLDERS = 2
"""Links of a folder that holds no other one, itself and its parent's; some file systems say 1 of every folder."""


def sync_folder(folder: Path | str) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flatten(folder: Path) -> None:
    """Move every file of a second level up. Costs a look at each of the 256 folders where there is none."""
    for first in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        if first.stat().st_nlink == _NO_FOLDERS:
            continue
        seconds = [Path(entry.path) for entry in os.scandir(first) if len(entry.name) == 2 and entry.is_dir()]
        for second in seconds:
            _empty(second, first)
        sync_folder(first)  # the new names are durable before the old ones go for good
        for second in seconds:
            with suppress(OSError):  # gone, or there is something in it that is not ours to remove
                second.rmdir()


def _empty(second: Path, first: Path) -> None:
    with suppress(FileNotFoundError):  # somebody else was faster
        for path in second.iterdir():
            with suppress(FileNotFoundError):
                if path.is_file():
                    path.rename(first / path.name)
