"""Orders that are sent again with their Idempotency-Key: one effect and one answer, for everything that changes."""

import hashlib
import hmac
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from signer import storage
from signer.settings import load_settings
from signer.usecases.prepare import new_id
from signer.web.openapi import document as openapi
from tests.bench.http.desk import varied
from tests.integration.conftest import CLERKS, Service, annexes, draft, metadata
from tests.integration.test_api_copies import REFERENCE, scanned
from tests.integration.test_api_requests import problem

LAN = CLERKS["BTC"]


@dataclass(frozen=True)
class Order:
    """One order, what it does (the events it must leave), and the same order with something else in it."""

    role: str
    method: str
    path: str
    body: dict[str, Any] = field(repr=False)
    other: dict[str, Any] = field(repr=False)
    events: tuple[str, ...]
    status: int = 200

    def send(self, service: Service, key: str, body: dict[str, Any] | None = None) -> requests.Response:
        return service.ask(self.role, self.method, self.path, headers={"Idempotency-Key": key}, **(body or self.body))


def _form(said: dict[str, Any], data: bytes, *, annexed: bool = False) -> dict[str, Any]:
    parts = [
        ("file", ("draft.pdf", data, "application/pdf")),
        ("metadata", (None, json.dumps(said), "application/json")),
    ]
    if annexed:
        parts += [("attachment", (*each, "application/pdf")) for each in annexes()]
    return {"files": parts}


def prepare(_service: Service) -> Order:
    said = metadata("quyet-dinh")
    data, other = draft("quyet-dinh"), said | {"kept_by": "VT, TCT"}
    body, changed = (_form(each, data, annexed=True) for each in (said, other))
    return Order("document-system", "POST", "/v1/documents", body, changed, ("prepared",), 201)


def sign(service: Service) -> Order:
    path = f"/v1/documents/{service.send().json()['id']}/signatures"
    said = {"role": "leader", "key": "an.nv", "pin": service.provisioned.pin("an.nv").reveal()}
    return Order("leader", "POST", path, {"json": said}, {"json": said | {"role": "initial"}}, ("signed",))


def issue(service: Service) -> Order:
    path, said = f"/v1/documents/{service.signed(annexed=annexes())}/issue", {"actor": LAN}
    return Order("clerk", "POST", path, {"json": said}, {"json": {}}, ("numbered", "issued"))


def on_paper(service: Service) -> Order:
    path, said = f"/v1/documents/{service.signed()}/issue", {"actor": LAN, "medium": "paper"}
    return Order("clerk", "POST", path, {"json": said}, {"json": {"actor": LAN}}, ("numbered", "issued"))


def _end(how: str, event: str, begins: Callable[[Service], str]) -> Callable[[Service], Order]:
    def made(service: Service) -> Order:
        said = {"reason": "gửi nhầm", "actor": LAN}
        body, other = {"json": said}, {"json": said | {"reason": "sai"}}
        return Order("clerk", "POST", f"/v1/documents/{begins(service)}/{how}", body, other, (event,))

    return made


def enter(_service: Service) -> Order:
    paper = metadata("quyet-dinh")
    del paper["agency"]
    body, other = ({"json": {"metadata": paper | more, "actor": LAN}} for more in ({}, {"copies": 3}))
    return Order("clerk", "POST", "/v1/registers/BTC/rows", body, other, ("numbered", "issued"), 201)


def complete(service: Service) -> Order:
    order = enter(service)
    path = f"/v1/documents/{order.send(service, new_id(datetime.now(UTC))).json()['id']}/register"
    body, other = ({"json": {"note": note, "actor": LAN}} for note in ("đã chuyển", "chưa chuyển"))
    return Order("clerk", "PATCH", path, body, other, ("row-completed",))


def copy(_service: Service) -> Order:
    said = {"agency": "BTC", "form": "SY", "subject": "Thông báo", "of": REFERENCE, "actor": LAN}
    body, other = (_form(each, scanned()) for each in (said, said | {"subject": "Thông báo khác"}))
    return Order("clerk", "POST", "/v1/copies", body, other, ("issued",), 201)


