"""``[tsa_outside]`` of ``service.toml``: others' time-stamp authorities, in the order in which they are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from signer.line.way import Way
from signer.model.timestamp import CountsAs
from signer.settings.fetch import is_http
from signer.settings.files import trust
from signer.settings.parts import overlap, period
from signer.settings.secret import source
from signer.settings.table import Table
from signer.tsa.outside_spec import MOST_BYTES, Outside, OutsideSpec

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,18})){1,30}")


def read_outside(root: Table, fetch: Way, roots: tuple[Path, ...]) -> Outside:
    """Read ``[tsa_outside]``; without it nobody is asked. Proxy and hosts are those of ``[fetch]``."""
    table, known = root.table("tsa_outside"), Outside()
    seconds = table.number("wait_seconds", known.seconds, 1, 3600)
    found = [_authority(each, fetch, roots, seconds) for each in table.tables("authority")]
    _once(table, found)
    outside = Outside(tuple(found), seconds, table.integer("parallel", known.parallel, 1, 64))
    table.end()
    return outside


def _authority(table: Table, fetch: Way, roots: tuple[Path, ...], most: float) -> OutsideSpec:
    name, url = table.text("name"), table.text("url")
    if url and not is_http(url):
        table.fault("url", "chỉ nhận địa chỉ http:// không kèm tài khoản / http:// wanted, without a login")
    policy, policies = table.text("policy", ""), table.texts("policies", ())
    for key, oids in (("policy", (policy,) if policy else ()), ("policies", policies)):
        for oid in oids:
            if not _OID.fullmatch(oid):
                table.fault(key, f"“{oid[:60]}” không phải OID / is no OID such as 2.16.704.1.1.1.2")
    if policy and policies and policy not in policies:
        table.fault("policy", "không thuộc “policies” / is not one of “policies”")
    login = source(table, "password", "mật khẩu", "password")
    if login is not None:
        table.warn("password", "gửi qua http không mã hóa / goes over http, where others on the way can read it")
    seconds = table.number("timeout_seconds", min(60.0, most), 0.1, 3600)
    if seconds > most:
        table.fault("timeout_seconds", f"dài hơn / is longer than [tsa_outside] wait_seconds = {most:g}")
    spec = OutsideSpec(
        name=name,
        url=url,
        counts_as=table.choice("counts_as", CountsAs),
        trust=trust(table) if "trust" in table else roots,
        period=period(table),
        policy=policy,
        policies=frozenset(policies),
        login=login,
        way=_way(fetch, name, seconds),
    )
    table.end()
    return spec


def _way(fetch: Way, name: str, seconds: float) -> Way:
    """The way of ``[fetch]``, with an authority's own bounds."""
    said = {each.name: getattr(fetch, each.name) for each in fields(Way)}
    mine = {
        "seconds": seconds,
        "max_bytes": MOST_BYTES,
        "seconds_key": f"[[tsa_outside.authority]] {name}: timeout_seconds",
        "bytes_key": "cố định / fixed",
    }
    return Way(**said | mine)


def _once(table: Table, found: Sequence[OutsideSpec]) -> None:
    """A name may come back in another period, for who counts as something else from a day on."""
    for place, one in enumerate(found):
        for other in found[:place]:
            if one.name and one.name == other.name and overlap(one.period, other.period):
                table.fault(
                    "authority",
                    f"“{one.name}” khai hai lần cho cùng một ngày / is declared twice for the same days",
                )
