"""Events in order; which worker is at an order; callers who are known by a certificate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from signer.storage.columns import Key, Moment, Words

revision = "0003"
down_revision = "0002"

KINDS = (
    "prepared",
    "signed",
    "numbered",
    "issued",
    "needs-attention",
    "rejected",
    "voided",
    "recalled",
    "row-completed",
)
STATES = ("prepared", "signed", "issuing", "issued", "rejected", "void", "needs_attention", "recalled")


def upgrade() -> None:
    """New columns and one new table; what happened before is in the acts, and is not told again as events."""
    op.add_column("documents", sa.Column("under_way_by", Key(), nullable=True))
    op.add_column("documents", sa.Column("command_receipt", Key(), nullable=True))
    op.add_column("idempotency", sa.Column("owner", Key(), server_default="", nullable=False))
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("certificate_sha256", Key(), nullable=True))
        table.add_column(sa.Column("rate", sa.Integer(), nullable=True))
        table.create_unique_constraint("uq_api_keys_certificate_sha256", ["certificate_sha256"])
    _events()


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", Key(), nullable=False),
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("agency", Key(), nullable=False),
        sa.Column("state", Key(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        *(sa.Column(name, Words(), server_default="", nullable=False) for name in ("actor_id", "actor_name")),
        sa.Column("actor_via", Words(), server_default="", nullable=False),
        sa.Column("external_id", Words(), server_default="", nullable=False),
        sa.Column("symbol", Key(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("detail", Words(), server_default="", nullable=False),
        sa.CheckConstraint(_one_of("kind", KINDS), name=op.f("ck_events_kind")),
        sa.CheckConstraint(_one_of("state", STATES), name=op.f("ck_events_state")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_events_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_agency_id"), "events", ["agency", "id"])
    op.create_index(op.f("ix_events_document_id"), "events", ["document_id"])


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"
