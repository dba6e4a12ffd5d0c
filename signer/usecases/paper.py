"""Paper: documents that were on paper from the start, and those that a leader signed here and the office prints.

NĐ 30/2020/NĐ-CP, Điều 15(1): one register and one series for paper and electronic documents; Điều 18(5): a paper
document made of an electronic one is printed, and sealed in red. The service gives number and day; on paper a pen
and the office's stamp do the rest.

No token signs, so number, row and outcome are one transaction: a crash before its commit takes no number, one after it
loses the answer alone. On paper the answer is what is written down by hand, so callers should send an Idempotency-Key:
with it they are told the number again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from policies.model import Finding
from policies.order import check_may_issue
from policies.workdays import RulesOn
from signer.errors import Kind
from signer.model import Document, DocumentState, EventKind, IssueCommand, Medium, Metadata, Printed
from signer.ports import Clock, Keyring, Store, Transaction
from signer.usecases import issue_errors, numbers
from signer.usecases import metadata as meta_rules
from signer.usecases.authority import check_actor, check_signed, unsignable
from signer.usecases.caller import Caller
from signer.usecases.events import happened
from signer.usecases.office import series_for, standing
from signer.usecases.prepare import new_id
from signer.usecases.relations import check_relations, related_to, take_effect
from signer.usecases.rules import local_day, progress, ruled, rules_in_force

PAPER_DAYS_BACK = 366
"""Paper is registered after it was signed: only the order of the series bounds its day (Điều 15(1))."""


@dataclass(frozen=True, slots=True)
class PaperResult:
    """The document with its number, and what the rules warn of."""

    document: Document
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Enter:
    """Give a number to a document that is on paper from the start, and a row of the register."""

    store: Store
    clock: Clock
    rules_on: RulesOn = rules_in_force

    def __call__(
        self, metadata: Metadata, caller: Caller, day: date | None = None, number: str | None = None
    ) -> PaperResult:
        """Register it as ISSUED, on ``day`` (today). Errors as of ``Issue``; nothing is kept of what is refused."""
        meta = meta_rules.check(metadata)
        caller.check_agency(meta.agency)
        now = self.clock.now()
        day = day or local_day(now)
        rules = self.rules_on(day)
        with self.store.transaction() as tx:
            office = tx.office()
            check_actor(office, caller)
            place = standing(office, meta.agency, day)
            check_relations(rules, office, meta, related_to(tx, office, meta, caller))
            notation = numbers.notation(rules, place, meta, day)
            document = Document(
                id=new_id(now),
                metadata=meta,
                state=DocumentState.ISSUED,
                notation=notation,
                printed=Printed(notation),
                places={},
                draft_sha256="",
                sha256="",
                plan=b"",
                signatures=(),
                findings=tuple(unsignable(rules, office, meta, day, signed=True)),
                created_at=now,
                created_by=caller.actor,
                command=IssueCommand(caller.actor, None),
                medium=Medium.PAPER,
            )
            tx.add_document(document)
            numbered, warnings = numbers.take(
                tx, self.rules_on, document, series_for(office, meta, day), day, number, now, PAPER_DAYS_BACK
            )
            result = PaperResult(numbered, (*document.findings, *warnings))
            _numbered_and_issued(tx, numbered, caller, now)
            caller.answered(tx, result)
        return result


@dataclass(frozen=True, slots=True)
class IssueOnPaper:
    """Number a document that its leaders signed here and that goes out on paper (Điều 18(5)).

    No agency's signature is made: the printed sheet is sealed by hand. ``days_back`` as of ``Issue``.
    """

    store: Store
    keys: Keyring
    clock: Clock
    rules_on: RulesOn = rules_in_force
    days_back: int = 0

    def __call__(
        self, document_id: str, caller: Caller, day: date | None = None, number: str | None = None
    ) -> PaperResult:
        """SIGNED becomes ISSUED with its number, in one transaction. Errors as of ``Issue``."""
        now = self.clock.now()
        with self.store.transaction() as tx:
            document = caller.document(tx, document_id)
            issue_errors.check_not_ended(tx, document)
            if document.numbering is not None:
                raise issue_errors.number_held(document)
            office, day = tx.office(), day or local_day(now)
            rules = self.rules_on(day)
            check_actor(office, caller)
            with ruled(Kind.CONFLICT, where="state"):
                check_may_issue(rules, progress(document))
            standing(office, document.metadata.agency, day)
            check_signed(rules, office, self.keys, document, day)
            check_relations(rules, office, document.metadata, related_to(tx, office, document.metadata))
            ordered = replace(
                document,
                state=DocumentState.ISSUED,
                medium=Medium.PAPER,
                command=IssueCommand(caller.actor, None),
            )
            series = series_for(office, document.metadata, day)
            issued, warnings = numbers.take(tx, self.rules_on, ordered, series, day, number, now, self.days_back)
            tx.save_document(issued)
            result = PaperResult(replace(issued, version=issued.version + 1), warnings)
            _numbered_and_issued(tx, issued, caller, now)
            caller.answered(tx, result)
        return result


def _numbered_and_issued(tx: Transaction, document: Document, caller: Caller, now: datetime) -> None:
    """On paper both happen at once."""
    happened(tx, EventKind.NUMBERED, document, caller.actor, now)
    happened(tx, EventKind.ISSUED, document, caller.actor, now)
    take_effect(tx, document, now)
