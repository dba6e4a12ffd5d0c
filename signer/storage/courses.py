"""The course of documents through the office, for whoever watches over deadlines."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from signer.model import Course, DocumentState, Medium, SignatureRole, Urgency
from signer.storage.columns import Moment
from signer.storage.documents import MAIN, SIGN
from signer.storage.prepared import Record
from signer.storage.tables import acts, documents, register


def _last(role: SignatureRole) -> sa.Label[object]:
    """When the last signature in a role was made on the main file."""
    return (
        select(sa.func.max(acts.c.at, type_=Moment))
        .where(
            acts.c.document_id == documents.c.id,
            acts.c.kind == SIGN,
            acts.c.file == MAIN,
            acts.c.role == role.value,
        )
        .scalar_subquery()
        .label(f"{role.value}_at")
    )


_ALL = (
    select(
        documents.c.id,
        documents.c.state,
        documents.c.medium,
        documents.c.type,
        documents.c.subject,
        documents.c.urgency,
        documents.c.created_at,
        documents.c.reason,
        register.c.symbol,
        register.c.date,
        register.c.reserved_at,
        register.c.sent_on,
        _last(SignatureRole.LEADER),
        _last(SignatureRole.AGENCY),
    )
    .outerjoin(register, register.c.document_id == documents.c.id)
    .where(documents.c.agency == bindparam("agency"), documents.c.copy_form.is_(None))
    .subquery()
)


def _within(moment: sa.ColumnElement[object]) -> sa.ColumnElement[bool]:
    return sa.and_(moment >= bindparam("since", type_=Moment), moment < bindparam("until", type_=Moment))


OF_TIME = (
    select(_ALL)
    .where(
        sa.or_(
            *(_within(_ALL.c[name]) for name in ("created_at", "reserved_at", "leader_at", "agency_at")),
            # Paper may be registered in January with a day of December.
            sa.and_(_ALL.c.date >= bindparam("first_day"), _ALL.c.date < bindparam("next_day")),
        )
    )
    .order_by(_ALL.c.id)
)


def course(row: Record) -> Course:
    """A row as a value. Until its last signer has signed, a document has not been signed."""
    state, medium = DocumentState(row.state), Medium(row.medium)
    return Course(
        document_id=row.id,
        state=state,
        medium=medium,
        type=row.type,
        subject=row.subject,
        urgency=Urgency(row.urgency),
        symbol=row.symbol or "",
        date=row.date,
        created_at=row.created_at,
        signed_at=None if state is DocumentState.PREPARED else row.leader_at,
        issued_at=row.reserved_at if medium is Medium.PAPER else row.agency_at,
        sent_on=row.sent_on or "",
        reason=row.reason,
    )
