"""Our own rules over judged signatures: order, locks, what is drawn, what lies over what, who added fields.

pyHanko looks at objects. These rules look at what the document means: a number that nobody locked, a widget over
it, a drawing that says something else.
"""

# mypy: allow-untyped-calls
# (pyHanko carries annotations only in part)

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from policies.certificates import PathStatus
from policies.model import Finding, Severity, Text
from signer.model import AGENCY_FIELD, TEXT_FIELDS, Content, Level, Rect, SignatureRole
from signer.report import SubIndication, Verdict
from signer.validation import drawn, second, stamps, visual
from signer.validation.changes import FormState, Widget, entry
from signer.validation.lasting import closes
from signer.validation.roles import Cast, is_organisation, locks_all
from signer.validation.signatures import Judged
from signer.validation.stamps import Stamp
from signer.validation.words import finding

QUIET = {"/Link", "/Popup"}
"""Annotations of a draft that draw nothing of their own."""


@dataclass(frozen=True, slots=True)
class Case:
    """A file as the rules see it. ``base`` is the form before the first signature, ``states`` after each."""

    file: Content
    signatures: tuple[Judged, ...]
    cast: Cast
    base: FormState
    states: tuple[FormState, ...]
    final: FormState
    anchored: bool
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that is broken: every signature from ``first`` up to and with ``last`` is FAILED by it."""

    found: Finding
    first: int
    last: int


def apply(case: Case) -> tuple[tuple[Judged, ...], tuple[Finding, ...]]:
    """Judge the document; returns the signatures with what the rules changed, and findings of the whole file."""
    signatures = list(case.signatures)
    filled = frozenset(name for name in case.cast.texts if case.final.values.get(name))
    seen = drawn.fields(case.file, filled) if filled else {}
    held = (_pages(case), _locking(case), _drawing(case, seen), _stamped(case), _overlaps(case), _added(case))
    for breach in chain.from_iterable(held):
        for index in range(max(0, breach.first), min(breach.last + 1, len(signatures))):
            signatures[index] = signatures[index].failed(breach.found)
    notes: list[Finding] = []
    broken = any(own.verdict is Verdict.FAILED for own in signatures)
    for found, position in () if broken else _order(case):  # who came first does not matter in a forged file
        if position is None:
            notes.append(found)
        elif found.severity is Severity.ERROR:
            signatures[position] = signatures[position].undecided(found, SubIndication.SIG_CONSTRAINTS_FAILURE)
        else:
            signatures[position] = signatures[position].noted(found)
    doubts = stamps.doubts(case.stamp) if case.stamp is not None else ()
    for found in (*_unproven(seen), *doubts):  # whoever locked the number answers for what people read
        answers = len(signatures) - 1 if case.cast.agency is None else case.cast.agency
        signatures[answers] = signatures[answers].undecided(found, SubIndication.SIG_CONSTRAINTS_FAILURE)
    for index, found in _tolerated(case):
        signatures[index] = signatures[index].noted(found)
    return tuple(signatures), tuple(notes)


def _pages(case: Case) -> Iterator[Breach]:
    """What is printed is what the first signer saw, in the eyes of a second reader too."""
    first = case.file.prefix(case.signatures[0].span.end)
    if first.size == case.file.size:
        return
    page = second.changed_page(first, case.file)
    if page is not None:
        yield Breach(finding("page-differs", page=page or "?"), 0, len(case.signatures) - 1)


def _locking(case: Case) -> Iterator[Breach]:
    """Number and date: filled once, under a signature, and locked by the agency."""
    last = len(case.signatures) - 1
    at = case.cast.filled
    filled = [name for name in case.cast.texts if at[name] is not None or case.final.values.get(name)]
    for name in filled:
        values = [state.values.get(name, "") for state in (case.base, *case.states, case.final)]
        told = [value for value in values if value]
        if len(set(told)) > 1 or (told and values[-1] != told[-1]):
            yield Breach(finding("number-refilled", reason=name), 0, last)
        if at[name] is None:
            yield Breach(finding("number-not-signed", reason=name), 0, last)
    agency = case.cast.agency
    if filled and (agency is None or not locks_all(case.signatures[agency], case.cast.texts)):
        open_fields = [name for name in filled if agency is None or not locks_all(case.signatures[agency], [name])]
        yield Breach(finding("number-not-locked", reason=", ".join(open_fields or filled)), 0, last)


def _drawing(case: Case, seen: Mapping[str, drawn.Drawn]) -> Iterator[Breach]:
    """What is drawn in a field equals its value, in the eyes of a second reader too."""
    last = len(case.signatures) - 1
    for name in sorted(name for name in case.cast.texts if case.final.values.get(name)):
        value, shown = case.final.values[name], seen.get(name)
        if shown is None or shown.value != value:
            yield Breach(finding("readers-disagree", field=name), 0, last)
        elif shown.hidden:
            yield Breach(finding("field-hidden", field=name), 0, last)
        elif shown.problem:
            yield Breach(finding("drawn-otherwise", field=name, reason=shown.problem), 0, last)
        elif shown.text.strip() != value.strip():
            yield Breach(finding("drawn-text-differs", field=name, drawn=shown.text, value=value), 0, last)


def _stamped(case: Case) -> Iterator[Breach]:
    """What the agency's signature shows on an attachment or a copy is what it signed."""
    if case.stamp is not None:
        for found in stamps.breaches(case.stamp, case.signatures[0]):
            yield Breach(found, 0, len(case.signatures) - 1)


