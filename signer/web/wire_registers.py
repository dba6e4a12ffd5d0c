"""From the JSON of requests to values: rows of the register, and copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policies.copies import SOURCES
from signer.errors import Kind, SignerError
from signer.model import CopyForm, Metadata, RelationKind
from signer.usecases.copies import ORIGINAL, CopyWanted
from signer.usecases.issue import Wish
from signer.usecases.rows import COLUMNS
from signer.web.strict import Members, malformed
from signer.web.wire import ActorSaid, actor, described, other_document, wish

_FIXED = ("number", "symbol", "notation", "date")
"""What a row has from the moment of its number on."""


@dataclass(frozen=True, slots=True)
class RowRequest:
    """The body of ``POST …/rows``: a document that is on paper from the start."""

    metadata: Metadata
    wish: Wish
    actor: ActorSaid | None


@dataclass(frozen=True, slots=True)
class ColumnsRequest:
    """The body of ``PATCH …/register``: columns by name, and why."""

    columns: Mapping[str, str]
    reason: str
    actor: ActorSaid | None


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """The ``metadata`` part of ``POST /v1/copies``."""

    wanted: CopyWanted
    actor: ActorSaid | None


def row_request(agency: str, value: object) -> RowRequest:
    """What is said of the document is said as of any other; ``agency`` is the register's, and it has no file."""
    said = Members(value, "")
    meta = said.maybe_object("metadata")
    if meta is None:
        raise malformed("metadata", "Thiếu thành phần bắt buộc.", "is missing")
    read = RowRequest(described(meta, agency), wish(said), actor(said))
    meta.done()
    said.done()
    return read


def columns_request(value: object) -> ColumnsRequest:
    """One column at least; an empty text clears it. ``copies`` may be a number.

    UNSUITABLE ``number-never-changes`` for what no order changes.
    """
    said = Members(value, "")
    for name in _FIXED:
        if said.take(name) is not None:
            raise SignerError(
                Kind.UNSUITABLE,
                "number-never-changes",
                f"Số, ký hiệu và ngày của văn bản không thay đổi sau khi đã cấp ({name}); chỉ có thể hủy số.",
                f"number, notation and date of a document never change once they are given ({name}); a number can "
                "only be made void",
                clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
                where=name,
            )
    reason, named = said.text("reason", ""), actor(said)
    columns: dict[str, str] = {}
    for name in COLUMNS:
        column = said.take(name)
        if name == "copies" and isinstance(column, int) and not isinstance(column, bool):
            column = str(column)
        if column is not None and not isinstance(column, str):
            raise malformed(name, "Phải là chuỗi ký tự.", "must be a string")
        if column is not None:
            columns[name] = column
    said.done()
    if not columns:
        known = ", ".join(COLUMNS)
        raise malformed("body", f"Cần ít nhất một cột: {known}.", f"needs one column at least: {known}")
    return ColumnsRequest(columns, reason, named)


def copy_request(value: object) -> CopyRequest:
    """Which agency copies what, in which form, and who commands it."""
    said = Members(value, "metadata")
    of = said.maybe_object("of")
    if of is None:
        raise malformed(said.at("of"), "Thiếu thành phần bắt buộc.", "is missing")
    wanted = CopyWanted(
        agency=said.text("agency"),
        form=said.choice("form", CopyForm, [each.value for each in CopyForm]),
        subject=said.text("subject"),
        of=other_document(of, RelationKind.COPY_OF),
        source=said.choice("source", str, SOURCES, ORIGINAL),
    )
    read = CopyRequest(wanted, actor(said))
    said.done()
    return read
