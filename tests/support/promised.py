"""Whether an answer of the running service is one that its operation is said to give: status, and code of a problem."""

import re
from collections.abc import Iterator

import requests

from signer.web.codes import ANSWERS, NOWHERE
from signer.web.openapi import document


def _operations() -> Iterator[tuple[str, re.Pattern[str], str]]:
    for path, operations in document()["paths"].items():
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        for method, operation in operations.items():
            yield method.upper(), pattern, operation["operationId"]


_OPERATIONS = list(_operations())
_PATHS = {each["operationId"]: path for path, operations in document()["paths"].items() for each in operations.values()}


def operation(method: str, path: str) -> str | None:
    """The operation that a request asks for; None where there is none."""
    bare = path.partition("?")[0]
    found = [name for verb, pattern, name in _OPERATIONS if verb == method and pattern.fullmatch(bare)]
    # Where a path with a variable and one without fit, the one without is meant (OpenAPI 3.1, Paths Object).
    return min(found, key=lambda name: "{" in _PATHS[name], default=None)


def check_promised(method: str, path: str, answer: requests.Response) -> None:
    """Hold a refusal against ``signer.web.codes``."""
    if answer.headers.get("Content-Type") != "application/problem+json":
        assert answer.status_code < 400 or answer.status_code == 503, (method, path, answer.status_code)
        return
    name, code = operation(method, path), answer.json()["code"]
    answers = ANSWERS[name] if name else {}
    told = answers.get(answer.status_code, frozenset()) | NOWHERE.get(answer.status_code, frozenset())
    assert code in told, (
        f"{method} {path} ({name}) answered {answer.status_code} {code}: say so in signer/web/codes.py, and `make docs`"
    )
