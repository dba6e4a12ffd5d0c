"""Answers kept for repeated requests: the same key and body get the same answer, and one effect.

A key is claimed in a transaction of its own. The answer is stored by the transaction that makes the effect durable
(``SqlTransaction.answer``), and only by the worker that holds the claim: so there is never an effect without its
answer, nor two of them, whoever dies when.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from signer.errors import Kind, SignerError
from signer.ports import Claim, Presence
from signer.storage.database import Database
from signer.storage.prepared import Statement
from signer.storage.tables import idempotency as t

OVERDUE = timedelta(minutes=10)
"""A request that takes longer hangs, though its process lives: a repetition then takes it over."""

_HERE = (t.c.scope == bindparam("same_scope")) & (t.c.key == bindparam("same_key"))
_MINE = _HERE & (t.c.owner == bindparam("same_owner")) & t.c.answer.is_(None)
_CLAIM = {
    "sqlite": sqlite.insert(t).on_conflict_do_nothing().returning(t.c.key),
    "postgresql": postgresql.insert(t).on_conflict_do_nothing().returning(t.c.key),
}
_FIND = select(t).where(_HERE)
_TAKE_OVER = (
    t.update()
    .where(_HERE, t.c.owner == bindparam("old_owner"), t.c.started_at == bindparam("old_start"))
    .values(
        owner=bindparam("new_owner"), body_sha256=bindparam("new_body"), started_at=bindparam("new_start"), answer=None
    )
)
_ABANDON = delete(t).where(_MINE)
_FORGET = delete(t).where(t.c.started_at < bindparam("before"))
ANSWER = Statement(t.update().where(_MINE).values(answer=bindparam("the_answer")))


class SqlIdempotency:
    """``signer.ports.Idempotency``. ``keep`` is how long an answer is kept: after that its key is a new one."""

    def __init__(self, database: Database, presence: Presence, *, keep: timedelta) -> None:
        self._database = database
        self._presence = presence
        self._keep = keep
        self._over: set[Claim] = set()
        """Claims of this process that are given up, though the store could not take it down."""

    def begin(self, scope: str, key: str, body_sha256: str, now: datetime) -> Claim | bytes:
        """As the port says."""
        claim = Claim(scope, key, self._presence.name())
        new = {"scope": scope, "key": key, "body_sha256": body_sha256, "started_at": now, "owner": claim.owner}
        while True:
            with self._database.begin() as connection:
                if connection.execute(_CLAIM[connection.dialect.name], new).first() is not None:
                    self._over.discard(claim)
                    return claim
                row = connection.execute(_FIND, {"same_scope": scope, "same_key": key}).first()
            if row is None:  # abandoned between the two statements
                continue
            if now - row.started_at < self._keep:
                if row.body_sha256 != body_sha256:
                    raise _reused()
                if row.answer is not None:
                    return bytes(row.answer)
                if not self._is_over(claim, row.owner) and now - row.started_at < OVERDUE:
                    raise _in_progress()
            if self._take_over(row, claim, body_sha256, now):
                return claim

    def _is_over(self, claim: Claim, owner: str) -> bool:
        return claim in self._over if owner == claim.owner else not self._presence.alive(owner)

    def _take_over(self, row: Any, claim: Claim, body_sha256: str, now: datetime) -> bool:
        """Of several who find a dead worker's claim, one gets it."""
        which = _which(claim) | {"old_owner": row.owner, "old_start": row.started_at}
        values = {"new_owner": claim.owner, "new_body": body_sha256, "new_start": now}
        with self._database.begin() as connection:
            taken = bool(connection.execute(_TAKE_OVER, which | values).rowcount)
            if taken:
                self._over.discard(claim)
            return taken

    def abandon(self, claim: Claim) -> None:
        """As the port says; an answer that was kept stays, and so does what somebody else has taken over.

        Where the store cannot take it down, this process at least knows.
        """
        try:
            with self._database.begin() as connection:
                connection.execute(_ABANDON, _which(claim) | {"same_owner": claim.owner})
        except SignerError:
            self._over.add(claim)
            raise

    def forget(self, now: datetime) -> int:
        """As the port says."""
        with self._database.begin() as connection:
            return connection.execute(_FORGET, {"before": now - self._keep}).rowcount


def answer_row(claim: Claim, answer: bytes) -> dict[str, object]:
    """Parameters of ``ANSWER``."""
    return _which(claim) | {"same_owner": claim.owner, "the_answer": answer}


def taken_over() -> SignerError:
    """The worker lost its claim: it was taken for dead, and somebody else does the work."""
    return SignerError(
        Kind.CONFLICT,
        "idempotency-taken-over",
        "Yêu cầu này đã được một tiến trình khác tiếp nhận; hãy gửi lại với cùng Idempotency-Key để nhận kết quả.",
        "Another worker has taken this request over; send it again with the same Idempotency-Key to get the answer.",
        where="Idempotency-Key",
        retry_after=1,
    )


def _which(claim: Claim) -> dict[str, object]:
    return {"same_scope": claim.scope, "same_key": claim.key}


def _reused() -> SignerError:
    return SignerError(
        Kind.CONFLICT,
        "idempotency-key-reused",
        "Idempotency-Key này đã được dùng cho một yêu cầu có nội dung khác.",
        "This Idempotency-Key was used for a request with another body.",
        where="Idempotency-Key",
    )


def _in_progress() -> SignerError:
    return SignerError(
        Kind.CONFLICT,
        "idempotency-in-progress",
        "Yêu cầu cùng Idempotency-Key này còn đang được xử lý; hãy thử lại sau.",
        "A request with this Idempotency-Key is still being served; try again later.",
        where="Idempotency-Key",
        retry_after=1,
    )
