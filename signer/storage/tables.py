"""Every table of the office, from the first day: what later work needs has its column now, with a default.

Guarantees that only a database can give against several processes are constraints here: a number exists once
in its series and period; number and notation exist once in an issuer's year, on paper and electronic alike
(NĐ 30 Điều 15(1)); a document has one row in the register; a field is signed once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from signer.model import (
    ApiRole,
    AttachmentStyle,
    DocumentState,
    InitialFor,
    Medium,
    NumberedBy,
    PeriodKind,
    RegisterState,
    RelationKind,
    SignatureRole,
    Urgency,
)
from signer.storage.columns import Key, Moment, Words

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _words(name: str) -> Column[str]:
    return Column(name, Words, nullable=False, server_default="")


def _key(name: str, *args: ForeignKey, null: bool = False) -> Column[str]:
    return Column(name, Key, *args, nullable=null)


def _count(name: str, default: int | None = None) -> Column[int]:
    return Column(name, sa.Integer, nullable=False, server_default=None if default is None else str(default))


def _flag(name: str) -> Column[bool]:
    return Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _period() -> tuple[Column[Any], ...]:
    return Column("since", sa.Date), Column("until", sa.Date), _words("basis")


def _noted() -> tuple[Column[Any], ...]:
    # Rows of the office are never deleted: what the office no longer says is retired, so that a later
    # question ("who was allowed to sign then?") still finds its answer.
    return Column("noted_at", Moment, nullable=False), Column("retired_at", Moment)


def _identity() -> Column[int]:
    return Column("id", sa.Integer, primary_key=True)


# --- the office -----------------------------------------------------------------------------------------------

organisations = Table(
    "organisations",
    metadata,
    Column("id", Key, primary_key=True),
    _count("ordinal"),
    _flag("clerk_signature"),
    Column("attachment_style", Key, nullable=False, server_default=AttachmentStyle.MARK.value),
    *_noted(),
)

organisation_eras = Table(
    "organisation_eras",
    metadata,
    _identity(),
    _key("organisation", ForeignKey("organisations.id")),
    _count("ordinal"),
    _words("name"),
    _words("code"),
    _words("parent"),
    _words("place"),
    *_period(),
    *_noted(),
    Index(None, "organisation"),
)

# The predecessor may have ended before this registry began: no foreign key.
successions = Table(
    "successions",
    metadata,
    _identity(),
    _key("organisation", ForeignKey("organisations.id")),
    _count("ordinal"),
    _key("predecessor"),
    Column("day", sa.Date),
    _words("basis"),
    *_noted(),
    Index(None, "organisation"),
)

seals = Table(
    "seals",
    metadata,
    _identity(),
    _key("organisation", ForeignKey("organisations.id")),
    _count("ordinal"),
    Column("image", sa.LargeBinary),
    Column("diameter_mm", sa.Double, nullable=False),
    *_period(),
    *_noted(),
    Index(None, "organisation"),
)

persons = Table("persons", metadata, Column("id", Key, primary_key=True), _count("ordinal"), _words("name"), *_noted())

# Certificates bind by fingerprint, not by the name in the subject, which lags behind a renamed agency.
certificates = Table(
    "certificates",
    metadata,
    _identity(),
    _key("sha256"),
    _key("key"),
    _key("organisation", ForeignKey("organisations.id"), null=True),
    _key("person", ForeignKey("persons.id"), null=True),
    Column("der", sa.LargeBinary),
    *_period(),
    *_noted(),
    UniqueConstraint("sha256", "key"),
)

issuers = Table(
    "issuers",
    metadata,
    Column("code", Key, primary_key=True),
    _count("ordinal"),
    _words("name"),
    _words("symbol"),
    _key("organisation", ForeignKey("organisations.id")),
    _key("agency_key"),
    Column("clerk_keys", sa.JSON, nullable=False),
    *_period(),
    *_noted(),
)

series = Table(
    "series",
    metadata,
    Column("id", Key, primary_key=True),
    _count("ordinal"),
    Column("kind", Key, nullable=False, server_default="outgoing"),
    Column("types", sa.JSON, nullable=False),
    _key("period"),
    _words("term"),
    _count("first", 1),
    _count("widest", 9999),
    _key("numbered_by"),
    _words("template"),
    _words("title"),
    *_period(),
    *_noted(),
    _one_of("kind", ("outgoing", "incoming", "copy")),
    _one_of("period", PeriodKind),
    _one_of("numbered_by", NumberedBy),
)

series_issuers = Table(
    "series_issuers",
    metadata,
    _identity(),
    _key("series", ForeignKey("series.id")),
    _count("ordinal"),
    _key("issuer", ForeignKey("issuers.code")),
    *_noted(),
    Index(None, "series"),
)

delegations = Table(
    "delegations",
    metadata,
    _identity(),
    _count("ordinal"),
    _key("person", ForeignKey("persons.id")),
    _key("issuer", ForeignKey("issuers.code")),
    Column("capacity", sa.JSON, nullable=False),
    Column("types", sa.JSON, nullable=False),
    *_period(),
    *_noted(),
    Index(None, "person"),
)

custody = Table(
    "custody",
    metadata,
    _identity(),
    _count("ordinal"),
    _key("key"),
    _key("person", ForeignKey("persons.id")),
    *_period(),
    _words("minutes"),
    *_noted(),
    Index(None, "key"),
)

# One row: the digest of the office as last put, by which processes know that what they hold still stands.
office_state = Table(
    "office_state",
    metadata,
    Column("id", sa.Integer, primary_key=True, autoincrement=False),
    _key("digest"),
    Column("put_at", Moment, nullable=False),
)


# --- documents ------------------------------------------------------------------------------------------------

documents = Table(
    "documents",
    metadata,
    Column("id", Key, primary_key=True),
    _count("version"),
    _key("state"),
    _words("reason"),
    _key("agency", ForeignKey("issuers.code")),
    _key("type", null=True),
    _flag("normative"),
    Column("unit", Words),
    _words("subject"),
    _words("place"),
    Column("medium", Key, nullable=False, server_default="electronic"),
    _words("drafter"),
    Column("due_date", sa.Date),
    Column("urgency", Key, nullable=False, server_default=Urgency.NORMAL.value),
    _words("external_id"),
    _words("kept_by"),
    Column("copies", sa.Integer),
    _words("notation"),
    _words("printed_notation"),
    Column("printed_month", sa.Integer),
    Column("printed_year", sa.Integer),
    Column("places", sa.JSON, nullable=False),
    Column("requested_places", sa.JSON, nullable=False),
    _flag("fallback_places"),
    Column("findings", sa.JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    _words("creator_id"),
    _words("creator_name"),
    _words("creator_via"),
    _flag("clerk"),
    Column("command_id", Words),
    Column("command_name", Words),
    Column("command_via", Words),
    Column("under_way_since", Moment),
    Column("copy_form", Key),
    Column("declared_attachments", sa.JSON(none_as_null=True)),
    _one_of("state", DocumentState),
    _one_of("medium", Medium),
    _one_of("urgency", Urgency),
    Index(None, "agency", "id"),
    Index(None, "state", "id"),
    Index(None, "external_id"),
)


def _of_document() -> tuple[Column[Any], ...]:
    return (
        Column("document_id", Key, ForeignKey("documents.id"), nullable=False),
        Column("ordinal", sa.Integer, nullable=False),
    )


# Ordinal 0 is the main file, its attachments follow. ``plan`` is the signing plan for the file's next update;
# ``style`` and ``places`` are an attachment's. A document that was on paper from the start has no file.
document_files = Table(
    "document_files",
    metadata,
    *_of_document(),
    Column("kind", Key, nullable=False, server_default="main"),
    _words("name"),
    Column("media_type", Key, nullable=False, server_default="application/pdf"),
    _key("draft_sha256"),
    _key("sha256"),
    Column("plan", sa.LargeBinary, nullable=False),
    Column("style", Key),
    Column("places", sa.JSON(none_as_null=True)),
    PrimaryKeyConstraint("document_id", "ordinal"),
    _one_of("kind", ("main", "attachment")),
    Index(None, "draft_sha256"),
)

# Each revision that a file ever had; ``version`` is the document's version with which it came.
file_revisions = Table(
    "file_revisions",
    metadata,
    _key("document_id"),
    _count("file"),
    _key("sha256"),
    _count("version"),
    PrimaryKeyConstraint("document_id", "file", "sha256"),
    ForeignKeyConstraint(["document_id", "file"], ["document_files.document_id", "document_files.ordinal"]),
)

document_signers = Table(
    "document_signers",
    metadata,
    *_of_document(),
    _words("name"),
    Column("capacity", sa.JSON, nullable=False),
    _key("person", ForeignKey("persons.id"), null=True),
    PrimaryKeyConstraint("document_id", "ordinal"),
)

document_initials = Table(
    "document_initials",
    metadata,
    *_of_document(),
    _words("name"),
    _key("purpose"),
    _key("person", ForeignKey("persons.id"), null=True),
    PrimaryKeyConstraint("document_id", "ordinal"),
    _one_of("purpose", InitialFor),
)

document_recipients = Table(
    "document_recipients",
    metadata,
    *_of_document(),
    _words("name"),
    _key("organisation", null=True),
    _words("purpose"),
    Column("sent_at", Moment),
    PrimaryKeyConstraint("document_id", "ordinal"),
)

document_relations = Table(
    "document_relations",
    metadata,
    _identity(),
    _key("document_id", ForeignKey("documents.id")),
    _key("kind"),
    _key("other_id", ForeignKey("documents.id"), null=True),
    _words("other_reference"),
    Column("noted_at", Moment, nullable=False),
    _one_of("kind", RelationKind),
    Index(None, "document_id"),
    Index(None, "other_id"),
)

# Who commanded, by whose key, in what capacity, when, on which bytes. A signature is an act of kind "sign".
acts = Table(
    "acts",
    metadata,
    _identity(),
    *_of_document(),
    _count("file", 0),
    _key("kind"),
    _key("field", null=True),
    _key("role", null=True),
    _words("signer"),
    Column("capacity", sa.JSON, nullable=False),
    _words("key"),
    _words("certificate_sha256"),
    _words("level"),
    Column("at", Moment, nullable=False),
    _words("actor_id"),
    _words("actor_name"),
    _words("actor_via"),
    _words("before_sha256"),
    _words("after_sha256"),
    _words("reason"),
    _words("basis"),
    UniqueConstraint("document_id", "ordinal"),
    UniqueConstraint("document_id", "file", "field"),
    _one_of("role", SignatureRole),
)


# --- numbers --------------------------------------------------------------------------------------------------

# The number and the row of the register (NĐ 30 Phụ lục IV) are one thing: columns 1 and 2 are symbol and date.
register = Table(
    "register",
    metadata,
    _key("series", ForeignKey("series.id")),
    _key("period"),
    _count("number"),
    _key("document_id", ForeignKey("documents.id")),
    _key("agency", ForeignKey("issuers.code")),
    _key("state"),
    _key("number_text"),
    _key("notation"),
    _key("symbol"),
    _count("year"),
    Column("date", sa.Date, nullable=False),
    Column("reserved_at", Moment, nullable=False),
    _words("type_and_subject"),
    _words("signer"),
    _words("recipients"),
    _words("kept_by"),
    _words("copies"),
    _words("sent_on"),
    _words("received_by"),
    _words("note"),
    Column("medium", Key, nullable=False, server_default=Medium.ELECTRONIC.value),
    PrimaryKeyConstraint("series", "period", "number"),
    UniqueConstraint("agency", "symbol", "year"),
    UniqueConstraint("document_id"),
    _one_of("state", RegisterState),
    sa.CheckConstraint("number > 0", name="number"),
    Index(None, "agency", "year", "series", "period", "number"),
)

# For changes of a row after issue: what it said before, who changed it, when, why.
register_history = Table(
    "register_history",
    metadata,
    _identity(),
    _key("series"),
    _key("period"),
    _count("number"),
    _key("column"),
    _words("old_value"),
    _words("new_value"),
    _words("actor_id"),
    _words("actor_name"),
    _words("actor_via"),
    Column("at", Moment, nullable=False),
    _words("reason"),
    ForeignKeyConstraint(["series", "period", "number"], ["register.series", "register.period", "register.number"]),
    Index(None, "series", "period", "number"),
)


# --- callers --------------------------------------------------------------------------------------------------

idempotency = Table(
    "idempotency",
    metadata,
    _key("scope"),
    _key("key"),
    _key("body_sha256"),
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
    _key("sha256"),
    _words("name"),
    _key("role"),
    Column("agencies", sa.JSON(none_as_null=True)),
    _key("person", null=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    _one_of("role", ApiRole),
)
