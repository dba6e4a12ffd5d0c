"""Where a request's head ends, and how much of a body it announces.

Only a hint of when to hand a request to a thread. What the request is, gunicorn's parser decides alone: two readers of
one framing that disagree are what request smuggling is made of (RFC 9112, 11.2). Whatever is doubtful here goes to it
at once.
"""

from __future__ import annotations

from dataclasses import dataclass

END = b"\r\n\r\n"
MAX_HEAD = 32 * 1024
"""Bytes of line and header fields together; a client certificate with its chain needs a third of it."""


@dataclass(frozen=True, slots=True)
class Head:
    """``size`` in bytes, with the empty line; ``body``: bytes announced, None where only reading it tells."""

    size: int
    body: int | None


def find_head(data: bytes | bytearray, searched: int = 0) -> Head | None:
    """The head at the start of ``data``, None while it is not whole. ``searched`` bytes held no end of it before."""
    end = data.find(END, max(0, searched - len(END) + 1))
    if end < 0:
        return None
    lengths: list[bytes] = []
    for line in bytes(data[:end]).split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        name = name.strip().upper()
        if name in (b"TRANSFER-ENCODING", b"EXPECT"):
            return Head(end + len(END), None)
        if name == b"CONTENT-LENGTH":
            lengths.append(value.strip())
    if not lengths:
        return Head(end + len(END), 0)
    single = len(lengths) == 1 and lengths[0].isdigit() and len(lengths[0]) < 19
    return Head(end + len(END), int(lengths[0]) if single else None)
