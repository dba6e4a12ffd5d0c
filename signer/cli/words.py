"""Words of the command line that several commands read or say: signers, days, relations, states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from policies.model import Refused
from policies.numbering import caller_day
from signer.errors import Kind, SignerError
from signer.model import DocumentState, Initial, InitialFor, Relation, RelationKind, Signer

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)
STATES = {
    DocumentState.PREPARED: "đã chuẩn bị, chờ ký",
    DocumentState.SIGNED: "đã ký, chờ cấp số",
    DocumentState.ISSUING: "đã cấp số, đang ký số của cơ quan",
    DocumentState.ISSUED: "đã ban hành",
    DocumentState.REJECTED: "bị từ chối",
    DocumentState.VOID: "đã hủy số",
    DocumentState.NEEDS_ATTENTION: "cần người xem xét",
    DocumentState.RECALLED: "đã thu hồi",
}
_RELATIONS = [kind.value for kind in RelationKind if kind is not RelationKind.COPY_OF]


def signer(text: str) -> Signer:
    """ "NAME;LINE;LINE" as a signer."""
    name, *lines = (part.strip() for part in text.split(";"))
    if not lines:
        raise click.BadParameter("cần “Họ tên;DÒNG CHỨC VỤ;DÒNG CHỨC VỤ”", param_hint="--signer")
    return Signer(name, tuple(lines))


def initial(text: str) -> Initial:
    """ "NAME[;content|form]" as who initials, and for what."""
    name, _, purpose = text.partition(";")
    try:
        return Initial(name.strip(), InitialFor(purpose.strip() or InitialFor.CONTENT))
    except ValueError:
        raise click.BadParameter("sau dấu “;” là content hoặc form", param_hint="--initial") from None


def relation(text: str) -> Relation:
    """ "KIND:ID" or "KIND:words" as what a document does to another."""
    kind, _, other = (part.strip() for part in text.partition(":"))
    if kind not in _RELATIONS or not other:
        raise click.BadParameter(
            f"cần “LOẠI:MÃ VĂN BẢN” hoặc “LOẠI:số, ký hiệu, ngày”; loại là {', '.join(_RELATIONS)}",
            param_hint="--relation",
        )
    return to(RelationKind(kind), other)


def to(kind: RelationKind, other: str) -> Relation:
    """A relation to a document of this service (32 hexadecimal digits), or to one in words."""
    if len(other) == ID_LENGTH and set(other) <= set("0123456789abcdef"):
        return Relation(kind, document=other)
    return Relation(kind, reference=other)


ID_LENGTH = 32


def day(text: str | None) -> date | None:
    """YYYY-MM-DD, or a moment with its offset, as Viet Nam's day."""
    try:
        return None if text is None else caller_day(text)
    except Refused as refusal:
        raise SignerError.from_refusal(refusal, Kind.MALFORMED, "date") from refusal


def writer(output: Path, writers: Sequence[str]) -> str:
    """The suffix by which a sheet is written. UNSUITABLE ``format-not-available``."""
    suffix = output.suffix.lower()
    if suffix not in writers:
        shown = ", ".join(writers)
        raise SignerError(
            Kind.UNSUITABLE,
            "format-not-available",
            f"Chỉ xuất được ra các dạng: {shown}.",
            f"to be had as {shown} only",
            where="output",
        )
    return suffix
