"""The number and the day of a document: from the facts at hand to what is reserved, registered and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from policies import numbering as rule
from policies.model import Finding, Ruleset
from policies.workdays import RulesOn
from signer.errors import Kind, SignerError
from signer.model import (
    DAY,
    MONTH,
    NUMBER,
    YEAR,
    Document,
    Medium,
    Metadata,
    NumberedBy,
    Numbering,
    PeriodKind,
    Place,
    RegisterEntry,
    RegisterState,
    Series,
    SignatureRole,
    Urgency,
)
from signer.ports import Transaction
from signer.usecases.office import Standing
from signer.usecases.rules import local_day, ruled


def notation(rules: Ruleset, place: Standing, meta: Metadata, day: date) -> str:
    """What will stand behind the slash of a document's number. UNSUITABLE with the rule on ``metadata.type``."""
    with ruled(where="metadata.type"):
        return rule.notation(
            rules,
            type=meta.type,
            symbol=place.issuer.symbol,
            unit=meta.unit,
            normative=meta.normative,
            year=day.year,
        )


def period(series: Series, day: date) -> str:
    """The period of a series that ``day`` falls in; the day of issue decides the year, not the day of work."""
    return rule.period_key(series.period.value, series.term, day)


def choose(
    rules_on: RulesOn,
    document: Document,
    series: Series,
    day: date,
    wanted: int | None,
    last: Numbering | None,
    later: Numbering | None,
    now: datetime,
    days_back: int,
) -> tuple[Numbering, tuple[Finding, ...]]:
    """The next number and the day, as they will be written, with warnings.

    UNSUITABLE where the rules refuse the day (window, order, printed month or year) or the number.
    """
    rules = rules_on(day)
    _check_notation(rules, document, day)
    today = local_day(now)
    facts = rule.IssueFacts(
        day=day,
        today=today,
        earliest_day=today - timedelta(days=days_back),
        last_signed_on=_last_signed_on(document),
        last_number=last.number if last else None,
        last_day=last.date if last else None,
        later_number=later.number if later else None,
        later_day=later.date if later else None,
        first=series.first,
        widest=series.widest,
        numbered_by=series.numbered_by.value,
        wanted=wanted,
        printed_month=document.printed.month,
        printed_year=document.printed.year,
        series_since=series.since,
        series_until=series.until,
        urgent=document.metadata.urgency is not Urgency.NORMAL,
        rules_on=rules_on,
    )
    with ruled(where="date"):
        warnings = rule.check_day(rules, facts)
    with ruled(where="number"):
        chosen = rule.next_number(rules, facts)
    text = rule.number_text(chosen)
    return Numbering(
        series=series.id,
        period=period(series, day),
        number=chosen,
        number_text=text,
        notation=document.notation,
        symbol=rule.symbol(text, document.notation),
        date=day,
        reserved_at=now,
    ), warnings


def _check_notation(rules: Ruleset, document: Document, day: date) -> None:
    """A circular prints the year in its notation: prepared in December, it cannot be issued in January."""
    meta = document.metadata
    if meta.normative and str(day.year) not in document.notation.split("/"):
        raise SignerError(
            Kind.UNSUITABLE,
            "notation-year-differs",
            f"Ký hiệu in sẵn “{document.notation}” không phải của năm ban hành {day.year}.",
            f"the printed notation “{document.notation}” is not of the year of issue, {day.year}",
            clause=rules.numbering.normative_year.clause,
            where="date",
        )


def _last_signed_on(document: Document) -> date | None:
    """The last leader's day; nobody knows when paper was signed."""
    leaders = [record.signed_at for record in document.signatures if record.role is SignatureRole.LEADER]
    return local_day(max(leaders)) if leaders else None


def values(held: Numbering, places: Mapping[str, Place]) -> dict[str, str]:
    """What is written into each text field that a file has; a month or year that is printed has none."""
    texts = {
        NUMBER: held.number_text,
        DAY: rule.day_text(held.date),
        MONTH: rule.month_text(held.date),
        YEAR: rule.year_text(held.date),
    }
    return {name: text for name, text in texts.items() if name.lower() in places}


def take(
    tx: Transaction,
    rules_on: RulesOn,
    document: Document,
    series: Series,
    day: date,
    wanted: str | None,
    now: datetime,
    days_back: int,
) -> tuple[Document, tuple[Finding, ...]]:
    """Reserve the next number of a series for a document; gives the document that holds it, not saved yet.

    The series is locked from here to the end of the transaction: two clerks get two numbers, one after the other.
    """
    # A slip of the caller's (9999 for 203) ends when it is voided; the service itself never goes back.
    last = tx.last_number(series.id, period(series, day), standing=series.numbered_by is NumberedBy.CALLER)
    # A clock that was set back over New Year would go on with a year that has ended.
    later = tx.later_number(series.id, period(series, day)) if series.period is PeriodKind.YEAR else None
    number = _wished(tx, rules_on(day), document, series, day, wanted)
    held, warnings = choose(rules_on, document, series, day, number, last, later, now, days_back)
    tx.reserve(entry(rules_on(day), document, series, held), held)
    return replace(document, numbering=held), warnings


def _wished(
    tx: Transaction, rules: Ruleset, document: Document, series: Series, day: date, wanted: str | None
) -> int | None:
    """The number that the caller brings, in its form; CONFLICT ``number-taken`` if a row has it, void ones too."""
    if wanted is None:
        return None
    with ruled(where="number"):
        number = rule.parse_wanted(wanted, document.notation, rules)
    held = tx.numbered(series.id, period(series, day), number) if number > 0 else None
    if held is not None:
        raise SignerError(
            Kind.CONFLICT,
            "number-taken",
            f"Số {rule.number_text(number)} đã có trong sổ: {held.symbol} ngày {held.date:%d/%m/%Y}.",
            f"number {number} is in the register already: {held.symbol} of {held.date}",
            clause=rules.numbering.gapless.clause,
            where="number",
        )
    return number


def entry(rules: Ruleset, document: Document, series: Series, held: Numbering) -> RegisterEntry:
    """The register row that a number opens; what is issued on paper is issued with it."""
    meta = document.metadata
    return RegisterEntry(
        agency=meta.agency,
        series=series.id,
        period=held.period,
        number=held.number,
        document_id=document.id,
        medium=document.medium,
        state=RegisterState.ISSUED if document.medium is Medium.PAPER else RegisterState.RESERVED,
        symbol=held.symbol,
        date=held.date,
        type_and_subject=_type_and_subject(rules, meta),
        signer="; ".join(signer.name for signer in meta.signers),
        recipients="; ".join(meta.recipients),
        kept_by=meta.kept_by,
        copies="" if meta.copies is None else str(meta.copies),
    )


def _type_and_subject(rules: Ruleset, meta: Metadata) -> str:
    """Column 3 of the register: the type's full name and the subject, as one reads it out."""
    names = rules.numbering.normative_types if meta.normative else rules.numbering.types
    name = names.value.get(meta.type, meta.type) if meta.type else "công văn"
    name = name.partition(" (")[0]
    subject = meta.subject
    if subject.startswith(("Về ", "V/v ")):
        subject = subject[0].lower() + subject[1:]
    return f"{name[:1].upper()}{name[1:]} {subject}"
