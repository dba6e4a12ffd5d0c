"""The register of outgoing documents (sổ đăng ký văn bản đi) of an issuer and a year: NĐ 30 Phụ lục IV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date

from signer.errors import Kind, SignerError
from signer.model import Issuer, Office, Period, RegisterEntry
from signer.ports import Store
from signer.usecases.caller import Caller


@dataclass(frozen=True, slots=True)
class Keeper:
    """What the organisation that keeps a book was called, in that year, from–until (None: not in that year)."""

    name: str
    parent: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """A year of an issuer's register: who keeps it, and the rows by series and number.

    ``keepers`` has an entry for each name that the organisation bore in the year, oldest first; ``titles`` are what
    people call the series, by their ids.
    """

    agency: str
    agency_name: str
    year: int
    rows: tuple[RegisterEntry, ...]
    keepers: tuple[Keeper, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)


RowKey = tuple[str, str, int]
"""What rows of a book are ordered by: series, period, number."""


@dataclass(frozen=True, slots=True)
class Register:
    """Show the book."""

    store: Store

    def __call__(
        self, agency: str, year: int, caller: Caller, after: RowKey | None = None, limit: int | None = None
    ) -> Book:
        """All rows, void ones too, or ``limit`` of them after one.

        NOT_FOUND ``unknown-register`` for an agency unknown or not the caller's.
        """
        with self.store.reading() as tx:
            office = tx.office()
            issuer = known_issuer(office, agency, year, caller)
            return Book(
                agency,
                issuer.name,
                year,
                tuple(tx.register(agency, year, after, limit)),
                _keepers(office, issuer, year),
                {run.id: run.title for run in office.series if run.title},
            )


def known_issuer(office: Office, agency: str, year: int, caller: Caller) -> Issuer:
    """The issuer whose book of ``year`` is asked for; NOT_FOUND ``unknown-register``."""
    issuer = office.issuers.get(agency)
    if issuer is None or not caller.acts_for(agency) or not MINYEAR < year < MAXYEAR:
        raise SignerError(
            Kind.NOT_FOUND,
            "unknown-register",
            "Không có sổ đăng ký của cơ quan này cho năm này.",
            "there is no register of this agency and year",
            where="agency",
        )
    return issuer


def _keepers(office: Office, issuer: Issuer, year: int) -> tuple[Keeper, ...]:
    """The names of the year: a book that is bound bears the name that held when it was written."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    eras = [
        era
        for era in office.organisations[issuer.organisation].eras
        if (era.period.since or first) <= last and first <= (era.period.until or last)
    ]
    return tuple(Keeper(era.name, era.parent, *_within(era.period, first, last)) for era in eras)


def _within(period: Period, first: date, last: date) -> tuple[date | None, date | None]:
    """The part of a period that lies in a year, None where it goes beyond."""
    since = period.since if period.since and period.since > first else None
    return since, period.until if period.until and period.until < last else None
