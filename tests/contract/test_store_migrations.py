"""The schema that migrations make is the schema that the program speaks of, in both databases."""

import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from signer.errors import Kind, SignerError
from signer.storage import Database, migrate, open_database, open_store
from signer.storage.migrations import REVISIONS
from signer.storage.tables import metadata


def test_migrated_schema_and_tables_are_the_same(url: str) -> None:
    database = open_database(url)
    with database.begin_reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = sa.inspect(connection)
        for table in metadata.sorted_tables:
            named = {check["name"] for check in found.get_check_constraints(table.name)}
            wanted = {c.name for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            assert named == wanted, table.name
    database.close()


def test_the_program_knows_every_revision_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", "signer.storage:migrations")
    scripts = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(scripts)) == REVISIONS


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    migrate(empty_url)
    migrate(empty_url)
    open_store(empty_url).close()


def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        list(processes.map(migrate, [empty_url] * 4))
    open_store(empty_url).close()


def test_a_database_that_was_never_migrated_is_refused(empty_url: str) -> None:
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(SignerError) as caught:
        open_store(empty_url)
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "store-not-migrated")


def test_a_database_of_a_newer_program_is_refused_and_not_touched(url: str) -> None:
    database = Database(url)
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (open_store, migrate):
        with pytest.raises(SignerError) as caught:
            use(url)
        assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "store-newer")
    assert database.revision() == "9999"
    database.close()


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    database = Database(empty_url)
    with database.begin() as connection:  # in the way of the migration's own
        connection.execute(sa.text("CREATE TABLE register (x INTEGER)"))
    with pytest.raises((SignerError, sa.exc.DBAPIError)):
        migrate(empty_url)
    with database.begin_reading() as connection:
        assert sa.inspect(connection).get_table_names() == ["register"]
    database.close()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "store.db"
    migrate(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    with store.transaction() as tx:
        tx.documents()
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store.close()
