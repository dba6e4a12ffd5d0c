"""Stopwatches round the rooms: each step's own time, signatures by outcome, numbers once they are durable."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from signer.errors import Kind, SignerError
from signer.metered import Watch
from signer.model import Actor, DocumentState, Event, EventKind
from signer.model.time import ClockStanding


class Noted:
    """A meter that keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []
        self.signatures: list[tuple[str, str]] = []
        self.events: list[Event] = []

    def took(self, step: str, seconds: float) -> None:
        self.steps.append((step, seconds))

    def signed(self, role: str, outcome: str) -> None:
        self.signatures.append((role, outcome))

    def happened(self, event: Event) -> None:
        self.events.append(event)

    def clock(self, standing: ClockStanding) -> None:
        pass


class Ring:
    def sign(self, name: str, data: bytes) -> bytes:
        time.sleep(0.02)
        return name.encode() + data

    def info(self, name: str) -> str:
        return name


class Store:
    @contextmanager
    def transaction(self) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(record=lambda _: None, office=lambda: "the office")

    def reading(self) -> object:
        return self.transaction()


STEP = SimpleNamespace(role=SimpleNamespace(value="leader"))


def test_without_a_meter_a_room_is_itself():
    ring = Ring()
    assert Watch(None).keyring(ring) is ring
    assert Watch(None).signer(ring) is ring


def test_a_room_does_what_it_did_and_its_steps_are_told():
    meter = Noted()
    ring = Watch(meter).keyring(SimpleNamespace(sign=Ring().sign, ready=lambda _: None, info=Ring().info))
    assert ring.sign("a", b"b") == b"ab"
    ring.ready("a")
    assert ring.info("a") == "a"
    assert [step for step, _ in meter.steps] == ["token", "token"]
    assert meter.steps[0][1] >= 0.02


def test_a_step_counts_its_own_time_and_not_what_is_done_within():
    meter = Noted()
    watch = Watch(meter)
    ring = watch.keyring(SimpleNamespace(sign=Ring().sign, ready=None))
    signer = watch.signer(SimpleNamespace(sign=lambda before, step, key, sign: sign(before), time_stamp=None))
    began = time.perf_counter()
    assert signer.sign(b"x", STEP, "key", lambda data: ring.sign("k", data)) == b"kx"
    whole = time.perf_counter() - began
    (inner, token), (outer, pdf) = meter.steps
    assert (inner, outer) == ("token", "pdf")
    assert token >= 0.02
    assert pdf + token <= whole
    assert pdf < token


def test_a_block_is_a_step_until_it_is_left_even_by_an_error():
    meter = Noted()
    store = Watch(meter).store(Store())
    with store.transaction() as tx:
        assert tx.office() == "the office"
        time.sleep(0.02)
    with pytest.raises(KeyError), store.reading():
        raise KeyError
    told = Counter[str]()
    for step, seconds in meter.steps:
        told[step] += seconds
    assert set(told) == {"commit", "read"}
    assert told["commit"] >= 0.02


def test_a_block_that_cannot_be_entered_is_a_step_too():
    @contextmanager
    def locked() -> Iterator[None]:
        raise TimeoutError
        yield

    meter = Noted()
    store = Watch(meter).store(SimpleNamespace(reading=locked, transaction=locked))
    for _ in range(2):
        with pytest.raises(TimeoutError), store.reading():
            pass
    steps = [(step, seconds >= 0) for step, seconds in meter.steps]
    assert steps.count(("read", True)) == len(steps) >= 2


EVENT = Event(
    kind=EventKind.ISSUED,
    document_id="d1",
    agency="BTC",
    state=DocumentState.ISSUED,
    at=datetime(2026, 3, 5, tzinfo=UTC),
    by=Actor("lan.pt", "Phạm Thị Lan", "api-key:k"),
    symbol="05/QĐ-BTC",
    detail="a reason of many words",
)


def test_what_is_done_is_told_and_logged_once_it_is_durable(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    meter = Noted()
    store = Watch(meter).store(Store())
    with store.transaction() as tx:
        tx.record(EVENT)
        assert (meter.events, caplog.records) == ([], [])
    assert meter.events == [EVENT]
    (line,) = caplog.records
    assert line.getMessage() == "issued d1 (05/QĐ-BTC), by lan.pt"
    told = ("act", "document", "agency", "symbol", "state", "actor", "via")
    assert [vars(line)[name] for name in told] == [
        *("issued", "d1", "BTC", "05/QĐ-BTC", "issued", "lan.pt", "api-key:k"),
    ]
    assert "many words" not in str(vars(line))
    assert "Phạm" not in str(vars(line))


def test_what_was_rolled_back_did_not_happen(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    meter = Noted()
    store = Watch(meter).store(Store())
    with pytest.raises(KeyError), store.transaction() as tx:
        tx.record(EVENT)
        raise KeyError
    assert (meter.events, caplog.records) == ([], [])


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (None, "signed"),
        (SignerError(Kind.FORBIDDEN, "pin-incorrect", "Sai.", "wrong"), "forbidden"),
        (SignerError(Kind.UNAVAILABLE, "token-unavailable", "Mất.", "away"), "unavailable"),
        (ZeroDivisionError(), "internal"),
    ],
)
def test_signatures_count_by_role_and_kind_of_outcome(fault: Exception | None, outcome: str):
    meter = Noted()

    def sign(*_: object) -> str:
        if fault:
            raise fault
        return "revision"

    signer = Watch(meter).signer(SimpleNamespace(sign=sign, time_stamp=None))
    try:
        assert signer.sign("before", STEP, "key", None) == "revision"
    except (SignerError, ZeroDivisionError) as error:
        assert error is fault
    assert meter.signatures == [("leader", outcome)]


def test_threads_do_not_take_each_others_time():
    meter = Noted()
    ring = Watch(meter).keyring(SimpleNamespace(sign=Ring().sign, ready=None))
    threads = [threading.Thread(target=ring.sign, args=("a", b"")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(meter.steps) == 4
    assert all(seconds >= 0.02 for _, seconds in meter.steps)


def test_a_document_time_stamp_is_no_signature_and_takes_its_time():
    meter = Noted()
    signer = Watch(meter).signer(SimpleNamespace(sign=None, time_stamp=lambda *_: "revision"))
    assert signer.time_stamp("before", bytes) == "revision"
    assert [step for step, _ in meter.steps] == ["pdf"]
    assert meter.signatures == []
