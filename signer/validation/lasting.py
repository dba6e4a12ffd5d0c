"""What makes a signature last: its time-stamps, the validation data in the file, and the level that comes of both.

A time-stamp proves that what it is about existed at its moment, if its authority is trusted then. So signatures are
judged from the end of the file: a document time-stamp that holds carries everything before it back to its own moment,
at which certificates that have expired since were still good (EN 319 102-1, 5.6).
"""

# mypy: allow-untyped-calls
# (pyHanko carries annotations only in part)

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from asn1crypto import cms, crl, ocsp, tsp, x509
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    extract_tst_data_iter,
    message_imprint_checker,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.utils import DEFAULT_ALGORITHM_USAGE_POLICY

from policies.certificates import PathStatus, RevocationStatus
from policies.load import among, rulesets
from policies.model import Ruleset
from policies.workdays import RulesOn
from signer.errors import SignerError
from signer.model import VIETNAM, Level
from signer.report import TimeStampReport
from signer.validation import paths
from signer.validation.changes import entry
from signer.validation.limits import LimitExceeded
from signer.validation.trust import Anchors, RevocationData

PADES = "/ETSI.CAdES.detached"
TIMESTAMP = "/DocTimeStamp"
MOST_STAMPS = 8
"""Time-stamps of one signature that are judged: each has a path of its own, and anybody can add another."""


@dataclass(frozen=True, slots=True)
class Trust:
    """With what signatures are judged: anchors, revocation data, and whether revocation was to be had at all.

    ``now`` is the moment at which everything must hold; ``proven`` says that a document time-stamp proved that the
    signature at hand existed then. ``kept`` and ``helpers`` are what lies in the file itself, which needs no belief:
    a CRL is signed, a certificate has a path.
    """

    anchors: Anchors
    revocation: RevocationData
    revocation_given: bool
    now: datetime
    proven: bool = False
    kept: RevocationData = field(default_factory=RevocationData)
    helpers: tuple[x509.Certificate, ...] = ()


class StampBroken(Exception):
    """A token that is about something else, or whose own signature does not hold."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A signature's time-stamp that holds; ``trusted`` where its authority's path did at the moment of judging."""

    at: datetime
    certificate: x509.Certificate
    bag: tuple[x509.Certificate, ...]
    policy: str
    trusted: bool


