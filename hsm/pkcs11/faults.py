"""What PKCS#11 return values mean to the house."""

from __future__ import annotations

from pkcs11 import exceptions as raw

from hsm.errors import (
    HsmError,
    KeyAmbiguous,
    KeyNotFound,
    MechanismUnsupported,
    PinIncorrect,
    PinLocked,
    PinRequired,
    TokenFailure,
    TokenUnavailable,
)

# After these the handles may be stale or the token away: connect anew and try once more.
STALE = (
    raw.SessionHandleInvalid,
    raw.SessionClosed,
    raw.ObjectHandleInvalid,
    raw.KeyHandleInvalid,
    raw.NoSuchKey,
    raw.DeviceRemoved,
    raw.DeviceError,
    raw.TokenNotPresent,
    raw.TokenNotRecognised,
    raw.UserNotLoggedIn,
    raw.GeneralError,
    raw.FunctionFailed,
    raw.OperationNotInitialized,
    # SoftHSM says so too while another process, logging in, rewrites the token's file; no try is counted.
    raw.UserPinNotInitialized,
)
_MEANING: tuple[tuple[tuple[type[Exception], ...], type[HsmError]], ...] = (
    (
        (
            raw.DeviceRemoved,
            raw.TokenNotPresent,
            raw.TokenNotRecognised,
            raw.NoSuchToken,
            raw.SlotIDInvalid,
            raw.SessionHandleInvalid,
            raw.SessionClosed,
            raw.SessionCount,
        ),
        TokenUnavailable,
    ),
    ((raw.PinIncorrect, raw.PinInvalid, raw.PinLenRange), PinIncorrect),
    ((raw.PinLocked, raw.PinExpired, raw.UserPinNotInitialized), PinLocked),
    ((raw.UserNotLoggedIn,), PinRequired),
    ((raw.NoSuchKey, raw.ObjectHandleInvalid, raw.KeyHandleInvalid), KeyNotFound),
    ((raw.MultipleObjectsReturned,), KeyAmbiguous),
    (
        (raw.MechanismInvalid, raw.MechanismParamInvalid, raw.KeyTypeInconsistent, raw.FunctionNotSupported),
        MechanismUnsupported,
    ),
)
# C_Login is called without python-pkcs11, so its return values come as numbers (pkcs11t.h).
LOGIN_FAULTS: dict[int, type[Exception]] = {
    0xA0: raw.PinIncorrect,
    0xA1: raw.PinInvalid,
    0xA2: raw.PinLenRange,
    0xA3: raw.PinExpired,
    0xA4: raw.PinLocked,
    0x102: raw.UserPinNotInitialized,
    0xB3: raw.SessionHandleInvalid,
    0x32: raw.DeviceRemoved,
    0x30: raw.DeviceError,
    0xE0: raw.TokenNotPresent,
    0x05: raw.GeneralError,
    0x06: raw.FunctionFailed,
}


def translate(fault: Exception, where: str) -> HsmError:
    """The house's error for one of python-pkcs11; the PKCS#11 name stays in the text."""
    name = type(fault).__name__ if type(fault) is not raw.PKCS11Error else str(fault) or "PKCS11Error"
    for kinds, meaning in _MEANING:
        if isinstance(fault, kinds):
            return meaning(f"{where}: {name}")
    return TokenFailure(f"{where}: {name}")
