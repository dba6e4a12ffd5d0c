"""The shapes of documents: what is said of them, and what is answered."""

from __future__ import annotations

from policies.copies import SOURCES
from signer.model import CopyForm, DocumentState, InitialFor, Medium, RelationKind, SignatureRole, Urgency
from signer.usecases.metadata import (
    LENGTHS,
    MAX_ATTACHMENTS,
    MAX_INITIALS,
    MAX_REASON,
    MAX_RECIPIENTS,
    MAX_RELATIONS,
    MAX_SIGNERS,
    PLACE_NAME,
)
from signer.web.shapes import (
    FINDINGS,
    FLAG,
    MOMENT,
    NEXT,
    NUMBERING,
    ORDER,
    SHA256,
    WHOLE,
    WISHED_DAY,
    WISHED_NUMBER,
    Schema,
    array,
    asked,
    exact,
    line,
    maybe,
    ref,
    text,
    words,
)
from signer.web.wire import FARTHEST, MAX_PAGES, MAX_PIN, SIGNING_ROLES

_NOTHING: Schema = {"enum": [None, ""]}
_PIN = text(
    "Mã PIN của khóa cá nhân; không bao giờ được lưu hay ghi nhật ký / never stored or logged",
    format="password",
    minLength=1,
    maxLength=MAX_PIN,
)
_STATE = words(DocumentState)
_MEDIUM = words(Medium)
_AGENCY = line(LENGTHS["agency"], "Mã cơ quan ban hành / code of the issuer")
_NAME, _SUBJECT = line(LENGTHS["name"]), line(LENGTHS["subject"], "Trích yếu / what it is about")
_CAPACITY = {**array(line(LENGTHS["capacity"])), "minItems": 1, "maxItems": 4}
_SAID: dict[str, Schema] = {
    "subject": _SUBJECT,
    "signers": {**array(exact({"name": _NAME, "capacity": _CAPACITY})), "minItems": 1, "maxItems": MAX_SIGNERS},
}
_MAY_SAY: dict[str, Schema] = {
    "type": line(LENGTHS["type"], "Chữ viết tắt tên loại (NĐ 30/2020/NĐ-CP, Phụ lục III); null: công văn"),
    "normative": FLAG,
    "unit": line(LENGTHS["unit"], "Đơn vị soạn thảo, với công văn / the drafting unit, of a letter"),
    "place": text(maxLength=LENGTHS["place"]),
    "initials": {**array(asked({"name": _NAME}, {"for": words(InitialFor)})), "maxItems": MAX_INITIALS},
    "recipients": {**array(line(LENGTHS["recipients"])), "maxItems": MAX_RECIPIENTS},
    "kept_by": text(maxLength=LENGTHS["kept_by"]),
    "copies": {"type": "integer", "minimum": 1, "maximum": 100_000},
    "urgency": words(Urgency),
    "external_id": text("Mã của hệ thống gọi / the caller's own id", maxLength=LENGTHS["external_id"]),
    "relations": {**array(ref("RelationSaid")), "maxItems": MAX_RELATIONS},
}
_OTHER: dict[str, Schema] = {
    "document": text("Mã văn bản trong hệ thống / an id of this service", maxLength=LENGTHS["document"]),
    "reference": text(
        "Số, ký hiệu, ngày, cơ quan của văn bản ngoài hệ thống / number, notation, day, issuer of another",
        maxLength=LENGTHS["reference"],
    ),
}
_EITHER = [
    {"required": [one], "properties": {one: text(pattern=r"\S"), other: _NOTHING}}
    for one, other in (("document", "reference"), ("reference", "document"))
]
_SUMMARY: dict[str, Schema] = {
    "id": text(),
    "state": _STATE,
    "agency": text(),
    "type": maybe(text()),
    "subject": text(),
    "notation": text(),
    "external_id": text(),
    "created_at": MOMENT,
    "medium": _MEDIUM,
    "copy": maybe(words(CopyForm)),
}

