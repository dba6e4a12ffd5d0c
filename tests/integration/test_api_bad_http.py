"""What goes wrong on the wire: framing, heads, bodies that lie, clients that hang up. Each has its answer."""

import json
import re
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from signer import storage
from signer.settings import load_settings

from .conftest import Service, annexes, draft, head, metadata, one, sending, whole

VERIFY = "POST /v1/verify"
PDF = "Content-Type: application/pdf"
JSON = "Content-Type: application/json"


def answers(service: Service, data: bytes) -> list[int]:
    """The statuses of all that comes back until the other side ends the connection."""
    with sending(service, data) as (connection,):
        connection.shutdown(socket.SHUT_WR)
        got = whole(connection)
    return [int(each[:3]) for each in got.split(b"HTTP/1.1 ")[1:]]


def told(service: Service, data: bytes) -> tuple[int, str]:
    """Status and code of the one problem that comes back."""
    with sending(service, data) as (connection,):
        got = one(connection)
    fields, _, body = got.partition(b"\r\n\r\n")
    assert b"application/problem+json" in fields
    said = json.loads(body)
    assert said["detail"] == f"{said['detail_vi']} / {said['detail_en']}"
    return int(got.split()[1]), said["code"]


# --- framing: one request is one request (RFC 9112, 6.3 and 11.2)

INNER = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "fields",
    [
        (f"Content-Length: {len(INNER)}", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Content-Length: 5", f"Content-Length: {len(INNER)}"),
        ("Content-Length: 5, 40",),
        ("Content-Length: +5",),
        ("Content-Length: -5",),
        ("Content-Length: 0x5",),
        ("Content-Length : 5",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding:\tchunked\x0b",),
        ("X: y\r\n Content-Length: 5",),
        ("X: y\rContent-Length: 5",),
        ("X: y\nContent-Length: 5",),
        ("X: y\x00z",),
    ],
    ids=repr,
)
def test_a_request_that_two_readers_could_read_differently_is_no_request(service: Service, fields: tuple[str, ...]):
    """Refused, the connection ended, and what follows it is never taken for a request."""
    got = answers(service, head(service, PDF, *fields, line=VERIFY) + b"0\r\n\r\n" + INNER)
    assert len(got) == 1
    assert got[0] in (400, 501)


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\n%PDF-",
        b"5\r\n%PDF-XX0\r\n\r\n",
        b"-5\r\n%PDF-\r\n0\r\n\r\n",
        b"5 5\r\n%PDF-\r\n0\r\n\r\n",
        b"0x5\r\n%PDF-\r\n0\r\n\r\n",
        b"zz\r\n",
        b"5;\x00\r\n%PDF-\r\n0\r\n\r\n",
        b"9" * 10_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_chunks_that_lie_are_a_fault_of_the_request(service: Service, body: bytes):
    got = answers(service, head(service, PDF, "Transfer-Encoding: chunked", line=VERIFY) + body)
    assert got == [400]


def test_chunks_that_are_right_are_read(service: Service):
    asked = head(service, PDF, "Transfer-Encoding: chunked", line=VERIFY) + b"3\r\n%PD\r\n2;x=y\r\nF-\r\n0\r\n\r\n"
    assert answers(service, asked + INNER) == [200, 200]


def test_a_body_longer_than_announced_is_not_read_on(service: Service):
    body = b'{"reason": "x"}'
    asked = head(service, JSON, f"Content-Length: {len(body)}", line="POST /v1/documents/x/void", role="clerk") + body
    assert answers(service, asked + b', "more": 1}') == [404]  # the rest is no request, and is not told of twice
    assert answers(service, asked + b'{"more": 1}\r\n\r\n') == [404, 400]
    assert answers(service, asked + INNER) == [404, 200]


def test_a_body_shorter_than_announced_changes_nothing(service: Service):
    document = service.send().json()["id"]
    body = b'{"reason": "x"}'
    line = f"POST /v1/documents/{document}/reject"
    for length in (len(body) + 1, 100_000):
        asked = head(service, JSON, f"Content-Length: {length}", line=line, role="clerk")
        assert answers(service, asked + body) == [400]
    assert service.ask("auditor", "GET", f"/v1/documents/{document}").json()["state"] == "prepared"


# --- heads


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 40_000 + b"\r\n\r\n", 431, "head-too-large"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 65 + b"\r\n", 431, "head-too-large"),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 431, "head-too-large"),
        (b"GET / HTTP/1.1\r\nExpect: miracles\r\n\r\n", 417, "expectation-failed"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "invalid-http"),
        (b"GET /healthz HTTP/1.1\r\nX: y\r\n\r\n", 400, "invalid-http"),
        (b"GET / HTTP/9.9\r\n\r\n", 400, "invalid-http"),
        (b"GET  / HTTP/1.1\r\n\r\n", 400, "invalid-http"),
        (b"GET /\x00 HTTP/1.1\r\n\r\n", 400, "invalid-http"),
        (b"g\xc3\xa9t / HTTP/1.1\r\n\r\n", 400, "invalid-http"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "invalid-http"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "invalid-http"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else None,
)
def test_heads_that_are_none(service: Service, data: bytes, status: int, code: str):
    assert told(service, data) == (status, code)


