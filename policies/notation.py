"""The notation (ký hiệu) of a document: what stands behind the slash of its number.

NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3, and Phụ lục III.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from policies.model import Rule, Ruleset
from policies.speech import refuse
from policies.text import fold

_GROUP_MARKS = "&.-"


def notation(
    rules: Ruleset,
    *,
    type: str | None,  # noqa: A002 - the name in the interface
    symbol: str,
    unit: str | None,
    normative: bool,
    year: int,
) -> str:
    """What stands behind the number's slash: "QĐ-BTC", "VPCP-KSTT", "2026/TT-BTC" (II.3.c).

    ``symbol`` is the issuer's abbreviation, ``unit`` the drafting unit's; only a letter without type has it.
    Refused: an abbreviation that is not in the table, a letter without unit, characters that no notation has.
    """
    issuer = _group(symbol, "cơ quan ban hành", "issuer")
    table = rules.numbering
    if type is None:
        if normative:
            raise refuse(
                "type-missing",
                "Văn bản quy phạm pháp luật phải có tên loại (NQ, NĐ, QĐ, TT…).",
                "A normative document has a type (NQ, NĐ, QĐ, TT…).",
                table.normative_types,
            )
        if not (unit or "").strip():
            raise refuse(
                "unit-missing",
                "Công văn không có tên loại: ký hiệu là chữ viết tắt cơ quan ban hành và "
                "đơn vị soạn thảo (ví dụ VPCP-KSTT); thiếu đơn vị soạn thảo.",
                "A letter (công văn) has no type: its notation is issuer and drafting unit, as in "
                "VPCP-KSTT; the unit is missing.",
                table.letter_with_unit,
            )
        text = f"{issuer}-{_group(unit or '', 'đơn vị soạn thảo', 'drafting unit')}"
    else:
        kind = _kind(rules, type, normative)
        text = f"{year:04d}/{kind}-{issuer}" if normative and table.normative_year.value else f"{kind}-{issuer}"
    if len(text) > table.notation_length.value:
        raise refuse(
            "notation-too-long",
            f"Ký hiệu “{text}” dài {len(text)} ký tự, tối đa {table.notation_length.value}.",
            f"The notation “{text}” has {len(text)} characters; {table.notation_length.value} are the most.",
            table.notation_length,
        )
    return text


def _kind(rules: Ruleset, given: str, normative: bool) -> str:
    kind = unicodedata.normalize("NFC", given.strip())
    ours, other = rules.numbering.types, rules.numbering.normative_types
    if normative:
        ours, other = other, ours
    if kind in ours.value:
        return kind
    if kind in other.value:
        if normative:
            raise refuse(
                "type-not-normative",
                f"“{kind}” ({other.value[kind]}) không phải là văn bản quy phạm pháp luật.",
                f"“{kind}” ({other.value[kind]}) is no kind of normative document.",
                ours,
            )
        raise refuse(
            "type-is-normative",
            f"“{kind}” ({other.value[kind]}) là văn bản quy phạm pháp luật: cần khai normative = true.",
            f"“{kind}” ({other.value[kind]}) is a normative document: say normative = true.",
            other,
        )
    near = _near(ours, kind)
    raise refuse(
        "unknown-type",
        f"Không có loại văn bản nào viết tắt là “{given}”.{near and f' Có phải “{near}” không?'} "
        f"Các chữ viết tắt dùng được: {', '.join(ours.value)}. Công văn không ghi tên loại.",
        f"No type of document is abbreviated “{given}”.{near and f' Is it “{near}”?'} "
        f"Abbreviations that can be used: {', '.join(ours.value)}. A letter (công văn) has no type.",
        ours,
    )


def _near(table: Rule[Mapping[str, str]], kind: str) -> str:
    """The abbreviation that ``kind`` differs from in case or look-alikes only, or whose name it is."""
    wanted = fold(kind)
    return next((short for short, name in table.value.items() if wanted in (fold(short), fold(name))), "")


def _group(text: str, vi: str, en: str) -> str:
    """An abbreviation in a notation: Latin letters of Vietnamese, digits, and & . - between them."""
    group = unicodedata.normalize("NFC", text.strip())
    bad = [c for c in group if not (c in _GROUP_MARKS or c in "0123456789" or _is_latin(c))]
    if bad:
        names = ", ".join(f"“{c}” (U+{ord(c):04X})" for c in dict.fromkeys(bad))
        raise refuse(
            "bad-notation",
            f"Chữ viết tắt {vi} “{group}” có ký tự không dùng trong ký hiệu: {names}.",
            f"The {en}'s abbreviation “{group}” has characters that no notation has: {names}.",
            "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3",
        )
    if not group or group[0] in _GROUP_MARKS or group[-1] in _GROUP_MARKS:
        raise refuse(
            "bad-notation",
            f"Chữ viết tắt {vi} “{group}” phải bắt đầu và kết thúc bằng chữ hoặc số.",
            f"The {en}'s abbreviation “{group}” must begin and end with a letter or a digit.",
            "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3",
        )
    return group


def _is_latin(c: str) -> bool:
    """Latin letters with the marks of Vietnamese; the Icelandic and African twins of Đ are none."""
    return c.isalpha() and (ord(c) < 0x250 or 0x1EA0 <= ord(c) <= 0x1EF9) and c not in "ÐðƉªºµ"
