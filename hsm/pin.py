"""Where a PIN comes from, and a value that does not show it."""

from __future__ import annotations


class Pin:
    """A PIN. Its repr, str and pickle never show it; ``reveal`` is called by hsm.pkcs11 alone."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise ValueError("an empty PIN")
        self._value = value

    def reveal(self) -> str:
        """Give the PIN to the token."""
        return self._value

    def __repr__(self) -> str:
        return "Pin(***)"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a PIN is not pickled")
