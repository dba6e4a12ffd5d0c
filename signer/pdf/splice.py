"""Bytes into the gap: /ByteRange is written, what it covers is hashed, the value goes into /Contents.

The prefix is neither copied nor read: the hash over it that compared it with the stored digest goes on, once over what
is signed and once over the new file. So a file of any size costs one pass over its bytes, where it was opened.
"""

from __future__ import annotations

from collections.abc import Callable

from signer.model import Content
from signer.pdf.update import Update

RANGE = b"/ByteRange[0 %010d %010d %010d]"
RANGE_BLANK = RANGE % (0, 0, 0)


class NoRoom(Exception):
    """What was made is longer than the room that was kept for it."""

    def __init__(self, excess: int) -> None:
        super().__init__(excess)
        self.excess = excess


def splice(
    before: Content, composed: Update, number: int, room: int, digest_name: str, make: Callable[[bytes], bytes]
) -> tuple[bytes, Content]:
    """The update with its signature, object ``number``, made; and the whole file, hashed.

    ``make`` gets the digest of what the signature covers and gives the DER for /Contents. NoRoom if that is longer
    than ``room``.
    """
    update = bytearray(composed.data)
    gap, resume = _place_range(update, composed.offsets[number], before.size, room)
    # The signature is the update's last object, so what comes before it, pictures and all, is hashed once for
    # the signature and for the file's own digest.
    head, rest = bytes(update[:gap]), bytes(update[resume:])
    hashed = before.hasher()
    hashed.update(head)
    digest = hashed.copy()
    if digest_name != "sha256":
        digest = before.hasher(digest_name)
        digest.update(head)
    digest.update(rest)
    made = make(digest.digest())
    if len(made) > room:
        raise NoRoom(len(made) - room)
    contents = made.hex().encode("ascii")
    update[gap + 1 : gap + 1 + len(contents)] = contents
    hashed.update(update[gap:resume])
    hashed.update(rest)
    whole = bytes(update)
    return whole, before.extended(whole).hashed_as(hashed)


def _place_range(update: bytearray, at: int, before: int, room: int) -> tuple[int, int]:
    """Write the /ByteRange of the signature object at ``at``; give the gap's start and end in the update.

    The gap is the hex string of /Contents with its brackets, and nothing else (12.8.1). ``before`` is the
    length of the file that is updated.
    """
    where = update.index(RANGE_BLANK, at)
    gap = where + len(RANGE_BLANK) + len(b"/Contents")
    resume = gap + 2 * room + 2
    update[where : where + len(RANGE_BLANK)] = RANGE % (before + gap, before + resume, len(update) - resume)
    return gap, resume
