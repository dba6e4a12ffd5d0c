"""What the store says of itself when it is inspected: rows as they are, before anybody makes documents of them.

These values hold what a healthy store could never hold too (a row that is of no document, a state that does not
fit), for the inspection has to name it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """A series: from which number it counts, whether the service numbers it, and whether its period is the year."""

    id: str
    first: int
    by_service: bool
    by_year: bool


@dataclass(frozen=True, slots=True)
class RowFacts:
    """A row of the register. ``year`` is the stored one, by which the symbol is held to be unique."""

    series: str
    period: str
    number: int
    document_id: str
    agency: str
    state: str
    number_text: str
    notation: str
    symbol: str
    year: int
    date: date
    medium: str
    note: str

    @property
    def name(self) -> str:
        """Where it stands: series, period, number."""
        return f"{self.series}/{self.period}/{self.number}"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of a document; ordinal 0 is the main one. ``revisions`` are the digests of every stored revision."""

    ordinal: int
    name: str
    sha256: str
    plan: bytes = field(repr=False)
    revisions: frozenset[str]


@dataclass(frozen=True, slots=True)
class ActFacts:
    """A signature, in the order in which it was made."""

    ordinal: int
    file: int
    field: str
    role: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A document with its row (None where it has none), its files and its acts."""

    id: str
    state: str
    medium: str
    agency: str
    notation: str
    copy: bool
    reason: str
    commanded_by: str
    under_way_since: datetime | None
    numbered_at: datetime | None
    row: RowFacts | None
    files: tuple[FileFacts, ...]
    acts: tuple[ActFacts, ...]


@dataclass(frozen=True, slots=True)
class Doubled:
    """One symbol that several rows of an issuer bear in one year."""

    agency: str
    symbol: str
    year: int
    count: int


@dataclass(frozen=True, slots=True)
class BlobNamed:
    """A stored revision as a document names it. ``length`` None: nobody knows better; ``signed``: it must end so."""

    sha256: str
    document_id: str
    file: int
    length: int | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True)
class BlobSeen:
    """A blob as it lies there; ``changed`` is when it was last put."""

    sha256: str
    size: int
    changed: datetime
