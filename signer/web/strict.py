"""Reading JSON that strangers wrote: bounded, without doubt about its meaning, every fault named."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import NoReturn, TypeVar

from policies.model import Refused
from policies.numbering import caller_day
from signer.errors import Kind, SignerError

MAX_JSON = 256 * 1024
"""Bytes; metadata with 500 recipients needs a third of it."""
MOST_READ = MAX_JSON + 1
"""Bytes that are read of JSON whose length nobody announced: what has them all is too large."""
MAX_DEPTH = 8

T = TypeVar("T")


def read_json(data: bytes, where: str) -> object:
    """Parse; MALFORMED ``invalid-json`` for what is no JSON, too deep, doubly keyed or not a finite number."""
    if len(data) > MAX_JSON:
        raise too_large(where)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
        if b"\\u" in data:
            # Half a surrogate pair is no text: it could be neither stored nor quoted in an answer.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        # Unicode's and JSON's own errors are ValueErrors. Their texts can quote the body: not repeated.
        raise SignerError(
            Kind.MALFORMED,
            "invalid-json",
            f"Không phải JSON hợp lệ, UTF-8 ({where}).",
            f"not valid JSON in UTF-8 ({where}): {_reason(error)}",
            where=where,
        ) from None
    if _deeper(value, MAX_DEPTH):
        raise SignerError(
            Kind.MALFORMED,
            "invalid-json",
            f"JSON lồng quá {MAX_DEPTH} tầng ({where}).",
            f"JSON nested deeper than {MAX_DEPTH} ({where})",
            where=where,
        )
    return value


def too_large(where: str) -> SignerError:
    """It was not even read."""
    return SignerError(
        Kind.TOO_LARGE,
        "json-too-large",
        f"JSON lớn hơn {MAX_JSON // 1024} KB ({where}).",
        f"JSON larger than {MAX_JSON // 1024} KB ({where})",
        where=where,
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Two parsers that each take another of two equal keys read two different orders.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key occurs twice")
    return members


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("not a number")


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else "wrong encoding, or a key twice, or NaN"


def _deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner if isinstance(each, dict | list))


def malformed(where: str, vi: str, en: str, clause: str = "") -> SignerError:
    """Say what is wrong with a member."""
    return SignerError(
        Kind.MALFORMED, "invalid-request", f"{vi} ({where})", f"{en} ({where})", where=where, clause=clause
    )


class Members:
    """A JSON object, read member by member; ``done`` refuses what nobody asked for, so that typing errors show.

    A member that is absent or null counts as not given.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise malformed(where or "body", "Phải là một đối tượng JSON.", "must be a JSON object")
        self._left = dict(value)
        self._where = where

    def at(self, name: str) -> str:
        """The full name of a member."""
        return f"{self._where}.{name}" if self._where else name

    def take(self, name: str) -> object:
        """The value, or None. A number without a fraction is whole, however it is written: 5.0 is 5 (JSON Schema)."""
        value = self._left.pop(name, None)
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def text(self, name: str, default: str | None = None) -> str:
        """A text; needed where there is no default."""
        value = self.maybe_text(name)
        if value is None:
            if default is None:
                raise malformed(self.at(name), "Thiếu thành phần bắt buộc.", "is missing")
            return default
        return value

    def maybe_text(self, name: str) -> str | None:
        """A text or None."""
        value = self.take(name)
        if value is not None and not isinstance(value, str):
            raise malformed(self.at(name), "Phải là chuỗi ký tự.", "must be a string")
        return value

    def choice(self, name: str, of: Callable[[str], T], allowed: Sequence[str], default: str | None = None) -> T:
        """One of a few words."""
        value = self.text(name, default)
        if value not in allowed:
            words = ", ".join(allowed)
            raise malformed(self.at(name), f"Phải là một trong: {words}.", f"must be one of: {words}")
        return of(value)

    def flag(self, name: str) -> bool:
        """A boolean, false if not given."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            raise malformed(self.at(name), "Phải là true hoặc false.", "must be true or false")
        return bool(value)

    def maybe_whole(self, name: str) -> int | None:
        """A whole number or None."""
        value = self.take(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise malformed(self.at(name), "Phải là số nguyên.", "must be a whole number")
        return value

    def maybe_day(self, name: str) -> date | None:
        """A day as YYYY-MM-DD, or the day in Viet Nam of a moment with its offset; or None."""
        value = self.maybe_text(name)
        if value is None:
            return None
        try:
            return caller_day(value)
        except Refused as refused:
            said = refused.findings[0]
            raise malformed(self.at(name), said.message.vi, said.message.en, said.clause) from None

    def items(self, name: str) -> list[object]:
        """An array, empty if not given."""
        return self._array(name) or []

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of texts, empty if not given."""
        return self.maybe_texts(name) or ()

    def maybe_texts(self, name: str) -> tuple[str, ...] | None:
        """An array of texts, or None: an empty one says something else than none."""
        values = self._array(name)
        if values is None:
            return None
        if not all(isinstance(value, str) for value in values):
            raise malformed(self.at(name), "Phải là mảng các chuỗi ký tự.", "must be an array of strings")
        return tuple(value for value in values if isinstance(value, str))

    def _array(self, name: str) -> list[object] | None:
        value = self.take(name)
        if value is not None and not isinstance(value, list):
            raise malformed(self.at(name), "Phải là mảng JSON.", "must be an array")
        return value

    def objects(self, name: str) -> list[Members]:
        """An array of objects, empty if not given."""
        return [Members(value, f"{self.at(name)}[{i}]") for i, value in enumerate(self.items(name))]

    def maybe_object(self, name: str) -> Members | None:
        """An object or None."""
        value = self.take(name)
        return None if value is None else Members(value, self.at(name))

    def rest(self) -> dict[str, object]:
        """Everything that was not read yet, for objects with free keys."""
        left, self._left = self._left, {}
        return left

    def done(self) -> None:
        """Refuse members that nobody read, naming the first."""
        if self._left:
            name = next(iter(self._left))[:60]
            raise malformed(self.at(name), "Thành phần không được biết đến.", "unknown member")
