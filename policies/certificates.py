"""Which certificate may sign in which role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from policies.model import Finding, Ruleset
from policies.speech import error, info, settle, vn, warning
from policies.text import fold

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


class PathStatus(StrEnum):
    """Where a certificate's path leads."""

    TRUSTED = "trusted"  # every certificate checked, up to a pinned root
    NO_PATH = "no-path"  # no path to a pinned root could be built
    INVALID = "invalid"  # a path, and a certificate in it that does not hold


class RevocationStatus(StrEnum):
    """What the revocation data at hand says of the certificate and its issuers."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # none at hand, or none that is fresh


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What is known of a signing certificate at a moment; no X.509 here."""

    fingerprint_sha256: str
    common_name: str
    organisation: str
    not_before: datetime
    not_after: datetime
    key_usage: frozenset[str]
    extended_key_usage: frozenset[str]
    key_algorithm: str
    key_bits: int
    signature_hash: str
    path: PathStatus
    revocation: RevocationStatus
    revoked_at: datetime | None
    detail: str = ""


def judge(rules: Ruleset, facts: CertificateFacts, *, role: str, at: datetime, owner: str) -> tuple[Finding, ...]:
    """Whether the certificate may sign as ``role`` (initial, leader, clerk, agency) at ``at``; the warnings if so.

    ``owner`` is what the person or organisation is called today. A person's certificate names that person: another
    common name refuses, or one person would sign above another's printed name. An agency's may say otherwise,
    which is a warning: certificates lag behind when agencies are renamed, and bind by their fingerprint. Refused
    with every reason: out of validity, no path, revoked, status not known, wrong usage, weak key or hash, another
    person's name. What could not be found out refuses as what is wrong does, in other words.
    """
    return settle(
        [
            *_validity(rules, facts, at),
            *_trust(rules, facts),
            *_usage(rules, facts),
            *_strength(rules, facts),
            *_subject(rules, facts, role, owner),
        ]
    )


def check_level(rules: Ruleset, level: str) -> tuple[Finding, ...]:
    """What to know of a signature at this PAdES level: B-B carries no time-stamp."""
    rule = rules.certificates.timestamp_expected
    if level != "B-B":
        return ()
    if rule.value:
        return (
            warning(
                "no-timestamp",
                "Chữ ký mức B-B không có dấu thời gian, trong khi phải lưu dấu thời gian tại thời điểm ký.",
                "A B-B signature has no time-stamp, and one at the time of signing is to be kept.",
                rule,
            ),
        )
    return (
        info(
            "no-timestamp",
            "Chữ ký mức B-B không có dấu thời gian; cần có nếu pháp luật chuyên ngành yêu cầu.",
            "A B-B signature has no time-stamp; it is due where a law asks for one.",
            rule,
        ),
    )


def _validity(rules: Ruleset, facts: CertificateFacts, at: datetime) -> Iterator[Finding]:
    rule, name = rules.certificates.in_validity, facts.common_name
    if at < facts.not_before:
        yield error(
            "certificate-not-yet-valid",
            f"Chứng thư số “{name}” chưa có hiệu lực (từ {_vn(facts.not_before)}).",
            f"The certificate “{name}” is not valid before {_iso(facts.not_before)}.",
            rule,
        )
    elif at > facts.not_after:
        yield error(
            "certificate-expired",
            f"Chứng thư số “{name}” đã hết hạn lúc {_vn(facts.not_after)}.",
            f"The certificate “{name}” expired at {_iso(facts.not_after)}.",
            rule,
        )
    elif facts.not_after - at < timedelta(days=rules.certificates.expiry_notice_days.value):
        yield warning(
            "certificate-expires-soon",
            f"Chứng thư số “{name}” sắp hết hạn: {_vn(facts.not_after)}.",
            f"The certificate “{name}” expires soon: {_iso(facts.not_after)}.",
            rule,
        )
    years, since = rules.certificates.longest_years, rules.certificates.longest_years_since.value
    # A day of grace: issuers count the last day in different ways, and leap days belong to the years.
    longest = timedelta(days=365.25 * years.value + 1)
    if facts.not_before.astimezone(_VIETNAM).date() >= since and facts.not_after - facts.not_before > longest:
        yield warning(
            "certificate-too-long",
            f"Chứng thư số “{name}” có thời hạn trên {years.value} năm.",
            f"The certificate “{name}” is valid for more than {years.value} years.",
            years,
        )


def _trust(rules: Ruleset, facts: CertificateFacts) -> Iterator[Finding]:
    rule, name, detail = rules.certificates.path, facts.common_name, f" ({facts.detail})" if facts.detail else ""
    if facts.path is PathStatus.NO_PATH:
        yield error(
            "certificate-no-path",
            f"Không lập được đường dẫn tin cậy từ chứng thư số “{name}” đến chứng thư số gốc được tin cậy{detail}.",
            f"No path leads from the certificate “{name}” to a root that is trusted here{detail}.",
            rule,
        )
    elif facts.path is PathStatus.INVALID:
        yield error(
            "certificate-path-invalid",
            f"Đường dẫn tin cậy của chứng thư số “{name}” không hợp lệ{detail}.",
            f"The path of the certificate “{name}” does not hold{detail}.",
            rule,
        )
    rule = rules.certificates.revocation
    if facts.revocation is RevocationStatus.REVOKED:
        vi = f" lúc {_vn(facts.revoked_at)}" if facts.revoked_at else ""
        en = f" at {_iso(facts.revoked_at)}" if facts.revoked_at else ""
        yield error(
            "certificate-revoked",
            f"Chứng thư số “{name}” hoặc chứng thư cấp trên đã bị thu hồi{vi}{detail}.",
            f"The certificate “{name}” or one above it was revoked{en}{detail}.",
            rule,
        )
    elif facts.revocation is RevocationStatus.UNKNOWN:
        yield error(
            "revocation-unknown",
            f"Chưa xác định được tình trạng thu hồi của chứng thư số “{name}”: thiếu CRL/OCSP còn hạn{detail}.",
            f"Whether the certificate “{name}” was revoked is not known: no fresh CRL or OCSP answer{detail}.",
            rule,
        )


