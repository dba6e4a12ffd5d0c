"""How the client calls: what it sends where, what it repeats, what it keeps to itself. The servers are real sockets."""

import hashlib
import io
import json
import logging
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import traceback
import typing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from email.utils import format_datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import signer.client
from signer.client import Client, Damaged, Problem, Unreachable, answers
from signer.client.form import BLOCK, form
from signer.web.schemas import SCHEMAS
from tests.support.proxy import Told, http, whole

KEY, PIN = "antin-secret-of-a-test", "7391"
READY = json.dumps({"status": "ready", "store": "ok"}).encode()
SHA_OF_PDF = "0716f9264c9fe19f5d7455276107f3ddcc1d3497f63d60689a73558ae8a1bf5e"


@contextmanager
def told(*replies: bytes, patience: float = 60, timeout: float = 20) -> Iterator[tuple[Client, Told]]:
    server = Told(*replies)
    try:
        with Client(server.url, api_key=KEY, patience=patience, timeout=timeout) as client:
            yield client, server
    finally:
        server.close()


def problem(status: int, code: str, **more: object) -> bytes:
    body = {"status": status, "code": code, "detail_vi": "Không.", "detail_en": "no", "request_id": "r1", **more}
    return http(status, json.dumps(body).encode(), ["Content-Type: application/problem+json"])


SIGNED = http(200, json.dumps({"state": "signed"}).encode())


def keys(server: Told) -> list[str]:
    heads = [BytesParser(policy=HTTP).parsebytes(each.partition(b"\r\n")[2]) for each in server.requests]
    return [str(head["Idempotency-Key"]) for head in heads]


# --- what is repeated


@pytest.mark.parametrize(
    "first",
    [
        problem(409, "idempotency-in-progress"),
        http(429, b"", ["Retry-After: 0"]),
        http(503, b"", ["Retry-After: 1"]),
        http(503, b"", [f"Retry-After: {format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)}"]),
        http(502, b"<html>"),
        http(504, b""),
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"nonsense\r\n\r\n",
    ],
    ids=["in progress", "429", "503", "503 date", "502", "504", "closed", "cut", "cut chunk", "no http"],
)
def test_an_order_that_got_no_answer_is_sent_again_with_its_key(first: bytes):
    with told(first, SIGNED) as (client, server):
        assert client.reject("a" * 32, "sai")["state"] == "signed"
    assert len(server.requests) == 2
    assert len(set(keys(server))) == 1
    assert len(keys(server)[0]) >= 22
    ids = [each.partition(b"X-Request-ID: ")[2].partition(b"\r\n")[0] for each in server.requests]
    assert [each.rpartition(b".")[2] for each in ids] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "invalid-request"),
        (401, "api-key-unknown"),
        (403, "pin-incorrect"),
        (404, "unknown-document"),
        (409, "leader-missing"),
        (409, "idempotency-key-reused"),
        (413, "file-too-large"),
        (422, "notation-differs"),
        (500, "internal-error"),
    ],
)
def test_what_was_refused_is_not_asked_again(status: int, code: str):
    findings = [{"code": code, "severity": "error", "clause": "Điều 1", "message": {"vi": "Không.", "en": "no"}}]
    refusal = problem(status, code, clause="Điều 1", where="key", findings=findings)
    with told(refusal, SIGNED) as (client, server), pytest.raises(Problem) as refused:
        client.sign("a" * 32, "an.nv", pin=PIN, idempotency_key="order-7")
    error = refused.value
    assert len(server.requests) == 1
    assert (error.status, error.code, error.detail_vi, error.detail_en) == (status, code, "Không.", "no")
    assert (error.clause, error.where, error.request_id, error.retry_after) == ("Điều 1", "key", "r1", None)
    assert error.findings == tuple(findings)
    assert (error.attempts, error.idempotency_key) == (1, "order-7")


def test_each_order_has_its_own_key_and_the_callers_goes_first():
    with told(SIGNED, SIGNED, SIGNED) as (client, server):
        client.void("a" * 32, "sai")
        client.void("a" * 32, "sai")
        client.void("a" * 32, "sai", idempotency_key="mine")
        assert keys(server)[2] == "mine"
        assert len(set(keys(server))) == 3
        for bad in ("", "a b", "x" * 256, "é", "a\nb"):
            with pytest.raises(ValueError, match="Idempotency-Key"):
                client.void("a" * 32, "sai", idempotency_key=bad)


