"""Orders over HTTP: what changes something, carried out once for each Idempotency-Key, however often it is sent.

The answer is stored by the same transaction as the effect (``Caller.receipt``). So there is no moment at which a
crash leaves an effect without its answer: who sends the order again gets the answer of the first.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Response, g, request

from signer.errors import Kind, SignerError
from signer.ports import Claim, Transaction
from signer.usecases.caller import Caller
from signer.usecases.services import Services
from signer.web import auth
from signer.web.queue import Lanes
from signer.web.uploads import Upload
from signer.web.wire import ActorSaid

log = logging.getLogger(__name__)

T = TypeVar("T")
WAIT = 10.0
"""Seconds that a repetition waits for the first to end, before it is told to come again."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PAUSES = (0.02, 0.05, 0.1, 0.25, 0.5)


@dataclass(slots=True)
class _Receipt:
    """``signer.usecases.caller.Receipt`` of one request."""

    claim: Claim
    render: Callable[[Any], Response]
    answered: Response | None = None

    @property
    def reference(self) -> str:
        """See there. Long and of any form: in short."""
        return hashlib.sha256(f"{self.claim.scope}\0{self.claim.key}".encode()).hexdigest()

    def keep(self, tx: Transaction, outcome: object) -> None:
        """See there."""
        self.answered = self.render(outcome)
        tx.answer(self.claim, _pack(self.answered))


class Orders:
    """Carries orders out. A refused order leaves its key free."""

    def __init__(self, services: Services, lanes: Lanes) -> None:
        self._services, self._lanes = services, lanes

    def __call__(self, said: ActorSaid | None, do: Callable[[Caller], T], render: Callable[[T], Response]) -> Response:
        """Let the caller, or whom he names, ``do`` it; ``render`` makes the answer of what came of it.

        CONFLICT ``idempotency-key-reused``; ``idempotency-in-progress`` if the first still runs after ``WAIT``.
        """
        if said is not None and not said.name:
            said = ActorSaid(*self._services.look.person(said.id))
        who = auth.caller(said)
        key = request.headers.get("Idempotency-Key")
        if key is None:
            with self._lanes.turn():
                return render(do(who))
        if not _KEY.fullmatch(key):
            raise SignerError(
                Kind.MALFORMED,
                "invalid-idempotency-key",
                "Idempotency-Key phải có từ 1 đến 255 ký tự ASCII in được.",
                "Idempotency-Key needs 1 to 255 printable ASCII characters",
                where="Idempotency-Key",
            )
        # Whatever a caller puts into path and header, a PIN too, is not to be found in the database.
        with self._lanes.claiming.turn():
            begun = self._begin(f"{g.api_key.id} {request.endpoint}", _mac(f"{request.path}\0{key}").hexdigest())
        if isinstance(begun, bytes):
            return _unpack(begun)
        receipt = _Receipt(begun, render)
        try:
            with self._lanes.turn():
                do(replace(who, receipt=receipt))
        except BaseException:
            self._abandon(begun)
            raise
        if receipt.answered is None:
            raise RuntimeError("what was done kept no answer")
        return receipt.answered

    def _begin(self, scope: str, key: str) -> Claim | bytes:
        """Claim the key, or wait for the answer of whoever has."""
        begin, digest = self._services.idempotency.begin, _digest()
        until, turn = time.monotonic() + WAIT, 0
        while True:
            try:
                return begin(scope, key, digest, self._services.clock.now())
            except SignerError as error:
                if error.code != "idempotency-in-progress" or time.monotonic() >= until:
                    raise
            time.sleep(_PAUSES[min(turn, len(_PAUSES) - 1)])
            turn += 1

    def _abandon(self, claim: Claim) -> None:
        """Where it cannot be noted, the next one finds the claim of a request that hangs, or of a dead process."""
        try:
            self._services.idempotency.abandon(claim)
        except SignerError as error:
            log.warning("a refused order with Idempotency-Key could not be noted: %s", error.code)


def _digest() -> str:
    """What was asked for, in short.

    Keyed with the caller's secret, which is not stored: the body may hold a PIN, and a plain digest of it in the
    database would let a thief find the PIN by trying all of them. A caller who is known by a certificate has no
    secret: of his body the digest leaves the PIN out. A form is digested part by part, since its boundary changes when
    it is sent again.
    """
    mac = _mac()
    if request.mimetype != "multipart/form-data":
        mac.update(request.get_data() if auth.bearer() else _without_pin(request.get_data()))
        return mac.hexdigest()
    for name, value in sorted(request.form.items(multi=True)):
        mac.update(hashlib.sha256(f"{name}\0{value}".encode()).digest())
    for name, part in request.files.items(multi=True):
        # A file beyond those that are kept is of a form that is refused for their number.
        stream: object = part.stream  # werkzeug calls it IO, and it is what we gave
        content = stream.content().sha256 if isinstance(stream, Upload) else ""
        # An attachment is called by its file's name from then on; the document's own file has no name here.
        told = f"{name}\0{part.filename if name == 'attachment' else ''}".encode()
        mac.update(hashlib.sha256(told).digest() + bytes.fromhex(content))
    return mac.hexdigest()


def _mac(text: str = "") -> hmac.HMAC:
    """Keyed with the caller's secret, which is not stored."""
    return hmac.new(auth.bearer().encode(), text.encode(), hashlib.sha256)


def _without_pin(body: bytes) -> bytes:
    said = json.loads(body or b"{}")  # it was read before, strictly, and is an object
    return json.dumps({name: value for name, value in said.items() if name != "pin"}, sort_keys=True).encode()


def _pack(response: Response) -> bytes:
    return json.dumps(
        {
            "status": response.status_code,
            "type": response.content_type,
            "location": response.headers.get("Location"),
            "body": base64.b64encode(response.get_data()).decode(),
        }
    ).encode()


def _unpack(stored: bytes) -> Response:
    kept = json.loads(stored)
    response = Response(base64.b64decode(kept["body"]), kept["status"], content_type=kept["type"])
    if kept.get("location"):
        response.headers["Location"] = kept["location"]
    response.headers["Idempotency-Replayed"] = "true"
    return response
