"""Tokens that go away, certificates that do not hold, a service that is killed in mid-work."""

import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests

from .conftest import Service, annexes

YEAR = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).year

WRONG_PIN = "kl0-nao-cu6"
"""Like nothing else that stands in a log."""


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def use_certificate(service: Service, key: str, name: str) -> None:
    """Let the settings give ``key`` another certificate."""
    path = service.provisioned.keys
    pattern = rf'(name = "{re.escape(key)}"(?:(?!\[\[).)*?certificate = ")[^"]+'
    text, count = re.subn(pattern, rf"\g<1>certs/{name}.pem", path.read_text("utf-8"), count=1, flags=re.DOTALL)
    assert count == 1
    path.write_text(text, "utf-8")


@contextmanager
def token_gone_while_issuing(service: Service, document: str, token: str) -> Iterator[Future[requests.Response]]:
    """Order the document to be issued, and pull the token after it was found ready and before it signs.

    Between the two lies the commit that takes the number: another writer of the database holds it up.
    """
    service.key("clerk")
    database = sqlite3.connect(service.provisioned.folder / "antin.db", isolation_level=None)
    with ThreadPoolExecutor(1) as pool:
        database.execute("BEGIN IMMEDIATE")
        try:
            order = pool.submit(service.issue, document)
            time.sleep(2)  # milliseconds are needed up to the commit; the service waits ten seconds for it
            assert not order.done()
            service.provisioned.pull_token(token)
        finally:
            database.rollback()
            database.close()
        try:
            order.exception(30)
            yield order
        finally:
            service.provisioned.return_token(token)


# --- tokens ----------------------------------------------------------------------------------------------------


def test_a_token_away_stops_only_what_needs_it_and_takes_no_number(own_service: Service):
    own_service.start()
    mine, other = own_service.signed(), own_service.signed("cong-van")
    first = own_service.signed()
    assert own_service.issue(first).ok
    with own_service.provisioned.token_away("server-btc"):
        away = own_service.issue(mine)
        assert code(away) == (503, "token-unavailable")
        assert int(away.headers["Retry-After"]) > 0
        assert "giữ số" not in away.json()["detail_vi"]
        assert own_service.issue(other).status_code == 200
        shown = own_service.ask("auditor", "GET", f"/v1/documents/{mine}").json()
        assert shown["state"] == "signed"
        assert "number" not in shown
        assert len(own_service.ask("clerk", "GET", f"/v1/registers/BTC/{YEAR}").json()["rows"]) == 1
        tokens = own_service.ask("operator", "GET", "/readyz").json()["tokens"]
        assert [token["name"] for token in tokens if not token["present"]] == ["server-btc"]
        assert requests.get(f"{own_service.url}/readyz", timeout=10).ok
    assert own_service.issue(mine).json()["number"] == 2


def test_a_token_that_goes_away_while_it_signs_leaves_the_number_with_its_document(own_service: Service):
    own_service.start()
    first, mine, next_ = (own_service.signed() for _ in range(3))
    assert own_service.issue(first).ok
    with token_gone_while_issuing(own_service, mine, "server-btc") as order:
        away = order.result()
        assert code(away) == (503, "token-unavailable")
        assert "giữ số 02/QĐ-BTC" in away.json()["detail_vi"]
        assert "chưa bị thay đổi" not in away.json()["detail_vi"]
        shown = own_service.ask("auditor", "GET", f"/v1/documents/{mine}").json()
        assert (shown["state"], shown["number"]) == ("issuing", 2)
        again = own_service.issue(mine)
        assert code(again) == (503, "token-unavailable")
        assert "giữ số 02/QĐ-BTC" in again.json()["detail_vi"]
    assert own_service.issue(next_).json()["number"] == 3
    done = own_service.issue(mine).json()
    assert (done["state"], done["number"], done["date"]) == ("issued", 2, shown["date"])


