"""What one document does to another: it replaces, amends, corrects or recalls it. Nothing issued is ever edited.

NĐ 30/2020/NĐ-CP, Điều 18(3) and (4). A relation is said with the draft, judged when the draft comes in and again
before its number is taken, and takes effect in the moment of issue.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from policies import relations as rule
from policies.model import Ruleset
from signer.errors import Kind, SignerError, unknown_document
from signer.model import (
    Actor,
    Document,
    DocumentState,
    EventKind,
    Metadata,
    Office,
    RegisterChange,
    RegisterEntry,
    RegisterState,
    RelationKind,
)
from signer.ports import Transaction
from signer.usecases.caller import Caller
from signer.usecases.events import happened
from signer.usecases.rules import local_day, ruled

log = logging.getLogger(__name__)

_CHANGING = frozenset({RelationKind.REPLACES, RelationKind.AMENDS, RelationKind.CORRECTS, RelationKind.RECALLS})
"""What only the issuer of a document, or who took its place, may do to it."""

Related = Mapping[str, Document]
"""The other documents of a document's relations, by id."""


def related_to(tx: Transaction, office: Office, meta: Metadata, caller: Caller | None = None) -> Related:
    """The documents that the relations speak of, read in one order so that two who lock them never wait in a ring.

    NOT_FOUND ``unknown-document`` for one that the ``caller`` may not see, nor the issuer as its heir. Without a
    caller: what was taken in is issued, whoever's clerk issues it.
    """
    wheres = {each.document: f"metadata.relations[{i}]" for i, each in enumerate(meta.relations) if each.document}
    found: dict[str, Document] = {}
    for document_id in sorted(wheres):
        try:
            other = tx.document(document_id)
        except SignerError as error:
            if error.kind is not Kind.NOT_FOUND:
                raise
            raise unknown_document(wheres[document_id]) from error
        if not (caller is None or caller.sees(other) or _may_change(office, meta.agency, other.metadata.agency)):
            raise unknown_document(wheres[document_id])
        found[document_id] = other
    return found


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
                other_name=other.numbering.symbol if other and other.numbering else "",
            )


def take_effect(tx: Transaction, issued: Document, now: datetime) -> None:
    """What an issued document does at once: those that it recalls are recalled.

    One that has ended otherwise since it was looked at stays as it is, and the log says so.
    """
    held, command = issued.numbering, issued.command
    for document_id in sorted(each.document for each in issued.metadata.relations if each.kind is RelationKind.RECALLS):
        if not document_id:
            continue
        other = tx.document(document_id)
        if other.state is not DocumentState.ISSUED:
            log.warning("%s recalls %s, which is %s already", issued.id, document_id, other.state.value)
            continue
        by = f"theo văn bản số {held.symbol} ngày {held.date:%d/%m/%Y}" if held else ""
        recall(tx, other, by, command.by if command else issued.created_by, now)


def recall(tx: Transaction, document: Document, why: str, by: Actor, now: datetime) -> Document:
    """Freeze a document: its row says that it was recalled and why, and from then on nothing of it changes."""
    row = tx.entry(document.id)
    if row is not None:
        end_row(tx, row, f"Thu hồi ngày {local_day(now):%d/%m/%Y}: {why}", by, now)
    recalled = replace(document, state=DocumentState.RECALLED, reason=why)
    tx.save_document(recalled)
    happened(tx, EventKind.RECALLED, recalled, by, now, why)
    return replace(recalled, version=recalled.version + 1)


def end_row(
    tx: Transaction, row: RegisterEntry, told: str, by: Actor, now: datetime, state: RegisterState | None = None
) -> None:
    """Say in column 10 what became of a number; what the column said before is kept, as of any column."""
    note = f"{row.note} {told}".strip()
    tx.save_entry(replace(row, note=note, state=state or row.state))
    tx.add_change(row.document_id, RegisterChange("note", row.note, note, by, now))


def _check_agency(office: Office, mine: str, other: str, where: str) -> None:
    """An office corrects and recalls what it has issued, or what those whose place it took have."""
    if not _may_change(office, mine, other):
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


def _may_change(office: Office, mine: str, other: str) -> bool:
    """Whether one issuer is the other, of the same organisation, or of one that took its place.

    An issuer may have left the settings since; its documents have not.
    """
    here, there = office.issuers.get(mine), office.issuers.get(other)
    if mine == other or here is None or there is None:
        return mine == other
    return here.organisation == there.organisation or there.organisation in _predecessors(office, here.organisation)


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
