"""The client against the running service: every call, and one effect whatever happens on the way."""

import json
import re
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signer.client import Client, Problem, Unreachable, answers
from tests.support.proxy import Proxy

from .conftest import CLERKS, SAMPLES, Service, annexes, metadata
from .test_api_copies import scanned

YEAR = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).year
GUIDE = Path(__file__).parents[2] / "docs" / "client.md"
DRAFT = SAMPLES / "quyet-dinh.pdf"
CLERK: answers.Actor = {"id": CLERKS["BTC"]["id"], "name": CLERKS["BTC"]["name"]}


def client(service: Service, role: str, **more: float) -> Client:
    return Client(service.url, api_key=service.key(role), **more)  # type: ignore[arg-type]  # timeout, patience


def pin(service: Service) -> str:
    return service.provisioned.pin("an.nv").reveal()


def paper() -> dict[str, object]:
    return {name: value for name, value in metadata("quyet-dinh").items() if name != "agency"}


def test_from_the_draft_to_the_issued_file_and_its_package(service: Service, tmp_path: Path):
    attachments = [(name, SAMPLES / name) for name, _ in annexes()]
    said = metadata("quyet-dinh", external_id="7/2026")
    with client(service, "document-system") as system, client(service, "clerk") as clerk:
        checked = system.check(DRAFT, said, attachments)
        assert checked["ready"], checked
        page = system.check_page(DRAFT, said, tmp_path / "check.html", attachments)
        assert "đủ điều kiện trình ký" in page.path.read_text("utf-8")
        made = system.prepare(DRAFT, said, attachments)
        document = made["id"]
        signed = system.sign(document, "an.nv", pin=pin(service), actor={"id": "an.nv", "name": "Nguyễn Văn An"})
        assert (signed["state"], signed["signature"]["signer"]) == ("signed", "Nguyễn Văn An")
        issued = clerk.issue(document, actor=CLERK)
        assert (issued["state"], issued["symbol"].partition("/")[2]) == ("issued", "QĐ-BTC")
        shown = clerk.show(document)
        assert shown["symbol"] == issued["symbol"]
        assert [each["id"] for each in system.documents(external_id="7/2026", state="issued")] == [document]
        happened = [each for each in system.events() if each["document"] == document]
        assert [each["kind"] for each in happened] == ["prepared", "signed", "numbered", "issued"]
        assert happened[-1]["by"] == CLERK
        assert list(system.events(happened[-1]["position"])) == []

        saved = [clerk.content(document, tmp_path / "1.pdf")]
        saved += [clerk.file(document, each["n"], tmp_path / f"{each['n']}.pdf") for each in shown["files"][1:]]
        assert [each.sha256 for each in saved] == [each["sha256"] for each in shown["files"]]
        assert [each.name for each in saved] == [each["name"] for each in shown["files"]]
        assert saved[0].path.read_bytes() == service.content(document)
        package = [(name, each.path) for (name, _), each in zip(attachments, saved[1:], strict=True)]
        report = system.verify(saved[0].path, package)
        assert report["package"]["verdict"] == "TOTAL-PASSED"
        assert system.verify(saved[0].path.read_bytes())["chain"]["number"] == issued["number_text"]
        with pytest.raises(Problem) as refused:
            clerk.file(document, 9, tmp_path / "9.pdf")
    assert (refused.value.status, refused.value.code) == (404, "unknown-file")
    assert refused.value.request_id.endswith(".1")
    assert not (tmp_path / "9.pdf").exists()


