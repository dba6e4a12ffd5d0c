"""One authority of somebody else: asked over HTTP, its answer judged before anybody has it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from policies.model import Finding, Severity, Text
from signer.errors import SignerError
from signer.line.way import Answer, Question
from signer.model import VIETNAM
from signer.model.timestamp import TimeStamp
from signer.ports import CertificatePaths, Clock
from signer.tsa.asking import QUERY, REPLY, Asked, open_reply
from signer.tsa.outside_spec import OutsideSpec
from signer.tsa.token import Exchange, Terms, judge


class Asks(Protocol):
    """The way to an authority: ``signer.line.http.Line``."""

    def ask(self, url: str, question: Question, seconds: float | None = None) -> Answer:
        """The whole answer, in bounds; SignerError ``fetch-…``, ``proxy-…``, ``login-missing``."""


class OutsideAuthority:
    """An authority of the settings. Holds nothing between two questions; safe between threads."""

    def __init__(self, spec: OutsideSpec, line: Asks, paths: CertificatePaths, clock: Clock) -> None:
        self.spec = spec
        self._line, self._paths, self._clock = line, paths, clock

    def used(self, at: datetime) -> bool:
        """Whether the settings have it asked on that day, in Viet Nam."""
        return self.spec.period.holds(at.astimezone(VIETNAM).date())

    def ask(self, digest: bytes, algorithm: str, seconds: float) -> TimeStamp:
        """A time-stamp over a digest, verified. SignerError of the line, of ``open_reply`` or of ``judge``.

        The exchange ends after ``seconds`` or after its own time limit, whichever comes first.
        """
        spec = self.spec
        asked = Asked(digest, algorithm, spec.policy)
        sent = self._clock.now().astimezone(UTC)
        answer = self._line.ask(spec.url, Question(asked.der(), QUERY, REPLY, spec.login), seconds)
        when = Exchange(sent, self._clock.now().astimezone(UTC))
        token, changed = open_reply(answer, spec.name)
        remarks = (_changed(spec.name),) if changed else ()
        return judge(token, asked, Terms(spec.name, spec.counts_as, spec.policies), self._paths, when, remarks)


def _changed(name: str) -> Finding:
    return Finding(
        "time-stamp-modified",
        Severity.INFO,
        Text(f"{name}: cấp dấu thời gian có thay đổi.", f"{name}: granted with modifications."),
    )


def reason(refusal: SignerError) -> Finding:
    """Why an authority gave none, as one of the reasons why there is none at all."""
    return Finding(refusal.code, Severity.ERROR, refusal.text, refusal.clause)
