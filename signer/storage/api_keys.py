"""API keys: who may call. A key is shown once, when it is made; the store holds its digest only.

A key reads ``antin_<id>_<secret>``. The secret is 256 random bits, so a plain SHA-256 is enough (there is
nothing to guess). The id finds the row, and the secret is compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from signer.errors import Kind, SignerError
from signer.model import ApiKey, ApiRole
from signer.ports import Clock
from signer.storage.database import Database
from signer.storage.prepared import Executor, Record, Statement
from signer.storage.tables import api_keys as t

_KEY = re.compile(r"antin_([0-9a-f]{12})_[A-Za-z0-9_-]{43}\Z")
_FIND = Statement(select(t).where(t.c.id == bindparam("key_id")))
_FIND_CERTIFICATE = Statement(select(t).where(t.c.certificate_sha256 == bindparam("sha256")))
_REVOKE = t.update().where(t.c.id == bindparam("key_id"), t.c.revoked_at.is_(None)).values(revoked_at=bindparam("now"))
_NOBODY = hashlib.sha256(b"").hexdigest()


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ApiKeys:
    """``signer.ports.ApiKeys`` in a database."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or _SystemClock()

    def add(
        self,
        name: str,
        role: ApiRole | str,
        agencies: Iterable[str] | None,
        person: str | None = None,
        expires_at: datetime | None = None,
        rate: int | None = None,
    ) -> str:
        """Make a key; the answer is the only place where it can ever be read.

        ``agencies`` None: all. ValueError for an unknown role.
        """
        key_id = secrets.token_hex(6)
        key = f"antin_{key_id}_{secrets.token_urlsafe(32)}"
        made = ApiKey(
            key_id, name, ApiRole(role), _sorted(agencies), person, self._clock.now(), expires_at, None, None, rate
        )
        self._insert(made, _digest(key))
        return key

    def add_certificate(
        self,
        name: str,
        role: ApiRole | str,
        agencies: Iterable[str] | None,
        certificate_sha256: str,
        person: str | None = None,
        expires_at: datetime | None = None,
        rate: int | None = None,
    ) -> str:
        """Let in whoever shows this client certificate (SHA-256 of its DER, hex); the entry's id.

        It has no secret: what would be one is forgotten here, unseen. CONFLICT ``certificate-bound`` if another entry,
        also a revoked one, has the certificate: what was ended is not opened again by mistake.
        """
        key_id = secrets.token_hex(6)
        made = ApiKey(
            key_id,
            name,
            ApiRole(role),
            _sorted(agencies),
            person,
            self._clock.now(),
            expires_at,
            None,
            certificate_sha256,
            rate,
        )
        try:
            self._insert(made, _digest(secrets.token_urlsafe(32)))
        except IntegrityError:
            raise SignerError(
                Kind.CONFLICT,
                "certificate-bound",
                "Chứng thư này đã gắn với một khóa truy cập (kể cả khóa đã thu hồi).",
                "this certificate is bound to an API key already (a revoked one counts too)",
                where="certificate",
            ) from None
        return key_id

    def _insert(self, made: ApiKey, sha256: str) -> None:
        row = {
            "id": made.id,
            "sha256": sha256,
            "name": made.name,
            "role": made.role.value,
            "agencies": None if made.agencies is None else list(made.agencies),
            "person": made.person,
            "certificate_sha256": made.certificate_sha256,
            "rate": made.rate,
            "created_at": made.created_at,
            "expires_at": made.expires_at,
        }
        with self._database.begin() as connection:
            connection.execute(t.insert(), row)

    def find(self, key: str) -> ApiKey | None:
        """The key, or None: unknown, revoked or expired. Which of these, the caller does not learn."""
        shape = _KEY.match(key)
        row = self._row(_FIND, {"key_id": shape[1]}) if shape is not None else None
        # Compared also when there is nothing to compare with, so that time does not tell which ids exist.
        same = hmac.compare_digest(_digest(key), _NOBODY if row is None else row.sha256)
        return self._holding(row) if same and row is not None and row.certificate_sha256 is None else None

    def find_certificate(self, sha256: str) -> ApiKey | None:
        """The entry of a client certificate, or None: unknown, revoked or expired."""
        return self._holding(self._row(_FIND_CERTIFICATE, {"sha256": sha256}))

    def _row(self, statement: Statement, parameters: dict[str, str]) -> Record | None:
        with self._database.begin_reading() as connection:
            return Executor(connection, writing=False).run(statement, parameters).first()

    def _holding(self, row: Record | None) -> ApiKey | None:
        if row is None or row.revoked_at is not None:
            return None
        if row.expires_at is not None and row.expires_at <= self._clock.now():
            return None
        return _api_key(row)

    def list(self) -> Sequence[ApiKey]:
        """All keys, oldest first, those that no longer hold too."""
        with self._database.begin_reading() as connection:
            return [_api_key(row) for row in connection.execute(select(t).order_by(t.c.created_at, t.c.id))]

    def revoke(self, key_id: str) -> None:
        """End a key at once. NOT_FOUND ``unknown-api-key``; ending it again changes nothing."""
        with self._database.begin() as connection:
            if connection.execute(_REVOKE, {"key_id": key_id, "now": self._clock.now()}).rowcount:
                return
            if Executor(connection, writing=True).run(_FIND, {"key_id": key_id}).first() is None:
                raise SignerError(
                    Kind.NOT_FOUND,
                    "unknown-api-key",
                    "Không có khóa API này.",
                    "There is no such API key.",
                    where=key_id[:64],
                )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _api_key(row: Record) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        role=ApiRole(row.role),
        agencies=None if row.agencies is None else tuple(row.agencies),
        person=row.person,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        certificate_sha256=row.certificate_sha256,
        rate=row.rate,
    )


def _sorted(agencies: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if agencies is None else tuple(sorted(set(agencies)))
