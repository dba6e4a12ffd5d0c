"""Look: what is stored, for those who may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signer.errors import Kind, SignerError
from signer.model import Document, DocumentState
from signer.ports import Blobs, Store
from signer.usecases.caller import Caller

MAX_PAGE = 200
MAIN_FILE = 1
"""Files count from 1; the first is the document itself."""


@dataclass(frozen=True, slots=True)
class Look:
    """Show, list and fetch."""

    store: Store
    blobs: Blobs

    def show(self, document_id: str, caller: Caller) -> Document:
        """One document."""
        with self.store.reading() as tx:
            return caller.document(tx, document_id)

    def page(
        self, caller: Caller, state: DocumentState | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Document]:
        """Documents in order of age, those after the id ``after``; at most MAX_PAGE."""
        agencies = None if caller.agencies is None else sorted(caller.agencies)
        with self.store.reading() as tx:
            return tx.documents(agencies=agencies, state=state, after=after, limit=max(1, min(limit, MAX_PAGE)))

    def file(self, document_id: str, caller: Caller, number: int = MAIN_FILE) -> tuple[Document, bytes]:
        """The newest revision of a file. NOT_FOUND ``unknown-file``."""
        document = self.show(document_id, caller)
        if number != MAIN_FILE:
            raise SignerError(
                Kind.NOT_FOUND,
                "unknown-file",
                f"Văn bản không có tệp số {number}.",
                f"the document has no file number {number}",
                where="n",
            )
        return document, self.blobs.get(document.sha256)
