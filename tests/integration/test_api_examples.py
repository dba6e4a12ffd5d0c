"""The examples of the OpenAPI document are true: each request is sent again, and what comes back has the shown shape.

``make examples`` (ANTIN_EXAMPLES=write) writes the answers anew; requests are written by hand, in the same files.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from signer.model import ApiRole
from signer.web import examples
from signer.web.auth import ALLOWED, OPEN
from signer.web.openapi import document
from tests.support.promised import operation

from .conftest import Service, draft
from .test_api_copies import scanned

FOLDER = Path(__file__).parents[2] / "signer" / "web" / "openapi_examples"
WRITING = os.environ.get("ANTIN_EXAMPLES") == "write"
FILES = {"content", "file", "metrics", "openapi", "tsa"}
"""What is answered with a file, a text, or this document itself, has no example."""


@dataclass
class Tour:
    """A walk through the office: every operation once or more, with what is kept of the answers."""

    service: Service
    answers: dict[tuple[str, str], requests.Response] = field(default_factory=dict)

    def call(self, name: str, path: str, *, kind: str = "sample", role: str = "", **changes: object) -> Any:
        """Send an operation's example, or what the example says with changes."""
        kept = json.loads((FOLDER / f"{name}.json").read_text("utf-8")) if (FOLDER / f"{name}.json").exists() else {}
        body, arguments = kept.get("request"), {}
        if body is not None:
            said = json.loads(json.dumps(body["value"]))
            if body["media_type"] == "multipart/form-data":
                data = scanned() if name == "copy" else draft("quyet-dinh")
                told = json.dumps(said["metadata"] | changes)
                arguments["files"] = [("file", ("x.pdf", data)), ("metadata", (None, told, "application/json"))]
            else:
                said |= changes
                if "pin" in said:
                    said["pin"] = self.service.provisioned.pin(said["key"]).reveal()
                arguments["json"] = said
        elif name == "verify":
            arguments = {"data": self.content, "headers": {"Content-Type": "application/pdf"}}
        role = role or max(ALLOWED.get(name, {ApiRole.OPERATOR})).value
        answer = self.service.ask(role, METHODS[name], path, **arguments)
        assert operation(METHODS[name], path) == name
        self.answers[name, kind] = answer
        return answer.json()

    def document(self, *acts: str) -> str:
        """The address of a new document that went through these acts."""
        path = f"/v1/documents/{self.call('prepare', '/v1/documents')['id']}"
        for act in acts:
            self.call(act, f"{path}/{'signatures' if act == 'sign' else act}")
        return path

    content = b""


METHODS = {
    each["operationId"]: method.upper()
    for operations in document()["paths"].values()
    for method, each in operations.items()
}


@pytest.fixture(scope="module")
def tour(service: Service) -> Tour:
    walk = Tour(service)
    walk.call("check", "/v1/documents/check", kind="refused", type="QÐ")
    walk.call("check", "/v1/documents/check")
    walk.call("prepare", "/v1/documents", kind="refused", type="XX")
    path = walk.document()
    walk.call("issue", f"{path}/issue", kind="too-early")
    walk.call("row", f"{path}/register", kind="no-number")
    walk.call("sign", f"{path}/signatures", kind="not-named", key="binh.tt")
    walk.call("sign", f"{path}/signatures")
    walk.call("issue", f"{path}/issue")
    walk.call("issue", f"{path}/issue", kind="again")
    walk.content = service.ask("auditor", "GET", f"{path}/content").content
    walk.call("verify", "/v1/verify")
    walk.call("complete_row", f"{path}/register")
    walk.call("complete_row", f"{path}/register", kind="refused", number=7)
    walk.call("row", f"{path}/register")
    walk.call("recall", f"{path}/recall")
    walk.call("recall", f"{path}/recall", kind="again")
    walk.call("reject", f"{walk.document()}/reject")
    walk.call("void", f"{walk.document('sign', 'issue')}/void")
    walk.call("copy", "/v1/copies")
    walk.call("enter", "/v1/registers/BTC/rows")
    walk.call("show_document", path)
    walk.call("show_document", f"/v1/documents/{'0' * 32}", kind="unknown")
    walk.call("list_documents", "/v1/documents?limit=2")
    walk.call("events", "/v1/events?limit=3")
    walk.call("register", "/v1/registers/BTC/2026?limit=2")
    walk.call("deadlines", "/v1/registers/BTC/2026/deadlines?limit=2")
    walk.call("healthz", "/healthz")
    walk.call("readyz", "/readyz")
    return walk


def test_every_operation_that_answers_in_json_has_an_example(tour: Tour):
    shown = {name for name, _ in tour.answers}
    assert shown == set(METHODS) - FILES
    if WRITING:
        for name in sorted(shown):
            _write(tour, name)
        examples.kept.cache_clear()
    assert {path.stem for path in FOLDER.glob("*.json")} == shown
    assert {name for name in shown if name not in OPEN} <= set(ALLOWED)


def test_requests_have_the_shape_that_is_told():
    for name, path, method in _described():
        body = path[method].get("requestBody")
        for media, content in body["content"].items() if body else ():
            for example in content.get("examples", {}).values():
                assert _faults(content["schema"], example["value"]) == [], (name, media)


def test_what_comes_back_is_what_is_shown(tour: Tour):
    for (name, kind), answer in tour.answers.items():
        operation = next(path[method] for each, path, method in _described() if each == name)
        media = answer.headers["Content-Type"]
        content = operation["responses"][str(answer.status_code)]["content"][media]
        shown = content["examples"][kind]["value"]
        assert _faults(content["schema"], shown) == [], (name, kind)
        assert _faults(content["schema"], answer.json()) == [], (name, kind)
        assert shape(answer.json()) == shape(shown), (name, kind)
        assert answer.json().get("code") == shown.get("code")
        assert (
            sum(
                kind in each["content"][media].get("examples", {})
                for each in operation["responses"].values()
                if media in each.get("content", {})
            )
            == 1
        )


def test_a_shape_tells_apart_what_is_another_answer():
    assert shape({"a": [1, 2]}) == shape({"a": [3]})
    for other in ({"a": ["1"]}, {"a": [1], "b": 1}, {"b": [1]}, {"a": {}}, {"a": [None]}):
        assert shape(other) != shape({"a": [1]})


def shape(value: object) -> object:
    """What a value is made of: names and types, of lists each kind of element once."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(shape(each), sort_keys=True) for each in value})
    return type(value).__name__


def _described() -> Iterator[tuple[str, dict[str, Any], str]]:
    for path in document()["paths"].values():
        for method, each in path.items():
            yield each["operationId"], path, method


def _faults(schema: dict[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": document()["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def _write(tour: Tour, name: str) -> None:
    path = FOLDER / f"{name}.json"
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    kept["answers"] = {
        kind: {"status": each.status_code, "media_type": each.headers["Content-Type"], "value": each.json()}
        for (one, kind), each in tour.answers.items()
        if one == name
    }
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", "utf-8")
