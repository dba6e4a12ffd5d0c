"""The shapes of documents: what is said of them, and what is answered."""

from __future__ import annotations

from policies.copies import SOURCES
from signer.model import CopyForm, DocumentState, InitialFor, Medium, RelationKind, SignatureRole, Urgency
from signer.usecases.metadata import LENGTHS, MAX_ATTACHMENTS, MAX_RELATIONS
from signer.web.shapes import (
    FINDINGS,
    FLAG,
    MOMENT,
    NEXT,
    NUMBERING,
    ORDER,
    SHA256,
    SIGNER,
    WHOLE,
    WISHED_DAY,
    WISHED_NUMBER,
    Schema,
    array,
    exact,
    maybe,
    ref,
    text,
    words,
)

_PIN = text(
    "Mã PIN của khóa cá nhân; không bao giờ được lưu hay ghi nhật ký / never stored or logged",
    format="password",
    minLength=1,
    maxLength=64,
)
_STATE = words(DocumentState)
_MEDIUM = words(Medium)
_AGENCY = text("Mã cơ quan ban hành / code of the issuer", maxLength=LENGTHS["agency"])
_SAID: dict[str, Schema] = {
    "subject": text(maxLength=LENGTHS["subject"]),
    "signers": {**array(SIGNER), "minItems": 1, "maxItems": 8},
}
_MAY_SAY: dict[str, Schema] = {
    "type": maybe(text("Chữ viết tắt tên loại (NĐ 30/2020/NĐ-CP, Phụ lục III); null: công văn")),
    "normative": FLAG,
    "unit": maybe(text("Đơn vị soạn thảo, với công văn")),
    "place": text(maxLength=100),
    "initials": array(exact({"name": text(maxLength=50)}, {"for": words(InitialFor)})),
    "recipients": array(text(maxLength=200)),
    "kept_by": text(maxLength=200),
    "copies": maybe(WHOLE),
    "urgency": words(Urgency),
    "external_id": text(maxLength=200),
    "relations": {**array(ref("RelationSaid")), "maxItems": MAX_RELATIONS},
}
_OTHER: dict[str, Schema] = {
    "document": text("Mã văn bản trong hệ thống / an id of this service", maxLength=LENGTHS["document"]),
    "reference": text(
        "Số, ký hiệu, ngày, cơ quan của văn bản ngoài hệ thống / number, notation, day, issuer of another",
        maxLength=LENGTHS["reference"],
    ),
}
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
            "page": {"type": "integer", "minimum": 1},
            "rect": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        }
    ),
    "Places": {
        "type": "object",
        "additionalProperties": ref("Place"),
        "description": "number, day, month, year, leader, leader2, …, initial1, …, agency",
    },
    "RelationSaid": exact({"kind": words(RelationKind)}, _OTHER)
    | {
        "description": "NĐ 30/2020/NĐ-CP, Điều 18; cần đúng một trong hai: document hoặc reference / one of the two",
        "oneOf": [{"required": ["document"]}, {"required": ["reference"]}],
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
    "Metadata": exact(
        {"agency": _AGENCY, **_SAID},
        {
            **_MAY_SAY,
            "attachments": {
                **array(text(maxLength=LENGTHS["attachments"])),
                "maxItems": MAX_ATTACHMENTS,
                "description": "Tên các tệp kèm theo; thiếu tệp nào thì bị từ chối / names of the files that must come",
            },
            "places": ref("Places"),
            **ORDER,
            "fallback_places": {**FLAG, "description": "dùng sơ đồ Phụ lục I Mục IV khi không tìm thấy"},
        },
    ),
    "PaperMetadata": exact(_SAID, _MAY_SAY),
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
    "SignRequest": exact(
        {"role": {"type": "string", "enum": ["initial", "leader"]}, "key": text()},
        ORDER | {"pin": _PIN, "level": {"type": "string", "default": "B-B"}},
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
    "IssueRequest": exact(
        {},
        ORDER
        | {
            "date": WISHED_DAY,
            "number": WISHED_NUMBER,
            "pin": _PIN,
            "medium": _MEDIUM | {"default": Medium.ELECTRONIC.value},
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
    "CopyRequest": exact(
        {
            "agency": _AGENCY,
            "form": words(CopyForm),
            "subject": text(maxLength=LENGTHS["subject"]),
            "of": exact({}, _OTHER) | {"oneOf": [{"required": ["document"]}, {"required": ["reference"]}]},
        },
        ORDER | {"source": {"type": "string", "enum": list(SOURCES), "default": SOURCES[0]}},
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
    "EndRequest": exact({"reason": text(minLength=1, maxLength=500)}, ORDER),
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
            "signers": array(SIGNER),
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