def test_a_wait_that_is_longer_than_patience_is_told_at_once():
    with (
        told(http(503, b"", ["Retry-After: 3600"]), patience=30) as (client, server),
        pytest.raises(Problem) as refused,
    ):
        client.void("a" * 32, "sai")
    assert (refused.value.retry_after, refused.value.attempts, len(server.requests)) == (3600.0, 1, 1)


def test_patience_ends():
    with told(*[http(503, b"", ["Retry-After: 0"])] * 60, patience=1.5) as (client, server):
        with pytest.raises(Problem) as refused:
            client.void("a" * 32, "sai")
        server.close()
    assert refused.value.status == 503
    assert 2 <= refused.value.attempts == len(server.requests) < 60


def test_patience_that_a_wait_has_used_up_ends_as_patience_does():
    with Client("http://127.0.0.1:9", api_key=KEY, patience=1e-9) as client, pytest.raises(Unreachable):
        client.health()


def test_an_answer_that_never_ends_is_given_up():
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        caller, _ = server.accept()
        with caller, suppress(OSError):
            whole(caller)
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not stop.wait(0.05):
                caller.sendall(b" ")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        with (
            Client(f"http://127.0.0.1:{server.getsockname()[1]}", patience=1) as client,
            pytest.raises(Unreachable, match="in time") as failed,
        ):
            client.show("a" * 32)
    finally:
        stop.set()
        server.close()
        thread.join(10)
    assert failed.value.request_id.endswith(".1")


def test_a_pin_is_not_sent_over_and_over_when_answers_are_lost():
    """A wrong PIN whose refusal is lost would else use up the token's tries."""
    with told(b"", b"", SIGNED) as (client, server):
        with pytest.raises(Unreachable) as failed:
            client.sign("a" * 32, "an.nv", pin=PIN, idempotency_key="k")
        assert (failed.value.attempts, len(server.requests)) == (2, 2)
        # The caller may, with the same key: he knows whether the PIN was right.
        assert client.sign("a" * 32, "an.nv", pin=PIN, idempotency_key="k")["state"] == "signed"


def test_a_service_that_is_not_there_is_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with Client(url, patience=5) as client, pytest.raises(Unreachable, match="ConnectionRefusedError") as failed:
        client.sign("a" * 32, "an.nv", pin=PIN)
    assert failed.value.attempts > 2  # nothing reached a token: the PIN's bound does not count these
    with Client(url) as client:
        later = threading.Timer(0.3, _ready_at, [url])
        later.start()
        assert client.health() == {"status": "ready", "store": "ok"}
        later.join()


def _ready_at(url: str) -> None:
    server = socket.create_server(("127.0.0.1", int(url.rpartition(":")[2])), reuse_port=False)
    with server:
        caller, _ = server.accept()
        with caller:
            whole(caller)
            caller.sendall(http(200, READY))


def test_health_is_an_answer_even_where_it_is_bad():
    bad = json.dumps({"status": "not-ready", "store": "store-unavailable"}).encode()
    with told(http(503, bad)) as (client, server):
        assert client.health()["store"] == "store-unavailable"
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"\xff\xfe"])
def test_an_answer_that_is_not_the_services_is_told(body: bytes):
    with told(http(200, body)) as (client, _), pytest.raises(Unreachable, match="no JSON"):
        client.show("a" * 32)


# --- where it goes


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_key(status: int):
    with told(SIGNED) as (_, other):
        away = http(status, b"", [f"Location: {other.url}/v1/x"])
        with told(away) as (client, server), pytest.raises(Problem) as refused:
            client.void("a" * 32, "sai")
        assert (refused.value.status, refused.value.code) == (status, "redirected")
        assert (len(server.requests), other.requests) == (1, [])
        with socket.create_connection(("127.0.0.1", int(other.url.rpartition(":")[2]))) as last:
            last.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert whole(last)


@pytest.mark.parametrize(
    "url",
    [
        "http://antin.example.gov.vn",
        "http://10.0.0.7:8080",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "https://",
        "https://an:x@antin.example.gov.vn",
        "https://antin.example.gov.vn/?a=b",
        "https://antin.example.gov.vn/#a",
    ],
)
def test_an_address_that_keys_must_not_go_to_is_refused(url: str):
    with pytest.raises(ValueError, match=r"http|service"):
        Client(url, api_key=KEY)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1/", "http://[::1]:1", "https://a.vn/antin/"])
def test_addresses_that_are_called(url: str):
    assert repr(Client(url, api_key=KEY)) == f"Client('{url.rstrip('/')}')"


