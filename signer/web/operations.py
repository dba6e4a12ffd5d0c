"""How one operation is described in OpenAPI: who may, what goes in, what comes out, and every way to be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signer.errors import Kind
from signer.web.auth import ALLOWED, OPEN, ROLES
from signer.web.codes import ANSWERS
from signer.web.examples import answers_of, request_of
from signer.web.problems import KINDS, TITLES
from signer.web.replies import JSON, MAX_LIMIT, PDF, XLSX
from signer.web.shapes import DOCUMENT, Schema, array, ref, text

Operation = dict[str, object]
Paths = dict[str, dict[str, Operation]]

PROBLEM = "application/problem+json"
BINARY: Schema = {"type": "string", "format": "binary"}
ID: Operation = {"name": "document_id", "in": "path", "required": True, "schema": DOCUMENT}


@dataclass(frozen=True, slots=True)
class Told:
    """What people read of an operation: its name, and what it does, in Vietnamese and English."""

    name: str
    vi: str
    en: str


def tagged(tag: str, paths: Paths) -> Paths:
    """The same paths, every operation under one heading."""
    return {
        path: {method: operation | {"tags": [tag]} for method, operation in operations.items()}
        for path, operations in paths.items()
    }


def change(
    endpoint: str,
    told: Told,
    shape: Schema,
    body: Operation,
    parameters: Sequence[Operation] = (),
    status: int = 200,
) -> Operation:
    """What changes something; all of them honour Idempotency-Key."""
    headers = ["X-Request-ID", "Idempotency-Replayed", *(["Location"] if status == 201 else [])]
    good = {status: _answer(told.name, {JSON: shape}, headers) | (_LINKS if status == 201 else {})}
    return _operation(endpoint, told, [*parameters, _parameter("Idempotency-Key")], body, good)


_LINKS: Operation = {
    "links": {
        name: {"operationId": name, "parameters": {"document_id": "$response.body#/id"}}
        for name in ("show_document", "content", "sign", "issue", "reject", "void", "recall", "row", "complete_row")
    }
}
"""What can be done with a document that an answer has just told of."""


def read(
    endpoint: str,
    told: Told,
    content: Mapping[str, Schema],
    parameters: Sequence[Operation] = (),
    body: Operation | None = None,
    headers: Sequence[str] = (),
) -> Operation:
    """What shows something; ``content`` is media type to shape, ``headers`` what more the answer bears."""
    return _operation(endpoint, told, parameters, body, {200: _answer(told.name, content, ["X-Request-ID", *headers])})


def download(endpoint: str, told: Told, parameters: Sequence[Operation]) -> Operation:
    """A file of a document: unchanged bytes are not sent twice (RFC 9110, 13.1.2)."""
    good = {
        200: _answer(told.name, {PDF: BINARY}, ["X-Request-ID", "ETag", "Content-Disposition"]),
        304: _answer("Không thay đổi / Not modified", {}, ["X-Request-ID", "ETag"]),
    }
    return _operation(endpoint, told, [*parameters, _parameter("If-None-Match")], None, good)


def ready(endpoint: str, told: Told, shape: Schema) -> Operation:
    """As ``read``, and the same shape with 503 while it is not so."""
    good = {status: _answer(told.name, {JSON: shape}, ["X-Request-ID"]) for status in (200, 503)}
    return _operation(endpoint, told, [], None, good)


def sheets(shape: str) -> dict[str, Schema]:
    """What a register is to be had as."""
    return {JSON: ref(shape), "text/csv": text(), XLSX: BINARY, PDF: BINARY}


def json_body(shape: str, *, needed: bool = True) -> Operation:
    """A request's JSON."""
    return {"required": needed, "content": {JSON: {"schema": ref(shape)}}}


def form(metadata: str = "", *, attachments: bool = False, bare: bool = False) -> Operation:
    """A multipart form with a ``file``, and ``metadata`` of a shape, and separate files; ``bare``: or just a PDF."""
    parts: dict[str, Schema] = {"file": BINARY}
    encoding: Operation = {"file": {"contentType": PDF}}
    if metadata:
        parts["metadata"] = ref(metadata)
    if attachments:
        parts["attachment"] = array(BINARY)
        encoding["attachment"] = {"contentType": PDF}
    schema: Schema = {
        "type": "object",
        "required": ["file", *(["metadata"] if metadata else [])],
        "properties": parts,
        "additionalProperties": False,
    }
    content: Operation = {PDF: {"schema": BINARY}} if bare else {}
    return {"required": True, "content": content | {"multipart/form-data": {"schema": schema, "encoding": encoding}}}


