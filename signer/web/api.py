"""The HTTP interface: each view reads a request, asks one use case, and writes its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Flask, Response, request

from signer.errors import Kind, SignerError
from signer.model import ApiRole, DocumentState
from signer.usecases import answers
from signer.usecases.look import MAIN_FILE
from signer.usecases.services import Services
from signer.sheets.register import csv_bytes, xlsx_bytes
from signer.web import auth, metrics, problems, requests, wire
from signer.web.auth import Gate
from signer.web.forms import new_document, pdf_body
from signer.web.metrics import Metrics
from signer.web.openapi import document as openapi_document
from signer.web.repeats import once
from signer.web.requests import Throttle
from signer.web.strict import malformed, read_json

JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what comes in. Bytes; calls a second and burst for one address without a valid key."""

    max_file: int = 50 * 1024 * 1024
    max_attachments: int = 50
    open_rate: float = 20.0
    open_burst: int = 200


def create_app(services: Services, limits: Limits | None = None) -> Flask:
    """The WSGI application over wired use cases. Opens no token and no connection by itself."""
    limits = limits or Limits()
    app = Flask("signer.web", static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it, its Protocol not
    # Attachments come in the same request; the parts' own sizes are checked one by one.
    app.config.update(
        MAX_CONTENT_LENGTH=4 * limits.max_file,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=limits.max_attachments + 4,
    )
    requests.install(app)
    problems.install(app)
    counts = Metrics()
    app.after_request(counts.count)
    gate = Gate(services.api_keys, Throttle(limits.open_rate, limits.open_burst), Throttle(5.0, 100))
    app.before_request(gate.check)
    _changes(app, services, limits)
    _reads(app, services, limits)
    _service(app, services, gate, counts)
    return app


def answer(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(value, ensure_ascii=False), status, content_type=JSON)


def _changes(app: Flask, services: Services, limits: Limits) -> None:
    """What changes something: each honours Idempotency-Key."""
    idempotent = once(services)

    @app.post("/v1/documents", endpoint="prepare")
    @idempotent
    def prepare() -> Response:
        sent = new_document(limits.max_file, limits.max_attachments)
        document = services.prepare(sent.draft, sent.metadata, auth.caller(), sent.attachments)
        response = answer(answers.prepared(document), 201)
        response.headers["Location"] = f"/v1/documents/{document.id}"
        return response

    @app.post("/v1/documents/<document_id>/signatures", endpoint="sign")
    @idempotent
    def sign(document_id: str) -> Response:
        said = wire.sign_request(_json_body())
        return answer(
            answers.signed(
                services.sign(document_id, said.role, said.key, auth.caller(said.actor), said.pin, said.level)
            )
        )

    @app.post("/v1/documents/<document_id>/issue", endpoint="issue")
    @idempotent
    def issue(document_id: str) -> Response:
        said = wire.issue_request(_json_body(empty=True))
        return answer(answers.issued(services.issue(document_id, auth.caller(said.actor), said.wish, said.pin)))

    @app.post("/v1/documents/<document_id>/reject", endpoint="reject")
    @idempotent
    def reject(document_id: str) -> Response:
        said = wire.end_request(_json_body())
        return answer(answers.ended(services.reject(document_id, said.reason, auth.caller(said.actor))))

    @app.post("/v1/documents/<document_id>/void", endpoint="void")
    @idempotent
    def void(document_id: str) -> Response:
        said = wire.end_request(_json_body())
        return answer(answers.ended(services.void(document_id, said.reason, auth.caller(said.actor))))


def _reads(app: Flask, services: Services, limits: Limits) -> None:
    """What shows something."""

    @app.get("/v1/documents", endpoint="list_documents")
    def list_documents() -> Response:
        limit = _whole("limit", 100)
        page = services.look.page(auth.caller(), _state(), request.args.get("after", "")[:64], limit)
        following = page[-1].id if len(page) >= limit else None
        return answer({"documents": [answers.summary(document) for document in page], "next": following})

    @app.get("/v1/documents/<document_id>", endpoint="show_document")
    def show_document(document_id: str) -> Response:
        return answer(answers.shown(services.look.show(document_id, auth.caller())))

    def send(document_id: str, number: int) -> Response:
        document, data = services.look.file(document_id, auth.caller(), number)
        response = Response(data, content_type="application/pdf")
        response.set_etag(document.sha256)
        response.headers["Content-Disposition"] = f'inline; filename="{document.id}.pdf"'
        response.make_conditional(request)
        return response

    @app.get("/v1/documents/<document_id>/content", endpoint="content")
    def content(document_id: str) -> Response:
        return send(document_id, MAIN_FILE)

    @app.get("/v1/documents/<document_id>/files/<int:n>", endpoint="file")
    def file(document_id: str, n: int) -> Response:
        return send(document_id, n)

    @app.get("/v1/registers/<agency>/<int:year>", endpoint="register")
    def register(agency: str, year: int) -> Response:
        form = request.args.get("format", "json")
        if form not in ("json", "csv", "xlsx"):
            raise SignerError(
                Kind.UNSUITABLE,
                "format-not-available",
                "Sổ đăng ký chỉ xuất được ở dạng json, csv hoặc xlsx.",
                "the register is to be had as json, csv or xlsx only",
                where="format",
            )
        book = services.register(agency, year, auth.caller())
        if form == "json":
            return answer(answers.book(book))
        made = (
            Response(csv_bytes(book), content_type="text/csv; charset=utf-8")
            if form == "csv"
            else Response(xlsx_bytes(book), content_type=XLSX)
        )
        made.headers["Content-Disposition"] = f'attachment; filename="register-{year}.{form}"'
        return made

    @app.post("/v1/verify", endpoint="verify")
    def verify() -> Response:
        return answer(services.verify(pdf_body(limits.max_file)).as_dict())


def _service(app: Flask, services: Services, gate: Gate, counts: Metrics) -> None:
    """What tells of the service itself."""

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
        return Response(counts.text(services.health()), content_type=metrics.CONTENT_TYPE)

    described = json.dumps(openapi_document(), ensure_ascii=False)

    @app.get("/openapi.json", endpoint="openapi")
    def openapi() -> Response:
        return Response(described, content_type=JSON)


def _json_body(*, empty: bool = False) -> object:
    """The request's JSON; ``empty`` lets nothing at all stand for {}."""
    data = request.get_data(cache=True)
    if empty and not data.strip():
        return {}
    if request.mimetype != JSON:
        raise SignerError(
            Kind.UNSUPPORTED,
            "json-needed",
            "Nội dung phải là application/json.",
            "the body must be application/json",
            where="Content-Type",
        )
    return read_json(data, "body")


def _whole(name: str, default: int) -> int:
    value = request.args.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 6 or int(value) < 1:
        raise malformed(name, "Phải là số nguyên dương.", "must be a whole number from 1")
    return min(int(value), 200)


def _state() -> DocumentState | None:
    value = request.args.get("state")
    if value is None:
        return None
    try:
        return DocumentState(value)
    except ValueError:
        words = ", ".join(state.value for state in DocumentState)
        raise malformed("state", f"Phải là một trong: {words}.", f"must be one of: {words}") from None
