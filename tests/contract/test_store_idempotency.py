"""What ``signer.ports`` promises of ``Idempotency`` and ``Presence``, over both databases."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from signer.errors import Kind, SignerError
from signer.ports import Claim, Presence
from signer.storage import Database, SqlIdempotency, open_database, open_idempotency, open_presence, open_store
from signer.storage.idempotency import OVERDUE

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BODY, OTHER = "a" * 64, "b" * 64
KEEP = timedelta(days=3)

OTHER_PROCESS = """
import sys
from signer.storage import open_database, open_idempotency, open_presence
from datetime import datetime, timedelta, UTC
database = open_database(sys.stdin.readline().strip())  # a URL may hold a password: not an argument
presence = open_presence(database)
open_idempotency(database, presence).begin("s", "k", "a" * 64, datetime(2026, 11, 22, 3, tzinfo=UTC))
print(presence.name(), flush=True)
sys.stdin.readline()
"""


@dataclass
class Kept:
    """One worker's view of the database."""

    url: str
    database: Database
    presence: Presence
    idempotency: SqlIdempotency

    def begin(self, body: str = BODY, after: timedelta = timedelta(0), key: str = "k", scope: str = "s") -> str | bytes:
        """``claimed``, the answer, or the code of the refusal."""
        try:
            given = self.idempotency.begin(scope, key, body, NOW + after)
        except SignerError as error:
            assert error.kind is Kind.CONFLICT
            return error.code
        return "claimed" if isinstance(given, Claim) else given

    def claim(self, key: str = "k") -> Claim:
        return Claim("s", key, self.presence.name())

    def answer(self, answer: bytes, claim: Claim | None = None) -> None:
        with open_store(self.database).transaction() as tx:
            tx.answer(claim or self.claim(), answer)


@pytest.fixture
def kept(url: str) -> Iterator[Kept]:
    database = open_database(url)
    presence = open_presence(database)
    yield Kept(url, database, presence, open_idempotency(database, presence, keep=KEEP))
    presence.close()
    database.close()


@pytest.fixture
def other(kept: Kept) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has claimed the key ``k``; its name is what it says first."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(kept.url + "\n")
    process.stdin.flush()
    yield process
    process.kill()
    process.communicate()


def name_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_the_same_key_and_body_get_the_same_answer(kept: Kept) -> None:
    assert kept.begin() == "claimed"
    kept.answer(b"201 \x00 answer")
    assert kept.begin(after=timedelta(days=1)) == b"201 \x00 answer"


def test_another_body_is_refused_before_and_after_the_answer(kept: Kept) -> None:
    kept.begin()
    assert kept.begin(OTHER) == "idempotency-key-reused"
    kept.answer(b"x")
    assert kept.begin(OTHER) == "idempotency-key-reused"


def test_a_repetition_while_the_first_runs_is_told_to_wait(kept: Kept) -> None:
    kept.begin()
    assert kept.begin(after=OVERDUE - timedelta(seconds=1)) == "idempotency-in-progress"


def test_a_request_that_hangs_is_taken_over_once(kept: Kept) -> None:
    kept.begin()
    assert kept.begin(after=OVERDUE) == "claimed"
    assert kept.begin(after=OVERDUE) == "idempotency-in-progress"


def test_what_a_killed_process_claimed_is_taken_over_at_once_and_only_then(
    kept: Kept, other: subprocess.Popen[str]
) -> None:
    name = name_of(other)
    assert kept.presence.alive(name)
    assert kept.begin() == "idempotency-in-progress"
    other.kill()
    other.wait()
    while kept.presence.alive(name):  # PostgreSQL hears of it when the socket closes
        pass
    assert kept.begin() == "claimed"
    assert kept.begin() == "idempotency-in-progress"


def test_who_was_taken_over_can_store_neither_effect_nor_answer(kept: Kept, other: subprocess.Popen[str]) -> None:
    lost = Claim("s", "k", name_of(other))
    other.kill()
    other.wait()
    while kept.presence.alive(lost.owner):
        pass
    kept.begin()
    with pytest.raises(SignerError) as caught:
        kept.answer(b"late", lost)
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "idempotency-taken-over")
    kept.idempotency.abandon(lost)
    kept.answer(b"first")
    assert kept.begin() == b"first"


def test_an_abandoned_key_may_be_used_again_with_any_body(kept: Kept) -> None:
    kept.begin()
    kept.idempotency.abandon(kept.claim())
    assert kept.begin(OTHER) == "claimed"


def test_an_answer_is_neither_abandoned_nor_replaced(kept: Kept) -> None:
    kept.begin()
    kept.answer(b"x")
    kept.idempotency.abandon(kept.claim())
    with pytest.raises(SignerError, match="idempotency-taken-over"):
        kept.answer(b"y")
    assert kept.begin() == b"x"


def test_scopes_do_not_meet(kept: Kept) -> None:
    assert kept.begin() == "claimed"
    assert kept.begin(OTHER, scope="t") == "claimed"


def test_a_key_is_a_new_one_after_its_time(kept: Kept) -> None:
    kept.begin()
    kept.answer(b"x")
    assert kept.begin(OTHER, after=KEEP - timedelta(seconds=1)) == "idempotency-key-reused"
    assert kept.begin(OTHER, after=KEEP) == "claimed"


def test_old_keys_are_forgotten(kept: Kept) -> None:
    kept.begin(key="old")
    kept.begin(key="new", after=timedelta(days=2))
    assert kept.idempotency.forget(NOW + KEEP + timedelta(days=1)) == 1
    assert kept.begin(OTHER, key="old", after=timedelta(days=2)) == "claimed"
    assert kept.begin(OTHER, key="new", after=timedelta(days=2)) == "idempotency-key-reused"


def test_of_many_at_once_one_goes_on(kept: Kept) -> None:
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda _: kept.begin(), range(16)))
    assert set(outcomes) == {"claimed", "idempotency-in-progress"}
    assert outcomes.count("claimed") == 1


# --- presence ---------------------------------------------------------------------------------------------------


def test_a_process_is_there_until_it_leaves(kept: Kept) -> None:
    name = kept.presence.name()
    assert name == kept.presence.name()
    assert kept.presence.alive(name)
    database = open_database(kept.url)
    elsewhere = open_presence(database)
    assert elsewhere.name() != name
    assert elsewhere.alive(name)
    kept.presence.close()  # type: ignore[attr-defined]  # both implementations have it
    assert not elsewhere.alive(name)
    elsewhere.close()
    database.close()


@pytest.mark.parametrize("name", ["", "nobody.1.2", "../antin.db", "a/b", "x" * 300, "tên"])
def test_a_name_that_nobody_bears_is_not_alive(kept: Kept, name: str) -> None:
    assert not kept.presence.alive(name)
