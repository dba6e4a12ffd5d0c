"""Clients that are slow, idle or deaf: they cost no thread, and are cut off.

That others are served meanwhile is shown by their answers, while the slow ones are still connected.
"""

import hashlib
import io
import secrets
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pikepdf
import pytest

from softhsm.provision import Provisioned

from .conftest import Service, draft, head, one, sending, served, whole

MANY = 150
CONNECTIONS = 100
"""Fewer than there will be slow ones."""


@pytest.fixture(scope="module")
def patient(copies: Callable[[], Provisioned]) -> Iterator[Service]:
    """Waits so long that no slow client is cut off while a test runs."""
    with served(copies(), head_seconds=120, body_seconds=120, connections=CONNECTIONS, receiving=4) as running:
        yield running


@pytest.fixture(scope="module")
def strict(copies: Callable[[], Provisioned]) -> Iterator[Service]:
    """Cuts off after a second."""
    with served(copies(), head_seconds=1, body_seconds=1, receiving=2) as running:
        yield running


def connected(sockets: list[socket.socket]) -> int:
    """How many have neither been answered nor hung up on."""
    return sum(not select.select([each], [], [], 0)[0] for each in sockets)


def is_served(service: Service) -> None:
    """Somebody who does as he should gets his answers, a small one and a document through to its content."""
    assert service.ask("auditor", "GET", "/v1/documents").ok
    assert service.content(service.send().json()["id"]).startswith(b"%PDF")


PIECE = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "


def test_heads_that_never_end_cost_no_thread(patient: Service):
    with sending(patient, PIECE, MANY) as slow:
        is_served(patient)
        # Those who have kept us waiting longest went, so that there was room; the others are still there.
        assert 0 < connected(slow) <= CONNECTIONS


def test_small_bodies_that_never_come_cost_no_thread(patient: Service):
    fields = ("Content-Type: application/json", "Content-Length: 1000")
    with sending(patient, head(patient, *fields) + b"{", 50) as slow:
        is_served(patient)
        assert connected(slow) == 50


def test_large_bodies_that_never_come_hold_up_other_large_ones_only(patient: Service):
    document = patient.send().json()["id"]
    fields = ("Content-Type: application/pdf", "Content-Length: 10000000")
    with sending(patient, head(patient, *fields) + b"%PDF-", 20) as slow:
        assert patient.sign(document, "an.nv").ok
        assert patient.issue(document).ok
        assert patient.content(document).startswith(b"%PDF")
        assert connected(slow) == 20


def test_answers_that_nobody_reads_cost_no_thread(patient: Service):
    # One after the other on each connection, until neither side's buffers take more.
    asked = head(patient, line=f"GET /v1/documents/{patient.send().json()['id']}/content") * 100
    with sending(patient, asked, 20, receive_buffer=4096):
        is_served(patient)


def test_large_files_that_nobody_reads_cost_no_thread(copies: Callable[[], Provisioned]):
    with served(copies(), body_seconds=120, signings=1, readings=1, queue=0, receiving=2) as service:
        document = service.send(data=large()).json()["id"]
        asked = head(service, line=f"GET /v1/documents/{document}/content")
        with sending(service, asked, 12, receive_buffer=4096) as slow:  # twice as many as there are threads
            is_served(service)
            last = slow[-1]
            got = one(last)
        shown = service.ask("auditor", "GET", f"/v1/documents/{document}").json()
        assert hashlib.sha256(got.partition(b"\r\n\r\n")[2]).hexdigest() == shown["sha256"]


def large() -> bytes:
    """A draft of 12 MB, more than all buffers of a connection take."""
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(draft("quyet-dinh"))) as pdf:
        ballast = pdf.make_stream(secrets.token_bytes(12_000_000))
        pdf.pages[0].obj.PieceInfo = pikepdf.Dictionary(Test=pikepdf.Dictionary(Private=ballast))
        pdf.save(made)
    return made.getvalue()


def test_idle_connections_cost_no_thread(patient: Service):
    with sending(patient, head(patient, line="GET /v1/documents"), 50) as idle:
        for connection in idle:
            assert one(connection).startswith(b"HTTP/1.1 200")
        is_served(patient)
        assert connected(idle) == 50


def test_who_does_not_hang_up_after_the_last_answer_holds_nobody_up(patient: Service):
    with sending(patient, head(patient, "Connection: close", line="GET /v1/documents"), 50) as staying:
        is_served(patient)
        for connection in staying:
            assert whole(connection).startswith(b"HTTP/1.1 200")