def _usage(rules: Ruleset, facts: CertificateFacts) -> Iterator[Finding]:
    rule, name = rules.certificates.key_usage, facts.common_name
    usage = {_plain(item) for item in facts.key_usage}
    if not usage & {_plain(item) for item in rule.value}:
        yield error(
            "certificate-wrong-usage",
            f"Chứng thư số “{name}” không dùng để ký văn bản (mục đích sử dụng khóa: "
            f"{', '.join(sorted(facts.key_usage)) or 'không ghi'}).",
            f"The certificate “{name}” is not for signing documents (key usage: "
            f"{', '.join(sorted(facts.key_usage)) or 'none'}).",
            rule,
        )
    extended = {_plain(item) for item in facts.extended_key_usage}
    if extended and extended <= {_plain(item) for item in rules.certificates.foreign_usage.value}:
        yield error(
            "certificate-wrong-usage",
            f"Chứng thư số “{name}” chỉ dùng cho việc khác "
            f"({', '.join(sorted(facts.extended_key_usage))}), không dùng để ký văn bản.",
            f"The certificate “{name}” is for other work only "
            f"({', '.join(sorted(facts.extended_key_usage))}), not for documents.",
            rule,
        )


def _strength(rules: Ruleset, facts: CertificateFacts) -> Iterator[Finding]:
    rule, name = rules.certificates.key_bits, facts.common_name
    least = rule.value.get(_plain(facts.key_algorithm))
    if least is None:
        yield error(
            "weak-key",
            f"Thuật toán khóa “{facts.key_algorithm}” của chứng thư số “{name}” không được dùng "
            f"(được dùng: {', '.join(rule.value)}).",
            f"The key algorithm “{facts.key_algorithm}” of the certificate “{name}” is not allowed "
            f"(allowed: "
            f"{', '.join(rule.value)}).",
            rule,
        )
    elif facts.key_bits < least:
        yield error(
            "weak-key",
            f"Khóa {facts.key_algorithm} {facts.key_bits} bit của chứng thư số “{name}” quá yếu, ít nhất {least} bit.",
            f"The {facts.key_algorithm} key of {facts.key_bits} bits of the certificate "
            f"“{name}” is too weak; {least} bits at least.",
            rule,
        )
    hashes, pinned = rules.certificates.hashes, rules.certificates.hashes_pinned
    used = _plain(facts.signature_hash)
    if not used or used in map(_plain, hashes.value):  # Ed25519 has no hash of its own name
        return
    if used in map(_plain, pinned.value) and facts.path is PathStatus.TRUSTED:
        yield warning(
            "certificate-old-hash",
            f"Chứng thư số “{name}” được cấp với {facts.signature_hash}; chỉ chấp nhận "
            "vì thuộc hệ thống chứng thực gốc đã ghim.",
            f"The certificate “{name}” was issued with {facts.signature_hash}; borne only because its root is pinned.",
            hashes,
        )
    else:
        yield error(
            "weak-hash",
            f"Chứng thư số “{name}” được cấp với hàm băm {facts.signature_hash} không an toàn.",
            f"The certificate “{name}” was issued with the weak hash {facts.signature_hash}.",
            hashes,
        )


def _subject(rules: Ruleset, facts: CertificateFacts, role: str, owner: str) -> Iterator[Finding]:
    rule, wanted = rules.certificates.subject, fold(owner)
    if not rule.value or wanted == fold(facts.common_name):
        return
    if role != "agency":
        yield error(
            "subject-differs",
            f"Chứng thư số cấp cho “{facts.common_name}”, không phải cho “{owner}”; người ký phải dùng chứng thư số "
            "mang đúng họ tên của mình. Nếu đã đổi tên, cần đề nghị thay đổi nội dung thông tin chứng thư số.",
            f"The certificate is “{facts.common_name}”'s, not “{owner}”'s; a person signs with a certificate in "
            "that person's own name. Have it changed if the name has changed.",
            rule,
        )
    elif wanted != fold(facts.organisation):
        yield warning(
            "subject-differs",
            f"Tên trong chứng thư số (“{facts.common_name}”, “{facts.organisation}”) khác tên hiện nay “{owner}”; "
            "nếu đã đổi tên, cần đề nghị thay đổi nội dung thông tin chứng thư số.",
            f"The certificate's subject (“{facts.common_name}”, “{facts.organisation}”) is not today's name "
            f"“{owner}”; have it changed if the name has changed.",
            rule,
        )


@lru_cache(maxsize=256)
def _plain(name: str) -> str:
    """Names of usages, algorithms and hashes without the differences between the libraries that spell them."""
    plain = "".join(c for c in name.casefold() if c.isalnum())
    return {
        "contentcommitment": "nonrepudiation",
        "ecdsa": "ec",
        "ecpublickey": "ec",
        "rsassapss": "rsa",
        "rsaencryption": "rsa",
    }.get(plain, plain)


def _vn(moment: datetime) -> str:
    here = moment.astimezone(_VIETNAM)
    return f"{here:%H:%M} ngày {vn(here.date())}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(_VIETNAM).isoformat(timespec="minutes")
