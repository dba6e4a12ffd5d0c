"""The computer's clocks, read together, so that a step of one of them shows against the other."""

from __future__ import annotations

import time
from dataclasses import dataclass

SECOND = 1_000_000_000
_BLINK = 1_000_000
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """Nanoseconds of the wall clock, of CLOCK_MONOTONIC, and of CLOCK_BOOTTIME, which goes on while we sleep.

    The wall clock was read between ``mono`` and ``mono + width``.
    """

    wall: int
    mono: int
    width: int
    boot: int

    @property
    def at(self) -> float:
        """The wall clock in seconds since 1970."""
        return self.wall / SECOND

    def age(self, now: Reading) -> float:
        """Seconds that have passed until ``now``, also those that the computer slept."""
        return (now.boot - self.boot) / SECOND

    def step(self, now: Reading) -> float:
        """By how many seconds the wall clock was set since, at least; 0 where that is all within the reading.

        Slewing moves both clocks alike and is no step; a sleep holds up the monotonic clock alone, and shows.
        """
        least = now.wall - self.wall - (now.mono + now.width - self.mono)
        most = now.wall - self.wall - (now.mono - self.mono - self.width)
        if least > 0:
            return least / SECOND
        return most / SECOND if most < 0 else 0.0


def read() -> Reading:
    """Read all three. Tried again if the thread was held up between two of them, which would hide a step."""
    reading = _read()
    for _ in range(_TRIES):
        if reading.width < _BLINK:
            break
        reading = _read()
    return reading


def _read() -> Reading:
    mono = time.monotonic_ns()
    wall = time.time_ns()
    width = time.monotonic_ns() - mono
    return Reading(wall, mono, width, time.clock_gettime_ns(time.CLOCK_BOOTTIME))
