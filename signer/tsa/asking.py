"""The question to a time-stamp authority, and what lies round the token in its answer (RFC 3161, 2.4.1, 2.4.2, 3.4)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from asn1crypto import cms, core, tsp

from signer.errors import SignerError
from signer.line.refusal import unsuitable
from signer.line.way import Answer

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
"""Bytes of the digests that may be stamped; there is no SHA-1 among them."""
NONCE_BITS = 64

ODD = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, AssertionError, RuntimeError)
"""What libraries raise for bytes that are not what they should be (trap 33); RecursionError is among them."""

_GRANTED = ("granted", "granted_with_mods")
_OURS = frozenset(
    {
        "bad_alg",
        "bad_request",
        "bad_data_format",
        "unaccepted_policy",
        "unaccepted_extensions",
        "add_info_not_available",
    }
)
_FAILURES = {
    "bad_alg": ("thuật toán không được hỗ trợ", "unrecognized or unsupported algorithm"),
    "bad_request": ("yêu cầu không được phép", "transaction not permitted"),
    "bad_data_format": ("dữ liệu sai định dạng", "data in a wrong format"),
    "time_not_available": ("nguồn thời gian không sẵn sàng", "the time source is not available"),
    "unaccepted_policy": ("chính sách không được hỗ trợ", "the policy is not supported"),
    "unaccepted_extensions": ("phần mở rộng không được hỗ trợ", "an extension is not supported"),
    "add_info_not_available": ("thông tin thêm không có", "additional information is not available"),
    "system_failure": ("lỗi hệ thống", "system failure"),
}


class Rejected(SignerError):
    """The authority says no. ``ours``: to this question, and may well say yes to another."""

    ours = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: a time-stamp over ``digest``, with a ``nonce`` that only its answer can repeat."""

    digest: bytes
    algorithm: str
    policy: str = ""
    nonce: int | None = field(default_factory=lambda: secrets.randbits(NONCE_BITS))

    def __post_init__(self) -> None:
        if len(self.digest) != SIZES.get(self.algorithm):
            raise ValueError(f"no {self.algorithm} digest of {len(self.digest)} bytes can be stamped")

    def der(self) -> bytes:
        """The TimeStampReq; the certificate is asked for, so that the token can be judged by itself later."""
        request: dict[str, object] = {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": self.algorithm}, "hashed_message": self.digest},
            "cert_req": True,
        }
        if self.nonce is not None:
            request["nonce"] = self.nonce
        if self.policy:
            request["req_policy"] = self.policy
        return bytes(tsp.TimeStampReq(request).dump())


class _Reply(core.Sequence):  # type: ignore[misc]  # asn1crypto has no annotations
    """TimeStampResp. asn1crypto's own wants a token even in a refusal."""

    _fields = [  # noqa: RUF012 -- asn1crypto's way
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def open_reply(answer: Answer, name: str) -> tuple[bytes, bool]:
    """The token, DER, and whether it was granted with changes. UNSUITABLE for whatever else came.

    ``time-stamp-unreadable`` where it is no TimeStampResp, ``time-stamp-rejected`` (Rejected) with the authority's
    reasons. Nothing of the token itself is judged.
    """
    if answer.content_type != REPLY:
        kind = answer.content_type[:60] or "?"
        raise unsuitable(
            name,
            "time-stamp-unreadable",
            f"trả lời không phải là dấu thời gian (Content-Type: {kind})",
            f"what came is said to be {kind}, no time-stamp reply",
        )
    try:
        reply = _Reply.load(answer.body, strict=True)
        status = str(reply["status"]["status"].native)
        token = reply["time_stamp_token"]
        if status not in _GRANTED:
            raise _rejected(reply["status"], status, name)
        if isinstance(token, core.Void):
            raise KeyError("time_stamp_token")
        return bytes(token.dump()), status == "granted_with_mods"
    except ODD as trouble:
        raise unsuitable(
            name,
            "time-stamp-unreadable",
            f"không đọc được trả lời ({len(answer.body)} byte)",
            f"what came is no time-stamp reply ({len(answer.body)} bytes)",
        ) from trouble


def _rejected(info: tsp.PKIStatusInfo, status: str, name: str) -> Rejected:
    """The refusal in words; what the authority itself says is quoted, shortened."""
    failure = info["fail_info"].native
    codes = sorted(failure) if isinstance(failure, set) else []
    said = info["status_string"].native
    quoted = f" “{' '.join(map(str, said))[:200]}”" if isinstance(said, list) and said else ""
    known = [_FAILURES.get(code, (code, code)) for code in codes] or [(status, status)]
    vi, en = ("; ".join(each[i] for each in known) for i in (0, 1))
    told = unsuitable(name, "time-stamp-rejected", f"từ chối: {vi}{quoted}", f"refuses: {en}{quoted}")
    refusal = Rejected(told.kind, told.code, told.text.vi, told.text.en, where=name)
    refusal.ours = bool(codes) and set(codes) <= _OURS
    return refusal
