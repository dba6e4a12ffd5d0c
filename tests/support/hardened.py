"""``python hardened.py COMMAND …``: run it as systemd would with NoNewPrivileges= and MemoryDenyWriteExecute=.

The same seccomp filter that systemd makes: no memory that is writable and executable at once, none that becomes
executable. Works on every kernel that Debian 12 may have, and needs no privilege.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM
_LOAD, _EQUAL, _AND, _RETURN = 0x20, 0x15, 0x54, 0x06
_NUMBER, _ARCH, _THIRD_ARGUMENT = 0, 4, 32
_WRITE_EXEC, _EXEC, _SHM_EXEC = 6, 4, 0o100000
_MACHINES = {
    "x86_64": (0xC000003E, {"mmap": 9, "mprotect": 10, "pkey_mprotect": 329, "shmat": 30}),
    "aarch64": (0xC00000B7, {"mmap": 222, "mprotect": 226, "pkey_mprotect": 288, "shmat": 196}),
}
_BITS = {"mmap": _WRITE_EXEC, "mprotect": _EXEC, "pkey_mprotect": _EXEC, "shmat": _SHM_EXEC}


def program() -> bytes:
    """The filter: struct sock_filter[], for this machine."""
    arch, calls = _MACHINES[platform.machine()]
    steps = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _ALLOW)]
    for name, number in calls.items():
        steps += [
            (_LOAD, 0, 0, _NUMBER),
            (_EQUAL, 0, 5, number),
            (_LOAD, 0, 0, _THIRD_ARGUMENT),
            (_AND, 0, 0, _BITS[name]),
            (_EQUAL, 0, 1, _BITS[name]),
            (_RETURN, 0, 0, _REFUSE),
            (_RETURN, 0, 0, _ALLOW),
        ]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def harden() -> None:
    """From here on, for this process and all that come of it."""
    code = program()
    held = ctypes.create_string_buffer(code, len(code))
    filtered = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    for order in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(filtered), 0, 0),
    ):
        if libc.prctl(*order):
            raise OSError(ctypes.get_errno(), f"prctl {order[0]}")


if __name__ == "__main__":
    harden()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - that is what it is for
