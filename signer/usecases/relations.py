"""What one document does to another: it replaces, amends, corrects or recalls it. Nothing issued is ever edited.

NĐ 30/2020/NĐ-CP, Điều 18(3) and (4). A relation is said with the draft, judged when the draft comes in and again
before its number is taken, and takes effect in the moment of issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from policies import relations as rule
from policies.model import Ruleset
from signer.errors import Kind, SignerError
from signer.model import Document, DocumentState, Metadata, Office, RelationKind
from signer.ports import Transaction
from signer.usecases.caller import Caller
from signer.usecases.rules import ruled

_CHANGING = frozenset({RelationKind.REPLACES, RelationKind.AMENDS, RelationKind.CORRECTS, RelationKind.RECALLS})
"""What only the issuer of a document, or who took its place, may do to it."""

Related = Mapping[str, Document]
"""The other documents of a document's relations, by id."""


def related_to(tx: Transaction, caller: Caller, meta: Metadata) -> Related:
    """The documents that the relations speak of. NOT_FOUND ``unknown-document`` for one that the caller may not see."""
    return {each.document: caller.document(tx, each.document) for each in meta.relations if each.document}


def check_relations(rules: Ruleset, office: Office, meta: Metadata, related: Related) -> None:
    """Refuse a relation that the rules do not allow, or to what another office has issued.

    UNSUITABLE with the rule; FORBIDDEN ``relation-other-agency``.
    """
    for index, relation in enumerate(meta.relations):
        where = f"metadata.relations[{index}]"
        other = related.get(relation.document)
        if other is not None and relation.kind in _CHANGING:
            _check_agency(office, meta.agency, other.metadata.agency, where)
        with ruled(where=where):
            rule.check(
                rules,
                relation.kind.value,
                this_type=meta.type,
                this_normative=meta.normative,
                other_type=other.metadata.type if other else None,
                other_normative=other.metadata.normative if other else None,
                other_state=other.state.value if other else None,
            )


def take_effect(tx: Transaction, issued: Document, day: date) -> None:
    """What an issued document does at once: those that it recalls are recalled.

    One that has ended otherwise since it was looked at stays as it is.
    """
    for relation in issued.metadata.relations:
        if relation.kind is RelationKind.RECALLS and relation.document:
            other = tx.document(relation.document)
            if other.state is DocumentState.ISSUED:
                held = issued.numbering
                by = f"theo văn bản số {held.symbol} ngày {held.date:%d/%m/%Y}" if held else ""
                recall(tx, other, by, day)


def recall(tx: Transaction, document: Document, why: str, day: date) -> Document:
    """Freeze a document: its row says that it was recalled and why, and from then on nothing of it changes."""
    row = tx.entry(document.id)
    if row is not None:
        note = f"Thu hồi ngày {day:%d/%m/%Y}: {why}"
        tx.save_entry(replace(row, note=f"{row.note} {note}".strip()))
    recalled = replace(document, state=DocumentState.RECALLED, reason=why)
    tx.save_document(recalled)
    return replace(recalled, version=recalled.version + 1)


def _check_agency(office: Office, mine: str, other: str, where: str) -> None:
    """An office corrects and recalls what it has issued, or what those whose place it took have."""
    here, there = office.issuers[mine].organisation, office.issuers[other].organisation
    if here != there and there not in _predecessors(office, here):
        raise SignerError(
            Kind.FORBIDDEN,
            "relation-other-agency",
            f"Văn bản liên quan do cơ quan khác ({other}) ban hành; {mine} không kế thừa cơ quan đó nên không được "
            "sửa đổi, thay thế, đính chính hay thu hồi.",
            f"the related document was issued by {other}, whose place {mine} has not taken: it may not amend, "
            "replace, correct or recall it",
            clause="NĐ 30/2020/NĐ-CP, Điều 18 khoản 3, khoản 4",
            where=where,
        )


def _predecessors(office: Office, organisation: str) -> set[str]:
    """Every organisation whose place this one took, one after the other."""
    found: set[str] = set()
    waiting = [organisation]
    while waiting:
        known = office.organisations.get(waiting.pop())
        for name in known.successor_of if known else ():
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found
