"""Where the time comes from: the sources of the settings, as values."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from urllib.parse import urlsplit

NTP_PORT = 123
CHRONY_PORT = 323
DRIFT = 1e-4
"""Seconds a second by which a clock may run away: more than any quartz that works (RFC 5905 has 15e-6)."""
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?")


class Way(Enum):
    """How a source is asked."""

    NTP = "ntp"  # RFC 5905, client mode, over UDP
    CHRONY = "chrony"  # chronyd's own report of how far off the clock is
    LOCAL = "local"  # nobody is asked: the operator vouches


@dataclass(frozen=True, slots=True)
class Source:
    """One source: ``name`` as the settings write it; ``host`` and ``port`` for UDP, or ``path`` of a Unix socket."""

    name: str
    way: Way
    host: str = ""
    port: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """``[clock]``: whom to ask, how accurate the clock must be, and how long and how often that is said; seconds."""

    sources: tuple[Source, ...]
    accuracy: timedelta = timedelta(seconds=1)
    valid: float = 120.0
    interval: float = 32.0
    timeout: float = 2.0

    @property
    def local(self) -> bool:
        """Whether the operator vouches for the computer's clock himself."""
        return any(each.way is Way.LOCAL for each in self.sources)

    @property
    def quorum(self) -> int:
        """How many sources must agree: more than half of all that are named, also of those that do not answer."""
        return len(self.sources) // 2 + 1


def parse(text: str) -> Source:
    """``ntp://host[:port]``, ``chrony``, ``chrony://address:port``, ``chrony:///socket`` or ``local``.

    ValueError for anything else, and for a chronyd on another computer: its word is unauthenticated, and of that
    computer's clock.
    """
    if text == "local":
        return Source(text, Way.LOCAL)
    if text == "chrony":
        return Source(text, Way.CHRONY, "127.0.0.1", CHRONY_PORT)
    parts = urlsplit(text)
    if parts.username is not None or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(text)
    host, port = parts.hostname or "", parts.port
    if port == 0:
        raise ValueError(text)
    if parts.scheme == "ntp" and _is_host(host) and parts.path in ("", "/"):
        return Source(text, Way.NTP, host, port or NTP_PORT)
    if parts.scheme == "chrony" and not parts.netloc and parts.path.startswith("/") and "\0" not in parts.path:
        return Source(text, Way.CHRONY, path=parts.path)
    if parts.scheme == "chrony" and parts.path in ("", "/") and ipaddress.ip_address(host).is_loopback:
        return Source(text, Way.CHRONY, host, port or CHRONY_PORT)
    raise ValueError(text)


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _HOST.fullmatch(host) is not None
    return True
