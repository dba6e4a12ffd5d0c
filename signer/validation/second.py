"""The pages in the eyes of a second reader: qpdf shares no code with pyHanko, and must see the same change.

Two parsers that disagree about one file are what every shadow attack lives on. Whatever the first makes of the
cross-reference sections, the second compares what is printed, before the first and after the last update.
"""

from __future__ import annotations

import hashlib

import pikepdf

from signer.model import Content

_PRINTED = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Group")
MAX_DEPTH = 12


def changed_page(before: Content, after: Content) -> int | None:
    """The first page (from 1) that prints other things in ``after``, 0 where their number differs, None if equal.

    0 also where ``after`` cannot be opened without repair although ``before`` can. A file that needs repair from
    the beginning is not compared: it was signed like that.
    """
    try:
        first = _pages(before)
    except pikepdf.PdfError:
        return None
    try:
        second = _pages(after)
    except pikepdf.PdfError:
        return 0
    if len(first) != len(second):
        return 0
    return next((number for number, (a, b) in enumerate(zip(first, second, strict=True), 1) if a != b), None)


def _pages(file: Content) -> list[bytes]:
    with pikepdf.open(file.stream(), attempt_recovery=False) as pdf:
        known: dict[tuple[int, int], bytes] = {}
        return [_page(page.obj, known) for page in pdf.pages]


def _page(page: pikepdf.Object, known: dict[tuple[int, int], bytes]) -> bytes:
    parts = [_digest(page[key], known, 0) if key in page else b"" for key in (*_PRINTED, "/Contents")]
    return hashlib.sha256(b"|".join(parts)).digest()


def digest(value: pikepdf.Object) -> bytes:
    """Of an object and all that it refers to: equal where nothing of it is drawn otherwise."""
    return _digest(value, {}, 0)


def _digest(value: object, known: dict[tuple[int, int], bytes], depth: int) -> bytes:
    """A digest over an object and what it refers to, loops cut; raw stream bytes, as encoding is no change."""
    if not isinstance(value, pikepdf.Object):
        return repr(value).encode()  # pikepdf gives numbers and booleans as Python's own
    own = value.objgen
    if own != (0, 0):
        if own in known:
            return known[own]
        known[own] = b"%d %d" % own  # what a loop comes back to
    if depth > MAX_DEPTH:
        return value.unparse()
    if isinstance(value, pikepdf.Stream):
        entries = _entries(value.stream_dict, known, depth)
        result = hashlib.sha256(entries + value.read_raw_bytes()).digest()
    elif isinstance(value, pikepdf.Dictionary):
        result = hashlib.sha256(_entries(value, known, depth)).digest()
    elif isinstance(value, pikepdf.Array):
        result = hashlib.sha256(b",".join(_digest(one, known, depth + 1) for one in list(value))).digest()
    else:
        result = value.unparse()
    if own != (0, 0):
        known[own] = result
    return result


def _entries(value: pikepdf.Object, known: dict[tuple[int, int], bytes], depth: int) -> bytes:
    return b";".join(
        key.encode() + b"=" + _digest(value[key], known, depth + 1)
        for key in sorted(value.keys())
        if key not in {"/Parent", "/Length", "/StructParents"}
    )
