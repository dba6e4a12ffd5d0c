"""Lists in pages, and events: read to the end in any steps, nothing is missed and nothing comes twice."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urljoin

import pytest
import requests

from signer import storage
from signer.model import Actor, DocumentState, Event, EventKind
from signer.settings import load_settings

from . import test_api_office as office
from .conftest import Service

ROWS = "/v1/registers/UBND-DP/2026"


@pytest.fixture(scope="module")
def filled(service: Service) -> Service:
    """Seven documents on paper of one agency, one of another."""
    for number in range(1, 8):
        said = office.paper(external_id=f"hs-{number}")
        entered = office.enter(service, "UBND-DP", said)
        assert entered.status_code == 201, entered.text
    assert office.enter(service).status_code == 201
    return service


def pages(service: Service, role: str, path: str, member: str) -> list[list[Any]]:
    """Every page, by the Link header; ``next`` says the same."""
    found: list[list[Any]] = []
    url: str | None = path
    while url is not None:
        answer = service.ask(role, "GET", url)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()[member])
        link = answer.links.get("next")
        assert (link is None) is (answer.json()["next"] is None)
        if link:
            assert f"after={quote(answer.json()['next'])}" in link["url"]
        url = urljoin(path, link["url"]) if link else None
    return found


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_documents_come_in_pages_with_their_filters(filled: Service, limit: int):
    found = pages(filled, "clerk", f"/v1/documents?limit={limit}&agency=UBND-DP&state=issued", "documents")
    ids = [each["external_id"] for page in found for each in page]
    assert ids == [f"hs-{number}" for number in range(1, 8)]
    assert all(len(page) <= limit for page in found)


def test_a_document_is_found_by_the_callers_own_id(filled: Service):
    def found(role: str, external_id: str) -> list[str]:
        answer = filled.ask(role, "GET", f"/v1/documents?external_id={quote(external_id)}").json()
        return [each["external_id"] for each in answer["documents"]]

    assert found("clerk", "hs-3") == ["hs-3"]
    assert found("document-system|--agency|UBND-DP", "hs-3") == ["hs-3"]
    assert found("document-system|--agency|BTC", "hs-3") == []
    assert found("clerk", "hs-") == []


def test_another_agencys_documents_do_not_exist_for_the_filter(filled: Service):
    answer = filled.ask("document-system|--agency|BTC", "GET", "/v1/documents?agency=UBND-DP").json()
    assert answer == {"documents": [], "next": None}


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_a_register_comes_in_pages_when_it_is_asked_to(filled: Service, limit: int):
    whole = filled.ask("clerk", "GET", ROWS).json()
    assert whole["next"] is None
    found = pages(filled, "clerk", f"{ROWS}?limit={limit}", "rows")
    assert [row for page in found for row in page] == whole["rows"]
    assert len(whole["rows"]) == 7
    assert all(len(page) == limit for page in found[:-1])


def test_a_sheet_is_a_whole_book(filled: Service):
    for path in (ROWS, f"{ROWS}/deadlines"):
        for asked in ("limit=2", "after=x"):
            assert filled.ask("clerk", "GET", f"{path}?format=csv&{asked}").status_code == 400


def test_deadlines_come_in_pages(filled: Service):
    """Paper of the year's first days, of which no day of sending is noted, is overdue."""
    for _ in range(3):
        entered = office.enter(filled, "VPCP", date="2026-01-05")
        assert entered.status_code == 201, entered.text
    path = "/v1/registers/VPCP/2026/deadlines"
    whole = filled.ask("clerk", "GET", path).json()
    assert len(whole["late"]) >= 3
    found = pages(filled, "clerk", f"{path}?limit=1", "late")
    assert [late for page in found for late in page] == whole["late"]
    assert all(len(page) == 1 for page in found)


@pytest.mark.parametrize(
    "after",
    ["x", "!", "WzFd", "W10", "bnVsbA", quote("é"), "%00", "a" * 501, "WyJhIiwiYiIsdHJ1ZV0", "-1", "1" * 30],
)
def test_an_after_that_no_page_gave_is_refused(filled: Service, after: str):
    for path in (ROWS, f"{ROWS}/deadlines", "/v1/events"):
        answer = filled.ask("clerk", "GET", f"{path}?after={after}")
        assert (answer.status_code, answer.json()["where"]) == (400, "after"), path


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "x", "", "1000000", "٣"])
def test_a_limit_that_is_no_number_is_refused(filled: Service, limit: str):
    for path in ("/v1/documents", ROWS, f"{ROWS}/deadlines", "/v1/events"):
        assert filled.ask("clerk", "GET", f"{path}?limit={limit}").status_code == 400, path


# --- events ------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(filled: Service) -> Callable[[str, str], None]:
    """Have something happen to a document, by a writer of its own."""
    document = filled.ask("clerk", "GET", "/v1/documents?limit=1&agency=UBND-DP").json()["documents"][0]["id"]

    def tell(detail: str, agency: str) -> None:
        database = storage.open_database(load_settings(filled.provisioned.service).store)
        store = storage.open_store(database)
        for number in range(40):
            with store.transaction() as tx:
                tx.record(
                    Event(
                        EventKind.ROW_COMPLETED,
                        document,
                        agency,
                        DocumentState.ISSUED,
                        datetime.now(UTC),
                        Actor("thu.lm", "Lê Minh Thu", "test"),
                        detail=f"{detail} {number}",
                    )
                )
        database.close()

    return tell


def test_a_reader_that_stops_anywhere_misses_nothing_while_two_write(filled: Service, told: Callable[[str, str], None]):
    begin = filled.ask("operator", "GET", "/v1/events?limit=200").json()["next"]
    writers = [threading.Thread(target=told, args=(name, "BTC")) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    seen, after, rng = [], begin, random.Random(7)  # noqa: S311 - where a reader stops is no secret
    while any(writer.is_alive() for writer in writers) or len(seen) < 80:
        answer = filled.ask("auditor", "GET", f"/v1/events?after={after}&limit={rng.randint(1, 9)}")
        assert answer.status_code == 200, answer.text
        seen += answer.json()["events"]
        after = answer.json()["next"]
        assert answer.links["next"]["url"].endswith(f"after={after}")
    assert filled.ask("auditor", "GET", f"/v1/events?after={after}").json() == {"events": [], "next": after}
    details = [each["detail"] for each in seen]
    assert sorted(details) == sorted(f"{name} {number}" for name in ("one", "two") for number in range(40))
    for name in ("one", "two"):
        assert [each for each in details if each.startswith(name)] == [f"{name} {number}" for number in range(40)]
    assert [int(each["position"]) for each in seen] == sorted({int(each["position"]) for each in seen})
    again = filled.ask("clerk", "GET", f"/v1/events?after={begin}&limit=200").json()["events"]
    assert again == seen


def test_another_agencys_events_do_not_exist_for_a_key(filled: Service, told: Callable[[str, str], None]):
    begin = filled.ask("operator", "GET", "/v1/events?limit=200").json()["next"]
    told("ours", "VPCP")
    told("theirs", "BTC")
    seen = filled.ask("document-system|--agency|VPCP", "GET", f"/v1/events?after={begin}&limit=200").json()["events"]
    assert {each["agency"] for each in seen} == {"VPCP"}
    assert [each["detail"] for each in seen] == [f"ours {number}" for number in range(40)]
    assert filled.ask("leader", "GET", "/v1/events").status_code == 403


def test_events_need_a_key(filled: Service):
    assert requests.get(f"{filled.url}/v1/events", timeout=10).status_code == 401
