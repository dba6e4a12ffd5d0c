"""Copies: paper that was scanned becomes an electronic copy, certified by the agency's signature alone.

NĐ 30/2020/NĐ-CP, Điều 25 and Phụ lục I, Phần II: sao y, sao lục, trích sao; the mark stands at the top right of
page 1 (form of copy, agency, time of signing), and an electronic copy bears no number.

One commit, at the end. A crash before it leaves no copy, though perhaps a signed file that nobody names; there is no
number that could be lost, so nothing is resumed: the scan is sent again, and signed again with a later moment. A crash
after it loses the answer alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from policies import copies as rule
from policies import relations
from policies.model import Finding, Ruleset
from policies.workdays import RulesOn
from signer.errors import Kind, SignerError
from signer.model import (
    AGENCY_FIELD,
    AttachmentStyle,
    Content,
    CopyForm,
    Document,
    DocumentState,
    EventKind,
    IssueCommand,
    Medium,
    Metadata,
    Printed,
    Relation,
    RelationKind,
    ScanReading,
    SignatureRecord,
    SignatureRole,
    SigningStep,
    StampWanted,
)
from signer.ports import Clock, FieldMaker, StampReader, Store, Transaction
from signer.usecases import metadata as meta_rules
from signer.usecases.authority import custody
from signer.usecases.caller import Caller
from signer.usecases.events import happened
from signer.usecases.office import standing
from signer.usecases.prepare import new_id, places_by_name
from signer.usecases.rules import local_day, ruled, rules_in_force
from signer.usecases.signatures import Pen, Signed

ORIGINAL = "original"
_SOURCES = {CopyForm.TRUE_COPY: "true-copy", CopyForm.EXTRACT: "extract", CopyForm.COPY_OF_COPY: "copy-of-copy"}


@dataclass(frozen=True, slots=True)
class CopyWanted:
    """What is to be certified. ``source`` says of what the paper is a scan: original, true-copy, extract, copy-of-copy.

    ``of`` names the document that is copied: one that is kept here, or in words.
    """

    agency: str
    form: CopyForm
    subject: str
    of: Relation
    source: str = ORIGINAL


@dataclass(frozen=True, slots=True)
class CopyResult:
    """The certified copy, the act that made it, and what the rules warn of."""

    document: Document
    record: SignatureRecord
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class MakeCopy:
    """Certify a scan as a copy. The clerk commands the agency's key in person, as for issuing (Điều 32(2)d)."""

    store: Store
    pen: Pen
    reader: StampReader
    fields: FieldMaker
    clock: Clock
    rules_on: RulesOn = rules_in_force

    def __call__(self, scan: Content, wanted: CopyWanted, caller: Caller) -> CopyResult:
        """Judge the scan, sign it, keep it; a crash before it is stored leaves nothing.

        UNSUITABLE ``copy-of-copy`` and the like where the source may not be copied so, and what the rules on scans
        refuse, ``copy-agency-differs``; FORBIDDEN ``custody-differs``, ``agency-not-yours``; UNAVAILABLE when the token
        is away.
        """
        meta = _metadata(wanted)
        caller.check_agency(meta.agency)
        now = self.clock.now()
        day = local_day(now)
        rules = self.rules_on(day)
        with self.store.reading() as tx:
            office = tx.office()
            source = self._source(tx, rules, wanted, caller)
        place = standing(office, meta.agency, day)
        with ruled(where="form"):
            rule.check_source(rules, wanted.form.value, source)
        key = self.pen.keys.info(place.issuer.agency_key)
        held, said = custody(rules, office, key.name, caller, day)
        said += self.pen.check_key(rules, key, SignatureRole.AGENCY, meta.agency, place.era.name, now, None)
        _check_named(rules, said)
        self.pen.keys.ready(key.name)

        lines = rule.copy_lines(rules, wanted.form.value, place.era.name, now)
        reading = self.reader.scan(scan, StampWanted(AttachmentStyle.MARK, lines))
        said += _judge(rules, reading)
        prepared = self.fields.prepare(scan, reading.places)
        step = SigningStep(
            role=SignatureRole.AGENCY,
            field=AGENCY_FIELD,
            signer=place.era.name,
            reason=f"{lines[0]}: sao văn bản giấy sang văn bản điện tử",
            signing_time=now,
            locks=(AGENCY_FIELD,),
            certify=True,
            location=place.era.place,
            mark=lines,
        )
        signed = self.pen.sign(Signed(prepared, ()), step, key, caller.actor, basis=held.basis if held else "")
        document = Document(
            id=new_id(now),
            metadata=replace(meta, place=place.era.place),
            state=DocumentState.ISSUED,
            notation="",
            printed=Printed(""),
            places=places_by_name(reading.places),
            draft_sha256=scan.sha256,
            sha256=prepared.sha256,
            plan=prepared.plan,
            signatures=(),
            findings=said,
            created_at=now,
            created_by=caller.actor,
            command=IssueCommand(caller.actor, None),
            copy=wanted.form,
        )
        document = self.pen.keep(document, signed)
        with self.store.transaction() as tx:
            self._source(tx, rules, wanted, caller)  # it may have been recalled while the token signed
            tx.add_document(document)
            happened(tx, EventKind.ISSUED, document, caller.actor, now)
            result = CopyResult(document, signed.records[0], said)
            caller.answered(tx, result)
        return result

    @staticmethod
    def _source(tx: Transaction, rules: Ruleset, wanted: CopyWanted, caller: Caller) -> str:
        """What kind of document the paper is, by what is known of it here, else as the caller says."""
        if not wanted.of.document:
            return wanted.source
        other = caller.document(tx, wanted.of.document)
        with ruled(where="of.document"):
            relations.check(
                rules,
                RelationKind.COPY_OF.value,
                this_type=None,
                this_normative=False,
                other_type=other.metadata.type,
                other_normative=other.metadata.normative,
                other_state=other.state.value,
            )
        if other.copy is not None:
            return _SOURCES[other.copy]
        if other.medium is Medium.ELECTRONIC:
            raise SignerError(
                Kind.UNSUITABLE,
                "copy-of-electronic",
                "Văn bản này là bản gốc điện tử: không sao sang dạng điện tử, hãy gửi chính bản gốc.",
                "this document is an electronic original: it is not copied to electronic form, send the original",
                clause=rules.copies.forms.clause,
                where="of.document",
            )
        return ORIGINAL


