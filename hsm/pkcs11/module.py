"""A PKCS#11 library in this process, its tokens, and their sessions."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

import pkcs11
from pkcs11 import exceptions as raw

from hsm.cryptoki import CKR_CANT_LOCK, CKR_OK, CKR_USER_ALREADY_LOGGED_IN, Cryptoki
from hsm.errors import OpenedBeforeFork, PinLocked, TokenFailure, TokenUnavailable
from hsm.pin import Pin
from hsm.pkcs11.faults import LOGIN_FAULTS, STALE, translate
from hsm.pkcs11.stay import Stay

FINAL_TRY, LOCKED = 0x20000, 0x40000
"""CKF_USER_PIN_FINAL_TRY and CKF_USER_PINLOCKED, which python-pkcs11 does not name."""
RESCAN_SECONDS = 0.2
"""At most so often is a module with a fixed list of slots started again to look for a token."""
_DRAIN_SECONDS = 5.0
_SESSION_SECONDS = 10.0
"""So long a signature waits for a session when the token gives no more of them."""
_STATIC_SLOTS = frozenset({"SoftHSM"})
"""Makers (CK_INFO manufacturerID) whose modules look for tokens in C_Initialize only."""


class Session:
    """A session and the private keys found in it, each with whether it wants the PIN at every signature."""

    __slots__ = ("keys", "raw")

    def __init__(self, session: Any) -> None:
        self.raw = session
        self.keys: dict[str, tuple[Any, bool]] = {}  # by the key's URI: a string knows its hash already


class Connection:
    """Sessions with a token, from its finding until it goes away. Never repaired: thrown away and made anew.

    ``pin_tag`` knows the PIN that the token is logged in with again; None: nobody is logged in.
    """

    def __init__(self, token: pkcs11.Token, where: str, pin_tag: bytes | None) -> None:
        self.token = token
        self.where = where
        self.pin_tag = pin_tag
        self.since = time.monotonic()
        self.dead = False
        self.open_sessions = 0
        self._idle: SimpleQueue[Session] = SimpleQueue()
        self._count = threading.Lock()
        self._anchor: Session | None = None

    def anchor(self) -> Session:
        """The session that holds the login; it signs nothing, so no failure of a signature can end the login."""
        self._anchor = self._open()
        return self._anchor

    def take(self) -> Session:
        """A session for this thread alone; give it back."""
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        try:
            return self._open()
        except raw.SessionCount:
            try:
                return self._idle.get(timeout=_SESSION_SECONDS)
            except Empty:
                raise TokenUnavailable(f"{self.where}: all sessions of the token are busy") from None

    def give(self, session: Session) -> None:
        """Back to the pool."""
        self._idle.put(session)
        if self.dead:
            self._drain()

    def lose(self, session: Session) -> None:
        """Close a session in which something failed: nobody knows in what state its operation is."""
        with contextlib.suppress(raw.PKCS11Error):
            session.raw.close()
        self._forget()

    def end(self) -> None:
        """No new sessions; close the idle ones. Busy ones are closed when they are given back."""
        with self._count:
            self.dead = True
            anchor, self._anchor = self._anchor, None
        if anchor is not None:
            self.lose(anchor)
        self._drain()

    def _open(self) -> Session:
        # Counted before it is opened: who restarts the module waits for the count and for nothing else.
        with self._count:
            if self.dead:
                raise raw.SessionClosed
            self.open_sessions += 1
        try:
            return Session(self.token.open())
        except BaseException:
            self._forget()
            raise

    def _drain(self) -> None:
        with contextlib.suppress(Empty):
            while True:
                self.lose(self._idle.get_nowait())

    def _forget(self) -> None:
        with self._count:
            self.open_sessions -= 1


class Slot:
    """What all Pkcs11Token objects of this process share about one token."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # login and logout; for a person's token the whole signature
        self.connection: Connection | None = None
        self.stay = Stay()
        self.refused: bytes | None = None  # the tag of the settings' PIN that the token refused

    def drop(self, connection: Connection | None) -> None:
        """Throw the connection away, unless another thread did so already."""
        if connection is not None:
            if self.connection is connection:
                self.connection = None
            connection.end()


