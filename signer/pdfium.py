"""The one lock for PDFium, which crashes when two threads of a process are inside it at once.

Floor, not a room: the room that reads drafts and the room that verifies both use PDFium and do not know each
other.
"""

from __future__ import annotations

import ctypes
import threading

from signer.model import Buffer

LOCK = threading.Lock()
"""Hold it from opening a document to closing it."""


def addressed(data: Buffer) -> bytes | ctypes.Array[ctypes.c_char]:
    """A file as PDFium takes it: at its address, without a copy."""
    return data if isinstance(data, bytes) else (ctypes.c_char * len(data)).from_buffer(data)
