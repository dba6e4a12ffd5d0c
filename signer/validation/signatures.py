"""One signature, judged: bytes, cryptography, later changes, time, path, revocation (EN 319 102-1, 5.3 to 5.5)."""

# mypy: allow-untyped-calls
# (pyHanko carries annotations only in part)

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, core, x509
from asn1crypto.parser import peek
from pyhanko.sign.ades.report import AdESStatus, AdESSubIndic
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.fields import FieldMDPSpec
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.sign.validation.utils import DEFAULT_ALGORITHM_USAGE_POLICY

from policies.certificates import PathStatus, RevocationStatus
from policies.model import Finding, Text
from signer.model import Buffer, Level, PackagePart
from signer.report import SubIndication, Verdict
from signer.validation import coverage, lasting, manifest, paths
from signer.validation.changes import POLICY, FormTouched, entry
from signer.validation.lasting import PADES, TIMESTAMP, Stamp, Trust
from signer.validation.paths import PathOutcome
from signer.validation.trust import RevocationData
from signer.validation.words import finding

SIGNING = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"})
ZONE = timedelta(hours=7)
SLACK = timedelta(minutes=10)
LOCKED = re.compile(r"form field (\S+) is locked")
"""How the library says that a change touches a locked field."""
NO_DER = Text("/Contents không phải là dữ liệu DER", "/Contents is no DER")
TOO_MUCH = Text("/Contents chứa dữ liệu khác ngoài chữ ký", "/Contents holds more than the CMS")
NOT_JUDGED = "cấu trúc CMS của chữ ký không đúng chuẩn nên không kiểm tra được"
SUB_FILTERS = {False: {PADES, "/adbe.pkcs7.detached"}, True: {"/ETSI.RFC3161"}}
"""What can be judged. The older adbe forms sign a SHA-1 digest (ISO 32000-2, 12.8.3)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A signature and what was found; roles and the rules of documents come later (roles.py, rules.py)."""

    name: str
    revision: int
    span: coverage.Span
    timestamp: bool
    verdict: Verdict
    subindication: SubIndication | None
    level: str
    certificate: x509.Certificate | None
    signing_time: datetime | None
    best_time: datetime | None
    path: PathOutcome
    stamp: Stamp | None
    locks: FieldMDPSpec | None
    certifies: int | None
    level_after: int
    package: tuple[PackagePart, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def signer(self) -> str:
        """Common name, else the whole subject."""
        if self.certificate is None:
            return ""
        name = self.certificate.subject.native.get("common_name")
        return str(name) if name else str(self.certificate.subject.human_friendly)

    def failed(self, found: Finding, subindication: SubIndication = SubIndication.FORMAT_FAILURE) -> Judged:
        """The same with a failure that a rule found; the first failure's sub-indication stays."""
        kept = self.subindication if self.verdict is Verdict.FAILED else subindication
        return replace(self, verdict=Verdict.FAILED, subindication=kept, findings=(*self.findings, found))

    def undecided(self, found: Finding, subindication: SubIndication) -> Judged:
        """The same, but at most INDETERMINATE."""
        if self.verdict is not Verdict.PASSED:
            return replace(self, findings=(*self.findings, found))
        return replace(
            self, verdict=Verdict.INDETERMINATE, subindication=subindication, findings=(*self.findings, found)
        )

    def noted(self, *found: Finding) -> Judged:
        """The same with more findings."""
        return replace(self, findings=(*self.findings, *found))


def judge(data: Buffer, embedded: EmbeddedPdfSignature, trust: Trust) -> Judged:
    """Judge one signature. Raises what pyHanko raises for files it cannot understand (the caller's FAILED)."""
    name = embedded.field_name
    bytes_covered = coverage.span(data, list(embedded.byte_range), embedded.pkcs7_content)
    _check_padding(embedded.pkcs7_content, bytes_covered)
    stamp = embedded.sig_object_type == TIMESTAMP
    certificate = extract_certs_for_validation(embedded.signed_data).signer_cert
    blank = Judged(
        name=name,
        revision=embedded.signed_revision,
        span=bytes_covered,
        timestamp=stamp,
        verdict=Verdict.PASSED,
        subindication=None,
        level=_form(embedded),
        certificate=certificate,
        signing_time=embedded.self_reported_timestamp,
        best_time=None,
        path=PathOutcome(PathStatus.NO_PATH),
        stamp=None,
        locks=embedded.fieldmdp,
        certifies=embedded.docmdp_level.value if embedded.docmdp_level else None,
        level_after=0,
    )
    try:
        blank = replace(blank, package=manifest.named(embedded.sig_object))
    except ValueError:
        blank = blank.failed(finding("package-malformed", field=name))
    kind = str(entry(embedded.sig_object, "/SubFilter", ""))
    if kind not in SUB_FILTERS[stamp]:
        return blank.failed(finding("signature-malformed", field=name, reason=f"/SubFilter {kind}"))
    try:
        return _judge_timestamp(embedded, blank, trust) if stamp else _judge_signature(embedded, blank, trust)
    except SignatureValidationError as error:
        return _from_error(blank, error)


def _judge_signature(embedded: EmbeddedPdfSignature, blank: Judged, trust: Trust) -> Judged:
    helpers = embedded.other_embedded_certs
    try:
        stamp = lasting.signature_stamp(embedded, trust)
    except lasting.StampBroken:
        return blank.failed(finding("time-stamp-broken", field=blank.name), SubIndication.HASH_FAILURE)
    own = stamp.at if stamp is not None and stamp.trusted else None  # nobody else's clock proves anything
    proven = own or (trust.now if trust.proven else None)
    moment = proven or trust.now
    status = paths.run(
        async_validate_pdf_signature(
            embedded,
            paths.context(trust.anchors, helpers, moment),
            paths.context(trust.anchors, helpers, trust.now),
            diff_policy=POLICY,
            key_usage_settings=SIGNING,
            algorithm_policy=DEFAULT_ALGORITHM_USAGE_POLICY,
        )
    )
    path = paths.judge(
        embedded.signer_cert,
        helpers,
        trust.anchors,
        _revocation(embedded, trust),
        moment,
        retroactive=proven is not None,
    )
    level = lasting.reached(embedded, blank.level, stamp, trust)
    judged = replace(blank, best_time=proven, path=path, stamp=stamp, level=level, level_after=_changes_level(embedded))
    judged = _time_findings(judged)
    if not status.intact:
        return judged.failed(finding("hash-mismatch", field=blank.name), SubIndication.HASH_FAILURE)
    if not status.valid:
        return judged.failed(finding("signature-forged", field=blank.name), SubIndication.SIG_CRYPTO_FAILURE)
    judged = _changes(embedded, judged, allowed=bool(status.docmdp_ok))
    if status.seed_value_constraint_error is not None:
        judged = judged.undecided(finding("seed-value", field=blank.name), SubIndication.SIG_CONSTRAINTS_FAILURE)
    return _trusted(judged, status.trust_problem_indic, trust, own)


def _judge_timestamp(embedded: EmbeddedPdfSignature, blank: Judged, trust: Trust) -> Judged:
    helpers = tuple(embedded.other_embedded_certs)
    status = paths.run(
        async_validate_pdf_timestamp(embedded, paths.context(trust.anchors, helpers, trust.now), diff_policy=POLICY)
    )
    path = paths.judge(
        embedded.signer_cert,
        helpers,
        trust.anchors,
        _revocation(embedded, trust),
        trust.now,
        retroactive=trust.proven,
    )
    policy, at = lasting.policy_of(embedded.signed_data), status.timestamp
    judged = replace(
        blank,
        signing_time=at,
        best_time=at if status.trusted else None,
        path=path,
        stamp=Stamp(at, embedded.signer_cert, helpers, policy, status.trusted),
        level_after=_changes_level(embedded),
    )
    if not status.intact:
        return judged.failed(finding("hash-mismatch", field=blank.name), SubIndication.HASH_FAILURE)
    if not status.valid:
        return judged.failed(finding("signature-forged", field=blank.name), SubIndication.SIG_CRYPTO_FAILURE)
    judged = _changes(embedded, judged, allowed=not isinstance(embedded.diff_result, SuspiciousModification))
    return _trusted(judged, status.trust_problem_indic, trust, None)


def _changes(embedded: EmbeddedPdfSignature, judged: Judged, *, allowed: bool) -> Judged:
    """Coverage and difference analysis."""
    reach: SignatureCoverageLevel | None = embedded.coverage  # both are set by the validation
    result: Any = embedded.diff_result
    if reach is None or reach < SignatureCoverageLevel.ENTIRE_REVISION:
        return judged.failed(finding("coverage", field=judged.name))
    if isinstance(result, SuspiciousModification):
        code, reason = _suspicious(result)
        return judged.failed(finding(code, field=judged.name, reason=reason))
    if not allowed:
        return judged.failed(
            finding(
                "forbidden-change",
                field=judged.name,
                reason=Text(
                    f"mức chứng nhận DocMDP P={judged.certifies} không cho phép",
                    f"DocMDP P={judged.certifies} does not allow this change",
                ),
            )
        )
    return judged


def _suspicious(problem: SuspiciousModification) -> tuple[str, Text]:
    """What the difference analysis objects to; its own words are English."""
    told = str(problem)[:300]
    if isinstance(problem, FormTouched):
        return "form-resources-changed", problem.words
    if locked := LOCKED.search(told):
        return "locked-field-changed", Text(f"ô {locked[1]}", told)
    return "forbidden-change", Text("có đối tượng bị ghi lại ngoài việc điền ô và ký", told)


def _changes_level(embedded: EmbeddedPdfSignature) -> int:
    """The library's ModificationLevel of everything after the signature; OTHER where it is suspicious."""
    result: Any = embedded.diff_result  # annotated as None by the library, and set later
    level = getattr(result, "modification_level", ModificationLevel.OTHER)
    return int(level.value)


def _trusted(judged: Judged, problem: AdESSubIndic | None, trust: Trust, proven: datetime | None) -> Judged:
    """Path and revocation. A failure found before stays: who signed does not heal what was changed."""
    name = judged.name
    if problem is not None:
        code = {
            SubIndication.NO_CERTIFICATE_CHAIN_FOUND: "no-path",
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE: "weak-algorithm",
            SubIndication.CHAIN_CONSTRAINTS_FAILURE: "wrong-usage",
            SubIndication.OUT_OF_BOUNDS_NO_POE: "certificate-validity",
        }
        word = _word(problem)
        if not trust.anchors.roots and word is not SubIndication.CRYPTO_CONSTRAINTS_FAILURE:
            return judged.undecided(finding("no-anchor", field=name), SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
        found = finding(code.get(word, "path-invalid"), field=name, reason=judged.path.words)
        return judged.undecided(found, word)
    if judged.path.revocation is RevocationStatus.REVOKED:
        found = finding("revoked", field=name, reason=judged.path.words)
        if proven is not None and judged.path.revoked_at is not None and judged.path.revoked_at <= proven:
            return judged.failed(found, SubIndication.REVOKED)
        return judged.undecided(found, SubIndication.REVOKED_NO_POE)
    if judged.path.revocation is RevocationStatus.UNKNOWN:
        if trust.revocation_given:
            return judged.undecided(
                finding("revocation-unknown", field=name, reason=judged.path.words), SubIndication.TRY_LATER
            )
        return judged.noted(finding("revocation-not-checked", field=name))
    return judged


def _from_error(blank: Judged, error: SignatureValidationError) -> Judged:
    """What pyHanko refuses to judge further, in the standard's words; no word means the format."""
    found = finding("signature-malformed", field=blank.name, reason=Text(NOT_JUDGED, str(error.failure_message)[:300]))
    if error.ades_status is AdESStatus.INDETERMINATE:
        return blank.undecided(found, _word(error.ades_subindication))
    return blank.failed(found, _word(error.ades_subindication))


def _word(indication: AdESSubIndic | None) -> SubIndication:
    """The library's sub-indication as ours; the report knows fewer."""
    if indication is None:
        return SubIndication.FORMAT_FAILURE
    name = str(indication.standard_name).replace("REVOKED_CA_NO_POE", "REVOKED_NO_POE")
    name = name.replace("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "CRYPTO_CONSTRAINTS_FAILURE")
    return SubIndication.__members__.get(name, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE)


def _time_findings(judged: Judged) -> Judged:
    """The claimed time against the proven one and the certificate; some tools write local time as UTC (+7 h)."""
    claimed, certificate = judged.signing_time, judged.certificate
    if claimed is None or claimed.utcoffset() is None or certificate is None:
        return judged
    if judged.best_time is not None and abs(claimed - judged.best_time - ZONE) < SLACK:
        judged = judged.noted(finding("local-time-as-utc", field=judged.name))
        claimed = judged.best_time
    if not certificate.not_valid_before <= claimed <= certificate.not_valid_after:
        judged = judged.undecided(
            finding("time-outside-certificate", field=judged.name), SubIndication.OUT_OF_BOUNDS_NO_POE
        )
    return judged


def _revocation(embedded: EmbeddedPdfSignature, trust: Trust) -> RevocationData:
    """With what the signature carries itself (adbe-revocationInfoArchival, ISO 32000-2, 12.8.3.3.2)."""
    for attribute in _attributes(embedded.signer_info):
        if attribute["type"].native == "adobe_revocation_info_archival":
            for value in attribute["values"]:
                return trust.revocation.plus(list(value["crl"] or ()), list(value["ocsp"] or ()))
    return trust.revocation


def _attributes(signer_info: cms.SignerInfo) -> list[Any]:
    attributes = signer_info["signed_attrs"]
    return [] if isinstance(attributes, core.Void) else list(attributes)


def _form(embedded: EmbeddedPdfSignature) -> str:
    """B-B where the signature has the form for it (EN 319 142-1, 6.3), or what it is instead."""
    kinds = {attribute["type"].native for attribute in _attributes(embedded.signer_info)}
    sub_filter = str(entry(embedded.sig_object, "/SubFilter", ""))
    if embedded.sig_object_type == TIMESTAMP:
        return "RFC 3161"
    if sub_filter != PADES or not kinds >= {"content_type", "message_digest", "signing_certificate_v2"}:
        return f"{sub_filter.removeprefix('/')} (not PAdES)"
    return Level.B_B


def _check_padding(contents: bytes, covered: coverage.Span) -> None:
    """Behind the CMS only zeros may stand: the hex string is not under any digest."""
    if contents[:1] != b"0":
        raise coverage.BytesUnexplained("contents-malformed", covered.gap_start, NO_DER)
    if contents[1] != 0x80 and contents[peek(contents) :].strip(b"\0"):
        raise coverage.BytesUnexplained("contents-malformed", covered.gap_start, TOO_MUCH)
