"""Attachments with their own signatures, paper beside electronic, copies, and hand-overs with their minutes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from signer.storage.columns import Key, Words

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """New columns only, each with the value that rows of before have."""
    op.add_column("organisations", sa.Column("attachment_style", Key(), server_default="mark", nullable=False))
    op.add_column("series", sa.Column("title", Words(), server_default="", nullable=False))
    op.add_column("custody", sa.Column("minutes", Words(), server_default="", nullable=False))
    op.add_column("documents", sa.Column("copy_form", Key(), nullable=True))
    op.add_column("documents", sa.Column("declared_attachments", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("document_files", sa.Column("style", Key(), nullable=True))
    op.add_column("document_files", sa.Column("places", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("acts", sa.Column("basis", Words(), server_default="", nullable=False))
    op.add_column("register", sa.Column("medium", Key(), server_default="electronic", nullable=False))
