"""Every line: a worker carries a journey out and dies right before the k-th line of our rooms, or amid what it does.

Another process then does what a new worker does, the callers repeat what had no answer, and the store is judged.
Sometimes that process dies too, at a line of its own, and a third has to do.
"""

from __future__ import annotations

import random
import time
from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from softhsm.provision import Provisioned
from tests.chaos.apart import Child, Say, ask
from tests.chaos.journeys import Journey, journeys
from tests.chaos.judge import Books, Came, answer_faults, store_faults
from tests.chaos.killer import Lines, die
from tests.chaos.place import Counter, Place, Tokens, furnish, made, warm
from tests.support.postgres import Cluster

BATCH = 40
"""Rounds in one store: what earlier deaths left there is there for the later ones."""

LATE, TWICE = 0.3, 0.25
"""Shares of the deaths that come a moment after a line has begun, and of the rounds in which two processes die."""

LAST, LAST_LINES = 0.15, 60
"""Share of the deaths among so many last lines of a request: about the commit that makes it true, and the answer."""

AMID = 0.004
"""Seconds: what a line may take, a commit or a token's signature among them."""

PATIENCE = 60.0


@dataclass(frozen=True)
class Fate:
    """Dies at the ``at``-th line of step ``step`` (from 0; -1: after a restart, whatever is done); 0: does not."""

    step: int = 0
    at: int = 0
    late: bool = False


@dataclass(frozen=True)
class Round:
    """One journey through one store."""

    name: str
    journey: Journey
    begins: str
    housekeeping_first: bool
    fates: tuple[Fate, ...]

    def key(self, step: int) -> str:
        return f"{self.name}-{step}-{self.journey.steps[step].step}"


@dataclass
class Sum:
    """What came of all rounds."""

    rounds: int = 0
    deaths: int = 0
    lines: set[str] = field(default_factory=set)
    executed: set[str] = field(default_factory=set)
    kills: Tally[tuple[str, str]] = field(default_factory=Tally)
    places: Tally[str] = field(default_factory=Tally)
    outcomes: Tally[str] = field(default_factory=Tally)
    faults: list[str] = field(default_factory=list)


# --- in a child --------------------------------------------------------------------------------------------------


def _carry_out(place: Place, round_: Round, fate: Fate, say: Say, *, keep: bool = False) -> None:
    """The first: a worker that carries the journey out, and dies."""
    counter, document = Counter(place), round_.begins
    for step, request in enumerate(round_.journey.steps):
        lines = Lines(fate.at if step == fate.step else 0, _struck(say, late=fate.late), keep=keep)
        answer = counter.send(request, document, round_.key(step), lines if keep or step == fate.step else None)
        document = document or _made(answer)
        say({"step": step, "answer": answer, "lines": lines.seen})


def _again(
    place: Place,
    round_: Round,
    known: Mapping[int, dict[str, Any]],
    fate: Fate,
    say: Say,
    wanted: int,
) -> None:
    """The next: a new worker, callers who repeat what had no answer, and the judgement."""
    books = Books(place)
    document = round_.begins or (_made(known[0]) if 0 in known else "")
    missing = [step for step in range(len(round_.journey.steps)) if step not in known]
    if missing:
        state = books.state(document) if document else ""
        request = round_.journey.steps[missing[0]]
        claim = books.claim(place.keys[request.role], request.path.format(id=document), round_.key(missing[0]))
        say({"found": {"step": missing[0], "state": state, "claim": claim}})
    lines = Lines(fate.at, _struck(say, late=fate.late))
    if fate.at:
        lines.begin()
    counter = Counter(place)
    if round_.housekeeping_first:
        counter.services.housekeeping(datetime.now(UTC))
        lines.end()
        say({"kept house": books.state(document) if document else ""})
        if fate.at:
            lines.begin()
    answers = dict(known)
    for step in missing:
        answers[step] = _until_answered(counter, round_, step, document, say)
        document = document or _made(answers[step])
        say({"step": step, "answer": answers[step]})
    if not round_.housekeeping_first:
        counter.services.housekeeping(datetime.now(UTC))
    lines.end()
    steps = round_.journey.steps
    replayed = {round_.key(i): counter.send(each, document, round_.key(i)) for i, each in enumerate(steps)}
    first = {round_.key(step): answer for step, answer in answers.items()}
    faults = answer_faults(first, replayed, {round_.key(i): each.status for i, each in enumerate(steps)})
    faults += store_faults(place, books, [Came(round_.journey, document)], wanted)
    say({"faults": faults})


