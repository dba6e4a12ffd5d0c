"""So many signings at once: the others wait, or are told to come again; who hangs up is not begun with."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
import requests

from signer.settings import load_settings
from softhsm.provision import Provisioned

from .conftest import Service, head, sending, served


@pytest.fixture(scope="module")
def narrow(copies: Callable[[], Provisioned]) -> Iterator[Service]:
    """One signing at once, and one more may wait."""
    with served(copies(), signings=1, queue=1) as running:
        for role in ("auditor", "clerk"):
            running.key(role)  # writes to the store
        yield running


@contextmanager
def held_up(service: Service) -> Iterator[None]:
    """Whoever has his turn cannot end it before the block does: somebody else writes to the store."""
    path = load_settings(service.provisioned.service).store.partition("///")[2]
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def state(service: Service, document: str) -> str:
    said: str = service.ask("auditor", "GET", f"/v1/documents/{document}").json()["state"]
    return said


def test_who_finds_no_room_in_line_is_told_to_come_again(narrow: Service):
    documents = [narrow.signed() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        with held_up(narrow):
            orders = {pool.submit(narrow.issue, each): each for each in documents}
            done, _ = wait(orders, timeout=60, return_when=FIRST_COMPLETED)
        (first,) = done
        refused = first.result()
        assert refused.status_code == 503
        assert refused.json()["code"] == "service-busy"
        assert "chưa được thực hiện" in refused.json()["detail_vi"]
        assert int(refused.headers["Retry-After"]) > 0
        assert state(narrow, orders[first]) == "signed"
        assert sorted(each.result().status_code for each in orders) == [200, 200, 503]
    assert narrow.issue(orders[first]).status_code == 200


def test_orders_that_wait_for_the_store_leave_threads_to_others(own_service: Service):
    """An order with a key waits for the store first, and a repetition for the first: not all threads at once."""
    path = own_service.provisioned.service
    path.write_text(path.read_text("utf-8").replace("[limits]\n", "[limits]\nqueue = 2\n"), "utf-8")
    own_service.start()
    document = own_service.signed()
    own_service.key("clerk")
    with ThreadPoolExecutor(24) as pool:
        with held_up(own_service):
            orders = [
                pool.submit(
                    own_service.ask,
                    "clerk",
                    "POST",
                    f"/v1/documents/{document}/issue",
                    json={"actor": own_service.clerk(document)},
                    headers={"Idempotency-Key": "one"},
                )
                for _ in range(24)
            ]
            done, _ = wait(orders, timeout=60, return_when=FIRST_COMPLETED)
            assert {each.result().json()["code"] for each in done} == {"service-busy"}
            assert requests.get(f"{own_service.url}/healthz", timeout=30).ok
        answers = [each.result() for each in orders]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert len({answer.content for answer in answers if answer.ok}) == 1


def test_other_work_does_not_stand_in_the_line(narrow: Service):
    document = narrow.signed()
    with ThreadPoolExecutor(1) as pool:
        with held_up(narrow):
            order = pool.submit(narrow.issue, document)
            assert narrow.ask("auditor", "POST", "/v1/verify", data=narrow.content(document), headers=PDF).ok
            assert state(narrow, document) == "signed"
        assert order.result().status_code == 200


PDF = {"Content-Type": "application/pdf"}


def test_who_hangs_up_while_he_waits_is_not_begun_with(narrow: Service):
    documents = [narrow.signed() for _ in range(3)]
    asked = []
    for document in documents[:2]:
        body = json.dumps({"actor": narrow.clerk(document)}).encode()
        fields = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        asked.append(head(narrow, *fields, line=f"POST /v1/documents/{document}/issue", role="clerk") + body)
    with held_up(narrow), sending(narrow, asked[0]), sending(narrow, asked[1]):
        time.sleep(0.5)
        # One has its turn, one waits: there is no room for a third.
        assert narrow.issue(documents[2]).status_code == 503
        # Both have hung up: the one in line leaves it; what was begun is done, and stays done.
    deadline = time.monotonic() + 30
    while sorted(state(narrow, each) for each in documents[:2]) != ["issued", "signed"]:
        assert time.monotonic() < deadline, [state(narrow, each) for each in documents]
        time.sleep(0.1)


def test_json_is_bounded_before_it_is_kept(narrow: Service):
    """By what is announced, and while it is read where nothing is announced."""
    path = f"{narrow.url}/v1/documents/x/void"
    headers = {"Authorization": f"Bearer {narrow.key('clerk')}", "Content-Type": "application/json"}
    for data in (b" " * 300_000, iter([b" " * 100_000] * 4)):
        answer = requests.post(path, data=data, headers=headers, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (413, "json-too-large")
    with sending(narrow, head(narrow, "Content-Length: 300000", line="POST /v1/documents/x/void", role="clerk")) as (
        c,
    ):
        assert c.recv(65536).startswith(b"HTTP/1.1 413")  # nothing of it was sent, nothing waited for
