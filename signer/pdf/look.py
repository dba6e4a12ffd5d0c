"""What can be told of a stored file at a glance, without judging it: whoever inspects a store has many."""

from __future__ import annotations

import json
import re

from signer.model import Content

_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")

_LAST = 1024 * 1024
"""Bytes at the end of a file in which its last signature stands: it is the last object of our updates."""


class FileGlance:
    """``signer.ports.FileMeasure``."""

    def planned(self, plan: bytes) -> int:
        """As the port says: the first line of the plan alone (see ``signer.pdf.plan``)."""
        try:
            return int(json.loads(plan.partition(b"\n")[0])["length"])
        except (KeyError, TypeError) as fault:
            raise ValueError("no signing plan") from fault

    def ends_signed(self, file: Content) -> bool:
        """As the port says (ISO 32000-2, 12.8.1: the range begins at the file's first byte)."""
        last = file.slice(max(0, file.size - _LAST), file.size)
        found = _RANGE.match(last, max(last.rfind(b"/ByteRange"), 0))
        if found is None:
            return False
        gap, resume, rest = map(int, found.groups())
        return gap < resume and resume + rest == file.size
