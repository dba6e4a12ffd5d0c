"""The words in which rules speak (text in two languages, findings, refusals), and the rules themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar


class Severity(StrEnum):
    """How much a finding weighs: an error refuses, a warning goes with the answer."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for a person, in Vietnamese (first) and English."""

    vi: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """The form in which it leaves the house: {"vi", "en"}."""
        return {"vi": self.vi, "en": self.en}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found. ``clause`` is the law that the rule comes from, "" where it is craft, not law."""

    code: str
    severity: Severity
    message: Text
    clause: str = ""

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "clause": self.clause,
            "message": self.message.as_dict(),
        }


class Refused(Exception):
    """A rule says no. ``findings`` are the reasons, errors first; never empty."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda found: found.severity is not Severity.ERROR))
        if not self.findings:
            raise ValueError("a refusal needs a reason")
        super().__init__(self.findings[0].message.en)


# --- rules as data --------------------------------------------------------------------------------------------

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """A value and the clause that it comes from; "" where it is craft and no law."""

    value: T
    clause: str = ""


@dataclass(frozen=True, slots=True)
class OrderRules:
    """Who signs before whom. Each true or false, with the clause that a refusal cites."""

    initials_before_leaders: Rule[bool]
    leaders_in_listed_order: Rule[bool]
    leaders_before_number: Rule[bool]
    leaders_before_agency: Rule[bool]
    clerk_before_agency: Rule[bool]
    closed_once_issued: Rule[bool]
    custodian_commands: Rule[bool]


@dataclass(frozen=True, slots=True)
class NumberingRules:
    """Notations and numbers. Lengths are characters and digits."""

    types: Rule[Mapping[str, str]]
    normative_types: Rule[Mapping[str, str]]
    normative_year: Rule[bool]
    letter_with_unit: Rule[bool]
    notation_length: Rule[int]
    number_digits: Rule[int]
    gapless: Rule[bool]
    dates_never_decrease: Rule[bool]
    dated_on_issue: Rule[bool]
    not_before_signature: Rule[bool]
    issue_within_working_days: Rule[int]
    urgent_within_working_days: Rule[int]


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """Which days are off. Weekend days are ISO (Monday is 1), ``yearly_holidays`` are "MM-DD".

    ``holidays`` and ``worked`` (weekend days worked in exchange) are those of one year, announced for it.
    """

    weekend: Rule[tuple[int, ...]]
    yearly_holidays: Rule[tuple[str, ...]]
    holidays: Rule[tuple[date, ...]]
    worked: Rule[tuple[date, ...]]


@dataclass(frozen=True, slots=True)
class DispatchRules:
    """When an issued document is sent: at the latest ``send_until`` (HH:MM) of the n-th working day after."""

    send_within_working_days: Rule[int]
    send_until: Rule[str]
    urgent_at_once: Rule[bool]


@dataclass(frozen=True, slots=True)
class AfterIssueRules:
    """What may still be done to an issued document: nothing but what another document, or a recall, does."""

    equal_form: Rule[bool]
    corrected_by_letter: Rule[bool]
    recall: Rule[bool]
    frozen: Rule[bool]


@dataclass(frozen=True, slots=True)
class CopyRules:
    """Copies by the abbreviation of their form. ``sources`` says of what each is made; ``dpi`` are the least.

    ``covered`` is the share of a page that images must cover for it to count as scanned.
    """

    forms: Rule[Mapping[str, str]]
    sources: Rule[Mapping[str, str]]
    pdf_version: Rule[tuple[int, int]]
    colour: Rule[bool]
    dpi: Rule[float]
    dpi_tolerance: Rule[float]
    covered: Rule[float]
    scale: Rule[bool]


@dataclass(frozen=True, slots=True)
class LayoutRules:
    """Where images and texts stand. Sizes are (width, height) in points, boxes millimetres from the top left.

    ``seal_overlap`` is the share of the leader's image, from its left, that the seal covers;
    ``fallback_mm`` the schematic frames (x0, top, x1, bottom) on A4. ``mark_size`` are the points in which the
    agency's signature on an attachment or a copy is written, ``mark_widest_mm`` how wide it may become.
    """

    leader_preferred: Rule[tuple[float, float]]
    leader_least: Rule[tuple[float, float]]
    seal_overlap: Rule[float]
    initial_size: Rule[tuple[float, float]]
    condense_least: Rule[float]
    mark_size: Rule[float]
    mark_widest_mm: Rule[float]
    fallback_mm: Rule[Mapping[str, tuple[float, float, float, float]]]


@dataclass(frozen=True, slots=True)
class CertificateRules:
    """What a signing certificate must be. Bits are of the modulus or of the curve, days count before expiry.

    ``official_time_stamps`` are the policies (OIDs) of the time-stamp service that official documents need.
    """

    in_validity: Rule[bool]
    path: Rule[bool]
    revocation: Rule[bool]
    key_usage: Rule[tuple[str, ...]]
    foreign_usage: Rule[tuple[str, ...]]
    key_bits: Rule[Mapping[str, int]]
    hashes: Rule[tuple[str, ...]]
    hashes_pinned: Rule[tuple[str, ...]]
    subject: Rule[bool]
    longest_years: Rule[int]
    longest_years_since: Rule[date]
    expiry_notice_days: Rule[int]
    timestamp_expected: Rule[bool]
    official_time_stamps: Rule[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AcceptanceRules:
    """What a draft must be. Sizes in points, margins and page in millimetres, as (least, most) where two."""

    secret_marks: Rule[tuple[str, ...]]
    unicode_text: Rule[bool]
    searchable_text: Rule[bool]
    notation_as_asked: Rule[bool]
    page_mm: Rule[tuple[float, float]]
    page_tolerance_mm: Rule[float]
    margin_top_bottom_mm: Rule[tuple[float, float]]
    margin_left_mm: Rule[tuple[float, float]]
    margin_right_mm: Rule[tuple[float, float]]
    margin_tolerance_mm: Rule[float]
    number_size: Rule[tuple[float, float]]
    date_size: Rule[tuple[float, float]]
    body_size: Rule[tuple[float, float]]
    size_tolerance: Rule[float]
    motto: Rule[bool]
    capacity_lines: Rule[bool]
    attachments: Rule[bool]
    complete: Rule[bool]
    fonts_embedded: Rule[bool]


@dataclass(frozen=True, slots=True)
class DelegationRules:
    """Who may sign in whose name. ``clauses`` are by the sign before the capacity (TUQ, TL, TM, KT, Q), in order.

    ``held_until_issue``: what a leader signed by must still hold on the day that the document bears.
    """

    own_authority: Rule[bool]
    held_until_issue: Rule[bool]
    clauses: Rule[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One legal text (or the house's own practice) from which values come; ``until`` is its last day."""

    id: str
    version: str
    title: str
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All rules of the days ``since`` to ``until`` (both included), put together from ``instruments``.

    ``version`` is a digest over the instruments' data: it changes whenever a rule is written otherwise, and
    so says in a report which rules judged.
    """

    id: str
    version: str
    title: str
    since: date
    until: date | None
    order: OrderRules
    numbering: NumberingRules
    calendar: CalendarRules
    dispatch: DispatchRules
    after_issue: AfterIssueRules
    copies: CopyRules
    layout: LayoutRules
    certificates: CertificateRules
    acceptance: AcceptanceRules
    delegation: DelegationRules
    instruments: tuple[Instrument, ...] = ()

    def holds(self, day: date) -> bool:
        """Whether these are the rules of ``day``."""
        return self.since <= day and (self.until is None or day <= self.until)
