"""``[fetch]`` of ``service.toml``: how CRLs and OCSP answers are fetched."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from hsm.pin import PinSource
from signer.revocation.way import Way
from signer.settings.secret import source
from signer.settings.table import Table

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]"
_HOST = re.compile(rf"(?:{_NAME})")
_ADDRESS = re.compile(rf"(?:{_NAME})(?::(?P<port>[0-9]{{1,5}}))?")
_MOST_PORT = 65535


def read_fetch(root: Table) -> Way:
    """Read ``[fetch]``; without it everything is fetched directly."""
    table, known = root.table("fetch"), Way()
    proxy = _proxy(table)
    way = Way(
        proxy=proxy,
        login=_login(table, proxy),
        hosts=_hosts(table),
        direct=frozenset(_host_names(table, "direct")),
        crls=_addresses(table, "crls"),
        ocsp=table.boolean("ocsp", known.ocsp),
        seconds=table.number("timeout_seconds", known.seconds, 1, 3600),
        max_bytes=table.integer("max_mb", known.max_bytes // 1_000_000, 1, 64) * 1_000_000,
    )
    table.end()
    return way


def _proxy(table: Table) -> str:
    """``http://host:port``; what stands there is never quoted, for it may hold a password."""
    text = table.text("proxy", "")
    if not text:
        return ""
    scheme, _, rest = text.partition("://")
    if "@" in text:
        table.fault(
            "proxy",
            "tài khoản của proxy không ghi ở đây mà trong tệp của proxy_password / the login does not belong here "
            "but into the file of proxy_password",
        )
    elif scheme != "http" or not _is_address(rest.removesuffix("/"), port_wanted=True):
        table.fault("proxy", "cần viết http://máy:cổng / http://host:port wanted")
    else:
        return f"http://{rest.removesuffix('/')}"
    return ""


def _login(table: Table, proxy: str) -> PinSource | None:
    found = source(table, "proxy_password", "mật khẩu proxy", "password")
    if found is not None and "proxy" not in table:
        table.fault("proxy_password", "không có proxy để dùng / there is no proxy to use it for")
    return found if proxy else None


def _hosts(table: Table) -> dict[str, str]:
    """Which host is found where; ``host`` or ``host:port`` on the right."""
    found: dict[str, str] = {}
    entries = table.table("hosts")
    for host in entries.names():
        address = entries.text(host)
        if not _HOST.fullmatch(host):
            entries.fault(host, "không phải tên máy / is no host name")
        elif address and not _is_address(address):
            entries.fault(host, f"“{address}” không phải địa chỉ:cổng / is no host:port such as 10.0.0.5:8080")
        else:
            found[host.lower()] = address
    return found


def _host_names(table: Table, key: str) -> tuple[str, ...]:
    names = table.texts(key, ())
    for name in names:
        if not _HOST.fullmatch(name):
            table.fault(key, f"“{name}” không phải tên máy / is no host name")
    return tuple(name.lower() for name in names)


def _addresses(table: Table, key: str) -> tuple[str, ...]:
    urls = table.texts(key, ())
    for url in urls:
        if not is_http(url):
            table.fault(key, "chỉ nhận địa chỉ http:// không kèm tài khoản / http:// wanted, without a login")
    return urls


def is_http(url: str) -> bool:
    """Whether it is an address that the line can go to, without a login in it."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False


def _is_address(text: str, *, port_wanted: bool = False) -> bool:
    match = _ADDRESS.fullmatch(text)
    if match is None or (port_wanted and match["port"] is None):
        return False
    return match["port"] is None or 0 < int(match["port"]) <= _MOST_PORT
