"""What a time-stamp authority's certificate must be (RFC 3161, 2.3; ETSI EN 319 422, 6)."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID


def faults(certificate: bytes) -> list[str]:
    """What is wrong with it, a line each, Vietnamese and English; none: it may be used. ``certificate`` is DER."""
    extensions = x509.load_der_x509_certificate(certificate).extensions
    found = []
    try:
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        found.append("chứng thư thiếu extendedKeyUsage timeStamping / the certificate has no extended key usage")
    else:
        if not purposes.critical:
            found.append("extendedKeyUsage phải là critical / the extended key usage must be critical")
        if list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
            found.append("extendedKeyUsage: chỉ timeStamping / the extended key usage must be timeStamping alone")
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return found
    if not (usage.digital_signature or usage.content_commitment):
        found.append("chứng thư không được dùng để ký / the certificate's key usage allows no signature")
    return found
