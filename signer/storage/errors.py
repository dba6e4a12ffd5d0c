"""What a database's trouble means to the house: away, damaged, or a rule of ours that it kept."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import exc

from signer.errors import Kind, SignerError

RETRY_AFTER = 5
"""Seconds after which a caller may try again when the store is away."""
FULL_RETRY_AFTER = 60
"""Seconds where a person has to do something first."""


def unavailable() -> SignerError:
    """The store is away, or stays locked."""
    return SignerError(
        Kind.UNAVAILABLE,
        "store-unavailable",
        "Kho lưu trữ văn bản tạm thời không phục vụ được; hãy thử lại sau ít giây.",
        "The document store is not available at the moment; try again in a few seconds.",
        retry_after=RETRY_AFTER,
    )


def full() -> SignerError:
    """No room is left where the store writes. What was being done was undone; no number is lost."""
    return SignerError(
        Kind.UNAVAILABLE,
        "storage-full",
        "Ổ đĩa lưu trữ đã đầy: việc này chưa hoàn tất, không mất số, không mất văn bản. Quản trị viên phải giải "
        "phóng dung lượng, sau đó gửi lại.",
        "The disk of the store is full: this was not completed; no number and no document is lost. The operator must "
        "make room; then send it again.",
        retry_after=FULL_RETRY_AFTER,
    )


def read_only() -> SignerError:
    """Where the store writes, nothing may be written. What is there can be read all the same."""
    return SignerError(
        Kind.UNAVAILABLE,
        "storage-read-only",
        "Nơi lưu trữ đang ở chế độ chỉ đọc: xem và kiểm tra vẫn được, ký và ban hành thì chưa. Quản trị viên phải kiểm "
        "tra ổ đĩa hoặc cơ sở dữ liệu.",
        "The store can only be read: documents are shown and verified, but not signed or issued. The operator must "
        "look at the disk or the database.",
        retry_after=FULL_RETRY_AFTER,
    )


def refused_by_disk(error: OSError) -> SignerError:
    """What the operating system refuses to a file of ours."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return full()
    return read_only() if error.errno == errno.EROFS else unavailable()


def _refused_by_database(error: exc.DBAPIError, folder: Path | None) -> SignerError:
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    if code in ("SQLITE_FULL", "53100"):  # 53100: disk_full
        return full()
    if code.startswith("SQLITE_READONLY") or code == "25006":  # 25006: read_only_sql_transaction
        return read_only()
    if folder is not None and code.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return _asked(folder)
    return unavailable()


def _asked(folder: Path) -> SignerError:
    """Why the disk of a folder refuses, from the disk itself.

    SQLite says "I/O error" where it cannot make room for its shared memory, or where the kernel has made the file
    system read-only under open files; neither can be read from statvfs in time.
    """
    try:
        probe = os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.write(probe, bytes(4096))
            os.fsync(probe)
        finally:
            os.close(probe)
    except OSError as error:
        return refused_by_disk(error)
    return unavailable()


def damaged() -> SignerError:
    """The database answers that its own file is broken."""
    return SignerError(
        Kind.INTERNAL,
        "store-damaged",
        "Cơ sở dữ liệu bị hỏng; quản trị viên phải khôi phục từ bản sao lưu.",
        "The database is damaged; the operator must restore it from a backup.",
    )


@contextmanager
def translated(folder: Path | None = None) -> Iterator[None]:
    """Turn SQLAlchemy's exceptions of trouble into ours; broken constraints and faults of ours pass through.

    ``folder`` is where an SQLite file lies.
    """
    try:
        yield
    except exc.StatementError as error:
        if isinstance(error.orig, SignerError):  # raised by one of our column types while binding
            raise error.orig from None
        if isinstance(error, (exc.OperationalError, exc.InterfaceError)):
            raise _refused_by_database(error, folder) from error
        if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
            raise unavailable() from error
        if isinstance(error, exc.InternalError) and getattr(error.orig, "sqlstate", None) == "25006":
            raise read_only() from error
        if type(error) is exc.DatabaseError:  # sqlite3: "malformed", "file is not a database"
            raise damaged() from error
        raise
    except exc.TimeoutError as error:  # no connection became free in the pool
        raise unavailable() from error


def breaks_foreign_key(error: exc.IntegrityError) -> bool:
    """Whether a row that was referred to does not exist (else: a unique or check constraint)."""
    name = getattr(error.orig, "sqlite_errorname", None)
    return bool(name == "SQLITE_CONSTRAINT_FOREIGNKEY" or getattr(error.orig, "sqlstate", None) == "23503")
