"""``[limits]`` of ``service.toml``: what a request may cost, and how long others may keep the service waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from signer.model import ApiRole
from signer.settings.table import Table


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may cost: megabytes (10^6 bytes) of a file, pages of it, seconds of reading it, attachments.

    ``upload_mb_by_role`` has other bounds on a file for some roles of callers (the command line has the largest).

    ``exchange_mb``: a document with its attachments above this size is known to be refused by receivers' systems.

    ``head_seconds``: how long a request's head may take; ``body_seconds``: how long a body, or the taking of an
    answer, may keep the service waiting, beside what it earns at ``slowest_kb`` (10^3 bytes) a second;
    ``connections``: of one worker, at most; ``receiving``: large bodies on their way at once, of one worker.

    ``signings`` and ``readings`` (of drafts, scans, files to verify) at once, of one worker; of either ``queue`` more
    may wait, none longer than ``queue_seconds``.

    ``key_rate`` and ``key_burst``: calls a second of one API key, and calls at once, in all workers together.
    """

    upload_mb: int = 50
    pages: int = 2000
    seconds: float = 30.0
    attachments: int = 50
    exchange_mb: int = 50
    head_seconds: float = 10.0
    body_seconds: float = 20.0
    slowest_kb: int = 16
    connections: int = 1000
    receiving: int = 32
    signings: int = 4
    readings: int = 2
    queue: int = 64
    queue_seconds: float = 10.0
    key_rate: int = 1000
    key_burst: int = 5000
    upload_mb_by_role: Mapping[ApiRole, int] = field(default_factory=dict)

    @property
    def largest_mb(self) -> int:
        """The largest file that anybody may send."""
        return max(self.upload_mb, *self.upload_mb_by_role.values(), 1)


def read_limits(root: Table) -> Limits:
    """Read ``[limits]``; what is left out has the values above."""
    table, known = root.table("limits"), Limits()
    limits = Limits(
        upload_mb=table.integer("upload_mb", known.upload_mb, 1, 1000),
        upload_mb_by_role=_by_role(table),
        pages=table.integer("pages", known.pages, 1, 100_000),
        seconds=table.number("seconds", known.seconds, 1, 3600),
        attachments=table.integer("attachments", known.attachments, 1, 200),
        exchange_mb=table.integer("exchange_mb", known.exchange_mb, 1, 10_000),
        head_seconds=table.number("head_seconds", known.head_seconds, 0.5, 300),
        body_seconds=table.number("body_seconds", known.body_seconds, 0.5, 3600),
        slowest_kb=table.integer("slowest_kb", known.slowest_kb, 1, 100_000),
        connections=table.integer("connections", known.connections, 16, 20_000),
        receiving=table.integer("receiving", known.receiving, 1, 1000),
        signings=table.integer("signings", known.signings, 1, 256),
        readings=table.integer("readings", known.readings, 1, 256),
        queue=table.integer("queue", known.queue, 0, 1000),
        queue_seconds=table.number("queue_seconds", known.queue_seconds, 0, 300),
        key_rate=table.integer("key_rate", known.key_rate, 1, 1_000_000),
        key_burst=table.integer("key_burst", known.key_burst, 1, 10_000_000),
    )
    table.end()
    return limits


def _by_role(table: Table) -> Mapping[ApiRole, int]:
    """Only the roles that are named; an unknown one is a fault."""
    own = table.table("upload_mb_by_role")
    said = {role: own.integer(role.value, 0, 0, 1000) for role in ApiRole}
    own.end()
    return {role: megabytes for role, megabytes in said.items() if megabytes}
