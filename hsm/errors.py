"""What can go wrong with a token; every PKCS#11 return value ends as one of these."""

from __future__ import annotations


class HsmError(Exception):
    """A token could not do what was asked. The text names token and key, never a PIN."""


class TokenUnavailable(HsmError):
    """The module, slot or token is away (CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, ...); may pass."""


class KeyNotFound(HsmError):
    """No object on the token matches the key's URI."""


class KeyAmbiguous(HsmError):
    """More than one object matches; which to sign with must never be a matter of chance."""


class PinRequired(HsmError):
    """The key wants a PIN and none was given."""


class PinIncorrect(HsmError):
    """The token refused the PIN (CKR_PIN_INCORRECT). It was tried once and is not tried again."""


class PinLocked(HsmError):
    """The token says, or is about to say, CKR_PIN_LOCKED: a person must act first."""


class MechanismUnsupported(HsmError):
    """The token, or the kind of key, cannot make a signature with this algorithm."""


class OpenedBeforeFork(HsmError):
    """The token's module was loaded by the parent of this process; a child must open its own tokens."""


class TokenFailure(HsmError):
    """Any other failure of the token; the PKCS#11 name of the return value is in the text."""
