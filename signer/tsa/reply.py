"""TimeStampResp and its token (RFC 3161, 5816; ETSI EN 319 422) from DER templates.

A general encoder takes ten times as long as the token's signature. What is fixed for a key is encoded once; an answer
splices in imprint, serial number, time, nonce and the signature's value. Tests compare every answer, byte for byte,
with what asn1crypto encodes of the same values.

    TimeStampResp    status, token
      SignedData     version 3, digest algorithm, TSTInfo, certificates when asked for, one SignerInfo
        TSTInfo      version 1, policy, imprint, serial, genTime, accuracy, nonce;  ordering is FALSE: not written
        SignerInfo   attributes content-type, message-digest, signing-certificate-v2;  signature over these
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from asn1crypto import algos, cms, core, x509

from hsm.der import integer, tlv
from signer.algorithms import identifiers, signing_certificate
from signer.der import INTEGER, OCTET_STRING, SEQUENCE, SET
from signer.model import KeyInfo
from signer.model.time import Moment
from signer.tsa.request import OBJECT_IDENTIFIER, Rejection, Request

_GENERALIZED_TIME, _UTF8, _BIT_STRING = 0x18, 0x0C, 0x03
_EXPLICIT_0, _IMPLICIT_0, _IMPLICIT_1 = 0xA0, 0x80, 0x81
_SIGNED_DATA = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()
_TST_INFO = core.ObjectIdentifier("1.2.840.113549.1.9.16.1.4").dump()
_ONE, _THREE = core.Integer(1).dump(), core.Integer(3).dump()
_GRANTED = tlv(SEQUENCE, core.Integer(0).dump())


def granted(token: bytes) -> bytes:
    """TimeStampResp with a token."""
    return tlv(SEQUENCE, _GRANTED, token)


def rejected(rejection: Rejection) -> bytes:
    """TimeStampResp without one: status, words, and one bit of PKIFailureInfo."""
    octets, bit = divmod(rejection.failure, 8)
    # A named bit list ends with its last bit that is set (X.690, 11.2.2).
    failure = tlv(_BIT_STRING, bytes((7 - bit,)), bytes(octets), bytes((0x80 >> bit,)))
    words = tlv(SEQUENCE, tlv(_UTF8, rejection.text.encode()))
    return tlv(SEQUENCE, tlv(SEQUENCE, tlv(INTEGER, bytes((rejection.status,))), words, failure))


def tst_info(request: Request, policy: bytes, serial: bytes, moment: Moment) -> bytes:
    """TSTInfo; ``policy`` is the content of an OID, ``serial`` an unsigned number, big-endian."""
    return tlv(
        SEQUENCE,
        _ONE,
        tlv(OBJECT_IDENTIFIER, policy),
        request.imprint,
        integer(serial),
        _time(moment),
        accuracy(moment.accuracy),
        request.nonce,
    )


def _time(moment: Moment) -> bytes:
    """GeneralizedTime to the microsecond, without zeros at its end (RFC 3161, 2.4.2)."""
    text = f"{moment.at:%Y%m%d%H%M%S}"
    if moment.at.microsecond:
        text += f".{moment.at.microsecond:06}".rstrip("0")
    return tlv(_GENERALIZED_TIME, text.encode(), b"Z")


def accuracy(bound: timedelta) -> bytes:
    """Accuracy; parts that are nothing are not written, as their least value is 1."""
    microseconds = bound // timedelta(microseconds=1)
    seconds, microseconds = divmod(microseconds, 1_000_000)
    millis, micros = divmod(microseconds, 1000)
    parts = [_number(tag, value) for tag, value in ((INTEGER, seconds), (_IMPLICIT_0, millis), (_IMPLICIT_1, micros))]
    return tlv(SEQUENCE, *parts)


def _number(tag: int, value: int) -> bytes:
    return bytes((tag,)) + integer(value.to_bytes(8))[1:] if value else b""


@dataclass(frozen=True, slots=True)
class Template:
    """Everything of a key's tokens that does not change from one to the next (DER)."""

    digest: str
    attributes_head: bytes
    attributes_tail: bytes
    version_and_digests: bytes
    certificates: bytes
    signer_head: bytes
    signer_tail: bytes

    def attributes(self, info: bytes) -> bytes:
        """SignedAttributes over a TSTInfo as they are signed: a SET OF with its universal tag (RFC 5652, 5.4)."""
        return self.attributes_head + hashlib.new(self.digest, info).digest() + self.attributes_tail

    def token(self, info: bytes, attributes: bytes, value: bytes, *, certificates: bool) -> bytes:
        """TimeStampToken, a ContentInfo. ``attributes`` as signed; in place they are tagged [0] IMPLICIT."""
        signer = tlv(SEQUENCE, self.signer_head, b"\xa0" + attributes[1:], self.signer_tail, tlv(OCTET_STRING, value))
        body = tlv(
            SEQUENCE,
            self.version_and_digests,
            tlv(SEQUENCE, _TST_INFO, tlv(_EXPLICIT_0, tlv(OCTET_STRING, info))),
            self.certificates if certificates else b"",
            tlv(SET, signer),
        )
        return tlv(SEQUENCE, _SIGNED_DATA, tlv(_EXPLICIT_0, body))

    def sign(self, info: bytes, sign: Callable[[bytes], bytes], *, certificates: bool) -> bytes:
        """The token over a TSTInfo; ``sign`` gets the attributes, and is called once."""
        attributes = self.attributes(info)
        return self.token(info, attributes, sign(attributes), certificates=certificates)


def template(key: KeyInfo) -> Template:
    """Encode once what is fixed for a key."""
    certificate = x509.Certificate.load(key.certificate)
    digest, signature_algorithm = identifiers(key.algorithm)
    zeros = bytes(hashlib.new(digest).digest_size)
    attributes = _attributes(certificate, digest, zeros).dump()
    at = attributes.index(zeros)
    digest_algorithm = algos.DigestAlgorithm({"algorithm": digest}).dump()
    sid = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    return Template(
        digest=digest,
        attributes_head=attributes[:at],
        attributes_tail=attributes[at + len(zeros) :],
        version_and_digests=_THREE + tlv(SET, digest_algorithm),
        # SET OF: in the order of the encodings (X.690, 11.6), or strict clients refuse the token.
        certificates=tlv(_EXPLICIT_0, *sorted({key.certificate, *key.chain})),
        signer_head=_ONE + sid.dump() + digest_algorithm,
        signer_tail=signature_algorithm.dump(),
    )


def _attributes(certificate: x509.Certificate, digest: str, message_digest: bytes) -> cms.CMSAttributes:
    values = {
        "content_type": "tst_info",
        "message_digest": message_digest,
        "signing_certificate_v2": signing_certificate(certificate, digest),
    }
    return cms.CMSAttributes([cms.CMSAttribute({"type": name, "values": [value]}) for name, value in values.items()])
