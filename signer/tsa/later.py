"""A time-stamp that lies in a file, judged when its exchange is long over: against the data, or the request it answers.

What is judged is the same as when it came (``token.judge``): imprint, signature, certificate and its path at the
token's own time. The nonce says something only where the request is at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, core, tsp

from signer.errors import Kind, SignerError
from signer.line.way import Answer
from signer.model.timestamp import CountsAs, TimeStamp
from signer.ports import CertificatePaths, Clock
from signer.tsa.asking import ODD, REPLY, SIZES, Asked, open_reply
from signer.tsa.request import Rejection, check
from signer.tsa.token import Exchange, Terms, judge


@dataclass(frozen=True, slots=True)
class LaterJudge:
    """Judges with pinned roots, ``paths``; any moment later than the exchange."""

    paths: CertificatePaths
    clock: Clock

    def __call__(
        self, data: bytes, request: bytes | None, digest: Callable[[str], bytes] | None, name: str
    ) -> TimeStamp:
        """Judge a reply or token; by its ``request``, by the data, whose ``digest`` of a name is asked for, or by both.

        ValueError where there is neither. UNSUITABLE as ``token.judge``, MALFORMED ``time-stamp-request-unreadable``.
        """
        stamp = None
        if request is not None:
            stamp = judge_later(data, asked_by(request), self.paths, self.clock.now(), name, answers=True)
        if digest is not None:
            algorithm = digest_name(data)
            algorithm = algorithm if algorithm in SIZES else "sha256"
            asked = Asked(digest(algorithm), algorithm)
            stamp = judge_later(data, asked, self.paths, self.clock.now(), name, answers=False)
        if stamp is None:
            raise ValueError("neither request nor data")
        return stamp


def asked_by(request: bytes) -> Asked:
    """What a TimeStampReq asks for. MALFORMED ``time-stamp-request-unreadable``."""
    read = check(request, None)
    if isinstance(read, Rejection):
        vi, _, en = read.text.partition(" / ")
        raise SignerError(
            Kind.MALFORMED,
            "time-stamp-request-unreadable",
            f"Không phải yêu cầu cấp dấu thời gian dùng được: {vi}.",
            f"no request for a time-stamp that can be used: {en}",
        )
    nonce = int(core.Integer.load(read.nonce).native) if read.nonce else None
    policy = core.ObjectIdentifier(contents=read.policy).dotted if read.policy else ""
    return Asked(read.digest, read.algorithm, policy, nonce)


def digest_name(data: bytes) -> str:
    """Which digest of the data a reply or token bears; "sha256" where it cannot be read: the judge then says why."""
    try:
        return str(_info(token_of(data, ""))["message_imprint"]["hash_algorithm"]["algorithm"].native)
    except (SignerError, *ODD):
        return "sha256"


def token_of(data: bytes, name: str) -> bytes:
    """The token in a TimeStampResp, or the token that ``data`` is."""
    try:
        if cms.ContentInfo.load(data, strict=True)["content_type"].native == "signed_data":
            return data
    except ODD:
        pass
    return open_reply(Answer(data, REPLY), name)[0]


def judge_later(
    data: bytes, asked: Asked, paths: CertificatePaths, now: datetime, name: str, *, answers: bool
) -> TimeStamp:
    """Judge a reply or token. ``answers``: it must repeat the nonce of ``asked``, else any nonce will do.

    What ``token.judge`` raises. A time in the past is no fault; one in the future is, beyond what clocks differ by.
    """
    token = token_of(data, name)
    nonce, at = asked.nonce, now
    try:
        info = _info(token)
        at = info["gen_time"].native
        nonce = nonce if answers else info["nonce"].native
    except ODD:
        pass  # whatever is wrong with it, the judge finds it and has the words
    moment = min(at, now)
    asked = Asked(asked.digest, asked.algorithm, asked.policy, nonce)
    return judge(token, asked, Terms(name, CountsAs.INTERNAL), paths, Exchange(moment, moment))


def _info(token: bytes) -> tsp.TSTInfo:
    content = cms.ContentInfo.load(token, strict=True)["content"]["encap_content_info"]["content"]
    return tsp.TSTInfo.load(bytes(content), strict=True)
