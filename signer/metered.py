"""The rooms with a stopwatch beside them: what a step took, how a signature ended, what was done to a document.

``app`` puts these round what it wires where somebody wants to know (the service does, the command line does not);
use cases and rooms know nothing of it, so that no line of theirs speaks of time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from functools import wraps
from time import perf_counter
from typing import Any, Protocol, TypeVar, cast

from signer.errors import Kind, SignerError
from signer.model import Event, Revision, SigningStep
from signer.model.time import ClockStanding

R = TypeVar("R")
acts = logging.getLogger("signer.acts")


class Step(StrEnum):
    """Where the time of a request goes. Each counts its own time only: what a step within it took is that step's."""

    AUTH = "auth"  # the API key is found
    READ = "read"  # the store is read
    COMMIT = "commit"  # the store is written: from waiting for the lock until the commit is durable
    BLOB = "blob"  # bytes of files are fetched or made durable
    DRAFT = "draft"  # a draft, an attachment or a scan is read and understood
    PDF = "pdf"  # an update is composed and checked
    CERTIFICATE = "certificate"  # a key's certificate is judged
    TOKEN = "token"  # noqa: S105 - a step's name: logging in, looking and C_Sign
    VERIFY = "verify"  # somebody's file is judged


SIGNED = "signed"
"""How a signature ended well; else it is the kind of the error, ``internal`` for what nobody expected."""


class Meter(Protocol):
    """Who wants to know. Called by any thread, in the middle of the work: quick, and never raises."""

    def took(self, step: str, seconds: float) -> None:
        """A step of ``Step`` took so long, itself."""

    def signed(self, role: str, outcome: str) -> None:
        """A signature was tried in a role; see ``SIGNED``."""

    def happened(self, event: Event) -> None:
        """Something was done to a document, for good: its transaction is durable."""

    def clock(self, standing: ClockStanding) -> None:
        """How the clock is: after each measurement, and when that changes."""


class _Within(threading.local):
    """Seconds of the steps that ended inside the one at hand, in this thread."""

    seconds = 0.0


_within = _Within()


class Watch:
    """Puts a meter to rooms, each of which stays what it was to whoever uses it; without a meter, rooms as they are."""

    def __init__(self, meter: Meter | None) -> None:
        self._meter = meter

    def store(self, store: R) -> R:
        """A ``Store``: reading, writing, and what is done to documents: a line of the log each."""
        return self._put(_ToldStore, self._timed(store, reading=Step.READ, transaction=Step.COMMIT))

    def blobs(self, blobs: R) -> R:
        """``Blobs``."""
        return self._timed(blobs, get=Step.BLOB, put=Step.BLOB)

    def keyring(self, ring: R) -> R:
        """A ``Keyring``; to find a token ready is to ask it too."""
        return self._timed(ring, sign=Step.TOKEN, ready=Step.TOKEN)

    def checker(self, checker: R) -> R:
        """A ``CertificateChecker``."""
        return self._timed(checker, facts=Step.CERTIFICATE)

    def draft_reader(self, reader: R) -> R:
        """A ``DraftReader``."""
        return self._timed(reader, read=Step.DRAFT)

    def stamp_reader(self, reader: R) -> R:
        """A ``StampReader``."""
        return self._timed(reader, attachment=Step.DRAFT, scan=Step.DRAFT)

    def field_maker(self, maker: R) -> R:
        """A ``FieldMaker``."""
        return self._timed(maker, prepare=Step.PDF)

    def signer(self, signer: R) -> R:
        """A ``RevisionSigner``: its time, and every signature by role and outcome."""
        return self._put(_CountedSigner, self._timed(signer, sign=Step.PDF, time_stamp=Step.PDF))

    def verifier(self, verifier: R) -> R:
        """A ``Verifier``."""
        return self._timed(verifier, verify=Step.VERIFY, verify_package=Step.VERIFY)

    def api_keys(self, keys: R) -> R:
        """``ApiKeys``, as each request asks them."""
        return self._timed(keys, find=Step.AUTH, find_certificate=Step.AUTH)

    def _timed(self, room: R, **steps: Step) -> R:
        return room if self._meter is None else cast("R", _Timed(room, self._meter, steps))

    def _put(self, proxy: Callable[[Any, Meter], object], room: R) -> R:
        return room if self._meter is None else cast("R", proxy(room, self._meter))