def embedded_trust(reader: PdfFileReader, trust: Trust) -> Trust:
    """With the certificates, CRLs and OCSP answers of the file's own DSS, which only help."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return trust
    helpers = tuple(store.load_certs())
    crls = [crl.CertificateList.load(reference.get_object().data) for reference in store.crls]
    answers = [ocsp.OCSPResponse.load(reference.get_object().data) for reference in store.ocsps]
    return replace(
        trust,
        anchors=replace(trust.anchors, helpers=(*trust.anchors.helpers, *helpers)),
        revocation=trust.revocation.plus(crls, answers),
        revocation_given=trust.revocation_given or bool(crls or answers),
        kept=RevocationData(tuple(crls), tuple(answers)),
        helpers=helpers,
    )


def seen_from(trust: Trust, end: int, proofs: Iterable[tuple[int, datetime]]) -> Trust:
    """The same for what ends at ``end``: at the earliest moment that a document time-stamp behind it proves."""
    moment = min((at for covered, at in proofs if covered > end), default=None)
    return trust if moment is None else replace(trust, now=moment, proven=True)


def signature_stamp(embedded: EmbeddedPdfSignature, trust: Trust) -> Stamp | None:
    """The best of a signature's time-stamps: a trusted one before others, then the oldest; None where it has none.

    StampBroken if one of them does not hold: whoever changed a byte of it changed the file. LimitExceeded for too
    many. Raises what pyHanko raises for one that it does not judge.
    """
    found: list[Stamp] = []
    for token in extract_tst_data_iter(embedded.signer_info, signed=False):
        if len(found) == MOST_STAMPS:
            raise LimitExceeded("số dấu thời gian của một chữ ký", "number of time-stamps of a signature")
        certificates = extract_certs_for_validation(token)
        bag = (*certificates.other_certs, *embedded.other_embedded_certs)
        said: dict[str, Any] = paths.run(
            validate_tst_signed_data(
                token,
                paths.context(trust.anchors, bag, trust.now),
                message_imprint_checker(embedded.signer_info),
                algorithm_policy=DEFAULT_ALGORITHM_USAGE_POLICY,
            )
        )
        if not (said["intact"] and said["valid"]):
            raise StampBroken("the imprint or the authority's signature")
        found.append(
            Stamp(
                at=said["timestamp"],
                certificate=certificates.signer_cert,
                bag=bag,
                policy=policy_of(token),
                trusted=said.get("trust_problem_indic") is None and _trusted(certificates.signer_cert, bag, trust),
            )
        )
    return min(found, key=lambda stamp: (not stamp.trusted, stamp.at), default=None)


def policy_of(token: cms.SignedData) -> str:
    """Under which policy an authority stamped (RFC 3161, 2.4.2), as numbers with dots; "" for what says none."""
    told = token["encap_content_info"]["content"].parsed
    return str(told["policy"].dotted) if isinstance(told, tsp.TSTInfo) else ""


def _trusted(certificate: x509.Certificate, bag: Iterable[x509.Certificate], trust: Trust) -> bool:
    outcome = paths.judge(certificate, bag, trust.anchors, trust.revocation, trust.now, retroactive=trust.proven)
    known = RevocationStatus.GOOD, *(() if trust.revocation_given else (RevocationStatus.UNKNOWN,))
    return outcome.path is PathStatus.TRUSTED and outcome.revocation in known


def reached(embedded: EmbeddedPdfSignature, form: str, stamp: Stamp | None, trust: Trust) -> str:
    """The level that a signature of this form has: B-LT only with data for both its path and the time-stamp's."""
    if form != Level.B_B or stamp is None:
        return form
    pairs = ((embedded.signer_cert, embedded.other_embedded_certs), (stamp.certificate, stamp.bag))
    kept = all(_kept(certificate, bag, trust, stamp.at) for certificate, bag in pairs)
    return Level.B_LT if kept else Level.B_T


def _kept(certificate: x509.Certificate, bag: Iterable[x509.Certificate], trust: Trust, at: datetime) -> bool:
    """Whether path and revocation follow from what lies in the file; without an anchor, whether anything does."""
    if not trust.anchors.roots:
        return bool(trust.helpers and (trust.kept.crls or trust.kept.ocsps))
    alone = Anchors(trust.anchors.roots, trust.helpers)
    outcome = paths.judge(certificate, bag, alone, trust.kept, at, retroactive=True)
    return outcome.path is PathStatus.TRUSTED and outcome.revocation is not RevocationStatus.UNKNOWN


def closes(reader: PdfFileReader, revision: HistoricalResolver) -> bool:
    """Whether a document time-stamp of this revision covers all validation data that the file has."""
    return bool(entry(revision.root, "/DSS") == entry(reader.root, "/DSS"))


def told(stamp: Stamp, rules_on: RulesOn) -> TimeStampReport:
    """A time-stamp in a report: who gave it, and whether that is the service which the law names."""
    subject = stamp.certificate.subject
    authority = str(subject.native.get("common_name") or subject.human_friendly)
    official = stamp.trusted and stamp.policy in _official(rules_on, stamp.at)
    return TimeStampReport(stamp.at, authority, stamp.policy, stamp.trusted, internal=not official)


def in_force(day: date) -> Ruleset:
    """The package's own rules on a day; LookupError where none are known."""
    return among(rulesets(), day)


def _official(rules_on: RulesOn, at: datetime) -> tuple[str, ...]:
    """The policies of the service that official documents need, on the day of the time-stamp."""
    try:
        return rules_on(at.astimezone(VIETNAM).date()).certificates.official_time_stamps.value
    except (LookupError, SignerError):  # a day for which no rules are known
        return ()
