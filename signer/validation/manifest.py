"""The attachments that a signature names: ``/ANTN_Package`` in its dictionary, under its own digest."""

# mypy: allow-untyped-calls
# (pyHanko carries annotations only in part)

from __future__ import annotations

import re

from pyhanko.pdf_utils import generic

from signer.model import PackagePart
from signer.validation.changes import entry

KEY = "/ANTN_Package"
MAX_PARTS = 200

_DIGEST = re.compile(r"[0-9a-f]{64}")


def named(signature: generic.DictionaryObject) -> tuple[PackagePart, ...]:
    """The parts, in the order of the document; empty where it names none. ValueError for what is no such list."""
    value = entry(signature, KEY)
    if value is None:
        return ()
    if not isinstance(value, generic.ArrayObject) or not 0 < len(value) <= MAX_PARTS:
        raise ValueError("no list of attachments")
    return tuple(_part(item.get_object()) for item in value)


def _part(item: object) -> PackagePart:
    keys = ("/Name", "/Length", "/SHA256")
    name, length, digest = (entry(item, key) if isinstance(item, generic.DictionaryObject) else None for key in keys)
    raw = digest if isinstance(digest, bytes) else getattr(digest, "original_bytes", b"")
    if not isinstance(name, str) or not isinstance(length, int) or length <= 0 or not _DIGEST.fullmatch(raw.hex()):
        raise ValueError("an attachment without name, length or digest")
    return PackagePart(str(name), int(length), raw.hex())
