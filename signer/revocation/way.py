"""How CRLs and OCSP answers are to be reached: the settings' ``[fetch]`` as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hsm.pin import PinSource


@dataclass(frozen=True, slots=True)
class Way:
    """Through which ``proxy`` (http://host:port, "" none), with which bounds.

    ``login`` is a place that holds ``user:password`` of the proxy, read when it is needed; ``hosts`` leads a host to
    another address (host or host:port) under its own name; hosts in ``direct`` are reached without the proxy.
    ``crls`` are lists to fetch before those that certificates name; without ``ocsp`` nobody is asked about a
    certificate. ``seconds`` and ``max_bytes`` bound one answer as a whole.
    """

    proxy: str = ""
    login: PinSource | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)
    direct: frozenset[str] = frozenset()
    crls: tuple[str, ...] = ()
    ocsp: bool = True
    seconds: float = 30.0
    max_bytes: int = 64_000_000
