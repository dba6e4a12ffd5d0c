"""The OpenAPI document is the truth: valid, complete, and what the service really answers fits it."""

import re
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from signer.web import tsa
from signer.web.api import create_app
from signer.web.auth import ALLOWED, OPEN
from signer.web.codes import ANSWERS
from signer.web.openapi import document as described
from signer.web.roles import table
from signer.web.schemas import SCHEMAS

from . import test_api_office as office
from .conftest import CLERKS, Service, annexes, draft, metadata
from .test_api_copies import copy

BEFORE_FLASK = (tsa.PATH, "post", "tsa")
"""Served by a WSGI application of its own; see ``test_tsa_serving``."""


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
    assert told == routes(application) | {BEFORE_FLASK}


def test_every_route_is_in_the_table_of_roles(application: Flask):
    assert {endpoint for _, _, endpoint in routes(application) | {BEFORE_FLASK}} == set(ALLOWED) | OPEN


def test_the_table_of_roles_in_the_documentation_is_the_one_that_holds():
    written = (Path(__file__).parents[2] / "docs" / "roles.md").read_text("utf-8")
    assert written == table()
    assert written.count("✓") == sum(map(len, ALLOWED.values()))


def test_every_refusal_is_described_with_its_codes_and_headers():
    needed = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After", "409": "Retry-After"}
    for operations in described()["paths"].values():
        for operation in operations.values():
            for status, codes in ANSWERS[operation["operationId"]].items():
                refusal = operation["responses"][str(status)]
                if "application/problem+json" not in refusal["content"]:
                    continue  # /readyz says with 503 that it is not ready
                assert all(f"`{code}`" in refusal["description"] for code in codes)
                assert needed.get(str(status), "X-Request-ID") in refusal["headers"]


def test_everything_is_told_in_both_languages():
    for operations in described()["paths"].values():
        for operation in operations.values():
            assert " / " in operation["summary"]
            vi, en, roles = operation["description"].split("\n\n")
            assert vi.strip() and en.strip() and ("vai trò" in roles.lower() or "without a key" in roles)


def fits(answer: requests.Response, path: str) -> None:
    """The answer has the shape that is told for this path, method and status."""
    told = answer.request.method.lower()
    whole = described()
    response = whole["paths"][path][told]["responses"][str(answer.status_code)]
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


def test_real_answers_of_the_office_have_the_shape_that_is_told(service: Service):
    one, row = "/v1/documents/{document_id}", "/v1/documents/{document_id}/register"
    names = [name for name, _ in annexes()]
    fits(service.send(path="/v1/documents/check", annexed=annexes(), attachments=names), "/v1/documents/check")
    fits(service.send(path="/v1/documents/check?format=html", type="TB"), "/v1/documents/check")
    fits(service.send(path="/v1/documents/check", annexed=[("a.pdf", b"PK")]), "/v1/documents/check")
    fits(service.send(path="/v1/documents/check", colour=1), "/v1/documents/check")
    fits(service.send(annexed=annexes(), attachments=names[:1]), "/v1/documents")

    entered = office.enter(service)
    fits(entered, "/v1/registers/{agency}/rows")
    fits(office.enter(service, number="66.15"), "/v1/registers/{agency}/rows")
    paper = entered.json()["id"]
    fits(copy(service, of={"document": paper}), "/v1/copies")
    fits(copy(service, form="SL"), "/v1/copies")
    fits(service.ask("clerk", "GET", f"/v1/documents/{paper}"), one)

    sent = service.send(annexed=annexes(), relations=[{"kind": "amends", "document": paper}])
    fits(sent, "/v1/documents")
    document = sent.json()["id"]
    base = f"/v1/documents/{document}"
    service.sign(document, "an.nv")
    fits(service.ask("clerk", "GET", f"{base}/register"), row)  # 404
    fits(service.issue(document), f"{one}/issue")
    for path in ("files/1", "files/2", "files/3", "files/4"):
        fits(service.ask("clerk", "GET", f"{base}/{path}"), f"{one}/files/{{n}}")
    fits(service.ask("clerk", "GET", base), one)
    fits(service.ask("clerk", "GET", f"/v1/documents/{paper}"), one)  # with what the other does to it
    parts = [("file", service.content(document))] + [
        ("attachment", (name, service.ask("clerk", "GET", f"{base}/files/{n}").content))
        for n, name in enumerate(names, start=2)
    ]
    for some in (parts, parts[:2], [*parts, ("attachment", b"x")]):
        fits(service.ask("auditor", "POST", "/v1/verify", files=some), "/v1/verify")
    fits(service.ask("clerk", "PATCH", f"{base}/register", json={"note": "x", "actor": CLERKS["BTC"]}), row)
    fits(service.ask("clerk", "GET", f"{base}/register"), row)
    fits(service.ask("clerk", "PATCH", f"{base}/register", json={}), row)
    fits(service.issue(service.signed(), medium="paper"), f"{one}/issue")
    fits(service.ask("clerk", "POST", f"{base}/recall", json={"reason": "sai"}), f"{one}/recall")
    fits(service.ask("clerk", "POST", f"{base}/recall", json={"reason": "sai"}), f"{one}/recall")  # 409
    for path in ("/v1/registers/BTC/2026", "/v1/registers/BTC/2026/deadlines"):
        for form in ("json", "csv", "xlsx", "pdf", "docx"):
            fits(service.ask("clerk", "GET", f"{path}?format={form}"), path.replace("BTC/2026", "{agency}/{year}"))


def test_real_orders_have_the_shape_that_is_told():
    """What the tests send, and what the issue's own examples are, fits the requests' shapes."""
    schemas = {name: {**shape, "components": described()["components"]} for name, shape in SCHEMAS.items()}

    def faults(name: str, order: object) -> list[str]:
        return [error.message for error in Draft202012Validator(schemas[name]).iter_errors(order)]

    said = metadata("quyet-dinh", attachments=["a.pdf"], relations=[{"kind": "answers", "reference": "45/TB-VPCP"}])
    assert faults("Metadata", said) == []
    assert faults("Metadata", said | {"relations": [{"kind": "answers"}]})
    assert faults("RowRequest", {"metadata": office.paper(), "number": "05/QĐ-BTC", "date": "2026-03-12"}) == []
    assert faults("RowRequest", {"metadata": metadata("quyet-dinh")})
    assert faults("ColumnsRequest", {"sent_on": "2026-03-12T17:30:00Z", "copies": 3, "actor": CLERKS["BTC"]}) == []
    assert faults("ColumnsRequest", {"reason": "x"})
    assert faults("IssueRequest", {"medium": "paper", "number": 5}) == []
    order = {"agency": "BTC", "form": "SY", "subject": "x", "of": {"reference": "1"}, "source": "original"}
    assert faults("CopyRequest", order) == []
    assert faults("CopyRequest", order | {"of": {}})
