"""Secrets that the settings name: only the place where one lies, which is looked at and never read here."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from hsm.pin import CREDENTIALS, PinSource
from signer.settings.table import Table

_SOURCE = re.compile(r"file:.*\S.*|credential:[A-Za-z_][A-Za-z0-9._-]{0,254}|env:[A-Za-z_][A-Za-z0-9_]*")


def source(table: Table, key: str, vi: str = "PIN", en: str = "PIN") -> PinSource | None:
    """The place of a secret, None where it is left out or faulty.

    A message never quotes the value: it may be the secret itself, put there by mistake. ``vi``, ``en`` call it.
    """
    text = table.text(key, "")
    if not text:
        return None
    if not _SOURCE.fullmatch(text):
        table.fault(key, f'chỉ viết / write "file:PATH", "credential:NAME" or "env:NAME", never the {en} itself')
        return None
    found = PinSource.parse(text, table.folder)
    if found.kind == "env" and not os.environ.get(found.place):
        table.warn(key, f"biến môi trường chưa đặt / the environment has no {found.place}")
    if found.kind == "credential" and not os.environ.get(CREDENTIALS):
        table.warn(key, f"chỉ đọc được khi systemd chạy dịch vụ / only under systemd: {found}")
    if found.kind == "file":
        _look_at_file(table, key, Path(found.place), vi, en)
    return found


def _look_at_file(table: Table, key: str, path: Path, vi: str, en: str) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as trouble:
        table.fault(key, f"không đọc được tệp {vi} / the {en} file {path} cannot be read: {trouble.strerror}")
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        table.fault(key, f"tệp {vi} {path} cho người khác đọc / is open to others than its owner: chmod 600")
