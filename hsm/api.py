"""What the rest of the house may know of a token: two Protocols and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from hsm.pin import Pin
from hsm.uri import KeyRef


class SignatureAlgorithm(Enum):
    """A signature algorithm as CMS and X.509 name it; the token's mechanism follows from it."""

    RSA_PKCS1_SHA256 = "rsa-pkcs1-sha256"
    RSA_PKCS1_SHA384 = "rsa-pkcs1-sha384"
    RSA_PKCS1_SHA512 = "rsa-pkcs1-sha512"
    RSA_PSS_SHA256 = "rsa-pss-sha256"
    RSA_PSS_SHA384 = "rsa-pss-sha384"
    RSA_PSS_SHA512 = "rsa-pss-sha512"
    ECDSA_SHA256 = "ecdsa-sha256"
    ECDSA_SHA384 = "ecdsa-sha384"
    ECDSA_SHA512 = "ecdsa-sha512"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """What a token says of itself, for operators and health checks."""

    name: str
    present: bool
    label: str = ""
    model: str = ""
    serial: str = ""
    pin_locked: bool = False
    pin_final_try: bool = False
    detail: str = ""


class SigningKey(Protocol):
    """One private key that never leaves its token.

    Safe to share between threads; never carried over a fork: a child process opens its own.
    """

    @property
    def name(self) -> str:
        """The key's URI without attributes that change, fit for a log."""

    @property
    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo, DER (RFC 5280, 4.1.2.7)."""

    @property
    def algorithms(self) -> Sequence[SignatureAlgorithm]:
        """What this key on this token can do, best first."""

    def sign(self, data: bytes, algorithm: SignatureAlgorithm, pin: Pin | None = None) -> bytes:
        """Sign ``data`` (not a digest) and return the value as CMS carries it.

        ECDSA is DER Ecdsa-Sig-Value (RFC 3279, 2.2.3), not r||s. With ``pin`` the token is logged in for
        this one signature and logged out after it; a wrong PIN is tried once. Without, the token's own PIN
        source is used, where it has one.
        """


class Token(Protocol):
    """A PKCS#11 token: an agency's secure server, or a person's certificate token."""

    @property
    def name(self) -> str:
        """The token's name in the settings."""

    def key(self, ref: KeyRef, pin: Pin | None = None) -> SigningKey:
        """Find the one key that ``ref`` names. KeyNotFound, KeyAmbiguous, TokenUnavailable.

        ``pin`` is for tokens that hide even public objects before login; it is used for this call only.
        """

    def status(self) -> TokenStatus:
        """Ask the token how it is. Never raises for a token that is away: that is a status."""

    def close(self) -> None:
        """End all sessions. Idempotent."""
