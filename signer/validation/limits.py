"""How much of a file we are willing to look at: whoever sends a file for verification is not trusted."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file. ``seconds`` is looked at between the steps of the work, each of which is bounded."""

    bytes: int = 100 * 1024 * 1024
    revisions: int = 64
    signatures: int = 32
    objects: int = 100_000
    pages: int = 5_000
    seconds: float = 30.0


class LimitExceeded(Exception):
    """A bound was passed; ``what`` names it in Vietnamese and English."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en


class Deadline:
    """A moment by which the work must be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """LimitExceeded when the time is over."""
        if time.monotonic() > self._end:
            raise LimitExceeded("thời gian kiểm tra", "time")
