"""What ``signer.ports`` promises of ``Idempotency``, over both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from signer.errors import Kind, SignerError
from signer.storage import SqlIdempotency, open_database, open_idempotency

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BODY, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def kept(url: str) -> Iterator[SqlIdempotency]:
    database = open_database(url)
    yield open_idempotency(database, takeover=timedelta(seconds=60))
    database.close()


def test_the_same_key_and_body_get_the_same_answer(kept: SqlIdempotency) -> None:
    assert kept.begin("key/path", "k", BODY, NOW) is None
    kept.finish("key/path", "k", b"201 \x00 answer")
    assert kept.begin("key/path", "k", BODY, NOW + timedelta(days=1)) == b"201 \x00 answer"


def test_another_body_is_refused_before_and_after_the_answer(kept: SqlIdempotency) -> None:
    kept.begin("s", "k", BODY, NOW)
    for _ in range(2):
        with pytest.raises(SignerError) as caught:
            kept.begin("s", "k", OTHER, NOW)
        assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "idempotency-key-reused")
        kept.finish("s", "k", b"x")


def test_a_repetition_while_the_first_runs_is_told_to_wait(kept: SqlIdempotency) -> None:
    kept.begin("s", "k", BODY, NOW)
    with pytest.raises(SignerError) as caught:
        kept.begin("s", "k", BODY, NOW + timedelta(seconds=59))
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "idempotency-in-progress")
    assert caught.value.retry_after == 1


def test_a_request_whose_process_died_is_taken_over_once(kept: SqlIdempotency) -> None:
    kept.begin("s", "k", BODY, NOW)
    later = NOW + timedelta(seconds=61)
    assert kept.begin("s", "k", BODY, later) is None
    with pytest.raises(SignerError, match="in-progress"):
        kept.begin("s", "k", BODY, later)


def test_the_first_answer_stands_when_a_request_was_taken_over_after_all(kept: SqlIdempotency) -> None:
    kept.begin("s", "k", BODY, NOW)
    kept.begin("s", "k", BODY, NOW + timedelta(hours=1))
    kept.finish("s", "k", b"first")
    kept.finish("s", "k", b"second")
    assert kept.begin("s", "k", BODY, NOW) == b"first"


def test_an_abandoned_key_may_be_used_again_with_any_body(kept: SqlIdempotency) -> None:
    kept.begin("s", "k", BODY, NOW)
    kept.abandon("s", "k")
    assert kept.begin("s", "k", OTHER, NOW) is None


def test_an_answer_is_not_abandoned(kept: SqlIdempotency) -> None:
    kept.begin("s", "k", BODY, NOW)
    kept.finish("s", "k", b"x")
    kept.abandon("s", "k")
    assert kept.begin("s", "k", BODY, NOW) == b"x"


def test_scopes_do_not_meet(kept: SqlIdempotency) -> None:
    assert kept.begin("s", "k", BODY, NOW) is None
    assert kept.begin("t", "k", OTHER, NOW) is None


def test_old_keys_are_forgotten(kept: SqlIdempotency) -> None:
    kept.begin("s", "old", BODY, NOW)
    kept.begin("s", "new", BODY, NOW + timedelta(days=2))
    assert kept.forget(NOW + timedelta(days=1)) == 1
    assert kept.begin("s", "old", OTHER, NOW) is None
    with pytest.raises(SignerError):
        kept.begin("s", "new", OTHER, NOW)


def test_of_many_at_once_one_goes_on(kept: SqlIdempotency) -> None:
    def begin(_: int) -> str:
        try:
            return "goes on" if kept.begin("s", "k", BODY, NOW) is None else "answered"
        except SignerError as error:
            return error.code

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(begin, range(16)))
    assert sorted(set(outcomes)) == ["goes on", "idempotency-in-progress"]
    assert outcomes.count("goes on") == 1
