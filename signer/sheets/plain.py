"""Texts of other people, as they can be shown: on one line, in composed letters, with nothing that cannot be seen."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
"""Controls, marks that turn the direction, halves of characters: they hide or reorder what is written."""


def plain(text: str) -> str:
    """One line of visible characters, words parted by one space."""
    told = re.sub(r"\s", " ", unicodedata.normalize("NFC", text))
    seen = "".join(char for char in told if unicodedata.category(char) not in _INVISIBLE)
    return re.sub(" +", " ", seen).strip()