def _unproven(seen: Mapping[str, drawn.Drawn]) -> Iterator[Finding]:
    """Fields whose drawing says the value, in shapes that nobody here knows."""
    for name, shown in sorted(seen.items()):
        if shown.unproven and not shown.problem:
            yield finding("drawn-unproven", field=name, reason=shown.unproven)


def _overlaps(case: Case) -> Iterator[Breach]:
    """Nothing lies over number, date and mark; nothing that came later lies over any of our fields."""
    if not case.cast.texts and case.stamp is None:
        return
    last = len(case.signatures) - 1
    prepared = case.states[0]
    standing = {(widget.page, widget.number) for widget in prepared.widgets}
    ours = [widget for widget in prepared.widgets if widget.field]
    marked = case.stamp is not None and case.stamp.mark is not None
    written = {*TEXT_FIELDS, AGENCY_FIELD} if marked else set(TEXT_FIELDS)
    for widget in case.final.widgets:
        late = (widget.page, widget.number) not in standing or widget.number == 0
        foreign = not widget.field and widget.kind not in QUIET
        for own in ours:
            if own.number == widget.number or own.page != widget.page:
                continue
            if (late or (foreign and own.field in written)) and _rect(own).overlaps(_rect(widget)):
                name = widget.field or widget.kind.removeprefix("/")
                yield Breach(finding("widget-over-field", field=own.field, other=name, page=own.page), 0, last)


def _added(case: Case) -> Iterator[Breach]:
    """Fields that came after the first signature: today's practice, and the certification attack.

    Tolerated only with a valid signature whose path ends at a pinned anchor, over no text and no field of ours.
    Where not even the first signer's path is known, trust cannot tell them apart: then it is undecided.
    """
    for name, position in _late_fields(case):
        if position is None:
            yield Breach(finding("field-added-untrusted", field=name), 0, len(case.signatures) - 1)
            continue
        signature = case.signatures[position]
        visible = [widget for widget in case.final.widgets if widget.field == name and _rect(widget).width > 0]
        if signature.timestamp and not visible:
            continue
        if signature.verdict is Verdict.FAILED or (signature.path.path is not PathStatus.TRUSTED and _decidable(case)):
            yield Breach(finding("field-added-untrusted", field=name), 0, position)
        before = case.file.prefix(case.signatures[position - 1].span.end)
        after = case.file.prefix(signature.span.end)
        for widget in visible:
            if visual.hidden_text(before, after, widget.page, _rect(widget)):
                yield Breach(finding("widget-over-text", field=name, page=widget.page), 0, position)


def _tolerated(case: Case) -> Iterator[tuple[int, Finding]]:
    for name, position in _late_fields(case):
        if position is None or case.signatures[position].timestamp:
            continue
        trusted = case.signatures[position].path.path is PathStatus.TRUSTED
        yield position, finding("field-added" if trusted else "field-added-undecided", field=name)


