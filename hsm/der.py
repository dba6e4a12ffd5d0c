"""The little DER that keys and signatures need: writing elements, integers and public keys."""

from __future__ import annotations

_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
_EC = bytes.fromhex("06072a8648ce3d0201")
_ED25519 = bytes.fromhex("300506032b6570")
# Bits of the group order by the DER of the curve's OID (SEC 2; FIPS 186-5).
CURVE_BITS = {
    bytes.fromhex("06082a8648ce3d030107"): 256,
    bytes.fromhex("06052b81040022"): 384,
    bytes.fromhex("06052b81040023"): 521,
}


def tlv(tag: int, *parts: bytes) -> bytes:
    """Tag, definite length, value (X.690, 8.1); the value may come in parts."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + body


def integer(value: bytes) -> bytes:
    """INTEGER from an unsigned big-endian number, leading zeros allowed."""
    body = value.lstrip(b"\0") or b"\0"
    return tlv(0x02, b"\0" + body if body[0] & 0x80 else body)


def rsa_public_key(modulus: bytes, exponent: bytes) -> bytes:
    """SubjectPublicKeyInfo of an RSA key (RFC 8017, A.1.1)."""
    return _spki(_RSA, tlv(0x30, integer(modulus) + integer(exponent)))


def ec_public_key(parameters: bytes, point: bytes) -> bytes:
    """SubjectPublicKeyInfo of an EC key (RFC 5480, 2); ``point`` as CKA_EC_POINT gives it."""
    return _spki(tlv(0x30, _EC + parameters), _unwrap(point, (CURVE_BITS.get(parameters, 0) + 7) // 8 * 2 + 1))


def ed25519_public_key(point: bytes) -> bytes:
    """SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, 4)."""
    return _spki(_ED25519, _unwrap(point, 32))


def _spki(algorithm: bytes, key: bytes) -> bytes:
    return tlv(0x30, algorithm + tlv(0x03, b"\0" + key))


def _unwrap(point: bytes, size: int) -> bytes:
    """PKCS#11 2.30 wants CKA_EC_POINT in an OCTET STRING; older tokens give the bare point."""
    if len(point) == size:
        return point
    if point == tlv(0x04, point[-size:]):
        return point[-size:]
    raise ValueError(f"a public point of {len(point)} bytes")
