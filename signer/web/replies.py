"""What views share: bounds on what comes in, bodies and parameters read, answers and downloads made."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import Response, request

from signer.errors import Kind, SignerError
from signer.model import ApiRole, Content
from signer.model.content import OpenFile
from signer.usecases.look import FileContent
from signer.web.queue import Lanes, Queue
from signer.web.strict import MOST_READ, malformed, read_json

JSON, PDF = "application/json", "application/pdf"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEETS = {"csv": CSV, "xlsx": XLSX, "pdf": PDF}

MAX_LIMIT = 999_999
"""What a number of the query can be; a list's own bound is lower."""

_UNSAFE = re.compile(r'[^ -~]|["\\%;/]')
_ATTR_CHARS = "!#$&+-.^_`|~"
"""What a parameter's extended value may hold as it is, beside letters and digits (RFC 8187, 3.2.1)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what comes in, in bytes, and on what is worked at.

    ``signings`` and ``readings`` at once in this process; behind them ``queue`` each may wait ``queue_seconds``.
    """

    max_file: int = 50 * 1024 * 1024
    by_role: Mapping[ApiRole, int] = field(default_factory=dict)
    max_attachments: int = 50
    signings: int = 4
    readings: int = 2
    queue: int = 64
    queue_seconds: float = 10.0

    def of_role(self, role: ApiRole) -> int:
        """The largest file that a role may send."""
        return self.by_role.get(role, self.max_file)

    def lanes(self) -> Lanes:
        """The lanes of this process, empty."""
        return Lanes(
            Queue(self.signings, self.queue, self.queue_seconds),
            Queue(self.readings, self.queue, self.queue_seconds),
            Queue(max(1, self.queue // 2), self.queue // 2, self.queue_seconds),
        )

    def stamping(self) -> Queue:
        """A lane of strangers' own: time-stamps neither hold up the office's signatures nor wait behind them."""
        return Queue(self.signings, self.queue, self.queue_seconds)


def answer(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(value, ensure_ascii=False), status, content_type=JSON)


def created(value: object, location: str) -> Response:
    """A JSON answer that tells where the new thing is."""
    response = answer(value, 201)
    response.headers["Location"] = location
    return response


def file_answer(found: FileContent) -> Response:
    """A file of a document, shown where it is fetched, piece by piece; unchanged bytes are not sent twice."""
    # What our server takes of a file to send it by itself (signer.serving.channel); another one takes none.
    hand_over = getattr(request.environ.get("gunicorn.socket"), "hand_over", None)
    pieces = _handed_over(found.content, hand_over) if hand_over else found.content.chunks()
    response = Response(pieces, content_type=PDF)
    response.content_length = found.content.size
    response.set_etag(found.sha256)
    response.headers["Content-Disposition"] = disposition("inline", found.name)
    response.make_conditional(request)
    return response


def _handed_over(content: Content, hand_over: Callable[[OpenFile, int], None]) -> Iterator[bytes]:
    """A large file goes out without a thread of ours: its reader may take hours."""
    if content.file is None:
        yield from content.chunks()
        return
    yield b""  # the answer's head goes first
    hand_over(content.file, content.base_size)
    yield content.tail


def sheet_answer(data: bytes, form: str, name: str) -> Response:
    """A sheet to be kept as a file."""
    response = Response(data, content_type=SHEETS[form])
    response.headers["Content-Disposition"] = disposition("attachment", f"{name}.{form}")
    return response


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition (RFC 6266): the name in ASCII, and as it is where that says less.

    Names come from strangers: neither form lets one end its value or the header.
    """
    bare = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    plain = _UNSAFE.sub("_", "".join(char for char in bare if not unicodedata.combining(char)))
    said = f'{kind}; filename="{plain}"'
    return said if plain == name else f"{said}; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"


FILES_COME_TO = frozenset({"prepare", "check", "copy", "verify"})
"""Endpoints that take files; a body to any other is JSON, and bounded before a byte of it is kept."""


def bound_body() -> None:
    """Before each request: by what is announced, and while it is read where nothing is."""
    if request.endpoint not in FILES_COME_TO:
        request.max_content_length = MOST_READ


def json_body(*, empty: bool = False) -> object:
    """The request's JSON; ``empty`` lets nothing at all stand for {}."""
    data = request.get_data(cache=True)
    if empty and not data.strip():
        return {}
    if request.mimetype != JSON:
        raise SignerError(
            Kind.UNSUPPORTED,
            "json-needed",
            "Nội dung phải là application/json.",
            "the body must be application/json",
            where="Content-Type",
        )
    return read_json(data, "body")


def whole(name: str, default: int, most: int) -> int:
    """A whole number of the query, from 1; what is more than ``most`` is ``most``."""
    value = request.args.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 6 or not 1 <= int(value) <= MAX_LIMIT:
        raise malformed(name, "Phải là số nguyên dương.", "must be a whole number from 1")
    return min(int(value), most)


def word(name: str, allowed: Sequence[str], default: str) -> str:
    """One of a few words of the query."""
    value = request.args.get(name, default)
    if value not in allowed:
        words = ", ".join(allowed)
        raise malformed(name, f"Phải là một trong: {words}.", f"must be one of: {words}")
    return value


def sheet_form() -> str:
    """``format`` of a register: json, csv, xlsx or pdf."""
    form = request.args.get("format", "json")
    if form != "json" and form not in SHEETS:
        raise SignerError(
            Kind.UNSUITABLE,
            "format-not-available",
            "Sổ chỉ xuất được ở dạng json, csv, xlsx hoặc pdf.",
            "it is to be had as json, csv, xlsx or pdf only",
            where="format",
        )
    return form
