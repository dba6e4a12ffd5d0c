"""How many connections each worker has, for all workers to see: who has more lets the others go first.

All workers wait at one listening socket, and the kernel wakes whom it likes. A dozen kept connections of a document
system may so end up with one worker, and the other cores stand idle for as long as they are kept.
"""

from __future__ import annotations

import mmap
import struct

_SLOTS = 256
_COUNT = struct.Struct("=i")


class Board:
    """Shared memory, made before the workers are. A worker's place is its number, modulo more than there can be."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SLOTS * _COUNT.size)

    def tell(self, worker: int, connections: int) -> None:
        """Say how many this worker has."""
        self._write(worker, connections + 1)  # 0 is nobody

    def clear(self, worker: int) -> None:
        """The worker is gone."""
        self._write(worker, 0)

    def busier(self, worker: int) -> bool:
        """Whether any other worker has fewer connections than this one."""
        counts = [count for (count,) in _COUNT.iter_unpack(self._memory[:])]
        mine = counts[worker % _SLOTS]
        counts[worker % _SLOTS] = 0
        return any(0 < count < mine for count in counts)

    def _write(self, worker: int, value: int) -> None:
        _COUNT.pack_into(self._memory, worker % _SLOTS * _COUNT.size, value)
