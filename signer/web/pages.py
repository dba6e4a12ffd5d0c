"""Lists that come in pages: ``limit`` and ``after`` in, ``next`` and a Link header (RFC 8288) out.

``after`` is what the page before gave as ``next``; what it is made of is nobody's business but this module's.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from signer.errors import SignerError
from signer.usecases.look import MAX_PAGE
from signer.web.replies import answer, whole
from signer.web.strict import malformed

MAX_CURSOR = 500
"""Characters of an ``after``."""
USUAL = 100
MOST_ROWS = 10_000
"""Of a register's answer, where no smaller ``limit`` is asked for: more than most agencies number in a year."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page: the last thing of the one before ("" from the beginning), and how many things at most."""

    after: str
    limit: int


def asked(default: int = USUAL, most: int = MAX_PAGE) -> Asked:
    """What the query asks for."""
    after = request.args.get("after", "")
    if len(after) > MAX_CURSOR or not after.isprintable():
        raise no_cursor()
    return Asked(after, whole("limit", default, most))


def page(value: dict[str, object], following: str | None) -> Response:
    """A page as an answer; ``following`` None: it is the last one."""
    response = answer({**value, "next": following})
    if following is not None:
        query = urlencode([*((k, v) for k, v in request.args.items(multi=True) if k != "after"), ("after", following)])
        response.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return response


def cursor(*parts: str | int) -> str:
    """Where a page ended, as ``next``."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def parts(after: str, *kinds: type[str | int]) -> Sequence[str | int]:
    """What ``cursor`` was made of. MALFORMED ``invalid-request`` for anything else."""
    try:
        said = json.loads(base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise no_cursor() from None
    if not isinstance(said, list) or [type(each) for each in said] != list(kinds):
        raise no_cursor()
    return said


def no_cursor() -> SignerError:
    """``after`` is not what a page gave as ``next``."""
    return malformed("after", "Phải là “next” của trang trước.", "must be the “next” of the page before")
