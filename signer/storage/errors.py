"""What a database's trouble means to the house: away, damaged, or a rule of ours that it kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from signer.errors import Kind, SignerError

RETRY_AFTER = 5
"""Seconds after which a caller may try again when the store is away."""


def unavailable() -> SignerError:
    """The store is away, or stays locked."""
    return SignerError(
        Kind.UNAVAILABLE,
        "store-unavailable",
        "Kho lưu trữ văn bản tạm thời không phục vụ được; hãy thử lại sau ít giây.",
        "The document store is not available at the moment; try again in a few seconds.",
        retry_after=RETRY_AFTER,
    )


def damaged() -> SignerError:
    """The database answers that its own file is broken."""
    return SignerError(
        Kind.INTERNAL,
        "store-damaged",
        "Cơ sở dữ liệu bị hỏng; quản trị viên phải khôi phục từ bản sao lưu.",
        "The database is damaged; the operator must restore it from a backup.",
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLAlchemy's exceptions of trouble into ours; broken constraints and faults of ours pass through."""
    try:
        yield
    except exc.StatementError as error:
        if isinstance(error.orig, SignerError):  # raised by one of our column types while binding
            raise error.orig from None
        if isinstance(error, (exc.OperationalError, exc.InterfaceError)):
            raise unavailable() from error
        if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
            raise unavailable() from error
        if type(error) is exc.DatabaseError:  # sqlite3: "malformed", "file is not a database"
            raise damaged() from error
        raise
    except exc.TimeoutError as error:  # no connection became free in the pool
        raise unavailable() from error


def breaks_foreign_key(error: exc.IntegrityError) -> bool:
    """Whether a row that was referred to does not exist (else: a unique or check constraint)."""
    name = getattr(error.orig, "sqlite_errorname", None)
    return bool(name == "SQLITE_CONSTRAINT_FOREIGNKEY" or getattr(error.orig, "sqlstate", None) == "23503")
