"""``POST /tsa`` of a running service, as strangers use it: OpenSSL, curl, rfc3161-client, rfc3161ng, and bad input."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from asn1crypto import core, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response

from signer.settings import load_settings
from signer.web.tsa import MAX_QUERY, QUERY, REPLY
from tests.support.ntp_server import Fake, serving

from .conftest import Service, eventually, head, one, sending
from .test_api_observed import lines, measured
from .test_api_requests import problem
from .test_clock_serving import QUICK, with_clock

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # pyasn1's old names, in the library
    import rfc3161ng

POLICY = "1.3.6.1.4.1.99999.1"
DATA = "Quyết định số 01/QĐ-BTC".encode()
ASKED = TimestampRequestBuilder().data(DATA).build().as_bytes()


def post(service: Service, data: bytes = ASKED, kind: str | None = QUERY, **headers: str) -> requests.Response:
    said = headers | ({"Content-Type": kind} if kind else {})
    return requests.post(f"{service.url}/tsa", data=data, headers=said, timeout=30)


def outcome(answer: requests.Response) -> str:
    """ "granted", or the PKIFailureInfo; always with 200 and the media type of RFC 3161."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, REPLY), answer.text
    status = tsp.PKIStatusInfo.load(core.load(answer.content, strict=True)[0].dump(), strict=True)
    if status["status"].native == "granted":
        return "granted"
    assert status["status"].native == "rejection"
    (failure,) = status["fail_info"].native
    return str(failure)


def openssl(*arguments: object, check: bool = True) -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert not check or done.returncode == 0, said
    return said


# --- other people's programs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", ["-sha256", "-sha384", "-sha512"])
def test_openssl_and_curl(service: Service, tmp_path: Path, digest: str) -> None:
    data, query, reply = (tmp_path / name for name in ("data", "data.tsq", "data.tsr"))
    data.write_bytes(DATA)
    openssl("ts", "-query", "-data", data, digest, "-cert", "-out", query)
    done = subprocess.run(
        ["curl", "-sS", "-f", "-H", f"Content-Type: {QUERY}", "--data-binary", f"@{query}", f"{service.url}/tsa"],
        capture_output=True,
        check=True,
    )
    reply.write_bytes(done.stdout)
    root = service.provisioned.folder / "certs/root.pem"
    verify = ("ts", "-verify", "-in", reply, "-CAfile", root)
    assert "Verification: OK" in openssl(*verify, "-queryfile", query)
    assert "Verification: OK" in openssl(*verify, "-data", data)
    for at in (-1, -40, 200):
        changed = bytearray(done.stdout)
        changed[at] ^= 1
        reply.write_bytes(changed)
        assert "Verification: OK" not in openssl(*verify, "-queryfile", query, check=False)


