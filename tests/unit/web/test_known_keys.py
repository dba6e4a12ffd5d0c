"""Keys that were let in are remembered for a second, and no longer than they hold; over a store that is real."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signer import storage
from signer.web.known_keys import KEPT_SECONDS, KnownKeys
from tests.support.stored import NOW


@dataclass
class Desk:
    """The store's keys, what remembers them, and both their clocks."""

    keys: storage.ApiKeys
    at: datetime = NOW
    seconds: float = 100.0
    known: KnownKeys = field(init=False)

    def __post_init__(self) -> None:
        self.known = KnownKeys(self.keys, self, most=2, seconds=lambda: self.seconds)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path}/antin.db"
    storage.migrate(url)
    database = storage.open_database(url)
    yield Desk(storage.open_api_keys(database))
    database.close()


def end_all(desk: Desk) -> None:
    for key in desk.keys.list():
        desk.keys.revoke(key.id)


def test_a_key_is_asked_for_once_a_second(desk: Desk) -> None:
    secret = desk.keys.add("clerk", "clerk", ["BTC"])
    first = desk.known.find(secret)
    assert first is not None
    assert first.name == "clerk"
    end_all(desk)
    desk.seconds += KEPT_SECONDS - 0.01
    assert desk.known.find(secret) is first
    desk.seconds += 0.01
    assert desk.known.find(secret) is None


def test_a_key_that_was_refused_opens_as_soon_as_it_is_there(desk: Desk) -> None:
    secret = desk.keys.add("clerk", "clerk", None)
    other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    assert desk.known.find(other) is None
    assert desk.known.find(secret) is not None
    assert desk.known.find(other) is None


def test_a_key_expires_on_the_moment_although_it_is_remembered(desk: Desk) -> None:
    desk.at = datetime.now(UTC)
    secret = desk.keys.add("clerk", "clerk", None, expires_at=desk.at + timedelta(hours=1))
    assert desk.known.find(secret) is not None
    desk.at += timedelta(hours=1)
    assert desk.known.find(secret) is None


def test_only_so_many_are_remembered_and_no_secret(desk: Desk) -> None:
    secrets = [desk.keys.add(f"clerk {which}", "clerk", None) for which in range(3)]
    assert all(desk.known.find(secret) for secret in secrets)
    assert not any(secret in repr(vars(desk.known)) for secret in secrets)
    end_all(desk)
    assert [desk.known.find(secret) is not None for secret in secrets] == [False, True, True]
