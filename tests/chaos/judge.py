"""Looks a store over from outside, after whatever died in it: what must be true, and what is not."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from policies.model import Severity
from signer import app, storage
from signer.usecases.consistency import Depth
from tests.chaos.journeys import Journey
from tests.chaos.place import Place

_FIELDS = "SELECT field FROM acts WHERE document_id = :id AND file = 0 ORDER BY ordinal"
_ATTACHED = (
    "SELECT f.ordinal, count(a.file) FROM document_files f LEFT JOIN acts a ON a.document_id = f.document_id"
    " AND a.file = f.ordinal WHERE f.document_id = :id AND f.ordinal > 0 GROUP BY f.ordinal"
)
_EVENTS = "SELECT kind FROM events WHERE document_id = :id ORDER BY id"
_STATE = "SELECT state FROM documents WHERE id = :id"
_ROWS = "SELECT series, number, date FROM register ORDER BY series, number"
_ORDER = (
    "SELECT r.series, r.number FROM events e JOIN register r ON r.document_id = e.document_id"
    " WHERE e.kind = 'numbered' ORDER BY e.id"
)
_ENDED = (
    "SELECT d.state, r.state, d.reason FROM register r JOIN documents d ON d.id = r.document_id"
    " WHERE (d.state, r.state) NOT IN (('issued', 'issued'), ('recalled', 'issued'), ('void', 'void'))"
    " OR (d.state = 'void' AND d.reason = '')"
)
_TWICE = (
    "SELECT kind, document_id FROM events WHERE kind IN ('prepared', 'numbered', 'issued', 'voided', 'recalled',"
    " 'rejected') GROUP BY kind, document_id HAVING count(*) > 1"
)
_OPEN = "SELECT scope FROM idempotency WHERE answer IS NULL"
_CLAIM = "SELECT answer IS NOT NULL FROM idempotency WHERE key = :key"


class Books:
    """The rows of a store, read as they are."""

    def __init__(self, place: Place) -> None:
        self._database = storage.open_database(place.settings.store)
        self.close = self._database.close

    def ask(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        with self._database.begin_reading() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), values)]

    def state(self, document: str) -> str:
        """Of a document, "" if there is none."""
        found = self.ask(_STATE, id=document)
        return str(found[0][0]) if found else ""

    def claim(self, secret: str, path: str, key: str) -> str:
        """Of an order: ``free``, ``claimed`` or ``answered``. Keys are stored digested (``signer.web.repeats``)."""
        found = self.ask(_CLAIM, key=hmac.new(secret.encode(), f"{path}\0{key}".encode(), hashlib.sha256).hexdigest())
        return ("answered" if found[0][0] else "claimed") if found else "free"


@dataclass(frozen=True)
class Came:
    """A journey that came to its end, with its document."""

    journey: Journey
    document: str


def store_faults(place: Place, books: Books, came: Sequence[Came], documents: int, *, deep: bool = False) -> list[str]:
    """Everything that is wrong. ``documents`` is how many the orders have made."""
    faults = [fault for each in came for fault in _of(books, each)]
    rows, order = _by_series(books.ask(_ROWS)), _by_series(books.ask(_ORDER))
    for series, numbers in rows.items():
        if [number for number, *_ in numbers] != list(range(1, len(numbers) + 1)):
            faults.append(f"{series}: numbers are {numbers}")
        if [day for _, day in numbers] != sorted(day for _, day in numbers):
            faults.append(f"{series}: dates do not go with numbers")
    if {series: [number for number, *_ in each] for series, each in rows.items()} != {
        series: [number for (number,) in each] for series, each in order.items()
    }:
        faults.append(f"the events are in another order than the numbers: {order}")
    faults += [f"a number that is neither issued nor void: {each}" for each in books.ask(_ENDED)]
    faults += [f"happened twice: {each}" for each in books.ask(_TWICE)]
    faults += [f"an order without an answer: {each}" for each in books.ask(_OPEN)]
    ((count,),) = books.ask("SELECT count(*) FROM documents")
    if count != documents:
        faults.append(f"{count} documents instead of {documents}")
    with app.inspecting(place.settings) as consistency:
        faults += [
            f"antin check: {each.code} {each.where} {each.message.en}"
            for each in consistency(Depth(deep=deep))
            if each.severity is not Severity.INFO
        ]
    return faults


def whole(place: Place, documents: int) -> list[str]:
    """The store at the end, and the signatures in all of its files."""
    return store_faults(place, Books(place), [], documents, deep=True)


def _of(books: Books, came: Came) -> list[str]:
    """One document: its end, one signature a field, one event for each thing that happened."""
    journey, which = came.journey, f"{came.journey.name} {came.document}"
    faults = []
    if (state := books.state(came.document)) != journey.state:
        faults.append(f"{which}: {state} instead of {journey.state}")
    if (fields := tuple(field for (field,) in books.ask(_FIELDS, id=came.document))) != journey.fields:
        faults.append(f"{which}: signed in {fields} instead of {journey.fields}")
    if (events := tuple(kind for (kind,) in books.ask(_EVENTS, id=came.document))) != journey.events:
        faults.append(f"{which}: {events} instead of {journey.events}")
    wanted = 1 if journey.state == "issued" else 0
    faults += [
        f"{which}: attachment {ordinal} bears {count} signatures"
        for ordinal, count in books.ask(_ATTACHED, id=came.document)
        if count != wanted
    ]
    return faults


def answer_faults(
    first: Mapping[str, Mapping[str, Any]], again: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, int]
) -> list[str]:
    """Whether every order was granted in the end, and repeated ones got the answers of the first, to the byte."""
    faults = [
        f"{key}: refused for good: {answer['status']} {answer['body'][:500]}"
        for key, answer in first.items()
        if answer["status"] != wanted[key]
    ]
    for key, answer in again.items():
        if answer["status"] != wanted[key]:
            faults.append(f"{key}: {answer['status']} {answer['body'][:500]}")
        elif not answer["replayed"]:
            faults.append(f"{key}: carried out again")
        elif key in first and any(answer[part] != first[key][part] for part in ("status", "body", "location")):
            faults.append(f"{key}: another answer than the first: {first[key]} {answer}")
    return faults


def _by_series(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for series, *rest in rows:
        found[series].append(tuple(rest))
    return dict(found)
