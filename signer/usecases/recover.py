"""Recover: whenever a worker starts, and now and then, finish what a crash or a token's absence broke off."""

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
        """Try each document once; an attempt whose process is there is somebody's work.

        ``started`` is when this service started: of earlier attempts by a program that did not say who it was, nobody
        is at work any more.
        """
        return tuple(self._one(document) for document in self._waiting(started))

    def _waiting(self, started: datetime) -> list[Document]:
        waiting: list[Document] = []
        after = ""
        while True:
            with self.issue.store.reading() as tx:
                page = tx.documents(state=DocumentState.ISSUING, after=after, limit=100)
            waiting += [each for each in page if self._left(each, started) and each.numbering is not None]
            if len(page) < 100:
                return waiting
            after = page[-1].id

    def _left(self, document: Document, started: datetime) -> bool:
        """Whether nobody is at work on an order."""
        command = document.command
        if command is None or command.under_way_since is None:
            return command is not None
        if not command.worker:
            return command.under_way_since < started
        return not self.issue.under_way(document)

    def _one(self, document: Document) -> Recovery:
        if document.command is None:
            raise ValueError("nobody ordered this document to be issued")
        try:
            with self.issue.store.reading() as tx:
                office = tx.office()
            self.issue.resume(document, office, Caller(document.command.by), self.issue.clock.now())
        except SignerError as error:
            return Recovery(document.id, False, error.code)
        except Exception:  # one broken document must not keep the service from starting
            log.exception("issuing %s could not be finished", document.id)
            return Recovery(document.id, False, "internal-error")
        return Recovery(document.id, True)
