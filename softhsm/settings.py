"""service.toml and keys.toml of a provisioned folder, as text."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from hsm.uri import KeyRef, format_uri
from softhsm.declared import ALGORITHMS, ROLES, Declared, DeclaredKey, DeclaredToken

SERVICE = """\
# Made by softhsm.provision for development and tests; paths are relative to this file. Change it freely.
listen = "127.0.0.1:8080"
workers = 2
threads = 4
store = "sqlite:///antin.db"
blobs = "blobs"
trust = ["certs/root.pem"]
revocation = "certs/revocation"
keys = "keys.toml"
# Instruments of one's own beside the packaged rules, such as the working calendar of a year once it is announced:
# rules = ["lich-2027.toml"]

[limits]
upload_mb = 50
pages = 500
seconds = 20
attachments = 50
exchange_mb = 50

[issue]
days_back = 0

[clock]
# A demonstration has no network: whoever runs it vouches for the computer's clock. In operation name what it is
# measured against, such as sources = ["chrony"] (docs/clock.md).
sources = ["local"]

[tsa]
key = "tsa"
# A number for examples that means nothing anywhere; in operation the organisation's own.
policy = "1.3.6.1.4.1.99999.1"
"""


def keys_toml(declared: Declared, module: Path) -> str:
    """The whole keys.toml: module, tokens, keys, and the office as declared."""
    office = resources.files("softhsm").joinpath("office.toml").read_text("utf-8")
    parts = [
        "# Made by softhsm.provision from pki.toml and office.toml; made anew at each start.\n"
        "# These keys grant no power.\n",
        _table("module", name="softhsm", path=str(module), os_locking_ok=True),
    ]
    for token in declared.tokens:
        parts.append(_token(token))
        parts.extend(_key(token, key) for key in token.keys)
    return "\n".join(parts) + "\n" + office


def _token(token: DeclaredToken) -> str:
    entries: dict[str, object] = {"name": token.name, "module": "softhsm", "label": token.name, "kind": token.kind}
    if token.kind == "server":
        entries["pin"] = f"file:pins/{token.name}"
    return _table("token", **entries)


def _key(token: DeclaredToken, key: DeclaredKey) -> str:
    holder = "person" if token.kind == "person" else "organisation"
    entries: dict[str, object] = {
        "name": key.name,
        "uri": format_uri(KeyRef(token.name, key.id, key.name)),
        "token": token.name,
        "holder": holder,
        "owner": key.owner,
        "issuers": list(key.issuers),
        "roles": list(ROLES[key.usage]),
        "algorithm": ALGORITHMS[key.algorithm],
        "certificate": f"certs/{key.name}.pem",
        "chain": ["certs/sub.pem"],
    }
    if key.usage in ("leader", "initial"):
        entries["image"] = f"images/{key.name}.png"
    return _table("key", **entries)


def _table(table: str, /, **entries: object) -> str:
    return f"[[{table}]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in entries.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    text = str(value)
    if any(letter in text for letter in '"\\\n\r'):
        raise ValueError(f"not fit for a TOML string: {text!r}")
    return f'"{text}"'
