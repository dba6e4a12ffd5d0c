"""What the commands ask for: one thing to talk to, whether the work is done here or by a service elsewhere.

Answers are those of ``usecases.answers``, which HTTP gives too: what a command prints is made of them alone. Refusals
are SignerError in both cases. ``person`` is what ``--as`` said, "" if nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from hsm.pin import Pin
from signer.usecases.issue import Wish

Json: TypeAlias = dict[str, Any]
AskPin: TypeAlias = "Callable[[], Pin | None]"
End: TypeAlias = Literal["reject", "void", "recall"]


class Drafts(Protocol):
    """What comes in as files; ``metadata`` and ``wanted`` as over HTTP."""

    def prepare(self, draft: Path, metadata: Json, attachments: Sequence[Path], person: str) -> Json:
        """Take a draft in."""

    def check(self, draft: Path, metadata: Json, attachments: Sequence[Path], page: Path | None) -> Json:
        """Judge a draft; ``page`` is where the drafter's report goes."""

    def copy(self, scan: Path, wanted: Json, person: str) -> Json:
        """Certify a scan."""


class Orders(Protocol):
    """What changes a document; ``pin`` is asked only where a PIN is needed."""

    def sign(self, document: str, key: str, role: str, level: str, person: str, pin: AskPin) -> Json:
        """Sign in person."""

    def issue(self, document: str, wish: Wish, person: str, pin: AskPin) -> Json:
        """Number, date, the agency's signature."""

    def issue_on_paper(self, document: str, wish: Wish, person: str) -> Json:
        """Number and date, for paper."""

    def end(self, how: End, document: str, reason: str, person: str) -> Json:
        """Reject, void, recall."""


class Looks(Protocol):
    """What there is."""

    def show(self, document: str) -> Json:
        """One document."""

    def documents(self, state: str | None) -> Sequence[Json]:
        """All of them."""

    def get(self, document: str, number: int, output: Path) -> Json:
        """Write a file of a document to ``output``: id, name, sha256, size, file."""

    def tokens(self) -> Sequence[Json]:
        """How the tokens are."""


class Books(Protocol):
    """The register of outgoing documents."""

    def register(self, agency: str, year: int) -> Json:
        """A year of it."""

    def register_sheet(self, agency: str, year: int, form: str, paper: str, output: Path) -> int:
        """The same as a file; how many rows."""

    def deadlines(self, agency: str, year: int) -> Json:
        """What was late."""

    def deadlines_sheet(self, agency: str, year: int, form: str, output: Path) -> Json:
        """The same as a file too."""


class Rows(Protocol):
    """Its rows."""

    def enter(self, agency: str, metadata: Json, wish: Wish, person: str) -> Json:
        """Enter paper."""

    def row(self, document: str) -> Json:
        """A row, and what it said before."""

    def complete(self, document: str, columns: Mapping[str, str], reason: str, person: str) -> Json:
        """Fill columns in."""


class Desk(Drafts, Orders, Looks, Books, Rows, Protocol):
    """All of it."""
