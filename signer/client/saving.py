"""What is fetched, on its way to a file: kept only when it is whole and what its digest says."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from .errors import Damaged

_EXTENDED, _PLAIN = re.compile(r"(?i)filename\*=UTF-8''([^; ]+)"), re.compile(r'(?i)filename="([^"]*)"')
_ETAG = re.compile(r'(?:W/)?"([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that was fetched: where it is, the name that the service has for it, SHA-256 in hex, bytes."""

    path: Path
    name: str
    sha256: str
    size: int


def save(blocks: Iterable[bytes], headers: Mapping[str, str], to: Path, *, digest_needed: bool) -> Saved:
    """Write an answer to ``to``; nothing is left there, and what was there before stays, unless all is well.

    Damaged where the bytes are not those of the ETag, which is the SHA-256 of a file (``digest_needed``: and where
    there is none). OSError names ``to``.
    """
    announced = _ETAG.fullmatch(headers.get("ETag", ""))
    if announced is None and digest_needed:
        raise Damaged("the answer does not say the digest of its file")
    target = Path(os.path.realpath(to))
    try:
        if target.exists() and not target.is_file():  # a pipe, a terminal: nothing to rename, nothing to take back
            with tempfile.TemporaryFile() as whole:
                size, sha256 = _write(blocks, whole, announced)
                whole.seek(0)
                with target.open("wb") as out:
                    shutil.copyfileobj(whole, out)
        else:
            part = target.with_name(f".{secrets.token_hex(8)}.part")
            try:
                with part.open("xb") as out:
                    size, sha256 = _write(blocks, out, announced)
                part.replace(target)
            finally:
                with suppress(OSError):
                    part.unlink()
    except OSError as error:
        if error.errno is not None and error.filename is not None:
            raise type(error)(error.errno, error.strerror, str(to)) from None
        raise
    return Saved(to, _name(headers), sha256, size)


def _write(blocks: Iterable[bytes], out: BinaryIO, announced: re.Match[str] | None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        digest.update(block)
        size += len(block)
        out.write(block)
    if announced is not None and digest.hexdigest() != announced[1]:
        raise Damaged("the file that arrived is not the one that the answer announced")
    return size, digest.hexdigest()


def _name(headers: Mapping[str, str]) -> str:
    """The name in Content-Disposition (RFC 6266): the extended form goes before the one in ASCII."""
    said = headers.get("Content-Disposition", "")
    if extended := _EXTENDED.search(said):
        return unquote(extended[1])
    plain = _PLAIN.search(said)
    return plain[1] if plain else ""
