"""One round of asking: all sources at once, each bounded in time, those that refused us left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from signer.model.time import SourceState
from signer.tsa import chrony, ntp
from signer.tsa.judgement import Measurement, Missed
from signer.tsa.reading import Reading
from signer.tsa.sources import Source, Way

_GRACE = 0.25
"""Seconds that the threads of a round have beyond the time that a source has."""


class Rounds:
    """Asks the sources again and again. To be used by one thread."""

    def __init__(self, sources: Sequence[Source], timeout: float) -> None:
        self._sources = tuple(sources)
        self._timeout = timeout
        self._resting: dict[str, float] = {}
        self._busy: dict[str, threading.Thread] = {}

    def ask(self, base: Reading) -> list[tuple[str, Measurement | Missed]]:
        """What each source tells, in the order of the settings; takes hardly longer than the slowest may.

        A source that hangs where no time limit reaches (a resolver of names) is silent, and not asked again before it
        is through.
        """
        told: dict[str, Measurement | Missed] = {}
        began = time.monotonic()
        asked = [source for source in self._sources if self._may(source, told)]
        for source in asked:
            # Not a pool: one that hangs must hold up neither the others nor the end of the process.
            thread = threading.Thread(
                target=self._one, args=(source, base, told), name=f"clock {source.name}", daemon=True
            )
            self._busy[source.name] = thread
            thread.start()
        for source in asked:
            self._busy[source.name].join(max(0.0, began + self._timeout + _GRACE - time.monotonic()))
        got = dict(told)
        for name, what in got.items():
            if isinstance(what, Missed) and what.rest:
                self._resting[name] = began + what.rest
        return [(each.name, got.get(each.name) or Missed(SourceState.SILENT)) for each in self._sources]

    def _may(self, source: Source, told: dict[str, Measurement | Missed]) -> bool:
        left = self._resting.get(source.name, 0.0) - time.monotonic()
        if left > 0:
            told[source.name] = Missed(SourceState.RESTING, f"{left:.0f} s")
            return False
        busy = self._busy.get(source.name)
        return busy is None or not busy.is_alive()

    def _one(self, source: Source, base: Reading, told: dict[str, Measurement | Missed]) -> None:
        try:
            told[source.name] = _ask(source, base, self._timeout)
        except Missed as missed:
            told[source.name] = missed
        except Exception as trouble:  # noqa: BLE001 - whatever a server sent, only its own word is lost
            told[source.name] = Missed(SourceState.MALFORMED, type(trouble).__name__)


def _ask(source: Source, base: Reading, timeout: float) -> Measurement:
    if source.way is Way.NTP:
        return ntp.measure(source, base, timeout)
    if source.way is Way.CHRONY:
        return chrony.measure(source, timeout)
    return Measurement(0.0, 0.0)  # local: the operator's word
