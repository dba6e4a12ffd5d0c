"""What goes into the pdf room and comes out of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from policies.acceptance import DraftFacts
from policies.model import Finding
from signer.model.content import Content
from signer.model.document import Initial, Signer
from signer.model.lasting import NO_DATA, Level, ValidationData
from signer.model.office import AttachmentStyle
from signer.model.page import Place, Places, Printed, SignatureRole, StampPlaces


@dataclass(frozen=True, slots=True)
class PackagePart:
    """An attachment as a signature on the main document names it: its first ``length`` bytes have this SHA-256.

    Later incremental updates (a receiver's own mark) leave it standing.
    """

    name: str
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SigningStep:
    """One signed revision: what is filled, who signs, what is locked.

    ``values`` maps text field names to what is written in them; ``locks`` lists the fields that this
    signature closes (FieldMDP INCLUDE); ``certify`` makes it a certification with DocMDP P=2. ``mark`` are the
    lines that the signature shows in place of an image; ``package`` the attachments as they stand at this moment,
    written into the signature, so that nobody can exchange, add or withhold one. ``level`` is that of the signature
    itself: what B-LTA has more than B-LT is a revision of its own. ``data`` goes into the file at B-LT and above.
    """

    role: SignatureRole
    field: str
    signer: str
    reason: str
    signing_time: datetime
    locks: tuple[str, ...]
    certify: bool = False
    location: str = ""
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    image: bytes | None = dataclasses.field(default=None, repr=False)
    mark: tuple[str, ...] = ()
    package: tuple[PackagePart, ...] = ()
    level: Level = Level.B_B
    data: ValidationData = NO_DATA


@dataclass(frozen=True, slots=True)
class Revision:
    """A file and the plan for its next update; ``sha256`` is the digest by which the file is known."""

    content: Content
    plan: bytes = dataclasses.field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader looks for on a draft.

    ``signers`` and ``initials`` as in the metadata; ``aspects`` width/height of each signer's image (2.0
    where he has none); ``notation`` as it must be printed after the slash; ``widest`` the longest number
    text that the blank must hold; ``seal_diameter_mm`` the real size; ``given`` places of the caller that
    override what is found; ``fallback`` allows the schematic geometry of NĐ 30 Phụ lục I Mục IV.
    """

    signers: tuple[Signer, ...]
    initials: tuple[Initial, ...]
    aspects: tuple[float, ...]
    notation: str
    widest: str
    seal_diameter_mm: float
    clerk: bool = False
    given: Mapping[str, Place] = dataclasses.field(default_factory=dict)
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class DraftReading:
    """What the reader made of a draft: facts for the rules, places for the fields, what is printed already."""

    facts: DraftFacts
    places: Places
    printed: Printed


@dataclass(frozen=True, slots=True)
class StampWanted:
    """What is looked for on a file that the agency alone signs.

    ``mark`` are the lines to make room for, as wide as they can become; ``notation`` and ``widest`` (number) as in
    ``Wanted``, for the blanks of the filled style, whose seal has the real size ``seal_diameter_mm``.
    """

    style: AttachmentStyle
    mark: tuple[str, ...]
    notation: str = ""
    widest: str = ""
    seal_diameter_mm: float = 36.0


@dataclass(frozen=True, slots=True)
class StampReading:
    """What was made of an attachment: its places, what its line prints already, and remarks on it."""

    places: StampPlaces
    printed: Printed
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A page of a digitised paper. ``dpi`` is of the coarser direction; 0 and no colour where there is no image.

    ``covered`` is the share of the page that its images cover.
    """

    dpi: float
    colour: bool
    covered: float


@dataclass(frozen=True, slots=True)
class ScanReading:
    """A scan to be certified as a copy: PDF version as (major, minor), its pages, where the mark goes."""

    version: tuple[int, int]
    pages: tuple[ScannedPage, ...]
    page_mm: tuple[float, float]
    places: StampPlaces
    findings: tuple[Finding, ...] = ()
