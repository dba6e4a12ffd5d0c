"""All the authorities outside, in order: who failed is left alone for a while, and nobody waits for ever.

The real one was measured to take from 2 to 131 seconds. So whoever asks says how long there is, every exchange runs
beside the asking thread, and not more than a few of them at once; what is learnt of an authority is the process's own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from math import ceil, inf

from signer.errors import Kind, SignerError
from signer.model.timestamp import CountsAs, TimeStamp
from signer.ports import Clock
from signer.tsa.asking import SIZES, Rejected
from signer.tsa.outside import OutsideAuthority, reason

FIRST_PAUSE, LONGEST_PAUSE = 30.0, 900.0
"""Seconds that an authority is left alone after its first failure; doubled with each further one up to the longest."""
ALIKE = 1.25
"""Who has that many times the seconds in which an authority did not answer has no more to hope for than before."""
GRACE = 1.0
"""Seconds for an exchange to end by itself, at its own time limit."""
LEAST = 0.05
"""Seconds below which it is not worth asking anybody."""


@dataclass(slots=True)
class _Memory:
    """What is remembered of an authority: failures one after the other, and until when it is left alone.

    ``within``: by whoever has no more seconds than these; one that did not answer in 5 s may well do so in 60.
    """

    failures: int = 0
    until: float = 0.0
    within: float = 0.0


class OutsideList:
    """Asks the authorities in order until one answers well. Safe between threads; made after a fork."""

    def __init__(
        self,
        authorities: Sequence[OutsideAuthority],
        clock: Clock,
        *,
        seconds: float,
        parallel: int,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authorities, self._clock, self._ticks = tuple(authorities), clock, ticks
        self._seconds = seconds
        self._slots = threading.BoundedSemaphore(parallel)
        self._memory: dict[str, _Memory] = {}
        self._lock = threading.Lock()

    def ask(
        self, digest: bytes, algorithm: str, counts: CountsAs | None = None, seconds: float | None = None
    ) -> TimeStamp:
        """The first good answer, of those only that count as ``counts``, within ``seconds`` (never above the list's).

        ``digest`` must be one of SHA-256, SHA-384 or SHA-512 (ValueError). UNAVAILABLE ``time-stamp-unavailable``
        with a reason for each authority that was asked, and ``retry_after`` where all are being left alone.
        """
        if len(digest) != SIZES.get(algorithm):
            raise ValueError(f"no {algorithm} digest of {len(digest)} bytes can be stamped")
        end = self._ticks() + (self._seconds if seconds is None else min(seconds, self._seconds))
        now = self._clock.now()
        had = end - self._ticks()
        able = [each for each in self._authorities if each.used(now) and counts in (None, each.spec.counts_as)]
        refusals: list[SignerError] = []
        for each in able:
            left = end - self._ticks()
            if self._pause(each, left) > 0:
                continue
            if left < LEAST:
                refusals.append(_too_slow(each.spec.name))
                break
            try:
                return self._try(each, digest, algorithm, left)
            except SignerError as refusal:
                refusals.append(refusal)
        raise self._unavailable(able, refusals, had)

    def names(self) -> Sequence[str]:
        """Those that are asked today, in order."""
        now = self._clock.now()
        return [each.spec.name for each in self._authorities if each.used(now)]

    def probe(self, name: str, digest: bytes, algorithm: str = "sha256") -> TimeStamp:
        """Ask one authority, also while it is being left alone; its own refusal, NOT_FOUND ``unknown-authority``."""
        now = self._clock.now()
        for each in self._authorities:
            if each.spec.name == name and each.used(now):
                return self._try(each, digest, algorithm, self._seconds)
        raise SignerError(
            Kind.NOT_FOUND,
            "unknown-authority",
            "Không có tổ chức cấp dấu thời gian mang tên này hôm nay ([tsa_outside]).",
            "there is no time-stamp authority of this name today ([tsa_outside])",
            where="name",
        )

    def _try(self, authority: OutsideAuthority, digest: bytes, algorithm: str, left: float) -> TimeStamp:
        try:
            stamp = self._beside(authority, digest, algorithm, left)
        except SignerError as refusal:
            if not _no_fault(refusal):
                slow = refusal.code in ("fetch-too-slow", "time-stamp-too-slow")
                self._failed(authority, left * ALIKE if slow and left < authority.spec.way.seconds else inf)
            raise
        with self._lock:
            self._memory.pop(authority.spec.url, None)
        return stamp

    def _beside(self, authority: OutsideAuthority, digest: bytes, algorithm: str, left: float) -> TimeStamp:
        """Ask on a thread of its own, which holds a place until it is done; the system's resolver may well be late."""
        began = self._ticks()
        if not self._slots.acquire(timeout=left):
            raise _Crowded.at(authority.spec.name)
        left -= self._ticks() - began
        future: Future[TimeStamp] = Future()

        def run() -> None:
            try:
                future.set_result(authority.ask(digest, algorithm, max(left, LEAST)))
            except BaseException as trouble:  # noqa: BLE001 -- it is raised where the answer is waited for
                future.set_exception(trouble)
            finally:
                self._slots.release()

        try:
            threading.Thread(target=run, name=f"tsa-{authority.spec.name}", daemon=True).start()
        except RuntimeError:  # no thread to be had
            self._slots.release()
            raise _Crowded.at(authority.spec.name) from None
        try:
            return future.result(min(left, authority.spec.way.seconds + GRACE))
        except TimeoutError as late:
            raise _too_slow(authority.spec.name) from late

    def _pause(self, authority: OutsideAuthority, left: float) -> float:
        """Seconds for which it is still left alone by whoever has ``left`` seconds."""
        with self._lock:
            memory = self._memory.get(authority.spec.url)
            if memory is None or left > memory.within:
                return 0.0
            return max(0.0, memory.until - self._ticks())

    def _failed(self, authority: OutsideAuthority, within: float) -> None:
        with self._lock:
            memory = self._memory.setdefault(authority.spec.url, _Memory())
            now = self._ticks()
            memory.within = max(within, memory.within) if memory.until > now else within
            memory.failures += 1
            memory.until = now + min(FIRST_PAUSE * 2 ** min(memory.failures - 1, 16), LONGEST_PAUSE)

    def _unavailable(
        self, able: Sequence[OutsideAuthority], refusals: Sequence[SignerError], had: float
    ) -> SignerError:
        pauses = [pause for each in able if (pause := self._pause(each, had)) > 0]
        vi = [each.text.vi.rstrip(".") for each in refusals]
        en = [each.text.en.rstrip(".") for each in refusals]
        resting = len(able) - len(refusals) if pauses else 0
        if not able:
            vi, en = ["chưa khai báo tổ chức cấp dấu thời gian nào dùng được"], ["no authority for it is configured"]
        elif resting > 0:
            vi.append(f"{resting} nơi vừa lỗi đang tạm nghỉ")
            en.append(f"{resting} that failed before are being left alone")
        return SignerError(
            Kind.UNAVAILABLE,
            "time-stamp-unavailable",
            f"Không lấy được dấu thời gian: {'; '.join(vi)}.",
            f"no time-stamp could be had: {'; '.join(en)}",
            findings=[reason(each) for each in refusals],
            retry_after=max(1, ceil(min(pauses))) if pauses and len(pauses) == len(able) else None,
        )


@dataclass(frozen=True, slots=True)
class Stamper:
    """``signer.ports.TimeStamper`` over the list: those that count as ``counts``, within ``seconds``."""

    authorities: OutsideList
    counts: CountsAs | None = None
    seconds: float | None = None
    name: str = "outside"

    def stamp(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """As the port says."""
        return self.authorities.ask(digest, algorithm, self.counts, self.seconds).token


class _Crowded(SignerError):
    """It was never asked: no fault of the authority."""

    @classmethod
    def at(cls, name: str) -> _Crowded:
        return cls(
            Kind.UNAVAILABLE,
            "time-stamp-crowded",
            f"{name}: quá nhiều yêu cầu dấu thời gian đang chờ ([tsa_outside] parallel).",
            f"{name}: too many time-stamps are being waited for ([tsa_outside] parallel)",
            where=name,
        )


def _too_slow(name: str) -> SignerError:
    return SignerError(
        Kind.UNAVAILABLE,
        "time-stamp-too-slow",
        f"{name}: không kịp trả lời trong thời gian chờ ([tsa_outside] wait_seconds).",
        f"{name}: no answer in the time that there was ([tsa_outside] wait_seconds)",
        where=name,
    )


def _no_fault(refusal: SignerError) -> bool:
    """Whether it says nothing of the authority: a question that it does not take, or one that it never got."""
    if isinstance(refusal, Rejected):
        return refusal.ours
    return isinstance(refusal, _Crowded) or refusal.code in ("login-missing", "proxy-login-missing")
