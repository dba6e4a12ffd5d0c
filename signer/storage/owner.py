"""Whose files are: what root makes in a store that another user serves is that user's.

An operator's ``sudo antin …`` would else leave files behind that the service can neither read nor lock. SQLite does the
same with the files that it makes beside its own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def hand_over(made: Path | int, like: Path) -> None:
    """Give what was made, a path or a descriptor, to the owner of ``like``, if we are root and it is there."""
    if os.geteuid() == 0:
        with suppress(FileNotFoundError):
            owner = like.stat()
            if (owner.st_uid, owner.st_gid) != (0, os.getegid()):
                os.chown(made, owner.st_uid, owner.st_gid)
