"""Requests that are wrong, forbidden, repeated or strange: each has its own clear answer."""

import json
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from signer.model import ApiRole
from signer.web.auth import ALLOWED
from signer.web.auth import ROLES as ROLES_IN_WORDS
from signer.web.known_keys import KEPT_SECONDS

from .conftest import Service, draft, metadata

ROLES = [role.value for role in ApiRole]
DRAFTS = Path(__file__).parents[1] / "fixtures" / "drafts"


def problem(answer: requests.Response, status: int, code: str) -> dict[str, object]:
    """A problem of RFC 9457 in two languages, and never a trace of our insides."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == status
    assert body["detail"] == f"{body['detail_vi']} / {body['detail_en']}"
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert "Traceback" not in answer.text
    return body


# --- who may ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """A harmless request to an endpoint: what matters is whether the role is let in."""

    endpoint: str
    method: str
    path: str


CALLS = [
    Call("prepare", "POST", "/v1/documents"),
    Call("check", "POST", "/v1/documents/check"),
    Call("copy", "POST", "/v1/copies"),
    Call("list_documents", "GET", "/v1/documents"),
    Call("show_document", "GET", "/v1/documents/x"),
    Call("content", "GET", "/v1/documents/x/content"),
    Call("file", "GET", "/v1/documents/x/files/1"),
    Call("sign", "POST", "/v1/documents/x/signatures"),
    Call("issue", "POST", "/v1/documents/x/issue"),
    Call("reject", "POST", "/v1/documents/x/reject"),
    Call("void", "POST", "/v1/documents/x/void"),
    Call("recall", "POST", "/v1/documents/x/recall"),
    Call("row", "GET", "/v1/documents/x/register"),
    Call("complete_row", "PATCH", "/v1/documents/x/register"),
    Call("enter", "POST", "/v1/registers/BTC/rows"),
    Call("register", "GET", "/v1/registers/BTC/2026"),
    Call("deadlines", "GET", "/v1/registers/BTC/2026/deadlines"),
    Call("verify", "POST", "/v1/verify"),
    Call("events", "GET", "/v1/events"),
    Call("metrics", "GET", "/metrics"),
]


def test_the_calls_are_all_endpoints():
    assert {call.endpoint for call in CALLS} == set(ALLOWED)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.endpoint)
def test_the_table_of_roles_holds(service: Service, call: Call, role: str):
    answer = service.ask(role, call.method, call.path)
    assert (answer.status_code == 403) == (ApiRole(role) not in ALLOWED[call.endpoint])
    if answer.status_code == 403:
        assert f"{ROLES_IN_WORDS[ApiRole(role)]} ({role})" in problem(answer, 403, "role-not-allowed")["detail_vi"]
    assert answer.status_code < 500


def test_only_the_clerk_issues():
    assert ALLOWED["issue"] == {ApiRole.CLERK}


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic Zm9vOmJhcg==",
        "Bearer nonsense",
        "Bearer antin_000000000000_" + "A" * 43,
        "Bearer " + "x" * 5000,
    ],
)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.endpoint)
def test_nothing_opens_without_a_valid_key(service: Service, call: Call, header: str | None):
    headers = {} if header is None else {"Authorization": header}
    answer = requests.request(call.method, service.url + call.path, headers=headers, timeout=10)
    if answer.status_code == 429:
        assert int(answer.headers["Retry-After"]) > 0
        return
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_no_longer_opens(service: Service):
    made = json.loads(service.antin("api-key", "add", "soon gone", "--role", "auditor", "--json").stdout)
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert requests.get(f"{service.url}/v1/documents", headers=headers, timeout=10).status_code == 200
    service.antin("api-key", "revoke", made["id"])
    time.sleep(KEPT_SECONDS)  # each worker may have asked for it just now
    assert requests.get(f"{service.url}/v1/documents", headers=headers, timeout=10).status_code == 401
    assert made["key"] not in service.antin("api-key", "list").stdout


def test_another_agencys_document_does_not_exist(service: Service):
    document = service.send().json()["id"]
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/content", None),
        ("GET", "/files/1", None),
        ("POST", "/issue", {}),
        ("POST", "/void", {"reason": "x"}),
        ("POST", "/issue", {"medium": "paper"}),
        ("POST", "/reject", {"reason": "x"}),
        ("POST", "/recall", {"reason": "x"}),
        ("GET", "/register", None),
        ("PATCH", "/register", {"note": "x"}),
    ):
        problem(
            service.ask("clerk|--agency|VPCP", method, f"/v1/documents/{document}{path}", json=body),
            404,
            "unknown-document",
        )
    for path in ("/v1/registers/BTC/2026", "/v1/registers/BTC/2026/deadlines"):
        problem(service.ask("clerk|--agency|VPCP", "GET", path), 404, "unknown-register")
    listed = service.ask("clerk|--agency|VPCP", "GET", "/v1/documents").json()["documents"]
    assert {each["agency"] for each in listed} <= {"VPCP"}
    refused = problem(service.send(role="document-system|--agency|VPCP"), 403, "agency-not-yours")
    assert refused["where"] == "metadata.agency"


def test_a_leaders_key_signs_for_its_person_only(service: Service):
    document = service.send().json()["id"]
    problem(service.sign(document, "an.nv", "leader|--person|duc.pm"), 403, "person-not-yours")
    assert service.sign(document, "an.nv", "leader|--person|an.nv").status_code == 200


# --- drafts that are refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 415, "draft-empty"),
        (b"PK\x03\x04 word/document.xml", 415, "not-a-pdf"),
        (b"hello", 415, "not-a-pdf"),
        (draft("quyet-dinh")[:20_000], 422, "draft-truncated"),
    ],
)
def test_what_is_no_whole_pdf_is_refused(service: Service, data: bytes, status: int, code: str):
    problem(service.send(data=data), status, code)


def test_a_draft_that_prints_another_notation_is_refused(service: Service):
    body = problem(service.send(type="TB"), 422, "notation-differs")
    assert body["clause"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"agency": "NOPE"}, 422, "unknown-agency"),
        ({"agency": "BKHDT"}, 422, "agency-dissolved"),
        ({"type": "CV"}, 422, "unknown-type"),
        ({"type": "XX"}, 422, "unknown-type"),
        ({"agency": "VPCP", "type": "XX"}, 422, "unknown-type"),
        ({"type": "HĐ"}, 422, "no-series"),
        ({"type": None, "unit": None}, 422, "unit-missing"),
        ({"normative": True}, 422, "notation-differs"),
        ({"signers": [{"name": "Không Có Ai", "capacity": ["BỘ TRƯỞNG"]}]}, 422, "signer-not-found"),
        ({"signers": []}, 400, "invalid-metadata"),
        ({"signers": "An"}, 400, "invalid-request"),
        ({"colour": "blue"}, 400, "invalid-request"),
        ({"normative": "yes"}, 400, "invalid-request"),
        ({"copies": 1.5}, 400, "invalid-request"),
        ({"urgency": "asap"}, 400, "invalid-request"),
        ({"subject": 7}, 400, "invalid-request"),
        ({"relations": [{"kind": "eats", "reference": "1"}]}, 400, "invalid-request"),
        ({"relations": [{"kind": "answers"}]}, 400, "invalid-metadata"),
        ({"relations": [{"kind": "answers", "document": "x", "reference": "1"}]}, 400, "invalid-metadata"),
        ({"relations": [{"kind": "answers", "document": "0" * 32}]}, 404, "unknown-document"),
        ({"relations": [{"kind": "answers", "reference": "45/TB-VPCP"}] * 21}, 400, "invalid-metadata"),
        ({"attachments": "pl.pdf"}, 400, "invalid-request"),
        ({"attachments": ["pl.pdf"]}, 422, "attachment-missing"),
        ({"places": {"number": {"page": 0, "rect": [0, 0, 1, 1]}}}, 400, "invalid-request"),
        ({"places": {"number": {"page": 1, "rect": [5, 0, 1, 1]}}}, 400, "invalid-request"),
        ({"places": {"number": {"page": 1, "rect": [0, 0, 1]}}}, 400, "invalid-request"),
        ({"places": {"stamp": {"page": 1, "rect": [0, 0, 9, 9]}}}, 400, "invalid-metadata"),
    ],
)
def test_metadata_that_is_wrong_is_refused_naming_it(
    service: Service, changes: dict[str, object], status: int, code: str
):
    body = problem(service.send(**changes), status, code)
    assert body["detail_vi"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"agency": "NOPE"}, "metadata.agency"),
        ({"agency": "BKHDT"}, "metadata.agency"),
        ({"type": "CV"}, "metadata.type"),
        ({"type": "HĐ"}, "metadata.type"),
        ({"copies": 0}, "metadata.copies"),
    ],
)
def test_a_refusal_names_the_part_of_the_metadata(service: Service, changes: dict[str, object], where: str):
    assert service.send(**changes).json()["where"] == where


def test_an_unknown_member_is_named(service: Service):
    assert "metadata.colour" in service.send(colour="blue").json()["where"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid-json"),
        ("{", "invalid-json"),
        ("[]", "invalid-request"),
        ("null", "invalid-request"),
        ('{"agency": "BTC", "agency": "VPCP"}', "invalid-json"),
        ('{"copies": NaN}', "invalid-json"),
        ("[" * 100_000, "invalid-json"),
        ('{"a":' * 20 + "1" + "}" * 20, "invalid-json"),
        ('{"agency": "\\ud800"}', "invalid-json"),
        ('{"\\ud800": 1}', "invalid-json"),
        ('{"agency": "\\ud83d\\ude00"}', "invalid-request"),
    ],
)
def test_json_that_is_none_or_doubtful_is_refused(service: Service, text: str, code: str):
    problem(service.send(said=text), 400, code)


def test_json_that_is_too_large_is_refused(service: Service):
    problem(service.send(said=json.dumps({"subject": "x" * 300_000})), 413, "json-too-large")


def test_forms_that_are_none(service: Service):
    problem(service.ask("document-system", "POST", "/v1/documents", json={}), 415, "multipart-needed")
    said = (None, json.dumps(metadata("quyet-dinh")), "application/json")
    file = ("a.pdf", draft("quyet-dinh"), "application/pdf")
    for parts in (
        [("metadata", said)],
        [("file", file)],
        [("file", file), ("file", file), ("metadata", said)],
        [("file", file), ("metadata", said), ("metadata", said)],
        [("file", file), ("metadata", said), ("seal", file)],
    ):
        problem(service.ask("document-system", "POST", "/v1/documents", files=parts), 400, "invalid-request")
    problem(
        service.ask(
            "document-system",
            "POST",
            "/v1/documents",
            files=[("file", file), ("metadata", said), ("attachment", ("a.docx", b"PK", "x/y"))],
        ),
        415,
        "not-a-pdf",
    )


def test_a_request_that_is_too_large_is_cut_off(service: Service):
    headers = {
        "Authorization": f"Bearer {service.key('auditor')}",
        "Content-Type": "application/pdf",
        "Content-Length": str(10**10),
    }
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as raw:
        raw.sendall(
            b"POST /v1/verify HTTP/1.1\r\nHost: x\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
            + b"\r\nx"
        )
        answer = raw.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")


# --- signing and issuing: bodies -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid-request"),
        ({"role": "agency", "key": "agency-btc"}, 400, "invalid-request"),
        ({"role": "leader", "key": "nobody", "pin": "1234"}, 404, "unknown-key"),
        ({"role": "leader", "key": "an.nv"}, 403, "pin-required"),
        ({"role": "leader", "key": "an.nv", "pin": ""}, 400, "invalid-request"),
        ({"role": "leader", "key": "an.nv", "pin": 1234}, 400, "invalid-request"),
        ({"role": "leader", "key": "an.nv", "pin": "1234", "level": "B-LT"}, 422, "level-not-available"),
        ({"role": "leader", "key": "binh.tt", "pin": "1234"}, 422, "signer-not-named"),
        ({"role": "leader", "key": "agency-btc"}, 403, "key-not-a-persons"),
        ({"role": "leader", "key": "an.nv", "pin": "1234", "actor": {"name": "a"}}, 400, "invalid-request"),
        ({"role": "leader", "key": "an.nv", "pin": "1234", "colour": 1}, 400, "invalid-request"),
    ],
)
def test_signatures_that_cannot_be_made(service: Service, body: dict[str, object], status: int, code: str):
    document = service.send().json()["id"]
    path = f"/v1/documents/{document}/signatures"
    problem(service.ask("document-system", "POST", path, json=body), status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"date": "yesterday"}, 400, "invalid-request"),
        ({"date": "20261121"}, 400, "invalid-request"),
        ({"date": "2026-11-31"}, 400, "invalid-request"),
        ({"date": "2026-11-21T08:00:00"}, 400, "invalid-request"),
        ({"date": "0001-01-01T00:00:00+14:00"}, 400, "invalid-request"),
        ({"date": "1999-01-01"}, 422, "no-rules"),
        ({"date": "2999-01-01"}, 422, "date-in-future"),
        ({"number": True}, 400, "invalid-request"),
        ({"number": ["05"]}, 400, "invalid-request"),
        ({"number": "66.15"}, 422, "bad-number"),
        ({"number": "5 /QĐ-UBND"}, 422, "bad-number"),
        ({"number": "\ud800"}, 400, "invalid-json"),
        ({"number": "05/QĐ-BTC"}, 422, "number-notation-differs"),
        ({"medium": "stone"}, 400, "invalid-request"),
        ({"medium": "paper", "number": "66.15"}, 422, "bad-number"),
        ({"number": 4711}, 422, "number-not-next"),
        ({"day": "2026-01-01"}, 400, "invalid-request"),
    ],
)
def test_orders_to_issue_that_are_refused_take_no_number(
    service: Service, body: dict[str, object], status: int, code: str
):
    document = service.signed("quyet-dinh-xa")
    problem(service.issue(document, **body), status, code)
    shown = service.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert shown["state"] == "signed"
    assert "number" not in shown


def test_an_empty_body_issues_today(service: Service):
    document = service.signed()
    assert service.ask("clerk", "POST", f"/v1/documents/{document}/issue").status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_bodies_of_another_kind_are_refused(service: Service, content_type: str):
    problem(
        service.ask("clerk", "POST", "/v1/documents/x/void", data="{}", headers={"Content-Type": content_type}),
        415,
        "json-needed",
    )
    problem(
        service.ask("auditor", "POST", "/v1/verify", data="x", headers={"Content-Type": content_type}),
        415,
        "pdf-needed",
    )


# --- repeated orders -------------------------------------------------------------------------------------------


def test_the_same_order_again_gets_the_same_answer_and_one_number(service: Service):
    document = service.signed()
    key = {"Idempotency-Key": "order-1"}
    path = f"/v1/documents/{document}/issue"
    first, again = (service.ask("clerk", "POST", path, json={}, headers=key) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(service.ask("clerk", "POST", path, json={"date": "2026-01-01"}, headers=key), 409, "idempotency-key-reused")
    problem(service.ask("clerk", "POST", path, json={}), 409, "already-issued")


def test_a_form_sent_again_is_one_document(service: Service):
    key = {"Idempotency-Key": "form-1"}
    first, again = (service.send("cong-van", headers=key) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    problem(service.send("cong-van", headers=key, subject="khác"), 409, "idempotency-key-reused")
    problem(service.send("cong-van", headers=key, data=draft("quyet-dinh")), 409, "idempotency-key-reused")


def test_a_refused_order_leaves_its_key_free(service: Service):
    document = service.send().json()["id"]
    key = {"Idempotency-Key": "try"}
    path = f"/v1/documents/{document}/issue"
    problem(service.ask("clerk", "POST", path, json={}, headers=key), 409, "leader-missing")
    service.sign(document, "an.nv")
    assert service.ask("clerk", "POST", path, json={}, headers=key).status_code == 200


def test_a_key_is_of_one_caller_and_one_path(service: Service):
    key = {"Idempotency-Key": "shared"}
    one, two = service.signed(), service.signed()
    for document in (one, two):
        assert service.ask("clerk", "POST", f"/v1/documents/{document}/issue", json={}, headers=key).ok
    problem(
        service.ask("clerk|--agency|BTC", "POST", f"/v1/documents/{one}/issue", json={}, headers=key),
        409,
        "already-issued",
    )
    for bad in ("x" * 256, "có dấu".encode()):
        problem(
            service.ask("clerk", "POST", f"/v1/documents/{one}/issue", json={}, headers={"Idempotency-Key": bad}),
            400,
            "invalid-idempotency-key",
        )


# --- what holds everywhere -------------------------------------------------------------------------------------


def test_request_ids_go_through_if_they_are_fit_for_a_log(service: Service):
    def echoed(said: str) -> str:
        answer = requests.get(f"{service.url}/healthz", headers={"X-Request-ID": said}, timeout=10)
        return answer.headers["X-Request-ID"]

    assert echoed("eoffice-42:a.b_c") == "eoffice-42:a.b_c"
    for bad in ("a b", "x" * 129, '{"forged": true}', ""):
        assert re.fullmatch(r"[0-9a-f]{32}", echoed(bad))


@pytest.mark.parametrize("path", ["/v1/documents/x/signatures/sessions", "/tsa/", "/v1/evidence", "/nope", "/v1"])
def test_what_is_not_built_yet_is_absent(service: Service, path: str):
    problem(service.ask("document-system", "POST", path, json={}), 404, "not-found")


def test_methods_that_are_not_there(service: Service):
    answer = service.ask("document-system", "PUT", "/v1/documents/x/signatures", data=b"")
    problem(answer, 405, "method-not-allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("document", ["x", "../etc/passwd", "%00", "a" * 3000, "' OR 1=1 --", "\U0001f4a9"])
def test_strange_ids_are_not_found(service: Service, document: str):
    answer = service.ask("clerk", "GET", f"/v1/documents/{document}")
    assert answer.status_code in (400, 404), answer.text


def test_health_is_open_and_details_are_the_operators(service: Service):
    assert requests.get(f"{service.url}/healthz", timeout=10).json() == {"status": "alive"}
    assert requests.get(f"{service.url}/readyz", timeout=10).json() == {"status": "ready", "store": "ok"}
    assert "tokens" not in service.ask("clerk", "GET", "/readyz").json()
    tokens = service.ask("operator", "GET", "/readyz").json()["tokens"]
    assert {"server-btc", "person-an.nv"} <= {token["name"] for token in tokens if token["present"]}
    text = service.ask("operator", "GET", "/metrics").text
    assert 'antin_token_present{token="server-btc"} 1' in text
    assert "antin_store_up 1" in text


def test_a_part_of_a_form_without_a_name_is_refused(service: Service):
    """Found by schemathesis: such a part has no name to be sorted by."""
    form = service.multipart([])
    form["data"] = form["data"].replace(b'form-data; name="metadata"', b"form-data")
    problem(service.ask("document-system", "POST", "/v1/documents", **form), 400, "invalid-request")


def test_a_number_without_a_fraction_is_whole(service: Service):
    """5.0 is 5, for JSON Schema as for people."""
    said = json.dumps(metadata("quyet-dinh")).removesuffix("}")
    assert service.send(said=said + ', "copies": 3.0}').status_code == 201
    problem(service.send(said=said + ', "copies": 3.5}'), 400, "invalid-request")


def test_the_check_of_a_draft_is_no_document(service: Service):
    """Found by schemathesis: another method at its address was answered as for a document called “check”."""
    answer = service.ask("clerk", "GET", "/v1/documents/check")
    problem(answer, 405, "method-not-allowed")
    assert "POST" in answer.headers["Allow"]
