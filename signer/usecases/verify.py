"""Verify: bytes in, report out; nothing is written, and no database or token is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signer.errors import Kind, SignerError
from signer.ports import Verifier
from signer.report import PackageReport, Report


@dataclass(frozen=True, slots=True)
class Verify:
    """Judge a file. ``limit`` is the largest file in bytes."""

    verifier: Verifier
    limit: int = 100_000_000

    def __call__(self, data: bytes) -> Report:
        """The report, whatever the verdict. TOO_LARGE ``file-too-large`` only; a strange file is a verdict."""
        self._check(data, "file")
        return self.verifier.verify(data)

    def package(self, data: bytes, attachments: Sequence[tuple[str, bytes]]) -> PackageReport:
        """A document and its attachments (name, bytes), all together; the limit holds for each file."""
        self._check(data, "file")
        for index, (_, content) in enumerate(attachments):
            self._check(content, f"attachment[{index}]")
        return self.verifier.verify_package(data, attachments)

    def _check(self, data: bytes, where: str) -> None:
        if len(data) > self.limit:
            raise SignerError(
                Kind.TOO_LARGE,
                "file-too-large",
                f"Tệp lớn hơn {self.limit // 1_000_000} MB ({where}).",
                f"the file is larger than {self.limit // 1_000_000} MB ({where})",
                where=where,
            )
