"""API keys that were let in a moment ago: looked up in the store once a second, not at each request."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from signer.model import ApiKey
from signer.ports import ApiKeys, Clock

KEPT_SECONDS = 1.0
"""How long a revoked key may still open in a process that has just let it in."""


class KnownKeys:
    """Finds a key as the store does, and keeps the answer for ``KEPT_SECONDS``; safe between threads.

    Only keys that hold are kept: an unknown one is asked for each time, so that a new key opens at once. A key's
    expiry is looked at whenever it is used. Secrets are not kept, only their digests; how many is bounded.
    """

    def __init__(
        self, api_keys: ApiKeys, clock: Clock, *, most: int = 1000, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._api_keys = api_keys
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[ApiKey, float]] = OrderedDict()

    def find(self, secret: str) -> ApiKey | None:
        """The key; None if there is none, or if it is expired, or was revoked a second ago."""
        return self._find(hashlib.sha256(secret.encode()).digest(), lambda: self._api_keys.find(secret))

    def find_certificate(self, sha256: str) -> ApiKey | None:
        """The entry of a client certificate, likewise."""
        return self._find(b"certificate " + sha256.encode(), lambda: self._api_keys.find_certificate(sha256))

    def _find(self, digest: bytes, ask: Callable[[], ApiKey | None]) -> ApiKey | None:
        now = self._seconds()
        kept = self._kept.get(digest)
        if kept is not None and now - kept[1] < KEPT_SECONDS:
            key = kept[0]
            return key if key.expires_at is None or key.expires_at > self._clock.now() else None
        found = ask()
        with self._lock:
            self._kept.pop(digest, None)
            if found is not None:
                # The moment before the store was asked: whoever revoked the key since then waits a second at most.
                self._kept[digest] = (found, now)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found