def test_a_large_body_is_not_waited_for_without_a_key(patient: Service):
    asked = b"POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\nContent-Length: 10000000\r\n\r\n"
    with sending(patient, asked, 20) as opened:
        for connection in opened:
            answer = whole(connection)
            assert answer.startswith(b"HTTP/1.1 401")
            assert b"Connection: close" in answer


def test_the_body_is_asked_for_only_when_it_is_wanted(patient: Service):
    """Expect: 100-continue (RFC 9110, 10.1.1): whose key is wrong hears so before he has sent anything."""
    fields = ("Expect: 100-continue", "Content-Type: application/pdf", "Content-Length: 5")
    with sending(patient, head(patient, *fields)) as (connection,):
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    refused = head(patient, *fields).replace(b"Bearer antin_", b"Bearer nobody_")
    with sending(patient, refused) as (connection,):
        assert whole(connection).startswith(b"HTTP/1.1 401")


# --- cut off


def test_a_head_that_does_not_end_is_cut_off(strict: Service):
    with sending(strict, PIECE, 20) as slow:
        for connection in slow:
            answer = whole(connection)
            assert answer.startswith(b"HTTP/1.1 408")
            assert b"request-too-slow" in answer


def test_a_head_that_trickles_is_cut_off(strict: Service):
    with sending(strict, PIECE) as (connection,), pytest.raises(ConnectionError):
        for _ in range(600):
            connection.sendall(b"x")
            time.sleep(0.05)


def test_a_head_that_does_not_end_is_told_so_after_others_that_did(strict: Service):
    with sending(strict, head(strict, line="GET /v1/documents") + PIECE) as (connection,):
        assert one(connection).startswith(b"HTTP/1.1 200")
        assert whole(connection).startswith(b"HTTP/1.1 408")


def test_who_says_nothing_is_let_go(strict: Service):
    with sending(strict, b"") as (connection,):
        assert whole(connection) == b""


@pytest.mark.parametrize("length", [1000, 10_000_000], ids=["small", "large"])
def test_a_body_that_does_not_come_is_cut_off(strict: Service, length: int):
    fields = ("Content-Type: application/pdf", f"Content-Length: {length}")
    with sending(strict, head(strict, *fields) + b"%PDF-") as (connection,):
        answer = whole(connection)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"request-too-slow" in answer


def test_a_chunked_body_that_does_not_come_is_cut_off(strict: Service):
    fields = ("Content-Type: application/pdf", "Transfer-Encoding: chunked")
    with sending(strict, head(strict, *fields) + b"5\r\n%PDF-\r\n") as (connection,):
        assert whole(connection).startswith(b"HTTP/1.1 408")


def test_an_answer_that_nobody_reads_is_cut_off(strict: Service):
    document = strict.send().json()["id"]
    asked = head(strict, line=f"GET /v1/documents/{document}/content") * 200
    with sending(strict, asked, receive_buffer=4096) as (connection,):
        time.sleep(3)
        received = 0
        with suppress(ConnectionError):
            while piece := connection.recv(65536):
                received += len(piece)
        assert 0 < received < 200 * len(strict.content(document))


def test_slow_but_steady_is_served(strict: Service):
    body = b"hello" * 40_000
    fields = ("Content-Type: application/pdf", f"Content-Length: {len(body)}")
    with sending(strict, head(strict, *fields)) as (connection,):
        for start in range(0, len(body), 10_000):  # 100 kB a second, for two: above the least rate
            connection.sendall(body[start : start + 10_000])
            time.sleep(0.1)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_too_many_large_bodies_at_once_wait_and_are_told_to_come_again(strict: Service):
    fields = ("Content-Type: application/pdf", "Content-Length: 10000000")
    with sending(strict, head(strict, *fields), 2) as receiving, sending(strict, head(strict, *fields)) as (queued,):
        for _ in range(15):  # these two are fast enough, and take longer than we are patient with the third
            for connection in receiving:
                connection.sendall(b"x" * 20_000)
            time.sleep(0.1)
        answer = whole(queued)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"service-busy" in answer
        assert b"Retry-After: " in answer


def test_a_stopping_service_does_not_wait_for_the_slow(copies: Callable[[], Provisioned]):
    with served(copies(), head_seconds=300) as service, sending(service, PIECE, 20):
        is_served(service)
        service.stop()  # fails after half a minute
        assert service.process is None
