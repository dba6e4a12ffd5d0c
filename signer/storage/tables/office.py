"""The office as the settings put it; rows are retired, never deleted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from signer.model import AttachmentStyle, NumberedBy, PeriodKind
from signer.storage.columns import Key, Moment
from signer.storage.tables.base import count, flag, identity, key, metadata, noted, one_of, period, words

organisations = Table(
    "organisations",
    metadata,
    Column("id", Key, primary_key=True),
    count("ordinal"),
    flag("clerk_signature"),
    Column("attachment_style", Key, nullable=False, server_default=AttachmentStyle.MARK.value),
    *noted(),
)

organisation_eras = Table(
    "organisation_eras",
    metadata,
    identity(),
    key("organisation", ForeignKey("organisations.id")),
    count("ordinal"),
    words("name"),
    words("code"),
    words("parent"),
    words("place"),
    *period(),
    *noted(),
    Index(None, "organisation"),
)

# The predecessor may have ended before this registry began: no foreign key.
successions = Table(
    "successions",
    metadata,
    identity(),
    key("organisation", ForeignKey("organisations.id")),
    count("ordinal"),
    key("predecessor"),
    Column("day", sa.Date),
    words("basis"),
    *noted(),
    Index(None, "organisation"),
)

seals = Table(
    "seals",
    metadata,
    identity(),
    key("organisation", ForeignKey("organisations.id")),
    count("ordinal"),
    Column("image", sa.LargeBinary),
    Column("diameter_mm", sa.Double, nullable=False),
    *period(),
    *noted(),
    Index(None, "organisation"),
)

persons = Table("persons", metadata, Column("id", Key, primary_key=True), count("ordinal"), words("name"), *noted())

# Certificates bind by fingerprint, not by the name in the subject, which lags behind a renamed agency.
certificates = Table(
    "certificates",
    metadata,
    identity(),
    key("sha256"),
    key("key"),
    key("organisation", ForeignKey("organisations.id"), null=True),
    key("person", ForeignKey("persons.id"), null=True),
    Column("der", sa.LargeBinary),
    *period(),
    *noted(),
    UniqueConstraint("sha256", "key"),
)

issuers = Table(
    "issuers",
    metadata,
    Column("code", Key, primary_key=True),
    count("ordinal"),
    words("name"),
    words("symbol"),
    key("organisation", ForeignKey("organisations.id")),
    key("agency_key"),
    Column("clerk_keys", sa.JSON, nullable=False),
    *period(),
    *noted(),
)

series = Table(
    "series",
    metadata,
    Column("id", Key, primary_key=True),
    count("ordinal"),
    Column("kind", Key, nullable=False, server_default="outgoing"),
    Column("types", sa.JSON, nullable=False),
    key("period"),
    words("term"),
    count("first", 1),
    count("widest", 9999),
    key("numbered_by"),
    words("template"),
    words("title"),
    *period(),
    *noted(),
    one_of("kind", ("outgoing", "incoming", "copy")),
    one_of("period", PeriodKind),
    one_of("numbered_by", NumberedBy),
)

series_issuers = Table(
    "series_issuers",
    metadata,
    identity(),
    key("series", ForeignKey("series.id")),
    count("ordinal"),
    key("issuer", ForeignKey("issuers.code")),
    *noted(),
    Index(None, "series"),
)

delegations = Table(
    "delegations",
    metadata,
    identity(),
    count("ordinal"),
    key("person", ForeignKey("persons.id")),
    key("issuer", ForeignKey("issuers.code")),
    Column("capacity", sa.JSON, nullable=False),
    Column("types", sa.JSON, nullable=False),
    *period(),
    *noted(),
    Index(None, "person"),
)

custody = Table(
    "custody",
    metadata,
    identity(),
    count("ordinal"),
    key("key"),
    key("person", ForeignKey("persons.id")),
    *period(),
    words("minutes"),
    *noted(),
    Index(None, "key"),
)

# One row: the digest of the office as last put, by which processes know that what they hold still stands.
office_state = Table(
    "office_state",
    metadata,
    Column("id", sa.Integer, primary_key=True, autoincrement=False),
    key("digest"),
    Column("put_at", Moment, nullable=False),
)
