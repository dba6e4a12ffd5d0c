"""The OpenAPI document is the truth: valid, complete, and what the service really answers fits it."""

import re
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from signer.web.api import create_app
from signer.web.auth import ALLOWED, OPEN
from signer.web.openapi import document as described
from signer.web.problems import STATUS
from signer.web.roles import table

from .conftest import Service, draft


class _Unwired:
    """Building the application asks nothing of the use cases."""

    def __getattr__(self, name: str) -> object:
        return None


@pytest.fixture(scope="module")
def application() -> Flask:
    return create_app(_Unwired())  # type: ignore[arg-type]  # see above


def routes(application: Flask) -> set[tuple[str, str, str]]:
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower(), rule.endpoint)
        for rule in application.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_it_is_valid_openapi_3_1():
    validate(described())
    assert described()["openapi"].startswith("3.1")


def test_every_route_is_described_and_every_description_is_routed(application: Flask):
    told = {
        (path, method, operation["operationId"])
        for path, operations in described()["paths"].items()
        for method, operation in operations.items()
    }
    assert told == routes(application)


def test_every_route_is_in_the_table_of_roles(application: Flask):
    assert {endpoint for _, _, endpoint in routes(application)} == set(ALLOWED) | OPEN


def test_the_table_of_roles_in_the_documentation_is_the_one_that_holds():
    written = (Path(__file__).parents[2] / "docs" / "roles.md").read_text("utf-8")
    assert written == table()
    assert written.count("✓") == sum(map(len, ALLOWED.values()))


def test_every_status_that_a_kind_leads_to_is_described():
    for operations in described()["paths"].values():
        for operation in operations.values():
            if operation["operationId"] not in OPEN:
                assert {str(status) for status in STATUS.values()} <= set(operation["responses"])


def fits(answer: requests.Response, path: str) -> None:
    """The answer has the shape that is told for this path, method and status."""
    told = answer.request.method.lower()
    whole = described()
    response = whole["paths"][path][told]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = whole["components"]["responses"]["Problem"]
    media = answer.headers["Content-Type"].partition(";")[0]
    assert media in response["content"]
    if "json" in media:
        schema: dict[str, Any] = {**response["content"][media]["schema"], "components": whole["components"]}
        faults = [error.message for error in Draft202012Validator(schema).iter_errors(answer.json())]
        assert faults == []


def test_real_answers_have_the_shape_that_is_told(service: Service):
    one = "/v1/documents/{document_id}"
    assert requests.get(f"{service.url}/openapi.json", timeout=10).json() == described()
    for path in ("/healthz", "/readyz", "/openapi.json"):
        fits(requests.get(service.url + path, timeout=10), path)
    fits(service.ask("operator", "GET", "/readyz"), "/readyz")
    fits(service.ask("operator", "GET", "/metrics"), "/metrics")

    sent = service.send("bien-ban", recipients=["Như trên"], urgency="urgent", external_id="x-1")
    fits(sent, "/v1/documents")
    document = sent.json()["id"]
    base = f"/v1/documents/{document}"
    fits(service.issue(document), f"{one}/issue")  # 409
    for key in ("binh.tt", "dung.ht"):
        fits(service.sign(document, key), f"{one}/signatures")
    fits(service.ask("clerk", "GET", base), one)
    fits(service.issue(document), f"{one}/issue")
    fits(service.issue(document), f"{one}/issue")  # 409
    for path, shape in (
        (base, one),
        (f"{base}/content", f"{one}/content"),
        (f"{base}/files/1", f"{one}/files/{{n}}"),
        (f"{base}/files/9", f"{one}/files/{{n}}"),
        ("/v1/documents", "/v1/documents"),
        ("/v1/documents?state=bad", "/v1/documents"),
        ("/v1/registers/VPCP/2026", "/v1/registers/{agency}/{year}"),
        ("/v1/registers/VPCP/2026?format=csv", "/v1/registers/{agency}/{year}"),
        ("/v1/registers/VPCP/2026?format=xlsx", "/v1/registers/{agency}/{year}"),
        ("/v1/registers/NONE/2026", "/v1/registers/{agency}/{year}"),
    ):
        fits(service.ask("clerk", "GET", path), shape)
    pdf = {"Content-Type": "application/pdf"}
    for data in (service.content(document), draft("cong-van"), b"not a pdf", b""):
        fits(service.ask("auditor", "POST", "/v1/verify", data=data, headers=pdf), "/v1/verify")
    fits(service.ask("clerk", "POST", f"{base}/void", json={"reason": "nhầm"}), f"{one}/void")
    other = service.send("cong-van").json()["id"]
    fits(service.ask("leader", "POST", f"/v1/documents/{other}/reject", json={"reason": "sai"}), f"{one}/reject")
    fits(service.ask("clerk", "GET", f"/v1/documents/{other}"), one)
    fits(service.send("cong-van", colour=1), "/v1/documents")
    fits(requests.get(f"{service.url}/v1/documents", timeout=10), "/v1/documents")
