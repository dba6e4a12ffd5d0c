"""The table role × endpoint for people, made of the one that the service obeys.

``python -m signer.web.roles > docs/roles.md`` writes it anew; a test holds the file against it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from signer.model import ApiRole
from signer.web.auth import ALLOWED, OPEN, ROLES
from signer.web.openapi import document

_HEAD = """\
# Who may use what

Each API key has one role. This table is made of `signer/web/auth.py` by `python -m signer.web.roles`; do not edit it.
A key may be bound to agencies (`--agency`: documents of others do not exist for it) and to a person (`--person`: it
signs with that person's keys only). A role without a mark is answered 403 `role-not-allowed`.
A new key opens at once; a revoked one may open for one second more where it was let in just before.
"""
_TAIL = """\
Open without a key, limited by address: {}. `/readyz` tells an operator's key of every token.
"""


def table() -> str:
    """The whole page, Markdown."""
    roles = list(ApiRole)
    lines = [
        _HEAD,
        "| Endpoint | " + " | ".join(f"{role.value}<br>{ROLES[role]}" for role in roles) + " |",
        "|---|" + ":-:|" * len(roles),
    ]
    opened: list[str] = []
    for name, endpoint in _endpoints():
        if name in OPEN:
            opened.append(endpoint)
            continue
        marks = ("✓" if role in ALLOWED[name] else "" for role in roles)
        lines.append(f"| {endpoint} | " + " | ".join(marks) + " |")
    return "\n".join([*lines, "", _TAIL.format(", ".join(opened))])


def _endpoints() -> Iterator[tuple[str, str]]:
    """Name and ``METHOD /path`` of each, in the order of the description."""
    paths = document()["paths"]
    if not isinstance(paths, dict):
        raise TypeError("paths is an object in OpenAPI")
    for path, operations in paths.items():
        for method, operation in operations.items():
            yield operation["operationId"], f"`{method.upper()} {path}`"


if __name__ == "__main__":
    sys.stdout.write(table())
