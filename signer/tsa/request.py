"""A TimeStampReq (RFC 3161, 2.4.1) judged by its bytes: a frozen value, or the refusal that the asker is told.

The bytes are a stranger's. They are read once, from the front, at a fixed depth; every length is compared with what
is there before anything is taken, and no number is converted that is longer than its bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from hsm.der import tlv
from signer.der import INTEGER, OCTET_STRING, SEQUENCE, Element, children, expect, read

MAX_REQUEST = 4096
"""Bytes. An honest request has less than 200, with a policy and a long nonce."""
MAX_NONCE = 64
"""Bytes of a nonce; clients send 8 to 20. It comes back as it is and is never made a number."""

BOOLEAN, OBJECT_IDENTIFIER, EXTENSIONS = 0x01, 0x06, 0xA0
_NULL = b"\x05\x00"
_V1 = b"\x01"

DIGESTS = {
    bytes.fromhex("608648016503040201"): ("sha256", 32),
    bytes.fromhex("608648016503040202"): ("sha384", 48),
    bytes.fromhex("608648016503040203"): ("sha512", 64),
}
"""Content of a digest's OID to its name and length in bytes (ETSI TS 119 312); SHA-1 and MD5 are not among them."""


class Failure(IntEnum):
    """PKIFailureInfo (RFC 3161, 2.4.2): the numbers of its bits."""

    BAD_ALG = 0
    BAD_REQUEST = 2
    BAD_DATA_FORMAT = 5
    TIME_NOT_AVAILABLE = 14
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16
    SYSTEM_FAILURE = 25

    @property
    def label(self) -> str:
        """The name in the RFC: "badAlg"."""
        first, *others = self.name.lower().split("_")
        return first + "".join(part.capitalize() for part in others)


REJECTION = 2
"""PKIStatus of every refusal of ours: there is no waiting and no warning here."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why no token is given. ``text``: for people, Vietnamese and English."""

    failure: Failure
    text: str
    status: int = REJECTION


class _Refused(Exception):
    """What is wrong, on its way out of the reader."""

    def __init__(self, failure: Failure, text: str) -> None:
        super().__init__(text)
        self.rejection = Rejection(failure, text)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. ``imprint`` (MessageImprint) and ``nonce`` (INTEGER) are DER as they came, to be given back.

    ``policy`` is the content of an OID, b"" where none is named; ``nonce`` is b"" where there is none.
    """

    algorithm: str
    digest: bytes
    imprint: bytes
    policy: bytes = b""
    nonce: bytes = b""
    certificates: bool = False


def check(data: bytes, policies: frozenset[bytes] | None) -> Request | Rejection:
    """Judge a request; ``policies`` are the OIDs (content) that may be asked for, None: any. Never raises."""
    if len(data) > MAX_REQUEST:
        return Rejection(
            Failure.BAD_DATA_FORMAT,
            f"yêu cầu dài hơn {MAX_REQUEST} byte / the request is longer than {MAX_REQUEST} bytes",
        )
    try:
        return _read(data, policies)
    except _Refused as refused:
        return refused.rejection
    except ValueError:
        return Rejection(Failure.BAD_DATA_FORMAT, "không phải TimeStampReq mã hóa DER / is no TimeStampReq in DER")


def _read(data: bytes, policies: frozenset[bytes] | None) -> Request:
    whole = read(data, 0, len(data))
    if whole.tag != SEQUENCE or whole.end != len(data):
        raise ValueError("another thing than one SEQUENCE")
    version, imprint, *rest = [*children(data, whole), _NOTHING, _NOTHING]
    if version.tag != INTEGER:
        raise ValueError("no version")
    if data[version.content : version.end] != _V1:
        raise _Refused(Failure.BAD_REQUEST, "chỉ nhận phiên bản 1 / version 1 only")
    algorithm, digest = _imprint(data, imprint)
    given = iter(rest)
    here = next(given)
    policy = nonce = b""
    certificates = False
    if here.tag == OBJECT_IDENTIFIER:
        policy, here = data[here.content : here.end], next(given)
    if here.tag == INTEGER:
        nonce, here = _nonce(data, here), next(given)
    if here.tag == BOOLEAN:
        certificates, here = _boolean(data[here.content : here.end]), next(given)
    if here.tag == EXTENSIONS:
        # RFC 3161, 2.4.1: an extension that is not recognised is refused, critical or not; we know none.
        raise _Refused(Failure.UNACCEPTED_EXTENSION, "không nhận phần mở rộng nào / no extension is accepted")
    if here is not _NOTHING:
        raise ValueError("an element that is unknown, doubled or out of order")
    if policy and policies is not None and policy not in policies:
        raise _Refused(Failure.UNACCEPTED_POLICY, "không cấp theo chính sách này / this policy is not offered")
    return Request(algorithm, digest, data[imprint.start : imprint.end], policy, nonce, certificates)


_NOTHING = Element(0, 0, 0, 0)


def _imprint(data: bytes, imprint: Element) -> tuple[str, bytes]:
    """Name and value of the digest."""
    if imprint.tag != SEQUENCE:
        raise ValueError("no message imprint")
    algorithm, value = expect(data, imprint, SEQUENCE, OCTET_STRING)
    parts = list(children(data, algorithm))
    if not 1 <= len(parts) <= 2 or parts[0].tag != OBJECT_IDENTIFIER:
        raise ValueError("no algorithm identifier")
    known = DIGESTS.get(data[parts[0].content : parts[0].end])
    # RFC 5754, 2: no parameters, and NULL is to be accepted.
    if known is None or data[parts[0].end : algorithm.end] not in (b"", _NULL):
        raise _Refused(
            Failure.BAD_ALG, "chỉ nhận SHA-256, SHA-384, SHA-512 / only SHA-256, SHA-384 and SHA-512 are accepted"
        )
    name, size = known
    digest = data[value.content : value.end]
    if len(digest) != size:
        raise _Refused(
            Failure.BAD_DATA_FORMAT,
            f"giá trị băm phải dài {size} byte / a {name} digest has {size} bytes, not {len(digest)}",
        )
    return name, digest


def _nonce(data: bytes, nonce: Element) -> bytes:
    value = data[nonce.content : nonce.end]
    if len(value) > MAX_NONCE:
        raise _Refused(
            Failure.BAD_REQUEST, f"nonce dài hơn {MAX_NONCE} byte / the nonce is longer than {MAX_NONCE} bytes"
        )
    if not value or (len(value) > 1 and (value[0], value[1] >> 7) in ((0, 0), (0xFF, 1))):
        raise ValueError("an integer that is not in DER")
    return tlv(INTEGER, value)


def _boolean(value: bytes) -> bool:
    # FALSE is the default and has no place in DER; it is harmless, and some clients write it.
    if value not in (b"\x00", b"\xff"):
        raise ValueError("a boolean that is not in DER")
    return value == b"\xff"
