"""Between the rules (``policies``) and the use cases: refusals become answers, the office becomes facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial

from policies.delegation import Grant
from policies.load import among, rulesets
from policies.model import Refused, Ruleset
from policies.order import Progress
from policies.workdays import RulesOn
from signer.errors import Kind, SignerError
from signer.model import (
    AGENCY_FIELD,
    CLERK_FIELD,
    VIETNAM,
    Document,
    Office,
    SignatureRole,
    signature_field,
)


@contextmanager
def ruled(kind: Kind = Kind.UNSUITABLE, where: str = "") -> Iterator[None]:
    """What the rules refuse inside the block leaves it as a SignerError of this kind."""
    try:
        yield
    except Refused as refusal:
        raise SignerError.from_refusal(refusal, kind, where) from refusal


def rules_in_force(day: date) -> Ruleset:
    """The rules of the package on a day; UNSUITABLE ``no-rules`` where none are known."""
    return rules_of(rulesets())(day)


def rules_of(sets: Sequence[Ruleset]) -> RulesOn:
    """The rules on a day, of these sets (oldest first): the package's, and an operator's own among them."""
    return partial(_on, sets)


def _on(sets: Sequence[Ruleset], day: date) -> Ruleset:
    try:
        return among(sets, day)
    except LookupError as error:
        raise SignerError(
            Kind.UNSUITABLE,
            "no-rules",
            f"Không có bộ quy định nào có hiệu lực vào ngày {day:%d/%m/%Y}.",
            f"no set of rules is in force on {day.isoformat()}",
            where="date",
        ) from error


def local_day(moment: datetime) -> date:
    """The day in Viet Nam, whose calendar numbers and dates follow."""
    return moment.astimezone(VIETNAM).date()


def progress(document: Document) -> Progress:
    """Which of the document's signatures are made, for the rule on the order."""
    made = {record.field for record in document.signatures}
    meta = document.metadata
    return Progress(
        initials=tuple(signature_field(SignatureRole.INITIAL, i) in made for i in range(len(meta.initials))),
        leaders=tuple(signature_field(SignatureRole.LEADER, i) in made for i in range(len(meta.signers))),
        clerk=CLERK_FIELD in made if document.clerk else None,
        agency=AGENCY_FIELD in made,
        state=document.state.value,
        initial_names=tuple(initial.name for initial in meta.initials),
        leader_names=tuple(signer.name for signer in meta.signers),
    )


def grants(office: Office, person: str, issuer: str) -> tuple[Grant, ...]:
    """What the delegations let a person sign for an issuer, whenever."""
    return tuple(
        Grant(capacity=d.capacity, types=d.types, since=d.period.since, until=d.period.until, basis=d.basis)
        for d in office.delegations
        if d.person == person and d.issuer == issuer
    )
