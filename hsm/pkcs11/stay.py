"""A person's login that outlives its signature by a few seconds: for a leader who signs one document after the other.

Each signature still needs the PIN. While the login stays, the PIN that comes along is compared with the one that the
token accepted, by a keyed digest that lives in memory alone; any other PIN ends the login first and is then the
token's to judge, so that its counter of wrong tries counts. Where a token's software shares one login between all
programs of a machine, others could sign meanwhile: it is off unless the settings ask for it.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from typing import TYPE_CHECKING

from hsm.pin import Pin

if TYPE_CHECKING:
    from hsm.pkcs11.module import Connection, Module, Session, Slot

_SALT = secrets.token_bytes(16)
LOOK = 0.25
"""Seconds between two looks at whether a login has stayed long enough."""


def tag_of(pin: Pin) -> bytes:
    """What knows a PIN again in this process, and says nothing of it."""
    return hmac.digest(_SALT, pin.reveal().encode(), "sha256")


class Stay:
    """The login of a person's token between signatures. Everything here is done under the slot's lock."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._tag = b""
        self._until = 0.0
        self._watched = False

    def enter(self, module: Module, connection: Connection, session: Session, pin: Pin) -> None:
        """Be logged in with exactly this PIN."""
        tag = tag_of(pin)
        if self._connection is connection and not connection.dead and hmac.compare_digest(tag, self._tag):
            return
        self._connection = None
        session.keys.clear()  # handles of private keys end with the login under which they were found
        module.login(connection, session, pin)
        self._connection, self._tag = connection, tag

    def leave(self, module: Module, slot: Slot, session: Session, seconds: float) -> None:
        """The signature is made: log out, or let the login stay for so long."""
        if not seconds:
            self.end(module, session)
            return
        self._until = time.monotonic() + seconds
        if not self._watched:
            threading.Thread(target=self._watch, args=(module, slot), name="logout", daemon=True).start()
            self._watched = True  # by now; the watcher waits for the slot's lock, which we hold

    def end(self, module: Module, session: Session) -> None:
        """Log out now, if somebody is logged in."""
        if self._connection is not None:
            self._connection = None
            module.logout(session)

    def _watch(self, module: Module, slot: Slot) -> None:
        """Log out when nobody has signed for long enough, whether or not anybody comes again."""
        while True:
            with module.guard(), slot.lock:
                left = self._until - time.monotonic()
                if self._connection is None or left <= 0:
                    # Without a session the token logs out (PKCS#11 2.40, 5.6), and no handle of a key is left over.
                    slot.drop(self._connection)
                    self._connection, self._watched = None, False
                    return
            time.sleep(min(left, LOOK))  # another token object of this process may let it stay for less
