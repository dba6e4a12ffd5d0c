"""Judging signatures, paths and changes; writes nothing.

``open_verifier`` gives the Verifier, ``open_judge`` the CertificateChecker, ``open_gatherer`` the ValidationSource of
signer.ports. Inside: trust (what we
believe), paths (RFC 5280), coverage (bytes), changes (objects), signatures (one signature), lasting (time-stamps and
levels), drawn and visual
(what is seen), roles and rules (what a document means), marks and stamps (attachments and copies, which the agency
alone signs), manifest and package (a document with its attachments), words (every finding).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from policies.workdays import RulesOn
from signer.ports import Clock
from signer.validation.certificates import CertificateJudge
from signer.validation.gathering import Gatherer
from signer.validation.lasting import in_force
from signer.validation.limits import Limits
from signer.validation.trust import Anchors, RevocationFolder, load_anchors
from signer.validation.verify import DocumentVerifier

__all__ = [
    "CertificateJudge",
    "DocumentVerifier",
    "Gatherer",
    "Limits",
    "load_anchors",
    "open_gatherer",
    "open_judge",
    "open_verifier",
]


def open_verifier(
    trust: Sequence[Path],
    revocation: Path | None,
    clock: Clock,
    limits: Limits | None = None,
    rules_on: RulesOn = in_force,
) -> DocumentVerifier:
    """A verifier with these trust anchors (files or folders) and this folder of CRLs and OCSP answers.

    Without anchors nothing can be more than INDETERMINATE. Without ``revocation`` the revocation data of the
    file itself is used; where there is none, a finding says that revocation was not checked. ``rules_on`` say whose
    time-stamps count for official documents: the package's, unless others are given. MALFORMED SignerError for a
    trust source that cannot be read.
    """
    anchors = load_anchors(trust) if trust else Anchors()
    return DocumentVerifier(anchors, RevocationFolder(revocation), clock, limits, rules_on)


def open_gatherer(trust: Sequence[Path], revocation: Path | None) -> Gatherer:
    """What gathers validation data before a signature. Without ``revocation`` there never is any."""
    return Gatherer(load_anchors(trust) if trust else Anchors(), RevocationFolder(revocation))


def open_judge(trust: Sequence[Path], revocation: Path | None) -> CertificateJudge:
    """A judge of signing certificates. Without ``revocation`` every revocation is unknown, which refuses."""
    return CertificateJudge(load_anchors(trust) if trust else Anchors(), RevocationFolder(revocation))