def test_the_rest_of_a_registrys_day(service: Service, tmp_path: Path):
    with client(service, "clerk") as clerk:
        entered = clerk.enter("BTC", paper(), actor=CLERK)
        document = entered["id"]
        row = clerk.complete_row(document, {"received_by": "Bưu điện", "copies": 3}, reason="gửi", actor=CLERK)
        assert (row["received_by"], row["copies"], len(row["history"])) == ("Bưu điện", "3", 2)
        assert clerk.row(document) == row
        book = clerk.register("BTC", YEAR)
        assert book["rows"][-1]["symbol"] == entered["symbol"]
        assert list(clerk.rows("BTC", YEAR)) == book["rows"]
        assert set(book) == {"agency", "agency_name", "year", "rows"}
        assert clerk.deadlines("BTC", YEAR)["figures"]["on_paper"] >= 1
        for form, magic in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF-")):
            sheet = clerk.register_sheet("BTC", YEAR, tmp_path / f"r.{form}", form=form, paper="a4")  # type: ignore[arg-type]
            late = clerk.deadlines_sheet("BTC", YEAR, tmp_path / f"d.{form}", form=form)  # type: ignore[arg-type]
            assert sheet.path.read_bytes().startswith(magic)
            assert late.path.read_bytes().startswith(magic)
            assert (sheet.name, late.name) == (f"register-{YEAR}.{form}", f"deadlines-{YEAR}.{form}")
        said = {"agency": "BTC", "form": "SY", "subject": "Quyết định", "of": {"document": document}, "actor": CLERK}
        copied = clerk.copy(("quét.pdf", scanned()), said)
        assert (copied["copy"], copied["state"]) == ("SY", "issued")
        recalled = clerk.recall(document, "sai căn cứ", actor=CLERK)
        assert recalled["state"] == "recalled"


def test_ends(service: Service):
    with client(service, "document-system") as system, client(service, "clerk") as clerk:
        draft = system.prepare(DRAFT, metadata("quyet-dinh"))["id"]
        assert clerk.reject(draft, "sai thể thức", actor=CLERK)["reason"] == "sai thể thức (Phạm Thị Lan)"
        numbered = service.signed()
        on_paper = clerk.issue_on_paper(numbered, actor=CLERK)
        assert on_paper["medium"] == "paper"
        assert clerk.void(numbered, "nhầm", actor=CLERK)["state"] == "void"


def test_health_tells_an_operator_of_tokens(service: Service):
    with Client(service.url) as anybody, client(service, "operator") as operator:
        assert anybody.health() == {"status": "ready", "store": "ok"}
        assert {"server-btc"} <= {each["name"] for each in operator.health()["tokens"]}


def test_a_refusal_is_told_whole(service: Service, tmp_path: Path):
    with client(service, "document-system") as system:
        with pytest.raises(Problem) as refused:
            system.prepare(DRAFT, metadata("quyet-dinh", type="TB"))
        assert (refused.value.status, refused.value.code) == (422, "notation-differs")
        assert refused.value.detail_vi
        assert refused.value.clause.startswith("NĐ 30/2020/NĐ-CP")
        with pytest.raises(Problem) as refused:
            system.issue("0" * 32)
        assert (refused.value.status, refused.value.code) == (403, "role-not-allowed")
    with Client(service.url, api_key="x" * 40) as stranger, pytest.raises(Problem) as refused:
        stranger.content("0" * 32, tmp_path / "x.pdf")
    assert refused.value.status == 401


# --- whatever happens on the way, one effect

FAULTS = ["gone", "lost", "cut", "busy", "gateway", "slow", "twice"]


@pytest.mark.parametrize("fault", FAULTS)
def test_one_document_one_signature_one_number(service: Service, fault: str):
    """Each order meets the fault once; the client repeats it, and the service carries it out once."""
    said = metadata("quyet-dinh", external_id=f"through {fault}")
    with Proxy(service.port, delay=1.5) as proxy, client(service, "auditor") as auditor:
        held = len(auditor.register("BTC", YEAR)["rows"])
        with (
            Client(proxy.url, api_key=service.key("document-system"), timeout=1.0 if fault == "slow" else 60) as system,
            Client(proxy.url, api_key=service.key("clerk"), timeout=1.0 if fault == "slow" else 60) as clerk,
        ):
            proxy.will(fault)
            document = system.prepare(DRAFT, said)["id"]
            proxy.will(fault)
            signed = system.sign(document, "an.nv", pin=pin(service))
            proxy.will(fault)
            issued = clerk.issue(document, actor=CLERK)
        shown = auditor.show(document)
        rows = auditor.register("BTC", YEAR)["rows"]
        assert [each["id"] for each in auditor.documents(external_id=f"through {fault}")] == [document]
    assert [each["field"] for each in shown["signatures"]] == ["Leader", "Agency"]
    assert shown["signatures"][0] == signed["signature"]
    assert (len(rows), rows[-1]["document"], shown["state"]) == (held + 1, document, "issued")
    assert shown["symbol"] == issued["symbol"] == rows[-1]["symbol"]
    orders = [key for line, key in proxy.seen if line.startswith("POST")]
    assert len(set(orders)) == 3
    # A request passed on twice is answered to one of the two; the other is told that it is in progress.
    assert 3 <= len(orders) <= 6 if fault == "twice" else len(orders) == (3 if fault == "gone" else 6)


