"""Issue: the clerk gives number and date and the agency signs, all in one update of the file.

Whatever can refuse does so before a number is taken. The number, the intent and who gave the order are stored
(COMMIT 1) before a token signs, the file and the outcome after (COMMIT 2), each in one transaction:

* a crash before COMMIT 1 leaves nothing: no number is taken, whatever token was found ready or logged in by then;
* a crash between the commits leaves the document ISSUING with its number and day; ``recover`` in the next worker
  that starts, or the clerk who repeats the order, finishes it with the same number and day. Whoever comes while the
  first is at work is told by whose order; a process that died holds nobody up (``ports.Presence``);
* a crash after COMMIT 2 loses only the answer, and that was stored with the outcome: who repeats the request with its
  Idempotency-Key gets it, anybody else is told who has issued the document, and when.

A commit itself is in the database or it is not: whoever dies in it finds one of the two. ``make chaos`` kills a process
at each of these lines and amid them (docs/crash.md).

The number stays with its document through all of it; only ``Void`` ends it, and it is never used again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from hsm.pin import Pin
from policies.model import Finding
from policies.order import check_may_issue
from policies.workdays import RulesOn
from signer.errors import Kind, SignerError
from signer.model import (
    Document,
    DocumentState,
    EventKind,
    IssueCommand,
    KeyInfo,
    Office,
    RegisterState,
    Series,
    SignatureRecord,
    SignatureRole,
)
from signer.ports import Clock, Presence, Store, Transaction
from signer.usecases import issue_errors, numbers
from signer.usecases.authority import check_signed, custody
from signer.usecases.caller import Caller
from signer.usecases.events import came_too_late, happened
from signer.usecases.office import Standing, series_for, standing
from signer.usecases.relations import check_relations, related_to, take_effect
from signer.usecases.rules import local_day, progress, ruled, rules_in_force
from signer.usecases.sealing import Job, Sealed, seal
from signer.usecases.signatures import Pen

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the clerk asks for: a day other than today, and the number as text where the caller numbers."""

    day: date | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class IssueResult:
    """The issued document, the acts that made it, and what the rules warn of."""

    document: Document
    records: tuple[SignatureRecord, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """Let the clerk issue a document that all its signers have signed.

    ``days_back`` is how many days before today a document may be dated (0: today only). ``attempts`` are those that
    threads of this process are at, by document and beginning.
    """

    store: Store
    pen: Pen
    clock: Clock
    presence: Presence
    rules_on: RulesOn = rules_in_force
    days_back: int = 0
    attempts: set[tuple[str, datetime]] = field(default_factory=set)

    def __call__(
        self, document_id: str, caller: Caller, wish: Wish | None = None, pin: Pin | None = None
    ) -> IssueResult:
        """Number, date, sign and register; repeat it to finish an order that was broken off.

        CONFLICT ``already-issued``, ``issuing-in-progress``, ``number-reserved`` or a breach of the order;
        UNSUITABLE what the rules refuse; FORBIDDEN ``pin-incorrect``; UNAVAILABLE when the token is away. A token
        that is away before, or a wrong PIN, takes no number; what fails while signing leaves the number with the
        document, and the answer says so.
        """
        wish = wish or Wish()
        now = self.clock.now()
        with self.store.reading() as tx:
            document = caller.document(tx, document_id)
            office = tx.office()
            related = related_to(tx, office, document.metadata)
            ours = _ordered_by_this(document, caller)
            if not ours:
                issue_errors.check_not_ended(tx, document)
        if ours:
            return self._answer(document, caller)
        if document.numbering is not None:
            issue_errors.check_same_wish(document, wish.day, wish.number)
            issue_errors.check_no_attempt(document, now, self.under_way, caller.order)
            return self.resume(document, office, caller, now, pin)
        day = wish.day or local_day(now)
        check_relations(self.rules_on(day), office, document.metadata, related)
        job = self._job(document, office, caller, day, now, pin)
        series = series_for(office, document.metadata, day)
        with self._attempt(document.id, now):
            return self._finish(self._reserve(job, series, day, wish.number, now))

    def resume(
        self, document: Document, office: Office, caller: Caller, now: datetime, pin: Pin | None = None
    ) -> IssueResult:
        """Finish an order that was broken off after COMMIT 1, with the number and day that it holds."""
        numbering = document.numbering
        if numbering is None:
            raise ValueError("no number was reserved")
        # A document that needed attention got it: a person has given the order again.
        order = caller.order or (document.command.receipt if document.command else "")
        command = IssueCommand(caller.actor, now, self.presence.name(), order)
        taken = replace(document, state=DocumentState.ISSUING, reason="", command=command)
        with issue_errors.number_waits(document):
            job = self._job(taken, office, caller, numbering.date, now, pin)
        with self._attempt(document.id, now):
            try:
                with self.store.transaction() as tx:
                    # A crash here leaves the document as it was, or with an attempt that is known to have begun.
                    tx.save_document(taken)
            except SignerError as error:
                if (answer := self._overtaken(document.id, caller, now, error)) is not None:
                    return answer
                with came_too_late(self.store, document.id):
                    raise
            return self._finish(replace(job, document=_grown(taken)))

    def under_way(self, document: Document) -> bool:
        """Whether somebody is at work on an order; of this process's own attempts it is known which are over.

        One that failed may not have been able to say so in the store, because the store was what failed.
        """
        command = document.command
        if command is None or command.under_way_since is None:
            return False
        if command.worker == self.presence.name():
            return (document.id, command.under_way_since) in self.attempts
        return self.presence.alive(command.worker)

    @contextmanager
    def _attempt(self, document_id: str, since: datetime) -> Iterator[None]:
        """Known to be at work before the store says so, until after it says that it is over, or cannot be told.

        What is no Exception ends the process: whether that is gone, ``Presence`` says.
        """
        attempt = document_id, since
        self.attempts.add(attempt)
        try:
            yield
        except Exception:
            self.attempts.discard(attempt)
            raise
        self.attempts.discard(attempt)

    def _overtaken(self, document_id: str, caller: Caller, now: datetime, error: SignerError) -> IssueResult | None:
        """Two began to finish it at the same moment, most likely ``recover`` and the repeated order: one has it."""
        if error.code == "changed-meanwhile":
            with self.store.reading() as tx:
                document = caller.document(tx, document_id)
            if _ordered_by_this(document, caller):
                return self._answer(document, caller)
            issue_errors.check_no_attempt(document, now, self.under_way, caller.order)
        return None

    def _answer(self, document: Document, caller: Caller) -> IssueResult:
        """What this very request ordered was finished by ``recover`` after its worker had died: say what came of it."""
        acts = (SignatureRole.CLERK, SignatureRole.AGENCY)
        result = IssueResult(document, tuple(each for each in document.signatures if each.role in acts), ())
        with self.store.transaction() as tx:
            caller.answered(tx, result)
        return result

    # --- before a number is taken -------------------------------------------------------------------------

    def _job(
        self, document: Document, office: Office, caller: Caller, day: date, now: datetime, pin: Pin | None
    ) -> Job:
        """Everything that can refuse, except the number itself: order, authority, agency, keys, certificates, PIN."""
        rules = self.rules_on(day)
        with ruled(Kind.CONFLICT, where="state"):
            check_may_issue(rules, progress(document))
        agency = document.metadata.agency
        place = standing(office, agency, day)
        check_signed(rules, office, self.pen.keys, document, day)
        agency_key = self.pen.keys.info(place.issuer.agency_key)
        findings = self.pen.check_key(rules, agency_key, SignatureRole.AGENCY, agency, place.era.name, now, pin)
        held, said = custody(rules, office, agency_key.name, caller, day)
        findings += said
        clerk_key, clerk_name = None, ""
        if document.clerk:
            clerk_key = self._clerk_key(place, caller)
            clerk_name = office.persons[clerk_key.owner].name
            findings += self.pen.check_key(rules, clerk_key, SignatureRole.CLERK, agency, clerk_name, now, pin)
        # The agency's first: its PIN is at hand, and where its token is away no try of the clerk's is spent.
        self.pen.keys.ready(agency_key.name)
        if clerk_key is not None:
            self.pen.keys.ready(clerk_key.name, pin)
        basis = held.basis if held else ""
        return Job(document, caller, rules, place, agency_key, clerk_key, clerk_name, pin, basis, findings)

    def _clerk_key(self, place: Standing, caller: Caller) -> KeyInfo:
        """The certificate of the clerk who gives the order; of the only clerk where the actor is no person."""
        infos = [self.pen.keys.info(name) for name in place.issuer.clerk_keys]
        own = [info for info in infos if info.owner == caller.actor.id] or (infos if len(infos) == 1 else [])
        if not own:
            raise issue_errors.no_clerk_key(place.issuer.code)
        caller.check_person(own[0].owner)
        return own[0]

    def _reserve(self, job: Job, series: Series, day: date, number: str | None, now: datetime) -> Job:
        """COMMIT 1: number, register row, intent and who gave the order, or nothing of it."""
        with self.store.transaction() as tx:
            document = self._unchanged(tx, job, now)
            # Once more, with the others locked: one may have been voided or recalled since.
            office, meta = tx.office(), document.metadata
            check_relations(self.rules_on(day), office, meta, related_to(tx, office, meta))
            command = IssueCommand(job.caller.actor, now, self.presence.name(), job.caller.order)
            ordered = replace(document, state=DocumentState.ISSUING, command=command)
            reserved, warnings = numbers.take(tx, self.rules_on, ordered, series, day, number, now, self.days_back)
            tx.save_document(reserved)
            happened(tx, EventKind.NUMBERED, reserved, job.caller.actor, now)
            # A crash up to here takes no number; from the commit on, this number is the document's.
        return replace(job, document=_grown(reserved), findings=(*job.findings, *warnings))

    def _unchanged(self, tx: Transaction, job: Job, now: datetime) -> Document:
        """The document that was checked, locked; else whose order was faster."""
        try:
            tx.check_unchanged(job.document)
        except SignerError as error:
            document = job.caller.document(tx, job.document.id)
            issue_errors.check_not_ended(tx, document)
            issue_errors.check_no_attempt(document, now, self.under_way)
            raise issue_errors.changed_meanwhile(tx, document) from error
        return job.document

    # --- after it -----------------------------------------------------------------------------------------

    def _finish(self, job: Job) -> IssueResult:
        """Let the tokens sign, outside any transaction, then COMMIT 2."""
        try:
            # A crash in here leaves the document ISSUING: nothing of the new files was stored under its name, and
            # all of them are signed anew, attachments too.
            sealed, command = seal(self.pen, job, self.clock.now()), job.document.command
            for stamped in sealed.attachments:
                self.pen.blobs.put(stamped.content)
            issued = replace(
                self.pen.keep(job.document, sealed.main),
                state=DocumentState.ISSUED,
                reason="",
                command=command and replace(command, under_way_since=None),
                attachments=tuple(stamped.attachment for stamped in sealed.attachments),
            )
            result = IssueResult(_grown(issued), sealed.main.records, tuple(dict.fromkeys(job.findings)))
            # A crash here leaves files that no document refers to, and the document ISSUING.
            with self.store.transaction() as tx:
                self._store(tx, issued, sealed)
                job.caller.answered(tx, result)
            # A crash from here on loses nothing: the answer is stored too.
        except SignerError as error:
            self._broken_off(job, error)
            with issue_errors.number_waits(job.document), came_too_late(self.store, job.document.id):
                raise
        except Exception as error:
            self._broken_off(job, issue_errors.unexpected(error))
            raise
        return result

    def _store(self, tx: Transaction, issued: Document, sealed: Sealed) -> None:
        """COMMIT 2: all files, all acts, the row, and what the document does to others; or nothing of it."""
        tx.save_document(issued)
        for record in sealed.main.records:
            tx.add_signature(issued.id, record)
        for ordinal, stamped in enumerate(sealed.attachments, start=1):
            tx.add_signature(issued.id, stamped.record, ordinal)
        tx.save_entry(replace(issue_errors.present(tx.entry(issued.id)), state=RegisterState.ISSUED))
        now, by = self.clock.now(), issued.command.by if issued.command else issued.created_by
        happened(tx, EventKind.ISSUED, issued, by, now)
        take_effect(tx, issued, now)

    def _broken_off(self, job: Job, error: SignerError) -> None:
        """Say in the store that no attempt runs any more; what repeating cannot mend waits for a person."""
        document = job.document
        command = document.command and replace(document.command, under_way_since=None)
        state = DocumentState.ISSUING if issue_errors.passes(error) else DocumentState.NEEDS_ATTENTION
        left = replace(document, state=state, command=command, reason=error.text.vi)
        try:
            with self.store.transaction() as tx:
                tx.save_document(left)
                if state is DocumentState.NEEDS_ATTENTION:
                    now = self.clock.now()
                    happened(tx, EventKind.NEEDS_ATTENTION, left, job.caller.actor, now, error.code)
        except SignerError as second:
            # Either somebody has voided or finished it meanwhile, or the store is away: then the next order, or the
            # next round of ``recover``, finds an attempt that nobody is at.
            log.warning("could not note that issuing %s was broken off: %s", document.id, second.code)


def _ordered_by_this(document: Document, caller: Caller) -> bool:
    """Whether this very request, sent before, has had the document issued; no answer of it was stored."""
    receipt = document.command.receipt if document.command else ""
    return document.state is DocumentState.ISSUED and receipt != "" and receipt == caller.order


def _grown(document: Document) -> Document:
    """The document as it stands after it was saved."""
    return replace(document, version=document.version + 1)
