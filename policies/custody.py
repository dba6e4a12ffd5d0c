"""Who may command an agency's key: the clerk in whose custody it is. NĐ 30/2020/NĐ-CP, Điều 32(2)."""

from __future__ import annotations

from collections.abc import Sequence

from policies.model import Finding, Ruleset
from policies.speech import refuse, warning


def check_command(
    rules: Ruleset, *, key: str, holders: Sequence[str], known_person: bool, is_holder: bool
) -> tuple[Finding, ...]:
    """Whether who commands ``key`` may; the warnings if so. ``holders`` are the names on record for the day.

    A person of the office who is not the holder is refused (``custody-differs``). Who is no person of the office (a
    system speaks for its clerk and does not say for whom) is warned of, and so is a key that nobody holds on record.
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
    if known_person:
        raise refuse(
            "custody-differs",
            f"Khóa “{key}” đang giao cho {names} quản lý; văn thư khác không được dùng khi chưa có văn bản cho phép và "
            "biên bản bàn giao.",
            f"The key “{key}” is in the custody of {names}; another clerk may not use it without written permission "
            "and minutes of the hand-over.",
            rule,
        )
    return (
        warning(
            "custody-differs",
            f"Khóa “{key}” đang giao cho {names} quản lý; người ra lệnh không có trong danh sách cán bộ.",
            f"The key “{key}” is in the custody of {names}; who commands is no person on record.",
            rule,
        ),
    )
