"""Revocation data at hand, and fetching them; each docstring is a contract that the tests check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from signer.model.revocation import Errand, RevocationFile, RevocationNeed, RevocationPlan


class Fetcher(Protocol):
    """Gets what others publish, by the way that the settings say."""

    def fetch(self, url: str, request: bytes | None = None) -> bytes:
        """The whole answer to a GET, or to a POST of an OCSP ``request``; bounded in bytes and in seconds altogether.

        UNAVAILABLE ``fetch-unreachable``, ``fetch-too-slow``, ``proxy-login-…`` when nobody is there;
        ``fetch-too-large``, ``fetch-refused`` (any status but 200), ``fetch-redirected`` (to another place).
        """


class RevocationShelf(Protocol):
    """CRLs and OCSP answers at hand, and what the keys need of them."""

    def needs(self) -> Sequence[RevocationNeed]:
        """Every certificate on the way from a key to its pinned root, with what lies there about it, fresh or not."""

    def plan(self) -> RevocationPlan:
        """What to fetch: the settings' lists first, then those of the certificates, then OCSP; each once."""

    def examine(self, errand: Errand, data: bytes, url: str) -> RevocationFile:
        """What came of an errand, believed: right CA, its signature, fresh, no older than what lies there.

        UNSUITABLE says what is wrong: ``crl-…``, ``ocsp-…``, ``revocation-…``.
        """

    def held(self, file: RevocationFile) -> RevocationFile | None:
        """What lies there of the same thing, the newest."""

    def keep(self, file: RevocationFile, url: str) -> tuple[RevocationFile, Sequence[str]]:
        """Put it in the place of the old one, in one step; with the names of OCSP answers that a CRL made void.

        UNAVAILABLE ``revocation-not-written``.
        """
