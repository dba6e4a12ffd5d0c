"""Documents by the thousand, in the state that a step needs: one is prepared over HTTP, the others are its like.

Each has bytes of its own, since equal bytes are stored once and a blob that is there already is not written again.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime

from signer import storage
from signer.model import Content
from signer.usecases.prepare import new_id
from tests.bench.http.desk import Desk, draft, varied
from tests.bench.http.drive import fire

ONE_TRANSACTION = 500
"""Documents; the service must get its turn in between."""


class Shelf:
    """What waits for a leader, and what waits for the clerk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._serials = itertools.count(1)
        self._signed: list[str] = []
        database = storage.open_database(desk.settings.store)
        self._store, self._blobs = storage.open_store(database), storage.open_blobs(desk.settings.blobs)
        self._size = len(draft(0))
        first = json.loads(self._prepared_over_http())["id"]
        with self._store.reading() as tx:
            self._first = tx.document(first)
        self._bytes = self._blobs.get(self._first.sha256).read()

    def close(self) -> None:
        self._store.close()

    def drafts(self, count: int) -> list[bytes]:
        """Requests that send drafts in, no two alike."""
        return [self._desk.prepare(next(self._serials)) for _ in range(count)]

    def prepared(self, count: int) -> list[str]:
        """Ids of new documents that wait for their leader."""
        made: list[str] = []
        while len(made) < count:
            with self._store.transaction() as tx:
                for _ in range(min(ONE_TRANSACTION, count - len(made))):
                    data = varied(self._bytes, f"P{next(self._serials)}")
                    document = replace(
                        self._first,
                        id=new_id(datetime.now(UTC)),
                        draft_sha256=hashlib.sha256(data[: self._size]).hexdigest(),
                        sha256=self._blobs.put(Content(data)),
                    )
                    tx.add_document(document)
                    made.append(document.id)
        return made

    def signed(self, documents: list[str]) -> None:
        """A leader has signed these: the clerk may have them."""
        self._signed += documents

    def for_the_clerk(self, count: int, connections: int) -> list[str]:
        """Ids of documents that their leader has signed; what is missing is signed now, unmeasured."""
        if (missing := count - len(self._signed)) > 0:
            more = self.prepared(missing)
            done = fire(self._desk.port, [self._desk.lead(each) for each in more], connections=connections)
            if done.failures:
                raise RuntimeError(f"a leader could not sign: {done.failures[0]}")
            self._signed += more
        taken, self._signed = self._signed[:count], self._signed[count:]
        return taken

    def _prepared_over_http(self) -> bytes:
        done = fire(self._desk.port, self.drafts(1), connections=1, good=201)
        if done.failures:
            raise RuntimeError(f"the sample could not be prepared: {done.failures[0]}")
        return done.bodies[0]
