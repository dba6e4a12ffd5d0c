"""A time-stamp token judged as the answer to a question just sent: a pure function (RFC 3161, 2.4.2; RFC 5816).

It lives in this room, beside the question: only here are imprint, nonce, policy and the moments of sending and
receiving known. The validation room judges tokens inside documents, years later and by pyHanko; what both need of it,
the path to a pinned root, comes in as a port.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography.exceptions import UnsupportedAlgorithm

from policies.certificates import CertificateFacts, PathStatus, RevocationStatus
from policies.model import Finding, Severity, Text
from signer.errors import SignerError
from signer.line.refusal import unsuitable
from signer.model import VIETNAM
from signer.model.timestamp import CountsAs, TimeStamp
from signer.ports import CertificatePaths
from signer.tsa.asking import ODD, Asked
from signer.tsa.token_signature import TokenFault, signer_of

TOLERANCE = timedelta(minutes=5)
"""How far its time may lie from our own clock's before that is told. The real one was seen four minutes off."""
FURTHEST = timedelta(days=1)
"""How far at most: the nonce shows that the token is new, so one of the two clocks is wrong."""


@dataclass(frozen=True, slots=True)
class Terms:
    """By what an authority's answer is judged: its name in the settings, what it counts as, policies (empty: any)."""

    name: str
    counts_as: CountsAs
    policies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Exchange:
    """When the question went and its answer was there, by our clock (aware)."""

    sent: datetime
    received: datetime


def judge(
    token: bytes,
    asked: Asked,
    terms: Terms,
    paths: CertificatePaths,
    when: Exchange,
    remarks: Sequence[Finding] = (),
) -> TimeStamp:
    """The time-stamp, if it is one and answers the question; UNSUITABLE otherwise, whatever the bytes are.

    ``time-stamp-unreadable``; ``time-stamp-mismatch`` (another imprint, nonce or policy than asked or allowed);
    ``time-stamp-signature-invalid``; ``time-stamp-certificate`` (not for time-stamping alone, not valid at its time,
    no path to a pinned root, revoked); ``time-stamp-implausible``. ``remarks`` go before what is found here.
    """
    try:
        stamp = _judged(token, asked, terms, paths, when)
    except TokenFault as fault:
        raise unsuitable(
            terms.name,
            "time-stamp-signature-invalid",
            f"chữ ký trên dấu thời gian không hợp lệ: {fault.vi}",
            f"the signature on the time-stamp does not hold: {fault.en}",
        ) from fault
    except (*ODD, UnsupportedAlgorithm) as trouble:
        raise unsuitable(
            terms.name,
            "time-stamp-unreadable",
            f"không đọc được dấu thời gian ({len(token)} byte)",
            f"the time-stamp cannot be read ({type(trouble).__name__})",
        ) from trouble
    return replace(stamp, findings=(*remarks, *stamp.findings))


def _judged(token: bytes, asked: Asked, terms: Terms, paths: CertificatePaths, when: Exchange) -> TimeStamp:
    outer = cms.ContentInfo.load(token, strict=True)
    if outer["content_type"].native != "signed_data":
        raise ValueError("no SignedData")
    signed = outer["content"]
    inner = signed["encap_content_info"]
    if inner["content_type"].native != "tst_info":
        raise ValueError("no TSTInfo")
    content = bytes(inner["content"])
    info = tsp.TSTInfo.load(content, strict=True)
    _answers(info, asked, terms)
    signer = signer_of(signed, content)
    at: datetime = info["gen_time"].native.astimezone(UTC)
    _fits(signer.certificate, at, terms.name)
    facts = paths.of(signer.certificate.dump(), signer.others, at)
    _trusted(facts, terms.name)
    accuracy = _accuracy(info)
    findings = (*_clock(at, accuracy or timedelta(0), when, terms.name), *_remarks(accuracy, facts, terms.name))
    return TimeStamp(
        authority=terms.name,
        counts_as=terms.counts_as,
        at=at,
        accuracy=accuracy,
        policy=str(info["policy"].native),
        serial=str(int(info["serial_number"].native)),
        subject=facts.common_name,
        until=facts.not_after,
        findings=findings,
        token=token,
        certificate=signer.certificate.dump(),
    )


