"""Documents, their files and revisions, and the acts upon them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from signer.model import DocumentState, InitialFor, Medium, RelationKind, SignatureRole, Urgency
from signer.storage.columns import Key, Moment, Words
from signer.storage.tables.base import count, flag, identity, key, metadata, one_of, words

documents = Table(
    "documents",
    metadata,
    Column("id", Key, primary_key=True),
    count("version"),
    key("state"),
    words("reason"),
    key("agency", ForeignKey("issuers.code")),
    key("type", null=True),
    flag("normative"),
    Column("unit", Words),
    words("subject"),
    words("place"),
    Column("medium", Key, nullable=False, server_default="electronic"),
    words("drafter"),
    Column("due_date", sa.Date),
    Column("urgency", Key, nullable=False, server_default=Urgency.NORMAL.value),
    words("external_id"),
    words("kept_by"),
    Column("copies", sa.Integer),
    words("notation"),
    words("printed_notation"),
    Column("printed_month", sa.Integer),
    Column("printed_year", sa.Integer),
    Column("places", sa.JSON, nullable=False),
    Column("requested_places", sa.JSON, nullable=False),
    flag("fallback_places"),
    Column("findings", sa.JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    words("creator_id"),
    words("creator_name"),
    words("creator_via"),
    flag("clerk"),
    Column("command_id", Words),
    Column("command_name", Words),
    Column("command_via", Words),
    Column("under_way_since", Moment),
    Column("under_way_by", Key),
    Column("command_receipt", Key),
    Column("copy_form", Key),
    Column("declared_attachments", sa.JSON(none_as_null=True)),
    one_of("state", DocumentState),
    one_of("medium", Medium),
    one_of("urgency", Urgency),
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
    words("name"),
    Column("media_type", Key, nullable=False, server_default="application/pdf"),
    key("draft_sha256"),
    key("sha256"),
    Column("plan", sa.LargeBinary, nullable=False),
    Column("style", Key),
    Column("places", sa.JSON(none_as_null=True)),
    PrimaryKeyConstraint("document_id", "ordinal"),
    one_of("kind", ("main", "attachment")),
    Index(None, "draft_sha256"),
)

# Each revision that a file ever had; ``version`` is the document's version with which it came.
file_revisions = Table(
    "file_revisions",
    metadata,
    key("document_id"),
    count("file"),
    key("sha256"),
    count("version"),
    PrimaryKeyConstraint("document_id", "file", "sha256"),
    ForeignKeyConstraint(["document_id", "file"], ["document_files.document_id", "document_files.ordinal"]),
)

document_signers = Table(
    "document_signers",
    metadata,
    *_of_document(),
    words("name"),
    Column("capacity", sa.JSON, nullable=False),
    key("person", ForeignKey("persons.id"), null=True),
    PrimaryKeyConstraint("document_id", "ordinal"),
)

document_initials = Table(
    "document_initials",
    metadata,
    *_of_document(),
    words("name"),
    key("purpose"),
    key("person", ForeignKey("persons.id"), null=True),
    PrimaryKeyConstraint("document_id", "ordinal"),
    one_of("purpose", InitialFor),
)

document_recipients = Table(
    "document_recipients",
    metadata,
    *_of_document(),
    words("name"),
    key("organisation", null=True),
    words("purpose"),
    Column("sent_at", Moment),
    PrimaryKeyConstraint("document_id", "ordinal"),
)

document_relations = Table(
    "document_relations",
    metadata,
    identity(),
    key("document_id", ForeignKey("documents.id")),
    key("kind"),
    key("other_id", ForeignKey("documents.id"), null=True),
    words("other_reference"),
    Column("noted_at", Moment, nullable=False),
    one_of("kind", RelationKind),
    Index(None, "document_id"),
    Index(None, "other_id"),
)

# Who commanded, by whose key, in what capacity, when, on which bytes. A signature is an act of kind "sign".
acts = Table(
    "acts",
    metadata,
    identity(),
    *_of_document(),
    count("file", 0),
    key("kind"),
    key("field", null=True),
    key("role", null=True),
    words("signer"),
    Column("capacity", sa.JSON, nullable=False),
    words("key"),
    words("certificate_sha256"),
    words("level"),
    Column("at", Moment, nullable=False),
    words("actor_id"),
    words("actor_name"),
    words("actor_via"),
    words("before_sha256"),
    words("after_sha256"),
    words("reason"),
    words("basis"),
    UniqueConstraint("document_id", "ordinal"),
    UniqueConstraint("document_id", "file", "field"),
    one_of("role", SignatureRole),
)