def test_a_token_away_at_the_start_does_not_stop_the_others(own_service: Service):
    with own_service.provisioned.token_away("server-btc"):
        own_service.start()
        assert own_service.issue(own_service.signed("cong-van")).status_code == 200
        document = own_service.signed()
        assert code(own_service.issue(document)) == (503, "token-unavailable")
    assert own_service.issue(document).json()["number"] == 1


def test_a_wrong_pin_is_tried_once_never_again_by_itself(own_service: Service):
    own_service.start()
    document = own_service.send().json()["id"]
    wrong = own_service.sign(document, "an.nv", pin=WRONG_PIN)
    assert code(wrong) == (403, "pin-incorrect")
    assert wrong.json()["where"] == "pin"
    assert own_service.sign(document, "an.nv").status_code == 200
    assert WRONG_PIN not in own_service.log.read_text()


# --- certificates ----------------------------------------------------------------------------------------------


def test_a_revoked_certificate_does_not_sign(own_service: Service):
    own_service.start()
    document = own_service.send().json()["id"]
    own_service.provisioned.revoke("an.nv")
    answer = own_service.sign(document, "an.nv")
    assert answer.status_code == 422, answer.text
    assert "revoked" in answer.json()["code"]


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (
            {
                "not_before": datetime.now(UTC) - timedelta(days=900),
                "not_after": datetime.now(UTC) - timedelta(days=2),
            },
            "expired",
        ),
        (
            {
                "not_before": datetime.now(UTC) + timedelta(days=2),
                "not_after": datetime.now(UTC) + timedelta(days=300),
            },
            "not-yet",
        ),
        ({"usage": "tsa"}, "usage"),
    ],
)
def test_a_certificate_that_does_not_hold_does_not_sign(own_service: Service, make: dict[str, object], word: str):
    own_service.provisioned.issue_leaf("bad", like="an.nv", **make)
    own_service.provisioned.refresh_revocation()
    use_certificate(own_service, "an.nv", "bad")
    own_service.start()
    document = own_service.send().json()["id"]
    answer = own_service.sign(document, "an.nv")
    codes = [answer.json()["code"], *(found["code"] for found in answer.json().get("findings", []))]
    assert answer.status_code == 422, answer.text
    assert any(word in each for each in codes), codes


def test_an_agencys_certificate_that_does_not_hold_takes_no_number(own_service: Service):
    now = datetime.now(UTC)
    own_service.provisioned.issue_leaf(
        "old", like="agency-btc", not_before=now - timedelta(days=900), not_after=now - timedelta(days=2)
    )
    own_service.provisioned.refresh_revocation()
    use_certificate(own_service, "agency-btc", "old")
    own_service.start()
    document = own_service.signed()
    assert own_service.issue(document).status_code == 422
    assert own_service.ask("auditor", "GET", f"/v1/documents/{document}").json()["state"] == "signed"


def test_an_agencys_certificate_of_another_key_takes_no_number(own_service: Service):
    own_service.provisioned.issue_leaf("mixed", like="agency-btc", public_key_of="agency-vpcp")
    own_service.provisioned.refresh_revocation()
    use_certificate(own_service, "agency-btc", "mixed")
    own_service.start()
    document = own_service.signed()
    assert code(own_service.issue(document)) == (422, "certificate-key-mismatch")
    shown = own_service.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert shown["state"] == "signed"
    assert "number" not in shown
    assert own_service.ask("clerk", "GET", f"/v1/registers/BTC/{YEAR}").json()["rows"] == []


def test_a_certificate_of_another_key_does_not_sign(own_service: Service):
    own_service.provisioned.issue_leaf("mixed", like="an.nv", public_key_of="duc.pm")
    own_service.provisioned.refresh_revocation()
    use_certificate(own_service, "an.nv", "mixed")
    own_service.start()
    document = own_service.send().json()["id"]
    assert code(own_service.sign(document, "an.nv")) == (422, "certificate-key-mismatch")


# --- killed ----------------------------------------------------------------------------------------------------


