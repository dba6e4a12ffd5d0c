"""How long a transfer may take: patience that progress earns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long others may keep us waiting.

    ``head``: seconds for a request's line and header fields (RFC 9112, 2.1), counted from its first byte, or from
    the connection. ``body``: seconds that a body or an answer may take whatever its size; ``rate``: bytes a second
    that it must make on average beyond them. ``keep``: seconds that an idle connection is kept; ``linger``: seconds
    that one is listened to after its last answer, so that the answer is not lost (RFC 9112, 9.6).
    """

    head: float = 10.0
    body: float = 20.0
    rate: int = 16_000
    keep: float = 15.0
    linger: float = 2.0


class Pace:
    """What is left of the patience with one transfer, in seconds of waiting: what moves adds to it.

    The whole is bounded with it: ``n`` bytes are waited for at most ``body + n / rate`` seconds.
    """

    def __init__(self, patience: Patience) -> None:
        self.left = patience.body
        self._rate = patience.rate

    def passed(self, waited: float, moved: int) -> None:
        """So many seconds were waited, and so many bytes went through."""
        self.left += moved / self._rate - waited
