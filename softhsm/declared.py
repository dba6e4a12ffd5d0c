"""The declared PKI (pki.toml) as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

ALGORITHMS = {
    "rsa-2048": "rsa-pkcs1-sha256",
    "rsa-3072": "rsa-pkcs1-sha256",
    "p-256": "ecdsa-sha256",
    "ed25519": "ed25519",
}
"""Kind of key to the signature algorithm that the settings give it."""
ROLES = {
    "leader": ("leader", "initial"),
    "initial": ("initial",),
    "clerk": ("clerk",),
    "agency": ("agency",),
    "tsa": (),
    "health": (),
}
"""Usage to the roles in which the key signs documents."""


@dataclass(frozen=True, slots=True)
class DeclaredKey:
    """A key, its certificate's subject, and whose it is."""

    name: str
    usage: str
    algorithm: str
    common_name: str
    organisation: str
    place: str
    owner: str
    issuers: tuple[str, ...]
    id: bytes


@dataclass(frozen=True, slots=True)
class DeclaredToken:
    """A token: its label is its name. The health key comes last."""

    name: str
    kind: str
    keys: tuple[DeclaredKey, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """The whole PKI."""

    mark: str
    crl: str
    ocsp: str
    certificates: str
    root: dict[str, str]
    sub: dict[str, str]
    tokens: tuple[DeclaredToken, ...]

    def all_keys(self) -> tuple[DeclaredKey, ...]:
        """All keys, token by token."""
        return tuple(key for token in self.tokens for key in token.keys)


def load() -> Declared:
    """Read the packaged pki.toml."""
    table = tomllib.loads(resources.files("softhsm").joinpath("pki.toml").read_text("utf-8"))
    tokens = tuple(_token(entry) for entry in table.pop("token"))
    return Declared(tokens=tokens, **table)


def _token(entry: dict[str, Any]) -> DeclaredToken:
    keys = [
        DeclaredKey(issuers=tuple(key.pop("issuers")), id=bytes([number]), **key)
        for number, key in enumerate(entry["key"], 1)
    ]
    last = keys[0]
    name = entry["name"]
    keys.append(
        DeclaredKey(
            f"health-{name}",
            "health",
            entry["health"],
            f"health-{name}",
            last.organisation,
            last.place,
            entry["owner"],
            (),
            b"\xff",
        )
    )
    for declared in keys:
        if declared.algorithm not in ALGORITHMS or declared.usage not in ROLES:
            raise ValueError(f"pki.toml: key {declared.name}: unknown algorithm or usage")
    return DeclaredToken(name, entry["kind"], tuple(keys))
