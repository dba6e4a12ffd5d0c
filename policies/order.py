"""Who may sign next: initials, then leaders, then number and date, then the agency."""

from __future__ import annotations

from dataclasses import dataclass

from policies.model import Finding, Refused, Ruleset
from policies.speech import error, refuse

_CLOSED = {
    "issued": ("already-issued", "đã ban hành", "is issued"),
    "recalled": ("recalled", "đã bị thu hồi", "is recalled"),
    "rejected": ("rejected", "đã bị từ chối", "was rejected"),
    "void": ("void", "đã bị hủy", "is void"),
    "needs_attention": (
        "needs-attention",
        "đang chờ người phụ trách xử lý sự cố",
        "waits for a person to settle what went wrong",
    ),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been signed. ``clerk`` None: the clerk's own signature is not wanted; ``state`` as in requests.

    ``initial_names`` and ``leader_names``, where they are given, are whose signatures these are: refusals say them.
    """

    initials: tuple[bool, ...]
    leaders: tuple[bool, ...]
    clerk: bool | None
    agency: bool
    state: str
    initial_names: tuple[str, ...] = ()
    leader_names: tuple[str, ...] = ()


def check_may_sign(rules: Ruleset, progress: Progress, role: str, index: int = 0) -> None:
    """Refused unless ``role`` (initial, leader, clerk, agency) number ``index`` (from 0) may sign now.

    NĐ 30/2020/NĐ-CP Điều 12 to 14, 32(2)d: initials before leaders, leaders before the agency, nothing after
    it, each once. Leaders sign in any order unless the rules want the listed one.
    """
    if role in ("clerk", "agency"):
        check_may_issue(rules, progress)
        if role == "clerk" and progress.clerk is not False:
            raise _once(role) if progress.clerk else _nobody(role, index)
        if role == "agency" and progress.clerk is False and rules.order.clerk_before_agency.value:
            raise refuse(
                "clerk-missing",
                "Văn thư chưa ký số và ngày; chưa được ký số của cơ quan.",
                "The clerk has not signed number and date yet; the agency may not sign.",
                rules.order.clerk_before_agency,
            )
        return
    if role not in ("initial", "leader"):
        raise ValueError(f"no such role: {role}")
    _check_open(rules, progress)
    done = progress.initials if role == "initial" else progress.leaders
    if not 0 <= index < len(done):
        raise _nobody(role, index)
    if done[index]:
        raise _once(role, index)
    if progress.state == "issuing":
        raise refuse(
            "number-taken-already",
            "Văn bản đã được cấp số; không ký thêm được nữa.",
            "The document has its number; nobody signs any more but the agency.",
            rules.order.leaders_before_number,
        )
    if role == "initial":
        _check_no_leader_yet(rules, progress)
    else:
        _check_leader(rules, progress, index)


def check_may_issue(rules: Ruleset, progress: Progress) -> None:
    """Refused unless every initial and every leader has signed and the agency has not (Điều 14, 32(2)d)."""
    _check_open(rules, progress)
    rule = rules.order.leaders_before_agency
    missing: list[Finding] = []
    if rule.value and not progress.leaders:
        missing.append(
            error(
                "leader-missing",
                "Văn bản chưa có người có thẩm quyền ký.",
                "Nobody is named who signs the document.",
                rule,
            )
        )
    if rule.value and not all(progress.leaders):
        vi, en = _missing("leader", progress.leaders, progress.leader_names)
        missing.append(
            error(
                "leader-missing",
                f"{vi}; chưa được cấp số, chưa được ký số của cơ quan.",
                f"{en}; no number and no agency's signature yet.",
                rule,
            )
        )
    rule = rules.order.initials_before_leaders
    if rule.value and not all(progress.initials):
        vi, en = _missing("initial", progress.initials, progress.initial_names)
        missing.append(error("initial-missing", f"{vi}.", f"{en}.", rule))
    if missing:
        raise Refused(missing)


def _check_open(rules: Ruleset, progress: Progress) -> None:
    state = "issued" if progress.agency and progress.state not in _CLOSED else progress.state
    if state in _CLOSED:
        code, vi, en = _CLOSED[state]
        rule = rules.order.closed_once_issued
        raise refuse(
            code,
            f"Văn bản {vi}; không ký thêm, không cấp số lại.",
            f"The document {en}; it is neither signed nor numbered again.",
            rule if state in ("issued", "recalled") else "",
        )


def _check_no_leader_yet(rules: Ruleset, progress: Progress) -> None:
    rule = rules.order.initials_before_leaders
    if rule.value and any(progress.leaders):
        raise refuse(
            "initial-after-leader",
            "Người có thẩm quyền đã ký số; không ký nháy sau đó được.",
            "A leader has signed already; initials come before.",
            rule,
        )


def _check_leader(rules: Ruleset, progress: Progress, index: int) -> None:
    rule = rules.order.initials_before_leaders
    if rule.value and not all(progress.initials):
        vi, en = _missing("initial", progress.initials, progress.initial_names)
        raise refuse(
            "initial-missing",
            f"{vi}; ký nháy trước, người có thẩm quyền ký sau.",
            f"{en}; initials come before the leaders.",
            rule,
        )
    rule = rules.order.leaders_in_listed_order
    if rule.value and not all(progress.leaders[:index]):
        before = (*progress.leaders[:index], *(True for _ in progress.leaders[index:]))
        vi, en = _missing("leader", before, progress.leader_names)
        raise refuse(
            "leader-out-of-order",
            f"{vi}; phải ký theo thứ tự trong danh sách.",
            f"{en}; the listed order is kept.",
            rule,
        )


_WANTED = {
    "initial": ("chữ ký nháy", "người ký nháy", "The initial", "person"),
    "leader": ("chữ ký số", "người ký", "The signature", "signer"),
}


def _missing(role: str, done: tuple[bool, ...], names: tuple[str, ...]) -> tuple[str, str]:
    """Whose signatures are missing: by name where names are known, else counted from 1, of how many."""
    what_vi, who_vi, what_en, who_en = _WANTED[role]
    left = [i for i, signed in enumerate(done) if not signed]
    if len(names) == len(done):
        people = ", ".join(names[i] for i in left)
        return f"Còn thiếu {what_vi} của {people}", f"{what_en} of {people} is missing"
    places = ", ".join(str(i + 1) for i in left)
    return (
        f"Còn thiếu {what_vi} của {who_vi} thứ {places} (trong tổng số {len(done)} người)",
        f"{what_en} of {who_en} {places} (of {len(done)}) is missing",
    )


_ROLES = {
    "initial": ("chữ ký nháy", "initial"),
    "leader": ("chữ ký của người có thẩm quyền", "leader's signature"),
    "clerk": ("chữ ký của văn thư", "clerk's signature"),
}


def _once(role: str, index: int = 0) -> Refused:
    vi, en = _ROLES[role]
    return refuse(
        "already-signed",
        f"Đã có {vi} thứ {index + 1}; mỗi người chỉ ký một lần.",
        f"The {en} number {index + 1} is there already; everybody signs once.",
    )


def _nobody(role: str, index: int) -> Refused:
    vi, en = _ROLES[role]
    return refuse(
        "no-such-signer",
        f"Văn bản không có {vi} thứ {index + 1}.",
        f"The document has no {en} number {index + 1}.",
    )
