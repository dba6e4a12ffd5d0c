"""A store to die in: settings, database and blobs of its own, callers' keys, documents that wait for their leader."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signer import app, storage, wsgi
from signer.model import Content, Slant
from signer.pdf import fonts, images
from signer.settings import Settings, load_settings
from signer.usecases.prepare import new_id
from softhsm.provision import Provisioned
from tests.bench.http.desk import varied
from tests.chaos.journeys import SHELVES, Request
from tests.chaos.killer import Lines
from tests.support.filled import settings_for
from tests.support.postgres import Cluster

ROLES = ("document-system", "leader", "clerk", "auditor")
_SERIAL = itertools.count(1)


@dataclass
class Place:
    """``documents`` is how many there must be, by all that was ordered and nothing else."""

    config: Path
    url: str
    log: Path
    settings: Settings = field(repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    shelves: dict[str, list[str]] = field(default_factory=dict)
    documents: int = 0

    @property
    def database(self) -> str:
        return self.url.partition(":")[0]


class Counter:
    """The service in this process, as a worker of gunicorn has it, and its callers."""

    def __init__(self, place: Place) -> None:
        server = wsgi.Server(place.settings)
        self._callers = server.load().test_client()
        self._keys = place.keys
        assert server._services is not None
        self.services = server._services

    def send(self, request: Request, document: str, key: str, lines: Lines | None = None) -> dict[str, Any]:
        """One order; what came of it, as a caller sees it."""
        if lines is not None:
            lines.begin()
        try:
            answer = self._callers.open(
                request.path.format(id=document),
                method=request.method,
                data=request.body.replace(b"{id}", document.encode()),
                content_type=request.kind,
                headers={"Authorization": f"Bearer {self._keys[request.role]}", "Idempotency-Key": key},
            )
        finally:
            if lines is not None:
                lines.end()
        return told(answer.status_code, answer.get_data(), answer.headers)


def told(status: int, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """An answer as a plain value."""
    return {
        "status": status,
        "body": body.decode(),
        "location": headers.get("Location"),
        "replayed": headers.get("Idempotency-Replayed") == "true",
        "again": "Retry-After" in headers,
    }


@contextmanager
def made(done: Provisioned, cluster: Cluster | None, *, stay: bool = False) -> Iterator[Place]:
    """A new place; its database goes at the end. A folder of its own below that of the tokens."""
    name = f"place-{os.getpid()}-{next(_SERIAL)}"
    folder = done.folder / name
    folder.mkdir()
    url = f"sqlite:///{folder}/antin.db" if cluster is None else cluster.create()
    config = settings_for(done.service, f"service-{name}", url, folder / "blobs")
    # What is to be found is no slow machine: a file that could not be judged in time would count as a finding.
    config.write_text(re.sub(r"(?m)^seconds = .*$", "seconds = 120", config.read_text("utf-8")), "utf-8")
    yield Place(config, url, folder / "log", load_settings(config))
    if cluster is not None and not stay:
        cluster.drop(url)


def warm(settings: Settings) -> None:
    """What a worker makes once and keeps, made once for all that are forked: it touches neither token nor database."""
    for face in (*Slant, fonts.MARK):
        fonts.face(face)
    seals = (each.seal_image for each in settings.office.organisations.values())
    for image in (*seals, *(key.info.image for key in settings.keys)):
        if image:
            images.encode(image)


def want_clerks_signature(done: Provisioned) -> None:
    """Let one agency want its clerk's own signature: then nobody can finish an order but the clerk, with his PIN."""
    pattern = r'(id = "vpcp"(?:(?!\[\[organisation\]\]).)*?clerk_signature = )false'
    text, count = re.subn(pattern, r"\1true", done.keys.read_text("utf-8"), count=1, flags=re.DOTALL)
    assert count == 1
    done.keys.write_text(text, "utf-8")


class Tokens:
    """What SoftHSM leaves of a token when it is killed amid a login: it writes the token's file anew each time.

    A token that is no file cannot be torn so; the file is put back as it was, and that is counted.
    """

    def __init__(self, done: Provisioned) -> None:
        self._whole = {path: path.read_bytes() for path in (done.folder / "tokens").glob("*/token.object")}

    def mend(self) -> int:
        """How many were torn; while nobody uses them."""
        torn = [path for path, whole in self._whole.items() if path.stat().st_size != len(whole)]
        for path in torn:
            path.write_bytes(self._whole[path])
        return len(torn)


def furnish(place: Place, counts: Mapping[str, int]) -> dict[str, Any]:
    """Callers' keys and so many documents on each shelf, no two of equal bytes; in a child of its own."""
    settings = place.settings
    app.set_up(settings)
    database = storage.open_database(settings.store)
    callers = storage.open_api_keys(database)
    keys = {role: callers.add(role, role, None) for role in ROLES}
    counter = Counter(replace(place, keys=keys))
    store, blobs = storage.open_store(database), storage.open_blobs(settings.blobs)
    shelves: dict[str, list[str]] = {}
    for shelf, count in counts.items():
        if count:
            answer = counter.send(SHELVES[shelf], "", f"furnish-{shelf}")
            assert answer["status"] == 201, answer
            shelves[shelf] = _multiplied(store, blobs, answer["location"].rpartition("/")[2], count, shelf)
    return {"keys": keys, "shelves": shelves, "documents": sum(len(each) + 1 for each in shelves.values())}


def _multiplied(store: Any, blobs: Any, document: str, count: int, shelf: str) -> list[str]:
    with store.reading() as tx:
        first = tx.document(document)
    data, ids = blobs.get(first.sha256).read(), []
    with store.transaction() as tx:
        for serial in range(count):
            other = varied(data, f"{shelf[:4]}{serial}")
            draft = hashlib.sha256(f"{shelf} {serial}".encode()).hexdigest()
            copy = replace(first, id=new_id(datetime.now(UTC)), draft_sha256=draft, sha256=blobs.put(Content(other)))
            tx.add_document(copy)
            ids.append(copy.id)
    return ids
