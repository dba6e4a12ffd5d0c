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


def asked(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object that a request bears: no other members, and null says what leaving a member out says."""
    return exact(required, {name: maybe(schema) for name, schema in (optional or {}).items()})


def line(most: int, description: str = "", **more: object) -> Schema:
    """A text that people write: 1 to ``most`` characters once white space is tidied, something to see among them."""
    return text(description, minLength=1, maxLength=most, pattern=r"\S", **more)


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
WISHED_DAY: Schema = {
    "description": "YYYY-MM-DD, hoặc thời điểm ISO 8601 có múi giờ, tính theo ngày Việt Nam / or a moment with its "
    "offset: its day in Viet Nam",
    "anyOf": [text(format="date"), text(format="date-time", maxLength=40)],
}
WISHED_NUMBER: Schema = {
    "description": "5, “05” hoặc “05/QĐ-BTC” / with the notation or without",
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 99_999_999_999},
        text(pattern="^[0-9]{1,11}(/[^/].*)?$"),
    ],
}
DOCUMENT = text("Mã văn bản / a document's id", pattern="^[0-9a-f]{32}$")
POSITION = text(
    "Vị trí của sự kiện, là một chuỗi / where an event stands, to be taken as a mere text", pattern="^[0-9]{1,19}$"
)
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
ORDER: dict[str, Schema] = {"actor": ref("ActorSaid")}
"""What every order may say: who commands."""
