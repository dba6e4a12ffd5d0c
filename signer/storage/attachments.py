"""Attachments of a document and its relations to others: statements, and rows to values and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from signer.model import Attachment, AttachmentStyle, Document, Place, Rect, Relation, RelationKind, SignatureRecord
from signer.storage.prepared import Record, Statement
from signer.storage.tables import document_files, document_relations

KIND = "attachment"

Parameters = dict[str, Any]

_FILES = (
    select(document_files)
    .where(document_files.c.kind == KIND)
    .order_by(document_files.c.document_id, document_files.c.ordinal)
)
FILES = Statement(_FILES.where(document_files.c.document_id == bindparam("id")))
FILES_OF = _FILES.where(document_files.c.document_id.in_(bindparam("ids", expanding=True)))

_RELATIONS = select(document_relations).order_by(document_relations.c.id)
RELATIONS = Statement(_RELATIONS.where(document_relations.c.document_id == bindparam("id")))
RELATIONS_OF = _RELATIONS.where(document_relations.c.document_id.in_(bindparam("ids", expanding=True)))
RELATIONS_TO = Statement(_RELATIONS.where(document_relations.c.other_id == bindparam("id")))
RELATE = Statement(document_relations.insert())
# Not the main file's: a statement is compiled for the columns of its first row, and an attachment has more of them.
ADD_FILE = Statement(document_files.insert())


def rows(document: Document) -> list[Parameters]:
    """The rows of a document's attachments; ordinals count from 1."""
    return [
        {
            "document_id": document.id,
            "ordinal": ordinal,
            "kind": KIND,
            "name": each.name,
            "style": each.style.value,
            "places": written(each.places),
            **newest(each),
        }
        for ordinal, each in enumerate(document.attachments, start=1)
    ]


def newest(attachment: Attachment) -> Parameters:
    """An attachment's digests and plan, as of ``documents.main_file``."""
    return {"draft_sha256": attachment.draft_sha256, "sha256": attachment.sha256, "plan": attachment.plan}


def attachments(
    files: Iterable[Record], signed: Mapping[tuple[str, int], SignatureRecord]
) -> dict[str, tuple[Attachment, ...]]:
    """Attachments by document; ``signed`` are the agency's signatures by document and ordinal."""
    found: dict[str, list[Attachment]] = defaultdict(list)
    for row in files:
        found[row.document_id].append(
            Attachment(
                name=row.name,
                style=AttachmentStyle(row.style),
                draft_sha256=row.draft_sha256,
                sha256=row.sha256,
                plan=row.plan,
                places=read(row.places),
                signature=signed.get((row.document_id, row.ordinal)),
            )
        )
    return {document: tuple(several) for document, several in found.items()}


def relation_row(document_id: str, relation: Relation, now: datetime) -> Parameters:
    """The row of a relation."""
    return {
        "document_id": document_id,
        "kind": relation.kind.value,
        "other_id": relation.document or None,
        "other_reference": relation.reference,
        "noted_at": now,
    }


def relation(row: Record) -> Relation:
    """A row as a value."""
    return Relation(RelationKind(row.kind), row.other_id or "", row.other_reference)


def relations(found: Iterable[Record]) -> dict[str, tuple[Relation, ...]]:
    """Relations by the document that has them."""
    grouped: dict[str, list[Relation]] = defaultdict(list)
    for row in found:
        grouped[row.document_id].append(relation(row))
    return {document: tuple(several) for document, several in grouped.items()}


def written(places: Mapping[str, Place]) -> Parameters:
    """Places as JSON."""
    return {name: {"page": place.page, "rect": list(place.rect)} for name, place in places.items()}


def read(stored: Mapping[str, Any]) -> dict[str, Place]:
    """Places from JSON."""
    return {name: Place(place["page"], Rect(*place["rect"])) for name, place in stored.items()}