def _answers(info: tsp.TSTInfo, asked: Asked, terms: Terms) -> None:
    """Whether it says what was asked: RFC 3161, 2.4.2, and no critical extension that is not understood."""
    name, imprint, policy = terms.name, info["message_imprint"], info["policy"].dotted
    if info["version"].native != "v1":
        raise unsuitable(name, "time-stamp-mismatch", "dấu thời gian có phiên bản lạ", "it is of an unknown version")
    if (imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native) != (
        asked.algorithm,
        asked.digest,
    ):
        raise unsuitable(
            name, "time-stamp-mismatch", "dấu thời gian của dữ liệu khác", "it stamps something else than what was sent"
        )
    if info["nonce"].native != asked.nonce:
        raise unsuitable(
            name, "time-stamp-mismatch", "nonce không khớp với yêu cầu", "another nonce: no answer to this question"
        )
    if (asked.policy and policy != asked.policy) or (terms.policies and policy not in terms.policies):
        raise unsuitable(
            name,
            "time-stamp-mismatch",
            f"theo chính sách {policy}, không thuộc danh sách được nhận",
            f"it is under the policy {policy}, which is not on the list",
        )
    extensions = info["extensions"]
    if not isinstance(extensions, core.Void) and any(each["critical"].native for each in extensions):
        raise unsuitable(
            name,
            "time-stamp-mismatch",
            "có phần mở rộng bắt buộc mà không hiểu được",
            "a critical extension of it is not understood",
        )


def _fits(certificate: asn1.Certificate, at: datetime, name: str) -> None:
    """RFC 3161, 2.3: the certificate is for time-stamping, says so critically, and for nothing else."""
    usage, extended = certificate.key_usage_value, certificate.extended_key_usage_value
    if (
        extended is None
        or extended.native != ["time_stamping"]
        or "extended_key_usage" not in certificate.critical_extensions
        or (usage is not None and not usage.native & {"digital_signature", "non_repudiation"})
    ):
        raise _certificate(name, "không phải loại chỉ dùng cấp dấu thời gian", "is not one for time-stamping alone")
    if not certificate.not_valid_before <= at <= certificate.not_valid_after:
        ends = certificate.not_valid_after
        raise _certificate(
            name,
            f"không có hiệu lực vào lúc {_day(at)} (hết hạn {_day(ends)})",
            f"was not valid at {_utc(at)} (it ends {_utc(ends)})",
        )


def _trusted(facts: CertificateFacts, name: str) -> None:
    detail = f" ({facts.detail[:200]})" if facts.detail else ""
    if facts.path is not PathStatus.TRUSTED:
        raise _certificate(
            name,
            f"“{facts.common_name}” không dẫn đến chứng thư số gốc được tin cậy của tổ chức này{detail}",
            f"“{facts.common_name}” leads to no root that is trusted for this authority{detail}",
        )
    if facts.revocation is RevocationStatus.REVOKED:
        raise _certificate(
            name, f"“{facts.common_name}” đã bị thu hồi{detail}", f"“{facts.common_name}” was revoked{detail}"
        )


def _certificate(name: str, vi: str, en: str) -> SignerError:
    return unsuitable(
        name, "time-stamp-certificate", f"chứng thư số trên dấu thời gian {vi}", f"the time-stamp's certificate {en}"
    )


def _accuracy(info: tsp.TSTInfo) -> timedelta | None:
    said = info["accuracy"]
    if isinstance(said, core.Void):
        return None
    seconds, millis, micros = (int(said[part].native or 0) for part in ("seconds", "millis", "micros"))
    if seconds < 0 or not 0 <= millis < 1000 or not 0 <= micros < 1000:
        raise ValueError("accuracy out of bounds")
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


def _clock(at: datetime, accuracy: timedelta, when: Exchange, name: str) -> Iterator[Finding]:
    """Its time against our clock's: from sending to receiving, give or take what it declares."""
    apart = max(when.sent - at, at - when.received) - accuracy
    if apart > FURTHEST:
        raise unsuitable(
            name,
            "time-stamp-implausible",
            f"thời gian {_day(at)} cách đồng hồ máy này hơn một ngày; kiểm tra cả hai đồng hồ",
            f"its time {_utc(at)} is more than a day from this machine's: look at both clocks",
        )
    if apart > TOLERANCE:
        seconds = int(apart.total_seconds())
        yield Finding(
            "time-stamp-clock-differs",
            Severity.WARNING,
            Text(
                f"{name}: thời gian lệch {seconds} giây so với đồng hồ máy này.",
                f"{name}: its time is {seconds} seconds from this machine's clock.",
            ),
        )


def _remarks(accuracy: timedelta | None, facts: CertificateFacts, name: str) -> Iterator[Finding]:
    if accuracy is None:
        yield Finding(
            "time-stamp-without-accuracy",
            Severity.INFO,
            Text(f"{name}: không công bố độ chính xác.", f"{name}: no accuracy is declared."),
        )
    if facts.revocation is RevocationStatus.UNKNOWN:
        yield Finding(
            "time-stamp-revocation-unknown",
            Severity.WARNING,
            Text(
                f"{name}: chưa có dữ liệu thu hồi của chứng thư số cấp dấu thời gian.",
                f"{name}: whether the authority's certificate was revoked is not known here.",
            ),
        )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
