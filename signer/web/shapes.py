"""The words in which shapes are told: JSON Schema (draft 2020-12, as OpenAPI 3.1 has it)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

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


def words(values: Iterable[StrEnum]) -> Schema:
    """One of an enumeration's words."""
    return {"type": "string", "enum": [value.value for value in values]}


WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
FIRST_YEAR, LAST_YEAR = 1945, 9998
"""Of registers: the years of the calendar that an agency can have one of."""
YEAR: Schema = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
DAY = text("Ngày, YYYY-MM-DD / a day", format="date")
MOMENT = text("RFC 3339", format="date-time")
WISHED_DAY = text(
    "YYYY-MM-DD, hoặc thời điểm ISO 8601 có múi giờ, tính theo ngày Việt Nam / or a moment with its offset: "
    "its day in Viet Nam"
)
WISHED_NUMBER: Schema = {
    "type": ["integer", "string"],
    "description": "5, “05” hoặc “05/QĐ-BTC” / with the notation or without",
}
SHA256 = text(pattern="^[0-9a-f]{64}$")
NEXT = maybe(text("“after” của trang sau; null: hết / the next page's “after”; null: no more"))
FINDINGS = array(ref("Finding"))
NUMBERING: dict[str, Schema] = {
    "number": WHOLE,
    "number_text": text(),
    "notation": text(),
    "symbol": text(),
    "date": DAY,
}
SIGNER = exact({"name": text(maxLength=50), "capacity": {**array(text(maxLength=100)), "minItems": 1}})
ORDER: dict[str, Schema] = {"actor": ref("ActorSaid")}
"""What every order may say: who commands."""
