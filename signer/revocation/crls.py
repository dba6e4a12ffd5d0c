"""CRLs that came or lie there: believed only under the signature of a CA of the keys (RFC 5280, 5 and 6.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from signer.line.refusal import unsuitable
from signer.model.revocation import RevocationFile, RevocationKind
from signer.revocation.certificates import Watched, extension, key_digest, label
from signer.revocation.refusal import period
from signer.revocation.signatures import is_signed


def load(data: bytes, url: str) -> x509.CertificateRevocationList:
    """Read DER, or PEM as some CAs publish it; UNSUITABLE for a page that says sorry and anything else."""
    try:
        if b"-----BEGIN X509 CRL-----" in data[:4096]:
            return x509.load_pem_x509_crl(data)
        return x509.load_der_x509_crl(data)
    except (ValueError, UnsupportedAlgorithm) as trouble:
        raise unsuitable(
            url,
            "crl-unreadable",
            f"nội dung nhận được không phải CRL ({_begins(data)})",
            f"what came is no CRL ({_begins(data)})",
        ) from trouble


def examine(data: bytes, url: str, authorities: Iterable[x509.Certificate], wanted: str = "") -> RevocationFile:
    """The list as a value; UNSUITABLE unless one of the CAs has signed it, that with the key ``wanted`` if given."""
    crl = load(data, url)
    named = [each for each in authorities if each.subject == crl.issuer and wanted in ("", key_digest(each))]
    if not named:
        who = crl.issuer.rfc4514_string()
        raise unsuitable(url, "crl-of-another", f"CRL của tổ chức khác: {who}", f"a CRL of somebody else: {who}")
    issuer = next((each for each in named if _may_sign(each) and is_signed(crl, each)), None)
    if issuer is None:
        who = label(named[0])
        raise unsuitable(
            url,
            "crl-signature-invalid",
            f"chữ ký trên CRL không phải của {who}",
            f"the signature on the CRL is not that of {who}",
        )
    if extension(crl, x509.DeltaCRLIndicator) is not None:
        raise unsuitable(url, "crl-delta", "đây là CRL phần thay đổi (delta)", "a delta CRL is no list to rely on")
    number = extension(crl, x509.CRLNumber)
    since, until = period(crl.last_update_utc, crl.next_update_utc)
    scope = extension(crl, x509.IssuingDistributionPoint)
    return RevocationFile(
        RevocationKind.CRL,
        f"{key_digest(issuer)}:{_scope_digest(scope)}",
        label(issuer),
        since,
        until,
        number.crl_number if number else None,
        whole=scope is None,
        data=data,
    )


def covers(crl: x509.CertificateRevocationList, watched: Watched) -> bool:
    """Whether a CRL of the certificate's CA speaks about it (RFC 5280, 6.3.3 b)."""
    scope = extension(crl, x509.IssuingDistributionPoint)
    if scope is None:
        return True
    if scope.only_contains_attribute_certs or scope.only_some_reasons or scope.indirect_crl:
        return False
    if (scope.only_contains_user_certs and watched.is_ca) or (scope.only_contains_ca_certs and not watched.is_ca):
        return False
    points = {each.value for each in scope.full_name or () if isinstance(each, x509.UniformResourceIdentifier)}
    return not points or any(points & set(addresses) for addresses in watched.lists)


def _may_sign(issuer: x509.Certificate) -> bool:
    usage = extension(issuer, x509.KeyUsage)
    return usage is None or usage.crl_sign


def _scope_digest(scope: x509.IssuingDistributionPoint | None) -> str:
    return hashlib.sha256(scope.public_bytes()).hexdigest()[:16] if scope else ""


def _begins(data: bytes) -> str:
    """What it looks like, for whoever has to find out whose page this is."""
    told: Sequence[str] = data[:24].decode("ascii", "replace").split()
    text = "".join(each for each in " ".join(told) if each.isprintable() and each != "\ufffd")
    return f"{len(data)} byte: “{text}”"
