"""Examples of the OpenAPI document: what the tests asked of a running service and were answered, over the samples.

``openapi_examples/<operation>.json`` holds them, written anew by ``make examples``; the same test sends each request
again and compares what comes back with what is written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: what it shows, with which status and media type; ``value`` is JSON."""

    name: str
    status: int
    media_type: str
    value: object


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's body: JSON, or the parts of a form that are no files."""

    media_type: str
    value: object


def request_of(endpoint: str) -> Asked | None:
    """The body that an operation's example sends, None without one."""
    said = kept().get(endpoint, {}).get("request")
    return None if said is None else Asked(said["media_type"], said["value"])


def answers_of(endpoint: str) -> tuple[Given, ...]:
    """The answers that are shown of an operation."""
    return tuple(
        Given(name, each["status"], each["media_type"], each["value"])
        for name, each in kept().get(endpoint, {}).get("answers", {}).items()
    )


@cache
def kept() -> Mapping[str, Any]:
    """What the files hold, by operation."""
    folder = resources.files("signer.web") / "openapi_examples"
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text("utf-8"))
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".json")
    }
