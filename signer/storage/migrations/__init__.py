"""The schema's history: one file in ``versions`` per step, run by Alembic from within the program."""

from __future__ import annotations

REVISIONS = ("0001", "0002", "0003")
"""Every revision that this program knows, oldest first; the last is the one that it needs."""
