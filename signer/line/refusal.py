"""How what came is refused: the address first, then what is wrong with it, in both languages."""

from __future__ import annotations

from signer.errors import Kind, SignerError


def unsuitable(url: str, code: str, vi: str, en: str) -> SignerError:
    """UNSUITABLE, at an address."""
    return SignerError(Kind.UNSUITABLE, code, f"{url}: {vi}.", f"{url}: {en}", where=url)
