"""Events: in the order in which they became durable, resumable anywhere, over both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from signer.model import DocumentState, Event, EventKind
from signer.storage import SqlStore, open_store
from tests.support.stored import ACTOR, NOW, document


def event(document_id: str = "doc-0001", **changes: object) -> Event:
    base = Event(
        EventKind.PREPARED,
        document_id,
        "BTC",
        DocumentState.PREPARED,
        NOW,
        ACTOR,
        external_id="x-1",
        detail="Leader",
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # tests name fields of Event


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    with store.transaction() as tx:
        for number in (1, 2, 3):
            tx.add_document(document(number))
    return store


def test_events_come_back_as_they_were_told_in_order(filled: SqlStore) -> None:
    told = [
        event(),
        event("doc-0002", agency="UBND-DP", kind=EventKind.NUMBERED, symbol="05/QĐ-BTC", date=NOW.date()),
        event("doc-0001", kind=EventKind.SIGNED, state=DocumentState.SIGNED),
    ]
    for each in told:
        with filled.transaction() as tx:
            tx.record(each)
    with filled.reading() as tx:
        found = tx.events(0)
        assert [replace(each, position=0) for each in found] == told
        assert [each.position for each in found] == sorted({each.position for each in found})
        assert tx.events(found[0].position, limit=1) == found[1:2]
        assert tx.events(found[-1].position) == []
        assert tx.events(0, agencies=["UBND-DP"]) == found[1:2]
        assert tx.events(0, agencies=[]) == []


def test_what_was_rolled_back_did_not_happen(filled: SqlStore) -> None:
    with pytest.raises(RuntimeError, match="no"), filled.transaction() as tx:
        tx.record(event())
        raise RuntimeError("no")
    with filled.reading() as tx:
        assert tx.events(0) == []


def test_whoever_reads_does_not_write(filled: SqlStore) -> None:
    with filled.reading() as tx, pytest.raises(RuntimeError, match="does not write"):
        tx.record(event())


def test_a_reader_misses_nothing_while_others_write(filled: SqlStore, url: str) -> None:
    """A position read once is complete: no event of a slower writer appears behind it."""
    each, writers = 40, 4
    done = threading.Event()

    def write(writer: int) -> None:
        store = open_store(url)
        for turn in range(each):
            with store.transaction() as tx:
                tx.record(event(detail=f"{writer}-{turn}"))
                if turn % 3 == 0:
                    tx.document(f"doc-000{1 + writer % 3}")  # some hold locks on the way, some do not
        store.close()

    def follow() -> list[Event]:
        seen: list[Event] = []
        while True:
            last = done.is_set()
            with filled.reading() as tx:
                page = tx.events(seen[-1].position if seen else 0, limit=7)
            seen += page
            if last and not page:
                return seen

    with ThreadPoolExecutor(writers + 1) as threads:
        reader = threads.submit(follow)
        for work in [threads.submit(write, writer) for writer in range(writers)]:
            work.result()
        done.set()
        seen = reader.result()
    assert sorted(one.detail for one in seen) == sorted(f"{w}-{t}" for w in range(writers) for t in range(each))
    for writer in range(writers):
        own = [one.detail for one in seen if one.detail.startswith(f"{writer}-")]
        assert own == [f"{writer}-{turn}" for turn in range(each)]
