"""schemathesis judges the running service by its own description: requests made from it, good, bad and strange.

Every check of schemathesis runs but those in ``LEFT_OUT`` (tests/support/fuzzing.py), each with its reason there.
``make fuzz`` runs it for ten minutes, with chance instead of a fixed order.
"""

import os
from pathlib import Path

import pytest

from signer.model import ApiRole
from tests.support.fuzzing import Ran, run

from .conftest import Service

SECONDS = os.environ.get("ANTIN_FUZZ_SECONDS", "")


@pytest.fixture(scope="module")
def keys(service: Service) -> dict[str, str]:
    return {role.value: service.key(role.value) for role in ApiRole}


def judged(ran: Ran) -> None:
    assert ran.clean, ran.said[-12_000:]


def test_nothing_is_found_with_a_key_that_may(service: Service, keys: dict[str, str], tmp_path: Path):
    judged(
        run(
            service.url,
            keys,
            tmp_path,
            "--phases=examples,coverage,fuzzing",
            "--max-examples=4",
            "--generation-deterministic",
            "--continue-on-failure",
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


@pytest.mark.skipif(not SECONDS, reason="by hand: make fuzz")
def test_nothing_is_found_in_a_long_run(service: Service, keys: dict[str, str], tmp_path: Path):
    ran = run(service.url, keys, tmp_path, "--phases=coverage,fuzzing,stateful", f"--max-time={SECONDS}")
    print(ran.said[-3000:])  # noqa: T201 - for the person who ran it
    judged(ran)