def test_rfc3161_client(service: Service) -> None:
    asked = TimestampRequestBuilder().data(DATA).build()
    answer = post(service, asked.as_bytes())
    verifier = (
        VerifierBuilder.from_request(asked)
        .add_root_certificate(service.provisioned.certificate("root"))
        .policy_id(x509.ObjectIdentifier(POLICY))
        .build()
    )
    response = decode_timestamp_response(answer.content)
    assert verifier.verify_message(response, DATA)
    assert abs(response.tst_info.gen_time - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(VerificationError):
        verifier.verify_message(response, DATA + b".")
    changed = bytearray(answer.content)
    changed[-1] ^= 1
    with pytest.raises((VerificationError, ValueError)):
        verifier.verify_message(decode_timestamp_response(bytes(changed)), DATA)


def test_rfc3161ng(service: Service) -> None:
    pem = service.provisioned.certificate("tsa").public_bytes(Encoding.PEM)
    stamper = rfc3161ng.RemoteTimestamper(f"{service.url}/tsa", certificate=pem, hashname="sha256")
    token = stamper.timestamp(digest=hashlib.sha256(DATA).digest(), nonce=4711)
    assert rfc3161ng.check_timestamp(token, certificate=pem, data=DATA, nonce=4711, hashname="sha256")
    with pytest.raises(ValueError, match="imprint"):
        rfc3161ng.check_timestamp(token, certificate=pem, data=DATA + b".", nonce=4711, hashname="sha256")


# --- what is told of it -----------------------------------------------------------------------------------------


def test_a_line_in_the_log_and_a_count_and_nothing_of_what_was_stamped(service: Service) -> None:
    name = "antin_tsa_replies_total status="
    before = measured(service)
    answer = post(service, **{"X-Request-ID": "tsa-42"})
    assert outcome(answer) == "granted"
    assert answer.headers["X-Request-ID"] == "tsa-42"
    assert answer.headers["Cache-Control"] == "no-store"
    assert outcome(post(service, b"")) == "bad_data_format"
    after = measured(service)
    for status in ("granted", "badDataFormat"):
        assert after[name + status] == before.get(name + status, 0) + 1
    (line,) = [each for each in lines(service) if each["request_id"] == "tsa-42"]
    assert (line["message"], line["outcome"], line["status"]) == ("POST /tsa 200", "granted", 200)
    token = tsp.TimeStampResp.load(answer.content)["time_stamp_token"]
    info = token["content"]["encap_content_info"]["content"].parsed
    assert line["serial"] == f"{info['serial_number'].native:x}"
    assert hashlib.sha256(DATA).hexdigest() not in service.log.read_text("utf-8")
    assert info["accuracy"].native["seconds"] == 1


# --- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [None, "", "application/octet-stream", "text/plain", REPLY, f"{QUERY}x"])
def test_another_content_type(service: Service, kind: str | None) -> None:
    problem(post(service, kind=kind), 415, "unsupported-media-type")


def test_parameters_of_the_content_type_do_not_matter(service: Service) -> None:
    assert outcome(post(service, kind=f"{QUERY.upper()}; charset=binary")) == "granted"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_another_method(service: Service, method: str) -> None:
    answer = requests.request(method, f"{service.url}/tsa", timeout=10)
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("size", [MAX_QUERY + 1, 10_000_000])
def test_a_body_that_is_too_large(service: Service, size: int) -> None:
    problem(post(service, ASKED + bytes(size - len(ASKED))), 413, "request-too-large")
    problem(post(service, iter([ASKED, bytes(size - len(ASKED))])), 413, "request-too-large")  # type: ignore[arg-type]  # in chunks
    assert outcome(post(service)) == "granted"


def test_a_body_in_chunks(service: Service) -> None:
    assert outcome(post(service, iter([ASKED[:7], ASKED[7:]]))) == "granted"  # type: ignore[arg-type]  # as above


def test_a_connection_stays(service: Service) -> None:
    request = head(service, f"Content-Type: {QUERY}", f"Content-Length: {len(ASKED)}", line="POST /tsa") + ASKED
    with sending(service, request) as (connection,):
        assert one(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(request)
        assert one(connection).startswith(b"HTTP/1.1 200")


def test_what_is_no_request(service: Service) -> None:
    for data in (b"", b"\x30\x80", ASKED[:-1], ASKED + b"\x00", os.urandom(200), bytes(MAX_QUERY), b"GET / HTTP/1.1"):
        assert outcome(post(service, data)) == "bad_data_format"


def test_what_is_not_offered(service: Service, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    for options, said in ((["-sha1"], "bad_alg"), (["-sha256", "-tspolicy", "1.2.3.4"], "unaccepted_policy")):
        openssl("ts", "-query", "-data", tmp_path / "data", *options, "-out", tmp_path / "query")
        assert outcome(post(service, (tmp_path / "query").read_bytes())) == said


# --- what the service itself lacks ------------------------------------------------------------------------------


def test_without_the_table_there_is_nothing_at_this_address(own_service: Service) -> None:
    path = own_service.provisioned.service
    path.write_text(re.sub(r"(?ms)^\[tsa\]\n.*?(?=^\[|\Z)", "", path.read_text("utf-8")), "utf-8")
    own_service.start()
    problem(post(own_service), 404, "not-found")
    assert not [each for each in measured(own_service) if "antin_tsa" in each]


def test_while_the_clock_is_not_known_nothing_is_stamped(own_service: Service) -> None:
    fake = Fake()
    with serving(fake):
        with_clock(own_service.provisioned.service, f'sources = ["{fake.name}"]\n{QUICK}')
        own_service.start()
        eventually(lambda: outcome(post(own_service)) == "granted")
        fake.ahead = 30
        eventually(lambda: [outcome(post(own_service)) for _ in range(6)] == ["time_not_available"] * 6)
        fake.ahead = 0
        eventually(lambda: [outcome(post(own_service)) for _ in range(6)] == ["granted"] * 6)


def test_more_than_an_address_may_ask(own_service: Service) -> None:
    path = own_service.provisioned.service
    path.write_text(path.read_text("utf-8").replace("[tsa]\n", "[tsa]\nrate = 1\nburst = 3\n"), "utf-8")
    own_service.start()
    answers = [post(own_service) for _ in range(8)]
    assert [each.status_code for each in answers[:3]] == [200] * 3
    refused = [each for each in answers if each.status_code != 200]
    assert len(refused) >= 4
    for each in refused:
        problem(each, 429, "too-many-requests")
        assert int(each.headers["Retry-After"]) >= 1
    assert requests.get(f"{own_service.url}/healthz", timeout=10).ok  # another account


def away(service: Service) -> str:
    settings = load_settings(service.provisioned.service)
    return next(spec.token for spec in settings.keys if spec.info.name == "tsa")


def test_a_token_that_is_away(own_service: Service) -> None:
    token = away(own_service)
    own_service.provisioned.pull_token(token)
    own_service.start()
    assert outcome(post(own_service)) == "system_failure"
    eventually(lambda: "/tsa gives no time-stamps with the key tsa: token-unavailable" in own_service.log.read_text())
    own_service.provisioned.return_token(token)
    eventually(lambda: outcome(post(own_service)) == "granted")


@pytest.fixture
def another_certificate(own_service: Service) -> Iterator[Path]:
    """In the place of the authority's; each test writes it."""
    path = own_service.provisioned.folder / "certs" / "tsa.pem"
    yield path
    with suppress(FileNotFoundError):
        (path.parent / "another.pem").unlink()


def test_a_certificate_of_another_key_is_told_at_the_start(own_service: Service, another_certificate: Path) -> None:
    made = own_service.provisioned.issue_leaf("another", like="tsa", public_key_of="agency-btc")
    another_certificate.write_bytes(made.read_bytes())
    own_service.start()
    eventually(lambda: "with the key tsa: certificate-key-mismatch" in own_service.log.read_text())
    assert outcome(post(own_service)) == "system_failure"


def test_with_a_certificate_that_is_no_authoritys_it_does_not_start(
    own_service: Service, another_certificate: Path
) -> None:
    made = own_service.provisioned.issue_leaf("another", like="tsa", usage="health")
    another_certificate.write_bytes(made.read_bytes())
    done = own_service.antin("serve", check=2)
    assert "[tsa] key: " in done.stderr
    assert "must be timeStamping alone" in done.stderr or "has no extended key usage" in done.stderr
