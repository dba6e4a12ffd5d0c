"""What the caller says of a document, checked before anything else is done with it."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable

from policies.text import fold
from signer.errors import Kind, SignerError
from signer.model import Initial, Metadata, Relation, RelationKind, Signer

MAX_SIGNERS = 8
MAX_INITIALS = 8
MAX_RECIPIENTS = 500
MAX_ATTACHMENTS = 200
MAX_RELATIONS = 20
MAX_REASON = 500
LENGTHS = {
    # NĐ 30/2020/NĐ-CP, Phụ lục VI, Phần II.I: Subject 500, FullName 50, Position 100, OrganName 200; QCVN 102: code 35.
    "agency": 35,
    "type": 10,
    "unit": 30,
    "subject": 500,
    "place": 100,
    "name": 50,
    "capacity": 100,
    "recipients": 200,
    "kept_by": 200,
    "external_id": 200,
    "attachments": 200,
    "document": 64,
    "reference": 300,
}
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_IGNORABLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by category that show nothing (Unicode, Default_Ignorable_Code_Point)."""
PLACE_NAME = r"^(number|day|month|year|agency|leader[2-9]?|initial[1-9])$"
"""What places may be called (``places`` of the interface)."""


def check(meta: Metadata) -> Metadata:
    """The same metadata, texts in NFC and with tidy white space; MALFORMED with the member's name if it is bad."""
    checked = check_copy(meta)
    _count(checked.signers, 1, MAX_SIGNERS, "signers")
    for index, relation in enumerate(checked.relations):
        if relation.kind is RelationKind.COPY_OF:
            raise malformed(
                f"relations[{index}]",
                "Bản sao do cơ quan ký xác nhận (sao y, sao lục, trích sao), không trình ký như dự thảo.",
                "a copy is certified by the agency's signature, it is no draft to be signed",
            )
    return checked


def check_copy(meta: Metadata) -> Metadata:
    """As ``check``, for a copy: nobody is named who signs it."""
    checked = dataclasses.replace(
        meta,
        agency=_text(meta.agency, "agency"),
        type=None if meta.type is None else _text(meta.type, "type"),
        unit=None if meta.unit is None else _text(meta.unit, "unit"),
        subject=_text(meta.subject, "subject"),
        place=_text(meta.place, "place", empty=True),
        signers=tuple(_signer(signer, f"signers[{i}]") for i, signer in enumerate(meta.signers)),
        initials=tuple(
            Initial(_text(each.name, "name", f"initials[{i}].name"), each.purpose)
            for i, each in enumerate(meta.initials)
        ),
        recipients=tuple(_text(each, "recipients", f"recipients[{i}]") for i, each in enumerate(meta.recipients)),
        kept_by=_text(meta.kept_by, "kept_by", empty=True),
        external_id=_text(meta.external_id, "external_id", empty=True),
        attachments=None
        if meta.attachments is None
        else tuple(_text(each, "attachments", f"attachments[{i}]") for i, each in enumerate(meta.attachments)),
        relations=tuple(_relation(each, f"relations[{i}]") for i, each in enumerate(meta.relations)),
    )
    _count(checked.attachments or (), 0, MAX_ATTACHMENTS, "attachments")
    _count(checked.relations, 0, MAX_RELATIONS, "relations")
    _count(checked.initials, 0, MAX_INITIALS, "initials")
    _count(checked.recipients, 0, MAX_RECIPIENTS, "recipients")
    _once((signer.name for signer in checked.signers), "signers")
    _once((initial.name for initial in checked.initials), "initials")
    if checked.copies is not None and not 1 <= checked.copies <= 100_000:
        raise malformed("copies", "Số lượng bản phải từ 1 đến 100000.", "copies must be 1 to 100000")
    if strange := [key for key in checked.places if not re.fullmatch(PLACE_NAME, key)]:
        raise malformed(f"places.{strange[0][:40]}", "Tên vị trí không được biết đến.", "unknown name of a place")
    return checked


def file_name(name: str, index: int) -> str:
    """An attachment's name for people: the last part of a path, tidy; a made one where there is none.

    MALFORMED ``invalid-metadata`` for one that is too long or shows another text than it holds.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    where = f"attachments[{index}]"
    if last and not last.strip(". "):
        raise malformed(where, "Tên tệp chỉ có dấu chấm.", "a file name of dots only")
    return _text(last, "attachments", where, empty=True) or f"tep-kem-theo-{index + 1}.pdf"


def tidy(value: str) -> str:
    """In NFC, with single spaces and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def hides(value: str) -> bool:
    """Whether there is more in a text than it shows.

    Bidirectional overrides and zero-width characters show a register's reader another text than is stored.
    """
    return any(unicodedata.category(char) in _INVISIBLE or char in _IGNORABLE for char in value)


def malformed(where: str, vi: str, en: str) -> SignerError:
    """Say what is wrong with a member of the metadata."""
    return SignerError(
        Kind.MALFORMED,
        "invalid-metadata",
        f"{vi} (metadata.{where})",
        f"{en} (metadata.{where})",
        where=f"metadata.{where}",
    )


def _signer(signer: Signer, where: str) -> Signer:
    _count(signer.capacity, 1, 4, f"{where}.capacity")
    return Signer(
        _text(signer.name, "name", f"{where}.name"),
        tuple(_text(line, "capacity", f"{where}.capacity[{i}]") for i, line in enumerate(signer.capacity)),
    )


def _relation(relation: Relation, where: str) -> Relation:
    """Another document, by id or in words, never both."""
    if bool(relation.document.strip()) is bool(relation.reference.strip()):
        raise malformed(
            where,
            "Cần đúng một trong hai: “document” (mã văn bản trong hệ thống) hoặc “reference” (số, ký hiệu, ngày).",
            "needs either “document” (an id of this service) or “reference” (number, notation, day), not both",
        )
    return dataclasses.replace(
        relation,
        document=_text(relation.document, "document", f"{where}.document", empty=True),
        reference=_text(relation.reference, "reference", f"{where}.reference", empty=True),
    )


def _text(value: str, kind: str, where: str = "", *, empty: bool = False) -> str:
    where = where or kind
    value = tidy(value)
    if not value and not empty:
        raise malformed(where, "Không được để trống.", "must not be empty")
    if len(value) > LENGTHS[kind]:
        raise malformed(where, f"Dài quá {LENGTHS[kind]} ký tự.", f"longer than {LENGTHS[kind]} characters")
    if hides(value):
        raise malformed(where, "Có ký tự điều khiển hoặc ký tự vô hình.", "has control or invisible characters")
    return value


def _count(values: tuple[object, ...], least: int, most: int, where: str) -> None:
    if not least <= len(values) <= most:
        raise malformed(where, f"Phải có từ {least} đến {most} mục.", f"needs {least} to {most} items")


def _once(names: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if fold(name) in seen:
            raise malformed(where, f"“{name}” được nêu hai lần.", f"“{name}” is named twice")
        seen.add(fold(name))
