"""Which certificate may sign in which role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PathStatus(StrEnum):
    """Where a certificate's path leads."""

    TRUSTED = "trusted"      # every certificate checked, up to a pinned root
    NO_PATH = "no-path"      # no path to a pinned root could be built
    INVALID = "invalid"      # a path, and a certificate in it that does not hold


class RevocationStatus(StrEnum):
    """What the revocation data at hand says of the certificate and its issuers."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"      # none at hand, or none that is fresh


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What is known of a signing certificate at a moment; no X.509 here."""

    fingerprint_sha256: str
    common_name: str
    organisation: str
    not_before: datetime
    not_after: datetime
    key_usage: frozenset[str]
    extended_key_usage: frozenset[str]
    key_algorithm: str
    key_bits: int
    signature_hash: str
    path: PathStatus
    revocation: RevocationStatus
    revoked_at: datetime | None
    detail: str = ""