SCHEMAS: dict[str, Schema] = {
    "Place": exact(
        {
            "page": {"type": "integer", "minimum": 1, "maximum": MAX_PAGES},
            "rect": {
                "type": "array",
                "items": {"type": "number", "minimum": -FARTHEST, "maximum": FARTHEST},
                "minItems": 4,
                "maxItems": 4,
                "description": "x0, y0, x1, y1 (điểm, gốc dưới trái); x0 < x1, y0 < y1 / points, origin bottom left",
            },
        }
    ),
    "Places": {
        "type": "object",
        "additionalProperties": ref("Place"),
        "propertyNames": {"pattern": PLACE_NAME},
        "description": "number, day, month, year, leader, leader2, …, initial1, …, agency",
    },
    "RelationSaid": asked({"kind": words(kind for kind in RelationKind if kind is not RelationKind.COPY_OF)}, _OTHER)
    | {
        "description": "NĐ 30/2020/NĐ-CP, Điều 18; cần đúng một trong hai: document hoặc reference / one of the two",
        "oneOf": _EITHER,
    },
    "Relation": exact({"kind": words(RelationKind), "document": text(), "reference": text()}),
    "Related": exact(
        {
            "kind": words(RelationKind),
            "document": text(),
            "symbol": text(),
            "notation": text(),
            "state": _STATE,
            "medium": _MEDIUM,
            "copy": maybe(words(CopyForm)),
            "subject": text(),
        }
    ),
    "Metadata": asked(
        {"agency": _AGENCY, **_SAID},
        {
            **_MAY_SAY,
            "attachments": {
                **array(line(LENGTHS["attachments"])),
                "maxItems": MAX_ATTACHMENTS,
                "description": "Tên các tệp kèm theo; thiếu tệp nào thì bị từ chối / names of the files that must come",
            },
            "places": ref("Places"),
            **ORDER,
            "fallback_places": {**FLAG, "description": "dùng sơ đồ Phụ lục I Mục IV khi không tìm thấy"},
        },
    ),
    "PaperMetadata": asked(_SAID, _MAY_SAY),
    "Prepared": exact(
        {
            "id": text(),
            "state": _STATE,
            "sha256": SHA256,
            "notation": text(),
            "places": ref("Places"),
            "files": array(ref("File")),
            "findings": FINDINGS,
        }
    ),
    "SignRequest": asked(
        {
            "role": words(SIGNING_ROLES),
            "key": text("Tên khóa trong cấu hình / a key's name in the settings"),
        },
        ORDER
        | {
            "pin": _PIN,
            "level": {
                "type": "string",
                "enum": ["B-B", "B-T", "B-LT", "B-LTA"],
                "description": "ETSI EN 319 142; không đạt được thì bị từ chối, không hạ mức; để trống: B-B / refused "
                "where it is not to be had, never lowered; left out: B-B",
            },
        },
    ),
    "Signature": exact(
        {
            "field": text(),
            "role": words(SignatureRole),
            "signer": text(),
            "capacity": array(text()),
            "key": text(),
            "certificate_sha256": SHA256,
            "signing_time": MOMENT,
            "level": text(),
            "actor": ref("Actor"),
        }
    ),
    "Signed": exact({"id": text(), "state": _STATE, "signature": ref("Signature"), "findings": FINDINGS}),
    "IssueRequest": asked(
        {},
        ORDER
        | {
            "date": WISHED_DAY,
            "number": WISHED_NUMBER,
            "pin": _PIN,
            "medium": _MEDIUM | {"description": "để trống: electronic / left out: electronic"},
        },
    ),
    "Issued": exact(
        {
            "id": text(),
            "state": _STATE,
            **NUMBERING,
            "signature": ref("Signature"),
            "files": array(ref("File")),
            "findings": FINDINGS,
        }
    ),
    "OnPaper": exact(
        {
            "id": text(),
            "state": _STATE,
            "medium": {"const": Medium.PAPER.value},
            **NUMBERING,
            "files": array(ref("File")),
            "findings": FINDINGS,
        }
    ),
    "CopyRequest": asked(
        {
            "agency": _AGENCY,
            "form": words(CopyForm),
            "subject": _SUBJECT,
            "of": asked({}, _OTHER) | {"oneOf": _EITHER},
        },
        ORDER
        | {
            "source": {
                "type": "string",
                "enum": list(SOURCES),
                "description": f"bản giấy là gì; để trống: {SOURCES[0]} / what the paper is; left out: {SOURCES[0]}",
            }
        },
    ),
    "Copied": exact(
        {
            "id": text(),
            "state": _STATE,
            "copy": words(CopyForm),
            "signature": ref("Signature"),
            "files": array(ref("File")),
            "findings": FINDINGS,
        }
    ),
    "EndRequest": asked({"reason": line(MAX_REASON)}, ORDER),
    "Ended": exact({"id": text(), "state": _STATE, "reason": text()}, NUMBERING),
    "File": exact(
        {
            "n": WHOLE,
            "kind": {"type": "string", "enum": ["main", "attachment"]},
            "name": text(),
            "media_type": text(),
            "sha256": SHA256,
            "url": text(),
        }
    ),
    "Summary": exact(_SUMMARY, NUMBERING),
    "Documents": exact({"documents": array(ref("Summary")), "next": NEXT}),
    "Document": exact(
        {
            **_SUMMARY,
            "sha256": text("rỗng nếu là văn bản giấy / empty for one that was on paper from the start"),
            "draft_sha256": text(),
            "clerk": {**FLAG, "description": "văn thư ký số bằng khóa riêng / the clerk signs too, with a PIN"},
            "ordered_by": maybe(ref("Actor")),
            "reason": text(),
            "created_by": ref("Actor"),
            "signers": array(exact({"name": text(), "capacity": array(text())})),
            "initials": array(exact({"name": text(), "for": words(InitialFor)})),
            "recipients": array(text()),
            "urgency": words(Urgency),
            "normative": FLAG,
            "places": ref("Places"),
            "signatures": array(ref("Signature")),
            "files": array(ref("File")),
            "findings": FINDINGS,
            "relations": array(ref("Relation")),
            "related": array(ref("Related")),
        },
        NUMBERING,
    ),
}
