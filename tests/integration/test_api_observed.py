"""What an operator sees of a running service: metrics of all its processes, its log, its end."""

import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from .conftest import Service, eventually


def measured(service: Service) -> dict[str, float]:
    """Every sample by its name with its labels."""
    answer = service.ask("operator", "GET", "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def lines(service: Service) -> list[dict[str, Any]]:
    """The whole log: each line is JSON, or this fails."""
    return [json.loads(line) for line in service.log.read_text("utf-8").splitlines()]


def workers(service: Service) -> list[int]:
    assert service.process is not None
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text()
    return [int(child) for child in children.split()]


ALIVE = "antin_http_requests_total method=GET route=/healthz status=200"


def test_whichever_process_is_asked_answers_for_all_also_for_those_that_ended(own_service: Service):
    own_service.start()
    asked = 0

    def both_serve() -> bool:
        nonlocal asked
        with ThreadPoolExecutor(8) as pool:
            for answer in pool.map(lambda _: requests.get(f"{own_service.url}/healthz", timeout=10), range(40)):
                assert answer.ok
        asked += 40
        return len({each["pid"] for each in lines(own_service) if each["message"] == "GET /healthz 200"}) == 2

    eventually(both_serve)  # one worker alone shows nothing
    assert {measured(own_service)[ALIVE] for _ in range(10)} == {asked}
    for end in (signal.SIGTERM, signal.SIGKILL):
        first = workers(own_service)[0]
        os.kill(first, end)
        eventually(lambda gone=first: gone not in workers(own_service) and len(workers(own_service)) == 2)
        assert measured(own_service)[ALIVE] == asked


def test_what_was_counted_lies_in_a_folder_that_ends_with_the_service(own_service: Service):
    own_service.start()
    master = own_service.process
    assert master is not None
    said = Path(f"/proc/{workers(own_service)[0]}/environ").read_bytes()
    assert b"antin-metrics" not in said  # the worker's, made at run time; not inherited from who started it
    maps = Path(f"/proc/{workers(own_service)[0]}/maps").read_text()
    assert measured(own_service)["antin_store_up"] == 1
    folders = set(re.findall(r"(/\S*/antin-metrics-\w+)/", maps))
    assert len(folders) == 1
    folder = Path(folders.pop())
    assert folder.stat().st_mode & 0o077 == 0
    own_service.stop()
    assert not folder.exists()


def test_a_documents_way_is_counted_and_timed(own_service: Service):
    own_service.start()
    document = own_service.send().json()["id"]
    assert measured(own_service)["antin_documents state=prepared"] == 1
    assert own_service.sign(document, "an.nv", pin="000000").status_code == 403
    assert own_service.sign(document, "an.nv").ok
    assert own_service.issue(document).ok
    found = measured(own_service)
    assert found["antin_documents state=prepared"] == 0
    assert found["antin_signatures_total outcome=signed role=leader"] == 1
    assert found["antin_signatures_total outcome=forbidden role=leader"] == 1
    assert found["antin_signatures_total outcome=signed role=agency"] == 1
    assert found["antin_numbers_issued_total"] == 1
    assert found["antin_token_present token=server-btc"] == 1
    assert found["antin_http_request_seconds_count method=POST route=/v1/documents/{document_id}/issue"] == 1
    assert (found["antin_signings_running"], found["antin_signings_waiting"]) == (0, 0)
    done = [each for each in lines(own_service) if each["logger"] == "signer.acts"]
    assert [(each["act"], each["document"], each["symbol"]) for each in done] == [
        ("prepared", document, None),
        ("signed", document, None),
        ("numbered", document, "01/QĐ-BTC"),
        ("issued", document, "01/QĐ-BTC"),
    ]
    assert done[-1]["actor"] == "lan.pt"
    assert done[-1]["request_id"] not in ("-", done[0]["request_id"])
    for step in ("auth", "read", "commit", "blob", "draft", "pdf", "certificate", "token"):
        assert found[f"antin_step_seconds_count step={step}"] >= 1, step


def test_a_requests_line_tells_its_steps_and_they_fit_into_it(own_service: Service):
    own_service.start()
    document = own_service.signed()
    done = own_service.issue(document)
    line = next(each for each in lines(own_service) if each["message"].endswith("/issue 200"))
    assert line["request_id"] == done.headers["X-Request-ID"]
    assert line["document"] == document
    assert {"auth_ms", "read_ms", "commit_ms", "blob_ms", "pdf_ms", "token_ms"} <= set(line["steps"])
    assert 0 < sum(line["steps"].values()) <= line["ms"] + 0.1


def test_every_line_from_start_to_end_is_json_with_the_same_members(own_service: Service):
    own_service.start()
    said = requests.get(f"{own_service.url}/nowhere", headers={"X-Request-ID": "mine-1"}, timeout=10)
    assert said.json()["request_id"] == said.headers["X-Request-ID"] == "mine-1"
    own_service.stop()
    whole = lines(own_service)
    assert all({"time", "level", "logger", "message", "request_id", "pid"} <= set(each) for each in whole)
    assert {each["logger"] for each in whole} >= {"gunicorn.error", "signer.wsgi", "signer.access"}
    assert [each["message"] for each in whole if each["request_id"] == "mine-1"] == ["GET - 404"]
    assert any("đang phục vụ tại" in each["message"] for each in whole)
