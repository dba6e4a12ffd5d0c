"""What every CMS of ours says of its key: algorithm identifiers (RFC 5652, 5754, 8419), and whose certificate it is."""

from __future__ import annotations

import hashlib

from asn1crypto import algos, tsp, x509


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


def signing_certificate(certificate: x509.Certificate, digest: str) -> tsp.SigningCertificateV2:
    """The signed attribute that names the certificate (RFC 5035; in time-stamps RFC 5816: ESSCertID would be SHA-1)."""
    certificate_id = tsp.ESSCertIDv2(
        {
            "hash_algorithm": {"algorithm": digest},
            "cert_hash": hashlib.new(digest, certificate.dump()).digest(),
            "issuer_serial": {
                "issuer": [x509.GeneralName("directory_name", certificate.issuer)],
                "serial_number": certificate.serial_number,
            },
        }
    )
    return tsp.SigningCertificateV2({"certs": [certificate_id]})
