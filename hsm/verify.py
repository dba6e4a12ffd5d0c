"""Check a signature value in software: that a token signed what it was given, with the key that it named."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm.api import SignatureAlgorithm

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def verify(public_key: bytes, algorithm: SignatureAlgorithm, data: bytes, signature: bytes) -> None:
    """Raise cryptography's InvalidSignature unless ``signature`` is the key's over ``data``.

    ``public_key`` is SubjectPublicKeyInfo in DER, ``signature`` as CMS carries it.
    """
    key = load_der_public_key(public_key)
    family, _, hash_name = algorithm.value.rpartition("-")
    digest = _HASHES.get(hash_name)
    if isinstance(key, rsa.RSAPublicKey) and digest and family == "rsa-pkcs1":
        key.verify(signature, data, padding.PKCS1v15(), digest)
    elif isinstance(key, rsa.RSAPublicKey) and digest and family == "rsa-pss":
        pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
        key.verify(signature, data, pss, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey) and digest and family == "ecdsa":
        key.verify(signature, data, ec.ECDSA(digest))
    elif isinstance(key, ed25519.Ed25519PublicKey) and algorithm is SignatureAlgorithm.ED25519:
        key.verify(signature, data)
    else:
        raise InvalidSignature("the key is not of the kind that the algorithm needs")
