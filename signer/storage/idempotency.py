"""Answers kept for repeated requests: the same key and body get the same answer, and one effect."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from signer.errors import Kind, SignerError
from signer.storage.database import Database
from signer.storage.tables import idempotency as t

_HERE = (t.c.scope == bindparam("same_scope")) & (t.c.key == bindparam("same_key"))
_BEGIN = {
    "sqlite": sqlite.insert(t).on_conflict_do_nothing().returning(t.c.key),
    "postgresql": postgresql.insert(t).on_conflict_do_nothing().returning(t.c.key),
}
_FIND = select(t).where(_HERE).with_for_update()
_TAKE_OVER = t.update().where(_HERE).values(started_at=bindparam("now"))
# The first answer stands: a request that was taken over may end after all.
_FINISH = t.update().where(_HERE, t.c.answer.is_(None)).values(answer=bindparam("the_answer"))
_ABANDON = delete(t).where(_HERE, t.c.answer.is_(None))
_FORGET = delete(t).where(t.c.started_at < bindparam("before"))


class SqlIdempotency:
    """``signer.ports.Idempotency``; each step is a transaction of its own.

    ``takeover`` is how long a request may be in progress: after that the process that had it is taken for
    dead, and a repetition with the same body goes on.
    """

    def __init__(self, database: Database, *, takeover: timedelta = timedelta(minutes=2)) -> None:
        self._database = database
        self._takeover = takeover

    def begin(self, scope: str, key: str, body_sha256: str, now: datetime) -> bytes | None:
        """As the port says."""
        here = {"same_scope": scope, "same_key": key}
        with self._database.begin() as connection:
            new = {"scope": scope, "key": key, "body_sha256": body_sha256, "started_at": now}
            if connection.execute(_BEGIN[connection.dialect.name], new).first() is not None:
                return None
            row = connection.execute(_FIND, here).first()
            if row is None:  # abandoned between the two statements
                raise _in_progress(1)
            if row.body_sha256 != body_sha256:
                raise SignerError(
                    Kind.CONFLICT,
                    "idempotency-key-reused",
                    "Idempotency-Key này đã được dùng cho một yêu cầu có nội dung khác.",
                    "This Idempotency-Key was used for a request with another body.",
                    where="Idempotency-Key",
                )
            if row.answer is not None:
                return bytes(row.answer)
            left = (row.started_at + self._takeover - now).total_seconds()
            if left > 0:
                raise _in_progress(math.ceil(left))
            connection.execute(_TAKE_OVER, here | {"now": now})
            return None

    def finish(self, scope: str, key: str, answer: bytes) -> None:
        """As the port says."""
        with self._database.begin() as connection:
            connection.execute(_FINISH, {"same_scope": scope, "same_key": key, "the_answer": answer})

    def abandon(self, scope: str, key: str) -> None:
        """As the port says; an answer that was kept stays."""
        with self._database.begin() as connection:
            connection.execute(_ABANDON, {"same_scope": scope, "same_key": key})

    def forget(self, before: datetime) -> int:
        """Remove keys begun before a moment; how many."""
        with self._database.begin() as connection:
            return connection.execute(_FORGET, {"before": before}).rowcount


def _in_progress(left: int) -> SignerError:
    return SignerError(
        Kind.CONFLICT,
        "idempotency-in-progress",
        "Yêu cầu cùng Idempotency-Key này còn đang được xử lý; hãy thử lại sau.",
        "A request with this Idempotency-Key is still being served; try again later.",
        where="Idempotency-Key",
        retry_after=max(1, min(left, 5)),
    )
