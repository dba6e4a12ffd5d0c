"""Who asks, and what of the office he may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from signer.errors import Kind, SignerError, unknown_document
from signer.model import Actor, Document, Office
from signer.ports import Transaction


class Receipt(Protocol):
    """Takes down the answer to an order with its effect: who asks again gets it, and nothing happens twice."""

    @property
    def reference(self) -> str:
        """Which request it is; the same when it is sent again."""

    def keep(self, tx: Transaction, outcome: object) -> None:
        """Write the answer that ``outcome`` makes into the unit of work that makes it true."""


def person_meant(office: Office, said: str) -> tuple[str, str]:
    """Id and name of the person whom an id means, or a name that only one bears; else what was said, for both.

    What the office does not know stands for itself: it is on record as it was said, and commands no agency's key.
    """
    named = [person for person in office.persons.values() if person.name == said]
    found = office.persons.get(said) or (named[0] if len(named) == 1 else None)
    return (found.id, found.name) if found else (said, said)


@dataclass(frozen=True, slots=True)
class Caller:
    """The person who commands (``actor``) and the bounds of the API key or shell that speaks for him.

    ``agencies`` are the codes of the issuers whose documents he sees, ``persons`` the ids of those with whose
    keys he may sign; None is no bound. ``receipt`` is what the request wants kept, if it is one that may be repeated.
    """

    actor: Actor
    agencies: frozenset[str] | None = None
    persons: frozenset[str] | None = None
    receipt: Receipt | None = field(default=None, repr=False, compare=False)

    def answered(self, tx: Transaction, outcome: object) -> None:
        """Say what will be answered, in the transaction that makes it true: the last thing in it."""
        if self.receipt is not None:
            self.receipt.keep(tx, outcome)

    @property
    def order(self) -> str:
        """The reference of the repeatable request that speaks, "" if it is none."""
        return self.receipt.reference if self.receipt is not None else ""

    @property
    def nobody(self) -> bool:
        """Whether an API key or a shell speaks and does not say for whom."""
        return self.actor.via in (f"api-key:{self.actor.id}", f"cli:{self.actor.id}")

    def document(self, tx: Transaction, document_id: str) -> Document:
        """Give the document if it may be seen.

        Another agency's document is NOT_FOUND ``unknown-document``, as one that does not exist: an id must not
        tell whether something is under way elsewhere.
        """
        document = tx.document(document_id)
        if not self.sees(document):
            raise unknown_document()
        return document

    def sees(self, document: Document) -> bool:
        """Whether the document is one of the caller's agencies."""
        return self.acts_for(document.metadata.agency)

    def acts_for(self, code: str) -> bool:
        """Whether an issuer is one of the caller's agencies."""
        return self.agencies is None or code in self.agencies

    def check_agency(self, code: str) -> None:
        """FORBIDDEN ``agency-not-yours`` unless the caller may act for this issuer."""
        if not self.acts_for(code):
            raise SignerError(
                Kind.FORBIDDEN,
                "agency-not-yours",
                f"Khóa truy cập này không được làm việc thay cho cơ quan “{code}”.",
                f"this API key may not act for the agency “{code}”",
                where="metadata.agency",
            )

    def check_person(self, person: str) -> None:
        """FORBIDDEN ``person-not-yours`` unless the caller may sign with this person's keys."""
        if self.persons is not None and person not in self.persons:
            raise SignerError(
                Kind.FORBIDDEN,
                "person-not-yours",
                "Khóa truy cập này không được dùng chứng thư số của người khác.",
                "this API key may not use that person's signing key",
                where="key",
            )
