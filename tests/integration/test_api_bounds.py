"""What guards the door by itself: errors that tell nothing, keys that speak for one, requests that cannot be read."""

import socket
import time
from types import SimpleNamespace

import pytest
from flask import Flask, Response, g

from signer.errors import Kind, SignerError
from signer.web import problems, requests
from signer.web.metrics import Metrics
from signer.web.repeats import Orders
from signer.web.replies import Limits


class Kept:
    """An Idempotency whose store goes away in the middle."""

    def begin(self, scope: str, key: str, *_: object) -> SimpleNamespace:
        return SimpleNamespace(scope=scope, key=key)

    def abandon(self, *_: object) -> None:
        raise SignerError(Kind.UNAVAILABLE, "store-unavailable", "Mất kho.", "the store is away")


def test_a_refusal_stands_even_if_its_end_cannot_be_noted():
    app = Flask("test")
    requests.install(app, Metrics())
    problems.install(app)
    key = SimpleNamespace(id="k", name="k", person=None, agencies=None)
    app.before_request(lambda: setattr(g, "api_key", key))
    services = SimpleNamespace(idempotency=Kept(), clock=SimpleNamespace(now=lambda: None))
    order = Orders(services, Limits().lanes())

    def refuse(_who: object) -> None:
        raise SignerError(Kind.CONFLICT, "no", "Không.", "no")

    @app.post("/")
    def view() -> Response:
        return order(None, refuse, lambda _: Response("done"))

    assert app.test_client().post("/", headers={"Idempotency-Key": "x"}).status_code == 409


def test_an_unexpected_error_tells_nothing_of_our_insides(caplog: pytest.LogCaptureFixture):
    app = Flask("test")
    requests.install(app, Metrics())
    problems.install(app)

    @app.get("/")
    def view() -> Response:
        raise ValueError("the PIN is 1234")

    answer = app.test_client().get("/")
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal-error")
    assert "1234" not in answer.get_data(as_text=True)
    assert "1234" not in caplog.text
    assert "ValueError" in caplog.text


def test_a_key_of_one_person_does_not_speak_for_another(service):
    """What is done is recorded under the name that is said; a bound key cannot say another's."""
    document = service.signed()
    body = {"reason": "x", "actor": {"id": "an.nv", "name": "Nguyễn Văn An"}}
    refused = service.ask("clerk|--person|lan.pt", "POST", f"/v1/documents/{document}/reject", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "actor-not-yours")
    body["actor"] = {"id": "lan.pt", "name": "Phạm Thị Lan"}
    done = service.ask("clerk|--person|lan.pt", "POST", f"/v1/documents/{document}/reject", json=body)
    assert done.status_code == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b'{"pin":"SECRETPIN123456"}GET /healthz HTTP/1.1\r\n\r\n',
        b"GET /healthz HTTP/1.1\r\nAuthorization Bearer antin_SECRETPIN123456\r\n\r\n",
    ],
    ids=["leftover body", "header without colon"],
)
def test_nothing_of_a_request_that_cannot_be_read_is_logged(service, request_bytes):
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(request_bytes)
        assert b" 400 " in connection.recv(4096)
    deadline = time.monotonic() + 5
    while "a request could not be read" not in service.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    log = service.log.read_text()
    assert "a request could not be read" in log
    assert "SECRETPIN" not in log
