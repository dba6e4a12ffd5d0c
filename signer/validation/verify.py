"""The Verifier port: a file in, report out. Needs neither token nor database, and never the network."""

# mypy: allow-untyped-calls
# (pyHanko carries annotations only in part)

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature

from policies.model import Finding, Severity, Text
from policies.workdays import RulesOn
from signer.model import DAY, MONTH, NUMBER, YEAR, Buffer, Content, Rect, SignatureRole
from signer.ports import Clock
from signer.report import Chain, PackageReport, Report, SignatureReport, SubIndication, Verdict
from signer.validation import coverage, lasting, package, roles, rules, stamps, visual
from signer.validation.changes import FormState, describe, form_state
from signer.validation.coverage import BytesUnexplained
from signer.validation.lasting import Trust, embedded_trust, in_force, seen_from
from signer.validation.limits import Deadline, LimitExceeded, Limits
from signer.validation.package import File, Outcome
from signer.validation.signatures import Judged, judge
from signer.validation.stamps import Stamp
from signer.validation.trust import Anchors, RevocationFolder
from signer.validation.words import CODES, finding

_PRINTED = {MONTH: r"tháng\D{0,4}(\d{1,2})(?!\d)", YEAR: r"(?:năm\D{0,8}|\D)(20\d\d)(?!\d)"}
"""Month and year on the date's line without blanks. Fonts that put a letter's accent elsewhere break the words up,
so a year is taken without its "năm" too."""
UNREADABLE = "không đọc được cấu trúc của chữ ký"
SAME_BYTES = Text("hai chữ ký bao trùm cùng một phần dữ liệu", "two signatures over the same bytes")
BEYOND = Text("có nội dung khác ngoài dữ liệu kiểm tra chữ ký", "more than validation data")
_WORST = (Verdict.FAILED, Verdict.INDETERMINATE, Verdict.NO_SIGNATURE, Verdict.PASSED)
POLICY_ID, POLICY_VERSION = "antin-verify", "1"

for _name in ("pyhanko", "pyhanko_certvalidator"):
    # The libraries log what they refuse, with traceback; we report it. Without any handler Python would print it.
    logging.getLogger(_name).addHandler(logging.NullHandler())


