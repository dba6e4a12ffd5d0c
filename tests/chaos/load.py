"""Under load: the service itself with two workers, callers by the half dozen, and SIGKILL at any moment.

Either all its processes die and it is started again, or one worker dies and its master replaces it. The callers know
nothing of it: they repeat what had no answer, with the same keys.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter as Tally
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from softhsm.provision import Provisioned
from tests.bench.http.desk import children
from tests.chaos.apart import Child, Say, ask
from tests.chaos.journeys import Journey, Request, journeys
from tests.chaos.judge import Books, Came, answer_faults, store_faults, whole
from tests.chaos.lines import WEIGHT, Sum, secrets_of
from tests.chaos.place import Place, Tokens, furnish, made, told, warm
from tests.support.postgres import Cluster

BATCH = 12
"""Deaths of one service and its store."""

CALLERS, JOURNEYS = 6, 12
"""At a time, and between two deaths."""

PATIENCE = 300.0
"""Seconds: on a machine whose disk and cores others use, a start alone may take more than a minute."""


class Service:
    """``antin serve`` in a process group of its own."""

    def __init__(self, place: Place) -> None:
        self._place = place
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        text = place.config.read_text("utf-8")
        place.config.write_text(re.sub(r"(?m)^listen = .*$", f'listen = "{self.address}"', text), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        antin = Path(sys.executable).with_name("antin")
        with self._place.log.open("ab") as log:
            self._process = subprocess.Popen(
                [antin, "serve", "--config", self._place.config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if requests.get(f"http://{self.address}/healthz", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise RuntimeError(f"the service did not start; see {self._place.log}")

    def die(self) -> None:
        """All of it: master, workers, and whatever they started."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def lose_a_worker(self, chance: random.Random) -> bool:
        """Whether there was one to kill."""
        assert self._process is not None
        workers = children(self._process.pid)
        if workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
        return bool(workers)


@dataclass(frozen=True)
class Order:
    """A journey to be gone, from a document or from nothing."""

    name: str
    journey: Journey
    begins: str

    def key(self, step: int) -> str:
        return f"{self.name}-{step}"


class Callers:
    """Send orders until they are answered, and remember every answer."""

    def __init__(self, address: str, place: Place) -> None:
        self._address, self._place = address, place
        self._threads = threading.local()
        self.answers: dict[str, dict[str, Any]] = {}
        self.lost: Tally[str] = Tally()

    def carry_out(self, order: Order) -> Came:
        document = order.begins
        for step, request in enumerate(order.journey.steps):
            answer = self.until_answered(request, document, order.key(step))
            self.answers[order.key(step)] = answer
            if answer["status"] != request.status:
                break
            document = document or str(answer["location"]).rpartition("/")[2]
        return Came(order.journey, document)

    def until_answered(self, request: Request, document: str, key: str) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._send(request, document, key)
            except requests.RequestException:
                self.lost["tries without an answer"] += 1
                time.sleep(0.05)
            else:
                if not (answer["again"] and answer["status"] in (409, 429, 503)):
                    return answer
                code = re.search(r'"code": ?"([a-z-]+)"', answer["body"])
                self.lost[f"tries told to come again: {code.group(1) if code else answer['status']}"] += 1
                if time.monotonic() > until:
                    return answer
                time.sleep(0.1)
            if time.monotonic() > until:
                return {"status": 0, "body": "no answer", "location": None, "replayed": False, "again": False}

    def _send(self, request: Request, document: str, key: str) -> dict[str, Any]:
        if not hasattr(self._threads, "session"):
            self._threads.session = requests.Session()
        answer = self._threads.session.request(
            request.method,
            f"http://{self._address}{request.path.format(id=document)}",
            data=request.body.replace(b"{id}", document.encode()),
            headers={
                "Authorization": f"Bearer {self._place.keys[request.role]}",
                "Idempotency-Key": key,
                "Content-Type": request.kind,
            },
            timeout=30,
        )
        return told(answer.status_code, answer.content, answer.headers)


