"""The register of outgoing documents (sổ đăng ký văn bản đi) of an issuer and a year: NĐ 30 Phụ lục IV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR

from signer.errors import Kind, SignerError
from signer.model import RegisterEntry
from signer.ports import Store
from signer.usecases.caller import Caller


@dataclass(frozen=True, slots=True)
class Book:
    """A year of an issuer's register: who keeps it, and the rows by series and number."""

    agency: str
    agency_name: str
    year: int
    rows: tuple[RegisterEntry, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """Show the book."""

    store: Store

    def __call__(self, agency: str, year: int, caller: Caller) -> Book:
        """All rows, void ones too. NOT_FOUND ``unknown-register`` for an agency unknown or not the caller's."""
        with self.store.reading() as tx:
            issuer = tx.office().issuers.get(agency)
            mine = caller.agencies is None or agency in caller.agencies
            if issuer is None or not mine or not MINYEAR <= year <= MAXYEAR:
                raise SignerError(
                    Kind.NOT_FOUND,
                    "unknown-register",
                    f"Không có sổ đăng ký của cơ quan “{agency[:64]}”.",
                    f"there is no register of “{agency[:64]}”",
                    where="agency",
                )
            return Book(agency, issuer.name, year, tuple(tx.register(agency, year)))
