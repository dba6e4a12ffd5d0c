"""Rows of the register after issue: columns 5 to 10 are completed later; number, date and subject never change.

NĐ 30/2020/NĐ-CP, Điều 16 and Phụ lục IV. What a column said before is kept with who changed it, when, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from signer.errors import Kind, SignerError
from signer.model import VIETNAM, EventKind, RegisterChange, RegisterEntry, RegisterState
from signer.ports import Clock, Store, Transaction
from signer.usecases.authority import check_actor
from signer.usecases.caller import Caller
from signer.usecases.events import happened
from signer.usecases.metadata import MAX_REASON, hides, tidy
from signer.usecases.rules import local_day

COLUMNS = {
    # Phụ lục VI, Phần II.I: OrganName 200, several of them; Description 500; IssuedAmount 3 there, 100000 here.
    "recipients": 2000,
    "kept_by": 200,
    "copies": 6,
    "sent_on": 35,
    "received_by": 200,
    "note": 500,
}
"""The columns that are completed later, with the most characters of each."""

_CLAUSE = "NĐ 30/2020/NĐ-CP, Điều 16; Phụ lục IV"


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its history, oldest change first."""

    entry: RegisterEntry
    changes: tuple[RegisterChange, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Show a row, and complete it."""

    store: Store
    clock: Clock

    def show(self, document_id: str, caller: Caller) -> Row:
        """A document's row. NOT_FOUND ``no-row`` while it has no number."""
        with self.store.reading() as tx:
            return _row(tx, document_id, caller)

    def complete(self, document_id: str, columns: Mapping[str, str], caller: Caller, reason: str = "") -> Row:
        """Write columns of a row that was issued; what they said before is kept.

        MALFORMED ``invalid-column`` names the column; CONFLICT ``not-issued``, ``entry-final`` (void) and
        ``document-frozen`` (recalled). A value that stands there already changes nothing.
        """
        now = self.clock.now()
        with self.store.transaction() as tx:
            check_actor(tx.office(), caller)
            document = caller.document(tx, document_id)
            before = _row(tx, document_id, caller).entry
            _check_open(before)
            wanted = {name: _checked(name, value) for name, value in columns.items()}
            _check_sent(before, wanted.get("sent_on", ""), local_day(now))
            told: dict[str, Any] = {name: value for name, value in wanted.items() if value != getattr(before, name)}
            if told:
                tx.save_entry(replace(before, **told))
            why = _tidy("reason", reason, MAX_REASON)
            for name, value in told.items():
                old: str = getattr(before, name)
                tx.add_change(document_id, RegisterChange(name, old, value, caller.actor, now, why))
            if told:
                happened(tx, EventKind.ROW_COMPLETED, document, caller.actor, now, ", ".join(told))
            row = _row(tx, document_id, caller)
            caller.answered(tx, row)
            return row


def sent_moment(text: str) -> date | datetime | None:
    """Column 8 as a value: a day, a moment, or None while it is empty."""
    if not text:
        return None
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def _row(tx: Transaction, document_id: str, caller: Caller) -> Row:
    caller.document(tx, document_id)
    entry = tx.entry(document_id)
    if entry is None:
        raise SignerError(
            Kind.NOT_FOUND,
            "no-row",
            "Văn bản chưa được cấp số nên chưa có trong sổ đăng ký.",
            "the document has no number yet, and so no row in the register",
            where="id",
        )
    return Row(entry, tuple(tx.changes(document_id)))


def _check_open(entry: RegisterEntry) -> None:
    if entry.state is RegisterState.RESERVED:
        raise SignerError(
            Kind.CONFLICT,
            "not-issued",
            f"Văn bản số {entry.symbol} chưa ban hành xong, chưa ghi được các cột 5 đến 10 của sổ.",
            f"{entry.symbol} is not issued yet: columns 5 to 10 cannot be written",
            clause=_CLAUSE,
            where="state",
        )
    if entry.state is RegisterState.VOID:
        raise SignerError(
            Kind.CONFLICT,
            "entry-final",
            f"Số {entry.symbol} đã hủy, dòng trong sổ không thay đổi nữa.",
            f"{entry.symbol} is void: its row does not change any more",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where="state",
        )


def _checked(name: str, value: str) -> str:
    if name not in COLUMNS:
        known = ", ".join(COLUMNS)
        raise _bad(
            name[:40],
            f"Cột này không ghi sau được; chỉ có: {known}.",
            f"this column cannot be completed; only: {known}",
        )
    value = _tidy(name, value, COLUMNS[name])
    if name == "copies" and value and not (value.isascii() and value.isdigit() and 1 <= int(value) <= 100_000):
        raise _bad(name, "Số lượng bản là số từ 1 đến 100000.", "the number of copies is 1 to 100000")
    return _sent(value) if name == "sent_on" and value else value


def _tidy(name: str, value: str, most: int) -> str:
    value = tidy(value)
    if len(value) > most:
        raise _bad(name, f"Dài quá {most} ký tự.", f"longer than {most} characters")
    if hides(value):
        raise _bad(name, "Có ký tự điều khiển hoặc ký tự vô hình.", "has control or invisible characters")
    return value


def _sent(text: str) -> str:
    """Column 8 in one form: YYYY-MM-DD, or a moment to the second with Viet Nam's offset."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(VIETNAM).isoformat(timespec="seconds")
    except (ValueError, OverflowError):  # the calendar's first and last day have no neighbours in other zones
        pass
    raise _bad(
        "sent_on",
        "Ngày chuyển có dạng YYYY-MM-DD, hoặc thời điểm ISO 8601 có múi giờ.",
        "a day YYYY-MM-DD, or an ISO 8601 moment with its offset",
    )


def _check_sent(entry: RegisterEntry, text: str, today: date) -> None:
    """What is not issued yet is not sent, and nothing is sent tomorrow."""
    sent = sent_moment(text)
    day = sent.date() if isinstance(sent, datetime) else sent
    if day is not None and not entry.date <= day <= today:
        raise _bad(
            "sent_on",
            f"Ngày chuyển phải từ ngày ban hành ({entry.date:%d/%m/%Y}) đến hôm nay ({today:%d/%m/%Y}).",
            f"must lie between the day of issue ({entry.date}) and today ({today})",
        )


def _bad(name: str, vi: str, en: str) -> SignerError:
    return SignerError(Kind.MALFORMED, "invalid-column", f"{vi} ({name})", f"{en} ({name})", clause=_CLAUSE, where=name)
