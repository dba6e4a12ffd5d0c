"""How long a signature can be verified: levels of ETSI EN 319 142-1, and the data that those above B-T carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from policies.model import Text


class Level(StrEnum):
    """Baseline levels, each with all that the one before it has (EN 319 142-1, 6.1)."""

    B_B = "B-B"
    B_T = "B-T"
    """With a time-stamp on the signature value."""
    B_LT = "B-LT"
    """With the certificates and revocation data that a verifier needs when nobody gives them out any more."""
    B_LTA = "B-LTA"
    """Closed by a document time-stamp, which can be renewed."""

    @property
    def stamped(self) -> bool:
        """Whether the signature has a time-stamp."""
        return self is not Level.B_B

    @property
    def keeps_data(self) -> bool:
        """Whether validation data lies in the file."""
        return self in {Level.B_LT, Level.B_LTA}


@dataclass(frozen=True, slots=True)
class ValidationData:
    """What a verifier needs besides the signature: certificates, CRLs and OCSP answers, each as DER, none twice."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)

    def plus(self, other: ValidationData) -> ValidationData:
        """Both, each piece once, in the order in which they came."""
        return ValidationData(
            tuple(dict.fromkeys((*self.certificates, *other.certificates))),
            tuple(dict.fromkeys((*self.crls, *other.crls))),
            tuple(dict.fromkeys((*self.ocsps, *other.ocsps))),
        )


NO_DATA = ValidationData()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found for a certificate: the data, and until when all of it holds.

    ``lacking`` says what is missing for a signature at B-LT; then there is no data.
    """

    data: ValidationData
    until: datetime
    lacking: Text | None = None
