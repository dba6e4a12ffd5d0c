"""Finding keys on a token, and what kind they are."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11 import exceptions as raw

from hsm import der
from hsm.errors import KeyAmbiguous, KeyNotFound, TokenFailure
from hsm.mechanisms import KeyKind
from hsm.uri import KeyRef, format_uri


@dataclass(frozen=True, slots=True)
class PublicKey:
    """SubjectPublicKeyInfo (DER), the kind of key, and the bits of modulus or order."""

    spki: bytes
    kind: KeyKind
    bits: int


def find(session: Any, kind: ObjectClass, ref: KeyRef) -> Any:
    """The one object: by id, by id and label where ids repeat, then by label alone.

    SafeNet tokens find by CKA_ID, some of Bit4id only by label. Several matches are KeyAmbiguous.
    """
    if ref.id is not None:
        found = _search(session, kind, {Attribute.ID: ref.id})
        if len(found) > 1 and ref.label is not None:
            found = _search(session, kind, {Attribute.ID: ref.id, Attribute.LABEL: ref.label}) or found
        if found:
            return _only(found, ref)
    if ref.label is not None:
        found = _search(session, kind, {Attribute.LABEL: ref.label})
        if found:
            return _only(found, ref)
    raise KeyNotFound(f"no {kind.name.lower().replace('_', ' ')} {format_uri(ref)}")


def find_private(session: Any, ref: KeyRef) -> tuple[Any, bool]:
    """The private key, and whether it wants the PIN at every signature (CKA_ALWAYS_AUTHENTICATE)."""
    key = find(session, ObjectClass.PRIVATE_KEY, ref)
    try:
        return key, bool(key[Attribute.ALWAYS_AUTHENTICATE])
    except raw.PKCS11Error:
        return key, False


def public_key(session: Any, ref: KeyRef, private: Any | None) -> PublicKey:
    """The public half: from the private object where it tells (RSA), the public object, or the certificate."""
    if private is not None:
        with contextlib.suppress(raw.PKCS11Error):
            if private.key_type == KeyType.RSA:
                return _describe(_spki(private))
    try:
        return _describe(_spki(find(session, ObjectClass.PUBLIC_KEY, ref)))
    except KeyNotFound:
        with contextlib.suppress(ValueError):
            found = find(session, ObjectClass.CERTIFICATE, ref)
            key = x509.load_der_x509_certificate(found[Attribute.VALUE]).public_key()
            return _describe(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        raise


def _search(session: Any, kind: ObjectClass, attributes: dict[Attribute, Any]) -> list[Any]:
    return list(session.get_objects({Attribute.CLASS: kind} | attributes))


def _only(found: list[Any], ref: KeyRef) -> Any:
    if len(found) > 1:
        raise KeyAmbiguous(f"{len(found)} objects match {format_uri(ref)}")
    return found[0]


def _spki(key: Any) -> bytes:
    try:
        if key.key_type == KeyType.RSA:
            return der.rsa_public_key(key[Attribute.MODULUS], key[Attribute.PUBLIC_EXPONENT])
        if key.key_type == KeyType.EC:
            return der.ec_public_key(key[Attribute.EC_PARAMS], key[Attribute.EC_POINT])
        if key.key_type == KeyType.EC_EDWARDS:
            return der.ed25519_public_key(key[Attribute.EC_POINT])
    except ValueError as fault:
        raise TokenFailure(f"a public key on the token cannot be read: {fault}") from None
    raise TokenFailure(f"a key of type {key.key_type} is not one that signs documents")


def _describe(spki: bytes) -> PublicKey:
    try:
        key = load_der_public_key(spki)
    except ValueError as fault:
        raise TokenFailure(f"a public key on the token cannot be read: {fault}") from None
    if isinstance(key, rsa.RSAPublicKey):
        return PublicKey(spki, "rsa", key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return PublicKey(spki, "ec", key.key_size)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return PublicKey(spki, "ed25519", 256)
    raise TokenFailure(f"a key of type {type(key).__name__} is not one that signs documents")
