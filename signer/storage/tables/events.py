"""What has happened, in order: systems follow it, and the auditor's log will be built on it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from signer.model import DocumentState, EventKind
from signer.storage.columns import Key, Moment
from signer.storage.tables.base import identity, key, metadata, one_of, words

# The id is the position: writers take their turn right before they commit (``signer.storage.events``), so that what
# is read up to a position is complete for good. It says what was true then, whatever the document has become since.
events = Table(
    "events",
    metadata,
    identity(),
    key("kind"),
    key("document_id", ForeignKey("documents.id")),
    key("agency"),
    key("state"),
    Column("at", Moment, nullable=False),
    words("actor_id"),
    words("actor_name"),
    words("actor_via"),
    words("external_id"),
    Column("symbol", Key),
    Column("date", sa.Date),
    words("detail"),
    one_of("kind", EventKind),
    one_of("state", DocumentState),
    Index(None, "agency", "id"),
    Index(None, "document_id"),
    sqlite_autoincrement=True,
)
