"""Several processes and threads at one store: numbers without gap or double, waiting readers not misled."""

import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from multiprocessing import get_context
from typing import Any

import pytest

from signer.errors import Kind, SignerError
from signer.model import (
    Actor,
    Document,
    DocumentState,
    Issuer,
    Metadata,
    Numbering,
    Office,
    Organisation,
    Printed,
    RegisterEntry,
    RegisterState,
    Series,
)
from signer.storage import SqlStore, open_store

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = date(2026, 11, 22)
OFFICE = Office(
    {"btc": Organisation("btc", ())},
    {"BTC": Issuer("BTC", "Bộ Tài chính", "BTC", "btc", "k")},
    {},
    (Series("qd", ("BTC",)),),
    (),
    (),
)


def document(document_id: str) -> Document:
    return Document(
        document_id,
        Metadata("BTC", "QĐ", "x", ()),
        DocumentState.PREPARED,
        "QĐ-BTC",
        Printed("QĐ-BTC"),
        {},
        "d" * 64,
        "a" * 64,
        b"",
        (),
        (),
        NOW,
        Actor("1", "A", "test"),
    )


def take_number(store: SqlStore, document_id: str) -> int:
    """What the clerk's step does: read the last number, take the next."""
    with store.transaction() as tx:
        tx.add_document(document(document_id))
        last = tx.last_number("qd", "2026")
        number = last.number + 1 if last else 1
        symbol = f"{number:02}/QĐ-BTC"
        tx.reserve(
            RegisterEntry("BTC", "qd", "2026", number, document_id, RegisterState.RESERVED, symbol, DAY, "x", "y"),
            Numbering("qd", "2026", number, f"{number:02}", "QĐ-BTC", symbol, DAY, NOW),
        )
    return number


def take_numbers(url: str, name: str, count: int) -> list[int]:
    store = open_store(url)
    try:
        return [take_number(store, f"{name}-{i}") for i in range(count)]
    finally:
        store.close()


@pytest.fixture
def office_url(url: str) -> str:
    store = open_store(url)
    with store.transaction() as tx:
        tx.put_office(OFFICE, NOW)
    store.close()
    return url


def test_processes_that_number_at_once_leave_no_gap_and_no_double(office_url: str) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        jobs = [processes.submit(take_numbers, office_url, f"p{i}", 25) for i in range(4)]
        numbers = [number for job in jobs for number in job.result(timeout=120)]
    assert sorted(numbers) == list(range(1, 101))
    store = open_store(office_url)
    with store.reading() as tx:
        rows = list(tx.register("BTC", 2026))
    store.close()
    assert [row.number for row in rows] == list(range(1, 101))
    assert len({row.document_id for row in rows}) == 100


def test_threads_of_one_process_number_at_once(office_url: str) -> None:
    store = open_store(office_url)
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda i: take_number(store, f"d{i}"), range(40)))
    store.close()
    assert sorted(numbers) == list(range(1, 41))


def test_a_number_given_back_by_a_failed_transaction_is_the_next_ones(office_url: str) -> None:
    store = open_store(office_url)
    take_number(store, "a")
    with pytest.raises(SignerError):  # the document exists: nothing of the transaction stays
        take_number(store, "a")
    assert take_number(store, "b") == 2
    store.close()


def test_whoever_waited_for_a_document_sees_all_that_the_other_wrote(office_url: str) -> None:
    """A join that is locked and read in one query would show the old file with the new version."""
    store = open_store(office_url)
    with store.transaction() as tx:
        tx.add_document(document("d"))
    begun, found = threading.Event(), []

    def wait_for_it() -> None:
        begun.set()
        with store.transaction() as tx:
            found.append(tx.document("d"))

    with store.transaction() as tx:
        held = tx.document("d")
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        begun.wait(10)
        waiting.join(0.3)
        assert waiting.is_alive()
        tx.save_document(replace(held, sha256="b" * 64, plan=b"new", reason="r"))
    waiting.join(10)
    store.close()
    assert found == [replace(held, sha256="b" * 64, plan=b"new", reason="r", version=1)]


def test_a_store_opened_before_a_fork_serves_parent_and_child(office_url: str) -> None:
    store = open_store(office_url)
    take_number(store, "before")
    child = os.fork()
    if child == 0:
        try:
            for i in range(20):
                take_number(store, f"child-{i}")
            os._exit(0)
        finally:
            os._exit(1)  # the child must never go on as a second pytest
    for i in range(20):
        take_number(store, f"parent-{i}")
    assert os.waitpid(child, 0)[1] == 0
    assert take_number(store, "after") == 42
    store.close()


def test_a_server_that_drops_its_connections_is_unavailable_once_and_then_served_again(
    cluster: Any, postgresql_template: str
) -> None:
    url = cluster.create(postgresql_template)
    store = open_store(url)
    with store.transaction() as tx:
        tx.put_office(OFFICE, NOW)
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.add_document(document("lost"))
        cluster.disconnect(url)
        tx.documents_with_draft("d" * 64, "BTC")
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "store-unavailable")
    assert take_number(store, "next") == 1
    cluster.disconnect(url)  # while nothing is under way: nobody notices
    assert take_number(store, "after") == 2
    store.close()
    cluster.drop(url)


def test_a_transaction_does_not_cross_a_fork(office_url: str) -> None:
    store = open_store(office_url)
    with store.transaction() as tx:
        tx.add_document(document("parents"))
        child = os.fork()
        if child == 0:
            try:
                with pytest.raises(RuntimeError, match="fork"):
                    tx.add_document(document("childs"))
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
    with store.transaction() as tx:
        assert [found.id for found in tx.documents()] == ["parents"]
    store.close()
