"""How others are to be reached: what the settings say of proxy, hosts and bounds, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hsm.pin import PinSource


@dataclass(frozen=True, slots=True)
class Way:
    """Through which ``proxy`` (http://host:port, "" none), with which bounds.

    ``login`` is a place that holds ``user:password`` of the proxy, read when it is needed; ``hosts`` leads a host to
    another address (host or host:port) under its own name; hosts in ``direct`` are reached without the proxy.
    ``seconds`` and ``max_bytes`` bound one answer as a whole; ``seconds_key`` and ``bytes_key`` say where in the
    settings they stand, for whoever runs into them.
    """

    proxy: str = ""
    login: PinSource | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)
    direct: frozenset[str] = frozenset()
    seconds: float = 30.0
    max_bytes: int = 64_000_000
    seconds_key: str = "[fetch] timeout_seconds"
    bytes_key: str = "[fetch] max_mb"


@dataclass(frozen=True, slots=True)
class Question:
    """What is posted, and as what. ``login``: a place that holds ``user:password`` of the one who is asked (Basic)."""

    body: bytes = field(repr=False)
    content_type: str
    accept: str
    login: PinSource | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the whole body, and what it is said to be (lower case, without parameters; "" if nothing is said)."""

    body: bytes = field(repr=False)
    content_type: str = ""