ORDERS: dict[str, Callable[[Service], Order]] = {
    "prepare": prepare,
    "sign": sign,
    "issue": issue,
    "issue-paper": on_paper,
    "reject": _end("reject", "rejected", lambda service: service.signed()),
    "void": _end("void", "voided", lambda service: service.issued()),
    "recall": _end("recall", "recalled", lambda service: service.issued()),
    "enter": enter,
    "complete_row": complete,
    "copy": copy,
}


def position(service: Service) -> str:
    """Where the events end just now."""
    after = "0"
    while page := service.ask("auditor", "GET", f"/v1/events?limit=1000&after={after}").json()["events"]:
        after = page[-1]["position"]
    return str(after)


def happened(service: Service, after: str) -> tuple[str, ...]:
    """Kinds of what happened since."""
    page = service.ask("auditor", "GET", f"/v1/events?limit=100&after={after}").json()["events"]
    return tuple(each["kind"] for each in page)


def told(answer: requests.Response) -> tuple[object, ...]:
    return answer.status_code, answer.content, answer.headers.get("Location"), answer.headers["Content-Type"]


def test_every_operation_that_takes_a_key_is_tried_here():
    taking = {
        operation["operationId"]
        for operations in openapi()["paths"].values()
        for operation in operations.values()
        if any(
            "Idempotency-Key" in json.dumps(each) or "IdempotencyKey" in json.dumps(each)
            for each in operation.get("parameters", ())
        )
    }
    assert taking == set(ORDERS) - {"issue-paper"}


@pytest.mark.parametrize("name", ORDERS)
def test_sent_again_it_is_answered_again_and_done_once(service: Service, name: str):
    order = ORDERS[name](service)
    before = position(service)
    first, again = (order.send(service, f"again-{name}") for _ in range(2))
    assert first.status_code == order.status, first.text
    assert told(again) == told(first)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(order.send(service, f"again-{name}", order.other), 409, "idempotency-key-reused")
    assert happened(service, before) == order.events


@pytest.mark.parametrize("name", ORDERS)
def test_eight_at_once_are_one_order(service: Service, name: str):
    order = ORDERS[name](service)
    before, gate = position(service), threading.Barrier(8)

    def send() -> requests.Response:
        gate.wait()
        return order.send(service, f"eight-{name}")

    service.key(*order.role.split("|"))
    with ThreadPoolExecutor(8) as pool:
        answers = [each.result() for each in [pool.submit(send) for _ in range(8)]]
    assert {told(answer) for answer in answers} == {told(answers[0])}
    assert answers[0].status_code == order.status, answers[0].text
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert happened(service, before) == order.events


def test_eight_refused_at_once_leave_the_key_free(service: Service):
    document = service.send().json()["id"]
    path = f"/v1/documents/{document}/issue"
    order = Order("clerk", "POST", path, {"json": {"actor": LAN}}, {}, ("numbered", "issued"))
    service.key("clerk")
    with ThreadPoolExecutor(8) as pool:
        answers = [each.result() for each in [pool.submit(order.send, service, "refused") for _ in range(8)]]
    for answer in answers:
        problem(answer, 409, "leader-missing")
    assert service.sign(document, "an.nv").ok
    assert order.send(service, "refused").status_code == 200


def test_a_wrong_pin_leaves_the_key_free_for_the_right_one(service: Service):
    order = sign(service)
    wrong = order.body["json"] | {"pin": "000000"}
    problem(order.send(service, "pin", {"json": wrong}), 403, "pin-incorrect")
    assert order.send(service, "pin").status_code == 200
    problem(order.send(service, "pin", {"json": wrong}), 409, "idempotency-key-reused")


# --- the store, looked into --------------------------------------------------------------------------------------


@pytest.fixture
def rows(service: Service) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(service.provisioned.folder / "antin.db", isolation_level=None)) as database:
        yield database


def stored_key(service: Service, role: str, path: str, key: str) -> str:
    """What is stored of a key (``signer.web.repeats``)."""
    return hmac.new(service.key(role).encode(), f"{path}\0{key}".encode(), hashlib.sha256).hexdigest()


