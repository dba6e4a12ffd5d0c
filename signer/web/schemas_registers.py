"""The shapes of registers: the book, its rows and what they said before, deadlines."""

from __future__ import annotations

import dataclasses

from signer.model import DocumentState, EventKind, Medium, RegisterState, Urgency
from signer.usecases.deadlines import Figures
from signer.usecases.metadata import MAX_REASON
from signer.usecases.rows import COLUMNS
from signer.web.shapes import (
    DAY,
    FINDINGS,
    MOMENT,
    NEXT,
    ORDER,
    POSITION,
    WHOLE,
    WISHED_DAY,
    WISHED_NUMBER,
    Schema,
    array,
    asked,
    exact,
    maybe,
    ref,
    text,
    words,
)

_ROW: dict[str, Schema] = {
    name: text()
    for name in (
        "symbol",
        "date",
        "type_and_subject",
        "signer",
        "recipients",
        "kept_by",
        "copies",
        "sent_on",
        "received_by",
        "note",
    )
} | {
    "number": WHOLE,
    "series": text(),
    "period": text(),
    "state": words(RegisterState),
    "medium": words(Medium),
    "document": text(),
}
_COLUMNS: dict[str, Schema] = {name: text(maxLength=most) for name, most in COLUMNS.items()} | {
    "copies": {
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": 100_000}, text(pattern="^([1-9][0-9]{0,4}|100000)?$")]
    },
    "sent_on": {"anyOf": [{"const": ""}, text(format="date"), text(format="date-time", maxLength=COLUMNS["sent_on"])]},
}
_SENT = "YYYY-MM-DD, hoặc thời điểm ISO 8601 có múi giờ / a day, or a moment with its offset"

SCHEMAS: dict[str, Schema] = {
    "Register": exact(
        {"agency": text(), "agency_name": text(), "year": WHOLE, "rows": array(ref("RegisterRow")), "next": NEXT}
    ),
    "Events": exact(
        {
            "events": array(ref("Event")),
            "next": POSITION
            | {
                "description": "“after” để đọc tiếp, kể cả khi chưa có gì mới / where to go on, also when "
                "nothing is new"
            },
        }
    ),
    "Event": exact(
        {
            "position": POSITION,
            "kind": words(EventKind),
            "at": MOMENT,
            "document": text(),
            "agency": text(),
            "state": words(DocumentState),
            "external_id": text(),
            "symbol": maybe(text()),
            "date": maybe(DAY),
            "by": ref("Actor"),
            "detail": text("ô đã ký, các cột đã ghi, hoặc lý do / the field signed, columns completed, or the reason"),
        }
    ),
    "RegisterRow": exact(_ROW),
    "RowWithHistory": exact({**_ROW, "history": array(ref("Change"))}),
    "Change": exact(
        {
            "column": {"type": "string", "enum": list(COLUMNS)},
            "old": text(),
            "new": text(),
            "by": ref("Actor"),
            "at": MOMENT,
            "reason": text(),
        }
    ),
    "RowRequest": asked({"metadata": ref("PaperMetadata")}, ORDER | {"date": WISHED_DAY, "number": WISHED_NUMBER}),
    "ColumnsRequest": asked({}, ORDER | _COLUMNS | {"reason": text(maxLength=MAX_REASON)})
    | {
        "description": f"Ít nhất một cột; rỗng: xóa. sent_on: {_SENT} / one column at least; an empty text clears",
        "anyOf": [{"required": [name], "properties": {name: _COLUMNS[name]}} for name in COLUMNS],
    },
    "Deadlines": exact(
        {
            "agency": text(),
            "agency_name": text(),
            "year": WHOLE,
            "at": MOMENT,
            "figures": exact({each.name: WHOLE for each in dataclasses.fields(Figures)}),
            "late": array(ref("Late")),
            "findings": FINDINGS,
            "next": NEXT,
        }
    ),
    "Late": exact(
        {
            "document": text(),
            "state": words(DocumentState),
            "medium": words(Medium),
            "type": maybe(text()),
            "subject": text(),
            "urgency": words(Urgency),
            "symbol": text(),
            "due": DAY,
            "done": maybe(DAY),
            "workdays": WHOLE,
            "code": text("issued-late, sent-late, issue-overdue, send-overdue"),
            "severity": text(),
            "clause": text(),
            "message": exact({"vi": text(), "en": text()}),
        }
    ),
}
