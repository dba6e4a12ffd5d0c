"""The bundle of wheels: built once, installed where there is no network, and what comes out of it runs."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from softhsm.provision import Provisioned

ROOT = Path(__file__).parents[2]
DEAD = "http://127.0.0.1:9"  # nothing listens on "discard"


def run(*command: object, offline: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a network namespace without any interface but a dead loopback, where ``offline``."""
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), DEAD)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    if offline and subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        alone = []  # the machine forbids namespaces: every way out still ends at a closed port
    return subprocess.run(
        [*(alone if offline else []), *map(str, command)],
        cwd=ROOT,
        env={**(inherited | proxies if offline else os.environ), **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    done = run("sh", ".ci/bundle.sh", folder, PYTHON=sys.executable)
    assert done.returncode == 0, done.stdout + done.stderr
    with tarfile.open(done.stdout.strip()) as tar:
        tar.extractall(folder, filter="data")
    return next(path for path in folder.glob("antin-*-bundle") if path.is_dir())


def test_it_installs_and_runs_without_a_network(bundle: Path, tmp_path: Path, provisioned: Provisioned) -> None:
    done = run("sh", bundle / "install.sh", tmp_path / "antin", offline=True, PYTHON=sys.executable)
    assert done.returncode == 0, done.stdout + done.stderr
    antin = tmp_path / "antin" / "bin" / "antin"
    assert "Usage" in run(antin, "--help", offline=True).stdout
    config = provisioned.folder / "service-bundle.toml"
    text = re.sub(
        r"(?m)^store = .*$", f'store = "sqlite:///{tmp_path}/antin.db"', provisioned.service.read_text("utf-8")
    )
    config.write_text(re.sub(r"(?m)^blobs = .*$", f'blobs = "{tmp_path}/blobs"', text), "utf-8")
    checked = run(antin, "config", "check", "--json", "--config", config, offline=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    # Migrations, rules and fonts are in the wheel: an empty office lists no document, and agrees with itself.
    listed = run(antin, "document", "list", "--json", "--config", config, offline=True)
    assert (listed.returncode, listed.stdout.strip()) == (0, "[]"), listed.stderr
    assert run(antin, "check", "--config", config, offline=True).returncode == 0
    config.unlink()
    again = run("sh", bundle / "install.sh", tmp_path / "antin", offline=True, PYTHON=sys.executable)
    assert again.returncode == 2


def test_a_wheel_that_was_touched_is_not_installed(bundle: Path, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    shutil.copytree(bundle, touched)
    wheel = next((touched / "wheels").glob("click-*.whl"))
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    wheel.write_bytes(data)
    done = run("sh", touched / "install.sh", tmp_path / "antin", offline=True, PYTHON=sys.executable)
    assert done.returncode == 1
    assert not (tmp_path / "antin").exists()


def test_every_wheel_is_asked_for_by_its_hash(bundle: Path) -> None:
    """Sums alone could be made anew by whoever changes a wheel; the requirements are those of the repository."""
    wanted = (bundle / "requirements.txt").read_text("utf-8")
    assert wanted.startswith((ROOT / "requirements.txt").read_text("utf-8"))
    names = re.findall(r"(?m)^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", wanted.lower())
    assert (
        len(names)
        == len(set(names))
        == len(re.findall(r"(?m)^\S+==[^#]*?(?:\\\n\s+--hash=sha256:[0-9a-f]{64}\s*)+", wanted))
    )
    kept = {re.sub(r"[-_.]+", "-", path.name.split("-")[0].lower()) for path in (bundle / "wheels").iterdir()}
    assert kept == {re.sub(r"[-_.]+", "-", name) for name in names}
