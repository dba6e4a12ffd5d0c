"""The few PKCS#11 calls that python-pkcs11 does not offer, or not in the form that is needed.

python-pkcs11 initialises a module with C_Initialize(NULL), which promises that one thread only will call,
and yet lets threads call at once: SoftHSM then goes without mutexes and the process crashes. It also logs in
only while opening a session, and loses that session when the PIN is wrong.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

CKR_OK = 0x0
CKR_CANT_LOCK = 0xA
CKR_USER_ALREADY_LOGGED_IN = 0x100
CKR_CRYPTOKI_NOT_INITIALIZED = 0x190
_CKF_OS_LOCKING_OK = 0x2
_CKU_USER = 1

# Places in CK_FUNCTION_LIST (PKCS#11 2.40, pkcs11f.h), counted from C_Initialize.
_INITIALIZE, _FINALIZE, _LOGIN, _LOGOUT = 0, 1, 18, 19


class _InitializeArgs(ctypes.Structure):
    _fields_ = [
        ("CreateMutex", ctypes.c_void_p),
        ("DestroyMutex", ctypes.c_void_p),
        ("LockMutex", ctypes.c_void_p),
        ("UnlockMutex", ctypes.c_void_p),
        ("flags", ctypes.c_ulong),
        ("pReserved", ctypes.c_void_p),
    ]


class _FunctionList(ctypes.Structure):
    _fields_ = [("version", ctypes.c_ubyte * 2), ("functions", ctypes.c_void_p * 68)]


class Cryptoki:
    """A loaded module by its function list; the same shared object that python-pkcs11 has loaded."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        pointer = ctypes.POINTER(_FunctionList)()
        outcome = library.C_GetFunctionList(ctypes.byref(pointer))
        if outcome != CKR_OK:
            raise OSError(f"C_GetFunctionList gives {outcome:#x}")
        functions = pointer.contents.functions
        number, text = ctypes.c_ulong, ctypes.c_char_p
        call = ctypes.CFUNCTYPE
        self._library = library
        self._initialize = call(number, ctypes.c_void_p)(functions[_INITIALIZE] or 0)
        self._finalize = call(number, ctypes.c_void_p)(functions[_FINALIZE] or 0)
        self._login = call(number, number, number, text, number)(functions[_LOGIN] or 0)
        self._logout = call(number, number)(functions[_LOGOUT] or 0)

    def restart(self, *, os_locking: bool) -> int:
        """C_Finalize, then C_Initialize; every session and handle of this process is gone.

        Gives the return value of C_Initialize: CKR_CANT_LOCK says that the module cannot lock by itself, and
        leaves it uninitialised. The caller sees to it that no other thread is inside the module.
        """
        self._finalize(None)
        if not os_locking:
            return int(self._initialize(None))
        return int(self._initialize(ctypes.byref(_InitializeArgs(flags=_CKF_OS_LOCKING_OK))))

    def login(self, session: int, pin: bytes) -> int:
        """C_Login as the user."""
        return int(self._login(session, _CKU_USER, pin, len(pin)))

    def logout(self, session: int) -> int:
        """C_Logout."""
        return int(self._logout(session))
