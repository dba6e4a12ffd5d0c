"""Metrics as Prometheus reads them."""

import json
import logging
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask, Response
from prometheus_client.parser import text_string_to_metric_families

from hsm.api import TokenStatus
from signer.errors import SignerError
from signer.model import Actor, DocumentState, Event, EventKind
from signer.model.time import ClockStanding, ClockState, SourceStanding, SourceState
from signer.usecases.health import State
from signer.web import metrics, requests, tsa
from signer.web.api import create_app
from signer.web.logs import JsonLines
from signer.web.metrics import Metrics
from signer.web.openapi import document
from signer.web.queue import Queue


def values(counts: Metrics, state: State | None = None) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = counts.text(state or State("ok", ()), {DocumentState.ISSUING: 2}).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Metrics:
    monkeypatch.delenv(metrics.FOLDER, raising=False)
    return Metrics()


@pytest.fixture
def app(counts: Metrics) -> Flask:
    made = Flask("test")
    requests.install(made, counts)

    @made.route("/things/<document_id>", methods=["GET", "BREW"])
    def view(document_id: str) -> Response:
        counts.took("token", 0.25)
        counts.took("token", 0.25)
        return Response(document_id)

    return made


def test_a_request_counts_by_route_and_status_never_by_path(app: Flask, counts: Metrics):
    client = app.test_client()
    for path in ("/things/1", "/things/2", "/elsewhere/3"):
        client.get(path)
    client.open("/things/3", method="BREW")
    found = values(counts)
    route = ("route", "/things/{document_id}")
    assert found["antin_http_requests_total", (("method", "GET"), route, ("status", "200"))] == 2
    assert found["antin_http_requests_total", (("method", "other"), route, ("status", "200"))] == 1
    assert found["antin_http_requests_total", (("method", "GET"), ("route", "-"), ("status", "404"))] == 1
    assert found["antin_http_request_seconds_count", (("method", "GET"), route)] == 2


def test_routes_are_told_as_the_openapi_document_writes_them():
    app = create_app(SimpleNamespace(api_keys=None, clock=None, idempotency=None, receive=None, authority=None))
    told = {requests._published(rule.rule) for rule in app.url_map.iter_rules()}
    assert told == set(document()["paths"]) - {tsa.PATH}  # which stands before the application


def test_a_method_that_http_does_not_know_is_not_logged(app: Flask, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    app.test_client().open("/things/1", method="PIN-1234")
    assert caplog.records[-1].getMessage() == "other - 405"


def test_steps_add_up_in_a_request_and_are_in_its_line(app: Flask, counts: Metrics, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    app.test_client().get("/things/1")
    line = json.loads(JsonLines(requests.request_id).format(caplog.records[-1]))
    assert line["steps"] == {"token_ms": 500.0}
    found = values(counts)
    assert found["antin_step_seconds_count", (("step", "token"),)] == 1
    assert found["antin_step_seconds_sum", (("step", "token"),)] == 0.5


def test_a_step_outside_a_request_counts_at_once(counts: Metrics):
    counts.took("commit", 0.001)
    assert values(counts)["antin_step_seconds_count", (("step", "commit"),)] == 1


def test_nothing_of_a_request_is_left_to_the_thread_that_served_it(app: Flask, counts: Metrics):
    app.test_client().get("/things/1")
    assert requests.request_id() == ""
    counts.took("blob", 1)
    assert metrics.spent() == {}


@pytest.mark.parametrize(("path", "shown"), [("a" * 8, "-"), ("123456", "-"), ("0123456789abcdef" * 2, None)])
def test_what_stands_in_a_documents_place_is_logged_only_if_it_can_be_one(
    app: Flask, caplog: pytest.LogCaptureFixture, path: str, shown: str | None
):
    caplog.set_level(logging.INFO)
    app.test_client().get(f"/things/{path}")
    assert vars(caplog.records[-1])["document"] == (shown or path)


def test_signatures_numbers_tokens_store_and_what_waits(counts: Metrics):
    counts.signed("leader", "signed")
    counts.signed("leader", "forbidden")
    for kind in (EventKind.NUMBERED, EventKind.ISSUED):
        counts.happened(Event(kind, "d", "BTC", DocumentState.ISSUED, datetime.now(UTC), Actor("a", "A", "k")))
    token = TokenStatus('a"b\\c', present=True, pin_locked=True)
    found = values(counts, State("store-unavailable", (token,)))
    assert found["antin_signatures_total", (("outcome", "forbidden"), ("role", "leader"))] == 1
    assert found["antin_numbers_issued_total", ()] == 1
    assert found["antin_token_present", (("token", 'a"b\\c'),)] == 1
    assert found["antin_token_pin_locked", (("token", 'a"b\\c'),)] == 1
    assert found["antin_store_up", ()] == 0
    assert found["antin_documents", (("state", "issuing"),)] == 2
    assert any(name == "antin_build_info" for name, _ in found)


def test_a_service_without_a_clock_has_no_metrics_of_it(counts: Metrics):
    assert not [name for name, _ in values(counts) if "clock" in name]


def test_the_clock_while_it_is_known_and_when_it_is_not(counts: Metrics):
    until = datetime(2026, 11, 27, 12, tzinfo=UTC)
    sources = (SourceStanding("a", SourceState.GOOD, 0.1, 0.2), SourceStanding("b", SourceState.SILENT))
    known = ClockStanding(ClockState.GOOD, 0.3, until, timedelta(seconds=1), sources)
    counts.clock(known)
    found = values(counts)
    assert found["antin_clock_good_until_timestamp_seconds", ()] == until.timestamp()
    assert found["antin_clock_bound_seconds", ()] == 0.3
    assert [found["antin_clock_source_good", (("source", name),)] for name in "ab"] == [1, 0]
    gone = replace(known, state=ClockState.EXPIRED, bound=None, until=None)
    for standing in (gone, gone, known, gone):
        counts.clock(standing)
    found = values(counts)
    assert found["antin_clock_good_until_timestamp_seconds", ()] == 0
    assert found["antin_clock_troubles_total", (("state", "expired"),)] == 2


def test_how_many_are_at_work_and_in_line(counts: Metrics):
    def both() -> tuple[float, float]:
        found = values(counts)
        return found["antin_signings_running", ()], found["antin_signings_waiting", ()]

    queue = Queue(at_once=1, most=5, seconds=10)
    queue.tell = counts.signings

    def work() -> None:
        with queue.turn():
            pass

    assert both() == (0, 0)
    with queue.turn():
        assert both() == (1, 0)
        second = threading.Thread(target=work)
        second.start()
        while not queue.waiting:
            time.sleep(0.01)
        assert both() == (1, 1)
    second.join()
    assert both() == (0, 0)


def test_who_waited_too_long_is_in_line_no_more(counts: Metrics):
    queue = Queue(at_once=0, most=1, seconds=0.1)
    queue.tell = counts.readings
    with pytest.raises(SignerError), queue.turn():
        pass
    assert values(counts)["antin_readings_waiting", ()] == 0
