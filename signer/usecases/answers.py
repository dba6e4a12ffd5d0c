"""What machines are told: stored values as JSON objects, the same over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from hsm.api import TokenStatus
from signer.model import VIETNAM, Actor, Document, Event, KeyInfo, RegisterChange, RegisterEntry, Relation
from signer.usecases.check import CheckReport
from signer.usecases.copies import CopyResult
from signer.usecases.health import State
from signer.usecases.issue import IssueResult
from signer.usecases.look import MAIN_FILE, Link
from signer.usecases.paper import PaperResult
from signer.usecases.register import Book
from signer.usecases.rows import Row
from signer.usecases.sign import SignResult

Json = dict[str, object]


def checked(report: CheckReport) -> Json:
    """What would be said against a draft and its attachments; nothing was kept of them."""
    return {
        "ready": report.ready,
        "subject": report.subject,
        "notation": report.notation,
        "findings": [{"file": each.file, **each.finding.as_dict()} for each in report.findings],
    }


def prepared(document: Document) -> Json:
    """The answer to a new document."""
    return {
        "id": document.id,
        "state": document.state.value,
        "sha256": document.sha256,
        "notation": document.notation,
        "places": _places(document),
        "files": _files(document),
        "findings": [found.as_dict() for found in document.findings],
    }


def signed(result: SignResult) -> Json:
    """The answer to a signature."""
    return {
        "id": result.document.id,
        "state": result.document.state.value,
        "signature": result.record.as_dict(),
        "findings": [found.as_dict() for found in result.findings],
    }


def issued(result: IssueResult) -> Json:
    """The answer to an order to issue; ``signature`` is the agency's."""
    return {
        "id": result.document.id,
        "state": result.document.state.value,
        **_numbering(result.document),
        "signature": result.records[-1].as_dict(),
        "files": _files(result.document),
        "findings": [found.as_dict() for found in result.findings],
    }


def on_paper(result: PaperResult) -> Json:
    """The answer to an order that gives a paper document its number; no signature is made."""
    return {
        "id": result.document.id,
        "state": result.document.state.value,
        "medium": result.document.medium.value,
        **_numbering(result.document),
        "files": _files(result.document),
        "findings": [found.as_dict() for found in result.findings],
    }


def copied(result: CopyResult) -> Json:
    """The answer to a certified copy."""
    return {
        "id": result.document.id,
        "state": result.document.state.value,
        "copy": result.document.copy.value if result.document.copy else None,
        "signature": result.record.as_dict(),
        "files": _files(result.document),
        "findings": [found.as_dict() for found in result.findings],
    }


def ended(document: Document) -> Json:
    """The answer to a rejection, a voiding or a recall."""
    return {"id": document.id, "state": document.state.value, "reason": document.reason, **_numbering(document)}


def summary(document: Document) -> Json:
    """A document in a list."""
    meta = document.metadata
    return {
        "id": document.id,
        "state": document.state.value,
        "agency": meta.agency,
        "type": meta.type,
        "subject": meta.subject,
        "notation": document.notation,
        "external_id": meta.external_id,
        "created_at": document.created_at.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "medium": document.medium.value,
        "copy": document.copy.value if document.copy else None,
        **_numbering(document),
    }


def shown(document: Document, links: Sequence[Link] = ()) -> Json:
    """Everything that is told of one document; ``links`` are what others do to it."""
    meta = document.metadata
    return summary(document) | {
        "sha256": document.sha256,
        "draft_sha256": document.draft_sha256,
        "clerk": document.clerk,
        "ordered_by": _person(document.command.by) if document.command else None,
        "reason": document.reason,
        "created_by": _person(document.created_by),
        "signers": [{"name": signer.name, "capacity": list(signer.capacity)} for signer in meta.signers],
        "initials": [{"name": initial.name, "for": initial.purpose.value} for initial in meta.initials],
        "recipients": list(meta.recipients),
        "urgency": meta.urgency.value,
        "normative": meta.normative,
        "places": _places(document),
        "signatures": [record.as_dict() for record in document.signatures],
        "files": _files(document),
        "findings": [found.as_dict() for found in document.findings],
        "relations": [_relation(relation) for relation in meta.relations],
        "related": [_link(link) for link in links],
    }


