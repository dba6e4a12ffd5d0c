"""Pure table: signature algorithm -> PKCS#11 mechanism, what is done before the token, what after it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from hsm import der
from hsm.api import SignatureAlgorithm as Algorithm
from hsm.errors import MechanismUnsupported, TokenFailure

KeyKind = Literal["rsa", "ec", "ed25519"]
Bytes = Callable[[bytes], bytes]

# RFC 8017, 9.2, note 1: the DER of DigestInfo up to the digest.
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
# Best first. PKCS#1 v1.5 leads for RSA: it is what the Government CA's tools make and verify today.
_BY_KIND: dict[KeyKind, tuple[Algorithm, ...]] = {
    "rsa": (
        Algorithm.RSA_PKCS1_SHA256,
        Algorithm.RSA_PKCS1_SHA384,
        Algorithm.RSA_PKCS1_SHA512,
        Algorithm.RSA_PSS_SHA256,
        Algorithm.RSA_PSS_SHA384,
        Algorithm.RSA_PSS_SHA512,
    ),
    "ec": (Algorithm.ECDSA_SHA256, Algorithm.ECDSA_SHA384, Algorithm.ECDSA_SHA512),
    "ed25519": (Algorithm.ED25519,),
}


@dataclass(frozen=True, slots=True)
class Pss:
    """CK_RSA_PKCS_PSS_PARAMS by name; the salt is as long as the hash (RFC 4055, 3.1; RFC 8702 practice)."""

    hash: str
    salt: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one algorithm is made on one token: ``before``, the mechanism (its PKCS#11 name), ``after``.

    None for ``before`` or ``after`` leaves the bytes as they are.
    """

    mechanism: str
    pss: Pss | None = None
    before: Bytes | None = None
    after: Bytes | None = None


def recipe(algorithm: Algorithm, kind: KeyKind, bits: int, mechanisms: frozenset[str]) -> Recipe:
    """Choose the best way that the token offers; MechanismUnsupported when there is none.

    The token's own hashing is preferred: what it hashes, it can also log and restrict. ``bits`` is the
    size of the modulus or of the curve's order.
    """
    if algorithm in _BY_KIND[kind]:
        for candidate in _candidates(algorithm, bits):
            if candidate.mechanism in mechanisms:
                return candidate
        raise MechanismUnsupported(f"the token offers no mechanism for {algorithm.value}")
    raise MechanismUnsupported(f"a key of kind {kind} cannot sign with {algorithm.value}")


def supported(kind: KeyKind, bits: int, mechanisms: frozenset[str]) -> dict[Algorithm, Recipe]:
    """Every algorithm that such a key on such a token can do, best first."""
    found: dict[Algorithm, Recipe] = {}
    for algorithm in _BY_KIND[kind]:
        for candidate in _candidates(algorithm, bits):
            if candidate.mechanism in mechanisms:
                found.setdefault(algorithm, candidate)
    return found


def _candidates(algorithm: Algorithm, bits: int) -> Iterator[Recipe]:
    """Every way to make ``algorithm``, best first."""
    family, _, hash_name = algorithm.value.rpartition("-")
    upper = hash_name.upper()
    match family:
        case "rsa-pkcs1":
            yield Recipe(f"{upper}_RSA_PKCS")
            yield Recipe("RSA_PKCS", before=_digest_info(hash_name))
        case "rsa-pss":
            pss = Pss(upper, hashlib.new(hash_name).digest_size)
            yield Recipe(f"{upper}_RSA_PKCS_PSS", pss)
            yield Recipe("RSA_PKCS_PSS", pss, before=_digest(hash_name))
        case "ecdsa":
            yield Recipe(f"ECDSA_{upper}", after=ecdsa_to_der)
            yield Recipe("ECDSA", before=_digest(hash_name, (bits + 7) // 8), after=ecdsa_to_der)
        case _:
            yield Recipe("EDDSA")


def _digest(hash_name: str, most: int = 64) -> Bytes:
    """Hash here. ECDSA uses the leftmost bits of a long digest (FIPS 186-5, 6.4.1); some tokens do not cut."""
    make = getattr(hashlib, hash_name)

    def digest(data: bytes) -> bytes:
        value: bytes = make(data).digest()
        return value

    def cut(data: bytes) -> bytes:
        return digest(data)[:most]

    return cut if most < make().digest_size else digest


def _digest_info(hash_name: str) -> Bytes:
    prefix, make = _DIGEST_INFO[hash_name], getattr(hashlib, hash_name)

    def digest_info(data: bytes) -> bytes:
        value: bytes = make(data).digest()
        return prefix + value

    return digest_info


def ecdsa_to_der(value: bytes) -> bytes:
    """Turn r||s of PKCS#11 into Ecdsa-Sig-Value (RFC 3279, 2.2.3)."""
    half, odd = divmod(len(value), 2)
    if odd or not 0 < half <= 66:
        raise TokenFailure(f"an ECDSA signature of {len(value)} bytes")
    # Written out, as it is done for every signature: some microseconds beside the token's seventy.
    r = value[:half].lstrip(b"\0") or b"\0"
    s = value[half:].lstrip(b"\0") or b"\0"
    if r[0] > 0x7F:
        r = b"\0" + r
    if s[0] > 0x7F:
        s = b"\0" + s
    body = b"\x02%c%b\x02%c%b" % (len(r), r, len(s), s)
    return (b"\x30%c%b" if len(body) < 0x80 else b"\x30\x81%c%b") % (len(body), body)


def ecdsa_from_der(value: bytes, half: int) -> bytes:
    """Turn Ecdsa-Sig-Value into r||s with ``half`` bytes each; ValueError on anything but strict DER."""
    body, rest = _take(value, 0x30)
    first, body = _take(body, 0x02)
    second, body = _take(body, 0x02)
    if rest or body:
        raise ValueError("bytes after the signature value")
    numbers = []
    for part in (first, second):
        number = int.from_bytes(part)
        if not part or part[0] & 0x80 or der.integer(part) != der.tlv(0x02, part):
            raise ValueError("an integer of the signature value is not in DER")
        numbers.append(number.to_bytes(half))
    return b"".join(numbers)


def _take(data: bytes, tag: int) -> tuple[bytes, bytes]:
    if len(data) < 2 or data[0] != tag:
        raise ValueError("not an Ecdsa-Sig-Value")
    start, length = 2, data[1]
    if length == 0x81 and len(data) > 2 and data[2] >= 0x80:
        start, length = 3, data[2]
    elif length >= 0x80:
        raise ValueError("a length that is not in DER")
    if len(data) < start + length:
        raise ValueError("the signature value is cut short")
    return data[start : start + length], data[start + length :]