@pytest.mark.parametrize("data", [b"GET / HTTP/9.9\r\n\r\n", b"X" * 40_000], ids=["by a thread", "by the loop"])
def test_the_log_knows_the_id_that_a_refusal_tells(service: Service, data: bytes):
    with sending(service, data) as (connection,):
        body = json.loads(one(connection).partition(b"\r\n\r\n")[2])
    lines = [json.loads(line) for line in service.log.read_text().splitlines() if body["request_id"] in line]
    assert [(each["level"], each["status"]) for each in lines] == [("warning", body["status"])]


def test_no_address_leads_to_where_the_host_field_says(service: Service):
    for path in (b"//v1//documents", b"//evil.example/v1/documents", b"/healthz/", b"/./healthz"):
        with sending(service, b"GET " + path + b" HTTP/1.1\r\nHost: evil.example\r\n\r\n") as (connection,):
            got = one(connection)
        assert b"evil.example" not in got
        assert got.startswith(b"HTTP/1.1 404")


def test_http_1_0_is_answered_and_ended(service: Service):
    asked = head(service, line="GET /v1/documents").replace(b"HTTP/1.1", b"HTTP/1.0")
    with sending(service, asked) as (connection,):
        got = whole(connection)
    assert b"200 OK" in got.partition(b"\r\n")[0]
    assert b"\r\nConnection: close\r\n" in got


def test_who_passes_on_others_requests_cannot_say_whose_path_it_is(service: Service):
    """What the server would take for its own variables does not come from a header."""
    fields = ("SCRIPT_NAME: /v1", "PATH_INFO: /metrics", "X-Forwarded-Proto: https")
    with sending(service, head(service, *fields, line="GET /v1/documents")) as (connection,):
        assert one(connection).startswith(b"HTTP/1.1 200")


# --- bodies


DEEP = b'{"reason": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (DEEP, "invalid-json"),
        (b'{"reason": ' * 10_000 + b"1" + b"}" * 10_000, "invalid-json"),
        (b'{"reason": "\xff\xfe"}', "invalid-json"),
        ('{"reason": "x"}'.encode("utf-16"), "invalid-json"),
        (b"\xef\xbb\xbf" + b'{"reason": "x"}', "invalid-json"),
        (b'{"reason": "x", "reason": "y"}', "invalid-json"),
        (b'{"reason": "x", "re\\u0061son": "y"}', "invalid-json"),
        (b'{"reason": 1e999}', "invalid-request"),
        (b'{"reason": ' + b"9" * 5000 + b"}", "invalid-json"),
        (b'{"reason": "x"} {}', "invalid-json"),
        (b'{"reason": "\x00"}', "invalid-json"),
        (json.dumps({f"field{n}": n for n in range(10_000)}).encode(), "invalid-request"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value,
)
def test_json_that_is_doubtful_or_endless(service: Service, body: bytes, code: str):
    answer = service.ask(
        "clerk", "POST", "/v1/documents/x/void", data=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_nul_in_a_text_is_refused_wherever_it_would_be_stored(service: Service):
    document = service.send().json()["id"]
    answer = service.ask("clerk", "POST", f"/v1/documents/{document}/reject", json={"reason": "a\x00b"})
    assert answer.status_code in (400, 422), answer.text
    assert service.send(subject="Về việc\x00").status_code in (400, 422)


def test_ten_thousand_fields_of_metadata(service: Service):
    many = metadata("quyet-dinh") | {f"field{n}": n for n in range(10_000)}
    answer = service.send(said=many)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")
    assert answer.json()["where"].startswith("metadata.field")


def test_ten_thousand_parts_of_a_form(service: Service):
    form = service.multipart([("metadata", None, b"{}")] * 10_000)
    answer = service.ask("document-system", "POST", "/v1/documents", **form)
    assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")


def test_a_file_in_a_part_without_a_name(service: Service):
    body = b'--x\r\nContent-Disposition: form-data; filename="a.pdf"\r\n\r\n%PDF-\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = service.ask("document-system", "POST", "/v1/documents", data=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/mixed; boundary=x",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 5000,
    ],
)
def test_forms_of_a_wrong_type_or_without_an_end(service: Service, content_type: str):
    answer = service.ask(
        "document-system", "POST", "/v1/documents", data=b"--x\r\n\r\nxx", headers={"Content-Type": content_type}
    )
    assert answer.status_code in (400, 415), answer.text
    assert answer.json()["code"] in ("multipart-needed", "invalid-request")


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nX-Injected: 1.pdf",
        'a"; filename="b.pdf',
        "..\\..\\x.pdf",
        "../../etc/passwd.pdf",
        "a\x00.pdf",
        "\u202efdp.exe",
    ],
)
def test_a_file_name_cannot_write_a_header_or_a_path(service: Service, name: str):
    (_, first), second = annexes()
    said = metadata("cong-van-kem-phu-luc")
    parts = [
        ("file", ("d.pdf", draft("cong-van-kem-phu-luc"), "application/pdf")),
        ("metadata", (None, json.dumps(said), "application/json")),
        ("attachment", (name, first, "application/pdf")),
        ("attachment", (*second, "application/pdf")),
    ]
    sent = service.ask("document-system", "POST", "/v1/documents", files=parts)
    if sent.status_code != 201:
        assert sent.status_code in (400, 422), sent.text
        return
    answer = service.ask("auditor", "GET", f"/v1/documents/{sent.json()['id']}/files/2")
    assert answer.status_code == 200
    assert "X-Injected" not in answer.headers
    disposition = answer.headers["Content-Disposition"]
    assert re.fullmatch(r"""inline; filename="[^"\\/]*"(; filename\*=UTF-8''[\w.~!#$&+^`|%-]+)?""", disposition)


