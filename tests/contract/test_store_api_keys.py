"""API keys, over both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from signer.errors import Kind, SignerError
from signer.model import ApiRole
from signer.storage import ApiKeys, Database, open_api_keys, open_database
from signer.storage.tables import api_keys


class SetClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def keys(database: Database, clock: SetClock) -> ApiKeys:
    return open_api_keys(database, clock)


def test_a_key_is_found_by_its_text_only(keys: ApiKeys) -> None:
    text = keys.add("Hệ thống QLVB", "document-system", ["VPCP", "BTC"])
    found = keys.find(text)
    assert found is not None
    assert (found.name, found.role, found.agencies, found.person) == (
        "Hệ thống QLVB",
        ApiRole.DOCUMENT_SYSTEM,
        ("BTC", "VPCP"),
        None,
    )
    assert found.may_act_for("BTC")
    assert not found.may_act_for("UBND-DP")
    assert text.startswith(f"antin_{found.id}_")


def test_a_key_for_all_agencies_and_a_person(keys: ApiKeys) -> None:
    found = keys.find(keys.add("Dung", ApiRole.CLERK, None, "dung.pt"))
    assert found is not None
    assert found.agencies is None
    assert found.person == "dung.pt"
    assert found.may_act_for("anything")


def test_a_key_for_no_agency_reaches_none(keys: ApiKeys) -> None:
    found = keys.find(keys.add("x", ApiRole.AUDITOR, []))
    assert found is not None
    assert found.agencies == ()
    assert not found.may_act_for("BTC")


def test_one_changed_character_is_another_key(keys: ApiKeys) -> None:
    text = keys.add("x", ApiRole.LEADER, None)
    for i in range(len(text)):
        other = text[:i] + ("A" if text[i] != "A" else "B") + text[i + 1 :]
        assert keys.find(other) is None


@pytest.mark.parametrize(
    "text", ["", "antin_", "antin_000000000000_" + "A" * 43, "A" * 100_000, "antin_\x00", "\ud800"]
)
def test_what_is_no_key_finds_nothing(keys: ApiKeys, text: str) -> None:
    assert keys.find(text) is None


def test_the_database_does_not_hold_the_key(keys: ApiKeys, database: Database) -> None:
    text = keys.add("x", ApiRole.LEADER, None)
    with database.begin_reading() as connection:
        stored = repr(connection.execute(sa.select(api_keys)).all())
    assert text.rpartition("_")[2] not in stored
    assert text.split("_", 2)[2] not in stored


def test_a_revoked_key_ends_at_once(keys: ApiKeys) -> None:
    text = keys.add("x", ApiRole.OPERATOR, None)
    [listed] = keys.list()
    keys.revoke(listed.id)
    keys.revoke(listed.id)
    assert keys.find(text) is None
    assert keys.list()[0].revoked_at is not None


def test_revoking_what_is_not_there_is_told(keys: ApiKeys) -> None:
    with pytest.raises(SignerError) as caught:
        keys.revoke("nothing")
    assert (caught.value.kind, caught.value.code) == (Kind.NOT_FOUND, "unknown-api-key")


def test_a_key_expires(keys: ApiKeys, clock: SetClock) -> None:
    text = keys.add("x", ApiRole.AUDITOR, None, expires_at=clock.time + timedelta(days=1))
    assert keys.find(text) is not None
    clock.time += timedelta(days=1)
    assert keys.find(text) is None


def test_keys_are_listed_oldest_first(keys: ApiKeys, clock: SetClock) -> None:
    for name in ("a", "b", "c"):
        keys.add(name, ApiRole.AUDITOR, None)
        clock.time += timedelta(seconds=1)
    assert [key.name for key in keys.list()] == ["a", "b", "c"]


def test_an_unknown_role_is_refused(keys: ApiKeys) -> None:
    with pytest.raises(ValueError, match="emperor"):
        keys.add("x", "emperor", None)


def test_keys_made_with_the_real_clock_hold(database: Database) -> None:
    keys = open_api_keys(database)
    assert keys.find(keys.add("x", ApiRole.CLERK, ["BTC"])) is not None


def test_a_certificate_opens_and_the_secret_beside_it_does_not_exist(keys: ApiKeys, clock: SetClock) -> None:
    key_id = keys.add_certificate("eOffice", "document-system", ["BTC"], "ab" * 32, rate=50)
    found = keys.find_certificate("ab" * 32)
    assert found is not None
    assert (found.id, found.certificate_sha256, found.rate, found.agencies) == (key_id, "ab" * 32, 50, ("BTC",))
    assert keys.find_certificate("cd" * 32) is None
    keys.revoke(key_id)
    assert keys.find_certificate("ab" * 32) is None
    with pytest.raises(SignerError, match="certificate-bound"):
        keys.add_certificate("again", "auditor", None, "ab" * 32)
    keys.add_certificate("short", "auditor", None, "ef" * 32, expires_at=clock.time + timedelta(hours=1))
    clock.time += timedelta(hours=1)
    assert keys.find_certificate("ef" * 32) is None