def test_plain_http_elsewhere_only_if_asked_for():
    Client("http://antin.example.gov.vn", api_key=KEY, plain_http=True)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, its own root."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "antin")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path_factory.mktemp("tls") / "tls.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem


@contextmanager
def over_tls(pem: Path) -> Iterator[tuple[str, list[object]]]:
    """A server that wants a client's certificate, once; its address, and whose certificate came."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.load_verify_locations(pem)
    context.verify_mode = ssl.CERT_OPTIONAL
    server = socket.create_server(("127.0.0.1", 0))
    came: list[object] = []

    def serve() -> None:
        with suppress(OSError):
            caller, _ = server.accept()
            with caller, context.wrap_socket(caller, server_side=True) as wrapped:
                whole(wrapped)
                came.append((wrapped.getpeercert() or {}).get("subject"))
                wrapped.sendall(http(200, READY))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.getsockname()[1]}", came
    server.close()
    thread.join(10)


def test_tls_is_verified(tls: Path):
    with (
        over_tls(tls) as (url, came),
        Client(url, api_key=KEY) as client,
        pytest.raises(Unreachable, match="certificate is not trusted") as failed,
    ):
        client.health()
    assert (failed.value.attempts, came) == (1, [])


def test_a_client_may_be_known_by_its_certificate(tls: Path):
    with over_tls(tls) as (url, came), Client(url, ca=tls, certificate=tls) as client:
        assert client.health()["status"] == "ready"
    assert came == [((("commonName", "antin"),),)]


def test_nothing_is_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A proxy of the environment would read PINs that are meant for loopback; ~/.netrc would replace the key."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with told(http(200, READY, ["Set-Cookie: a=b"]), http(200, READY)) as (client, server):
        client.health()
        client.health()
    assert f"Authorization: Bearer {KEY}\r\n".encode() in server.requests[0]
    assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize("document", ["", ".", ".."])
def test_an_id_is_one_part_of_the_address(document: str):
    with Client("http://127.0.0.1:1") as client, pytest.raises(ValueError, match="an id"):
        client.show(document)


def test_an_id_from_elsewhere_stays_an_id():
    with told(http(200, b"{}")) as (client, server):
        client.show("../registers/BTC/2026?format=csv#x")
    line = server.requests[0].partition(b"\r\n")[0]
    assert line == b"GET /v1/documents/..%2Fregisters%2FBTC%2F2026%3Fformat%3Dcsv%23x HTTP/1.1"


def page(name: str, *members: str, after: str | None) -> bytes:
    return http(200, json.dumps({name: [{"position": each} for each in members], "next": after}).encode())


def test_pages_are_asked_for_as_they_are_needed():
    with told(page("events", "1", "2", after="2"), page("events", "3", after="3"), page("events", after="3")) as (
        client,
        server,
    ):
        happened = client.events()
        assert next(happened)["position"] == "1"
        assert len(server.requests) == 1
        assert [each["position"] for each in happened] == ["2", "3"]
    lines = [each.partition(b" HTTP")[0] for each in server.requests]
    assert lines == [b"GET /v1/events", b"GET /v1/events?after=2", b"GET /v1/events?after=3"]
    with told(page("rows", "1", after="x=="), page("rows", "2", after=None)) as (client, server):
        assert client.register("BTC", 2026) == {"rows": [{"position": "1"}, {"position": "2"}]}
    assert server.requests[1].startswith(b"GET /v1/registers/BTC/2026?after=x%3D%3D HTTP")


# --- what it keeps to itself


@pytest.mark.parametrize("replies", [(), (problem(403, "pin-incorrect"),), (b"", b""), (http(302, b""),)])
def test_key_and_pin_are_in_no_text(replies: tuple[bytes, ...], caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with told(*replies, patience=1, timeout=0.3) as (client, _):
        with pytest.raises((Problem, Unreachable)) as failed:
            client.sign("a" * 32, "an.nv", pin=PIN)
        words = [repr(client), str(vars(client)), repr(vars(client._transport)), caplog.text]
    error: BaseException | None = failed.value
    while error is not None:
        words += [repr(error), str(vars(error)), *traceback.format_exception(error)]
        error = error.__cause__ or error.__context__
    assert not any(secret in text for secret in (KEY, PIN) for text in words)


@pytest.mark.parametrize("key", ["", "a b", "a\n", "khóa", "a\r\nX: y"])
def test_a_key_that_is_none_is_refused_without_being_told(key: str):
    with pytest.raises(ValueError, match="printable ASCII") as refused:
        Client("http://127.0.0.1:1", api_key=key)
    assert not key or key not in str(refused.value)


# --- files


def test_a_form_says_the_same_each_time_it_is_sent(tmp_path: Path):
    path = tmp_path / "dự thảo.pdf"
    path.write_bytes(os.urandom(2 * BLOCK + 7))
    stream = io.BytesIO(b"skipped%PDF-1.7")
    stream.seek(7)
    named = ('Phụ lục "1"\r\nX: y.pdf', b"%PDF-1.4")
    with form(path, [stream, named], '{"agency":"BTC"}') as body:
        first, second = b"".join(body), b"".join(body)
        assert first == second
        assert len(first) == len(body)
        message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {body.content_type}\r\n\r\n".encode() + first)
    parts = [
        (each.get_param("name", header="content-disposition"), each.get_payload(decode=True))
        for each in message.iter_parts()
    ]
    assert parts == [
        ("metadata", b'{"agency":"BTC"}'),
        ("file", path.read_bytes()),
        ("attachment", b"%PDF-1.7"),
        ("attachment", b"%PDF-1.4"),
    ]
    assert 'filename="dự thảo.pdf"'.encode() in first
    assert 'filename="Phụ lục %221%22%0D%0AX: y.pdf"'.encode() in first
    assert b"\nX: y" not in first


def test_a_form_that_meets_trouble_on_the_way_is_sent_again_whole(tmp_path: Path):
    path = tmp_path / "draft.pdf"
    path.write_bytes(b"%PDF-1.7" + bytes(BLOCK))
    prepared = http(201, json.dumps({"id": "x"}).encode())
    with told(b"", prepared) as (client, server):
        client.prepare(path, {"agency": "BTC"})
    bodies = [each.partition(b"\r\n\r\n")[2] for each in server.requests]
    assert bodies[0] == bodies[1]
    assert path.read_bytes() in bodies[0]


def test_a_stream_that_cannot_be_sent_twice_is_refused():
    reading, writing = os.pipe()
    os.close(writing)
    with (
        os.fdopen(reading, "rb") as pipe,
        Client("http://127.0.0.1:1") as client,
        pytest.raises(ValueError, match="second time"),
    ):
        client.prepare(pipe, {})


def test_a_file_that_is_not_there_or_shrinks_is_a_matter_of_files(tmp_path: Path):
    with Client("http://127.0.0.1:1") as client, pytest.raises(FileNotFoundError):
        client.prepare(tmp_path / "none.pdf", {})

    class Shrinking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 10)) if self.tell() < 20 else b""

    with told(SIGNED) as (client, _), pytest.raises(OSError, match="became shorter") as failed:
        client.prepare(Shrinking(bytes(1000)), {})
    assert not isinstance(failed.value, ConnectionError)


_BOTH_WAYS = r"""
import re, sys
from pathlib import Path
from signer.client import Client
with Client(sys.argv[1]) as client:
    client.prepare(sys.argv[2], {"agency": "BTC"})
    client.content("a" * 32, sys.argv[3])
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""
BIG = 300_000_000


