"""Reading a new revision back from its bytes: the update's objects, found as a reader finds them.

None of the composer's variables come here: the update is found through startxref, its objects through the
cross-reference section.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from signer.errors import Kind, SignerError

_END = re.compile(rb"startxref\n(\d+)\n%%EOF\n\Z")
_TABLE = re.compile(rb"xref\n((?:\d+ \d+\n(?:\d{10} \d{5} n \n)+)+)trailer\n<<(.*)>>\n\Z", re.DOTALL)
_SUBSECTION = re.compile(rb"(\d+) (\d+)\n((?:\d{10} \d{5} n \n)+)")
_XREF_STREAM = re.compile(
    rb"(\d+) 0 obj\n<</Type/XRef/W\[1 8 2\]/Index\[([\d ]+)\](.*)/Length (\d+)>>stream\n(.*)"
    rb"\nendstream\nendobj\n\Z",
    re.DOTALL,
)
_OBJECT = re.compile(rb"(\d+) (\d+) obj\n(.*)\nendobj\n\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Update:
    """An update as read back: its objects by number, with generation and source."""

    objects: Mapping[int, tuple[int, bytes]]
    trailer: bytes


def hold(condition: bool, what: str) -> None:
    """Raise ``failed`` unless the condition does."""
    if not condition:
        raise failed(what)


def failed(what: str) -> SignerError:
    """INTERNAL ``self-check-failed``, naming what does not hold."""
    return SignerError(
        Kind.INTERNAL,
        "self-check-failed",
        "Chữ ký vừa tạo không qua được bước tự kiểm tra nên không được phát hành; hãy báo người vận hành.",
        f"The new signature did not pass the check before it leaves: {what}.",
    )


def read(made: bytes, start: int) -> Update:
    """Read the update that begins at ``start`` of the file through its own startxref; objects fill it without a gap."""
    end = _END.search(made, max(0, len(made) - 40))
    hold(end is not None, "no startxref at the end")
    assert end is not None  # noqa: S101 -- for the type checker; the guard above raised
    position = int(end[1]) - start
    hold(0 <= position < end.start(), "startxref does not point into the update")
    listed, trailer = _section(made[position : end.start()])
    offsets = {number: offset - start for number, offset in listed.items()}
    first = 1 if made.startswith(b"\n") and 0 not in offsets.values() else 0
    bounds = [*sorted(offsets.values()), position]
    hold(bounds[0] == first, "bytes before the first object")
    objects: dict[int, tuple[int, bytes]] = {}
    for begin, stop in pairwise(bounds):
        found = _OBJECT.match(made[begin:stop])
        hold(
            found is not None and offsets.get(int(found[1])) == begin,
            "an offset that points to no object of its number",
        )
        assert found is not None  # noqa: S101 -- for the type checker
        objects[int(found[1])] = (int(found[2]), found[3])
    return Update(objects, trailer)


def _section(text: bytes) -> tuple[dict[int, int], bytes]:
    """Object number to offset, and the trailer's entries, from a table or a cross-reference stream."""
    table = _TABLE.match(text)
    if table is not None:
        offsets: dict[int, int] = {}
        for run in _SUBSECTION.finditer(table[1]):
            rows = run[3].splitlines()
            hold(len(rows) == int(run[2]), "a cross-reference subsection of another length than it says")
            offsets |= {int(run[1]) + step: int(row[:10]) for step, row in enumerate(rows)}
        return offsets, table[2]
    found = _XREF_STREAM.match(text)
    hold(found is not None, "the cross-reference section is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    index = [int(part) for part in found[2].split()]
    numbers = [first + step for first, many in zip(index[::2], index[1::2], strict=True) for step in range(many)]
    rows_data = found[5]
    hold(
        len(rows_data) == 11 * len(numbers) == int(found[4]),
        "a cross-reference stream of another length than it says",
    )
    offsets = {number: int.from_bytes(rows_data[11 * i + 1 : 11 * i + 9], "big") for i, number in enumerate(numbers)}
    offsets.pop(int(found[1]), None)  # its own entry
    return offsets, found[3]
