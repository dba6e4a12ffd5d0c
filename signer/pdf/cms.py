"""CMS SignedData for PAdES (RFC 5652, ETSI EN 319 142-1) from DER templates.

Encoding the same certificates and attributes again and again costs ten times what the token takes. All that is
fixed for a key is encoded once; a signature splices the digest into the attributes and the value into the end.
The result is compared with asn1crypto's own encoding in tests, and parsed again before it leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from asn1crypto import algos, cms, core, keys, x509

from hsm.der import tlv
from signer.algorithms import identifiers, signing_certificate
from signer.der import OCTET_STRING, SEQUENCE, SET
from signer.model import KeyInfo

ED25519_VALUE = 64
MAX_DER_INTEGER = 3
"""What DER adds to each half of an ECDSA value at most: tag, length, a leading zero."""


@dataclass(frozen=True, slots=True)
class Template:
    """Everything of a key's SignedData that does not change from one document to the next (DER)."""

    digest: str
    attributes_head: bytes
    attributes_tail: bytes
    version_and_digests: bytes
    certificates: bytes
    signer_head: bytes
    signer_tail: bytes
    longest: int
    """Bytes that the ContentInfo takes at most."""

    def attributes(self, document_digest: bytes) -> bytes:
        """SignedAttributes as they are signed: a SET OF with its universal tag (RFC 5652, 5.4)."""
        return self.attributes_head + document_digest + self.attributes_tail

    def signed_data(self, attributes: bytes, value: bytes, unsigned: bytes = b"") -> bytes:
        """The whole ContentInfo. ``attributes`` as signed; in place they are tagged [0] IMPLICIT."""
        signer_info = tlv(
            SEQUENCE, self.signer_head, b"\xa0" + attributes[1:], self.signer_tail, tlv(OCTET_STRING, value), unsigned
        )
        body = tlv(SEQUENCE, self.version_and_digests, self.certificates, tlv(SET, signer_info))
        return tlv(SEQUENCE, _SIGNED_DATA, tlv(0xA0, body))

    def room(self, token: int) -> int:
        """Bytes that the ContentInfo takes at most with a time-stamp token of ``token`` bytes; 0 for none."""
        return self.longest + len(time_stamped(bytes(token))) + _LONGER_HEADERS if token else self.longest


_LONGER_HEADERS = 5 * 2
"""Bytes by which the lengths of what holds the unsigned attributes may grow: five elements, each from 2 to 4 octets."""
_SIGNED_DATA = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()
_TIME_STAMP = core.ObjectIdentifier("1.2.840.113549.1.9.16.2.14").dump()
_DATA = cms.EncapsulatedContentInfo({"content_type": "data"}).dump()


@lru_cache(maxsize=256)
def template(key: KeyInfo) -> Template:
    """Encode once what is fixed for a key.

    Signed attributes: content-type, message-digest, signing-certificate-v2 (mandatory in EN 319 142-1, table 1)
    and the algorithm protection of RFC 6211; no signing-time, which PAdES puts into /M.
    """
    certificate = x509.Certificate.load(key.certificate)
    digest, signature_algorithm = identifiers(key.algorithm)
    zeros = bytes(hashlib.new(digest).digest_size)
    attributes = _attributes(certificate, digest, signature_algorithm, zeros).dump()
    at = attributes.index(zeros)
    # SET OF asks for its members in the order of their encodings (X.690, 11.6); asn1crypto sorts them.
    chain = sorted([key.certificate, *key.chain])
    digest_algorithm = algos.DigestAlgorithm({"algorithm": digest})
    sid = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    parts = Template(
        digest=digest,
        attributes_head=attributes[:at],
        attributes_tail=attributes[at + len(zeros) :],
        version_and_digests=core.Integer(1).dump() + tlv(SET, digest_algorithm.dump()) + _DATA,
        certificates=tlv(0xA0, *chain),
        signer_head=core.Integer(1).dump() + sid.dump() + digest_algorithm.dump(),
        signer_tail=signature_algorithm.dump(),
        longest=0,
    )
    value = bytes(_longest_value(certificate.public_key))
    return replace(parts, longest=len(parts.signed_data(parts.attributes(zeros), value)))


def sign(
    key: KeyInfo, document_digest: bytes, token: Callable[[bytes], bytes], stamp: Callable[[bytes], bytes] | None = None
) -> bytes:
    """ContentInfo over a document's digest; ``token`` gets the attributes and is called once.

    ``stamp``, for B-T and above, gets the SHA-256 of the signature value and gives a time-stamp token over it.
    """
    parts = template(key)
    attributes = parts.attributes(document_digest)
    value = token(attributes)
    if stamp is None:
        return parts.signed_data(attributes, value)
    return parts.signed_data(attributes, value, time_stamped(stamp(hashlib.sha256(value).digest())))


def time_stamped(token: bytes) -> bytes:
    """Unsigned attributes with a signature time-stamp (RFC 3161, appendix A), in place: tagged [1] IMPLICIT."""
    return tlv(0xA1, tlv(SEQUENCE, _TIME_STAMP, tlv(SET, token)))


def _attributes(
    certificate: x509.Certificate, digest: str, signature: algos.SignedDigestAlgorithm, message_digest: bytes
) -> cms.CMSAttributes:
    protection = cms.CMSAlgorithmProtection(
        {"digest_algorithm": {"algorithm": digest}, "signature_algorithm": signature}
    )
    values = {
        "content_type": "data",
        "message_digest": message_digest,
        "signing_certificate_v2": signing_certificate(certificate, digest),
        "cms_algorithm_protection": protection,
    }
    return cms.CMSAttributes([cms.CMSAttribute({"type": name, "values": [value]}) for name, value in values.items()])


def _longest_value(public_key: keys.PublicKeyInfo) -> int:
    if public_key.algorithm == "ec":
        half = (public_key.bit_size + 7) // 8
        return len(tlv(SEQUENCE, bytes(2 * (half + MAX_DER_INTEGER))))
    return ED25519_VALUE if public_key.algorithm == "ed25519" else (public_key.bit_size + 7) // 8
