"""Try: ask others' time-stamp authorities, one after the other, so that their operator knows before a leader signs."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from signer.errors import Kind, SignerError
from signer.model.timestamp import TimeStamp
from signer.ports import Authorities


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking one: a time-stamp or a refusal, after ``seconds``."""

    authority: str
    seconds: float
    stamp: TimeStamp | None = None
    refusal: SignerError | None = None

    @property
    def away(self) -> bool:
        """Whether nobody was there, or not in time."""
        return self.refusal is not None and self.refusal.kind is Kind.UNAVAILABLE

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        refusal = self.refusal
        return {
            "authority": self.authority,
            "good": self.stamp is not None,
            "seconds": round(self.seconds, 3),
            "stamp": None if self.stamp is None else self.stamp.as_dict(),
            "error": None if refusal is None else {"code": refusal.code, "message": refusal.text.as_dict()},
        }


@dataclass(frozen=True, slots=True)
class Try:
    """Ask each for a stamp over random bytes, which is thrown away."""

    authorities: Authorities
    ticks: Callable[[], float] = time.monotonic

    def __call__(self, names: Sequence[str] = ()) -> Iterator[Tried]:
        """One after the other, told as it comes; without ``names`` all that are asked today."""
        for name in names or self.authorities.names():
            began = self.ticks()
            try:
                stamp = self.authorities.probe(name, secrets.token_bytes(32))
            except SignerError as refusal:
                yield Tried(name, self.ticks() - began, refusal=refusal)
            else:
                yield Tried(name, self.ticks() - began, stamp)
