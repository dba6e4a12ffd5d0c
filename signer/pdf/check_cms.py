"""Reading our own CMS again and verifying it, without the code that composed it (RFC 5652, 5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from asn1crypto.algos import DigestAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from signer.model import KeyInfo
from signer.pdf.der import OCTET_STRING, SEQUENCE, SET, children, expect, read

_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SIGNING_CERTIFICATE = bytes.fromhex("2a864886f70d010910022f")
DIGESTS = {DigestAlgorithm({"algorithm": name}).contents: name for name in ("sha256", "sha384", "sha512")}
_HASHES: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class ReadCms:
    """What the check needs of a SignedData (RFC 5652, 5.1 and 5.3)."""

    certificates: tuple[bytes, ...]
    digest_algorithm: bytes
    message_digest: bytes
    certificate_hash: bytes
    signed_attributes: bytes
    value: bytes


def read_signed_data(data: bytes) -> ReadCms:
    """Read our SignedData, with zeros behind it up to the end of /Contents; ValueError for any other shape."""
    outer = read(data, 0, len(data))
    if outer.tag != SEQUENCE or data[outer.end :].strip(b"\0"):
        raise ValueError("not one SignedData with zeros behind it")
    _, wrapped = expect(data, outer, 0x06, 0xA0)
    (body,) = expect(data, wrapped, SEQUENCE)
    _, _, _, certificates, infos = expect(data, body, 0x02, SET, SEQUENCE, 0xA0, SET)
    (info,) = expect(data, infos, SEQUENCE)
    _, _, digest, attributes, _, value = expect(data, info, 0x02, SEQUENCE, SEQUENCE, 0xA0, SEQUENCE, OCTET_STRING)
    values: dict[bytes, bytes] = {}
    for attribute in children(data, attributes):
        kind, held = expect(data, attribute, 0x06, SET)
        values[data[kind.content : kind.end]] = data[held.content : held.end]
    if not {_MESSAGE_DIGEST, _SIGNING_CERTIFICATE} <= values.keys():
        raise ValueError("message-digest or signing-certificate-v2 is missing")
    stated = values[_MESSAGE_DIGEST]
    return ReadCms(
        certificates=tuple(data[item.start : item.end] for item in children(data, certificates)),
        digest_algorithm=data[digest.content : digest.end],
        message_digest=stated[read(stated, 0, len(stated)).content :],
        certificate_hash=_certificate_hash(values[_SIGNING_CERTIFICATE]),
        signed_attributes=b"\x31" + data[attributes.start + 1 : attributes.end],
        value=data[value.content : value.end],
    )


def _certificate_hash(data: bytes) -> bytes:
    """CertHash of the first ESSCertIDv2 (RFC 5035, 4); the hash algorithm before it is left out for SHA-256."""
    (certificates,) = expect(data, read(data, 0, len(data)), SEQUENCE)
    first = next(children(data, certificates))
    found = next(part for part in children(data, first) if part.tag == OCTET_STRING)
    return data[found.content : found.end]


def verify(key: KeyInfo, value: bytes, signed: bytes) -> None:
    """InvalidSignature unless ``value`` is the key's signature over ``signed``."""
    public = _public_key(key.certificate)
    family, _, digest = key.algorithm.rpartition("-")
    if isinstance(public, rsa.RSAPublicKey):
        hash_algorithm = _HASHES[digest]
        scheme = (
            padding.PSS(padding.MGF1(hash_algorithm), hash_algorithm.digest_size)
            if family == "rsa-pss"
            else padding.PKCS1v15()
        )
        public.verify(value, signed, scheme, hash_algorithm)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(value, signed, ec.ECDSA(_HASHES[digest]))
    elif isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(value, signed)
    else:
        raise TypeError("a kind of key that cannot be checked")


@lru_cache(maxsize=256)
def _public_key(certificate: bytes) -> object:
    return x509.load_der_x509_certificate(certificate).public_key()
