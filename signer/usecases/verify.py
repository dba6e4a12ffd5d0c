"""Verify: bytes in, report out; nothing is written, and no database or token is needed."""

from __future__ import annotations

from dataclasses import dataclass

from signer.errors import Kind, SignerError
from signer.ports import Verifier
from signer.report import Report


@dataclass(frozen=True, slots=True)
class Verify:
    """Judge a file. ``limit`` is the largest file in bytes."""

    verifier: Verifier
    limit: int = 100 * 1024 * 1024

    def __call__(self, data: bytes) -> Report:
        """The report, whatever the verdict. TOO_LARGE ``file-too-large`` only; a strange file is a verdict."""
        if len(data) > self.limit:
            raise SignerError(
                Kind.TOO_LARGE,
                "file-too-large",
                f"Tệp lớn hơn {self.limit // (1024 * 1024)} MB.",
                f"the file is larger than {self.limit // (1024 * 1024)} MB",
                where="file",
            )
        return self.verifier.verify(data)
