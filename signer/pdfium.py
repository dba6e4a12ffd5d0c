"""The one lock for PDFium, which crashes when two threads of a process are inside it at once.

Floor, not a room: the room that reads drafts and the room that verifies both use PDFium and do not know each
other.
"""

from __future__ import annotations

import threading

LOCK = threading.Lock()
"""Hold it from opening a document to closing it."""
