"""Column types that mean the same in SQLite and PostgreSQL, and come back as the values that went in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from signer.errors import Kind, SignerError

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: str | None) -> str | None:
    """The text as it is; MALFORMED ``unstorable-text`` for what a database cannot hold."""
    # PostgreSQL refuses NUL, both refuse half a surrogate pair: say so alike, before the database does.
    if value is not None and _UNSTORABLE.search(value):
        raise SignerError(
            Kind.MALFORMED,
            "unstorable-text",
            "Văn bản chứa ký tự không hợp lệ (NUL hoặc nửa cặp surrogate), không lưu được.",
            "The text holds a character that is not allowed (NUL or half a surrogate pair).",
        )
    return value


class Words(TypeDecorator[str]):
    """Text for people, of any length; NUL and lone surrogates are MALFORMED ``unstorable-text``."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - theirs
        """Python to database."""
        return storable(value)


class Key(TypeDecorator[str]):
    """Text for machines (ids, codes, digests), ordered by bytes in both databases, not by a locale."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """PostgreSQL needs to be told; SQLite compares bytes by itself."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TEXT(collation="C"))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - theirs
        """Python to database."""
        return storable(value)


class Moment(TypeDecorator[datetime]):
    """An instant, UTC: timestamptz in PostgreSQL, ISO 8601 of fixed width (so that text sorts) in SQLite."""

    impl = sa.TIMESTAMP(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        """SQLite has no type for instants, and SQLAlchemy's would drop the zone."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(sa.TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Python to database; a naive datetime is a fault of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        """Database to Python, always UTC."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)
