"""What is told of a document when something happens to it: for systems that follow, and for whoever came too late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from signer.errors import SignerError
from signer.model import VIETNAM, Actor, Document, Event, EventKind
from signer.ports import Store, Transaction

WORDS = {
    EventKind.PREPARED: ("tiếp nhận", "taken in"),
    EventKind.SIGNED: ("ký", "signed"),
    EventKind.NUMBERED: ("cấp số", "numbered"),
    EventKind.ISSUED: ("ban hành", "issued"),
    EventKind.NEEDS_ATTENTION: ("ban hành dở dang", "left to be looked at"),
    EventKind.REJECTED: ("từ chối", "rejected"),
    EventKind.VOIDED: ("hủy số", "voided"),
    EventKind.RECALLED: ("thu hồi", "recalled"),
    EventKind.ROW_COMPLETED: ("ghi vào sổ", "completed in the register"),
}
"""What happened, in both languages."""


def happened(tx: Transaction, kind: EventKind, document: Document, by: Actor, at: datetime, detail: str = "") -> None:
    """Record what this unit of work does to a document; ``document`` as it is afterwards."""
    held = document.numbering
    tx.record(
        Event(
            kind=kind,
            document_id=document.id,
            agency=document.metadata.agency,
            state=document.state,
            at=at,
            by=by,
            external_id=document.metadata.external_id,
            symbol=held.symbol if held else None,
            date=held.date if held else None,
            detail=detail,
        )
    )


def moment(at: datetime) -> str:
    """A moment in a sentence, by the clock of Viet Nam."""
    return f"{at.astimezone(VIETNAM):%H:%M:%S ngày %d/%m/%Y}"


def last_words(tx: Transaction, document_id: str) -> tuple[str, str]:
    """By whom and when the newest thing happened to a document, for a refusal; "" if nothing is on record."""
    last = tx.last_event(document_id)
    if last is None:
        return "", ""
    vi, en = WORDS[last.kind]
    who = f"{last.by.name} ({last.by.id})"
    when = last.at.astimezone(VIETNAM).isoformat(timespec="seconds")
    return f" {who} đã {vi} lúc {moment(last.at)}.", f" It was {en} by {who} at {when}."


@contextmanager
def came_too_late(store: Store, document_id: str) -> Iterator[None]:
    """A refusal inside because somebody else was faster says who, and when."""
    try:
        yield
    except SignerError as error:
        if error.code != "changed-meanwhile":
            raise
        with store.reading() as tx:
            vi, en = last_words(tx, document_id)
        raise error.reworded(error.text.vi + vi, error.text.en + en) from error
