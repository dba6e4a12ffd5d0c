"""What machines are told of deadlines: the same over HTTP and on the command line."""

from __future__ import annotations

import dataclasses

from signer.model import VIETNAM
from signer.usecases.answers import Json
from signer.usecases.deadlines import DeadlineBook, Late


def deadlines(book: DeadlineBook) -> Json:
    """The deadlines of a year: figures, and every one that was missed."""
    return {
        "agency": book.agency,
        "agency_name": book.agency_name,
        "year": book.year,
        "at": book.at.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "figures": dataclasses.asdict(book.figures),
        "late": [_late(each) for each in book.late],
        "findings": [found.as_dict() for found in book.findings],
    }


def _late(late: Late) -> Json:
    course, missed = late.course, late.lateness
    return {
        "document": course.document_id,
        "state": course.state.value,
        "medium": course.medium.value,
        "type": course.type,
        "subject": course.subject,
        "urgency": course.urgency.value,
        "symbol": course.symbol,
        "due": missed.due.isoformat(),
        "done": missed.done.isoformat() if missed.done else None,
        "workdays": missed.workdays,
        **missed.finding.as_dict(),
    }
