"""The shapes of requests and answers, as JSON Schema (draft 2020-12, as OpenAPI 3.1 has it)."""

from __future__ import annotations

from collections.abc import Mapping

from policies.model import Severity
from signer.model import (
    DocumentState,
    InitialFor,
    RegisterState,
    SignatureRole,
    Urgency,
)
from signer.report import SubIndication, Verdict

Schema = dict[str, object]


def text(description: str = "", **more: object) -> Schema:
    """A string."""
    return ({"type": "string", "description": description} if description else {"type": "string"}) | more


def maybe(schema: Schema) -> Schema:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def array(of: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": of}


def ref(name: str) -> Schema:
    """One of SCHEMAS."""
    return {"$ref": f"#/components/schemas/{name}"}


def exact(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _words(values: type) -> Schema:
    return {"type": "string", "enum": [value.value for value in values]}  # type: ignore[attr-defined]  # enums only


_WHOLE: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_DAY = text("Ngày, YYYY-MM-DD / a day", format="date")
_MOMENT = text("RFC 3339", format="date-time")
_SHA256 = text(pattern="^[0-9a-f]{64}$")
_PIN = text(
    "Mã PIN của khóa cá nhân; không bao giờ được lưu hay ghi nhật ký / never stored or logged",
    format="password",
    minLength=1,
    maxLength=64,
)
_FINDINGS = array(ref("Finding"))
_STATE = _words(DocumentState)
_NUMBERING: dict[str, Schema] = {
    "number": _WHOLE,
    "number_text": text(),
    "notation": text(),
    "symbol": text(),
    "date": _DAY,
}
_SIGNER = exact({"name": text(maxLength=50), "capacity": {**array(text(maxLength=100)), "minItems": 1}})

_ORDER: dict[str, Schema] = {"actor": ref("Actor")}

SCHEMAS: dict[str, Schema] = {
    "Problem": exact(
        {
            "type": text(format="uri"),
            "title": text(),
            "status": _WHOLE,
            "detail": text("Tiếng Việt / English"),
            "detail_vi": text(),
            "detail_en": text(),
            "code": text("ổn định, dành cho máy / stable, for machines"),
            "request_id": text(),
        },
        {"clause": text("Điều khoản pháp luật / the law behind the rule"), "where": text(), "findings": _FINDINGS},
    ),
    "Finding": exact(
        {
            "code": text(),
            "severity": _words(Severity),
            "clause": text(),
            "message": exact({"vi": text(), "en": text()}),
        }
    ),
    "Actor": exact({"id": text(minLength=1, maxLength=100), "name": text(minLength=1, maxLength=100)}),
    "Place": exact(
        {
            "page": {"type": "integer", "minimum": 1},
            "rect": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        }
    ),
    "Places": {
        "type": "object",
        "additionalProperties": ref("Place"),
        "description": "number, day, month, year, leader, leader2, …, initial1, …, agency",
    },
    "Metadata": exact(
        {
            "agency": text("Mã cơ quan ban hành / code of the issuer", maxLength=35),
            "subject": text(maxLength=500),
            "signers": {**array(_SIGNER), "minItems": 1, "maxItems": 8},
        },
        {
            "type": maybe(text("Chữ viết tắt tên loại (NĐ 30/2020/NĐ-CP, Phụ lục III); null: công văn")),
            "normative": _FLAG,
            "unit": maybe(text("Đơn vị soạn thảo, với công văn")),
            "place": text(maxLength=100),
            "initials": array(exact({"name": text(maxLength=50)}, {"for": _words(InitialFor)})),
            "recipients": array(text(maxLength=200)),
            "kept_by": text(maxLength=200),
            "copies": maybe(_WHOLE),
            "urgency": _words(Urgency),
            "external_id": text(maxLength=200),
            "places": ref("Places"),
            "fallback_places": {**_FLAG, "description": "dùng sơ đồ Phụ lục I Mục IV khi không tìm thấy"},
        },
    ),
    "Prepared": exact(
        {
            "id": text(),
            "state": _STATE,
            "sha256": _SHA256,
            "notation": text(),
            "places": ref("Places"),
            "findings": _FINDINGS,
        }
    ),
    "SignRequest": exact(
        {"role": {"type": "string", "enum": ["initial", "leader"]}, "key": text()},
        _ORDER | {"pin": _PIN, "level": {"type": "string", "default": "B-B"}},
    ),
    "Signature": exact(
        {
            "field": text(),
            "role": _words(SignatureRole),
            "signer": text(),
            "capacity": array(text()),
            "key": text(),
            "certificate_sha256": _SHA256,
            "signing_time": _MOMENT,
            "level": text(),
        }
    ),
    "Signed": exact({"id": text(), "state": _STATE, "signature": ref("Signature"), "findings": _FINDINGS}),
    "IssueRequest": exact({}, _ORDER | {"date": _DAY, "number": {"type": ["integer", "string"]}, "pin": _PIN}),
    "Issued": exact(
        {
            "id": text(),
            "state": _STATE,
            **_NUMBERING,
            "signature": ref("Signature"),
            "files": array(ref("File")),
            "findings": _FINDINGS,
        }
    ),
    "EndRequest": exact({"reason": text(minLength=1, maxLength=500)}, _ORDER),
    "Ended": exact({"id": text(), "state": _STATE, "reason": text()}, _NUMBERING),
    "File": exact({"n": _WHOLE, "kind": text(), "media_type": text(), "sha256": _SHA256, "url": text()}),
    "Summary": exact(
        {
            "id": text(),
            "state": _STATE,
            "agency": text(),
            "type": maybe(text()),
            "subject": text(),
            "notation": text(),
            "external_id": text(),
            "created_at": _MOMENT,
        },
        _NUMBERING,
    ),
    "Documents": exact({"documents": array(ref("Summary")), "next": maybe(text("“after” của trang sau"))}),
    "Document": exact(
        {
            "id": text(),
            "state": _STATE,
            "agency": text(),
            "type": maybe(text()),
            "subject": text(),
            "notation": text(),
            "external_id": text(),
            "created_at": _MOMENT,
            "sha256": _SHA256,
            "draft_sha256": _SHA256,
            "reason": text(),
            "created_by": ref("Actor"),
            "signers": array(_SIGNER),
            "initials": array(exact({"name": text(), "for": _words(InitialFor)})),
            "recipients": array(text()),
            "urgency": _words(Urgency),
            "normative": _FLAG,
            "places": ref("Places"),
            "signatures": array(ref("Signature")),
            "files": array(ref("File")),
            "findings": _FINDINGS,
        },
        _NUMBERING,
    ),
    "Register": exact({"agency": text(), "agency_name": text(), "year": _WHOLE, "rows": array(ref("RegisterRow"))}),
    "RegisterRow": exact(
        {
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
        }
        | {
            "number": _WHOLE,
            "series": text(),
            "period": text(),
            "state": _words(RegisterState),
            "document": text(),
        }
    ),
    "Report": exact(
        {
            "verdict": _words(Verdict),
            "chain": exact(
                {
                    "initials": array(text()),
                    "leaders": array(text()),
                    "number": maybe(text()),
                    "date": maybe(text()),
                    "agency": maybe(text()),
                }
            ),
            "signatures": array(ref("SignatureReport")),
            "findings": _FINDINGS,
            "policy": exact({"id": text(), "version": text(), "at": _MOMENT}),
        }
    ),
    "SignatureReport": exact(
        {
            "field": text(),
            "role": text(),
            "signer": text(),
            "level": text(),
            "indication": _words(Verdict),
            "subindication": maybe(_words(SubIndication)),
            "signing_time": maybe(_MOMENT),
            "best_signature_time": maybe(_MOMENT),
            "covers": text(),
            "changes_after": array(text()),
        }
    ),
    "Alive": exact({"status": {"const": "alive"}}),
    "Ready": exact(
        {"status": {"type": "string", "enum": ["ready", "not-ready"]}, "store": text()},
        {"tokens": array(ref("Token"))},
    ),
    "Token": exact(
        {
            "name": text(),
            "present": _FLAG,
            "label": text(),
            "model": text(),
            "serial": text(),
            "pin_locked": _FLAG,
            "pin_final_try": _FLAG,
            "detail": text(),
        }
    ),
}
"""Every named shape."""
