"""Housekeeping: what every worker does beside the requests, when it starts and now and then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from signer.errors import SignerError
from signer.ports import Clock, Idempotency
from signer.usecases.recover import Recover

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Housekeeping:
    """Finish what was broken off, and forget answers whose time is over. Several workers may do it at once."""

    recover: Recover
    idempotency: Idempotency
    clock: Clock
    _told: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, started: datetime) -> None:
        """Do all of it once; ``started`` as of ``Recover``. What fails is told, and tried again next time."""
        self._attempt(lambda: self._finish(started))
        self._attempt(lambda: self.idempotency.forget(self.clock.now()))

    def _finish(self, started: datetime) -> None:
        left = {(each.document_id, each.code) for each in self.recover(started) if not each.finished}
        for document_id, code in sorted(left - self._told):  # each trouble once, not every minute
            log.warning("issuing %s is still not finished: %s", document_id, code)
        self._told = left

    @staticmethod
    def _attempt(work: Callable[[], object]) -> None:
        try:
            work()
        except SignerError as error:
            log.warning("housekeeping has to wait: %s", error.code)
        except Exception:  # one row that nobody can read must not end it for as long as the worker lives
            log.exception("housekeeping failed")
