"""Who may command an agency's key: the clerk in whose custody it is. NĐ 30/2020/NĐ-CP, Điều 32(2)."""

from __future__ import annotations

from collections.abc import Sequence

from policies.model import Finding, Ruleset
from policies.speech import refuse, warning


def check_command(
    rules: Ruleset, *, key: str, holders: Sequence[str], named: bool, is_holder: bool
) -> tuple[Finding, ...]:
    """Whether who commands ``key`` may; the warnings if so. ``holders`` are the names on record for the day.

    Anybody who is named and is not the holder is refused (``custody-differs``), a stranger too. A system that speaks
    for its clerk and does not say for whom (``named`` False) is warned of, and so is a key that nobody holds on record.
    """
    rule = rules.order.custodian_commands
    if is_holder or not rule.value:
        return ()
    if not holders:
        return (
            warning(
                "custody-not-recorded",
                f"Chưa ghi ai đang được giao quản lý khóa “{key}” (văn bản cho phép, biên bản bàn giao).",
                f"It is not on record who holds the key “{key}” (permission, minutes of the hand-over).",
                rule,
            ),
        )
    names = ", ".join(holders)
    if named:
        raise refuse(
            "custody-differs",
            f"Khóa “{key}” đang giao cho {names} quản lý; người khác không được dùng khi chưa có văn bản cho phép và "
            "biên bản bàn giao.",
            f"The key “{key}” is in the custody of {names}; nobody else may use it without written permission and "
            "minutes of the hand-over.",
            rule,
        )
    return (
        warning(
            "custody-differs",
            f"Khóa “{key}” đang giao cho {names} quản lý; yêu cầu không nêu ai ra lệnh.",
            f"The key “{key}” is in the custody of {names}; the request does not say who commands.",
            rule,
        ),
    )
