"""The register: a number and its row are one thing."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from signer.model import Medium, RegisterState
from signer.storage.columns import Key, Moment
from signer.storage.tables.base import count, identity, key, metadata, one_of, words

# The number and the row of the register (NĐ 30 Phụ lục IV) are one thing: columns 1 and 2 are symbol and date.
register = Table(
    "register",
    metadata,
    key("series", ForeignKey("series.id")),
    key("period"),
    count("number"),
    key("document_id", ForeignKey("documents.id")),
    key("agency", ForeignKey("issuers.code")),
    key("state"),
    key("number_text"),
    key("notation"),
    key("symbol"),
    count("year"),
    Column("date", sa.Date, nullable=False),
    Column("reserved_at", Moment, nullable=False),
    words("type_and_subject"),
    words("signer"),
    words("recipients"),
    words("kept_by"),
    words("copies"),
    words("sent_on"),
    words("received_by"),
    words("note"),
    Column("medium", Key, nullable=False, server_default=Medium.ELECTRONIC.value),
    PrimaryKeyConstraint("series", "period", "number"),
    UniqueConstraint("agency", "symbol", "year"),
    UniqueConstraint("document_id"),
    one_of("state", RegisterState),
    sa.CheckConstraint("number > 0", name="number"),
    Index(None, "agency", "year", "series", "period", "number"),
)

# For changes of a row after issue: what it said before, who changed it, when, why.
register_history = Table(
    "register_history",
    metadata,
    identity(),
    key("series"),
    key("period"),
    count("number"),
    key("column"),
    words("old_value"),
    words("new_value"),
    words("actor_id"),
    words("actor_name"),
    words("actor_via"),
    Column("at", Moment, nullable=False),
    words("reason"),
    ForeignKeyConstraint(["series", "period", "number"], ["register.series", "register.period", "register.number"]),
    Index(None, "series", "period", "number"),
)
