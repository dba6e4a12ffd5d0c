"""The ports CertificateChecker, asked before each signature, and CertificatePaths: what is known of a certificate."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import x509

from policies.certificates import CertificateFacts, PathStatus, RevocationStatus
from signer.model import KeyInfo
from signer.validation import paths
from signer.validation.trust import Anchors, RevocationData, RevocationFolder

LONGEST = timedelta(minutes=10)
"""No outcome is kept longer than this, whatever the certificates and CRLs say."""
OPEN_ENDED = timedelta(minutes=30)
"""How long revocation data without nextUpdate counts as fresh (pyhanko-certvalidator's rule)."""
MAX_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Kept:
    """An outcome, and when it holds: nothing begins or ends to be valid between ``since`` and ``until``."""

    facts: CertificateFacts
    since: datetime
    until: datetime
    generation: object
    chain: tuple[bytes, ...]


class CertificateJudge:
    """Judges certificates by pinned roots and a folder of CRLs and OCSP answers; safe between threads.

    An outcome is kept while it cannot change: between two neighbouring dates among notBefore, notAfter,
    thisUpdate and nextUpdate of everything that took part, as long as the files are the same.
    """

    def __init__(self, anchors: Anchors, folder: RevocationFolder) -> None:
        self._anchors = anchors
        self._folder = folder
        self._kept: dict[bytes, _Kept] = {}
        self._lock = threading.Lock()

    def facts(self, key: KeyInfo, at: datetime) -> CertificateFacts:
        """What is known at ``at`` (aware).

        Never raises for what a path or a CRL says. ValueError where the key's own certificate is no X.509 at
        all: settings are checked before.
        """
        return self.of(key.certificate, key.chain, at)

    def of(self, der: bytes, chain: tuple[bytes, ...], at: datetime) -> CertificateFacts:
        """The same of any certificate, with others that may complete its path. ValueError where one is no X.509."""
        kept = self._kept.get(der)
        if (
            kept is not None
            and kept.since <= at < kept.until
            and kept.generation == self._folder.generation()
            and kept.chain == chain
        ):
            return kept.facts
        with self._lock:  # asn1crypto parses lazily, in place: one at a time
            kept = self._judge(der, chain, at, self._folder.data())
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[der] = kept
        return kept.facts

    def _judge(self, der: bytes, chain: tuple[bytes, ...], at: datetime, revocation: RevocationData) -> _Kept:
        certificate = x509.Certificate.load(der, strict=True)
        helpers = [x509.Certificate.load(each) for each in chain]
        begins, ends = certificate.not_valid_before, certificate.not_valid_after
        outcome = paths.judge(
            certificate, helpers, self._anchors, revocation, at, path_moment=min(max(at, begins), ends)
        )
        dates = [*_dates([certificate, *helpers, *outcome.chain]), *_revocation_dates(revocation)]
        since = max((date for date in dates if date <= at), default=at - LONGEST)
        until = min((date for date in dates if date > at), default=at + LONGEST)
        return _Kept(
            _facts(certificate, outcome),
            max(since, at - LONGEST),
            min(until, at + LONGEST),
            revocation.generation,
            chain,
        )


def _facts(certificate: x509.Certificate, outcome: paths.PathOutcome) -> CertificateFacts:
    subject = certificate.subject.native
    key = certificate.public_key
    usage = certificate.key_usage_value
    extended = certificate.extended_key_usage_value
    return CertificateFacts(
        fingerprint_sha256=certificate.sha256.hex(),
        common_name=_text(subject.get("common_name")),
        organisation=_text(subject.get("organization_name")),
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
        key_usage=frozenset(usage.native) if usage is not None else frozenset(),
        extended_key_usage=frozenset(extended.native) if extended is not None else frozenset(),
        key_algorithm=key.algorithm,
        key_bits=key.bit_size,
        signature_hash=_signature_hash(certificate),
        path=outcome.path,
        revocation=outcome.revocation if outcome.path is PathStatus.TRUSTED else RevocationStatus.UNKNOWN,
        revoked_at=outcome.revoked_at,
        detail=outcome.detail,
    )


def _text(value: object) -> str:
    """A subject attribute; several of a kind come as a list."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _signature_hash(certificate: x509.Certificate) -> str:
    """The hash under the CA's signature; Ed25519 and Ed448 bring their own."""
    try:
        return str(certificate["signature_algorithm"].hash_algo)
    except ValueError:
        return str(certificate["signature_algorithm"]["algorithm"].native)


def _dates(certificates: list[x509.Certificate]) -> Iterator[datetime]:
    for certificate in certificates:
        yield certificate.not_valid_before
        yield certificate.not_valid_after + timedelta(microseconds=1)  # notAfter itself still counts


def _revocation_dates(revocation: RevocationData) -> Iterator[datetime]:
    for crl in revocation.crls:
        body = crl["tbs_cert_list"]
        yield from _window(body["this_update"].native, body["next_update"].native)
    for answer in revocation.ocsps:
        if answer["response_status"].native != "successful":
            continue
        for single in answer.response_data["responses"]:
            yield from _window(single["this_update"].native, single["next_update"].native)


def _window(begins: datetime, ends: datetime | None) -> Iterator[datetime]:
    yield begins.astimezone(UTC)
    yield (ends or begins + OPEN_ENDED).astimezone(UTC) + timedelta(microseconds=1)
