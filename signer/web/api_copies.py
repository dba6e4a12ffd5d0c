"""Certified copies over HTTP."""

from __future__ import annotations

from flask import Flask, Response

from signer.usecases import answers
from signer.usecases.services import Services
from signer.web.forms import new_copy
from signer.web.repeats import Orders
from signer.web.replies import created


def install(app: Flask, services: Services, order: Orders) -> None:
    """Add the view; it honours Idempotency-Key."""

    @app.post("/v1/copies", endpoint="copy")
    def copy() -> Response:
        sent = new_copy()
        return order(
            sent.request.actor,
            lambda who: services.copy(sent.scan, sent.request.wanted, who),
            lambda made: created(answers.copied(made), f"/v1/documents/{made.document.id}"),
        )
