"""Looks for secrets in whatever a program left: as they are, and in the forms in which a text travels."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote


def forms(secret: str) -> dict[str, bytes]:
    """A secret as it may stand somewhere, by the name of the form.

    Base64 has three faces, by where in a text the secret begins; of each the letters that hold nothing else.
    """
    raw = secret.encode()
    found = {
        "plain": raw,
        "reversed": raw[::-1],
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "url": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "url-lower": "".join(f"%{byte:02x}" for byte in raw).encode(),
        "url-quoted": quote(secret, safe="").encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "utf-16": secret.encode("utf-16-le"),
    }
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw)
        first = -(-8 * before // 6)
        last = 8 * (before + len(raw)) // 6
        found[f"base64-{before}"] = whole[first:last]
        found[f"base64url-{before}"] = whole[first:last].translate(bytes.maketrans(b"+/", b"-_"))
    return found


def scan(places: Mapping[str, bytes], secrets: Mapping[str, str]) -> list[str]:
    """Which secret stands where, in which form; secrets and places by names that are fit to be shown."""
    wanted = []
    for name, secret in secrets.items():
        by_text: dict[bytes, str] = {}
        for form, text in forms(secret).items():
            by_text.setdefault(text, form)
        wanted += [(name, form, text) for text, form in by_text.items()]
    return sorted(
        f"{name} in {place} ({form})"
        for place, content in places.items()
        for name, form, text in wanted
        if text in content
    )


def files(folder: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    """Contents of all files below ``folder`` that fit, by their paths."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for pattern in patterns
        for path in sorted(folder.glob(pattern))
        if path.is_file()
    }
