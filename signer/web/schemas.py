"""The shapes of requests and answers, every one by its name."""

from __future__ import annotations

from policies.model import Severity
from signer.model.time import ClockState, SourceState
from signer.web import schemas_documents, schemas_registers, schemas_reports
from signer.web.shapes import FINDINGS, FLAG, WHOLE, Schema, array, asked, exact, ref, text, words
from signer.web.wire import MAX_ACTOR

_SAID = text(minLength=1, maxLength=MAX_ACTOR)
_MEASURED: Schema = {"type": ["number", "null"]}
_EVERYWHERE: dict[str, Schema] = {
    "Problem": exact(
        {
            "type": text(format="uri"),
            "title": text(),
            "status": WHOLE,
            "detail": text("Tiếng Việt / English"),
            "detail_vi": text(),
            "detail_en": text(),
            "code": text("ổn định, dành cho máy / stable, for machines"),
            "request_id": text(),
        },
        {"clause": text("Điều khoản pháp luật / the law behind the rule"), "where": text(), "findings": FINDINGS},
    ),
    "Finding": exact(
        {
            "code": text(),
            "severity": words(Severity),
            "clause": text(),
            "message": exact({"vi": text(), "en": text()}),
        }
    ),
    "Actor": exact({"id": _SAID, "name": _SAID}),
    "ActorSaid": asked({"id": _SAID}, {"name": _SAID})
    | {
        "description": "Người ra lệnh; không có name thì id là mã, hoặc họ tên mà chỉ một người trong danh sách mang / "
        "who commands; without a name, id is the office's id of a person, or a name that only one person bears"
    },
    "Alive": exact({"status": {"const": "alive"}}),
    "Ready": exact(
        {"status": {"type": "string", "enum": ["ready", "not-ready"]}, "store": text()},
        {"tokens": array(ref("Token")), "clock": ref("Clock")},
    ),
    "Clock": exact(
        {
            "state": words(ClockState),
            "bound_seconds": _MEASURED,
            "accuracy_seconds": {"type": "number"},
            "until": {"type": ["string", "null"], "format": "date-time"},
            "sources": array(
                exact(
                    {
                        "name": text(),
                        "state": words(SourceState),
                        "offset_seconds": _MEASURED,
                        "error_seconds": _MEASURED,
                        "detail": text(),
                    }
                )
            ),
        }
    ),
    "Token": exact(
        {
            "name": text(),
            "present": FLAG,
            "label": text(),
            "model": text(),
            "serial": text(),
            "pin_locked": FLAG,
            "pin_final_try": FLAG,
            "detail": text(),
        }
    ),
}

SCHEMAS: dict[str, Schema] = (
    _EVERYWHERE | schemas_documents.SCHEMAS | schemas_registers.SCHEMAS | schemas_reports.SCHEMAS
)
"""Every named shape."""