def book(register: Book) -> Json:
    """A year of the register."""
    return {
        "agency": register.agency,
        "agency_name": register.agency_name,
        "year": register.year,
        "rows": [row(entry) for entry in register.rows],
    }


def row(entry: RegisterEntry) -> Json:
    """One row: the ten columns, and what the row is about."""
    return {
        **entry.columns(),
        "number": entry.number,
        "series": entry.series,
        "period": entry.period,
        "state": entry.state.value,
        "medium": entry.medium.value,
        "document": entry.document_id,
    }


def row_with_history(found: Row) -> Json:
    """A row, and what its columns said before."""
    return row(found.entry) | {"history": [_change(each) for each in found.changes]}


def event(happened: Event) -> Json:
    """Something that happened to a document."""
    return {
        "position": str(happened.position),
        "kind": happened.kind.value,
        "at": happened.at.astimezone(VIETNAM).isoformat(timespec="milliseconds"),
        "document": happened.document_id,
        "agency": happened.agency,
        "state": happened.state.value,
        "external_id": happened.external_id,
        "symbol": happened.symbol,
        "date": happened.date.isoformat() if happened.date else None,
        "by": _person(happened.by),
        "detail": happened.detail,
    }


def state(health: State) -> Json:
    """How the service is."""
    return {
        "status": "ready" if health.ready else "not-ready",
        "store": health.store,
        "tokens": [token(status) for status in health.tokens],
        **({"clock": health.clock.as_dict()} if health.clock else {}),
    }


def token(status: TokenStatus) -> Json:
    """How a token is."""
    return {
        "name": status.name,
        "present": status.present,
        "label": status.label,
        "model": status.model,
        "serial": status.serial,
        "pin_locked": status.pin_locked,
        "pin_final_try": status.pin_final_try,
        "detail": status.detail,
    }


def key(info: KeyInfo) -> Json:
    """A key of the settings; what it is for, nothing of where it is."""
    return {
        "name": info.name,
        "holder": info.holder.value,
        "owner": info.owner,
        "agencies": list(info.issuers),
        "roles": [role.value for role in info.roles],
        "algorithm": info.algorithm,
    }


def _numbering(document: Document) -> Json:
    held = document.numbering
    if held is None:
        return {}
    return {
        "number": held.number,
        "number_text": held.number_text,
        "notation": held.notation,
        "symbol": held.symbol,
        "date": held.date.isoformat(),
    }


def _places(document: Document) -> Json:
    return {name: place.as_dict() for name, place in document.places.items()}


def _files(document: Document) -> list[Json]:
    """The document and its attachments; a document that was on paper from the start has none."""
    named = [("main", f"{document.id}.pdf", document.sha256)]
    named += [("attachment", each.name, each.sha256) for each in document.attachments]
    return [
        {
            "n": n,
            "kind": kind,
            "name": name,
            "media_type": "application/pdf",
            "sha256": sha256,
            "url": f"/v1/documents/{document.id}/files/{n}",
        }
        for n, (kind, name, sha256) in enumerate(named, start=MAIN_FILE)
        if sha256
    ]


def _relation(relation: Relation) -> Json:
    return {"kind": relation.kind.value, "document": relation.document, "reference": relation.reference}


def _link(link: Link) -> Json:
    other = link.document
    return {
        "kind": link.kind.value,
        "document": other.id,
        "symbol": other.numbering.symbol if other.numbering else "",
        "notation": other.notation,
        "state": other.state.value,
        "medium": other.medium.value,
        "copy": other.copy.value if other.copy else None,
        "subject": other.metadata.subject,
    }


def _person(who: Actor) -> Json:
    return {"id": who.id, "name": who.name}


def _change(change: RegisterChange) -> Json:
    return {
        "column": change.column,
        "old": change.old,
        "new": change.new,
        "by": _person(change.by),
        "at": change.at.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "reason": change.reason,
    }
