"""``[tsa]`` of ``service.toml``: our own time-stamp authority, served at ``/tsa``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from signer.keys import KeySpec
from signer.model import KeyHolder
from signer.settings.clock import needs_clock
from signer.settings.parts import known
from signer.settings.table import Table
from signer.tsa.certificate import faults
from signer.tsa.sources import ClockSettings

_POLICY = re.compile(r"(?:[01]\.(?:[0-9]|[12][0-9]|3[0-9])|2\.(?:0|[1-9][0-9]{0,8}))(?:\.(?:0|[1-9][0-9]{0,18})){1,28}")


@dataclass(frozen=True, slots=True)
class TsaSettings:
    """``key``: of keys.toml; ``policy``: the OID under which tokens are given.

    ``rate``: requests a second of one address, ``burst``: of it at once, in all workers together.
    """

    key: str
    policy: str
    rate: int = 200
    burst: int = 2000


def read_tsa(root: Table, keys: Sequence[KeySpec], clock: ClockSettings | None) -> TsaSettings | None:
    """Read ``[tsa]``; None where there is none: then nothing is served. The accuracy is that of ``[clock]``."""
    if "tsa" not in root:
        return None
    table, known_rate = root.table("tsa"), TsaSettings("", "")
    settings = TsaSettings(
        key=table.text("key"),
        policy=table.text("policy"),
        rate=table.integer("rate", known_rate.rate, 1, 1_000_000),
        burst=table.integer("burst", known_rate.burst, 1, 10_000_000),
    )
    needs_clock(table, clock)
    if settings.policy and not _POLICY.fullmatch(settings.policy):
        table.fault("policy", f"“{settings.policy[:60]}” không phải OID / is no OID such as 2.16.704.1.1.1.2")
    known(table, "key", [settings.key], [spec.info.name for spec in keys])
    for spec in keys:
        if spec.info.name == settings.key:
            _check_key(table, spec)
    table.end()
    return settings


def _check_key(table: Table, spec: KeySpec) -> None:
    """It signs by itself, and nothing but time-stamps (ETSI EN 319 421, 7.6.2 and 7.6.3)."""
    if spec.info.holder is not KeyHolder.ORGANISATION:
        table.fault(
            "key",
            "khóa của cá nhân cần mã PIN mỗi lần ký, không cấp dấu thời gian được / a person's key needs a PIN for "
            "each signature and cannot be a time-stamp authority's",
        )
    if spec.info.roles:
        table.fault(
            "key",
            "khóa cấp dấu thời gian không được ký văn bản: bỏ “roles” của nó / a time-stamp authority's key signs no "
            "documents: it must have no “roles”",
        )
    if spec.info.certificate:  # else it was complained of
        for fault in faults(spec.info.certificate):
            table.fault("key", fault)
