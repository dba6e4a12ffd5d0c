"""RFC 7512 "pkcs11:" URIs to and from KeyRef."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

SCHEME = "pkcs11:"
MAX_URI = 2048
_PATH = frozenset({"token", "object", "id", "serial", "type"})
_PIN = frozenset({"pin-value", "pin-source"})
# RFC 7512, 2.3: pk11-pchar beyond the unreserved characters, which are never quoted anyway.
_SAFE = ":[]@!$'()*+,=&"
_TEXT = re.compile(r"(?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*\Z")


class UriError(ValueError):
    """A pkcs11: URI that cannot be used; the text says why and never quotes a query."""


@dataclass(frozen=True, slots=True)
class KeyRef:
    """Which key on which token. At least one of ``id`` (CKA_ID) and ``label`` (CKA_LABEL) is given."""

    token: str
    id: bytes | None = None
    label: str | None = None
    serial: str | None = None

    def __post_init__(self) -> None:
        if not self.token:
            raise UriError("a key reference names its token")
        if not self.id and not self.label:
            raise UriError("a key reference has an id, an object label, or both")


def parse(text: str) -> KeyRef:
    """Read a private key's URI: token, object, id, serial; ``type=private`` is accepted, other types are not.

    A PIN in the query is refused: settings, logs and error reports all copy URIs (RFC 7512, 4). Attributes
    that would narrow the search in a way this reader does not follow are errors, not ignored.
    """
    if len(text) > MAX_URI:
        raise UriError(f"a URI of more than {MAX_URI} characters")
    if not text.lower().startswith(SCHEME):
        raise UriError(f'a key\'s URI begins with "{SCHEME}"')
    path, mark, query = text[len(SCHEME) :].partition("?")
    if mark:
        _refuse_query(query)
    found = _attributes(path)
    if found.pop("type", b"private") != b"private":
        raise UriError("type: only private keys sign")
    if "token" not in found:
        raise UriError("the attribute token is missing")
    return KeyRef(
        _text("token", found["token"]),
        found.get("id"),
        _text("object", found["object"]) if "object" in found else None,
        _text("serial", found["serial"]) if "serial" in found else None,
    )


def format_uri(ref: KeyRef) -> str:
    """Write the URI; each octet of an id is quoted, as RFC 7512, 2.3 recommends."""
    parts = ["token=" + _quote(ref.token)]
    if ref.serial is not None:
        parts.append("serial=" + _quote(ref.serial))
    if ref.id is not None:
        parts.append("id=" + "".join(f"%{octet:02X}" for octet in ref.id))
    if ref.label is not None:
        parts.append("object=" + _quote(ref.label))
    return SCHEME + ";".join(parts)


def _attributes(path: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in path.split(";") if path else ():
        name, equals, value = part.partition("=")
        if not equals:
            raise UriError("each attribute is written name=value")
        if name not in _PATH:
            raise UriError(f"unknown attribute {name[:40]!r}; known are {', '.join(sorted(_PATH))}")
        if name in found:
            raise UriError(f"the attribute {name} is given twice")
        if not _TEXT.match(value):
            raise UriError(f"the value of {name} has a character that must be percent-encoded")
        found[name] = unquote_to_bytes(value)
    return found


def _refuse_query(query: str) -> None:
    names = {part.partition("=")[0] for part in re.split("[&?;]", query)}
    if names & _PIN:
        raise UriError("a PIN does not belong in a URI (pin-value, pin-source): give the token a PIN source")
    raise UriError("a query (?module-name, ?module-path) is not used here: the settings name the module")


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise UriError(f"the value of {name} is not UTF-8") from None


def _quote(text: str) -> str:
    return quote_from_bytes(text.encode(), safe=_SAFE)
