"""schemathesis judges the running service by its own description: requests made from it, good, bad and strange.

Every check of schemathesis runs but those in ``LEFT_OUT`` (tests/support/fuzzing.py), each with its reason there.
``make fuzz`` runs it for ten minutes, with chance instead of a fixed order.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from signer.model import ApiRole
from tests.support.fuzzing import Ran, run

from .conftest import CLERKS, Service
from .test_api_office import enter

SECONDS = os.environ.get("ANTIN_FUZZ_SECONDS", "")


@pytest.fixture(scope="module")
def keys(service: Service) -> dict[str, str]:
    return {role.value: service.key(role.value) for role in ApiRole}


@pytest.fixture(scope="module")
def known(service: Service) -> dict[str, Sequence[object]]:
    """Documents in several states, an agency with a register, keys: strange requests reach more than a 404."""
    documents = [service.send().json()["id"], service.signed(), service.issued(), enter(service).json()["id"]]
    return {
        "path.document_id": documents,
        "path.agency": ["BTC", "UBND-DP"],
        "path.year": [2026],
        "path.n": [1],
        "body.key": ["an.nv", "agency-btc"],
        "body.actor.id": [CLERKS["BTC"]["id"]],
    }


def judged(ran: Ran) -> None:
    assert ran.clean, ran.said[-12_000:]


def test_nothing_is_found_with_a_key_that_may(
    service: Service, keys: dict[str, str], known: dict[str, Sequence[object]], tmp_path: Path
):
    judged(
        run(
            service.url,
            keys,
            tmp_path,
            "--phases=examples,coverage,fuzzing",
            "--max-examples=4",
            "--generation-deterministic",
            "--continue-on-failure",
            known=known,
        )
    )


@pytest.mark.parametrize("role", [role.value for role in ApiRole])
def test_nothing_is_found_with_any_role(service: Service, keys: dict[str, str], tmp_path: Path, role: str):
    options = ("--phases=fuzzing", "--max-examples=1", "--generation-deterministic", "--continue-on-failure")
    judged(run(service.url, keys, tmp_path, *options, role=role))


def test_what_it_would_find_it_finds(service: Service, keys: dict[str, str], tmp_path: Path):
    """A run that cannot fail proves nothing: without keys every good request is refused in a way not asked for."""
    ran = run(
        service.url,
        dict.fromkeys(keys, "antin-nobody"),
        tmp_path,
        "--phases=fuzzing",
        "--max-examples=1",
        expected=["2xx"],
    )
    assert not ran.clean
    assert "positive_data_acceptance" in ran.said or "ST202" in ran.said


if SECONDS:  # by hand: make fuzz

    def test_nothing_is_found_in_a_long_run(
        service: Service, keys: dict[str, str], known: dict[str, Sequence[object]], tmp_path: Path
    ):
        phases, most = "--phases=coverage,fuzzing,stateful", f"--max-time={SECONDS}"
        ran = run(service.url, keys, tmp_path, phases, most, "--continue-on-failure", known=known)
        print(ran.said[-3000:])  # noqa: T201 - for the person who ran it
        judged(ran)