def killed_while_issuing(
    own_service: Service, documents: list[str], *, threads: int, after: float
) -> list[dict[str, object]]:
    """All processes die amid the orders; the documents as they stand when the next start is done with them."""
    own_service.key("clerk")

    def issue(document: str) -> None:
        with suppress(requests.RequestException):
            own_service.issue(document)

    with ThreadPoolExecutor(threads) as pool:
        work = [pool.submit(issue, document) for document in documents]
        time.sleep(after)
        own_service.stop(kill=True)
        for each in work:
            each.result()
    own_service.start()
    deadline = time.monotonic() + 20
    shown: list[dict[str, object]] = []
    while time.monotonic() < deadline:
        shown = [own_service.ask("auditor", "GET", f"/v1/documents/{document}").json() for document in documents]
        if not any(each["state"] == "issuing" for each in shown):
            break
        time.sleep(0.1)
    return shown


def test_killed_while_many_issue_nothing_is_lost_and_no_number_is_used_twice(own_service: Service):
    own_service.start()
    documents = [own_service.signed("to-trinh") for _ in range(12)]
    shown = killed_while_issuing(own_service, documents, threads=6, after=0.06)
    assert {each["state"] for each in shown} <= {"signed", "issued"}
    for each in shown:
        if each["state"] == "signed":
            assert own_service.issue(str(each["id"])).status_code == 200
    rows = own_service.ask("clerk", "GET", f"/v1/registers/VTLTNN/{YEAR}").json()["rows"]
    assert [row["number"] for row in rows] == list(range(1, 13))
    assert {row["state"] for row in rows} == {"issued"}
    assert sorted(str(row["document"]) for row in rows) == sorted(documents)


def test_killed_while_attachments_are_signed_all_is_signed_or_resumed_under_one_number(own_service: Service):
    own_service.start()
    documents = [own_service.signed("to-trinh", annexed=annexes()) for _ in range(4)]
    shown = killed_while_issuing(own_service, documents, threads=4, after=0.08)
    for each in shown:
        if each["state"] == "signed":
            assert own_service.issue(str(each["id"])).status_code == 200
    rows = own_service.ask("clerk", "GET", f"/v1/registers/VTLTNN/{YEAR}").json()["rows"]
    assert [(row["number"], row["state"]) for row in rows] == [(number, "issued") for number in (1, 2, 3, 4)]
    for document in documents:
        urls = [f"/v1/documents/{document}/files/{n}" for n in (1, 2, 3)]
        main, *others = (own_service.ask("auditor", "GET", url).content for url in urls)
        names = [name for name, _ in annexes()]
        parts = [("file", main), *(("attachment", each) for each in zip(names, others, strict=True))]
        report = own_service.ask("auditor", "POST", "/v1/verify", files=parts).json()
        assert report["package"]["verdict"] == "TOTAL-PASSED", report


def test_a_token_that_goes_away_leaves_a_package_that_resumes(own_service: Service):
    own_service.start()
    document = own_service.signed(annexed=annexes())
    with token_gone_while_issuing(own_service, document, "server-btc") as order:
        assert code(order.result()) == (503, "token-unavailable")
    shown = own_service.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert (shown["state"], shown["number"]) == ("issuing", 1)
    done = own_service.issue(document).json()
    assert (done["state"], done["number"], len(done["files"])) == ("issued", 1, 3)


def test_what_was_broken_off_is_finished_by_the_next_start(own_service: Service):
    own_service.start()
    document = own_service.signed()
    with token_gone_while_issuing(own_service, document, "server-btc") as order:
        assert order.result().status_code == 503
        own_service.stop()
    own_service.start()
    deadline = time.monotonic() + 20
    shown: dict[str, object] = {}
    while time.monotonic() < deadline and shown.get("state") != "issued":
        shown = own_service.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert (shown["state"], shown["number"]) == ("issued", 1)
    answer = own_service.issue(document)
    assert code(answer) == (409, "already-issued")


def test_stopping_is_orderly(own_service: Service):
    own_service.start()
    process = own_service.process
    assert process is not None
    own_service.stop()
    assert process.returncode == 0
    assert "error" not in own_service.log.read_text().replace("gunicorn.error", "")
