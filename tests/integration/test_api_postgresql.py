"""The service on PostgreSQL: the same path, and several nodes' worth of clerks at once on one series."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.conftest import Service
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
