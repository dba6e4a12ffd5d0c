"""Reading DER (X.690) by hand, where a full decoder costs more than the token: CMS before it leaves, requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

SEQUENCE, SET, OCTET_STRING, INTEGER = 0x30, 0x31, 0x04, 0x02


class Element(NamedTuple):
    """A tag and where its content lies; ``start`` is that of the tag."""

    tag: int
    start: int
    content: int
    end: int


def read(data: bytes, at: int, limit: int) -> Element:
    """The element at ``at``; ValueError unless it is definite, minimal and ends by ``limit``."""
    if at + 2 > limit or data[at] & 0x1F == 0x1F:
        raise ValueError("truncated element or a tag of several octets")
    length, content = data[at + 1], at + 2
    if length >= 0x80:
        octets = length & 0x7F
        content += octets
        length = int.from_bytes(data[at + 2 : content], "big")
        if not 1 <= octets <= 4 or content > limit or length < 0x80 or data[at + 2] == 0:
            raise ValueError("a length that is not DER")
    if content + length > limit:
        raise ValueError("an element longer than what holds it")
    return Element(data[at], at, content, content + length)


def children(data: bytes, element: Element) -> Iterator[Element]:
    """The elements inside a constructed one; they fill it exactly."""
    at = element.content
    while at < element.end:
        child = read(data, at, element.end)
        yield child
        at = child.end


def expect(data: bytes, element: Element, *tags: int, more: int = 0) -> list[Element]:
    """The children, whose tags must be ``tags`` in this order; one with the tag ``more`` may stand behind them."""
    found = list(children(data, element))
    seen = tuple([child.tag for child in found])
    if seen != tags and (not more or seen != (*tags, more)):
        raise ValueError("another structure than expected")
    return found
