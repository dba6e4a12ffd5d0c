"""Follow: what happened to documents, for systems that keep in step with this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signer.model import Event
from signer.ports import Store
from signer.usecases.caller import Caller
from signer.usecases.look import MAX_PAGE

LAST_POSITION = 2**63 - 1
"""No database counts further."""


@dataclass(frozen=True, slots=True)
class Follow:
    """Tell what happened, in order; whoever stops anywhere goes on there."""

    store: Store

    def __call__(self, caller: Caller, after: int = 0, limit: int = 100) -> Sequence[Event]:
        """Events of the caller's agencies after a position, MAX_PAGE at most; nothing appears behind it later."""
        agencies = None if caller.agencies is None else sorted(caller.agencies)
        with self.store.reading() as tx:
            return tx.events(after, agencies=agencies, limit=max(1, min(limit, MAX_PAGE)))