def _check_named(rules: Ruleset, said: Sequence[Finding]) -> None:
    """UNSUITABLE ``copy-agency-differs``: the mark names the agency, and whoever verifies compares the certificate.

    A document issued after a rename says elsewhere who issued it; a copy says it in the mark alone.
    """
    for differs in (each for each in said if each.code == "subject-differs"):
        raise SignerError(
            Kind.UNSUITABLE,
            "copy-agency-differs",
            f"{differs.message.vi} Dấu chứng thực bản sao nêu tên cơ quan nên chứng thư số phải mang đúng tên đó.",
            f"{differs.message.en} The mark on a copy names the agency: the certificate must be in that name.",
            clause=rules.copies.forms.clause,
            where="agency",
        )


def _metadata(wanted: CopyWanted) -> Metadata:
    """What is kept of a copy: nobody signs it but the agency."""
    return meta_rules.check_copy(
        Metadata(
            agency=wanted.agency,
            type=None,
            subject=wanted.subject,
            signers=(),
            relations=(replace(wanted.of, kind=RelationKind.COPY_OF),),
        )
    )


def _judge(rules: Ruleset, reading: ScanReading) -> tuple[Finding, ...]:
    """What the rules say of the scan; refused with every reason."""
    facts = rule.ScanFacts(
        version=reading.version,
        pages=tuple(rule.PageFacts(page.dpi, page.colour, page.covered) for page in reading.pages),
        page_mm=reading.page_mm,
    )
    with ruled(where="file"):
        return (*reading.findings, *rule.judge_scan(rules, facts))
