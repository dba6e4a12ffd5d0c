"""The algorithm identifiers of CMS (RFC 5652, RFC 5754, RFC 8419) for the names of ``hsm.api``."""

from __future__ import annotations

import hashlib

from asn1crypto import algos


def identifiers(name: str) -> tuple[str, algos.SignedDigestAlgorithm]:
    """Digest and signature algorithm identifiers for a name of hsm.api.SignatureAlgorithm."""
    family, _, digest = name.rpartition("-")
    if family == "rsa-pkcs1":
        return digest, algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"})
    if family == "ecdsa":
        return digest, algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    if family == "rsa-pss":
        hash_algorithm = {"algorithm": digest}
        return digest, algos.SignedDigestAlgorithm(
            {
                "algorithm": "rsassa_pss",
                "parameters": {
                    "hash_algorithm": hash_algorithm,
                    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hash_algorithm},
                    "salt_length": hashlib.new(digest).digest_size,
                },
            }
        )
    if name == "ed25519":  # RFC 8419, 3.1: with signed attributes the digest is SHA-512
        return "sha512", algos.SignedDigestAlgorithm({"algorithm": "ed25519"})
    raise ValueError(f"no CMS algorithm for {name}")
