"""What preparing warns of beside the rules on the draft itself: authority, a draft seen before."""

from __future__ import annotations

from collections.abc import Sequence

from policies.model import Finding, Ruleset, Severity, Text

WITHOUT_AUTHORITY = "signer-without-authority"


def without_authority(rules: Ruleset, name: str, refusals: Sequence[Finding], *, signed: bool = False) -> Finding:
    """In the words that signing will be refused with: a lapsed grant is another matter than none.

    ``signed``: on paper, already; nothing will be refused any more, and somebody should look at it.
    """
    then_vi, then_en = ("Văn bản giấy đã ký: hãy kiểm tra lại.", "It is signed, on paper: look at it again.")
    if not signed:
        then_vi, then_en = ("Khi ký sẽ bị từ chối.", "Signing will be refused.")
    # Of several persons of one name, the one who has, had or will have the authority tells most.
    told = next((each for each in refusals if each.code != "no-delegation"), None) or next(iter(refusals), None)
    if told is None:
        return Finding(
            WITHOUT_AUTHORITY,
            Severity.WARNING,
            Text(
                f"Không có ai tên “{name}” trong danh sách cán bộ. {then_vi}",
                f"Nobody on record is named “{name}”. {then_en}",
            ),
            rules.delegation.own_authority.clause,
        )
    return Finding(
        WITHOUT_AUTHORITY,
        Severity.WARNING,
        Text(
            f"“{name}”: {told.message.vi} {then_vi}",
            f"“{name}”: {told.message.en} {then_en}",
        ),
        told.clause,
    )


def seen_before(earlier: Sequence[str]) -> Finding:
    """Tell of the documents that were made from the same draft."""
    ids = ", ".join(earlier)
    return Finding(
        "draft-seen-before",
        Severity.WARNING,
        Text(
            f"Chính bản thảo này đã được gửi trước đây: {ids}. Kiểm tra để tránh cấp hai số cho một văn bản.",
            f"this very draft was sent before: {ids}; take care that one document does not get two numbers",
        ),
        "NĐ 30/2020/NĐ-CP, Phụ lục VI, Phần I, Mục III.1",
    )
