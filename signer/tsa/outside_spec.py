"""Others' time-stamp authorities as the settings name them: values, without HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hsm.pin import PinSource
from signer.line.way import Way
from signer.model import Period
from signer.model.timestamp import CountsAs

MOST_BYTES = 256 * 1024
"""Of an answer: a token with four certificates has 8 kB."""


@dataclass(frozen=True, slots=True)
class OutsideSpec:
    """An authority at ``url``, asked on the days of ``period`` and counting as policy says of it.

    ``policy`` is asked for ("" leaves it to the authority); of ``policies`` the answer's must be one (empty: any).
    ``trust`` are files and folders of the roots that its certificate must lead to. ``login``: a place that holds
    ``user:password``. ``way`` bounds one exchange.
    """

    name: str
    url: str
    counts_as: CountsAs
    trust: tuple[Path, ...]
    period: Period = field(default_factory=Period)
    policy: str = ""
    policies: frozenset[str] = frozenset()
    login: PinSource | None = None
    way: Way = field(default_factory=Way)


@dataclass(frozen=True, slots=True)
class Outside:
    """All of them, in the order in which they are asked; ``seconds`` for all together, ``parallel`` at once."""

    authorities: tuple[OutsideSpec, ...] = ()
    seconds: float = 180.0
    parallel: int = 4
