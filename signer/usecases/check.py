"""Check: what would be said against a draft and its attachments, all of it at once, before anybody signs.

In 2019 documents came back for a form that was not kept, a missing attachment, a wrong notation, a file that nobody
could open. Here the drafter reads that first; nothing of what is sent in is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from policies.model import Finding, Severity
from signer.errors import Kind, SignerError
from signer.model import Content, Metadata, Printed
from signer.usecases.caller import Caller
from signer.usecases.examine import SECONDS, Examine, Frame, SentFile
from signer.usecases.remarks import WITHOUT_AUTHORITY

T = TypeVar("T")

_DRAFTERS = frozenset(
    {Kind.UNSUITABLE, Kind.UNSUPPORTED, Kind.TOO_LARGE, Kind.MALFORMED, Kind.CONFLICT, Kind.NOT_FOUND}
)
"""What a drafter can mend; anything else is the service's own trouble, and is raised."""


@dataclass(frozen=True, slots=True)
class FileFinding:
    """A finding and the file that it speaks of: "" is the main document, else the attachment's name."""

    file: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a drafter reads. ``ready``: nothing stands against sending it in; the findings are remarks then."""

    ready: bool
    subject: str
    notation: str
    findings: tuple[FileFinding, ...]


@dataclass(slots=True)
class _Notes:
    """Findings as they come; a refusal is one of them, and the look goes on."""

    found: list[FileFinding] = field(default_factory=list)

    def add(self, file: str, findings: Sequence[Finding]) -> None:
        self.found += [FileFinding(file, _certain(each)) for each in findings]

    def attempt(self, file: str, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except SignerError as error:
            if error.kind not in _DRAFTERS:
                raise
            self.add(file, error.reasons)
            return None


def _certain(found: Finding) -> Finding:
    """Who has no authority today may have it on the day of signing; whoever asks today is told that it will not do."""
    return replace(found, severity=Severity.ERROR) if found.code == WITHOUT_AUTHORITY else found


@dataclass(frozen=True, slots=True)
class Check:
    """Say everything that ``Prepare`` would refuse or remark."""

    examine: Examine

    def __call__(
        self, draft: Content, metadata: Metadata, caller: Caller, attachments: Sequence[SentFile] = ()
    ) -> CheckReport:
        """The report. Raised are only FORBIDDEN, and trouble of the service itself."""
        notes = _Notes()
        frame = notes.attempt("", lambda: self.examine.frame(metadata, caller))
        if frame is not None:
            self._files(notes, frame, draft, attachments)
        else:
            self._files_alone(notes, metadata, draft, attachments)
        findings = tuple(dict.fromkeys(notes.found))
        ready = all(each.finding.severity is not Severity.ERROR for each in findings)
        return CheckReport(ready, metadata.subject, frame.notation if frame else "", findings)

    def _files(self, notes: _Notes, frame: Frame, draft: Content, attachments: Sequence[SentFile]) -> None:
        notes.add("", notes.attempt("", lambda: self.examine.belongings(frame, draft, attachments)) or ())
        main = notes.attempt("", lambda: self.examine.draft(frame, draft, len(attachments)))
        notes.add("", main[1] if main else ())
        printed, until = main[0].printed if main else None, time.monotonic() + SECONDS
        for file in attachments:
            notes.add(file.name, self._attachment(notes, frame, file, printed, until))

    def _files_alone(self, notes: _Notes, metadata: Metadata, draft: Content, attachments: Sequence[SentFile]) -> None:
        """What is wrong with the metadata hides nothing that is wrong with the files."""
        count = len(attachments)
        notes.add("", notes.attempt("", lambda: self.examine.draft_alone(metadata, draft, count)) or ())
        for file in attachments[: self.examine.most]:
            notes.add(file.name, notes.attempt(file.name, partial(self.examine.attachment_alone, file)) or ())

    def _attachment(
        self, notes: _Notes, frame: Frame, file: SentFile, main: Printed | None, until: float
    ) -> Sequence[Finding]:
        stamp = notes.attempt(file.name, lambda: self.examine.attachment(frame, file, main, until))
        return stamp.findings if stamp else ()
