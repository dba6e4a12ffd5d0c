"""Keys on their tokens, certificates, and files judged; each docstring is a contract that the tests check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from hsm.pin import Pin
from policies.certificates import CertificateFacts
from signer.model import (
    Content,
    KeyInfo,
)
from signer.report import PackageReport, Report


class Keyring(Protocol):
    """The keys of the settings, by name."""

    def info(self, name: str) -> KeyInfo:
        """NOT_FOUND ``unknown-key``."""

    def infos(self) -> Sequence[KeyInfo]:
        """All keys, in the order of the settings."""

    def ready(self, name: str, pin: Pin | None = None) -> None:
        """Raise what ``sign`` would raise if the key's token is away or locked now; nothing is signed.

        Where the PIN is at hand (a server's in the settings, a person's as ``pin``) the token is logged in, and
        the key is found and compared with its certificate. A wrong PIN is tried once.
        """

    def sign(self, name: str, data: bytes, pin: Pin | None = None) -> bytes:
        """Sign with the key's algorithm. A person's key without ``pin`` is refused (``pin-required``).

        The token's public key is compared with the certificate before the first signature of a process
        (``certificate-key-mismatch``). A token that is away is UNAVAILABLE ``token-unavailable``; a wrong PIN is
        FORBIDDEN ``pin-incorrect``, tried once.
        """


class CertificateChecker(Protocol):
    """Judges a key's certificate at a moment with the pinned roots and the revocation data at hand."""

    def facts(self, key: KeyInfo, at: datetime) -> CertificateFacts:
        """Cheap when asked again: the outcome is kept as long as certificates, CRLs and OCSP answers allow."""


class CertificatePaths(Protocol):
    """Judges any certificate at a moment, such as a time-stamp authority's that came in its answer."""

    def of(self, der: bytes, chain: tuple[bytes, ...], at: datetime) -> CertificateFacts:
        """As ``CertificateChecker``; ``chain`` may complete the path. ValueError where something is no certificate."""


class Verifier(Protocol):
    """Judges a file as an auditor would, with pyHanko's full verification and our own rules."""

    def verify(self, file: Content) -> Report:
        """Never raises for what a file contains: any trouble is a verdict."""

    def verify_package(self, file: Content, attachments: Sequence[tuple[str, Content]]) -> PackageReport:
        """A main document and its attachments with their names, each by itself and all together.

        Together: the main document's signatures name exactly these attachments, unchanged, and all bear one number.
        """
