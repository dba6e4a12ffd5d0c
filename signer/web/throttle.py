"""How often somebody may call: one account of it for all processes of the service."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import math
import mmap
import os
import secrets
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SLOT = struct.Struct("<8sd")
"""Who, in short, and when (monotonic) whoever it is will have all of his share again."""
_WAYS = 8


@dataclass(frozen=True, slots=True)
class Share:
    """What is left to somebody: ``left`` calls at once, all of them after ``full`` seconds, the next after ``wait``."""

    allowed: bool
    left: int
    full: float
    wait: float


class Throttle:
    """So many calls a second of each, with a burst (the generic cell rate algorithm: one moment each).

    The accounts lie in memory that processes forked from this one share: make it before the fork. There are
    ``places`` of them; where there is no room, whoever has called least lately starts anew.
    """

    def __init__(self, per_second: float, burst: int, places: int = 8192) -> None:
        self.per_second, self.burst = per_second, burst
        self._sets = max(1, places // _WAYS)
        self._memory = mmap.mmap(-1, self._sets * _WAYS * _SLOT.size)
        self._salt = secrets.token_bytes(16)  # so that nobody chooses with whom he shares a place
        # A process that dies with a lock of this kind leaves it open.
        self._file = os.memfd_create("antin-throttle", os.MFD_CLOEXEC)
        self._lock = threading.Lock()

    def take(self, who: str, now: float, per_second: float | None = None) -> Share:
        """Take one call from somebody's share. ``now`` in seconds, of the clock that all processes see alike.

        ``per_second`` where somebody has a rate of his own; his burst is as many seconds of it as the others'.
        """
        rate = per_second or self.per_second
        digest = hashlib.blake2b(who.encode(), digest_size=16, key=self._salt).digest()
        first = int.from_bytes(digest[8:], "big") % self._sets * _WAYS
        each = 1 / rate
        with self._locked(first):
            offset, moment = self._find(first, digest[:8])
            full = max(moment, now) + each
            most = now + self.burst / self.per_second
            allowed = full <= most + 1e-9
            if allowed:
                _SLOT.pack_into(self._memory, offset, digest[:8], full)
            else:
                full -= each
        return Share(allowed, max(0, math.floor((most - full) / each + 1e-6)), full - now, max(0.0, full + each - most))

    def _find(self, first: int, name: bytes) -> tuple[int, float]:
        """Where somebody's account is, or is to be, and the moment that it says."""
        oldest, least = first * _SLOT.size, math.inf
        for place in range(first, first + _WAYS):
            offset = place * _SLOT.size
            known, moment = _SLOT.unpack_from(self._memory, offset)
            if known == name:
                return offset, moment
            if moment < least:
                oldest, least = offset, moment
        return oldest, 0.0

    def _wait(self, first: int) -> None:
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX, 1, first)
            except OSError as error:
                # The kernel reckons with processes: where two threads of each of two hold and want locks of different
                # throttles it sees a ring that is none. Nobody keeps one for longer than it takes to count.
                if error.errno != errno.EDEADLK:
                    raise
            else:
                return

    @contextmanager
    def _locked(self, first: int) -> Iterator[None]:
        with self._lock:
            self._wait(first)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, first)