def _drive(place: Place, work: Sequence[Sequence[Order]], chance: random.Random, tokens: Tokens, say: Say) -> None:
    """In a child: the service, its callers, and who kills it."""
    service, books = Service(place), Books(place)
    service.start()
    try:
        service.wait()
        callers = Callers(service.address, place)
        took = 1.5
        for orders in work:
            all_of_it = chance.random() < 0.5
            began = time.monotonic()
            with ThreadPoolExecutor(CALLERS) as pool:
                coming = [pool.submit(callers.carry_out, order) for order in orders]
                time.sleep(chance.uniform(0, took))
                if all_of_it:
                    service.die()
                    callers.lost["SoftHSM's files of tokens torn, and put back"] += tokens.mend()
                    service.start()
                    service.wait()
                else:
                    all_of_it = not service.lose_a_worker(chance)
                came = [each.result() for each in coming]
            if not all_of_it:
                took = min(5.0, time.monotonic() - began)
            keys = {order.key(i): each for order in orders for i, each in enumerate(order.journey.steps)}
            first = {key: callers.answers[key] for key in keys if key in callers.answers}
            again = {
                order.key(i): callers.until_answered(request, each.document, order.key(i))
                for order, each in zip(orders, came, strict=True)
                for i, request in enumerate(order.journey.steps)
            }
            faults = answer_faults(first, again, {key: each.status for key, each in keys.items()})
            place.documents += sum(order.journey.documents for order in orders if not order.begins)
            faults += store_faults(place, books, came, place.documents)
            say({"faults": faults, "killed": "all" if all_of_it else "one", "lost": dict(callers.lost)})
            callers.lost.clear()
            if faults:
                return
    finally:
        service.die()


class Storms:
    """Deaths of the service, over one kind of database."""

    def __init__(self, done: Provisioned, cluster: Cluster | None, chance: random.Random, total: Sum) -> None:
        self._done, self._cluster, self._chance, self._total = done, cluster, chance, total
        self._journeys = {each.name: each for each in journeys(secrets_of(done))}

    def run(self, count: int) -> None:
        """So many deaths; ends at the first fault."""
        while count > 0 and not self._total.faults:
            self._one_store(min(BATCH, count))
            count -= BATCH

    def _one_store(self, count: int) -> None:
        names = list(self._journeys)
        chosen = [self._chance.choices(names, [WEIGHT[n] for n in names], k=JOURNEYS) for _ in range(count)]
        wanted = Tally(self._journeys[name].begins for each in chosen for name in each)
        wanted.pop("", None)
        with made(self._done, self._cluster) as place:
            warm(place.settings)
            furnished = ask(lambda: furnish(place, wanted), place.log)
            place.keys, place.shelves, place.documents = (furnished[k] for k in ("keys", "shelves", "documents"))
            work = [
                [self._order(place, f"{number}-{serial}", name) for serial, name in enumerate(each)]
                for number, each in enumerate(chosen)
            ]
            chance = random.Random(self._chance.random())  # noqa: S311 - a moment, no secret
            child = Child(lambda say: _drive(place, work, chance, Tokens(self._done), say), place.log)
            made_so_far = 0
            for each in child.said():
                made_so_far += 1
                self._account(place, each)
            if made_so_far < count and not self._total.faults:
                self._total.faults.append(f"the storm came to no end ({child.status}); see {place.log}")
            if not self._total.faults:
                documents = place.documents + sum(
                    order.journey.documents for orders in work for order in orders if not order.begins
                )
                faults = ask(lambda: whole(place, documents), place.log)
                self._total.faults += [f"{fault}\n    store {place.config}" for fault in faults]

    def _order(self, place: Place, name: str, journey: str) -> Order:
        gone = self._journeys[journey]
        return Order(f"{name}-{journey}", gone, place.shelves[gone.begins].pop() if gone.begins else "")

    def _account(self, place: Place, each: dict[str, Any]) -> None:
        self._total.rounds += 1
        self._total.deaths += 1
        self._total.places["under load: all processes" if each["killed"] == "all" else "under load: one worker"] += 1
        for what, number in each["lost"].items():
            self._total.outcomes[f"under load, {what}"] += number
        self._total.faults += [
            f"{place.database}, under load: {fault}\n    store {place.config}" for fault in each["faults"]
        ]
