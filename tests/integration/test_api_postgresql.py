"""The service on PostgreSQL: the same path, and several nodes' worth of clerks at once on one series."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.conftest import CLERKS, Service, annexes
from tests.integration.test_api_copies import copy
from tests.integration.test_api_office import complete, end, enter
from tests.support.postgres import Cluster


@pytest.fixture
def on_postgresql(own_service: Service, cluster: Cluster) -> Iterator[Service]:
    url = cluster.create()
    settings = own_service.provisioned.service
    settings.write_text(re.sub(r"(?m)^store = .*$", f'store = "{url}"', settings.read_text("utf-8")), "utf-8")
    own_service.start()
    yield own_service
    own_service.stop()
    cluster.drop(url)


def test_documents_are_issued_and_registered_on_postgresql(on_postgresql: Service) -> None:
    """Six documents of one series, issued by six clerks at once: numbers 1 to 6, each once, all in the register."""
    documents = [on_postgresql.signed("quyet-dinh") for _ in range(6)]
    with ThreadPoolExecutor(6) as clerks:
        answers = [answer.json() for answer in clerks.map(on_postgresql.issue, documents)]
    assert sorted(answer["number"] for answer in answers) == [1, 2, 3, 4, 5, 6]
    year = answers[0]["date"][:4]
    rows = on_postgresql.ask("clerk", "GET", f"/v1/registers/BTC/{year}").json()["rows"]
    assert [row["symbol"] for row in rows] == [f"{number:02}/QĐ-BTC" for number in range(1, 7)]
    report = on_postgresql.ask(
        "auditor",
        "POST",
        "/v1/verify",
        data=on_postgresql.content(documents[0]),
        headers={"Content-Type": "application/pdf"},
    ).json()
    assert report["verdict"] == "TOTAL-PASSED"


def test_the_office_as_it_is_on_postgresql(on_postgresql: Service) -> None:
    """Attachments, paper, a copy, columns completed, a recall by relation: what SQLite keeps, PostgreSQL keeps."""
    paper = enter(on_postgresql).json()
    assert paper["number"] == 1
    assert complete(on_postgresql, paper["id"], note="đã chuyển").json()["history"][0]["new"] == "đã chuyển"
    assert copy(on_postgresql, of={"document": paper["id"]}).status_code == 201
    document = on_postgresql.issued(annexed=annexes(), relations=[{"kind": "recalls", "document": paper["id"]}])
    told = on_postgresql.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert (told["number"], len(told["files"])) == (2, 3)
    recalled = on_postgresql.ask("auditor", "GET", f"/v1/documents/{paper['id']}").json()
    assert (recalled["state"], {each["kind"] for each in recalled["related"]}) == ("recalled", {"recalls", "copy-of"})
    assert end(on_postgresql, document, "recall").json()["state"] == "recalled"
    figures = on_postgresql.ask("clerk", "GET", f"/v1/registers/BTC/{told['date'][:4]}/deadlines").json()["figures"]
    assert (figures["issued"], figures["on_paper"], figures["recalled"]) == (2, 1, 2)


def test_strange_ids_are_not_found_on_postgresql(on_postgresql: Service) -> None:
    """PostgreSQL keeps no NUL in its texts, and says so with an error of its own."""
    body = {"reason": "x", "actor": CLERKS["BTC"]}
    for document in ("%00", "a%00b", "%F0%9F%92%A9", "a" * 3000):
        path, key = f"/v1/documents/{document}", {"Idempotency-Key": "strange"}
        answers = [
            on_postgresql.ask("clerk", "GET", path),
            on_postgresql.ask("clerk", "GET", f"{path}/register"),
            on_postgresql.ask("clerk", "POST", f"{path}/recall", json=body, headers=key),
            on_postgresql.ask("clerk", "PATCH", f"{path}/register", json={"note": "x"}, headers=key),
            on_postgresql.ask("clerk", "GET", f"/v1/documents?after={document}"),
        ]
        assert all(answer.status_code in (200, 400, 404) for answer in answers), [answer.text for answer in answers]
