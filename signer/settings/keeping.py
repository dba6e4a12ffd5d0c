"""What of the settings goes into a backup: the files that were read, without anything secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from signer.model.backup import KeptFile
from signer.settings.load import Settings

_PASSWORD = re.compile(rb"(?m)^(\s*[\w.-]+\s*=\s*[\"'][a-z0-9+.-]+://[^\s\"'/@:]*:)[^\s\"'@/]+(?=@)")
"""The password in a URL: ``store = "postgresql://antin:secret@host/antin"``."""

_PRIVATE = b"PRIVATE KEY"


def kept_files(settings: Settings) -> Iterator[KeptFile]:
    """``service.toml``, ``keys.toml``, certificates, images, rules. PINs are read by nobody but the token's room.

    A password in a URL is left out, as is a whole file that holds a private key: a backup lies in other places, and
    is read by other people, than the machine that signs.
    """
    for path in settings.files:
        data = path.read_bytes()
        if _PRIVATE not in data:
            yield KeptFile(path, _PASSWORD.sub(rb"\1***", data))
