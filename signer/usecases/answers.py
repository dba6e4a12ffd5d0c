"""What machines are told: stored values as JSON objects, the same over HTTP and on the command line."""

from __future__ import annotations

from hsm.api import TokenStatus
from signer.model import VIETNAM, Document, KeyInfo, RegisterEntry
from signer.usecases.health import State
from signer.usecases.issue import IssueResult
from signer.usecases.look import MAIN_FILE
from signer.usecases.register import Book
from signer.usecases.sign import SignResult

Json = dict[str, object]


def prepared(document: Document) -> Json:
    """The answer to a new document."""
    return {
        "id": document.id,
        "state": document.state.value,
        "sha256": document.sha256,
        "notation": document.notation,
        "places": _places(document),
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


def ended(document: Document) -> Json:
    """The answer to a rejection or a voiding."""
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
        **_numbering(document),
    }


def shown(document: Document) -> Json:
    """Everything that is told of one document."""
    meta = document.metadata
    return summary(document) | {
        "sha256": document.sha256,
        "draft_sha256": document.draft_sha256,
        "reason": document.reason,
        "created_by": {"id": document.created_by.id, "name": document.created_by.name},
        "signers": [{"name": signer.name, "capacity": list(signer.capacity)} for signer in meta.signers],
        "initials": [{"name": initial.name, "for": initial.purpose.value} for initial in meta.initials],
        "recipients": list(meta.recipients),
        "urgency": meta.urgency.value,
        "normative": meta.normative,
        "places": _places(document),
        "signatures": [record.as_dict() for record in document.signatures],
        "files": _files(document),
        "findings": [found.as_dict() for found in document.findings],
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
        "document": entry.document_id,
    }


def state(health: State) -> Json:
    """How the service is."""
    return {
        "status": "ready" if health.ready else "not-ready",
        "store": health.store,
        "tokens": [token(status) for status in health.tokens],
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
    return [
        {
            "n": MAIN_FILE,
            "kind": "main",
            "media_type": "application/pdf",
            "sha256": document.sha256,
            "url": f"/v1/documents/{document.id}/files/{MAIN_FILE}",
        }
    ]
