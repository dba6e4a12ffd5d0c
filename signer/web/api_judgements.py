"""What is judged over HTTP and not kept: a draft before anybody signs, a package after all have."""

from __future__ import annotations

from flask import Flask, Response

from signer.sheets import report as sheet
from signer.usecases import answers
from signer.usecases.services import Services
from signer.web import auth
from signer.web.forms import new_document, package_body
from signer.web.queue import Lanes
from signer.web.replies import Limits, answer, word

HTML = "text/html; charset=utf-8"
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'"
"""Content-Security-Policy: the page quotes file names and subjects that strangers chose."""


def install(app: Flask, services: Services, limits: Limits, lanes: Lanes) -> None:
    """Add the views."""

    @app.post("/v1/documents/check", endpoint="check")
    def check() -> Response:
        form = word("format", ("json", "html"), "json")
        sent = new_document(limits.max_attachments)
        with lanes.turn():
            report = services.check(sent.draft, sent.metadata, auth.caller(), sent.attachments)
        if form == "json":
            return answer(answers.checked(report))
        response = Response(sheet.html_bytes(report), content_type=HTML)
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        return response

    @app.post("/v1/verify", endpoint="verify")
    def verify() -> Response:
        data, attachments = package_body(limits.max_attachments)
        with lanes.turn():
            if not attachments:
                return answer(services.verify(data).as_dict())
            return answer(services.verify.package(data, [(file.name, file.content) for file in attachments]).as_dict())
