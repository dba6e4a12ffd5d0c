"""What must hold of numbers, rows, documents and acts; pure functions over what the store says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise

from policies import numbering as rule
from signer.model import DocumentState, Medium, RegisterState, SignatureRole
from signer.model.inspection import ActFacts, DocumentFacts, FileFacts, RowFacts, SeriesFacts
from signer.usecases.consistency_words import Inconsistency, found
from signer.usecases.rules import local_day

_WAITING = (DocumentState.ISSUING, DocumentState.NEEDS_ATTENTION)
_ROW_STATE: Mapping[str, RegisterState] = {
    DocumentState.ISSUING: RegisterState.RESERVED,
    DocumentState.NEEDS_ATTENTION: RegisterState.RESERVED,
    DocumentState.ISSUED: RegisterState.ISSUED,
    DocumentState.RECALLED: RegisterState.ISSUED,
    DocumentState.VOID: RegisterState.VOID,
}
"""What the row of a document in this state says; those that are not here have no row."""


# --- numbers --------------------------------------------------------------------------------------------------


def numbers(rows: Iterable[RowFacts], series: Mapping[str, SeriesFacts]) -> Iterator[Inconsistency]:
    """Of all rows in order: no gap where the service numbers, no date before that of the number in front.

    Where the caller numbers, gaps are his, and a slip that was voided (9999 for 203) does not bind what follows: as
    when the number was given.
    """
    for (name, period), group in groupby(rows, key=lambda row: (row.series, row.period)):
        facts = series.get(name) or SeriesFacts(name, 1, by_service=False, by_year=False)
        due, before = facts.first, None
        for row in group:
            if facts.by_service and row.number > due:
                missing = f"{due}–{row.number - 1}" if row.number - 1 > due else str(due)
                yield found("number-gap", f"{name}/{period}/{due}", series=name, period=period, missing=missing)
            due = row.number + 1
            yield from _row(row, facts)
            if not facts.by_service and row.state == RegisterState.VOID:
                continue
            if before is not None and row.date < before.date:
                yield found(
                    "date-goes-back",
                    row.name,
                    symbol=row.symbol,
                    day=row.date,
                    before=before.date,
                    earlier=before.symbol,
                )
            before = row


def _row(row: RowFacts, series: SeriesFacts) -> Iterator[Inconsistency]:
    """A row by itself: number, notation, symbol, date, year and period say the same."""
    wrong = []
    if row.number_text != rule.number_text(max(row.number, 1)):
        wrong.append(f"number {row.number} ≠ “{row.number_text}”")
    if row.symbol != rule.symbol(row.number_text, row.notation):
        wrong.append(f"“{row.number_text}” + “{row.notation}” ≠ “{row.symbol}”")
    if row.year != row.date.year:
        wrong.append(f"year {row.year} ≠ {row.date}")
    # A series may have changed from terms of office to years: its old periods keep their names.
    if series.by_year and row.period.isdigit() and row.period != rule.period_key("year", "", row.date):
        wrong.append(f"period {row.period} ≠ {row.date}")
    for what in wrong:
        yield found("row-text-differs", row.name, symbol=row.symbol, what=what)


# --- a document -----------------------------------------------------------------------------------------------


def document(facts: DocumentFacts) -> Iterator[Inconsistency]:
    """Of one document: its row, its files, its acts."""
    yield from _its_row(facts)
    if facts.medium == Medium.ELECTRONIC and not any(file.ordinal == 0 for file in facts.files):
        yield found("file-missing", facts.id, state=facts.state)
    for file in facts.files:
        acts = [act for act in facts.acts if act.file == file.ordinal]
        if file.sha256 not in file.revisions:
            yield found("revision-not-listed", facts.id, file=file.ordinal)
        yield from _agency(facts, file, acts)
        yield from _chain(facts, file, acts)


def _its_row(facts: DocumentFacts) -> Iterator[Inconsistency]:
    row, wanted = facts.row, _ROW_STATE.get(facts.state)
    if facts.copy:  # an electronic copy bears no number (Phụ lục I, Phần II)
        wanted = None
    if row is None:
        if wanted is not None:
            yield found("issued-without-row", facts.id, state=facts.state)
        return
    if wanted is None:
        yield found("row-unexpected", facts.id, state=facts.state, symbol=row.symbol)
        return
    if row.state != wanted:
        yield found("row-state-differs", facts.id, state=facts.state, symbol=row.symbol, row=row.state)
    for name in ("agency", "notation", "medium"):
        said, there = getattr(facts, name), getattr(row, name)
        if said != there:
            yield found("row-document-differs", facts.id, symbol=row.symbol, what=f"{name}: “{said}” ≠ “{there}”")
    if facts.state == DocumentState.VOID and not facts.reason.strip():
        yield found("void-without-reason", facts.id, symbol=row.symbol)
    if facts.state in _WAITING:
        yield _waiting(facts, row)


def _waiting(facts: DocumentFacts, row: RowFacts) -> Inconsistency:
    if not facts.commanded_by:
        return found("waiting-without-order", facts.id, symbol=row.symbol, state=facts.state)
    return found(
        "number-waiting",
        facts.id,
        symbol=row.symbol,
        state=facts.state,
        who=facts.commanded_by,
        since=told(facts.under_way_since or facts.numbered_at),
        reason=facts.reason or "—",
    )


def _agency(facts: DocumentFacts, file: FileFacts, acts: Sequence[ActFacts]) -> Iterator[Inconsistency]:
    """The agency has signed what was issued electronically, each file of it, and nothing else."""
    signed = any(act.role == SignatureRole.AGENCY for act in acts)
    issued = facts.state in (DocumentState.ISSUED, DocumentState.RECALLED) and facts.medium == Medium.ELECTRONIC
    if issued and not signed:
        yield found("signature-missing", facts.id, file=file.ordinal)
    if signed and not issued and facts.state != DocumentState.VOID:
        yield found("signature-unexpected", facts.id, file=file.ordinal, state=facts.state)


def _chain(facts: DocumentFacts, file: FileFacts, acts: Sequence[ActFacts]) -> Iterator[Inconsistency]:
    """Each act begins where the one before it ended, and the last one ends at the newest revision."""

    def broken(act: ActFacts, what: str) -> Inconsistency:
        return found("acts-broken", facts.id, file=file.ordinal, ordinal=act.ordinal, what=what)

    for one, other in pairwise(acts):
        if one.after != other.before:
            yield broken(other, f"{other.before[:12]}… ≠ {one.after[:12]}…")
    if not acts:
        return
    if acts[-1].after != file.sha256:
        yield broken(acts[-1], f"{acts[-1].after[:12]}… ≠ {file.sha256[:12]}…")
    if not facts.copy and acts[0].before not in file.revisions:  # a scan is stored when it is certified, not before
        yield broken(acts[0], f"{acts[0].before[:12]}…: —")
    for act in acts[:-1]:
        # The clerk's and the agency's signature are made in one go: what lies between them was never a revision.
        if act.after not in file.revisions and act.role != SignatureRole.CLERK:
            yield broken(act, f"{act.after[:12]}…: —")


def told(moment: datetime | None) -> str:
    """A moment for people: its day in Viet Nam."""
    return "?" if moment is None else f"{local_day(moment):%d/%m/%Y}"
