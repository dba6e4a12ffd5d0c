"""RFC 7512 "pkcs11:" URIs to and from KeyRef."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyRef:
    """Which key on which token. At least one of ``id`` (CKA_ID) and ``label`` (CKA_LABEL) is given."""

    token: str
    id: bytes | None = None
    label: str | None = None
    serial: str | None = None
