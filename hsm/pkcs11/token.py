"""Token and SigningKey of hsm.api over a PKCS#11 module."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pkcs11 import MGF, Mechanism
from pkcs11 import exceptions as raw

from hsm import mechanisms
from hsm.api import SignatureAlgorithm, TokenStatus
from hsm.errors import (
    HsmError,
    KeyNotFound,
    MechanismUnsupported,
    PinIncorrect,
    PinLocked,
    PinRequired,
)
from hsm.pin import Pin, PinSource
from hsm.pkcs11 import objects
from hsm.pkcs11.faults import STALE, translate
from hsm.pkcs11.module import FINAL_TRY, LOCKED, Connection, Module, Session, Slot, serial_of
from hsm.pkcs11.stay import tag_of
from hsm.uri import KeyRef, format_uri

_T = TypeVar("_T")
_PAUSES = (0.005, 0.05, 0.25)
"""Seconds before each further try: a busy machine may hold another process amid its rewriting of the token."""

_SETTLED_SECONDS = 1.0
"""A key that is missing on a connection older than this may be a token that came back: look anew once."""


class Pkcs11Token:
    """A token, found by label (and serial) when first used.

    With ``pin_source`` it is a server's: logged in once a process, any number of threads sign at once. Without,
    it is a person's: one signature at a time, each with its own PIN, logged out after it or ``stay_seconds`` later
    (hsm.pkcs11.stay). See the package for threads and forks.
    """

    def __init__(
        self,
        name: str,
        module: Path,
        label: str,
        *,
        serial: str | None = None,
        pin_source: PinSource | None = None,
        os_locking_ok: bool = True,
        stay_seconds: float = 0.0,
    ) -> None:
        self._name = name
        self._path = module
        self._label = label
        self._serial = serial
        self._source = pin_source
        self._kept: Pin | None = None
        self._os_locking_ok = os_locking_ok
        self._stay_seconds = stay_seconds
        self._module: Module | None = None
        self._slot = Slot()  # replaced by the one that all of the process share when the module is loaded
        self._connection: Connection | None = None

    @property
    def name(self) -> str:
        """The token's name in the settings."""
        return self._name

    def __repr__(self) -> str:
        return f"Pkcs11Token({self._name!r})"

    def key(self, ref: KeyRef, pin: Pin | None = None) -> Pkcs11Key:
        """Find the one key that ``ref`` names. KeyNotFound, KeyAmbiguous, TokenUnavailable.

        Without a PIN a person's token shows its public objects only; the private key is then looked for
        when it signs.
        """
        if ref.token != self._label or (ref.serial is not None and self._serial not in (None, ref.serial)):
            raise KeyNotFound(f"{format_uri(ref)} is not on the token {self._name}")

        def look(session: Session, connection: Connection) -> tuple[objects.PublicKey, frozenset[str]]:
            try:
                private = self._private(session, ref)[0]
            except KeyNotFound:
                if connection.pin_tag is not None or pin is not None:
                    raise
                private = None  # hidden until login
            found = objects.public_key(session.raw, ref, private)
            offered = connection.token.slot.get_mechanisms()
            # A mechanism of the maker's own comes as a bare number.
            return found, frozenset(getattr(mechanism, "name", "") for mechanism in offered)

        public, offered = self._run(look, pin)
        return Pkcs11Key(self, ref, public, mechanisms.supported(public.kind, public.bits, offered))

    def status(self) -> TokenStatus:
        """Ask the token how it is. Never raises for a token that is away: that is a status."""
        try:
            module = self._loaded()
            with module.lock:
                # One question to its own slot; all slots are asked only where it is not there, or was never found.
                known = self._slot.connection
                token = module.still(known.token) if known is not None and not known.dead else None
                token = token or module.find(self._label, self._serial, self._name)
                flags = int(token.flags)
                return TokenStatus(
                    self._name,
                    present=True,
                    label=token.label.strip(),
                    model=token.model.strip(),
                    serial=serial_of(token),
                    pin_locked=bool(flags & LOCKED),
                    pin_final_try=bool(flags & FINAL_TRY),
                )
        except (HsmError, raw.PKCS11Error) as fault:
            return TokenStatus(self._name, present=False, label=self._label, detail=str(fault))

    def close(self) -> None:
        """End all sessions of this process with the token. Idempotent; the next use opens it again."""
        module = self._module
        if module is None or module.pid != os.getpid():
            return
        with module.guard():
            self._slot.drop(self._slot.connection)
            self._connection = None

    # --- signing ------------------------------------------------------------------------------------------

    def sign(
        self, ref: KeyRef, name: str, mechanism: Mechanism, parameter: Any, message: bytes, pin: Pin | None
    ) -> bytes:
        """C_Sign with the key, whose URI is ``name``; for Pkcs11Key."""
        if pin is None:
            value = self._sign_at_once(name, mechanism, parameter, message)
            if value is not None:
                return value

        def make(session: Session, _: Connection) -> bytes:
            key, strict = self._private(session, ref)
            secret = (pin or self._read_pin()).reveal() if strict else None
            signed: bytes = key.sign(message, mechanism=mechanism, mechanism_param=parameter, pin=secret)
            return signed

        return self._run(make, pin)

    def _sign_at_once(self, name: str, mechanism: Mechanism, parameter: Any, message: bytes) -> bytes | None:
        """The hot path: a live login and a key found before. None: something is unusual, take the long way."""
        connection, module = self._connection, self._module
        if connection is None or connection.dead or connection.pin_tag is None or module is None:
            return None
        if module.pid != os.getpid() or not module.os_locking:
            return None  # the long way says what is wrong
        try:
            session = connection.take()
        except raw.PKCS11Error:
            return None
        found = session.keys.get(name)
        if found is None or found[1]:
            connection.give(session)
            return None
        try:
            value: bytes = found[0].sign(message, mechanism=mechanism, mechanism_param=parameter)
        except STALE:
            connection.lose(session)
            self._slot.drop(connection)
            return None
        except BaseException as fault:
            connection.lose(session)
            if isinstance(fault, raw.PKCS11Error):
                raise translate(fault, self._name) from None
            raise
        connection.give(session)
        return value

    def _run(self, work: Callable[[Session, Connection], _T], pin: Pin | None) -> _T:
        """Do ``work`` in a session, logged in as it must be; thrice more at most if the token has been away."""
        module = self._loaded()
        with module.guard():
            for pause in (*_PAUSES, None):
                connection = None
                try:
                    if pin is None and self._source is not None:
                        connection = self._server_connection(module)
                        return self._with_session(connection, work)
                    with self._slot.lock:
                        # Under the lock, so that nobody signs without a PIN while another's PIN is logged in.
                        connection = self._public_connection(module)
                        return self._with_session(connection, self._logged_in(module, work, pin))
                except STALE as fault:
                    self._slot.drop(connection)
                    if pause is None:
                        raise translate(fault, self._name) from None
                    time.sleep(pause)
                    if isinstance(fault, raw.UserPinNotInitialized):
                        module.look_anew()
                except raw.PKCS11Error as fault:
                    raise translate(fault, self._name) from None
                except KeyNotFound:
                    if pause is None or connection is None or time.monotonic() - connection.since < _SETTLED_SECONDS:
                        raise
                    self._slot.drop(connection)
        raise AssertionError("the last round returns or raises")

    def _logged_in(
        self, module: Module, work: Callable[[Session, Connection], _T], pin: Pin | None
    ) -> Callable[[Session, Connection], _T]:
        """``work`` while exactly this PIN is logged in, or as the public where there is no PIN."""

        def whole(session: Session, connection: Connection) -> _T:
            stay = self._slot.stay
            if pin is None:
                stay.end(module, session)  # nobody signs on the strength of another's PIN
                try:
                    return work(session, connection)
                except KeyNotFound as fault:
                    raise PinRequired(f"{self._name}: the key wants its PIN, or is not there ({fault})") from None
            stay.enter(module, connection, session, pin)
            try:
                value = work(session, connection)
            except BaseException:
                stay.end(module, session)
                raise
            stay.leave(module, self._slot, session, self._stay_seconds)
            return value

        return whole

    @staticmethod
    def _with_session(connection: Connection, work: Callable[[Session, Connection], _T]) -> _T:
        session = connection.take()
        try:
            value = work(session, connection)
        except BaseException:
            connection.lose(session)
            raise
        connection.give(session)
        return value

    @staticmethod
    def _private(session: Session, ref: KeyRef) -> tuple[Any, bool]:
        name = format_uri(ref)
        found = session.keys.get(name)
        if found is None:
            found = session.keys[name] = objects.find_private(session.raw, ref)
        return found

    # --- connections --------------------------------------------------------------------------------------

    def _loaded(self) -> Module:
        module = self._module
        if module is None:
            module = Module.load(self._path, os_locking_ok=self._os_locking_ok)
            self._slot = module.slot(self._label, self._serial)
            self._module = module
        module.check_process()
        return module

    def _server_connection(self, module: Module) -> Connection:
        """The connection that is logged in with the settings' PIN; made if there is none."""
        current = self._connection
        if current is not None and not current.dead and current.pin_tag is not None:
            return current
        slot = self._slot
        with slot.lock, module.lock:
            pin = self._read_pin()
            tag = tag_of(pin)
            shared = slot.connection
            if shared is None or shared.dead or shared.pin_tag != tag:
                slot.drop(shared)
                shared = slot.connection = self._log_in(module, pin, tag)
            self._connection = shared
            return shared

    def _log_in(self, module: Module, pin: Pin, tag: bytes) -> Connection:
        """Find the token and log it in, unless that could lock it."""
        if self._slot.refused == tag:
            raise PinIncorrect(
                f"{self._name}: the token refused this PIN before; it is not tried again until it "
                "is changed in its place or the service is restarted"
            )
        token = module.find(self._label, self._serial, self._name)
        flags = int(token.flags)
        if flags & (LOCKED | FINAL_TRY):
            raise PinLocked(
                f"{self._name}: "
                + (
                    "the PIN is locked"
                    if flags & LOCKED
                    else "one wrong PIN would lock the token; a person must log in first"
                )
            )
        connection = Connection(token, self._name, tag)
        try:
            module.login(connection, connection.anchor(), pin)
        except BaseException as fault:
            connection.end()
            if isinstance(fault, PinIncorrect):
                self._slot.refused = tag
            raise
        self._slot.refused = None
        return connection

    def _public_connection(self, module: Module) -> Connection:
        """A connection on which nobody is logged in."""
        slot = self._slot
        with module.lock:
            shared = slot.connection
            if shared is None or shared.dead or shared.pin_tag is not None:
                slot.drop(shared)
                shared = slot.connection = Connection(
                    module.find(self._label, self._serial, self._name), self._name, None
                )
            return shared

    def _read_pin(self) -> Pin:
        """From its place each time; a descriptor or a person is asked once and the PIN kept in memory."""
        if self._source is None:
            raise PinRequired(f"{self._name}: no PIN was given")
        if self._source.kind in ("file", "env"):
            return self._source.read()
        if self._kept is None:
            self._kept = self._source.read()
        return self._kept