# --- keys


def test_a_key_that_has_expired_no_longer_opens(service: Service):
    database = storage.open_database(load_settings(service.provisioned.service).store)
    try:
        keys = storage.open_api_keys(database)
        now = datetime.now(UTC)
        ended = keys.add("ended", "auditor", None, expires_at=now - timedelta(seconds=1))
        soon = keys.add("ends soon", "auditor", None, expires_at=now + timedelta(seconds=3))
    finally:
        database.close()

    def status(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return requests.get(f"{service.url}/v1/documents", headers=headers, timeout=60).status_code

    assert status(ended) == 401
    deadline = time.monotonic() + 60
    while status(soon) == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert datetime.now(UTC) >= now + timedelta(seconds=3)


# --- clients that hang up


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("reading", [0, 20], ids=["before the answer", "in mid-answer"])
def test_who_hangs_up_loses_no_document_and_the_repetition_gives_it(service: Service, reading: int, reset: bool):
    document = service.signed()
    body = json.dumps({"actor": service.clerk(document)}).encode()
    key = f"hang-up-{reading}-{reset}"
    line = f"POST /v1/documents/{document}/issue"
    fields = (JSON, f"Idempotency-Key: {key}", f"Content-Length: {len(body)}")
    with sending(service, head(service, *fields, line=line, role="clerk") + body) as (connection,):
        if reading:
            assert connection.recv(reading) == b"HTTP/1.1 200 OK\r\nServer: gunicorn"[:reading]
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    again = service.ask("clerk", "POST", line.split()[1], data=body, headers=headers)
    assert again.status_code == 200, again.text
    third = service.ask("clerk", "POST", line.split()[1], data=body, headers=headers)
    assert third.content == again.content
    assert third.headers["Idempotency-Replayed"] == "true"
    shown = service.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert (shown["state"], shown["number"]) == ("issued", again.json()["number"])
    assert service.content(document).startswith(b"%PDF")


def test_who_hangs_up_in_the_middle_of_a_file_disturbs_nobody(service: Service):
    document = service.issued()
    asked = head(service, line=f"GET /v1/documents/{document}/content")
    before = len(service.log.read_text())
    for _ in range(20):
        with sending(service, asked) as (connection,):
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert service.content(document).startswith(b"%PDF")
    assert not re.search(r"Traceback|\"level\": \"(error|warning)\"", service.log.read_text()[before:])


def test_an_unread_body_is_never_the_next_request(service: Service):
    """Found by schemathesis: what a refused order had still to send was read as a request of its own."""
    body = draft("cong-van-kem-phu-luc")

    def refused(_line: int) -> list[int]:
        with requests.Session() as session:
            return [session.put(f"{service.url}/v1/verify", data=body, timeout=30).status_code for _ in range(75)]

    with ThreadPoolExecutor(4) as pool:
        statuses = [status for each in pool.map(refused, range(4)) for status in each]
    assert set(statuses) == {405}
