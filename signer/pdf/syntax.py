"""PDF syntax as bytes (ISO 32000-2, 7.3): only what our own updates write."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from signer.model import VIETNAM


def real(value: float) -> bytes:
    """A number with at most two decimals (1/7200 inch), without an exponent."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".").encode("ascii")


def reals(values: Iterable[float]) -> bytes:
    """Numbers with spaces between, as in arrays and operands."""
    return b" ".join(map(real, values))


def text_string(text: str) -> bytes:
    """A text string (7.9.2.2): ASCII as a literal, all else as UTF-16BE in hex.

    So is text with %%: tools that count %%EOF in a file would count it in a name too.
    """
    if text.isascii() and text.isprintable() and "%%" not in text:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return b"(" + escaped.encode("ascii") + b")"
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode("ascii") + b">"


def date_string(moment: datetime) -> bytes:
    """A date (7.9.4) with Vietnam's offset, which the reader of a Vietnamese document expects."""
    return moment.astimezone(VIETNAM).strftime("(D:%Y%m%d%H%M%S+07'00')").encode("ascii")


def reference(number: int, generation: int = 0) -> bytes:
    """An indirect reference."""
    return b"%d %d R" % (number, generation)


def stream(entries: bytes, content: bytes) -> bytes:
    """A stream object: ``entries`` are the dictionary's, without /Length."""
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(content), content)
