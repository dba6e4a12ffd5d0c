"""``/tsa`` by itself: its lane, who is asked what, and what must not get through."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from signer.model.time import GRANTED, TimeStampReply
from signer.usecases.health import State
from signer.web import tsa
from signer.web.auth import Guards
from signer.web.metrics import Metrics
from signer.web.proxy import Proxy
from signer.web.queue import Queue
from signer.web.throttle import Throttle


class Slow:
    """An authority that waits to be told to go on."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()
        self.fails = False

    def reply(self, query: bytes) -> TimeStampReply:
        self.begun.release()
        assert self.go_on.wait(10)
        if self.fails:
            raise RuntimeError(query.decode())
        return TimeStampReply(b"reply", GRANTED, "4711")


@pytest.fixture
def authority() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.go_on.set()


@pytest.fixture
def counts() -> Metrics:
    return Metrics()


def served(authority: Slow, counts: Metrics, guards: Guards | None = None, waiting: int = 0) -> FlaskClient:
    app = Flask(__name__)
    app.add_url_rule("/other", "other", lambda: "other")
    tsa.install(app, authority, Queue(1, waiting, 0.2), guards or Guards(), counts)
    return app.test_client()


def ask(client: FlaskClient, data: bytes = b"query", **headers: str):
    return client.post("/tsa", data=data, content_type=tsa.QUERY, headers=headers)


def test_a_full_lane_is_told_at_once_and_others_are_not_held_up(authority: Slow, counts: Metrics) -> None:
    client = served(authority, counts)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, client)
        assert authority.begun.acquire(timeout=10)
        busy = ask(client)
        assert (busy.status_code, busy.json["code"]) == (503, "service-busy")
        assert int(busy.headers["Retry-After"]) >= 1
        assert client.get("/other").data == b"other"
        authority.go_on.set()
        assert first.result().data == b"reply"
    assert ask(client).status_code == 200


def test_nobody_waits_for_ever(authority: Slow, counts: Metrics) -> None:
    client = served(authority, counts, waiting=1)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(ask, client)
        assert authority.begun.acquire(timeout=10)
        assert ask(client).status_code == 503
        authority.go_on.set()


def test_a_fault_of_ours_says_nothing_of_what_was_asked(
    authority: Slow, counts: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    authority.fails = True
    authority.go_on.set()
    answer = ask(served(authority, counts), b"digest-of-something")
    assert (answer.status_code, answer.json["code"]) == (500, "internal-error")
    assert "RuntimeError" in caplog.text
    assert "digest-of-something" not in caplog.text + answer.text


def test_each_client_of_a_proxy_has_a_share_of_his_own(authority: Slow, counts: Metrics) -> None:
    authority.go_on.set()
    guards = Guards(proxy=Proxy((ip_network("127.0.0.1/32"),)), stamps=Throttle(0.001, 2))
    client = served(authority, counts, guards)

    def statuses(address: str) -> list[int]:
        return [ask(client, **{"X-Forwarded-For": address}).status_code for _ in range(3)]

    assert statuses("192.0.2.1") == [200, 200, 429]
    assert statuses("203.0.113.9, 192.0.2.2") == [200, 200, 429]
    assert statuses("198.51.100.7, 192.0.2.2") == [429, 429, 429]  # what the client wrote himself counts for nothing
    refused = ask(client, **{"X-Forwarded-For": "192.0.2.1"})
    assert refused.json["code"] == "too-many-requests"
    assert int(refused.headers["Retry-After"]) > 1


def test_answers_are_counted_by_what_they_say(authority: Slow, counts: Metrics) -> None:
    authority.go_on.set()
    client = served(authority, counts)
    ask(client)
    client.get("/tsa")
    client.open("/tsa", method="PIN-1234")
    found = {
        (sample.name, sample.labels.get("status"), sample.labels.get("method")): sample.value
        for family in text_string_to_metric_families(counts.text(State("ok", ()), {}).decode())
        for sample in family.samples
    }
    assert found["antin_tsa_replies_total", GRANTED, None] == 1
    assert found["antin_http_requests_total", "200", "POST"] == 1
    assert found["antin_http_requests_total", "405", "GET"] == 1
    assert found["antin_http_requests_total", "405", "other"] == 1
