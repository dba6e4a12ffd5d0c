"""End: a document is rejected before it has a number, its number is voided, or what was sent is recalled.

Each needs a person and a reason, and is one transaction without token or file: a crash before its commit leaves
everything as it was, one after it loses the answer alone. A document whose number is voided while tokens sign it stays
void: what they made is refused at COMMIT 2 and belongs to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from policies.relations import check_recall, check_void
from policies.workdays import RulesOn
from signer.errors import Kind, SignerError
from signer.model import Document, DocumentState, EventKind, RegisterEntry, RegisterState, RelationKind
from signer.ports import Clock, Store, Transaction
from signer.usecases.authority import check_actor
from signer.usecases.caller import Caller
from signer.usecases.events import happened, last_words
from signer.usecases.metadata import MAX_REASON, hides, tidy
from signer.usecases.relations import end_row, recall
from signer.usecases.rules import local_day, ruled, rules_in_force

REJECTABLE = frozenset({DocumentState.PREPARED, DocumentState.SIGNED})
VOIDABLE = frozenset({DocumentState.ISSUING, DocumentState.NEEDS_ATTENTION, DocumentState.ISSUED})
_ENDS = {
    DocumentState.REJECTED: "đã bị từ chối",
    DocumentState.VOID: "đã bị hủy số",
    DocumentState.RECALLED: "đã bị thu hồi",
}


@dataclass(frozen=True, slots=True)
class Reject:
    """Send a draft back: nothing more will be signed on it."""

    store: Store
    clock: Clock

    def __call__(self, document_id: str, reason: str, caller: Caller) -> Document:
        """PREPARED or SIGNED becomes REJECTED. CONFLICT ``number-taken`` once it has a number: void it instead."""
        reason = _checked(reason)
        with self.store.transaction() as tx:
            check_actor(tx.office(), caller)
            document = caller.document(tx, document_id)
            if document.state in VOIDABLE:
                raise SignerError(
                    Kind.CONFLICT,
                    "has-a-number",
                    "Văn bản đã được cấp số: không từ chối được nữa, chỉ có thể hủy số.",
                    "the document has a number: it can no longer be rejected, only voided",
                    where="state",
                    clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
                )
            if document.state not in REJECTABLE:
                raise _already_ended(tx, document)
            rejected = replace(document, state=DocumentState.REJECTED, reason=_signed(reason, caller))
            tx.save_document(rejected)
            happened(tx, EventKind.REJECTED, rejected, caller.actor, self.clock.now(), reason)
            rejected = replace(rejected, version=rejected.version + 1)
            caller.answered(tx, rejected)
        return rejected


@dataclass(frozen=True, slots=True)
class Void:
    """End a number. Its row stays in the register, marked and with the reason; the number is never used again."""

    store: Store
    clock: Clock
    rules_on: RulesOn = rules_in_force

    def __call__(self, document_id: str, reason: str, caller: Caller) -> Document:
        """ISSUING, NEEDS_ATTENTION or ISSUED becomes VOID. CONFLICT ``no-number`` before that, ``already-sent`` after.

        What was sent is in other people's hands: it can only be recalled. CONFLICT too ``has-recalled``: what
        it recalled stays recalled, so it may not vanish behind it. While the tokens sign, who voids wins.
        """
        reason = _checked(reason)
        with self.store.transaction() as tx:
            check_actor(tx.office(), caller)
            document = caller.document(tx, document_id)
            if document.state in REJECTABLE:
                raise SignerError(
                    Kind.CONFLICT,
                    "no-number",
                    "Văn bản chưa được cấp số: không có số để hủy, hãy từ chối văn bản.",
                    "the document has no number to void: reject it instead",
                    where="state",
                )
            row = tx.entry(document_id)
            if document.state not in VOIDABLE:
                raise _already_ended(tx, document)
            if row is None:
                raise SignerError(
                    Kind.CONFLICT,
                    "no-number",
                    "Bản sao điện tử không có số để hủy; nếu sao nhầm, hãy thu hồi bản sao.",
                    "an electronic copy has no number to void: recall it if it was made by mistake",
                    where="state",
                )
            now = self.clock.now()
            day = local_day(now)
            with ruled(Kind.CONFLICT, where="state"):
                check_void(self.rules_on(day), sent=_was_sent(tx, row), recalls=_has_recalled(document))
            void = replace(document, state=DocumentState.VOID, reason=_signed(reason, caller))
            tx.save_document(void)
            end_row(tx, row, f"Hủy số ngày {day:%d/%m/%Y}: {void.reason}", caller.actor, now, RegisterState.VOID)
            happened(tx, EventKind.VOIDED, void, caller.actor, now, reason)
            void = replace(void, version=void.version + 1)
            caller.answered(tx, void)
        return void


@dataclass(frozen=True, slots=True)
class Recall:
    """Take back a document that was issued: it and its row are frozen, and what is said of it is kept."""

    store: Store
    clock: Clock
    rules_on: RulesOn = rules_in_force

    def __call__(self, document_id: str, reason: str, caller: Caller) -> Document:
        """ISSUED becomes RECALLED (NĐ 30 Điều 18(4)). CONFLICT ``not-issued`` before that, and for what has ended."""
        reason = _checked(reason)
        with self.store.transaction() as tx:
            check_actor(tx.office(), caller)
            document = caller.document(tx, document_id)
            now = self.clock.now()
            with ruled(Kind.CONFLICT, where="state"):
                check_recall(self.rules_on(local_day(now)), state=document.state.value)
            recalled = recall(tx, document, _signed(reason, caller), caller.actor, now)
            caller.answered(tx, recalled)
        return recalled


def _has_recalled(document: Document) -> bool:
    relations = document.metadata.relations
    return document.state is DocumentState.ISSUED and any(
        each.kind is RelationKind.RECALLS and each.document for each in relations
    )


def _was_sent(tx: Transaction, row: RegisterEntry) -> bool:
    """Whether sending or receipt is, or ever was, on record: an entry that is cleared does not call anything back."""
    return bool(row.sent_on or row.received_by) or any(
        change.column in ("sent_on", "received_by") for change in tx.changes(row.document_id)
    )


def _checked(reason: str) -> str:
    """A reason is a sentence for the register: not empty, not too long, no control characters."""
    reason = tidy(reason)
    if not reason or len(reason) > MAX_REASON or hides(reason):
        raise SignerError(
            Kind.MALFORMED,
            "reason-needed",
            f"Phải nêu lý do, từ 1 đến {MAX_REASON} ký tự.",
            f"a reason is needed, 1 to {MAX_REASON} characters",
            where="reason",
        )
    return reason


def _signed(reason: str, caller: Caller) -> str:
    return f"{reason} ({caller.actor.name})"


def _already_ended(tx: Transaction, document: Document) -> SignerError:
    how = _ENDS.get(document.state, "đã kết thúc")
    vi, en = last_words(tx, document.id)
    return SignerError(
        Kind.CONFLICT,
        "already-ended",
        f"Văn bản {how}, không thay đổi được nữa: {document.reason}.{vi}",
        f"The document has already ended as “{document.state.value}”: {document.reason}.{en}",
        where="state",
    )