def test_300_megabytes_go_both_ways_in_bounded_memory(tmp_path: Path):
    big, back = tmp_path / "big.pdf", tmp_path / "back.pdf"
    with big.open("wb") as out:
        out.truncate(BIG)
    with big.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    server = socket.create_server(("127.0.0.1", 0))
    taken: list[int] = []

    def serve() -> None:
        caller, _ = server.accept()
        with caller:
            data = caller.recv(65536)
            length = int(data.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            got = len(data.partition(b"\r\n\r\n")[2])
            while got < length:
                got += len(caller.recv(1 << 20))
            taken.append(got)
            caller.sendall(http(201, b'{"id": "x"}'))
        caller, _ = server.accept()
        with caller, big.open("rb") as content:
            whole(caller)
            caller.sendall(f'HTTP/1.1 200 OK\r\nContent-Length: {BIG}\r\nETag: "{digest}"\r\n\r\n'.encode())
            caller.sendfile(content)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ran = subprocess.run(
        [sys.executable, "-c", _BOTH_WAYS, f"http://127.0.0.1:{server.getsockname()[1]}", big, back],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    thread.join(60)
    server.close()
    assert taken[0] > back.stat().st_size == BIG
    back.unlink()
    assert int(ran.stdout) < 64 * 1024  # kilobytes at the most ever, Python and requests with them


def pdf(sha256: str = SHA_OF_PDF, body: bytes = b"%PDF-1.7\n") -> bytes:
    named = "Content-Disposition: inline; filename=\"Phu luc.pdf\"; filename*=UTF-8''Ph%E1%BB%A5%20l%E1%BB%A5c.pdf"
    return http(200, body, [f'ETag: "{sha256}"', named])


def test_what_is_fetched_is_kept_if_it_is_whole(tmp_path: Path):
    target = tmp_path / "a.pdf"
    target.write_bytes(b"before")
    whole_answer = pdf()
    with told(whole_answer[:-3], whole_answer) as (client, _):
        saved = client.content("a" * 32, target)
    assert (saved.name, saved.sha256, saved.size, saved.path) == ("Phụ lục.pdf", SHA_OF_PDF, 9, target)
    assert target.read_bytes() == b"%PDF-1.7\n"
    assert [each.name for each in tmp_path.iterdir()] == ["a.pdf"]


@pytest.mark.parametrize("reply", [pdf(body=b"%PDF-1.8\n"), http(200, b"%PDF-1.7\n"), http(200, b"", ['ETag: "x"'])])
def test_a_file_that_is_another_is_not_kept(tmp_path: Path, reply: bytes):
    target = tmp_path / "a.pdf"
    target.write_bytes(b"before")
    with told(reply) as (client, _), pytest.raises(Damaged):
        client.file("a" * 32, 1, target)
    assert target.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.pdf"]


def test_a_link_and_a_pipe_are_written_to(tmp_path: Path):
    (tmp_path / "link.pdf").symlink_to(tmp_path / "real.pdf")
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()), daemon=True)
    reader.start()
    with told(pdf(), pdf()) as (client, _):
        client.content("a" * 32, tmp_path / "link.pdf")
        client.content("a" * 32, tmp_path / "pipe")
    reader.join(10)
    assert (tmp_path / "link.pdf").is_symlink()
    assert (tmp_path / "real.pdf").read_bytes() == got[0] == b"%PDF-1.7\n"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path):
    with told(pdf()) as (client, _), pytest.raises(FileNotFoundError) as failed:
        client.content("a" * 32, tmp_path / "none" / "a.pdf")
    assert failed.value.filename == str(tmp_path / "none" / "a.pdf")


