"""``[tsa]``: the key of our own time-stamp authority, and everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from signer.settings import load_settings
from signer.settings.tsa import TsaSettings
from softhsm.provision import Provisioned
from tests.support.settings_files import SERVICE, faults, read

CLOCK = '[clock]\nsources = ["local"]\n'


def test_without_it_there_is_none(folder: Path) -> None:
    assert read(folder).tsa is None


def test_the_demonstration_has_one(provisioned: Provisioned) -> None:
    assert load_settings(provisioned.service).tsa == TsaSettings("tsa", "1.3.6.1.4.1.99999.1", 200, 2000)


def test_everything_that_is_wrong_is_told_at_once(folder: Path) -> None:
    said = '[tsa]\nkey = "away"\npolicy = "1.40.1"\nrate = 0\nburst = 0\ncolour = 1\n'
    lines = [line for line in faults(folder, service=SERVICE + said) if "[tsa]" in line]
    for key in ("key: chưa khai báo “away”", "policy: “1.40.1”", "rate: 0", "burst: 0", "colour", "clock: cần bảng"):
        assert any(f"[tsa] {key}" in line for line in lines), (key, lines)
    assert len(lines) == 6


@pytest.mark.parametrize(
    "policy", ["x", "1", "1.3", "3.1.1", "1.3.06", "1.3.6.", "1.40.1", "0x1.2.3", "2.5." + "9" * 20]
)
def test_what_is_no_policy(folder: Path, policy: str) -> None:
    lines = faults(folder, service=f'{SERVICE}{CLOCK}[tsa]\nkey = "btc.seal"\npolicy = "{policy}"\n')
    assert any("[tsa] policy: " in line for line in lines)


def test_a_key_that_signs_documents_or_whose_certificate_is_for_something_else(folder: Path) -> None:
    lines = faults(folder, service=f'{SERVICE}{CLOCK}[tsa]\nkey = "btc.seal"\npolicy = "1.2.3"\n')
    assert len(lines) == 2
    assert "it must have no “roles”" in lines[0]
    assert "no extended key usage" in lines[1]


def test_a_persons_key_needs_its_person(folder: Path) -> None:
    lines = faults(folder, service=f'{SERVICE}{CLOCK}[tsa]\nkey = "an.nv"\npolicy = "1.2.3"\n')
    assert any("[tsa] key: khóa của cá nhân" in line for line in lines)
