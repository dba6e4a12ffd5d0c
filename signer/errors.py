"""One exception for everything that the service refuses or cannot do; HTTP and exit status follow from kind."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from policies.acceptance import DraftFacts
from policies.model import Finding, Refused, Severity, Text


class Kind(StrEnum):
    """What sort of answer an error is; web and cli each hold one table from these to theirs."""

    MALFORMED = "malformed"  # the request itself cannot be understood
    UNAUTHENTICATED = "unauthenticated"  # who are you?
    FORBIDDEN = "forbidden"  # you may not
    NOT_FOUND = "not-found"  # no such thing, or not yours to see
    CONFLICT = "conflict"  # wrong order, already done
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported"  # not a PDF, not JSON
    UNSUITABLE = "unsuitable"  # understood, and refused by a rule or by the document
    BUSY = "busy"  # come again later
    UNAVAILABLE = "unavailable"  # a token, store or service is away
    INTERNAL = "internal"  # our fault


class SignerError(Exception):
    """Something was refused or failed, in words for a person.

    ``code`` is stable and for machines; ``where`` names the part of the input ("metadata.signers[0].name",
    "page 3"); ``clause`` the law behind a rule; ``findings`` all reasons where there are several, and what was
    remarked beside them.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        vi: str,
        en: str,
        *,
        clause: str = "",
        where: str = "",
        findings: Sequence[Finding] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.kind = kind
        self.code = code
        self.text = Text(vi, en)
        self.clause = clause
        self.where = where
        self.findings = tuple(findings)
        self.retry_after = retry_after

    @classmethod
    def from_refusal(cls, refusal: Refused, kind: Kind = Kind.UNSUITABLE, where: str = "") -> SignerError:
        """Turn a rule's refusal into the answer; the first error gives code, text and clause."""
        first = refusal.findings[0]
        return cls(
            kind,
            first.code,
            first.message.vi,
            first.message.en,
            clause=first.clause,
            where=where,
            findings=refusal.findings,
        )

    def reworded(self, vi: str, en: str, where: str | None = None) -> SignerError:
        """The same answer in other words, and of another part of the input if ``where`` says so."""
        return SignerError(
            self.kind,
            self.code,
            vi,
            en,
            clause=self.clause,
            where=self.where if where is None else where,
            findings=self.findings,
            retry_after=self.retry_after,
        )

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """What ``findings`` tells, and there is always one: without any, the refusal itself."""
        return self.findings or (Finding(self.code, Severity.ERROR, self.text, self.clause),)


def together(refusals: Sequence[SignerError], remarks: Sequence[Finding] = ()) -> SignerError:
    """Refusals that do not hang together as one: the first gives kind, code, text, clause and where.

    ``remarks`` are told with them, each unless a refusal of its code is there; reasons to refuse come first.
    """
    first, reasons = refusals[0], dict.fromkeys(reason for each in refusals for reason in each.reasons)
    codes = {reason.code for reason in reasons}
    told = (*reasons, *(each for each in remarks if each.code not in codes))
    return SignerError(
        first.kind,
        first.code,
        first.text.vi,
        first.text.en,
        clause=first.clause,
        where=first.where,
        findings=sorted(told, key=lambda found: found.severity is not Severity.ERROR) if len(told) > 1 else (),
        retry_after=first.retry_after,
    )


class DraftRefused(SignerError):
    """A draft that cannot be prepared as it is, with the ``facts`` that were seen on it all the same.

    So the rules on form can be told in the same breath, and nobody corrects a draft twice.
    """

    def __init__(self, refusal: SignerError, facts: DraftFacts) -> None:
        super().__init__(
            refusal.kind,
            refusal.code,
            refusal.text.vi,
            refusal.text.en,
            clause=refusal.clause,
            where=refusal.where,
            findings=refusal.findings,
        )
        self.facts = facts


def unknown_document(where: str = "id") -> SignerError:
    """There is no such document, or none that the caller may see: one answer, in the same words.

    What was asked for is not repeated: in an address may stand what nobody should read again, a PIN.
    """
    return SignerError(
        Kind.NOT_FOUND,
        "unknown-document",
        "Không có văn bản nào mang mã này.",
        "there is no document of this id",
        where=where,
    )
