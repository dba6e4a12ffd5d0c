"""A database of each earlier revision, with rows in it, is brought up to date and says what it said."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from signer.model import DocumentState, IssueCommand
from signer.storage import Database, migrate, open_store
from signer.storage.migrations import REVISIONS
from signer.storage.tables import metadata, office_state
from tests.support.stored import ACTOR, NOW, OFFICE, document, number, record


def _fill(url: str) -> None:
    store = open_store(url)
    with store.transaction() as tx:
        tx.put_office(OFFICE, NOW)
        tx.add_document(document(signatures=(record(),), state=DocumentState.SIGNED))
        tx.reserve(*number(1, "doc-0001"))
    store.close()


def _make_old(url: str, filled: str, revision: str = "0001") -> None:
    """An earlier revision's tables at ``url``, with what they can hold of the rows in ``filled``."""
    source, target = Database(filled), Database(url)
    config = Config()
    config.set_main_option("script_location", "signer.storage:migrations")
    with source.begin_reading() as reading, target.begin_migration() as writing:
        config.attributes["connection"] = writing
        command.upgrade(config, revision)
        old = sa.inspect(writing).get_table_names()
        for table in (each for each in metadata.sorted_tables if each.name in old):
            known = {column["name"] for column in sa.inspect(writing).get_columns(table.name)}
            # Ids that the database counts are its own to give; the rows are few and come in their order.
            columns = [c for c in table.c if c.name in known and c is not table.autoincrement_column]
            for row in reading.execute(sa.select(*columns).order_by(*table.primary_key)).mappings():
                writing.execute(table.insert().values(dict(row)))
        writing.execute(office_state.update().values(digest="of the first revision"))
    source.close()
    target.close()


def test_rows_of_the_first_revision_read_back_with_the_defaults(empty_url: str, tmp_path: Path) -> None:
    filled = f"sqlite:///{tmp_path / 'filled.db'}"
    migrate(filled)
    _fill(filled)
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).touch()
    _make_old(empty_url, filled)
    migrate(empty_url)
    row, numbering = number(1, "doc-0001")
    store = open_store(empty_url)
    with store.reading() as tx:
        assert tx.document("doc-0001") == replace(
            document(), signatures=(record(),), state=DocumentState.SIGNED, numbering=numbering
        )
        assert tx.entry("doc-0001") == row
        assert tx.office() == OFFICE
    store.close()


@pytest.mark.parametrize("minutes", ["", "BB 2/BTC-VP"])
def test_an_office_of_the_first_revision_is_put_again(empty_url: str, tmp_path: Path, minutes: str) -> None:
    filled = f"sqlite:///{tmp_path / 'filled.db'}"
    migrate(filled)
    _fill(filled)
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).touch()
    _make_old(empty_url, filled)
    migrate(empty_url)
    wanted = replace(OFFICE, custody=(replace(OFFICE.custody[0], minutes=minutes),))
    store = open_store(empty_url)
    with store.transaction() as tx:
        tx.put_office(wanted, NOW)
    with store.reading() as tx:
        assert tx.office() == wanted
    store.close()
    database = Database(empty_url)
    with database.begin_reading() as connection:
        assert connection.execute(sa.select(office_state.c.digest)).scalar_one() != "of the first revision"
    database.close()


NUMBERED = (
    DocumentState.ISSUING,
    DocumentState.NEEDS_ATTENTION,
    DocumentState.ISSUED,
    DocumentState.RECALLED,
    DocumentState.VOID,
)


def _fill_states(url: str) -> None:
    """A document in each state, with its number where the state has one, some under way."""
    store = open_store(url)
    with store.transaction() as tx:
        tx.put_office(OFFICE, NOW)
        for place, state in enumerate(DocumentState, start=1):
            command = IssueCommand(ACTOR, NOW if state is DocumentState.ISSUING else None)
            tx.add_document(
                document(place, state=state, signatures=(record(),), command=command if state in NUMBERED else None)
            )
        for value, state in enumerate(NUMBERED, start=1):
            tx.reserve(*number(value, f"doc-{list(DocumentState).index(state) + 1:04}"))
    store.close()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_documents_in_each_state_stay_what_they_were(empty_url: str, tmp_path: Path, revision: str) -> None:
    filled = f"sqlite:///{tmp_path / 'filled.db'}"
    migrate(filled)
    _fill_states(filled)
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).touch()
    _make_old(empty_url, filled, revision)
    migrate(empty_url)
    before, after = open_store(filled), open_store(empty_url)
    with before.reading() as then, after.reading() as now:
        told = now.documents()
        assert told == then.documents()
        assert [each.state for each in told] == list(DocumentState)
        assert list(now.register("BTC", 2026)) == list(then.register("BTC", 2026))
    with after.transaction() as tx:
        for each in told:
            if each.state is not DocumentState.RECALLED:
                tx.save_document(tx.document(each.id))
        last = tx.last_number("btc-qd", "2026")
    assert last is not None
    assert last.number == len(NUMBERED)
    before.close()
    after.close()