def _late_fields(case: Case) -> list[tuple[str, int | None]]:
    """Fields that the first signed revision did not have, and the position of their signature."""
    positions = {signature.name: index for index, signature in enumerate(case.signatures)}
    return [(name, positions.get(name)) for name in sorted(case.final.names - case.states[0].names)]


def _decidable(case: Case) -> bool:
    return case.anchored and case.signatures[0].path.path is not PathStatus.NO_PATH


def _order(case: Case) -> Iterator[tuple[Finding, int | None]]:
    """NĐ 30/2020/NĐ-CP, Điều 14, Điều 32 khoản 2 điểm d: leaders first, then number and date, then the agency."""
    agency = case.cast.agency
    leaders = case.cast.positions(SignatureRole.LEADER.value)
    first_leader = leaders[0] if leaders else None
    if case.stamp is not None:
        yield from ((found, 0) for found in stamps.notes(case.stamp))
        yield from _body(case, 0)
        return
    if not case.cast.texts:
        if agency is not None and not leaders:
            yield finding("agency-without-leader"), None
        return
    if agency is None:
        yield finding("not-issued"), None
        early = [name for name in case.cast.texts if case.cast.filled[name] == -1]
        if early:
            yield finding("number-before-leader", reason=", ".join(early)), 0
        return
    if first_leader is None or first_leader > agency:
        yield finding("agency-before-leader"), agency
    yield from _body(case, agency)
    for name in case.cast.texts:
        at = case.cast.filled[name]
        if at is None:
            yield finding("number-missing", reason=name), agency
        elif at <= (max(leaders) if leaders else -1):
            yield finding("number-before-leader", reason=name), agency
    empty = sorted(
        widget.field
        for widget in case.states[0].widgets
        if widget.kind == "/Sig" and widget.field not in {*case.final.signed, AGENCY_FIELD}
    )
    if empty:
        yield finding("signer-missing", reason=", ".join(empty)), None


def _body(case: Case, agency: int) -> Iterator[tuple[Finding, int | None]]:
    """An agency signs with a body's certificate, not with a person's."""
    own = case.signatures[agency]
    if not is_organisation(own.certificate):
        yield finding("agency-certificate", field=own.name, reason=own.signer), agency


def unsigned_change(old: HistoricalResolver, new: HistoricalResolver) -> Text | None:
    """What an unsigned revision behind the last signature changes besides the DSS; None if nothing."""
    if {
        key
        for key in {*old.root, *new.root}
        if key not in {"/DSS", "/Extensions", "/Version"}
        and (key not in old.root or key not in new.root or old.root.raw_get(key) != new.root.raw_get(key))
    }:
        return Text("mục lục gốc của tệp (/Root)", "the catalogue")
    store = entry(new.root, "/DSS")
    if store is None:
        return Text("không phải dữ liệu kiểm tra chữ ký", "no validation data, but something else")
    allowed = {new.root_ref} | new.collect_dependencies(new.root.raw_get("/DSS")) | set(new.object_streams_used())
    section = new.reader.xrefs.get_xref_container_info(new.revision).stream_ref
    others = new.explicit_refs_in_revision() - allowed - ({section} if section else set())
    numbers = sorted(reference.idnum for reference in others)
    return Text(f"đối tượng {numbers}", f"objects {numbers}") if numbers else None


def closed(reader: PdfFileReader, signatures: Sequence[Judged]) -> list[Judged]:
    """B-LTA for what has B-LT and a document time-stamp that holds behind it, with all validation data under that."""
    closing = [
        own.span.end
        for own in signatures
        if own.timestamp
        and own.verdict is not Verdict.FAILED
        and closes(reader, reader.get_historical_resolver(own.revision))
    ]
    return [
        replace(own, level=Level.B_LTA) if own.level == Level.B_LT and own.span.end < max(closing, default=0) else own
        for own in signatures
    ]


def fail_all(signatures: Sequence[Judged]) -> tuple[Judged, ...]:
    """Every signature FAILED by a finding of the whole file, which is reported once, for the file."""
    return tuple(
        replace(
            signature,
            verdict=Verdict.FAILED,
            subindication=signature.subindication
            if signature.verdict is Verdict.FAILED
            else SubIndication.FORMAT_FAILURE,
        )
        for signature in signatures
    )


def _rect(widget: Widget) -> Rect:
    return Rect(*widget.rect)
