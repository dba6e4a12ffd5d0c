"""Who may call, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from signer.model import ApiRole
from signer.storage.columns import Key, Moment
from signer.storage.tables.base import key, metadata, one_of, words

idempotency = Table(
    "idempotency",
    metadata,
    key("scope"),
    key("key"),
    key("body_sha256"),
    Column("started_at", Moment, nullable=False),
    Column("answer", sa.LargeBinary),
    PrimaryKeyConstraint("scope", "key"),
    Index(None, "started_at"),
)

# ``agencies`` null: all of them. The key itself is never here, only its digest.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Key, primary_key=True),
    key("sha256"),
    words("name"),
    key("role"),
    Column("agencies", sa.JSON(none_as_null=True)),
    key("person", null=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    one_of("role", ApiRole),
)
