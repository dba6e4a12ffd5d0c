"""Rows to documents: what ``documents`` and ``attachments`` brought, put together again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policies.model import Finding, Severity, Text
from signer.model import (
    Actor,
    Attachment,
    CopyForm,
    Document,
    DocumentState,
    Initial,
    InitialFor,
    IssueCommand,
    Medium,
    Metadata,
    Numbering,
    Printed,
    Relation,
    SignatureRecord,
    SignatureRole,
    Signer,
    Urgency,
)
from signer.storage import attachments as files
from signer.storage.documents import MAIN
from signer.storage.prepared import Record


def assemble(
    heads: Iterable[Record],
    people: Iterable[Record],
    signed: Iterable[Record],
    attached: Iterable[Record],
    related: Iterable[Record],
) -> list[Document]:
    """Documents in the order of ``heads``; the rows of the others are in the order of their ordinals."""
    persons: dict[str, list[Record]] = defaultdict(list)
    signatures: dict[str, list[SignatureRecord]] = defaultdict(list)
    on_files: dict[tuple[str, int], SignatureRecord] = {}
    for row in people:
        persons[row.document_id].append(row)
    for row in signed:
        if row.file == MAIN:
            signatures[row.document_id].append(_signature(row))
        else:
            on_files[row.document_id, row.file] = _signature(row)
    attachments, relations = files.attachments(attached, on_files), files.relations(related)
    return [
        _document(
            row,
            _metadata(row, persons[row.id], relations.get(row.id, ())),
            signatures[row.id],
            attachments.get(row.id, ()),
        )
        for row in heads
    ]


def _document(
    row: Record, metadata: Metadata, signatures: Sequence[SignatureRecord], attachments: tuple[Attachment, ...]
) -> Document:
    return Document(
        id=row.id,
        metadata=metadata,
        state=DocumentState(row.state),
        notation=row.notation,
        printed=Printed(row.printed_notation, row.printed_month, row.printed_year),
        places=files.read(row.places),
        draft_sha256=row.draft_sha256 or "",
        sha256=row.sha256 or "",
        plan=row.plan or b"",
        signatures=tuple(signatures),
        findings=tuple(_finding(found) for found in row.findings),
        created_at=row.created_at,
        created_by=Actor(row.creator_id, row.creator_name, row.creator_via),
        numbering=_held(row),
        reason=row.reason,
        version=row.version,
        clerk=row.clerk,
        command=_read_command(row),
        attachments=attachments,
        medium=Medium(row.medium),
        copy=None if row.copy_form is None else CopyForm(row.copy_form),
    )


def _metadata(row: Record, persons: Sequence[Record], relations: tuple[Relation, ...]) -> Metadata:
    return Metadata(
        agency=row.agency,
        type=row.type,
        subject=row.subject,
        place=row.place,
        normative=row.normative,
        unit=row.unit,
        kept_by=row.kept_by,
        copies=row.copies,
        urgency=Urgency(row.urgency),
        external_id=row.external_id,
        places=files.read(row.requested_places),
        fallback_places=row.fallback_places,
        attachments=None if row.declared_attachments is None else tuple(row.declared_attachments),
        relations=relations,
        signers=tuple(Signer(p.name, tuple(p.capacity)) for p in persons if p.kind == "signer"),
        initials=tuple(Initial(p.name, InitialFor(p.purpose)) for p in persons if p.kind == "initial"),
        recipients=tuple(p.name for p in persons if p.kind == "recipient"),
    )


def _read_command(row: Record) -> IssueCommand | None:
    if row.command_id is None:
        return None
    by = Actor(row.command_id, row.command_name, row.command_via)
    return IssueCommand(by, row.under_way_since, row.under_way_by or "", row.command_receipt or "")


def _held(row: Record) -> Numbering | None:
    if row.held_number is None:
        return None
    return Numbering(
        series=row.held_series,
        period=row.held_period,
        number=row.held_number,
        number_text=row.held_number_text,
        notation=row.held_notation,
        symbol=row.held_symbol,
        date=row.held_date,
        reserved_at=row.held_reserved_at,
    )


def _signature(row: Record) -> SignatureRecord:
    return SignatureRecord(
        field=row.field,
        role=SignatureRole(row.role),
        signer=row.signer,
        capacity=tuple(row.capacity),
        key=row.key,
        certificate_sha256=row.certificate_sha256,
        signed_at=row.at,
        level=row.level,
        actor=Actor(row.actor_id, row.actor_name, row.actor_via),
        before_sha256=row.before_sha256,
        after_sha256=row.after_sha256,
        basis=row.basis,
    )


def _finding(stored: Mapping[str, Any]) -> Finding:
    message = stored["message"]
    return Finding(stored["code"], Severity(stored["severity"]), Text(message["vi"], message["en"]), stored["clause"])