def _until_answered(counter: Counter, round_: Round, step: int, document: str, say: Say) -> dict[str, Any]:
    """As a caller does who is told to come again."""
    until = time.monotonic() + PATIENCE
    while True:
        answer = counter.send(round_.journey.steps[step], document, round_.key(step))
        if not (answer["again"] and answer["status"] in (409, 503)) or time.monotonic() > until:
            return answer
        say({"told to wait": answer["body"][:300]})
        time.sleep(0.1)


def _struck(say: Say, *, late: bool) -> Any:
    def struck(line: str, room: str) -> None:
        say({"struck": line, "room": room})
        if not late:
            die()

    return struck


def _made(answer: Mapping[str, Any]) -> str:
    """The id of a new document."""
    return str(answer["location"] or "").rpartition("/")[2]


# --- here --------------------------------------------------------------------------------------------------------


class Rounds:
    """Rounds over one kind of database."""

    def __init__(self, done: Provisioned, cluster: Cluster | None, chance: random.Random, total: Sum) -> None:
        self._done, self._cluster, self._chance, self.total = done, cluster, chance, total
        self._journeys = {each.name: each for each in journeys(secrets_of(done))}
        self._traces: dict[str, list[list[str]]] = {}
        self._tokens = Tokens(done)
        self._kind = "postgresql" if cluster else "sqlite"

    def run(self, count: int, only: Sequence[str] = ()) -> None:
        """So many deaths, batch by batch; ends at the first fault."""
        names = [name for name in self._journeys if not only or name in only]
        weights = [WEIGHT[name] for name in names]
        while count > 0 and not self.total.faults:
            batch = min(BATCH, count)
            chosen = self._chance.choices(names, weights, k=batch)
            chosen = [*sorted(set(chosen) - set(self._traces)), *chosen]
            with self._place(chosen) as place:
                for serial, name in enumerate(chosen):
                    if name not in self._traces:
                        self._measure(place, self._round(place, name, serial, ()))
                    else:
                        self._die(place, self._round(place, name, serial, self._fates(name)))
                    if self.total.faults:
                        return
                self._tell(
                    place, ask(lambda: store_faults(place, Books(place), [], place.documents, deep=True), place.log)
                )
            count -= batch

    @contextmanager
    def _place(self, chosen: Sequence[str]) -> Iterator[Place]:
        wanted = Tally(self._journeys[name].begins for name in chosen)
        wanted.pop("", None)
        with made(self._done, self._cluster) as place:
            warm(place.settings)
            furnished = ask(lambda: furnish(place, wanted), place.log)
            place.keys, place.shelves, place.documents = (furnished[k] for k in ("keys", "shelves", "documents"))
            yield place

    def _round(self, place: Place, name: str, serial: int, fates: tuple[Fate, ...]) -> Round:
        journey = self._journeys[name]
        begins = place.shelves[journey.begins].pop() if journey.begins else ""
        place.documents += 0 if journey.begins else journey.documents
        return Round(f"{serial}-{name}", journey, begins, self._chance.random() < 0.5, fates)

    def _measure(self, place: Place, round_: Round) -> None:
        """Nobody dies: which lines a journey goes through, and that the judge is content with it."""
        child = Child(lambda say: _carry_out(place, round_, Fate(), say, keep=True), place.log)
        said = list(child.said())
        known = {each["step"]: each["answer"] for each in said}
        trace = [each["lines"] for each in said]
        if child.status != 0 or len(trace) != len(round_.journey.steps):
            raise RuntimeError(f"{round_.name}: the journey came to no end; see {place.log}")
        self._traces[round_.journey.name] = trace
        self.total.executed.update(line for lines in trace for line in lines)
        last = Child(lambda say: _again(place, round_, known, Fate(), say, place.documents), place.log)
        self._conclude(place, round_, last, list(last.said()))

    def _fates(self, name: str) -> tuple[Fate, ...]:
        """A line where nobody died yet if there is one, each once; else any line of any step."""
        trace, chance = self._traces[name], self._chance
        if chance.random() < LAST:
            step = chance.randrange(len(trace))
            at = len(trace[step]) - chance.randrange(LAST_LINES)
        else:
            all_lines = {line for lines in trace for line in lines}
            line = chance.choice(sorted(all_lines - self.total.lines) or sorted(all_lines))
            step = chance.choice([step for step, lines in enumerate(trace) if line in lines])
            at = chance.choice([index for index, each in enumerate(trace[step], 1) if each == line])
        first = Fate(step, max(1, at), chance.random() < LATE)
        if chance.random() >= TWICE:
            return (first,)
        return (first, Fate(-1, chance.randint(1, len(trace[step]) + 400), chance.random() < LATE))

    def _die(self, place: Place, round_: Round) -> None:
        known, found = {}, None
        first, *others = round_.fates
        child = Child(lambda say: _carry_out(place, round_, first, say), place.log)
        self._follow(child, first, known)
        for fate in (*others, Fate()):
            child = Child(lambda say: _again(place, round_, known, fate, say, place.documents), place.log)  # noqa: B023
            said = self._follow(child, fate, known)
            found = found or said
            if not child.killed:
                self._conclude(place, round_, child, said)
                self._account(round_, found, said)
                return
        raise AssertionError("the last one does not die")

    def _follow(self, child: Child, fate: Fate, known: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
        """Listen to a child until it ends; kill it where its fate says so."""
        told = []
        for each in child.said():
            told.append(each)
            if "struck" in each:
                if fate.late:
                    time.sleep(self._chance.uniform(0, AMID))
                    child.kill()
                self._strikes = each
            if "answer" in each:
                known[each["step"]] = each["answer"]
        if child.killed:
            self.total.deaths += 1
            self.total.lines.add(self._strikes["struck"])
            self.total.executed.add(self._strikes["struck"])
            self.total.places[self._strikes["room"]] += 1
            self.total.outcomes["SoftHSM's file of a token was torn, and put back"] += self._tokens.mend()
        return told

    def _conclude(self, place: Place, round_: Round, child: Child, said: Sequence[dict[str, Any]]) -> None:
        verdict = next((each["faults"] for each in said if "faults" in each), None)
        if verdict is None:
            verdict = [f"the judgement came to no end ({child.status}); see {place.log}"]
        self._tell(place, [f"{self._kind} {round_.name} {round_.fates}: {fault}" for fault in verdict])
        self.total.rounds += bool(round_.fates)

    def _tell(self, place: Place, faults: Sequence[str]) -> None:
        self.total.faults += [f"{fault}\n    store {place.config}" for fault in faults]

    def _account(self, round_: Round, found: Sequence[dict[str, Any]], said: Sequence[dict[str, Any]]) -> None:
        """What the first death left, and who put it right."""
        left = next((each["found"] for each in found if "found" in each), None)
        if left is None:
            self.total.outcomes["nothing was missing"] += 1
            return
        step = round_.journey.steps[left["step"]].step
        house = next((each["kept house"] for each in said if "kept house" in each), None)
        if left["claim"] == "answered":
            had, then = "after COMMIT 2: all but the answer", "the stored answer was given again"
        elif left["state"] == "issuing":
            had = "between: number held"
            then = "finished by recovery" if house == "issued" else "finished by the repeated order"
        elif left["claim"] == "claimed":
            had, then = "before COMMIT 1: key claimed", "had never happened: done by the repeated order"
        else:
            had, then = "before COMMIT 1: nothing", "had never happened: done by the repeated order"
        self.total.kills[step, had] += 1
        self.total.outcomes[then] += 1


def secrets_of(done: Provisioned) -> dict[str, str]:
    """PINs by the name of the key."""
    return {key.name: done.pin(key.name).reveal() for key in done.declared.all_keys() if key.usage != "health"}


WEIGHT = {
    "issue": 4,
    "void": 2,
    "package": 4,
    "initials": 2,
    "clerk": 2,
    "reject": 1,
    "printed": 2,
    "prepare": 1,
    "prepare-package": 1,
    "row": 1,
    "recalls": 1,
    "copy": 1,
}
"""How often each journey is gone: most often where a number and a token are in it."""
