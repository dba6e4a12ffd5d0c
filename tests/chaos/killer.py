"""Dies at a line: SIGKILL right before the k-th line of our rooms is carried out, or a moment after it has begun."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
ROOMS = ("signer/usecases/", "signer/storage/", "signer/web/repeats.py", "signer/pdf/sign.py", "signer/pdf/update.py")
ROOMS = (*ROOMS, "signer/pdf/cms.py", "signer/keys.py", "hsm/")
"""What is watched: where something is decided, stored or signed."""

PLACES = {
    "signer/storage/blobs.py": "in the blobs",
    "signer/storage/incoming.py": "in the blobs",
    "signer/storage/idempotency.py": "at the key's claim",
    "signer/storage/presence.py": "at the sign of life",
    "hsm/": "in the token",
    "signer/keys.py": "in the token",
    "signer/pdf/": "composing the update",
    "signer/storage/": "in a transaction",
    "signer/usecases/recover.py": "in recovery",
    "signer/usecases/housekeeping.py": "in recovery",
    "signer/usecases/": "in the use case",
    "signer/web/repeats.py": "at the answer",
}
"""The innermost of them that is on the stack names where a process was killed."""

Struck = Callable[[str, str], None]


class Lines:
    """Counts the lines of our rooms from ``begin`` to ``end``; at number ``at`` (from 1) ``struck`` is called.

    ``struck`` gets file:line and where that is, and is expected not to come back, or to have us killed soon.
    """

    def __init__(self, at: int = 0, struck: Struck | None = None, *, keep: bool = False) -> None:
        self._at = at
        self._struck = struck
        self._files: dict[str, str] = {}
        self.count = 0
        self.seen: list[str] | None = [] if keep else None

    def begin(self) -> None:
        sys.settrace(self._call)

    def end(self) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        file = frame.f_code.co_filename
        name = self._files.get(file)
        if name is None:
            name = self._files[file] = _watched(file)
        return self._line if name else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self.count += 1
            if self.seen is not None:
                self.seen.append(f"{self._files[frame.f_code.co_filename]}:{frame.f_lineno}")
            if self.count == self._at and self._struck is not None:
                self.end()
                self._struck(f"{self._files[frame.f_code.co_filename]}:{frame.f_lineno}", where(frame))
        return self._line


def die() -> None:
    """Now, and without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def where(frame: FrameType | None) -> str:
    """The room that a stack is in: the innermost, but for what recovery has carried out."""
    commanded = ""
    while frame is not None:
        name = _watched(frame.f_code.co_filename)
        place = next((told for prefix, told in PLACES.items() if name.startswith(prefix)), "") if name else ""
        if place == "in recovery":
            return place
        if place and place != "in the use case" and not commanded:
            commanded = place
        frame = frame.f_back
    return commanded or "in the use case"


def _watched(file: str) -> str:
    """The file's name from the root if it is in one of our rooms, else ""."""
    if not file.startswith(str(ROOT)):
        return ""
    name = file[len(str(ROOT)) + 1 :]
    return name if name.startswith(ROOMS) else ""