# --- as a library


def test_the_folder_can_be_taken_under_another_name(tmp_path: Path):
    shutil.copytree(Path(signer.client.__file__).parent, tmp_path / "antin_client")
    code = "import antin_client, sys; assert 'signer' not in sys.modules; print(antin_client.Client.__module__)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert ran.stdout == "antin_client.client\n"


SHAPES: dict[str, type] = {
    "Actor": answers.Actor,
    "ActorSaid": answers.ActorSaid,
    "CheckReport": answers.Checked,
    "Copied": answers.Copied,
    "Change": answers.Change,
    "Deadlines": answers.Deadlines,
    "Document": answers.Document,
    "Ended": answers.Ended,
    "Event": answers.Event,
    "File": answers.File,
    "FileFinding": answers.FileFinding,
    "Finding": answers.Finding,
    "Issued": answers.Issued,
    "Late": answers.Late,
    "OnPaper": answers.OnPaper,
    "Place": answers.Place,
    "Prepared": answers.Prepared,
    "Ready": answers.Ready,
    "Register": answers.Register,
    "RegisterRow": answers.Row,
    "Related": answers.Related,
    "Relation": answers.Relation,
    "Report": answers.Report,
    "RowWithHistory": answers.RowWithHistory,
    "Signature": answers.Signature,
    "SignatureReport": answers.SignatureReport,
    "Signed": answers.Signed,
    "Summary": answers.Summary,
    "TimeStamp": answers.TimeStamp,
    "Token": answers.Token,
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_the_client_promises_the_service_tells(name: str):
    hints = typing.get_type_hints(SHAPES[name], include_extras=True)
    sure = {key for key, hint in hints.items() if typing.get_origin(hint) is not typing.NotRequired}
    schema: dict[str, typing.Any] = dict(SCHEMAS[name])
    assert set(hints) <= set(schema["properties"])
    assert sure <= set(schema["required"])


def test_every_shape_of_an_answer_is_compared():
    public = {each for each in vars(answers).values() if typing.is_typeddict(each)}
    assert public - set(SHAPES.values()) == {answers.Message, answers.Numbered, answers.Signer}
