"""Our own time-stamp authority: requests in, tokens out, with a key that stays on its token.

**Serial numbers** are random: 158 bits from the system's generator, 20 octets as RFC 3161, 2.4.2 asks clients to
take. Two tokens out of 2^64 share one with a probability below 2^-30, whichever worker, node or year they come from;
nothing needs to be counted, stored or restored for it, and a restored backup cannot give one out again.

**The time** is read once, after the request was found good and before the key signs: the token says that the imprint
was here then. A clock that cannot vouch for itself gets nothing signed (ETSI EN 319 421, 7.7.2).
"""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta

from asn1crypto import core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hsm.api import SignatureAlgorithm
from hsm.der import tlv
from hsm.verify import verify
from signer.der import OCTET_STRING, SEQUENCE
from signer.errors import Kind, SignerError
from signer.model.time import GRANTED, Moment, TimeStampReply
from signer.ports import Keyring, KnownTime
from signer.tsa.certificate import faults
from signer.tsa.reply import granted, rejected, template, tst_info
from signer.tsa.request import DIGESTS, OBJECT_IDENTIFIER, Failure, Rejection, Request, check

log = logging.getLogger(__name__)

SERIAL_OCTETS = 20


def new_serial() -> bytes:
    """A number that nobody has had: 158 random bits behind 01, so that it is positive and always as long."""
    drawn = os.urandom(SERIAL_OCTETS)
    return bytes((0x40 | drawn[0] & 0x3F,)) + drawn[1:]


class Authority:
    """``TimeStampAuthority`` and ``TimeStamper`` over a key of the settings. Threads share it.

    ``policy``: the OID under which all tokens are given, dotted. Made without a token: the keyring compares the key
    with its certificate before the first signature of a process. A certificate that is none of an authority is a
    ValueError.
    """

    def __init__(self, ring: Keyring, key: str, policy: str, time: KnownTime) -> None:
        info = ring.info(key)
        wrong = faults(info.certificate)
        if wrong:
            raise ValueError(f"key {key}: " + "; ".join(wrong))
        certificate = x509.load_der_x509_certificate(info.certificate)
        self.name = key
        self._ring, self._time = ring, time
        self._policy = core.ObjectIdentifier(policy).contents
        self._policies = frozenset({self._policy})
        self._template = template(info)
        self._algorithm = SignatureAlgorithm(info.algorithm)
        self._public_key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._since, self._until = certificate.not_valid_before_utc, certificate.not_valid_after_utc

    def reply(self, query: bytes) -> TimeStampReply:
        """What a stranger's TimeStampReq gets; whatever goes wrong here is a refusal, in the words of the RFC."""
        asked = check(query, self._policies)
        if isinstance(asked, Rejection):
            return _refused(asked)
        try:
            moment = self._time.now()
        except SignerError as error:
            return _refused(_rejection(Failure.TIME_NOT_AVAILABLE, error))
        try:
            token, serial = self._token(asked, moment)
        except SignerError as error:
            log.warning("no time-stamp: %s", error.code)
            return _refused(_rejection(Failure.SYSTEM_FAILURE, error))
        return TimeStampReply(granted(token), GRANTED, serial.hex())

    def stamp(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """A token for a digest of our own, with the certificates."""
        return self._token(_own(digest, algorithm), self._time.now())[0]

    def _token(self, asked: Request, moment: Moment) -> tuple[bytes, bytes]:
        self._check_validity(moment.at, moment.accuracy)
        serial = new_serial()
        info = tst_info(asked, self._policy, serial, moment)
        attributes = self._template.attributes(info)
        value = self._ring.sign(self.name, attributes)
        self._check_signature(attributes, value)
        return self._template.token(info, attributes, value, certificates=asked.certificates), serial

    def _check_validity(self, at: datetime, accuracy: timedelta) -> None:
        """Whatever the true time is within the accuracy, the certificate must hold then."""
        if not self._since <= at - accuracy or not at + accuracy <= self._until:
            raise SignerError(
                Kind.UNAVAILABLE,
                "time-stamp-unavailable",
                "Chứng thư của máy chủ dấu thời gian chưa có hiệu lực hoặc đã hết hạn.",
                "the time-stamp authority's certificate does not hold now",
            )

    def _check_signature(self, attributes: bytes, value: bytes) -> None:
        """Nothing leaves that does not verify with the certificate."""
        try:
            verify(self._public_key, self._algorithm, attributes, value)
        except InvalidSignature:
            log.error("a time-stamp of key %s does not verify with its certificate", self.name)  # noqa: TRY400
            raise SignerError(
                Kind.UNAVAILABLE,
                "time-stamp-unavailable",
                "Dấu thời gian vừa tạo không kiểm tra được bằng chứng thư; đã hủy.",
                "the time-stamp just made does not verify with the certificate; it was dropped",
            ) from None


_DIGEST_OIDS = {name: (oid, size) for oid, (name, size) in DIGESTS.items()}


def _own(digest: bytes, algorithm: str) -> Request:
    """As a request of our own would be read; another digest than of DIGESTS, or another length, is a ValueError."""
    oid, size = _DIGEST_OIDS.get(algorithm, (b"", -1))
    if len(digest) != size:
        raise ValueError(f"no {algorithm} digest: {len(digest)} bytes")
    name = tlv(SEQUENCE, tlv(OBJECT_IDENTIFIER, oid))
    return Request(algorithm, digest, tlv(SEQUENCE, name, tlv(OCTET_STRING, digest)), certificates=True)


def _rejection(failure: Failure, error: SignerError) -> Rejection:
    return Rejection(failure, f"{error.text.vi} / {error.text.en}")


def _refused(rejection: Rejection) -> TimeStampReply:
    return TimeStampReply(rejected(rejection), rejection.failure.label)