def test_who_repeats_while_the_first_is_still_at_work_waits_for_its_answer(service: Service, rows: sqlite3.Connection):
    """A package of many files takes seconds to be read; the second comes when the first has begun and is not done."""
    parts = _form(metadata("quyet-dinh"), draft("quyet-dinh"))
    parts["files"] += [
        ("attachment", (f"{n}-{name}", varied(data, str(n)), "application/pdf"))
        for n in range(8)
        for name, data in annexes()
    ]
    order = Order("document-system", "POST", "/v1/documents", parts, {}, ("prepared",), 201)
    stored, before = stored_key(service, order.role, order.path, "slow"), position(service)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(order.send, service, "slow")
        found = None
        while found is None and not first.done():
            found = rows.execute("SELECT answer FROM idempotency WHERE key = ?", [stored]).fetchone()
        assert found == (None,), first.result().text
        again = order.send(service, "slow")
        assert told(again) == told(first.result())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert happened(service, before) == ("prepared",)


def test_a_key_that_another_living_process_holds_is_waited_for_and_a_dead_ones_is_taken_over(
    service: Service, rows: sqlite3.Connection
):
    order = issue(service)
    first = order.send(service, "model")  # the rows of a claim are made after this one's
    document = service.signed()
    order = replace(order, path=f"/v1/documents/{document}/issue")
    database = storage.open_database(load_settings(service.provisioned.service).store)
    with closing(database), closing(storage.open_presence(database)) as presence:
        rows.execute(
            "INSERT INTO idempotency (scope, key, body_sha256, started_at, owner)"
            " SELECT scope, ?, body_sha256, started_at, ? FROM idempotency WHERE key = ?",
            [
                stored_key(service, "clerk", order.path, "held"),
                presence.name(),
                stored_key(service, "clerk", str(requests.utils.urlparse(first.url).path), "model"),
            ],
        )
        began = time.monotonic()
        refused = order.send(service, "held")
        assert time.monotonic() - began > 5, "it waited first"
        problem(refused, 409, "idempotency-in-progress")
        assert int(refused.headers["Retry-After"]) > 0
    done = order.send(service, "held")
    assert done.status_code == 200, done.text
    assert told(order.send(service, "held")) == told(done)


def test_a_key_is_new_again_when_its_time_is_over(own_service: Service):
    text = own_service.provisioned.service.read_text("utf-8")
    own_service.provisioned.service.write_text(f"{text}\n[idempotency]\nkeep_hours = 2\n", "utf-8")
    own_service.start()
    order = enter(own_service)
    first = order.send(own_service, "k")
    with closing(sqlite3.connect(own_service.provisioned.folder / "antin.db")) as database, database:
        for hours, status in ((1, 409), (3, 201)):
            at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="microseconds")
            assert database.execute("UPDATE idempotency SET started_at = ?", [at]).rowcount == 1
            database.commit()
            assert order.send(own_service, "k", order.other).status_code == status
    again = order.send(own_service, "k", order.other)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["id"] != first.json()["id"]


def test_the_same_file_without_a_key_is_taken_and_told_which_earlier_one_it_is_of_ones_own_agency(service: Service):
    data = varied(draft("quyet-dinh"), "its own")
    first = service.send(data=data).json()
    store = storage.open_store(load_settings(service.provisioned.service).store)
    with store.transaction() as tx:
        document = tx.document(first["id"])
        elsewhere = new_id(datetime.now(UTC))
        tx.add_document(replace(document, id=elsewhere, metadata=replace(document.metadata, agency="VPCP")))
    store.close()
    again = service.send(data=data)
    assert again.status_code == 201
    assert again.json()["id"] != first["id"]
    (seen,) = [each for each in again.json()["findings"] if each["code"] == "draft-seen-before"]
    assert first["id"] in seen["message"]["vi"]
    assert elsewhere not in again.text
    assert not [each for each in first["findings"] if each["code"] == "draft-seen-before"]
