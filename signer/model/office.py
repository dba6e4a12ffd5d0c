"""The office as data: organisations with their history, issuers, series, persons, delegations, custody."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Period:
    """From a day until (and including) a day; None is open."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether ``day`` lies within."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class OrganisationEra:
    """What an organisation was called, from–until, and the text that says so."""

    name: str
    period: Period
    code: str = ""
    parent: str = ""
    place: str = ""
    basis: str = ""


class AttachmentStyle(StrEnum):
    """What the agency's signature shows on an attachment in a file of its own.

    MARK as the law has it (NĐ 30 Phụ lục I II.8.b, III.1): number and notation, time of signing, no image, top
    right of page 1. FILLED as ministries do: the blanks of "(Kèm theo … số … ngày …)" filled, the seal on page 1.
    """

    MARK = "mark"
    FILLED = "filled"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by its permanent id; one registry (văn thư) serves its issuers."""

    id: str
    eras: tuple[OrganisationEra, ...]
    successor_of: tuple[str, ...] = ()
    seal_image: bytes | None = dataclasses.field(default=None, repr=False)
    seal_diameter_mm: float = 36.0
    clerk_signature: bool = False
    attachment_style: AttachmentStyle = AttachmentStyle.MARK

    def on(self, day: date) -> OrganisationEra | None:
        """The era that holds on a day; None: not founded yet, or dissolved."""
        return next((era for era in self.eras if era.period.holds(day)), None)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who is named on the page and in the notation. ``code`` is the ``agency`` of requests.

    One organisation serves several (an office: government and prime minister; a commune: council and
    committee). ``symbol`` is the abbreviation in the notation: UBND for the issuer UBND-DP.
    """

    code: str
    name: str
    symbol: str
    organisation: str
    agency_key: str
    clerk_keys: tuple[str, ...] = ()


class PeriodKind(StrEnum):
    """When a series starts again."""

    YEAR = "year"
    TERM = "term"


class NumberedBy(StrEnum):
    """Who gives the number."""

    SERVICE = "service"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Series:
    """One run of numbers. ``types`` empty: every type; None in it stands for the công văn, which has none.

    ``term`` names the period of a series that runs by term of office; ``widest`` is the largest number that
    a blank must have room for; ``title`` is what people call it ("Quyết định").
    """

    id: str
    issuers: tuple[str, ...]
    types: tuple[str | None, ...] = ()
    period: PeriodKind = PeriodKind.YEAR
    term: str = ""
    first: int = 1
    widest: int = 9999
    numbered_by: NumberedBy = NumberedBy.SERVICE
    since: date | None = None
    until: date | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Delegation:
    """A person may sign for an issuer with these capacity lines, from–until, on this basis (NĐ 30 Điều 13)."""

    person: str
    issuer: str
    capacity: tuple[str, ...]
    types: tuple[str | None, ...] = ()
    period: Period = Period()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Custody:
    """Who holds an agency's key from–until (NĐ 30 Điều 32(2)b).

    ``basis`` is the written permission of whoever may give it, ``minutes`` the record of the hand-over (biên bản).
    """

    key: str
    person: str
    period: Period = Period()
    basis: str = ""
    minutes: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs or commands."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Office:
    """The office as data: who exists, who issues, in which series, who may sign what for whom."""

    organisations: Mapping[str, Organisation]
    issuers: Mapping[str, Issuer]
    persons: Mapping[str, Person]
    series: tuple[Series, ...]
    delegations: tuple[Delegation, ...]
    custody: tuple[Custody, ...]