class _Proxy:
    """Whatever is not said here is the room's."""

    def __init__(self, room: Any, meter: Meter) -> None:
        self._room = room
        self._meter = meter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._room, name)


class _Timed(_Proxy):
    """The methods named are timed; those that give a block, until it is left."""

    def __init__(self, room: object, meter: Meter, steps: Mapping[str, Step]) -> None:
        super().__init__(room, meter)
        for name, step in steps.items():
            setattr(self, name, _timed(getattr(room, name), meter, step.value))


class _CountedSigner(_Proxy):
    def sign(self, previous: Revision, step: SigningStep, *how: object) -> Revision:
        outcome = Kind.INTERNAL.value
        try:
            made: Revision = self._room.sign(previous, step, *how)
            outcome = SIGNED
        except SignerError as error:
            outcome = error.kind.value
            raise
        finally:
            self._meter.signed(step.role.value, outcome)
        return made


class _ToldStore(_Proxy):
    @contextmanager
    def transaction(self) -> Iterator[_ToldTransaction]:
        with self._room.transaction() as tx:
            told = _ToldTransaction(tx, self._meter)
            yield told
        for event in told.events:
            self._meter.happened(event)
            _act(event)


class _ToldTransaction(_Proxy):
    """Remembers what is recorded: it is told only once the transaction is durable."""

    def __init__(self, room: object, meter: Meter) -> None:
        super().__init__(room, meter)
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self._room.record(event)
        self.events.append(event)


def _act(event: Event) -> None:
    """One line of the log for each act: ids and the symbol, no name, no subject, no reason."""
    acts.info(
        "%s %s%s, by %s",
        event.kind.value,
        event.document_id,
        f" ({event.symbol})" if event.symbol else "",
        event.by.id,
        extra={
            "act": event.kind.value,
            "document": event.document_id,
            "agency": event.agency,
            "symbol": event.symbol,
            "state": event.state.value,
            "actor": event.by.id,
            "via": event.by.via,
        },
    )


def _timed(call: Callable[..., Any], meter: Meter, step: str) -> Callable[..., Any]:
    @wraps(call)
    def measured(*args: object, **kwargs: object) -> object:
        with _Watched(meter, step):
            result = call(*args, **kwargs)
        return _Block(result, meter, step) if isinstance(result, AbstractContextManager) else result

    return measured


class _Watched:
    """Measures what is done within, less what steps inside it took."""

    __slots__ = ("_began", "_meter", "_outside", "_step")

    def __init__(self, meter: Meter, step: str) -> None:
        self._meter, self._step = meter, step

    def __enter__(self) -> None:
        self._outside, _within.seconds = _within.seconds, 0.0
        self._began = perf_counter()

    def __exit__(self, *_: object) -> None:
        took = perf_counter() - self._began
        self._meter.took(self._step, took - _within.seconds)
        _within.seconds = self._outside + took


class _Block:
    """A block that is measured until it is left, or cannot be entered."""

    __slots__ = ("_block", "_watched")

    def __init__(self, block: AbstractContextManager[Any], meter: Meter, step: str) -> None:
        self._block, self._watched = block, _Watched(meter, step)

    def __enter__(self) -> Any:
        self._watched.__enter__()
        try:
            return self._block.__enter__()
        except BaseException:
            self._watched.__exit__()
            raise

    def __exit__(self, *error: Any) -> bool | None:  # noqa: PYI036 - handed on as it comes
        try:
            return self._block.__exit__(*error)
        finally:
            self._watched.__exit__()
