"""Recover: at the start of the service, finish what a crash or a token's absence broke off."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from signer.errors import SignerError
from signer.model import Document, DocumentState
from signer.usecases.caller import Caller
from signer.usecases.issue import Issue

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of one document that was ISSUING: finished, or left as it was, with the reason's code."""

    document_id: str
    finished: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Recover:
    """Finish orders to issue that hold a number. The order was given by a person and is on record with it.

    Where the clerk's own certificate is wanted, nothing can be done without his PIN: the document stays
    ISSUING, is shown as such, and the clerk repeats the order.
    """

    issue: Issue

    def __call__(self, started: datetime) -> tuple[Recovery, ...]:
        """Try each document once. ``started`` is when this service started: later attempts are somebody's work."""
        return tuple(self._one(document) for document in self._waiting(started))

    def _waiting(self, started: datetime) -> list[Document]:
        waiting: list[Document] = []
        after = ""
        while True:
            with self.issue.store.reading() as tx:
                page = tx.documents(state=DocumentState.ISSUING, after=after, limit=100)
            waiting += [
                d
                for d in page
                if d.command is not None
                and d.numbering is not None
                and (d.command.under_way_since is None or d.command.under_way_since < started)
            ]
            if len(page) < 100:
                return waiting
            after = page[-1].id

    def _one(self, document: Document) -> Recovery:
        if document.command is None:
            raise ValueError("nobody ordered this document to be issued")
        try:
            with self.issue.store.reading() as tx:
                office = tx.office()
            self.issue.resume(document, office, Caller(document.command.by), self.issue.clock.now())
        except SignerError as error:
            log.warning("issuing %s is still not finished: %s", document.id, error.code)
            return Recovery(document.id, False, error.code)
        except Exception:  # one broken document must not keep the service from starting
            log.exception("issuing %s could not be finished", document.id)
            return Recovery(document.id, False, "internal-error")
        log.info("finished issuing %s", document.id)
        return Recovery(document.id, True)
