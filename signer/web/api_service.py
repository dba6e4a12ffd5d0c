"""What tells of the service itself over HTTP."""

from __future__ import annotations

import json

from flask import Flask, Response

from signer.model import ApiRole
from signer.usecases import answers
from signer.usecases.services import Services
from signer.web import metrics
from signer.web.auth import Gate
from signer.web.metrics import Metrics
from signer.web.openapi import document as openapi_document
from signer.web.replies import JSON, answer


def install(app: Flask, services: Services, gate: Gate, counts: Metrics) -> None:
    """Add the views."""

    @app.get("/healthz", endpoint="healthz")
    def healthz() -> Response:
        return answer({"status": "alive"})

    @app.get("/readyz", endpoint="readyz")
    def readyz() -> Response:
        key = gate.maybe_key()
        if key is not None and key.role is ApiRole.OPERATOR:
            state = services.health()
            return answer(answers.state(state), 200 if state.ready else 503)
        store = services.health.store_code()
        return answer(
            {"status": "ready" if store == "ok" else "not-ready", "store": store}, 200 if store == "ok" else 503
        )

    @app.get("/metrics", endpoint="metrics")
    def show_metrics() -> Response:
        return Response(counts.text(services.health(), services.health.waiting()), content_type=metrics.CONTENT_TYPE)

    described = json.dumps(openapi_document(), ensure_ascii=False)

    @app.get("/openapi.json", endpoint="openapi")
    def openapi() -> Response:
        return Response(described, content_type=JSON)
