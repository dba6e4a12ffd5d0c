"""Documents over HTTP: each view reads a request, asks one use case, and writes its answer."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from signer.model import Document, DocumentState, Medium
from signer.usecases import answers
from signer.usecases.caller import Caller
from signer.usecases.look import MAIN_FILE
from signer.usecases.services import Services
from signer.web import auth, pages, wire
from signer.web.forms import new_document
from signer.web.repeats import Orders
from signer.web.replies import Limits, answer, created, file_answer, json_body, word

_ID = re.compile("[0-9a-f]{32}")


class DocumentId(BaseConverter):
    """A document's id in a path: ``/v1/documents/check`` is another resource, with methods of its own."""

    regex = r"(?!check(?:/|$))[^/]+"


def install(app: Flask, services: Services, limits: Limits, order: Orders) -> None:
    """Add the views."""
    app.url_map.converters["document"] = DocumentId
    _changes(app, services, limits, order)
    _ends(app, services, order)
    _reads(app, services)


def _changes(app: Flask, services: Services, limits: Limits, order: Orders) -> None:
    """What moves a document on."""

    @app.post("/v1/documents", endpoint="prepare")
    def prepare() -> Response:
        sent = new_document(limits.max_attachments)
        return order(
            sent.actor,
            lambda who: services.prepare(sent.draft, sent.metadata, who, sent.attachments),
            lambda made: created(answers.prepared(made), f"/v1/documents/{made.id}"),
        )

    @app.post("/v1/documents/<document:document_id>/signatures", endpoint="sign")
    def sign(document_id: str) -> Response:
        said = wire.sign_request(json_body())
        return order(
            said.actor,
            lambda who: services.sign(document_id, said.role, said.key, who, said.pin, said.level),
            lambda done: answer(answers.signed(done)),
        )

    @app.post("/v1/documents/<document:document_id>/issue", endpoint="issue")
    def issue(document_id: str) -> Response:
        said = wire.issue_request(json_body(empty=True))
        if said.medium is Medium.PAPER:
            return order(
                said.actor,
                lambda who: services.issue_on_paper(document_id, who, said.wish.day, said.wish.number),
                lambda done: answer(answers.on_paper(done)),
            )
        return order(
            said.actor,
            lambda who: services.issue(document_id, who, said.wish, said.pin),
            lambda done: answer(answers.issued(done)),
        )


def _ends(app: Flask, services: Services, order: Orders) -> None:
    """What ends a document; each needs a reason."""

    def ended(document_id: str, by: Callable[[str, str, Caller], Document]) -> Response:
        said = wire.end_request(json_body())
        return order(
            said.actor, lambda who: by(document_id, said.reason, who), lambda done: answer(answers.ended(done))
        )

    @app.post("/v1/documents/<document:document_id>/reject", endpoint="reject")
    def reject(document_id: str) -> Response:
        return ended(document_id, services.reject)

    @app.post("/v1/documents/<document:document_id>/void", endpoint="void")
    def void(document_id: str) -> Response:
        return ended(document_id, services.void)

    @app.post("/v1/documents/<document:document_id>/recall", endpoint="recall")
    def recall(document_id: str) -> Response:
        return ended(document_id, services.recall)


def _reads(app: Flask, services: Services) -> None:
    """What shows something."""

    @app.get("/v1/documents", endpoint="list_documents")
    def list_documents() -> Response:
        asked = pages.asked()
        if asked.after and not _ID.fullmatch(asked.after):
            raise pages.no_cursor()
        found = services.look.page(
            auth.caller(),
            _state(),
            asked.after,
            asked.limit,
            agency=request.args.get("agency"),
            external_id=request.args.get("external_id"),
        )
        following = found[-1].id if len(found) >= asked.limit else None
        return pages.page({"documents": [answers.summary(document) for document in found]}, following)

    @app.get("/v1/documents/<document:document_id>", endpoint="show_document")
    def show_document(document_id: str) -> Response:
        return answer(answers.shown(*services.look.related(document_id, auth.caller())))

    @app.get("/v1/documents/<document:document_id>/content", endpoint="content")
    def content(document_id: str) -> Response:
        return file_answer(services.look.file(document_id, auth.caller(), MAIN_FILE))

    @app.get("/v1/documents/<document:document_id>/files/<int:n>", endpoint="file")
    def file(document_id: str, n: int) -> Response:
        return file_answer(services.look.file(document_id, auth.caller(), n))


def _state() -> DocumentState | None:
    if "state" not in request.args:
        return None
    return DocumentState(word("state", [state.value for state in DocumentState], ""))
