"""Reading our own CMS again and verifying it, without the code that composed it (RFC 5652, 5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from asn1crypto.algos import DigestAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from hsm.der import integer, tlv
from signer.der import INTEGER, OCTET_STRING, SEQUENCE, SET, Element, children, expect, read
from signer.model import KeyInfo

_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SIGNING_CERTIFICATE = bytes.fromhex("2a864886f70d010910022f")
_PROTECTION = bytes.fromhex("2a864886f70d010934")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_ID_DATA = bytes.fromhex("06092a864886f70d010701")
_TIME_STAMP = bytes.fromhex("2a864886f70d010910020e")
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
_SHA256 = DigestAlgorithm({"algorithm": "sha256"})["algorithm"].dump()
DIGESTS = {DigestAlgorithm({"algorithm": name}).contents: name for name in ("sha256", "sha384", "sha512")}
_HASHES: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class ReadCms:
    """What the check needs of a SignedData (RFC 5652, 5.1 and 5.3). ``time_stamp`` is the token, b"" for none."""

    certificates: tuple[bytes, ...]
    signer: bytes
    digest_algorithm: bytes
    message_digest: bytes
    certificate_hash: bytes
    signed_attributes: bytes
    value: bytes
    time_stamp: bytes


def read_signed_data(data: bytes) -> ReadCms:
    """Read our SignedData, with zeros behind it up to the end of /Contents; ValueError for any other shape."""
    outer = read(data, 0, len(data))
    if outer.tag != SEQUENCE or data[outer.end :].strip(b"\0"):
        raise ValueError("not one SignedData with zeros behind it")
    kind, wrapped = expect(data, outer, 0x06, 0xA0)
    (body,) = expect(data, wrapped, SEQUENCE)
    version, digests, content, certificates, infos = expect(data, body, INTEGER, SET, SEQUENCE, 0xA0, SET)
    (info,) = expect(data, infos, SEQUENCE)
    info_version, signer, digest, attributes, algorithm, value, *behind = expect(
        data, info, INTEGER, SEQUENCE, SEQUENCE, 0xA0, SEQUENCE, OCTET_STRING, more=0xA1
    )
    values: dict[bytes, bytes] = {}
    for attribute in children(data, attributes):
        name, held = expect(data, attribute, 0x06, SET)
        values[data[name.content : name.end]] = data[held.content : held.end]
    if not {_MESSAGE_DIGEST, _SIGNING_CERTIFICATE, _PROTECTION} <= values.keys():
        raise ValueError("message-digest, signing-certificate-v2 or algorithm protection is missing")
    # What no signature covers must follow from what one does (RFC 6211, 1).
    protected = tlv(SEQUENCE, data[digest.start : digest.end], b"\xa1" + data[algorithm.start + 1 : algorithm.end])
    if (
        values[_PROTECTION] != protected
        or data[digests.content : digests.end] != data[digest.start : digest.end]
        or data[kind.start : kind.end] != _SIGNED_DATA
        or data[content.content : content.end] != _ID_DATA
        or (data[version.content : version.end], data[info_version.content : info_version.end]) != (b"\1", b"\1")
    ):
        raise ValueError("unsigned parts differ from the signed attributes")
    stated = values[_MESSAGE_DIGEST]
    return ReadCms(
        certificates=tuple(data[item.start : item.end] for item in children(data, certificates)),
        signer=data[signer.start : signer.end],
        digest_algorithm=data[digest.content : digest.end],
        message_digest=stated[read(stated, 0, len(stated)).content :],
        certificate_hash=_certificate_hash(values[_SIGNING_CERTIFICATE]),
        signed_attributes=b"\x31" + data[attributes.start + 1 : attributes.end],
        value=data[value.content : value.end],
        time_stamp=_time_stamp(data, behind[0]) if behind else b"",
    )


def _time_stamp(data: bytes, attributes: Element) -> bytes:
    """The token of the one unsigned attribute that we write (RFC 3161, appendix A)."""
    (attribute,) = expect(data, attributes, SEQUENCE)
    name, held = expect(data, attribute, 0x06, SET)
    (token,) = expect(data, held, SEQUENCE)
    if data[name.content : name.end] != _TIME_STAMP:
        raise ValueError("an unsigned attribute that is no time-stamp")
    return data[token.start : token.end]


def stamped(token: bytes) -> bytes:
    """The SHA-256 that a time-stamp token is about (RFC 3161, 2.4.2); ValueError for any other shape or digest.

    Who signed the token, and whether rightly, its client has judged.
    """
    _, wrapped = expect(token, read(token, 0, len(token)), 0x06, 0xA0)
    (body,) = expect(token, wrapped, SEQUENCE)
    _, _, encapsulated, *_ = children(token, body)
    kind, held = expect(token, encapsulated, 0x06, 0xA0)
    (octets,) = expect(token, held, OCTET_STRING)
    _, _, imprint, *_ = children(token, read(token, octets.content, octets.end))
    algorithm, digest = expect(token, imprint, SEQUENCE, OCTET_STRING)
    named = next(children(token, algorithm))
    if token[kind.start : kind.end] != _TST_INFO or token[named.start : named.end] != _SHA256:
        raise ValueError("no time-stamp, or one over another digest than SHA-256")
    return token[digest.content : digest.end]


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


@lru_cache(maxsize=256)
def signer_identifier(certificate: bytes) -> bytes:
    """IssuerAndSerialNumber of a certificate (RFC 5652, 10.2.4), DER."""
    read_certificate = x509.load_der_x509_certificate(certificate)
    serial = read_certificate.serial_number.to_bytes(20, "big")  # RFC 5280, 4.1.2.2: at most 20 octets
    return tlv(SEQUENCE, read_certificate.issuer.public_bytes(), integer(serial))
