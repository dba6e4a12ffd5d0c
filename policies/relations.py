"""What one document may do to another. NĐ 30/2020/NĐ-CP, Điều 18(3), (4); Phụ lục VI, Phần I, Mục III.8."""

from __future__ import annotations

from typing import Any

from policies.model import Finding, Rule, Ruleset
from policies.speech import error, refuse, settle

_DOES = {
    "replaces": ("thay thế", "replaces"),
    "amends": ("sửa đổi, bổ sung", "amends"),
    "corrects": ("đính chính", "corrects"),
    "recalls": ("thu hồi", "recalls"),
    "copy-of": ("sao", "copies"),
    "answers": ("trả lời", "answers"),
}


def check(
    rules: Ruleset,
    kind: str,
    *,
    this_type: str | None,
    this_normative: bool,
    other_type: str | None,
    other_normative: bool | None,
    other_state: str | None,
    other_name: str = "",
) -> None:
    """Refused unless a document of this type may do ``kind`` to the other.

    ``other_state`` None: the other is not kept here, and nothing is known of it but its name. ``other_name``: its
    number and notation, to be told. Refused: what is not
    issued, or has ended (``relation-not-issued``, ``relation-frozen``); content that is changed by a document of
    another form (``form-not-equal``); form that is corrected by anything but a letter (``correction-no-letter``).
    """
    found: list[Finding] = []
    if kind not in _DOES:
        raise ValueError(f"no such relation: {kind}")
    rule = rules.after_issue.corrected_by_letter
    if kind == "corrects" and rule.value and this_type is not None:
        found.append(
            error(
                "correction-no-letter",
                f"Đính chính văn bản phải bằng công văn, không bằng văn bản loại “{this_type}”.",
                f"A document is corrected by a letter (công văn), not by one of the type “{this_type}”.",
                rule,
            )
        )
    if other_state is not None:
        found += _state(rules, kind, other_state, other_name)
        found += _form(rules, kind, (this_type, this_normative), (other_type, bool(other_normative)))
    settle(found)


def check_recall(rules: Ruleset, *, state: str) -> None:
    """Refused unless the document is issued, and has not ended (``not-issued``, ``already-recalled``)."""
    rule = rules.after_issue.recall
    if state == "recalled":
        raise refuse(
            "already-recalled",
            "Văn bản đã bị thu hồi.",
            "The document was recalled already.",
            rules.after_issue.frozen,
        )
    if state != "issued":
        raise refuse(
            "not-issued",
            "Chỉ thu hồi được văn bản đã ban hành; văn bản này chưa ban hành hoặc đã kết thúc.",
            "Only an issued document is recalled; this one is not issued, or has ended.",
            rule,
        )


def check_void(rules: Ruleset, *, sent: bool, recalls: bool = False) -> None:
    """Refused for a document that was sent (``already-sent``): it is in other hands, and can only be recalled.

    And for one by which others were recalled (``has-recalled``): they are frozen, and it is the reason.
    """
    if recalls:
        raise refuse(
            "has-recalled",
            "Văn bản này đã thu hồi văn bản khác nên không hủy số được; chỉ có thể thu hồi.",
            "Other documents were recalled by this one: its number cannot be voided, it can only be recalled.",
            rules.after_issue.frozen,
        )
    if sent:
        raise refuse(
            "already-sent",
            "Văn bản đã được gửi đi: không hủy số được nữa, chỉ có thể thu hồi văn bản.",
            "The document was sent: its number can no longer be voided, the document can only be recalled.",
            rules.after_issue.recall,
        )


def _state(rules: Ruleset, kind: str, state: str, name: str) -> list[Finding]:
    if state == "issued":
        return []
    (vi, en), name = _DOES[kind], f" {name}" if name else ""
    if state == "recalled":
        return [
            error(
                "relation-frozen",
                f"Văn bản liên quan{name} đã bị thu hồi, không {vi} được nữa.",
                f"The related document{name} was recalled: nothing {en} it any more.",
                rules.after_issue.frozen,
            )
        ]
    return [
        error(
            "relation-not-issued",
            f"Văn bản liên quan{name} chưa ban hành hoặc đã bị hủy, không {vi} được.",
            f"The related document{name} is not issued, or is void: nothing {en} it.",
            _rule(rules, kind),
        )
    ]


def _rule(rules: Ruleset, kind: str) -> Rule[Any]:
    """The rule on doing this to an issued document; for answering, the one on what became of it."""
    after = rules.after_issue
    by_kind: dict[str, Rule[Any]] = {
        "replaces": after.equal_form,
        "amends": after.equal_form,
        "corrects": after.corrected_by_letter,
        "recalls": after.recall,
        "copy-of": rules.copies.forms,
    }
    return by_kind.get(kind, after.recall)


def _form(rules: Ruleset, kind: str, this: tuple[str | None, bool], other: tuple[str | None, bool]) -> list[Finding]:
    rule = rules.after_issue.equal_form
    if kind not in ("replaces", "amends") or not rule.value or this == other:
        return []
    mine, theirs = (_form_name(*each) for each in (this, other))
    return [
        error(
            "form-not-equal",
            f"Văn bản sai nội dung phải được sửa đổi, thay thế bằng văn bản có hình thức tương đương: cần “{theirs}”, "
            f"không phải “{mine}”.",
            f"Wrong content is amended or replaced by a document of equal form: “{theirs}” is wanted, not “{mine}”.",
            rule,
        )
    ]


def _form_name(kind: str | None, normative: bool) -> str:
    return f"{kind or 'công văn'}{' (quy phạm pháp luật)' if normative else ''}"