def path(name: str, schema: Schema) -> Operation:
    """A parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


def query(name: str, schema: Schema, description: str = "") -> Operation:
    """A parameter of the query."""
    said: Operation = {"description": description} if description else {}
    return {"name": name, "in": "query", "required": False, **said, "schema": schema}


def paged(most: int, usual: int, after: Schema | None = None) -> list[Operation]:
    """How a list is asked for in pages."""
    return [
        query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": usual},
            f"Số mục mỗi trang, nhiều nhất {most}. / Things in a page; more than {most} counts as {most}.",
        ),
        query(
            "after",
            after or text(format="cursor"),
            "“next” của trang trước; không có: từ đầu. / The “next” of the page before; without it: the first page.",
        ),
    ]


def _parameter(name: str) -> Operation:
    return {"$ref": f"#/components/parameters/{name}"}


def _operation(
    endpoint: str, told: Told, parameters: Sequence[Operation], body: Operation | None, good: Mapping[int, Operation]
) -> Operation:
    responses = {str(status): answer for status, answer in good.items()}
    for status, codes in ANSWERS[endpoint].items():
        responses.setdefault(str(status), _refusal(status, codes))
    operation: Operation = {
        "operationId": endpoint,
        "summary": told.name,
        "description": "\n\n".join([told.vi, told.en, _roles(endpoint)]),
        "parameters": [*parameters, _parameter("X-Request-ID")],
    }
    if body is not None:
        operation["requestBody"] = body
    if endpoint in OPEN:
        operation["security"] = [{}] if endpoint != "readyz" else [{}, {"apiKey": []}]
    return operation | {"responses": _with_examples(endpoint, operation, dict(sorted(responses.items())))}


def _roles(endpoint: str) -> str:
    if endpoint in OPEN:
        return "Không cần khóa truy cập; giới hạn theo địa chỉ. / Open without a key, limited by address."
    roles = sorted(ALLOWED[endpoint])
    vi, en = ", ".join(ROLES[role] for role in roles), ", ".join(f"`{role.value}`" for role in roles)
    return f"Vai trò / roles: {vi} ({en})."


def _answer(description: str, content: Mapping[str, Schema], headers: Sequence[str]) -> Operation:
    answer: Operation = {
        "description": description,
        "headers": {name.removesuffix("-Maybe"): {"$ref": f"#/components/headers/{name}"} for name in headers},
    }
    if content:
        answer["content"] = {media: {"schema": schema} for media, schema in content.items()}
    return answer


def _refusal(status: int, codes: frozenset[str]) -> Operation:
    """A problem of one status, with the codes that it may bear here."""
    told = ", ".join(f"`{code}`" for code in sorted(codes))
    headers = ["X-Request-ID", *_REFUSAL_HEADERS.get(status, [])]
    only = {"properties": {"status": {"const": status}, "code": {"enum": sorted(codes)}}}
    return _answer(
        f"{TITLES[KINDS.get(status, Kind.MALFORMED)]}: {told}", {PROBLEM: {"allOf": [ref("Problem"), only]}}, headers
    )


_REFUSAL_HEADERS = {401: ["WWW-Authenticate"], 409: ["Retry-After-Maybe"], 429: ["Retry-After"], 503: ["Retry-After"]}


def _with_examples(endpoint: str, operation: Operation, responses: Operation) -> Operation:
    """Put in what a run over the samples asked and was answered; see ``examples``."""
    asked = request_of(endpoint)
    if asked is not None:
        _put(operation["requestBody"], asked.media_type, {"value": asked.value})
    for given in answers_of(endpoint):
        _put(responses[str(given.status)], given.media_type, {"value": given.value}, given.name)
    return responses


def _put(where: object, media_type: str, example: Operation, name: str = "sample") -> None:
    if not isinstance(where, dict):
        raise TypeError("examples belong to a described body")
    where["content"][media_type].setdefault("examples", {})[name] = example
