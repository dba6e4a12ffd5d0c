"""What schemathesis cannot read in the description, for runs of ``tests.support.fuzzing``.

JSON Schema has no words for "nothing invisible in it", "nobody named twice", "left of" or "a file with a name": good
data that break such a rule are not made. Bad data are left as they come.
"""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, HookContext, SerializationContext

from policies.text import fold
from signer.usecases.metadata import hides, tidy
from signer.web.tsa import QUERY

SAMPLES = Path(__file__).parents[2] / "softhsm" / "samples"
FILES = st.sampled_from([path.read_bytes() for path in sorted(SAMPLES.glob("*.pdf"))[:4]]) | st.binary(max_size=400)
QUERIES = st.binary(max_size=400)
CURSORS = {"register": ("btc-qd", "2026", 7), "deadlines": ("0" * 32, "sent-late")}


def cursor(parts: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


schemathesis.openapi.media_type("application/pdf", FILES)
schemathesis.openapi.format("binary", FILES)
schemathesis.openapi.media_type(QUERY, QUERIES)


@schemathesis.serializer(QUERY)
def as_it_is(_context: SerializationContext, value: Any) -> bytes:
    """A request for a time-stamp is bytes; of other things, as bad data are made of, their words."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.hook
def map_query(context: HookContext, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """A cursor that a page could have given."""
    kind = CURSORS.get(context.operation.definition.raw["operationId"]) if context.operation else None
    if query and kind and isinstance(query.get("after"), str):
        query["after"] = cursor(kind)
    return query


@schemathesis.hook
def filter_case(_context: HookContext, case: Case) -> bool:
    """Keep good data only if they are good in every way."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return True
    query = case.query or {}
    if query.get("format", "json") != "json" and ("limit" in query or "after" in query):
        return False  # a sheet is a whole book
    if isinstance(case.body, dict) and not isinstance(case.body.get("metadata", {}), dict):
        return False  # two alternatives within one required member are beyond its coverage phase: it sends nothing
    return all(map(_fit, (case.query, case.path_parameters, case.body)))


def _fit(value: Any) -> bool:
    if isinstance(value, str):
        plain = unquote(value)  # of a path it comes quoted
        return plain.isprintable() and not hides(tidy(plain))
    if isinstance(value, list):
        names = [fold(each["name"]) for each in value if isinstance(each, dict) and "name" in each]
        return len(set(names)) == len(names) and all(map(_fit, value))
    if not isinstance(value, dict):
        return True
    rect = value.get("rect")
    if isinstance(rect, list) and len(rect) == 4 and not (rect[0] < rect[2] and rect[1] < rect[3]):
        return False
    return "attachment" not in value and all(map(_fit, value)) and all(map(_fit, value.values()))
