"""Each endpoint with each role, against the running service: 403 exactly where the table has no mark."""

import re
from collections.abc import Iterator

import pytest
import requests

from signer.model import ApiRole
from signer.web.auth import ALLOWED, OPEN
from signer.web.openapi import document

from .conftest import Service

FILLED = {"document_id": "00000000000000000000000000000000", "n": "1", "agency": "BTC", "year": "2026"}


def endpoints() -> Iterator[tuple[str, str, str]]:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            yield operation["operationId"], method.upper(), re.sub(r"\{(\w+)\}", lambda found: FILLED[found[1]], path)


@pytest.mark.parametrize(("name", "method", "path"), [each for each in endpoints() if each[0] not in OPEN])
def test_a_role_is_let_in_exactly_where_the_table_says_so(service: Service, name: str, method: str, path: str):
    for role in ApiRole:
        answer = service.ask(role.value, method, path)
        refused = answer.status_code == 403 and answer.json()["code"] == "role-not-allowed"
        assert refused is (role not in ALLOWED[name]), (role, answer.text)
    for headers in ({}, {"Authorization": "Bearer antin-nobody"}, {"Authorization": "Basic YTpi"}):
        nobody = requests.request(method, service.url + path, headers=headers, timeout=10)
        assert nobody.status_code == 401
        assert nobody.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("name", "method", "path"), [each for each in endpoints() if each[0] in OPEN])
def test_what_is_open_is_open_to_everybody(service: Service, name: str, method: str, path: str):
    fine = 415 if name == "tsa" else 200  # nothing is sent here, which is no time-stamp query
    assert requests.request(method, service.url + path, timeout=10).status_code == fine, name
    for role in ApiRole:
        assert service.ask(role.value, method, path).status_code == fine
