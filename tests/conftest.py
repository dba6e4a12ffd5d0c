"""Fixtures that every test may use: provisioned SoftHSM tokens with the declared PKI and office."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from softhsm.declared import Declared, load
from softhsm.provision import Provisioned, configure, provision
from tests.support.postgres import Cluster, running_cluster


def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder made once a test run; with pytest-xdist the first worker makes it, the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, done = shared / "provisioned", shared / "provisioned.done"
    with (shared / "provisioned.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            provision(folder)
            done.touch()
    return folder


def _copy(source: Path, target: Path, declared: Declared) -> Provisioned:
    shutil.copytree(source, target)
    copy = Provisioned(target, declared)
    configure(copy)
    return copy


@pytest.fixture(scope="session")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Provisioned:
    """Tokens, certificates, images, settings; this process uses the tokens. Its own copy in each xdist worker.

    Leave it as it was found: a test that pulls a token returns it; one that revokes or changes settings
    works on ``provisioned_copy``.
    """
    source = _template(tmp_path_factory)
    mine = _copy(source, tmp_path_factory.mktemp("tokens") / "provisioned", load())
    mine.activate()
    return mine


@pytest.fixture
def provisioned_copy(provisioned: Provisioned, tmp_path: Path) -> Callable[[], Provisioned]:
    """Make copies to change. Certificates and settings work at once; the tokens of a copy are for a child
    process with SOFTHSM2_CONF (``copy.softhsm_conf``), since this process keeps to the tokens of ``provisioned``.
    """
    count = 0

    def make() -> Provisioned:
        nonlocal count
        count += 1
        return _copy(provisioned.folder, tmp_path / f"provisioned-{count}", provisioned.declared)

    return make


@pytest.fixture
def run_child() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python code in a process of its own with some folder's tokens: a crash or a fork stays outside ours.

    ``arguments`` are its sys.argv[1:]; what it prints comes back; a failure shows its error output.
    """

    def run(code: str, conf: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        root = Path(__file__).parent.parent
        environment = dict(os.environ, SOFTHSM2_CONF=str(conf), PYTHONPATH=str(root), PYTHONFAULTHANDLER="1")
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            env=environment,
            cwd=root,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(f"the child ended with {done.returncode}:\n{done.stderr[-4000:]}")
        return done

    return run


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test process."""
    with running_cluster() as server:
        yield server
