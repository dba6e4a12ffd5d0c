"""How one operation is described in OpenAPI: who may, what goes in, what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signer.web.auth import ALLOWED
from signer.web.pages import MAX_CURSOR
from signer.web.problems import STATUS
from signer.web.replies import JSON, MAX_LIMIT, PDF, XLSX
from signer.web.shapes import Schema, array, ref, text

Operation = dict[str, object]

PROBLEM = "application/problem+json"
BINARY: Schema = {"type": "string", "format": "binary"}
ID: Operation = {"name": "document_id", "in": "path", "required": True, "schema": text()}
_REQUEST_ID: Operation = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "schema": text(pattern="^[A-Za-z0-9._:-]{1,128}$"),
}
_IDEMPOTENCY: Operation = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Cùng khóa và cùng nội dung: cùng câu trả lời, không thực hiện hai lần. / "
    "Same key and body: same answer, carried out once.",
    "schema": text(minLength=1, maxLength=255),
}


def change(
    endpoint: str,
    summary: str,
    shape: Schema,
    body: Operation,
    parameters: Sequence[Operation] = (),
    status: int = 200,
) -> Operation:
    """What changes something; all of them honour Idempotency-Key."""
    operation = _operation(endpoint, summary, [*parameters, _IDEMPOTENCY], body)
    return _answering(operation, summary, {JSON: {"schema": shape}}, status)


def read(
    endpoint: str,
    summary: str,
    content: Mapping[str, Schema],
    parameters: Sequence[Operation] = (),
    body: Operation | None = None,
) -> Operation:
    """What shows something; ``content`` is media type to shape."""
    told: Operation = {media: {"schema": schema} for media, schema in content.items()}
    return _answering(_operation(endpoint, summary, parameters, body), summary, told, 200)


def unguarded(endpoint: str, summary: str, schema: Schema, *, not_ready: bool = False) -> Operation:
    """What is open without a key."""
    operation = _operation(endpoint, summary, [], None)
    good = {"description": summary, "content": {JSON: {"schema": schema}}}
    operation["security"] = []
    operation["responses"] = {
        "200": good,
        **({"503": good} if not_ready else {}),
        "429": {"$ref": "#/components/responses/Problem"},
    }
    return operation


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
        encoding["metadata"] = {"contentType": JSON}
    if attachments:
        parts["attachment"] = array(BINARY)
        encoding["attachment"] = {"contentType": PDF}
    schema = {"type": "object", "required": ["file", *(["metadata"] if metadata else [])], "properties": parts}
    content: Operation = {PDF: {"schema": BINARY}} if bare else {}
    return {"required": True, "content": content | {"multipart/form-data": {"schema": schema, "encoding": encoding}}}


def path(name: str, schema: Schema) -> Operation:
    """A parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


def query(name: str, schema: Schema) -> Operation:
    """A parameter of the query."""
    return {"name": name, "in": "query", "required": False, "schema": schema}


def paged(most: int, usual: int) -> list[Operation]:
    """How a list is asked for in pages."""
    return [
        query(
            "limit",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_LIMIT,
                "default": usual,
                "description": f"Nhiều nhất {most}; lớn hơn được tính là {most}. / More than {most} counts as {most}.",
            },
        ),
        query("after", text("“next” của trang trước / the “next” of the page before", maxLength=MAX_CURSOR)),
    ]


def _operation(endpoint: str, summary: str, parameters: Sequence[Operation], body: Operation | None) -> Operation:
    roles = ", ".join(sorted(role.value for role in ALLOWED.get(endpoint, ())))
    operation: Operation = {"operationId": endpoint, "summary": summary, "parameters": [*parameters, _REQUEST_ID]}
    if roles:
        operation["description"] = f"Vai trò được dùng / roles: {roles}"
    if body is not None:
        operation["requestBody"] = body
    return operation


def _answering(operation: Operation, summary: str, content: Operation, status: int) -> Operation:
    problems = {str(each): {"$ref": "#/components/responses/Problem"} for each in sorted(STATUS.values())}
    operation["responses"] = {str(status): {"description": summary, "content": content}, **problems}
    return operation