class Pkcs11Key:
    """A private key on a Pkcs11Token."""

    def __init__(
        self,
        token: Pkcs11Token,
        ref: KeyRef,
        public: objects.PublicKey,
        recipes: Mapping[SignatureAlgorithm, mechanisms.Recipe],
    ) -> None:
        self._token = token
        self._ref = ref
        self._name = format_uri(ref)
        self._public = public
        self._algorithms = tuple(recipes)
        self._recipes = {algorithm: _resolve(recipe) for algorithm, recipe in recipes.items()}

    @property
    def name(self) -> str:
        """The key's URI, fit for a log."""
        return self._name

    @property
    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo, DER (RFC 5280, 4.1.2.7)."""
        return self._public.spki

    @property
    def algorithms(self) -> Sequence[SignatureAlgorithm]:
        """What this key on this token can do, best first."""
        return self._algorithms

    def __repr__(self) -> str:
        return f"Pkcs11Key({self._name!r})"

    def sign(self, data: bytes, algorithm: SignatureAlgorithm, pin: Pin | None = None) -> bytes:
        """Sign ``data`` (not a digest) and return the value as CMS carries it; see hsm.api."""
        try:
            mechanism, parameter, before, after = self._recipes[algorithm]
        except KeyError:
            raise MechanismUnsupported(f"{self._name} cannot sign with {algorithm.value}") from None
        value = self._token.sign(self._ref, self._name, mechanism, parameter, before(data) if before else data, pin)
        return after(value) if after else value


def _resolve(recipe: mechanisms.Recipe) -> tuple[Mechanism, Any, mechanisms.Bytes | None, mechanisms.Bytes | None]:
    """Names to python-pkcs11's numbers."""
    pss = recipe.pss
    parameter = (Mechanism[pss.hash], MGF[pss.hash], pss.salt) if pss else None
    return Mechanism[recipe.mechanism], parameter, recipe.before, recipe.after
