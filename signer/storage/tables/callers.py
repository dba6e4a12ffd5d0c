"""Who may call, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from signer.model import ApiRole
from signer.storage.columns import Key, Moment
from signer.storage.tables.base import key, metadata, one_of, words

# ``owner`` is the worker that carries the order out; nothing but its answer may end up here.
idempotency = Table(
    "idempotency",
    metadata,
    key("scope"),
    key("key"),
    key("body_sha256"),
    Column("started_at", Moment, nullable=False),
    Column("owner", Key, nullable=False, server_default=""),
    Column("answer", sa.LargeBinary),
    PrimaryKeyConstraint("scope", "key"),
    Index(None, "started_at"),
)

# ``agencies`` null: all of them. The key itself is never here, only its digest; a caller who is known by a client
# certificate has none. ``rate``: requests a second, where it is another than the settings'.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Key, primary_key=True),
    key("sha256"),
    words("name"),
    key("role"),
    Column("agencies", sa.JSON(none_as_null=True)),
    key("person", null=True),
    key("certificate_sha256", null=True),
    Column("rate", sa.Integer),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    one_of("role", ApiRole),
    UniqueConstraint("certificate_sha256"),
)
