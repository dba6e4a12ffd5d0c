"""Idempotency-Key: the same order, sent again, gets the same answer and is not carried out twice."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable
from typing import ParamSpec

from flask import Response, g, request

from signer.errors import Kind, SignerError
from signer.usecases.services import Services
from signer.web import auth

log = logging.getLogger(__name__)

P = ParamSpec("P")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def once(services: Services) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Carry an order out once for each Idempotency-Key, API key and path; a refused order leaves the key free."""

    def wrap(view: Callable[P, Response]) -> Callable[P, Response]:
        @functools.wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> Response:
            key = request.headers.get("Idempotency-Key")
            if key is None:
                return view(*args, **kwargs)
            if not _KEY.fullmatch(key):
                raise SignerError(
                    Kind.MALFORMED,
                    "invalid-idempotency-key",
                    "Idempotency-Key phải có từ 1 đến 255 ký tự ASCII in được.",
                    "Idempotency-Key needs 1 to 255 printable ASCII characters",
                    where="Idempotency-Key",
                )
            scope = f"{g.api_key.id} {request.method} {request.path}"
            stored = services.idempotency.begin(scope, key, _digest(), services.clock.now())
            if stored is not None:
                return _unpack(stored)
            try:
                response = view(*args, **kwargs)
            except BaseException:
                _settle(services.idempotency.abandon, scope, key)
                raise
            _settle(services.idempotency.finish, scope, key, _pack(response))
            return response

        return wrapped

    return wrap


def _settle(step: Callable[..., None], *what: str | bytes) -> None:
    """Note how it ended. Where that fails, the answer stands all the same: the act is done, or was refused."""
    try:
        step(*what)
    except SignerError as error:
        log.warning("the end of an order with Idempotency-Key could not be noted: %s", error.code)


def _digest() -> str:
    """What was asked for, in short.

    Keyed with the caller's secret, which is not stored: the body may hold a PIN, and a plain digest of it in the
    database would let a thief find the PIN by trying all of them. A form is digested part by part, since its
    boundary changes when it is sent again.
    """
    mac = hmac.new(auth.bearer().encode(), digestmod=hashlib.sha256)
    if request.mimetype != "multipart/form-data":
        mac.update(request.get_data())
        return mac.hexdigest()
    for name, value in sorted(request.form.items(multi=True)):
        mac.update(hashlib.sha256(f"{name}\0{value}".encode()).digest())
    for name, part in request.files.items(multi=True):
        content = hashlib.file_digest(part.stream, "sha256")  # type: ignore[arg-type]  # werkzeug types it as IO
        part.stream.seek(0)
        # An attachment is called by its file's name from then on; the document's own file has no name here.
        told = f"{name}\0{part.filename if name == 'attachment' else ''}".encode()
        mac.update(hashlib.sha256(told).digest() + content.digest())
    return mac.hexdigest()


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
