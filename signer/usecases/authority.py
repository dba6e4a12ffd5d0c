"""Whose authority stands behind a signature: delegations of those who sign, custody of the agency's key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from policies.custody import check_command
from policies.delegation import Grant, check_capacity, check_still
from policies.model import Finding, Refused, Ruleset
from policies.text import fold
from signer.errors import Kind, SignerError
from signer.model import (
    Custody,
    Document,
    Metadata,
    Office,
    SignatureRecord,
    SignatureRole,
    Signer,
    signature_field,
)
from signer.ports import Keyring
from signer.usecases import remarks
from signer.usecases.caller import Caller
from signer.usecases.office import persons_named
from signer.usecases.rules import grants, ruled


def grant(rules: Ruleset, office: Office, meta: Metadata, person: str, signer: Signer, day: date) -> Grant:
    """The delegation by which a person signs in a signer's capacity on ``day``; Refused without one."""
    return check_capacity(
        rules,
        capacity=signer.capacity,
        type=meta.type,
        grants=grants(office, person, meta.agency),
        day=day,
    )


def unsignable(rules: Ruleset, office: Office, meta: Metadata, day: date, *, signed: bool = False) -> Iterator[Finding]:
    """Warn of signers for whom nobody could sign on ``day``; ``signed``: on paper, already."""
    for signer in meta.signers:
        refusals: list[Finding] = []
        for person in persons_named(office, signer.name):
            try:
                grant(rules, office, meta, person.id, signer, day)
            except Refused as refusal:
                refusals += refusal.findings
                continue
            break
        else:
            yield remarks.without_authority(rules, signer.name, refusals, signed=signed)


def check_signed(rules: Ruleset, office: Office, keys: Keyring, document: Document, day: date) -> None:
    """UNSUITABLE ``delegation-lapsed-before-issue`` where a leader's authority did not last until ``day``."""
    meta = document.metadata
    made = {record.field: record for record in document.signatures}
    for index, signer in enumerate(meta.signers):
        who = _signers(office, keys, signer, made[signature_field(SignatureRole.LEADER, index)])
        held = [each for person in who for each in grants(office, person, meta.agency)]
        with ruled(where=f"metadata.signers[{index}].capacity"):
            check_still(rules, name=signer.name, capacity=signer.capacity, type=meta.type, grants=held, day=day)


def _signers(office: Office, keys: Keyring, signer: Signer, record: SignatureRecord) -> tuple[str, ...]:
    """Whose key it was; everybody of the signer's name where the settings do not have the key any more."""
    try:
        return (keys.info(record.key).owner,)
    except SignerError:
        return tuple(person.id for person in persons_named(office, signer.name))


def check_actor(office: Office, caller: Caller) -> None:
    """FORBIDDEN ``actor-name-differs`` where a person's id comes with another's name: the name goes on record."""
    actor = caller.actor
    person = office.persons.get(actor.id)
    if person is not None and fold(person.name) != fold(actor.name):
        raise SignerError(
            Kind.FORBIDDEN,
            "actor-name-differs",
            f"Mã “{actor.id[:64]}” là của {person.name}, không phải của “{actor.name[:64]}”.",
            f"the id “{actor.id[:64]}” is {person.name}'s, not “{actor.name[:64]}”'s",
            clause="NĐ 30/2020/NĐ-CP, Điều 32 khoản 2",
            where="actor.name",
        )


def custody(
    rules: Ruleset, office: Office, key: str, caller: Caller, day: date
) -> tuple[Custody | None, tuple[Finding, ...]]:
    """The custody by which the caller commands the agency's key on ``day``, if he holds it, and what is to be said.

    FORBIDDEN ``custody-differs`` where somebody commands a key that another holds (Điều 32 khoản 2), and as of
    ``check_actor``.
    """
    check_actor(office, caller)
    holding = [each for each in office.custody if each.key == key and each.period.holds(day)]
    own = next((each for each in holding if each.person == caller.actor.id), None)
    with ruled(Kind.FORBIDDEN, where="actor"):
        said = check_command(
            rules,
            key=key,
            holders=tuple(
                office.persons[each.person].name if each.person in office.persons else each.person for each in holding
            ),
            named=not caller.nobody or caller.actor.id in office.persons,
            is_holder=own is not None,
        )
    return own, said
