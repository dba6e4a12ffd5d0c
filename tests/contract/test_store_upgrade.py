"""A database of the first revision, with rows in it, is brought up to date and says what it said."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from signer.model import DocumentState
from signer.storage import Database, migrate, open_store
from signer.storage.tables import metadata, office_state
from tests.support.stored import NOW, OFFICE, document, number, record


def _fill(url: str) -> None:
    store = open_store(url)
    with store.transaction() as tx:
        tx.put_office(OFFICE, NOW)
        tx.add_document(document(signatures=(record(),), state=DocumentState.SIGNED))
        tx.reserve(*number(1, "doc-0001"))
    store.close()


def _make_old(url: str, filled: str) -> None:
    """The first revision's tables at ``url``, with what they can hold of the rows in ``filled``."""
    source, target = Database(filled), Database(url)
    config = Config()
    config.set_main_option("script_location", "signer.storage:migrations")
    with source.begin_reading() as reading, target.begin_migration() as writing:
        config.attributes["connection"] = writing
        command.upgrade(config, "0001")
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
