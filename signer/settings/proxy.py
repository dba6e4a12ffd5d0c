"""``[proxy]`` of ``service.toml``: whom to believe what he says of his clients."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_network

from cryptography import x509

from signer.settings.files import certificates
from signer.settings.table import Table


class _Field(Enum):
    X_FORWARDED_FOR = "X-Forwarded-For"
    FORWARDED = "Forwarded"


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """Networks of the proxies, the field in which they add a client's address, roots of clients' certificates."""

    trusted: tuple[IPv4Network | IPv6Network, ...] = ()
    addresses: str = _Field.X_FORWARDED_FOR.value
    client_roots: tuple[x509.Certificate, ...] = field(default=(), repr=False)


def read_proxy(root: Table) -> ProxySettings:
    """Read ``[proxy]``; without it nobody is believed."""
    table = root.table("proxy")
    networks: list[IPv4Network | IPv6Network] = []
    for text in table.texts("trusted", ()):
        try:
            networks.append(ip_network(text))
        except ValueError:
            table.fault("trusted", f"“{text}” không phải dải địa chỉ / is no network such as 127.0.0.1/32")
    settings = ProxySettings(
        trusted=tuple(networks),
        addresses=str(table.choice("addresses", _Field, _Field.X_FORWARDED_FOR).value),
        client_roots=certificates(table, "client_roots"),
    )
    table.end()
    return settings
