"""A CA's signature on what it publishes.

By hand, because the library's own checks refuse SHA-1 without saying so, and the first generation of the Government CA
signs certificates, CRLs and answers with it. It is tolerated below pinned roots; nothing of a document is judged here.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import SignatureAlgorithmOID

Signed = x509.Certificate | x509.CertificateRevocationList | ocsp.OCSPResponse

_NEVER = frozenset({"md5"})


def is_signed(item: Signed, by: x509.Certificate) -> bool:
    """Whether the key in ``by`` signed it; says nothing of whether it was entitled to."""
    public, signature, body = by.public_key(), item.signature, _body(item)
    try:
        digest = item.signature_hash_algorithm
        if digest is not None and digest.name in _NEVER:
            return False
        match public:
            case rsa.RSAPublicKey() if digest is not None:
                public.verify(signature, body, _padding(item), digest)
            case ec.EllipticCurvePublicKey() if digest is not None:
                public.verify(signature, body, ec.ECDSA(digest))
            case ed25519.Ed25519PublicKey():
                public.verify(signature, body)
            case _:
                return False
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def is_issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    """Whether ``by`` is the CA of a certificate: its name, its right to issue, its signature (RFC 5280, 6.1.3)."""
    if certificate.issuer != by.subject:
        return False
    try:
        constraints = by.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return constraints.ca and is_signed(certificate, by)


def _body(item: Signed) -> bytes:
    match item:
        case x509.Certificate():
            return item.tbs_certificate_bytes
        case x509.CertificateRevocationList():
            return item.tbs_certlist_bytes
        case _:
            return item.tbs_response_bytes


def _padding(item: Signed) -> padding.PKCS1v15 | padding.PSS:
    """PKCS #1 v1.5, or PSS as it is said; of an OCSP answer the library tells no parameters of PSS: not supported."""
    if item.signature_algorithm_oid != SignatureAlgorithmOID.RSASSA_PSS:
        return padding.PKCS1v15()
    said: object = None if isinstance(item, ocsp.OCSPResponse) else item.signature_algorithm_parameters
    if not isinstance(said, padding.PSS):
        raise UnsupportedAlgorithm("RSASSA-PSS without parameters")
    return said
