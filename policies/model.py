"""The words in which rules speak: text in two languages, findings, refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an error refuses, a warning goes with the answer."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for a person, in Vietnamese (first) and English."""

    vi: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """The form in which it leaves the house: {"vi", "en"}."""
        return {"vi": self.vi, "en": self.en}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found. ``clause`` is the law that the rule comes from, "" where it is craft, not law."""

    code: str
    severity: Severity
    message: Text
    clause: str = ""

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {"code": self.code, "severity": self.severity.value, "clause": self.clause,
                "message": self.message.as_dict()}


class Refused(Exception):
    """A rule says no. ``findings`` are the reasons, errors first; never empty."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda found: found.severity is not Severity.ERROR))
        if not self.findings:
            raise ValueError("a refusal needs a reason")
        super().__init__(self.findings[0].message.en)
