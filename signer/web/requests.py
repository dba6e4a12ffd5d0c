"""What holds for every request: its id, its line in the log."""

from __future__ import annotations

import functools
import logging
import re
import secrets
import time
from contextvars import ContextVar

from flask import Flask, Response, g, request

from signer.web import metrics, uploads
from signer.web.metrics import Metrics

log = logging.getLogger("signer.access")

MORE_PARTS = 500
"""So many parts more than there may be attachments are counted, to say how many came; a form with more is not read."""

_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_DOCUMENT = re.compile(r"[0-9a-f]{32}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request at hand, "" outside one."""
    return _current.get()


def begin(said: str) -> None:
    """A request begins in this thread; ``said`` is the id that its caller gave it, "" for none."""
    _current.set(said if _ID.fullmatch(said) else secrets.token_hex(16))
    metrics.begin()


def end() -> None:
    """It is over. This thread serves others next; what is logged between them belongs to nobody."""
    metrics.end()
    _current.set("")


def install(app: Flask, counts: Metrics) -> None:
    """Give every request an id (the caller's, if it is fit to be logged) and every answer a line in the log."""

    @app.before_request
    def _begin() -> None:
        begin(request.headers.get("X-Request-ID", ""))
        g.began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        # The route, not the path: a stranger may write anything there, a PIN too, and as method no less.
        # No body, header or query is ever logged.
        method = request.method if request.method in metrics.METHODS else "other"
        route = _published(request.url_rule.rule) if request.url_rule else "-"
        took, spent = time.perf_counter() - g.get("began", time.perf_counter()), metrics.spent()
        counts.answered(method, route, response.status_code, took, spent)
        log.info(
            "%s %s %d",
            method,
            route,
            response.status_code,
            extra={
                "status": response.status_code,
                "ms": milliseconds(took),
                "api_key": g.get("api_key_id", "-"),
                "document": _document(),
                "steps": {f"{step}_ms": milliseconds(seconds) for step, seconds in spent.items()},
            },
        )
        return response

    @app.teardown_request
    def _over(_error: BaseException | None) -> None:
        end()
        uploads.forget()


@functools.cache
def _published(rule: str) -> str:
    """A route as the OpenAPI document writes it, which operators' alerts may rely on."""
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule)


def milliseconds(seconds: float) -> float:
    """As the log tells them."""
    return round(seconds * 1000, 2)


def _document() -> str:
    """The document's id in the path, where it can be one."""
    said = (request.view_args or {}).get("document_id", "")
    return said if _DOCUMENT.fullmatch(said) else "-"
