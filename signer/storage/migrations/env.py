"""Run by Alembic; the connection, with its transaction begun, comes from ``signer.storage.migrate``."""

from __future__ import annotations

from alembic import context

from signer.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    transactional_ddl=True,  # so does every other step: all of it or nothing
)
with context.begin_transaction():
    context.run_migrations()
