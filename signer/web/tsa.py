"""``POST /tsa``: time-stamps over HTTP (RFC 3161, 3.4), open to strangers.

It stands before Flask, whose own part of a request takes as long as the rest of a time-stamp. Whatever a TimeStampReq
holds is answered as the RFC has it, a refusal too, with 200; only what is no question at all is a problem of HTTP.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from signer.errors import Kind, SignerError
from signer.model.time import TimeStampReply
from signer.ports import TimeStampAuthority
from signer.web import metrics, problems, requests
from signer.web.auth import Guards, too_many
from signer.web.metrics import Metrics
from signer.web.queue import Queue

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("signer.access")

PATH = "/tsa"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
MAX_QUERY = 8192
"""Bytes of a body; what the authority takes is less, and it says so in its own words."""


def install(app: Flask, authority: TimeStampAuthority, lane: Queue, guards: Guards, counts: Metrics) -> None:
    """Put it before ``app``. Waiting in the ``lane`` takes a thread, as in the others."""
    lane.tell = counts.stampings
    app.wsgi_app = TimeStamps(app.wsgi_app, authority, lane, guards, counts)  # type: ignore[method-assign]  # as Flask's documentation has it


class TimeStamps:
    """A WSGI application in front of another, which gets all other paths."""

    def __init__(
        self, rest: WSGIApplication, authority: TimeStampAuthority, lane: Queue, guards: Guards, counts: Metrics
    ) -> None:
        self._rest, self._authority, self._lane, self._guards, self._counts = rest, authority, lane, guards, counts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer; whatever goes wrong is an answer too."""
        if environ.get("PATH_INFO") != PATH:
            return self._rest(environ, start_response)
        began = time.perf_counter()
        requests.begin(environ.get("HTTP_X_REQUEST_ID", ""))
        reply: TimeStampReply | None = None
        try:
            try:
                reply = self._reply(environ)
                response = Response(reply.der, 200, content_type=REPLY)
            except ClientDisconnected as error:
                response = problems.body_missing(error)
            except SignerError as error:
                response = _problem(error)
            except Exception as error:  # noqa: BLE001 - the last who could answer; it is logged there
                response = problems.unexpected(error)
            response.headers["X-Request-ID"] = requests.request_id()
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Content-Type-Options"] = "nosniff"
            self._told(environ, response.status_code, time.perf_counter() - began, reply)
            return response(environ, start_response)
        finally:
            requests.end()

    def _reply(self, environ: WSGIEnvironment) -> TimeStampReply:
        if environ["REQUEST_METHOD"] != "POST":
            raise problems.of_status(405)
        share = self._guards.stamps.take(self._guards.proxy.caller(environ), time.monotonic())
        if not share.allowed:
            raise too_many("địa chỉ này", "from this address", share)
        if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != QUERY:
            raise SignerError(
                Kind.UNSUPPORTED,
                "unsupported-media-type",
                f"Chỉ nhận Content-Type: {QUERY} (RFC 3161, 3.4).",
                f"Content-Type must be {QUERY} (RFC 3161, 3.4)",
                where="Content-Type",
            )
        query = _body(environ)
        # What our server says of a connection (signer.serving.channel); another one says nothing.
        gone = getattr(environ.get("gunicorn.socket"), "gone", None)
        with self._lane.turn(gone) if gone else self._lane.turn():
            return self._authority.reply(query)

    def _told(self, environ: WSGIEnvironment, status: int, took: float, reply: TimeStampReply | None) -> None:
        """The request's line in the log: of what was stamped nothing, of the token its serial number."""
        method = environ["REQUEST_METHOD"]
        method, spent = method if method in metrics.METHODS else "other", metrics.spent()
        self._counts.answered(method, PATH, status, took, spent)
        more = {}
        if reply is not None:
            self._counts.stamped(reply.outcome)
            more = {"outcome": reply.outcome, "serial": reply.serial or "-"}
        line = {
            "status": status,
            "ms": requests.milliseconds(took),
            "api_key": "-",
            "document": "-",
            "steps": {f"{step}_ms": requests.milliseconds(seconds) for step, seconds in spent.items()},
        }
        log.info("%s %s %d", method, PATH, status, extra=line | more)


def _body(environ: WSGIEnvironment) -> bytes:
    try:
        # At the end of what it may read the stream ends in silence, where the length was not announced.
        query = get_input_stream(environ, max_content_length=MAX_QUERY + 1).read()
    except RequestEntityTooLarge:
        raise _too_large() from None
    if len(query) > MAX_QUERY:
        raise _too_large()
    return query


def _too_large() -> SignerError:
    return SignerError(
        Kind.TOO_LARGE,
        "request-too-large",
        f"Yêu cầu dấu thời gian dài hơn {MAX_QUERY} byte.",
        f"a request for a time-stamp has at most {MAX_QUERY} bytes",
    )


def _problem(error: SignerError) -> Response:
    if error.code != "method-not-allowed":
        return problems.problem(error)
    response = problems.problem(error, 405)
    response.headers["Allow"] = "POST"
    return response
