"""The HTTP interface: one application over the use cases, its views by subject in ``api_*``."""

from __future__ import annotations

from flask import Flask

from signer.usecases.services import Services
from signer.web import (
    api_copies,
    api_documents,
    api_events,
    api_judgements,
    api_registers,
    api_service,
    problems,
    requests,
    tsa,
)
from signer.web.auth import Gate, Guards
from signer.web.known_keys import KnownKeys
from signer.web.metrics import Metrics
from signer.web.repeats import Orders
from signer.web.replies import Limits, bound_body
from signer.web.requests import MORE_PARTS
from signer.web.uploads import UploadRequest

__all__ = ["Limits", "create_app"]


def create_app(
    services: Services, limits: Limits | None = None, counts: Metrics | None = None, guards: Guards | None = None
) -> Flask:
    """The WSGI application over wired use cases. Opens no token and no connection by itself.

    ``counts`` are the metrics that the rooms below count into as well; ``guards`` count for all processes that were
    forked after they were made.
    """
    counts = counts or Metrics()
    limits = limits or Limits()
    app = Flask("signer.web", static_folder=None)
    # A redirect would lead to wherever the request's Host says; an address is right or wrong.
    app.url_map.merge_slashes = False
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it, its Protocol not
    # Attachments come in the same request; the parts' own sizes are checked one by one.
    app.request_class = UploadRequest
    app.config.update(
        MAX_CONTENT_LENGTH=4 * max(limits.max_file, *limits.by_role.values(), 0),
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=limits.max_attachments + MORE_PARTS,
        FILES_KEPT=limits.max_attachments + 4,
        RECEIVE=services.receive,
        MAX_FILE=limits.of_role,
    )
    requests.install(app, counts)
    problems.install(app)
    guards = guards or Guards()
    gate = Gate(KnownKeys(services.api_keys, services.clock), guards, services.clock)
    app.before_request(gate.check)
    app.after_request(gate.tell)
    app.before_request(bound_body)
    lanes = limits.lanes()
    lanes.signing.tell, lanes.reading.tell = counts.signings, counts.readings
    order = Orders(services, lanes)
    api_documents.install(app, services, limits, order)
    api_copies.install(app, services, order)
    api_registers.install(app, services, order)
    api_events.install(app, services)
    api_judgements.install(app, services, limits, lanes)
    api_service.install(app, services, gate, counts)
    if services.authority is not None:
        tsa.install(app, services.authority, limits.stamping(), guards, counts)
    return app