class DocumentVerifier:
    """Judges files by pinned roots and the revocation data at hand; safe between threads."""

    def __init__(
        self,
        anchors: Anchors,
        folder: RevocationFolder,
        clock: Clock,
        limits: Limits | None = None,
        rules_on: RulesOn = in_force,
    ) -> None:
        self._anchors = anchors
        self._folder = folder
        self._clock = clock
        self._limits = limits or Limits()
        self._rules_on = rules_on
        self._own = threading.local()

    def verify(self, file: Content) -> Report:
        """See the port. Whatever goes wrong inside is a verdict: attack files make parsers raise anything."""
        return self._judged(file, Deadline(self._limits.seconds)).report

    def verify_package(self, file: Content, attachments: Sequence[tuple[str, Content]]) -> PackageReport:
        """See the port. One time limit holds for all files together; too many are not looked at."""
        deadline = Deadline(self._limits.seconds)
        main = self._judged(file, deadline)
        if len(attachments) > package.MAX_FILES:
            found = finding("package-too-large", count=len(attachments), most=package.MAX_FILES)
            verdict = main.report.verdict if main.report.verdict is Verdict.FAILED else Verdict.INDETERMINATE
            return PackageReport(verdict, main.report, (), (found,))
        files = [File(name, each, self._judged(each, deadline)) for name, each in attachments]
        # Where a bound stopped a judgement nobody knows what the signatures say: could not tell is not wrong.
        decided = not any(_undecided(each) for each in (main, *(file.outcome for file in files)))
        findings = tuple(package.judge(main, files)) if decided else ()
        verdicts = [main.report.verdict, *(each.outcome.report.verdict for each in files)]
        broken = any(found.severity is Severity.ERROR for found in findings)
        return PackageReport(
            verdict=Verdict.FAILED if broken else next(each for each in _WORST if each in verdicts),
            main=main.report,
            attachments=tuple((each.name, each.outcome.report) for each in files),
            findings=findings,
        )

    def _judged(self, file: Content, deadline: Deadline) -> Outcome:
        now = self._clock.now()
        try:
            outcome = self._verify(file, now, deadline)
        except LimitExceeded as limit:
            found = finding("limit-exceeded", reason=Text(limit.vi, limit.en))
            outcome = _report(Verdict.INDETERMINATE, now, [found])
        except Exception as error:  # noqa: BLE001 -- see above; a file must never become a server error
            reason = f"{type(error).__name__}: {error}"
            outcome = _report(Verdict.FAILED, now, [finding("unreadable", reason=reason[:200])])
        return outcome if isinstance(outcome, Outcome) else Outcome(outcome)

    def _verify(self, file: Content, now: datetime, deadline: Deadline) -> Outcome | Report:
        if b"%PDF-" not in file.slice(0, 1024):
            return _report(Verdict.FAILED, now, [finding("not-a-pdf")])
        if file.size > self._limits.bytes:
            raise LimitExceeded("kích thước tệp", "file size")
        data = file.buffer()
        reader = self._open(file, data)
        if reader.encrypted:
            return _report(Verdict.INDETERMINATE, now, [finding("encrypted")])
        fields = list(enumerate_sig_fields(reader, filled_status=True))
        if len(fields) > self._limits.signatures:
            raise LimitExceeded("số chữ ký", "number of signatures")
        if not hasattr(self._own, "anchors"):
            self._own.anchors = self._anchors.fresh()
        trust = embedded_trust(reader, Trust(self._own.anchors, self._folder.data(), self._folder.given, now))
        judged: list[Judged] = []
        broken: list[tuple[str, Finding]] = []
        proofs: list[tuple[int, datetime]] = []
        for end, name, field in _from_the_end(fields):
            deadline.check()
            try:
                own = judge(data, EmbeddedPdfSignature(reader, field, name), seen_from(trust, end, proofs))
                judged.append(own)
                if own.timestamp and own.verdict is Verdict.PASSED and own.best_time is not None:
                    proofs.append((own.span.end, own.best_time))
            except LimitExceeded:
                raise
            except BytesUnexplained as problem:
                broken.append((name, _bytes_finding(problem, name)))
            except Exception as error:  # noqa: BLE001 -- one signature that cannot be read fails, the others are told
                broken.append(
                    (name, finding("signature-malformed", field=name, reason=Text(UNREADABLE, repr(error)[:200])))
                )
        judged.sort(key=lambda own: own.span.end)
        deadline.check()
        faults = list(_file_faults(data, reader, judged, deadline))
        if not judged and not broken and not faults:
            return _report(Verdict.NO_SIGNATURE, now, [finding("no-signature")])
        if not judged or broken:
            reports = [_signature_report(own, "", (), file.size, self._rules_on) for own in rules.fail_all(judged)]
            reports += [_broken_report(name) for name, _ in broken]
            return _report(Verdict.FAILED, now, [*faults, *(found for _, found in broken)], reports)
        return self._document(file, reader, rules.closed(reader, judged), faults, now)

    def _document(
        self, file: Content, reader: PdfFileReader, judged: list[Judged], faults: list[Finding], now: datetime
    ) -> Outcome:
        """All signatures could be read: roles and the rules of documents."""

        def form(revision: int) -> FormState:
            return form_state(reader.get_historical_resolver(revision), self._limits.pages)

        states = [form(own.revision) for own in judged]
        first, last = judged[0].revision, reader.xrefs.total_revisions - 1
        base = form(first - 1) if first else FormState.empty()
        final = states[-1] if judged[-1].revision == last else form(last)
        stamp = stamps.find(file, judged, states[0], final)
        parts = roles.cast(judged, base, states, alone=stamp is not None)
        case = rules.Case(file, tuple(judged), parts, base, tuple(states), final, bool(self._anchors.roots), stamp)
        signatures, notes = rules.apply(case)
        if any(found.severity is Severity.ERROR for found in faults):
            signatures = rules.fail_all(signatures)
        reports = [
            _signature_report(own, parts.roles[index], describe(states[index], final), file.size, self._rules_on)
            for index, own in enumerate(signatures)
        ]
        stamps_told = _stamps_told(reports)
        found = [*faults, *(one for own in signatures for one in own.findings), *notes, *stamps_told]
        found += _belongings(signatures)
        links = _chain(file, signatures, parts, final, stamp)
        report = _report(_verdict(signatures), now, found, reports, links)
        return Outcome(report, tuple(signatures), parts, stamp, _symbol(file, final))

    def _open(self, file: Content, data: Buffer) -> PdfFileReader:
        limits = self._limits
        if coverage.count(data, b"startxref", 0, len(data)) > 2 * limits.revisions:
            raise LimitExceeded("số phiên bản", "number of revisions")
        reader = PdfFileReader(file.stream(), strict=False)  # hybrid-reference files, as Word writes them
        total = reader.xrefs.total_revisions
        if total > limits.revisions:
            raise LimitExceeded("số phiên bản", "number of revisions")
        if sum(len(reader.xrefs.explicit_refs_in_revision(number)) for number in range(total)) > limits.objects:
            raise LimitExceeded("số đối tượng", "number of objects")
        return reader


