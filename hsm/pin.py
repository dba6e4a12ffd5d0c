"""Where a PIN comes from, and a value that does not show it."""

from __future__ import annotations

import getpass
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from hsm.errors import PinRequired

MAX_PIN_BYTES = 256
"""No token takes a longer one (PKCS#11 modules allow 255); bounds what is read from a file or descriptor."""

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""The variable by which systemd tells a service where its credentials are."""

_CREDENTIAL = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,254}")


class Pin:
    """A PIN. Its repr, str and pickle never show it; ``reveal`` is called by hsm.pkcs11 alone."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise ValueError("an empty PIN")
        if len(value.encode()) > MAX_PIN_BYTES:
            raise ValueError(f"a PIN of more than {MAX_PIN_BYTES} bytes")
        self._value = value

    def reveal(self) -> str:
        """Give the PIN to the token."""
        return self._value

    def __repr__(self) -> str:
        return "Pin(***)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a PIN is not pickled")


@dataclass(frozen=True, slots=True)
class PinSource:
    """A place that holds a PIN; only the place is kept, the PIN is read at each login.

    ``place`` is a path for ``file``, a name for ``credential`` (a file that systemd hands to a service alone,
    LoadCredential=), a variable's name for ``env``, a number for ``fd``, the question for ``prompt``. A descriptor
    can be read once only.
    """

    kind: Literal["file", "credential", "env", "fd", "prompt"]
    place: str

    @classmethod
    def parse(cls, text: str, folder: Path = Path()) -> PinSource:
        """Read ``file:pins/x`` (relative to ``folder``), ``credential:x``, ``env:X``, ``fd:3``, ``prompt:Question``."""
        kind, colon, place = text.partition(":")
        if not colon or (not place and kind != "prompt"):
            # The text itself may be a PIN put here by mistake: it must not reach the log.
            raise ValueError(
                "a PIN source is written file:PATH, credential:NAME, env:NAME, fd:NUMBER or prompt:QUESTION"
            )
        match kind:
            case "file":
                return cls("file", str(folder / place))
            case "credential":
                if not _CREDENTIAL.fullmatch(place):
                    raise ValueError(
                        "credential: a PIN source of systemd is named by letters, digits, “.”, “_” and “-”"
                    )
                return cls("credential", place)
            case "env":
                return cls("env", place)
            case "fd":
                if not (place.isascii() and place.isdigit() and len(place) < 6):
                    raise ValueError("fd: wants the number of an open descriptor")
                return cls("fd", place)
            case "prompt":
                return cls("prompt", place or "PIN: ")
        raise ValueError("a PIN source begins with file:, credential:, env:, fd: or prompt:")

    def read(self) -> Pin:
        """Read the PIN now; PinRequired when the place is empty or away. A final line break is dropped."""
        match self.kind:
            case "file":
                text = self._from_file(Path(self.place), stat.S_IRWXG | stat.S_IRWXO)
            case "credential":
                # systemd grants the service's user by an ACL, whose mask shows as the group's bits.
                folder = os.environ.get(CREDENTIALS)
                text = self._from_file(Path(folder) / self.place, stat.S_IRWXO) if folder else ""
            case "env":
                text = os.environ.get(self.place, "")
            case "fd":
                text = self._from_descriptor()
            case "prompt":
                text = getpass.getpass(self.place)
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise PinRequired(f"no PIN in {self}")
        try:
            return Pin(text)
        except ValueError as fault:
            raise PinRequired(f"no usable PIN in {self}: {fault}") from None

    def _from_file(self, path: Path, others: int) -> str:
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & others:
                    raise PinRequired(f"the PIN file {path} is open to others than its owner: chmod 600")
                return _decode(file.read(MAX_PIN_BYTES + 2), str(self))
        except OSError as fault:
            raise PinRequired(f"the PIN file {path} cannot be read: {fault.strerror}") from None

    def _from_descriptor(self) -> str:
        try:
            with os.fdopen(int(self.place), "rb") as file:
                return _decode(file.read(MAX_PIN_BYTES + 2), str(self))
        except OSError as fault:
            raise PinRequired(f"descriptor {self.place} cannot be read: {fault.strerror}") from None

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}"


def _decode(data: bytes, where: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        # The error of the codec quotes the bytes, which are the PIN.
        raise PinRequired(f"the PIN in {where} is not UTF-8 text") from None