def test_an_order_that_was_given_up_is_repeated_by_its_key(service: Service):
    """As after a crash of the caller's own: he has the key, and asks with another client."""
    document = service.signed()
    with Proxy(service.port) as proxy, Client(proxy.url, api_key=service.key("clerk"), patience=3) as clerk:
        proxy.will(*["lost"] * 50)
        with pytest.raises(Unreachable) as failed:
            clerk.issue(document, actor=CLERK)
    assert failed.value.attempts >= 1
    with client(service, "clerk") as later:
        issued = later.issue(document, actor=CLERK, idempotency_key=failed.value.idempotency_key)
        assert later.show(document)["symbol"] == issued["symbol"]
    assert [each["document"] for each in _rows(service)].count(document) == 1


@pytest.mark.parametrize("after", [0.0, 0.03, 0.1])
def test_a_service_that_is_killed_and_comes_back(own_service: Service, after: float):
    """Wherever in the order it is killed, the client's repetition finds or finishes it: one number."""
    own_service.start()
    document = own_service.signed()
    done: list[answers.Issued] = []
    with client(own_service, "clerk") as clerk:
        order = threading.Thread(target=lambda: done.append(clerk.issue(document, actor=CLERK)))
        order.start()
        time.sleep(after)
        own_service.stop(kill=True)
        own_service.start()
        order.join(200)
        shown = clerk.show(document)
    assert [each["symbol"] for each in done] == [shown["symbol"]]
    assert [each["field"] for each in shown["signatures"]] == ["Leader", "Agency"]
    assert [each["document"] for each in _rows(own_service)] == [document]


def test_a_wrong_pin_is_refused_once(service: Service):
    with Proxy(service.port) as proxy, Client(proxy.url, api_key=service.key("document-system")) as system:
        document = system.prepare(DRAFT, metadata("quyet-dinh"))["id"]
        sent = len(proxy.seen)
        with pytest.raises(Problem) as refused:
            system.sign(document, "an.nv", pin="0000")
        assert (refused.value.code, len(proxy.seen)) == ("pin-incorrect", sent + 1)
        system.sign(document, "an.nv", pin=pin(service))


def test_a_file_that_is_cut_on_the_way_is_fetched_again(service: Service, tmp_path: Path):
    document = service.issued()
    with Proxy(service.port) as proxy, Client(proxy.url, api_key=service.key("clerk")) as clerk:
        proxy.will("cut", "gone")
        saved = clerk.content(document, tmp_path / "a.pdf")
    assert saved.path.read_bytes() == service.content(document)
    assert len(proxy.seen) == 2


def test_the_example_of_the_documentation_runs(service: Service):
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", GUIDE.read_text("utf-8"))
    namespace: dict[str, Any] = {}
    for block in blocks:
        exec(block, namespace)  # noqa: S102 - our own documentation
    kept: dict[str, str] = {}
    with client(service, "document-system") as system, client(service, "clerk") as clerk:
        again = [
            namespace["issue_a_decision"](system, clerk, DRAFT, metadata("quyet-dinh"), pin(service), "case-7", kept)
            for _ in range(2)
        ]
        namespace["follow"](system, kept)
        assert again[0] == again[1]
        assert clerk.show(kept["case-7"])["symbol"] == again[0]
        with pytest.raises(SystemExit, match=r"thể loại|ký hiệu|notation"):
            said = metadata("quyet-dinh", type="TB")
            namespace["issue_a_decision"](system, clerk, DRAFT, said, pin(service), "case-8", kept)


def _rows(service: Service) -> list[answers.Row]:
    with client(service, "auditor") as auditor:
        return list(auditor.rows("BTC", YEAR))


def test_the_key_is_not_in_the_services_log(service: Service):
    assert service.key("clerk") not in service.log.read_text()
    assert json.dumps(pin(service)) not in service.log.read_text()
