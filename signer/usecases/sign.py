"""Sign: an initial (ký nháy) or a leader's signature, with that person's own key.

One commit, at the end. A crash before it leaves the document as it was, also when the token has signed already: that
signature was on bytes that nobody names and nobody has seen, and the person signs again. Nothing finishes it without
him, for only he has the PIN. A crash after the commit loses the answer alone (as of ``prepare``); who signs again
without an Idempotency-Key is refused, since the field bears its signature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from hsm.pin import Pin
from policies.model import Finding, Ruleset
from policies.order import check_may_sign
from policies.text import fold
from policies.workdays import RulesOn
from signer.errors import Kind, SignerError
from signer.model import (
    Document,
    DocumentState,
    EventKind,
    KeyHolder,
    KeyInfo,
    Office,
    Person,
    SignatureRecord,
    SignatureRole,
    SigningStep,
    signature_field,
)
from signer.ports import Clock, Store
from signer.usecases.authority import grant
from signer.usecases.caller import Caller
from signer.usecases.events import came_too_late, happened
from signer.usecases.office import standing
from signer.usecases.rules import local_day, progress, ruled, rules_in_force
from signer.usecases.signatures import LEVEL, Pen, fields_signed, package


@dataclass(frozen=True, slots=True)
class SignResult:
    """The document after the signature, the act, and what the rules warn of."""

    document: Document
    record: SignatureRecord
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """Which of the document's signatures is this person's: role, index among its kind, capacity lines."""

    role: SignatureRole
    index: int
    name: str
    capacity: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """Let a person sign. Everything is checked before the token is asked; the token signs outside any transaction.

    Two at once on one document: both may sign their copy, the first to be stored wins, the other gets CONFLICT
    ``changed-meanwhile`` and its signature is thrown away unseen.
    """

    store: Store
    pen: Pen
    clock: Clock
    rules_on: RulesOn = rules_in_force

    def __call__(
        self,
        document_id: str,
        role: SignatureRole,
        key: str,
        caller: Caller,
        pin: Pin | None = None,
        level: str = LEVEL,
    ) -> SignResult:
        """Sign ``document_id`` with ``key`` as ``role`` (initial or leader).

        NOT_FOUND ``unknown-document``, ``unknown-key``; CONFLICT where the order forbids it; FORBIDDEN where
        this key may not; UNSUITABLE ``level-not-available`` and what the rules refuse.
        """
        _check_level(level)
        with self.store.reading() as tx:
            document = caller.document(tx, document_id)
            office = tx.office()
        info = self.pen.keys.info(key)
        now = self.clock.now()
        today = local_day(now)
        rules = self.rules_on(today)
        standing(office, document.metadata.agency, today)
        person = _owner(office, info, caller)
        seat = _seat(document, role, person, info)
        with ruled(Kind.CONFLICT, where="role"):
            check_may_sign(rules, progress(document), role.value, seat.index)
        basis = _authority(rules, office, document, person, seat, today)
        warnings = self.pen.check_key(rules, info, role, document.metadata.agency, person.name, now, pin)

        field = signature_field(role, seat.index)
        step = SigningStep(
            role=role,
            field=field,
            signer=seat.name,
            reason=_reason(role),
            signing_time=now,
            # The first signature of a file certifies it (DocMDP P=2); each closes what is signed so far, by
            # name: a lock of all fields would break when a receiver adds his own.
            locks=(*fields_signed(document), field),
            certify=not document.signatures,
            location=document.metadata.place,
            image=info.image,
            # Whoever signs answers for the attachments too: none can be exchanged afterwards.
            package=package((each.name, self.pen.blobs.get(each.sha256)) for each in document.attachments),
        )
        signed = self.pen.sign(
            self.pen.start(document), step, info, caller.actor, capacity=seat.capacity, basis=basis, pin=pin
        )

        after = self.pen.keep(document, signed)
        if all(progress(after).leaders):
            after = replace(after, state=DocumentState.SIGNED)
        result = SignResult(replace(after, version=after.version + 1), signed.records[0], warnings)
        with came_too_late(self.store, document_id), self.store.transaction() as tx:
            tx.save_document(after)
            tx.add_signature(document_id, signed.records[0])
            happened(tx, EventKind.SIGNED, after, caller.actor, now, field)
            caller.answered(tx, result)
            # A crash up to here leaves the document unsigned; from the commit on, it bears this signature.
        return result


def _check_level(level: str) -> None:
    if level != LEVEL:
        raise SignerError(
            Kind.UNSUITABLE,
            "level-not-available",
            f"Chưa ký được ở mức {level[:10]}: dịch vụ chưa cung cấp dấu thời gian. Mức hiện có: {LEVEL}.",
            f"the level {level[:10]} is not to be had: there is no time-stamp authority yet; available: {LEVEL}",
            where="level",
        )


def _owner(office: Office, info: KeyInfo, caller: Caller) -> Person:
    """The person whose key it is; an organisation's key never signs in a person's place."""
    person = office.persons.get(info.owner) if info.holder is KeyHolder.PERSON else None
    if person is None:
        raise SignerError(
            Kind.FORBIDDEN,
            "key-not-a-persons",
            f"Khóa “{info.name}” không phải là khóa của cá nhân.",
            f"the key “{info.name}” is not a person's key",
            clause="NĐ 30/2020/NĐ-CP, Điều 13 khoản 7",
            where="key",
        )
    caller.check_person(person.id)
    return person


def _seat(document: Document, role: SignatureRole, person: Person, info: KeyInfo) -> Seat:
    """Find whose signature the document waits for; the key decides who signs, the draft whether he is named."""
    meta = document.metadata
    if role is SignatureRole.LEADER:
        seats = [Seat(role, i, each.name, each.capacity) for i, each in enumerate(meta.signers)]
    elif role is SignatureRole.INITIAL:
        seats = [Seat(role, i, each.name, (each.purpose.value,)) for i, each in enumerate(meta.initials)]
    else:
        raise SignerError(
            Kind.MALFORMED,
            "invalid-role",
            "Vai trò ký phải là ký nháy (initial) hoặc người ký (leader).",
            "role must be “initial” or “leader”",
            where="role",
        )
    for seat in seats:
        if fold(seat.name) == fold(person.name):
            return seat
    named = ", ".join(seat.name for seat in seats)
    raise SignerError(
        Kind.UNSUITABLE,
        "signer-not-named",
        f"Văn bản không có chỗ ký cho “{person.name}” (chủ khóa “{info.name}”). "
        + (f"Người được nêu: {named}." if named else "Văn bản không khai báo người ký nháy."),
        f"the document has no place for “{person.name}” (owner of “{info.name}”) to sign; "
        + (f"named are: {named}" if named else "it names nobody who initials"),
        clause="NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7",
        where="key",
    )


def _authority(rules: Ruleset, office: Office, document: Document, person: Person, seat: Seat, day: date) -> str:
    """A leader signs only in a capacity that a delegation in force gives him: its basis; an initial needs none."""
    if seat.role is not SignatureRole.LEADER:
        return ""
    with ruled(where=f"metadata.signers[{seat.index}].capacity"):
        signer = document.metadata.signers[seat.index]
        return grant(rules, office, document.metadata, person.id, signer, day).basis


def _reason(role: SignatureRole) -> str:
    return "Ký ban hành" if role is SignatureRole.LEADER else "Ký nháy"
