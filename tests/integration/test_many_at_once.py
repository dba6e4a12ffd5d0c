"""Many at once: several workers and programs on one SQLite file, several nodes over one PostgreSQL and one folder.

All of them are processes of their own, as in operation: nothing that they share is in one's memory.
"""

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import requests

from signer import storage
from signer.settings import load_settings
from signer.usecases.prepare import new_id
from softhsm.provision import Provisioned, configure
from tests.bench.http.desk import children
from tests.integration.conftest import ANTIN, CLERKS, DECLARED, Service, make_service
from tests.support.postgres import Cluster

LAN, MAI = CLERKS["BTC"], CLERKS["VPCP"]
MOMENT = r"\d\d:\d\d:\d\d ngày \d\d/\d\d/\d{4}"
TURNS = 8
"""How often two clerks come at the same moment."""


@dataclass(frozen=True)
class Node(Provisioned):
    """The same tokens and certificates, with settings of its own."""

    number: int = 0

    @property
    def service(self) -> Path:
        return self.folder / f"node-{self.number}.toml"


@dataclass
class Office:
    """Everything that works on one store."""

    database: str
    nodes: list[Service]

    @property
    def first(self) -> Service:
        return self.nodes[0]

    def signed(self, name: str, count: int) -> list[str]:
        """Documents that wait for the clerk: one is prepared and signed, the others have its revisions."""
        first, store = self.first, storage.open_store(load_settings(self.first.provisioned.service).store)
        ids = [str(first.send(name).json()["id"])]
        with store.reading() as tx:
            prepared = tx.document(ids[0])
        for signer in DECLARED[name]["signers"]:
            assert first.sign(ids[0], signer["key"]).ok
        with store.transaction() as tx:
            signed = tx.document(ids[0])
            for _ in range(count - 1):
                ids.append(new_id(datetime.now(UTC)))
                tx.add_document(replace(prepared, id=ids[-1]))
                tx.save_document(replace(signed, id=ids[-1], version=prepared.version))
                for record in signed.signatures:
                    tx.add_signature(ids[-1], record)
        store.close()
        for node in self.nodes:
            node.agencies |= dict.fromkeys(ids, DECLARED[name]["agency"])
        return ids

    def rows(self, agency: str) -> list[dict[str, Any]]:
        year = datetime.now(UTC).year
        found: list[dict[str, Any]] = []
        path = f"/v1/registers/{agency}/{year}?limit=100"
        while path:
            answer = self.first.ask("clerk", "GET", path)
            found += answer.json()["rows"]
            path = answer.links["next"]["url"] if "next" in answer.links else ""
        return found

    def numbered(self, documents: Sequence[str]) -> list[str]:
        """These documents in the order in which they were numbered."""
        return [each["document"] for each in self.events(documents, "numbered")]

    def events(self, documents: Sequence[str], kind: str) -> list[dict[str, Any]]:
        """What happened to these documents, in order."""
        wanted, after = set(documents), "0"
        found: list[dict[str, Any]] = []
        while True:
            page = self.first.ask("auditor", "GET", f"/v1/events?limit=200&after={after}").json()["events"]
            if not page:
                return found
            found += [each for each in page if each["kind"] == kind and each["document"] in wanted]
            after = str(page[-1]["position"])

    def agrees(self) -> None:
        """``antin check``, beside the services at work."""
        self.first.antin("check")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(
    request: pytest.FixtureRequest, provisioned: Provisioned, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """On SQLite one service of three workers; on PostgreSQL three services, each with an address of its own."""
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    folder = tmp_path_factory.mktemp("many") / "provisioned"
    shutil.copytree(provisioned.folder, folder)
    configure(Provisioned(folder, provisioned.declared))
    text = (folder / "service.toml").read_text("utf-8")
    url = f"sqlite:///{folder}/antin.db" if cluster is None else cluster.create()
    text = re.sub(r"(?m)^store = .*$", f'store = "{url}"', text)
    text = re.sub(r"(?m)^workers = .*$", f"workers = {3 if cluster is None else 1}", text)
    nodes = []
    for number in range(1 if cluster is None else 3):
        node = Node(folder, provisioned.declared, number)
        node.service.write_text(text, "utf-8")
        nodes.append(make_service(node))
        nodes[-1].start()
        nodes[-1].keys = nodes[0].keys
    yield Office(request.param, nodes)
    for each in nodes:
        each.stop()
    if cluster is not None:
        cluster.drop(url)


def at_once(calls: Sequence[Any]) -> list[Any]:
    """All of them at the same moment, as far as threads can."""
    gate = threading.Barrier(len(calls))

    def go(call: Any) -> Any:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


def ordering(node: Service, document: str, *, by: str = "clerk", **more: Any) -> Any:
    path, body = f"/v1/documents/{document}/issue", more.pop("body", {"actor": node.clerk(document)})
    return lambda: node.ask(by, "POST", path, json=body, **more)


def loser_of(answers: Sequence[requests.Response]) -> dict[str, Any]:
    """One was granted; what the other was told."""
    assert sorted(answer.status_code for answer in answers) == [200, 409], [each.text for each in answers]
    return dict(next(answer for answer in answers if answer.status_code == 409).json())


def test_of_two_clerks_on_one_document_one_wins_and_the_other_hears_who_and_when(office: Office):
    """One names the person who holds the seal, the other names nobody: then it is the API key that speaks."""
    other = "clerk|--agency|BTC"
    for document in office.signed("quyet-dinh", TURNS):
        here, there = office.nodes[0], office.nodes[-1]
        answers = at_once([ordering(here, document), ordering(there, document, by=other, body={})])
        loser, lan_won = loser_of(answers), answers[0].ok
        assert loser["code"] in ("already-issued", "issuing-in-progress", "changed-meanwhile")
        assert (f"{LAN['name']} ({LAN['id']})" if lan_won else "clerk --agency BTC (") in loser["detail_vi"], loser
        assert re.search(MOMENT, loser["detail_vi"]), loser
        (issued,) = office.events([document], "issued")
        assert (issued["by"]["id"] == LAN["id"]) is lan_won
    office.agrees()


def test_of_two_clerks_who_give_the_number_of_a_printed_one_the_other_hears_who_and_when(office: Office):
    for document in office.signed("quyet-dinh", TURNS):
        bodies = [{"medium": "paper", "actor": who} for who in (LAN, MAI)]
        here, there = office.nodes[0], office.nodes[-1]
        answers = at_once([ordering(here, document, body=bodies[0]), ordering(there, document, body=bodies[1])])
        loser, winner = loser_of(answers), LAN if answers[0].ok else MAI
        assert loser["code"] == "already-issued"
        assert f"{winner['name']} ({winner['id']})" in loser["detail_vi"], loser
        assert re.search(MOMENT, loser["detail_vi"]), loser
    office.agrees()


def test_of_two_leaders_hands_on_one_document_one_signature_stays(office: Office):
    document = office.first.send().json()["id"]
    calls = [lambda node=node: node.sign(document, "an.nv") for node in (office.nodes[0], office.nodes[-1])]
    answers = at_once(calls)
    loser = loser_of(answers)
    if loser["code"] == "changed-meanwhile":
        assert re.search(MOMENT, loser["detail_vi"]), loser
    shown = office.first.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert (shown["state"], len(shown["signatures"])) == ("signed", 1)


def test_two_hundred_documents_of_one_series_get_the_numbers_1_to_200(office: Office):
    """Over HTTP at every node, and by the command line besides."""
    documents = office.signed("to-trinh", 200)
    by_hand, rest = documents[:3], documents[3:]
    programs = [
        subprocess.Popen(
            [ANTIN, "--json", "document", "issue", document, "--as", "thu.lm"],
            env={**office.first.environment, "ANTIN_CONFIG": str(office.first.provisioned.service)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for document in by_hand
    ]
    with ThreadPoolExecutor(12) as clerks:
        orders = [ordering(node, document) for node, document in zip(cycle(office.nodes), rest)]
        answers = list(clerks.map(lambda order: order(), orders))
    assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers if not a.ok][:3]
    printed = [program.communicate(timeout=120) for program in programs]
    assert [program.returncode for program in programs] == [0, 0, 0], printed
    rows = office.rows("VTLTNN")
    assert [row["number"] for row in rows] == list(range(1, 201))
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert {row["state"] for row in rows} == {"issued"}
    assert sorted(row["document"] for row in rows) == sorted(documents)
    assert office.numbered(documents) == [row["document"] for row in rows]
    told = {answer.json()["id"]: answer.json()["number"] for answer in answers}
    assert told.items() <= {row["document"]: row["number"] for row in rows}.items()
    for document in documents[::50]:
        pdf = {"Content-Type": "application/pdf"}
        report = office.first.ask(
            "auditor", "POST", "/v1/verify", data=office.first.content(document), headers=pdf
        ).json()
        assert report["verdict"] == "TOTAL-PASSED", report
    office.agrees()


def test_one_key_sent_to_all_of_them_at_once_is_one_order(office: Office):
    document = office.signed("quyet-dinh", 1)[0]
    nodes = [node for node, _ in zip(cycle(office.nodes), range(8), strict=False)]
    answers = at_once([ordering(node, document, headers={"Idempotency-Key": "everywhere"}) for node in nodes])
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    shown = office.first.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert len(shown["signatures"]) == 2
    assert office.numbered([document]) == [document]


def test_what_a_node_that_dies_had_begun_the_others_finish(office: Office):
    """Runs last: on PostgreSQL a node stays away. The callers send the same key to whoever is there."""
    documents = office.signed("cong-van", 60)
    dying, *others = office.nodes[::-1]
    staying = others or [dying]
    assert dying.process is not None
    pid = dying.process.pid

    def order(number: int) -> dict[str, Any]:
        for node in (dying, *staying * 200):
            try:
                sent = ordering(node, documents[number], headers={"Idempotency-Key": f"order-{number}"})()
            except requests.RequestException:
                continue
            if sent.status_code != 409 and sent.status_code != 503:
                assert sent.status_code == 200, sent.text
                return dict(sent.json())
            assert sent.headers["Retry-After"], sent.text
        raise AssertionError("nobody answered")

    done, killed = threading.Event(), []
    with ThreadPoolExecutor(8) as clerks:
        coming = [clerks.submit(order, number) for number in range(len(documents))]
        coming[12].add_done_callback(lambda _: done.set())
        assert done.wait(60)
        killed = children(pid)[:1] if dying in staying else [pid, *children(pid)]
        for each in killed:
            os.kill(each, signal.SIGKILL)
        answers = [each.result(120) for each in coming]
    assert killed
    if dying not in staying:
        dying.process.wait()
        dying.process = None
    assert sorted(answer["number"] for answer in answers) == list(range(1, 61))
    assert [row["number"] for row in office.rows("VPCP")] == list(range(1, 61))
    assert office.numbered(documents) == [row["document"] for row in office.rows("VPCP")]
    office.agrees()
