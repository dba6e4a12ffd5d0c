"""How CRLs and OCSP answers are to be reached: the settings' ``[fetch]`` as a value."""

from __future__ import annotations

from dataclasses import dataclass

from signer.line import way


@dataclass(frozen=True, slots=True)
class Way(way.Way):
    """The way to others, and what is fetched by it.

    ``crls`` are lists to fetch before those that certificates name; without ``ocsp`` nobody is asked about a
    certificate.
    """

    crls: tuple[str, ...] = ()
    ocsp: bool = True