def _file_faults(data: Buffer, reader: PdfFileReader, judged: Sequence[Judged], deadline: Deadline) -> list[Finding]:
    """What is wrong with the file as bytes, whatever the single signatures say."""
    found: list[Finding] = []
    offset = coverage.unreached(data, [own.span for own in judged])
    if offset is not None:
        found.append(finding("unreached-byte-range", offset=offset))
    if not judged:
        return found
    ends = {own.span.end for own in judged}
    if len(ends) != len(judged):
        found.append(finding("bytes-unexplained", offset=min(ends), reason=SAME_BYTES))
    try:
        revisions = coverage.explain(data, reader, judged[0].span.end, deadline.check)
    except BytesUnexplained as problem:
        return [*found, _bytes_finding(problem, judged[0].name)]
    final = judged[-1]
    for number in range(final.revision + 1, reader.xrefs.total_revisions):
        changed = rules.unsigned_change(
            reader.get_historical_resolver(number - 1), reader.get_historical_resolver(number)
        )
        if changed or final.level_after > ModificationLevel.LTA_UPDATES.value:
            found.append(finding("unsigned-revision", reason=changed or BEYOND))
    if len(revisions) > len(judged) - 1 + (reader.xrefs.total_revisions - 1 - final.revision):
        found.append(finding("extra-revision"))
    return found


def _bytes_finding(problem: BytesUnexplained, name: str) -> Finding:
    code = problem.code if problem.code in CODES else "bytes-unexplained"
    return finding(code, field=name, offset=problem.offset, reason=problem.detail)


def _verdict(signatures: Sequence[Judged]) -> Verdict:
    """The worst of all: FAILED, then INDETERMINATE, then PASSED."""
    return next((each for each in _WORST if any(own.verdict is each for own in signatures)), Verdict.PASSED)


def _undecided(outcome: Outcome) -> bool:
    """Whether a bound on size, number or time stopped a judgement."""
    return any(found.code == "limit-exceeded" for found in outcome.report.findings)


def _report(
    verdict: Verdict,
    now: datetime,
    findings: Sequence[Finding],
    signatures: Sequence[SignatureReport] = (),
    chain: Chain | None = None,
) -> Report:
    unique = tuple(dict.fromkeys(findings))
    return Report(verdict, chain or Chain(), tuple(signatures), unique, POLICY_ID, POLICY_VERSION, now)


def _from_the_end(fields: Sequence[tuple[str, Any, Any]]) -> list[tuple[int, str, Any]]:
    """Filled signature fields, those that reach furthest first: what they prove holds for those before them."""

    def end(value: Any) -> int:
        try:
            covered = value.get_object()["/ByteRange"]
            return int(covered[2]) + int(covered[3])
        except (AttributeError, LookupError, TypeError, ValueError):
            return 0  # whoever judges it says what is wrong

    found = [(end(value), name, field) for name, value, field in fields]
    return sorted(found, key=lambda each: each[0], reverse=True)


