"""A document and its rows: the statements, and value to parameters; ``reading`` has the way back.

Statements are built once, when the module is loaded; five queries read any number of documents.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from signer.model import (
    Document,
    DocumentState,
    IssueCommand,
    SignatureRecord,
)
from signer.storage import attachments as files
from signer.storage.prepared import Statement
from signer.storage.tables import (
    acts,
    document_files,
    document_initials,
    document_recipients,
    document_relations,
    document_signers,
    documents,
    register,
)

MAIN = 0
"""The ordinal of the main file."""

SEEN_BEFORE = 5
"""So many documents are told that were made from the same draft."""

SIGN = "sign"
"""The kind of act that is a signature."""

Parameters = dict[str, Any]

# --- statements -----------------------------------------------------------------------------------------------

_NUMBERING = [
    register.c[name].label(f"held_{name}")
    for name in ("series", "period", "number", "number_text", "notation", "symbol", "date", "reserved_at")
]

_attached = document_files.alias()
_related = document_relations.alias()
# Most documents have neither; two questions within one statement cost less than two statements more.
_PARTS = (
    sa.exists().where(_attached.c.document_id == documents.c.id, _attached.c.ordinal != MAIN).label("has_files"),
    sa.exists().where(_related.c.document_id == documents.c.id).label("has_relations"),
)

_HEAD = (
    select(
        *(column for column in documents.c if column.name not in ("drafter", "due_date")),
        document_files.c.draft_sha256,
        document_files.c.sha256,
        document_files.c.plan,
        *_NUMBERING,
    )
    .outerjoin(
        document_files, sa.and_(document_files.c.document_id == documents.c.id, document_files.c.ordinal == MAIN)
    )
    .outerjoin(register, register.c.document_id == documents.c.id)
)

ONE = Statement(_HEAD.add_columns(*_PARTS).where(documents.c.id == bindparam("id")))
LOCK = Statement(
    select(documents.c.id, documents.c.version).where(documents.c.id == bindparam("id")).with_for_update(key_share=True)
)
PAGE = _HEAD.where(documents.c.id > bindparam("after")).order_by(documents.c.id).limit(bindparam("limit"))
COUNT = (
    select(documents.c.state, sa.func.count().label("number"))
    .where(documents.c.state.in_(bindparam("states", expanding=True)))
    .group_by(documents.c.state)
)
WITH_DRAFT = Statement(
    select(documents.c.id)
    .join(document_files, document_files.c.document_id == documents.c.id)
    .where(
        document_files.c.draft_sha256 == bindparam("sha256"),
        document_files.c.ordinal == MAIN,
        documents.c.agency == bindparam("agency"),
    )
    .order_by(documents.c.created_at, documents.c.id)
    .limit(SEEN_BEFORE)
)


def _people(table: sa.Table, kind: str, *, several: bool) -> sa.Select[Any]:
    # One shape for signers, initials and recipients, so that one query brings all three.
    purpose = table.c.purpose if "purpose" in table.c else sa.cast(sa.null(), sa.Text).label("purpose")
    capacity = table.c.capacity if "capacity" in table.c else sa.cast(sa.null(), sa.JSON).label("capacity")
    whose = (
        table.c.document_id.in_(bindparam("ids", expanding=True)) if several else table.c.document_id == bindparam("id")
    )
    return select(
        table.c.document_id,
        sa.literal_column(f"'{kind}'").label("kind"),
        table.c.ordinal.label("ordinal"),
        table.c.name,
        purpose,
        capacity,
    ).where(whose)


def _all_people(*, several: bool) -> sa.CompoundSelect[Any]:
    return sa.union_all(
        _people(document_signers, "signer", several=several),
        _people(document_initials, "initial", several=several),
        _people(document_recipients, "recipient", several=several),
    ).order_by("ordinal")


PEOPLE, PEOPLE_OF = Statement(_all_people(several=False)), _all_people(several=True)

_ACTS = select(acts).where(acts.c.kind == SIGN).order_by(acts.c.document_id, acts.c.ordinal)
SIGNED_FILES = Statement(select(acts.c.file).where(acts.c.kind == SIGN, acts.c.document_id == bindparam("id")))
SIGNATURES = Statement(_ACTS.where(acts.c.document_id == bindparam("id")))
SIGNATURES_OF = _ACTS.where(acts.c.document_id.in_(bindparam("ids", expanding=True)))

# A recalled document and what is said of it stay as they were (NĐ 30 Phụ lục VI, Phần I, Mục III.8).
UPDATE = Statement(
    documents.update().where(
        documents.c.id == bindparam("same_id"),
        documents.c.version == bindparam("same_version"),
        documents.c.state != DocumentState.RECALLED.value,
    )
)
VERSION = Statement(select(documents.c.version).where(documents.c.id == bindparam("id")))
STATE = Statement(select(documents.c.state).where(documents.c.id == bindparam("id")))
UPDATE_FILE = Statement(
    document_files.update().where(
        document_files.c.document_id == bindparam("same_id"), document_files.c.ordinal == bindparam("same_ordinal")
    )
)
ADD_FILE = Statement(document_files.insert())
_LISTS = (document_signers, document_initials, document_recipients)
ADD_PEOPLE = {table.name: Statement(table.insert()) for table in _LISTS}

_last = (
    select(sa.func.coalesce(sa.func.max(acts.c.ordinal), 0) + 1)
    .where(acts.c.document_id == bindparam("of_document"))
    .scalar_subquery()
)
ADD_ACT = Statement(acts.insert().values(ordinal=_last).returning(acts.c.ordinal))


_FIXED = attrgetter(
    "metadata",
    "notation",
    "printed",
    "places",
    "findings",
    "created_at",
    "created_by",
    "draft_sha256",
    "clerk",
    "copy",
)

# --- value to rows --------------------------------------------------------------------------------------------


def moving(document: Document) -> Parameters:
    """What changes in the row of ``documents`` while a document goes its way, without the version."""
    return {
        "state": document.state.value,
        "reason": document.reason,
        "medium": document.medium.value,
        **_command(document.command),
    }


def head(document: Document) -> Parameters:
    """The row of ``documents``, without id and version."""
    said = document.metadata
    return moving(document) | {
        "agency": said.agency,
        "type": said.type,
        "normative": said.normative,
        "unit": said.unit,
        "subject": said.subject,
        "place": said.place,
        "urgency": said.urgency.value,
        "external_id": said.external_id,
        "kept_by": said.kept_by,
        "copies": said.copies,
        "notation": document.notation,
        "printed_notation": document.printed.notation,
        "printed_month": document.printed.month,
        "printed_year": document.printed.year,
        "places": files.written(document.places),
        "requested_places": files.written(said.places),
        "fallback_places": said.fallback_places,
        "findings": [found.as_dict() for found in document.findings],
        "created_at": document.created_at,
        "creator_id": document.created_by.id,
        "creator_name": document.created_by.name,
        "creator_via": document.created_by.via,
        "clerk": document.clerk,
        "copy_form": None if document.copy is None else document.copy.value,
        "declared_attachments": None if said.attachments is None else list(said.attachments),
    }


def same_otherwise(before: Document, document: Document) -> bool:
    """Whether nothing differs that has no business to: what was said and seen of a document when it came in."""
    one, other = _FIXED(before), _FIXED(document)
    return all(a is b or a == b for a, b in zip(one, other, strict=True))


_COMMAND = ("command_id", "command_name", "command_via", "under_way_since", "under_way_by", "command_receipt")


def _command(command: IssueCommand | None) -> Parameters:
    if command is None:
        return dict.fromkeys(_COMMAND)
    return {
        "command_id": command.by.id,
        "command_name": command.by.name,
        "command_via": command.by.via,
        "under_way_since": command.under_way_since,
        "under_way_by": command.worker or None,
        "command_receipt": command.receipt or None,
    }


def main_file(document: Document) -> Parameters:
    """The row of the main file, without its document and ordinal."""
    return newest(document) | {"draft_sha256": document.draft_sha256}


def newest(document: Document) -> Parameters:
    """What changes in it with each revision."""
    return {"sha256": document.sha256, "plan": document.plan}


def people(document: Document) -> dict[str, list[Parameters]]:
    """The rows of signers, initials and recipients, by the name of their table."""
    said = document.metadata
    return {
        document_signers.name: [
            {"document_id": document.id, "ordinal": i, "name": signer.name, "capacity": list(signer.capacity)}
            for i, signer in enumerate(said.signers)
        ],
        document_initials.name: [
            {"document_id": document.id, "ordinal": i, "name": initial.name, "purpose": initial.purpose.value}
            for i, initial in enumerate(said.initials)
        ],
        document_recipients.name: [
            {"document_id": document.id, "ordinal": i, "name": name} for i, name in enumerate(said.recipients)
        ],
    }


def act(document_id: str, record: SignatureRecord, file: int) -> Parameters:
    """The row of a signature, without its ordinal."""
    return {
        "document_id": document_id,
        "of_document": document_id,
        "file": file,
        "kind": SIGN,
        "field": record.field,
        "role": record.role.value,
        "signer": record.signer,
        "capacity": list(record.capacity),
        "key": record.key,
        "certificate_sha256": record.certificate_sha256,
        "at": record.signed_at,
        "level": record.level,
        "actor_id": record.actor.id,
        "actor_name": record.actor.name,
        "actor_via": record.actor.via,
        "before_sha256": record.before_sha256,
        "after_sha256": record.after_sha256,
        "basis": record.basis,
    }
