"""A disk that fills up under a running service, over HTTP: 503 with what to do, and it goes on when there is room."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.small_disk import SmallDisk, small_disk

from .conftest import CLERKS, Service


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 16) as small:
        yield small


@pytest.fixture
def on_small_disk(own_service: Service, disk: SmallDisk) -> Iterator[Service]:
    settings = own_service.provisioned.service
    text = re.sub(r"(?m)^store = .*$", f'store = "sqlite:///{disk.folder}/antin.db"', settings.read_text("utf-8"))
    settings.write_text(re.sub(r"(?m)^blobs = .*$", f'blobs = "{disk.folder}/blobs"', text), "utf-8")
    own_service.start()
    yield own_service
    own_service.stop()


def test_a_disk_fills_up_while_the_service_serves(on_small_disk: Service, disk: SmallDisk):
    service = on_small_disk
    document = service.signed()
    service.key("clerk")
    service.key("operator")
    service.key("auditor")
    order = {"json": {"actor": CLERKS["BTC"]}, "headers": {"Idempotency-Key": "one-order"}}
    path = f"/v1/documents/{document}/issue"
    with closing(sqlite3.connect(disk.folder / "antin.db")) as database:
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    with disk.leaving(0):
        for answer in (service.ask("clerk", "POST", path, **order), service.send()):
            assert (answer.status_code, answer.json()["code"]) == (503, "storage-full")
            assert int(answer.headers["Retry-After"]) > 0
            assert "đầy" in json.dumps(answer.json(), ensure_ascii=False)
        shown = service.ask("auditor", "GET", f"/v1/documents/{document}")
        assert shown.json()["state"] == "signed"
        metrics = service.ask("operator", "GET", "/metrics").text
        assert re.search(r'antin_http_requests_total\{[^}]*status="503"[^}]*\} 1', metrics)
    done = service.ask("clerk", "POST", path, **order).json()
    assert (done["state"], done["number"]) == ("issued", 1)
    assert service.send().status_code == 201
    assert "storage-full" in service.log.read_text("utf-8")
    assert service.antin("check").returncode == 0
