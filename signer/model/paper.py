"""What goes into the pdf room and comes out of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from policies.acceptance import DraftFacts
from signer.model.document import Initial, Signer
from signer.model.page import Place, Places, Printed, SignatureRole


@dataclass(frozen=True, slots=True)
class SigningStep:
    """One signed revision: what is filled, who signs, what is locked.

    ``values`` maps text field names to what is written in them; ``locks`` lists the fields that this
    signature closes (FieldMDP INCLUDE); ``certify`` makes it a certification with DocMDP P=2.
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


@dataclass(frozen=True, slots=True)
class Revision:
    """A file and the plan for its next update."""

    data: bytes = dataclasses.field(repr=False)
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
