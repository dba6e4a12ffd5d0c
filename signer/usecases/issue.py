"""Issue: the clerk gives number and date and the agency signs, all in one update of the file.

Whatever can refuse does so before a number is taken. The number, the intent and who gave the order are stored
(COMMIT 1) before a token signs, the file and the outcome after (COMMIT 2), each in one transaction:

* a crash before COMMIT 1 leaves nothing: no number is taken;
* a crash between the commits leaves the document ISSUING with its number and day; ``recover`` at the next
  start, or the clerk who repeats the order, finishes it with the same number and day;
* a crash after COMMIT 2 loses only the answer: the repeated order is told that all is done.

The number stays with its document through all of it; only ``Void`` ends it, and it is never used again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hsm.pin import Pin
from policies.model import Finding, Ruleset
from policies.order import check_may_issue
from signer.errors import Kind, SignerError
from signer.model import (
    AGENCY_FIELD,
    CLERK_FIELD,
    Document,
    DocumentState,
    IssueCommand,
    KeyInfo,
    Office,
    RegisterState,
    Series,
    SignatureRecord,
    SignatureRole,
    SigningStep,
)
from signer.ports import Clock, Store
from signer.usecases import issue_errors, numbers
from signer.usecases.caller import Caller
from signer.usecases.office import Standing, series_for, standing
from signer.usecases.rules import RulesOn, local_day, progress, ruled, rules_in_force
from signer.usecases.signatures import Pen, Signed, fields_signed

log = logging.getLogger(__name__)

ATTEMPT = timedelta(seconds=60)
"""How long an attempt that said nothing is taken to be still at work; a second order waits so long."""


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
class _Job:
    """One order to issue, checked: who, by which keys, under which rules."""

    document: Document
    caller: Caller
    rules: Ruleset
    place: Standing
    agency_key: KeyInfo
    clerk_key: KeyInfo | None
    clerk_name: str
    pin: Pin | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """Let the clerk issue a document that all its signers have signed.

    ``days_back`` is how many days before today a document may be dated (0: today only).
    """

    store: Store
    pen: Pen
    clock: Clock
    rules_on: RulesOn = rules_in_force
    days_back: int = 0

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
        issue_errors.check_not_ended(document)
        if document.numbering is not None:
            issue_errors.check_same_wish(document, wish.day, wish.number)
            issue_errors.check_no_attempt(document, now, ATTEMPT)
            return self.resume(document, office, caller, now, pin)
        day = wish.day or local_day(now)
        job = self._job(document, office, caller, day, now, pin)
        series = series_for(office, document.metadata, day)
        return self._finish(self._reserve(job, series, day, wish.number, now))

    def resume(
        self, document: Document, office: Office, caller: Caller, now: datetime, pin: Pin | None = None
    ) -> IssueResult:
        """Finish an order that was broken off after COMMIT 1, with the number and day that it holds."""
        numbering = document.numbering
        if numbering is None:
            raise ValueError("no number was reserved")
        # A document that needed attention got it: a person has given the order again.
        taken = replace(document, state=DocumentState.ISSUING, reason="", command=IssueCommand(caller.actor, now))
        with issue_errors.number_waits(document):
            job = self._job(taken, office, caller, numbering.date, now, pin)
        with self.store.transaction() as tx:
            # A crash here leaves the document as it was, or with an attempt that is known to have begun.
            tx.save_document(taken)
        return self._finish(replace(job, document=_grown(taken)))

    # --- before a number is taken -------------------------------------------------------------------------

    def _job(
        self, document: Document, office: Office, caller: Caller, day: date, now: datetime, pin: Pin | None
    ) -> _Job:
        """Everything that can refuse, except the number itself: order, agency, keys, certificates, PIN."""
        rules = self.rules_on(day)
        with ruled(Kind.CONFLICT, where="state"):
            check_may_issue(rules, progress(document))
        place = standing(office, document.metadata.agency, day)
        agency_key = self.pen.keys.info(place.issuer.agency_key)
        findings = self.pen.check_key(rules, agency_key, SignatureRole.AGENCY, document, place.era.name, now, pin)
        clerk_key, clerk_name = None, ""
        if document.clerk:
            clerk_key = self._clerk_key(place, caller)
            clerk_name = office.persons[clerk_key.owner].name
            findings += self.pen.check_key(rules, clerk_key, SignatureRole.CLERK, document, clerk_name, now, pin)
        # The agency's first: its PIN is at hand, and where its token is away no try of the clerk's is spent.
        self.pen.keys.ready(agency_key.name)
        if clerk_key is not None:
            self.pen.keys.ready(clerk_key.name, pin)
        findings += numbers.custody(office, agency_key.name, caller.actor.id, day)
        return _Job(document, caller, rules, place, agency_key, clerk_key, clerk_name, pin, findings)

    def _clerk_key(self, place: Standing, caller: Caller) -> KeyInfo:
        """The certificate of the clerk who gives the order; of the only clerk where the actor is no person."""
        infos = [self.pen.keys.info(name) for name in place.issuer.clerk_keys]
        own = [info for info in infos if info.owner == caller.actor.id] or (infos if len(infos) == 1 else [])
        if not own:
            raise issue_errors.no_clerk_key(place.issuer.code)
        caller.check_person(own[0].owner)
        return own[0]

    def _reserve(self, job: _Job, series: Series, day: date, number: str | None, now: datetime) -> _Job:
        """COMMIT 1: number, register row, intent and who gave the order, or nothing of it."""
        with self.store.transaction() as tx:
            document = job.caller.document(tx, job.document.id)
            if document.version != job.document.version:
                raise issue_errors.changed_meanwhile()
            # The series is locked from here to the commit: two clerks get two numbers, one after the other.
            last = tx.last_number(series.id, numbers.period(series, day))
            numbering, warnings = numbers.choose(job.rules, document, series, day, number, last, now, self.days_back)
            reserved = replace(
                document,
                state=DocumentState.ISSUING,
                numbering=numbering,
                command=IssueCommand(job.caller.actor, now),
            )
            tx.reserve(numbers.entry(job.rules, reserved, series, numbering), numbering)
            tx.save_document(reserved)
            # A crash up to here takes no number; from the commit on, this number is the document's.
        return replace(job, document=_grown(reserved), findings=(*job.findings, *warnings))

    # --- after it -----------------------------------------------------------------------------------------

    def _finish(self, job: _Job) -> IssueResult:
        """Let the tokens sign, outside any transaction, then COMMIT 2."""
        try:
            # A crash in here leaves the document ISSUING: nothing of the new file was stored under its name.
            signed = self._signatures(job)
            issued = replace(
                self.pen.keep(job.document, signed),
                state=DocumentState.ISSUED,
                reason="",
                command=IssueCommand(job.caller.actor, None),
            )
            # A crash here leaves a file that no document refers to, and the document ISSUING.
            with self.store.transaction() as tx:
                tx.save_document(issued)
                for record in signed.records:
                    tx.add_signature(issued.id, record)
                tx.save_entry(replace(issue_errors.present(tx.entry(issued.id)), state=RegisterState.ISSUED))
            # A crash from here on loses the answer only.
        except SignerError as error:
            self._broken_off(job.document, error)
            with issue_errors.number_waits(job.document):
                raise
        except Exception as error:
            self._broken_off(job.document, issue_errors.unexpected(error))
            raise
        return IssueResult(_grown(issued), signed.records, tuple(dict.fromkeys(job.findings)))

    def _signatures(self, job: _Job) -> Signed:
        """The clerk's update where the policy wants it, then the agency's; one token call each."""
        signed = self.pen.start(job.document)
        values = numbers.values(job.document)
        locks = (*values, *fields_signed(job.document))
        if job.clerk_key is not None:
            locks = (*locks, CLERK_FIELD)
            step = SigningStep(
                role=SignatureRole.CLERK,
                field=CLERK_FIELD,
                signer=job.clerk_name,
                reason="Cấp số, ngày ban hành",
                signing_time=self.clock.now(),
                locks=locks,
                values=values,
                location=job.place.era.place,
            )
            signed = self.pen.sign(signed, step, job.clerk_key, job.caller.actor, ("văn thư",), job.pin)
            values = {}
        step = SigningStep(
            role=SignatureRole.AGENCY,
            field=AGENCY_FIELD,
            signer=job.place.era.name,
            reason="Ban hành văn bản",
            signing_time=self.clock.now(),
            locks=(*locks, AGENCY_FIELD),
            values=values,
            location=job.place.era.place,
            image=job.place.organisation.seal_image,
        )
        return self.pen.sign(signed, step, job.agency_key, job.caller.actor, (), None)

    def _broken_off(self, document: Document, error: SignerError) -> None:
        """Say in the store that no attempt runs any more; what repeating cannot mend waits for a person."""
        command = document.command and replace(document.command, under_way_since=None)
        state = DocumentState.ISSUING if error.kind in issue_errors.PASSING else DocumentState.NEEDS_ATTENTION
        try:
            with self.store.transaction() as tx:
                tx.save_document(replace(document, state=state, command=command, reason=error.text.vi))
        except SignerError as second:
            # Either somebody has voided or finished it meanwhile, or the store is away: then the next start
            # finds the attempt that had begun.
            log.warning("could not note that issuing %s was broken off: %s", document.id, second.code)


def _grown(document: Document) -> Document:
    """The document as it stands after it was saved."""
    return replace(document, version=document.version + 1)
