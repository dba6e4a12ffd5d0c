"""What happened, for systems that follow it over HTTP."""

from __future__ import annotations

from flask import Flask, Response

from signer.usecases import answers
from signer.usecases.follow import LAST_POSITION
from signer.usecases.services import Services
from signer.web import auth, pages


def install(app: Flask, services: Services) -> None:
    """Add the view."""

    @app.get("/v1/events", endpoint="events")
    def events() -> Response:
        asked = pages.asked()
        found = services.follow(auth.caller(), _position(asked.after), asked.limit)
        # There is always a next one: who has seen everything asks there again, later.
        following = str(found[-1].position) if found else asked.after or "0"
        return pages.page({"events": [answers.event(each) for each in found]}, following)


def _position(after: str) -> int:
    if not after:
        return 0
    if not after.isascii() or not after.isdigit() or len(after) > len(str(LAST_POSITION)):
        raise pages.no_cursor()
    return min(int(after), LAST_POSITION)
