"""The keys' certificates, the CAs above them, and the addresses that they name (RFC 5280, 4.2.1.13 and 4.2.2.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from signer.model import KeyInfo
from signer.revocation.signatures import is_issued

E = TypeVar("E", bound=x509.ExtensionType)

LONGEST_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Watched:
    """A certificate that keys rely on. ``issuer`` None: its CA is in neither chain nor trust."""

    certificate: x509.Certificate
    issuer: x509.Certificate | None
    keys: tuple[str, ...]

    @property
    def about(self) -> str:
        """Whose it is."""
        return label(self.certificate)

    @property
    def lists(self) -> tuple[tuple[str, ...], ...]:
        """Where its CA publishes CRLs: points, each with addresses of one and the same list."""
        points = extension(self.certificate, x509.CRLDistributionPoints) or ()
        return tuple(tuple(_uris(point.full_name or ())) for point in points if point.crl_issuer is None)

    @property
    def responders(self) -> tuple[str, ...]:
        """Who answers about it by OCSP."""
        places = extension(self.certificate, x509.AuthorityInformationAccess) or ()
        return tuple(_uris(each.access_location for each in places if each.access_method == _OCSP))

    @property
    def is_ca(self) -> bool:
        """Whether it may issue certificates itself."""
        found = extension(self.certificate, x509.BasicConstraints)
        return found is not None and found.ca


_OCSP = AuthorityInformationAccessOID.OCSP


class Hierarchy:
    """Everything that has to be watched so that these keys can sign."""

    def __init__(self, keys: Iterable[KeyInfo], roots: Sequence[bytes], helpers: Sequence[bytes]) -> None:
        keys = tuple(keys)
        self._roots = {each.fingerprint(SHA256()) for each in _loaded(roots)}
        above = (*roots, *helpers, *(each for key in keys for each in key.chain))
        self.authorities = tuple(dict.fromkeys(_loaded(dict.fromkeys(above))))
        users: dict[x509.Certificate, list[str]] = {}
        self._issuers: dict[x509.Certificate, x509.Certificate | None] = {}
        for key in keys:
            for certificate in self._climb(x509.load_der_x509_certificate(key.certificate)):
                users.setdefault(certificate, []).append(key.name)
        self.watched = tuple(Watched(each, self._issuers[each], tuple(names)) for each, names in users.items())

    def _climb(self, certificate: x509.Certificate | None) -> Iterable[x509.Certificate]:
        """From a key's certificate up to where trust is pinned, without that: a root is not revoked by a list."""
        for _ in range(LONGEST_CHAIN):
            if certificate is None or certificate.fingerprint(SHA256()) in self._roots:
                return
            if certificate not in self._issuers:
                self._issuers[certificate] = next(
                    (each for each in self.authorities if is_issued(certificate, each)), None
                )
            yield certificate
            above = self._issuers[certificate]
            certificate = above if above != certificate else None


def label(certificate: x509.Certificate) -> str:
    """The common name, or the whole subject where there is none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def key_digest(certificate: x509.Certificate) -> str:
    """What a CA's data are known by: SHA-256 of its public key, hex; a renewed certificate keeps it."""
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()


def extension(holder: x509.Certificate | x509.CertificateRevocationList, kind: type[E]) -> E | None:
    """An extension, None where there is none or where it cannot be read."""
    try:
        return holder.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None


def usable(url: str) -> bool:
    """Whether this program goes there: plain http, as RFC 5280 (8) wants it for CRLs, and no login in the address."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False


def _loaded(ders: Iterable[bytes]) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(der) for der in ders]


def _uris(names: Iterable[x509.GeneralName]) -> list[str]:
    return [each.value for each in names if isinstance(each, x509.UniformResourceIdentifier)]
