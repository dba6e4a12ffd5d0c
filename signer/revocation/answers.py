"""OCSP: the question, and answers that came or lie there (RFC 6960)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signer.line.refusal import unsuitable
from signer.model.revocation import RevocationFile, RevocationKind
from signer.revocation.certificates import extension, key_digest, label
from signer.revocation.refusal import period
from signer.revocation.signatures import is_issued, is_signed


def questions(certificate: x509.Certificate, issuer: x509.Certificate) -> tuple[bytes, ...]:
    """Ask by SHA-1, which every responder knows (RFC 5019, 2.1.1), then by SHA-256; the digest only names.

    No nonce: responders of large CAs give answers made beforehand, and an old one is known by its thisUpdate.
    """
    builder = ocsp.OCSPRequestBuilder()
    return tuple(
        builder.add_certificate(certificate, issuer, digest).build().public_bytes(Encoding.DER)
        for digest in (hashes.SHA1(), hashes.SHA256())  # noqa: S303 -- as said
    )


def load(data: bytes, url: str) -> ocsp.OCSPResponse:
    """Read an answer that says something; UNSUITABLE for what is none, or for an error in its place."""
    try:
        answer = ocsp.load_der_ocsp_response(data)
    except ValueError as trouble:
        raise unsuitable(
            url,
            "ocsp-unreadable",
            f"nội dung nhận được không phải trả lời OCSP ({len(data)} byte)",
            f"what came is no OCSP answer ({len(data)} bytes)",
        ) from trouble
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        word = answer.response_status.name.lower()
        raise unsuitable(
            url, "ocsp-refused", f"máy chủ OCSP từ chối trả lời: {word}", f"the responder refuses to answer: {word}"
        )
    return answer


def examine(
    data: bytes, url: str, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
) -> RevocationFile:
    """The answer about just this certificate as a value; UNSUITABLE unless its CA, or whom it charged, signed it."""
    answer = load(data, url)
    single = find(answer, certificate, issuer)
    who = label(certificate)
    if single is None:
        raise unsuitable(
            url, "ocsp-of-another", f"trả lời không nói về chứng thư số của {who}", f"it does not speak of {who}"
        )
    if not any(is_signed(answer, each) for each in _responders(answer, issuer, at)):
        raise unsuitable(
            url,
            "ocsp-signature-invalid",
            f"chữ ký không phải của {label(issuer)} hoặc máy chủ OCSP được ủy quyền",
            f"it is signed neither by {label(issuer)} nor by a responder that this CA has charged",
        )
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise unsuitable(
            url, "ocsp-refused", f"máy chủ OCSP không biết chứng thư số của {who}", f"the responder knows no {who}"
        )
    since, until = period(single.this_update_utc, single.next_update_utc)
    return RevocationFile(RevocationKind.OCSP, identity(certificate, issuer), who, since, until, data=data)


def identity(certificate: x509.Certificate, issuer: x509.Certificate) -> str:
    """What a certificate's answers are known by."""
    return f"{key_digest(issuer)}:{certificate.serial_number:x}"


def says_good(answer: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether it calls the certificate good."""
    single = find(answer, certificate, issuer)
    return single is not None and single.certificate_status is ocsp.OCSPCertStatus.GOOD


def find(
    answer: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse | None:
    """What it says of the certificate: serial number, and the CA's name and key, under the digest that it uses."""
    for single in answer.responses:
        if single.serial_number != certificate.serial_number:
            continue
        builder = ocsp.OCSPRequestBuilder()
        ours = builder.add_certificate(certificate, issuer, single.hash_algorithm).build()
        if (ours.issuer_name_hash, ours.issuer_key_hash) == (single.issuer_name_hash, single.issuer_key_hash):
            return single
    return None


def _responders(answer: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> Iterator[x509.Certificate]:
    """Who may sign: the CA itself, or whom it issued a certificate for just that (RFC 6960, 4.2.2.2).

    Whether a charged one was revoked itself is judged by the validation room when the answer is used.
    """
    yield issuer
    for each in answer.certificates:
        usage = extension(each, x509.ExtendedKeyUsage)
        if usage is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
            continue
        if not each.not_valid_before_utc <= at <= each.not_valid_after_utc:
            continue
        if is_issued(each, issuer):
            yield each
