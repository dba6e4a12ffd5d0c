"""Look: what is stored, for those who may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signer.errors import Kind, SignerError
from signer.model import Content, Document, DocumentState, RelationKind
from signer.ports import Blobs, Store
from signer.usecases.caller import Caller, person_meant

MAX_PAGE = 200
MAIN_FILE = 1
"""Files count from 1; the first is the document itself."""


@dataclass(frozen=True, slots=True)
class Link:
    """What another document does to one."""

    kind: RelationKind
    document: Document


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file of a document: a name for people, its digest, its content."""

    document: Document
    name: str
    sha256: str
    content: Content


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
        self,
        caller: Caller,
        state: DocumentState | None = None,
        after: str = "",
        limit: int = 100,
        *,
        agency: str | None = None,
        external_id: str | None = None,
    ) -> Sequence[Document]:
        """Documents in order of age, those after the id ``after``; at most MAX_PAGE.

        Only those of an ``agency`` (none, if it is not the caller's), or those that the caller calls ``external_id``.
        """
        agencies = None if caller.agencies is None else sorted(caller.agencies)
        if agency is not None:
            agencies = [agency] if caller.acts_for(agency) else []
        with self.store.reading() as tx:
            return tx.documents(
                agencies=agencies,
                state=state,
                external_id=external_id,
                after=after,
                limit=max(1, min(limit, MAX_PAGE)),
            )

    def related(self, document_id: str, caller: Caller) -> tuple[Document, tuple[Link, ...]]:
        """One document, and what others that were issued do to it; those of agencies not the caller's are left out."""
        with self.store.reading() as tx:
            document = caller.document(tx, document_id)
            others = [(tx.document(other), relation) for other, relation in tx.relations_to(document_id)]
            return document, tuple(
                Link(relation.kind, other)
                for other, relation in others
                if other.state in (DocumentState.ISSUED, DocumentState.RECALLED) and caller.sees(other)
            )

    def person(self, said: str) -> tuple[str, str]:
        """Id and name of the person who is meant; see ``person_meant``."""
        with self.store.reading() as tx:
            return person_meant(tx.office(), said)

    def file(self, document_id: str, caller: Caller, number: int = MAIN_FILE) -> FileContent:
        """The newest revision of a file; attachments follow the document. NOT_FOUND ``unknown-file``."""
        document = self.show(document_id, caller)
        digests = (document.sha256, *(each.sha256 for each in document.attachments))
        if not 1 <= number <= len(digests) or not digests[number - 1]:
            raise SignerError(
                Kind.NOT_FOUND,
                "unknown-file",
                f"Văn bản không có tệp mang số này: có {len(digests)} tệp, đánh số từ 1.",
                f"the document has no file of this number: there are {len(digests)}, numbered from 1",
                where="n",
            )
        digest = digests[number - 1]
        name = f"{document.id}.pdf" if number == MAIN_FILE else document.attachments[number - 2].name
        return FileContent(document, name, digest, self.blobs.get(digest))