class Module:
    """A PKCS#11 library in this process. ``lock`` is held while slots are searched and tokens logged in."""

    _loaded: ClassVar[dict[Path, Module]] = {}
    _loading: ClassVar = threading.Lock()

    def __init__(self, path: Path, *, os_locking_ok: bool) -> None:
        self.path = path
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self._slots: dict[tuple[str, str | None], Slot] = {}
        self._rescanned = float("-inf")
        try:
            self._lib = pkcs11.lib(str(path))
            self._cryptoki = Cryptoki(path)
        except (raw.PKCS11Error, OSError) as fault:
            raise TokenUnavailable(f"the PKCS#11 module {path} cannot be loaded: {fault}") from None
        self._static_slots = str(self._lib.manufacturer_id).strip() in _STATIC_SLOTS
        self.os_locking = os_locking_ok
        self._restart()

    @classmethod
    def load(cls, path: Path, *, os_locking_ok: bool) -> Module:
        """Load once a process. A library that the parent loaded is not touched in the child."""
        # A lock that another thread held during the fork stays locked in the child: look before locking.
        inherited = cls._loaded.get(path)
        if inherited is not None:
            inherited.check_process()
            return inherited
        with cls._loading:
            if path not in cls._loaded:
                cls._loaded[path] = cls(path, os_locking_ok=os_locking_ok)
            return cls._loaded[path]

    def guard(self) -> AbstractContextManager[object]:
        """To hold round every use: a real lock for a module that cannot lock by itself."""
        return contextlib.nullcontext() if self.os_locking else self.lock

    def check_process(self) -> None:
        """Raise OpenedBeforeFork in a child of the process that loaded the library."""
        if self.pid != os.getpid():
            raise OpenedBeforeFork(f"{self.path} was loaded before the fork; tokens are opened after it")

    def slot(self, label: str, serial: str | None) -> Slot:
        """The shared state of a token."""
        with self.lock:
            return self._slots.setdefault((label, serial), Slot())

    @staticmethod
    def still(known: pkcs11.Token) -> pkcs11.Token | None:
        """The token that was found before, as it says it is now; None if its slot has it no longer."""
        with contextlib.suppress(raw.PKCS11Error):
            token = known.slot.get_token()
            if (token.label, token.serial) == (known.label, known.serial):
                return token
        return None

    def find(self, label: str, serial: str | None, where: str) -> pkcs11.Token:
        """The one token with this label, and serial if given. Hold ``lock``."""
        tokens = self._patiently(lambda: self._matching(label, serial))
        if not tokens and self._static_slots and time.monotonic() - self._rescanned > RESCAN_SECONDS:
            self._rescanned = time.monotonic()
            tokens = self._patiently(lambda: self._matching(label, serial) if self._rescan() else [])
        if not tokens:
            raise TokenUnavailable(
                f"{where}: no token labelled {label!r}" + (f" with serial {serial}" if serial else "") + " is present"
            )
        if len(tokens) > 1:
            raise TokenFailure(f"{where}: {len(tokens)} tokens are labelled {label!r}; give the serial")
        return tokens[0]

    @staticmethod
    def _patiently(look: Callable[[], list[pkcs11.Token]]) -> list[pkcs11.Token]:
        # SoftHSM rewrites a token's file at each login; a process that reads it in that moment sees no token.
        for wait in (0.002, 0.005, 0.01):
            found = look()
            if found:
                return found
            time.sleep(wait)
        return look()

    def _matching(self, label: str, serial: str | None) -> list[pkcs11.Token]:
        # Slot by slot: python-pkcs11's own search ends at the first slot that fails, which would let one token
        # that is away take all others with it.
        found = []
        for slot in self._lib.get_slots(token_present=True):
            with contextlib.suppress(raw.PKCS11Error):
                token = slot.get_token()
                if token.label.strip() == label and serial in (None, serial_of(token)):
                    found.append(token)
        return found

    def look_anew(self) -> None:
        """Let a module with a fixed list of slots read its tokens again, at most every ``RESCAN_SECONDS``.

        SoftHSM keeps what it read in C_Initialize: half a token, if another process was rewriting its file then.
        """
        with self.lock:
            if self._static_slots and time.monotonic() - self._rescanned > RESCAN_SECONDS:
                self._rescanned = time.monotonic()
                self._rescan()

    def _rescan(self) -> bool:
        """Initialise anew to see tokens that came; every connection of the module ends first."""
        connections = [slot.connection for slot in self._slots.values() if slot.connection is not None]
        for slot in self._slots.values():
            slot.drop(slot.connection)
        deadline = time.monotonic() + _DRAIN_SECONDS
        while any(connection.open_sessions for connection in connections):
            if time.monotonic() > deadline:
                return False  # a call does not come back: finalising under it would crash the process
            time.sleep(0.001)
        self._restart()
        return True

    def _restart(self) -> None:
        outcome = self._cryptoki.restart(os_locking=self.os_locking)
        if outcome == CKR_CANT_LOCK:
            self.os_locking = False
            outcome = self._cryptoki.restart(os_locking=False)
        if outcome != CKR_OK:
            raise TokenUnavailable(f"{self.path}: C_Initialize gives {outcome:#x}")

    def login(self, connection: Connection, session: Session, pin: Pin) -> None:
        """Log the token in with exactly this PIN, whoever was logged in before."""
        handle, secret = session.raw.handle, pin.reveal().encode()
        outcome = self._cryptoki.login(handle, secret)
        if outcome == CKR_USER_ALREADY_LOGGED_IN:
            # The token compares no PIN then: a wrong one would pass.
            self._cryptoki.logout(handle)
            outcome = self._cryptoki.login(handle, secret)
        if outcome == CKR_OK:
            return
        fault = LOGIN_FAULTS.get(outcome, raw.PKCS11Error)
        if fault in (raw.PinIncorrect, raw.PinLocked):
            # A locked card goes on answering PIN_INCORRECT; its flags tell.
            with contextlib.suppress(raw.PKCS11Error):
                if int(connection.token.slot.get_token().flags) & LOCKED:
                    raise PinLocked(f"{connection.where}: the PIN is locked")
        if issubclass(fault, STALE):
            raise fault
        raise translate(fault(f"C_Login gives {outcome:#x}"), connection.where)

    def logout(self, session: Session) -> None:
        """C_Logout; also forgets private keys, whose handles end with the login."""
        session.keys.clear()
        self._cryptoki.logout(session.raw.handle)


def serial_of(token: pkcs11.Token) -> str:
    """The serial number as people write it."""
    return token.serial.decode("ascii", "replace").strip()
