"""What a proxy in front says of its clients: address and certificate. Believed from its own addresses only."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID
from flask import request

from signer.errors import Kind, SignerError

CERTIFICATE, CHAIN = "Client-Cert", "Client-Cert-Chain"
"""Header fields of RFC 9440, section 2: byte sequences of RFC 8941, DER."""
MOST_CHAIN = 6
"""Certificates above the client's own that are looked at."""

_BYTES = re.compile(r":([A-Za-z0-9+/]+={0,2}):")
_LISTED = re.compile(rf"\s*{_BYTES.pattern}\s*(?:,\s*{_BYTES.pattern}\s*)*")
_FOR = re.compile(r"""(?i)(?:^|;)\s*for\s*=\s*("[^"]*"|[^;,\s]*)""")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Proxy:
    """Whom to believe. ``addresses``: the field in which the proxy adds where a request came from.

    ``roots``: where a client's certificate must lead, if any are given; without them the proxy's judgement is enough,
    since a certificate opens only what it was bound to one by one.
    """

    trusted: tuple[Network, ...] = ()
    addresses: str = "X-Forwarded-For"
    roots: tuple[x509.Certificate, ...] = field(default=(), repr=False)

    def address(self, environ: Mapping[str, str] | None = None) -> str:
        """Where the request at hand, or that of ``environ``, comes from.

        It is the last address in the field that is not a trusted proxy's. What stands before it the client may have
        written himself.
        """
        environ = request.environ if environ is None else environ
        peer = environ.get("REMOTE_ADDR") or "-"
        if not self._trusts(peer):
            return peer
        said = environ.get("HTTP_" + self.addresses.upper().replace("-", "_"), "").split(",")
        for hop in reversed(said):
            found = _host(_forwarded_for(hop) if self.addresses == "Forwarded" else hop)
            if found is None:
                break
            peer = str(found)
            if not self._trusts(peer):
                break
        return peer

    def caller(self, environ: Mapping[str, str] | None = None) -> str:
        """Whose calls are counted together: an address, of IPv6 the /64 that one customer has all addresses of."""
        said = self.address(environ)
        host = _host(said)
        return str(IPv6Network((host, 64), strict=False)) if isinstance(host, IPv6Address) else said

    def certificate(self, now: Callable[[], datetime]) -> str | None:
        """The SHA-256 of the client's certificate, hex; None where no proxy tells of one, or the caller has a key.

        MALFORMED ``client-certificate-not-from-proxy`` from anybody else's address, ``invalid-client-certificate``;
        UNAUTHENTICATED ``client-certificate-refused`` if it does not hold now or leads to no root.
        """
        said = request.headers.get(CERTIFICATE)
        if (said is not None or CHAIN in request.headers) and not self._trusts(request.remote_addr or "-"):
            # Not passed over in silence: somebody tries it, or the proxy's address is missing in the settings.
            raise SignerError(
                Kind.MALFORMED,
                "client-certificate-not-from-proxy",
                f"Trường {CERTIFICATE} chỉ được nhận từ máy chủ trung gian đã khai báo.",
                f"{CERTIFICATE} is taken from the proxies of the settings only",
                where=CERTIFICATE,
            )
        if said is None or "Authorization" in request.headers:
            return None
        whole = _BYTES.fullmatch(said.strip())
        found = _read(whole[1] if whole else None, CERTIFICATE)
        if not found.not_valid_before_utc <= now().astimezone(UTC) <= found.not_valid_after_utc:
            raise _refused()
        if self.roots:
            self._follow(found, now())
        return found.fingerprint(hashes.SHA256()).hex()

    def _trusts(self, address: str) -> bool:
        host = _host(address)
        return host is not None and any(host in network for network in self.trusted)

    def _follow(self, found: x509.Certificate, now: datetime) -> None:
        """A path to one of the roots (RFC 5280, 6.1), for a client if it says for what it is (4.2.1.12)."""
        chain = request.headers.get(CHAIN, "")
        if chain and not _LISTED.fullmatch(chain):
            raise _unreadable(CHAIN)
        above = [_read(each, CHAIN) for each in _BYTES.findall(chain)[:MOST_CHAIN]]
        policy = (
            verification.PolicyBuilder()
            .store(verification.Store(list(self.roots)))
            .time(now.astimezone(UTC).replace(tzinfo=None))
            .max_chain_depth(MOST_CHAIN)
            .extension_policies(ca_policy=_CA, ee_policy=_CLIENT)
        )
        try:
            policy.build_client_verifier().verify(found, above)
        except verification.VerificationError:
            raise _refused() from None


def _for_clients(
    _policy: verification.Policy, _certificate: x509.Certificate, said: x509.ExtendedKeyUsage | None
) -> None:
    if said is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in said:
        raise ValueError("not for clients")


def _an_authority(_policy: verification.Policy, _certificate: x509.Certificate, said: x509.BasicConstraints) -> None:
    if not said.ca:
        raise ValueError("not an authority's")


def _may_sign(_policy: verification.Policy, _certificate: x509.Certificate, said: x509.KeyUsage | None) -> None:
    if said is not None and not said.key_cert_sign:
        raise ValueError("not for signing certificates")


# Without a web browser's rules, such as a name of a host in each certificate.
_ANY = verification.ExtensionPolicy.permit_all()
_AGNOSTIC = verification.Criticality.AGNOSTIC
_CLIENT = _ANY.may_be_present(x509.ExtendedKeyUsage, _AGNOSTIC, _for_clients)
_CA = _ANY.require_present(x509.BasicConstraints, _AGNOSTIC, _an_authority).may_be_present(
    x509.KeyUsage, _AGNOSTIC, _may_sign
)


def _read(text: str | None, where: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text or "", validate=True))
    except (ValueError, binascii.Error):
        raise _unreadable(where) from None


def _unreadable(where: str) -> SignerError:
    return SignerError(
        Kind.MALFORMED,
        "invalid-client-certificate",
        f"Trường {where} không có dạng của RFC 9440.",
        f"{where} is not as RFC 9440 has it",
        where=where,
    )


def _refused() -> SignerError:
    return SignerError(
        Kind.UNAUTHENTICATED,
        "client-certificate-refused",
        "Chứng thư của máy gọi hết hạn, chưa có hiệu lực hoặc không thuộc chứng thư gốc đã khai báo.",
        "the client's certificate is out of its time or leads to no root of the settings",
        where=CERTIFICATE,
    )


def _forwarded_for(hop: str) -> str:
    said = _FOR.search(hop)
    return said[1].strip('"') if said else ""


def _host(text: str) -> IPv4Address | IPv6Address | None:
    """An address without its port (RFC 7239, 6), also of IPv4 in IPv6's clothes."""
    text = text.strip()
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
