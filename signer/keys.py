"""The Keyring of the settings: key names to keys on tokens, opened when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hsm.pin import PinSource
from hsm.uri import KeyRef
from signer.model import KeyInfo


class TokenKind(StrEnum):
    """How a token gets its PIN."""

    SERVER = "server"   # an agency's secure server: logged in once a process, PIN from the settings
    PERSON = "person"   # a person's token: the PIN comes with each call and is forgotten after it


@dataclass(frozen=True, slots=True)
class ModuleSpec:
    """``[[module]]`` of keys.toml: a PKCS#11 library.

    ``os_locking_ok`` False says that the library cannot lock by itself: every call is made under one lock.
    """

    name: str
    path: Path
    os_locking_ok: bool = True


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """``[[token]]`` of keys.toml. ``label`` and ``serial`` as the token reports them, blanks stripped.

    ``pin`` is for server tokens; a person's PIN is never in the settings.
    """

    name: str
    module: str
    label: str
    kind: TokenKind
    serial: str | None = None
    pin: PinSource | None = None

    def __post_init__(self) -> None:
        if self.kind is TokenKind.PERSON and self.pin is not None:
            raise ValueError(f"token {self.name}: a person's PIN does not belong in the settings")


@dataclass(frozen=True, slots=True)
class KeySpec:
    """``[[key]]`` of keys.toml: what is known of a key (``info``), on which token, under which reference."""

    info: KeyInfo
    token: str
    ref: KeyRef
