"""Health: is the process alive, can it work, and what is the matter with what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hsm.api import TokenStatus
from signer.errors import SignerError
from signer.model import DocumentState
from signer.model.time import ClockStanding
from signer.ports import Store, WatchedTime

WAITING = (DocumentState.PREPARED, DocumentState.SIGNED, DocumentState.ISSUING, DocumentState.NEEDS_ATTENTION)
"""States that something follows on: an office has few in them, however many documents it keeps."""


class TokenHealth(Protocol):
    """What a look at a token gave. ``state`` is good, present, away, locked or failed."""

    @property
    def token(self) -> str:
        """The token's name in the settings."""

    @property
    def state(self) -> str:
        """See above; good: its health key signed a nonce, and the signature verifies."""

    @property
    def status(self) -> TokenStatus:
        """What the token says of itself."""

    @property
    def detail(self) -> str:
        """For operators; names no PIN."""


class Tokens(Protocol):
    """The tokens of the settings, for those who look after them."""

    def statuses(self) -> Sequence[TokenStatus]:
        """How each token is, in the order of the settings; one that is away is a status, never an error."""

    def health(self) -> Sequence[TokenHealth]:
        """As ``statuses``, and each token signs a nonce with a key of its own, never a person's or agency's."""


@dataclass(frozen=True, slots=True)
class State:
    """How the service is. ``store``: "ok", or the code of what is wrong. ``clock``: None without ``[clock]``."""

    store: str
    tokens: tuple[TokenStatus, ...]
    clock: ClockStanding | None = None

    @property
    def ready(self) -> bool:
        """Whether work can be taken: the store answers. A token that is away stops only what needs it, a clock too."""
        return self.store == "ok"


@dataclass(frozen=True, slots=True)
class Health:
    """Ask store, tokens and clock how they are."""

    store: Store
    tokens: Tokens
    time: WatchedTime | None = None

    def store_code(self) -> str:
        """Say "ok", or the code of what is wrong with the store."""
        try:
            self.store.ping()
        except SignerError as error:
            return error.code
        return "ok"

    def waiting(self) -> Mapping[DocumentState, int]:
        """How many documents wait for somebody, or for the next start; nothing while the store is away."""
        try:
            with self.store.reading() as tx:
                return tx.count_documents(WAITING)
        except SignerError:
            return {}

    def __call__(self) -> State:
        """Ask everything."""
        clock = self.time.standing() if self.time else None
        return State(self.store_code(), tuple(self.tokens.statuses()), clock)
