"""The attachments that a signature names: ``/ANTN_Package`` in its dictionary, under its own digest."""

# mypy: allow-untyped-calls
# (pyHanko carries annotations only in part)

from __future__ import annotations

import re

from pyhanko.pdf_utils import generic

from signer.model import PackagePart

KEY = "/ANTN_Package"
MAX_PARTS = 200

_DIGEST = re.compile(r"[0-9a-f]{64}")


def named(signature: generic.DictionaryObject) -> tuple[PackagePart, ...]:
    """The parts, in the order of the document; empty where it names none. ValueError for what is no such list.

    All of it stands in the signature's own dictionary: an object elsewhere could be written anew by a later revision.
    """
    if KEY not in signature:
        return ()
    value = signature.raw_get(KEY)
    if not isinstance(value, generic.ArrayObject) or not 0 < len(value) <= MAX_PARTS:
        raise ValueError("no list of attachments")
    return tuple(_part(value.raw_get(index)) for index in range(len(value)))


def _part(item: object) -> PackagePart:
    keys = ("/Name", "/Length", "/SHA256")
    name, length, digest = (
        item.raw_get(key) if isinstance(item, generic.DictionaryObject) and key in item else None for key in keys
    )
    raw = digest if isinstance(digest, bytes) else getattr(digest, "original_bytes", b"")
    if not isinstance(name, str) or not isinstance(length, int) or length <= 0 or not _DIGEST.fullmatch(raw.hex()):
        raise ValueError("an attachment without name, length or digest")
    return PackagePart(str(name), int(length), raw.hex())
