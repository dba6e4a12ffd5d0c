"""Verify: a file in, report out; nothing is written, and no database or token is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signer.errors import Kind, SignerError
from signer.model import Content
from signer.ports import Verifier
from signer.report import PackageReport, Report


@dataclass(frozen=True, slots=True)
class Verify:
    """Judge a file. ``limit`` is the largest file in bytes."""

    verifier: Verifier
    limit: int = 100_000_000

    def __call__(self, file: Content) -> Report:
        """The report, whatever the verdict. TOO_LARGE ``file-too-large`` only; a strange file is a verdict."""
        self._check(file, "file")
        return self.verifier.verify(file)

    def package(self, file: Content, attachments: Sequence[tuple[str, Content]]) -> PackageReport:
        """A document and its attachments with their names, all together; the limit holds for each file."""
        self._check(file, "file")
        for index, (_, content) in enumerate(attachments):
            self._check(content, f"attachment[{index}]")
        return self.verifier.verify_package(file, attachments)

    def _check(self, file: Content, where: str) -> None:
        if file.size > self.limit:
            raise SignerError(
                Kind.TOO_LARGE,
                "file-too-large",
                f"Tệp lớn hơn {self.limit // 1_000_000} MB ({where}).",
                f"the file is larger than {self.limit // 1_000_000} MB ({where})",
                where=where,
            )