def _stamps_told(reports: Sequence[SignatureReport]) -> list[Finding]:
    """Whose time-stamps there are, as far as somebody has to know: those that nobody trusts, and internal ones."""
    return [
        finding(
            "time-stamp-internal" if report.time_stamp.trusted else "time-stamp-untrusted",
            field=report.field,
            authority=report.time_stamp.authority,
        )
        for report in reports
        if report.time_stamp is not None and report.time_stamp.internal and report.indication is not Verdict.FAILED
    ]


def _signature_report(
    own: Judged, role: str, changes: tuple[str, ...], size: int, rules_on: RulesOn
) -> SignatureReport:
    whole = own.span.end == size
    covers = (
        "toàn bộ tệp · the whole file"
        if whole
        else f"{own.span.end} byte đầu của {size} · the first {own.span.end} of {size} bytes"
    )
    return SignatureReport(
        field=own.name,
        role=role,
        signer=own.signer,
        level=own.level,
        indication=own.verdict,
        subindication=own.subindication if own.verdict is not Verdict.PASSED else None,
        signing_time=own.signing_time,
        best_signature_time=own.best_time,
        covers=covers,
        changes_after=changes,
        time_stamp=None if own.stamp is None else lasting.told(own.stamp, rules_on),
    )


def _broken_report(name: str) -> SignatureReport:
    """A signature that cannot even be read."""
    return SignatureReport(
        field=name,
        role="",
        signer="",
        level="",
        indication=Verdict.FAILED,
        subindication=SubIndication.FORMAT_FAILURE,
        signing_time=None,
        best_signature_time=None,
        covers="không xác định · unknown",
    )


def _belongings(signatures: Sequence[Judged]) -> list[Finding]:
    """Tell of the attachments that the last signature to name any names: who judges the document asks for them."""
    parts = next((own.package for own in reversed(signatures) if own.package), ())
    names = "; ".join(part.name for part in parts)
    return [finding("has-attachments", count=len(parts), names=names)] if parts else []


def _symbol(file: Content, final: FormState) -> str:
    """Number and notation as they are read on the number line."""
    number = final.values.get(NUMBER, "").strip()
    place = next((widget for widget in final.widgets if widget.field == NUMBER), None)
    if not number or place is None:
        return number
    notation = visual.notation(file, place.page, Rect(*place.rect))
    return f"{number}/{notation}" if notation else number


def _chain(
    file: Content, signatures: Sequence[Judged], parts: roles.Cast, final: FormState, stamp: Stamp | None
) -> Chain:
    """Who did what. Signatures that failed are no link of it."""

    def names(role: SignatureRole) -> tuple[str, ...]:
        return tuple(
            signatures[index].signer
            for index in parts.positions(role.value)
            if signatures[index].verdict is not Verdict.FAILED
        )

    agency = parts.agency
    standing = agency is not None and signatures[agency].verdict is not Verdict.FAILED
    return Chain(
        initials=names(SignatureRole.INITIAL),
        leaders=names(SignatureRole.LEADER),
        number=final.values.get(NUMBER) or (stamp.number if stamp else "") or None,
        date=_date(file, final),
        agency=signatures[agency].signer if agency is not None and standing else None,
    )


def _date(file: Content, final: FormState) -> str | None:
    """The date of issue as ISO 8601. Month and year may be printed: then they are read off the date's line."""
    values = {name: final.values.get(name, "").strip() for name in (DAY, MONTH, YEAR)}
    if not values[DAY]:
        return None
    place = next((widget for widget in final.widgets if widget.field == DAY), None)
    if place is not None and not (values[MONTH] and values[YEAR]):
        rect = Rect(*place.rect)
        below = Rect(rect.x0, rect.y0 - 1.6 * rect.height, rect.x1, rect.y0)  # a long place name wraps the line
        printed = "".join((visual.line(file, place.page, rect) + visual.line(file, place.page, below)).split())
        for name, pattern in _PRINTED.items():
            match = re.search(pattern, printed)
            values[name] = values[name] or (match[1] if match else "")
    try:
        return date(int(values[YEAR]), int(values[MONTH]), int(values[DAY])).isoformat()
    except ValueError:
        return "/".join(value or "?" for value in values.values())
