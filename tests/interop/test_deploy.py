"""docs/deploy: the unit as systemd reads it, and a container file whose every line can be carried out."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from signer.wsgi import GRACE
from tests.support import hardened
from tests.support.tools import run

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNIT = (DEPLOY / "antin.service").read_text("utf-8")
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8")
INSTALL = (DEPLOY / "install.sh").read_text("utf-8")
EXPOSURE = 15
"""Tenths: how exposed systemd may find the service, of 100."""


def security(unit: Path, threshold: int = EXPOSURE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={threshold}", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def verified(folder: Path, text: str, name: str = "antin.service") -> subprocess.CompletedProcess[str]:
    """systemd-analyze verify in a root of its own, where the program is installed."""
    program, unit = folder / "opt/antin/bin/antin", folder / "etc/systemd/system" / name
    for path in (program, unit):
        path.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit.write_text(text, "utf-8")
    return subprocess.run(
        ["systemd-analyze", "verify", f"--root={folder}", "--man=no", "--recursive-errors=no", name],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_systemd_takes_the_unit_and_has_nothing_to_say(tmp_path: Path):
    done = verified(tmp_path, UNIT)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_timer_fetches_revocation_data_hourly_and_its_service_gets_no_pin(tmp_path: Path):
    service, timer = (DEPLOY / f"antin-revocation.{kind}" for kind in ("service", "timer"))
    done = verified(tmp_path, service.read_text("utf-8"), service.name)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    done = verified(tmp_path, timer.read_text("utf-8"), timer.name)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    slip = verified(tmp_path, timer.read_text("utf-8").replace("hourly", "hurly"), timer.name)
    assert slip.returncode or slip.stdout + slip.stderr
    assert security(service).returncode == 0
    assert "Credential" not in service.read_text("utf-8")
    commands = re.findall(r"(?m)^Exec\w+=/opt/antin/bin/antin (.*) --config", service.read_text("utf-8"))
    assert commands == ["revocation refresh", "revocation status"]


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("ProtectSystem=strict", "ProtectSystem=very"),
        ("NoNewPrivileges=yes", "NoNewPrivilege=yes"),
        ("/opt/antin/bin/antin serve", "/opt/antin/bin/antn serve"),
    ],
)
def test_a_slip_in_the_unit_is_seen(tmp_path: Path, line: str, instead: str):
    assert line in UNIT
    done = verified(tmp_path, UNIT.replace(line, instead))
    assert done.returncode or done.stdout + done.stderr


def test_systemd_finds_the_service_little_exposed(tmp_path: Path):
    done = security(DEPLOY / "antin.service")
    assert done.returncode == 0, done.stdout[-400:]
    weaker = tmp_path / "antin.service"
    weaker.write_text(re.sub(r"(?m)^(PrivateDevices|SystemCallFilter|CapabilityBoundingSet)=.*\n", "", UNIT), "utf-8")
    assert security(weaker).returncode != 0


def test_stopping_waits_as_long_as_the_workers_do():
    told = int(re.search(r"(?m)^TimeoutStopSec=(\d+)$", UNIT)[1])
    assert told >= GRACE + 15
    assert re.search(r"(?m)^Type=notify$", UNIT)


def test_the_filter_that_the_service_is_tested_under_refuses():
    """tests/integration runs the service under it; here is shown that it does something."""
    tried = "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)"
    free = subprocess.run([sys.executable, "-c", tried], capture_output=True, check=False, timeout=60)
    held = subprocess.run(
        [sys.executable, hardened.__file__, sys.executable, "-c", tried], capture_output=True, check=False, timeout=60
    )
    assert free.returncode == 0
    assert b"PermissionError" in held.stderr


# --- the container


def lines(instruction: str) -> list[list[str]]:
    """The words of every such instruction, continued lines joined."""
    whole = CONTAINER.replace("\\\n", " ")
    return [shlex.split(each) for each in re.findall(rf"(?m)^{instruction} (.*)$", whole)]


def installed() -> set[str]:
    """What install.sh builds from."""
    named = re.search(r"for each in (.*); do", INSTALL)
    assert named is not None
    return set(named[1].split())


def test_what_is_copied_is_there_and_is_what_the_installation_needs():
    copied = {source for words in lines("COPY") if "--from=build" not in words for source in words[:-1]}
    assert {source for source in copied if not (ROOT / source).exists()} == set()
    assert copied == installed() | {"requirements.txt", "docs/deploy/install.sh"}
    assert ["sh", "docs/deploy/install.sh", "/opt/antin"] in lines("RUN")


def test_it_runs_as_nobody_special_asks_for_its_health_and_stops_in_order():
    assert lines("USER") == [["10001:10001"]]
    assert lines("STOPSIGNAL") == [["SIGTERM"]]
    assert all(re.fullmatch(r"debian:12-slim", words[0]) for words in lines("FROM"))
    healthcheck = CONTAINER.replace("\\\n", " ").split("HEALTHCHECK", 1)[1].split("CMD", 1)[1].splitlines()[0]
    _python, flag, program = json.loads(healthcheck)
    assert flag == "-c"
    compile(program, "healthcheck", "exec")
    assert "/healthz" in program


def test_the_shell_takes_the_installation():
    run("sh", "-n", str(DEPLOY / "install.sh"))
    assert "--require-hashes" in INSTALL


def test_a_build_from_what_is_copied_has_every_file_of_the_packages_and_runs(tmp_path: Path):
    source, made, unpacked = tmp_path / "source", tmp_path / "made", tmp_path / "unpacked"
    source.mkdir()
    for name in installed():
        whole = ROOT / name
        if whole.is_dir():
            shutil.copytree(whole, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(whole, source)
    build = ("wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(made))
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", *build, str(source), silent=True)
    (wheel,) = made.glob("antin-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        archive.extractall(unpacked)
    packages = [name for name in installed() if (ROOT / name).is_dir()]
    there = {
        str(path.relative_to(source))
        for name in packages
        for path in (source / name).rglob("*")
        if path.is_file() and path.suffix != ".md"
    }
    assert there - held == set()
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            "from signer.cli import main; import signer; print(signer.__file__); main()",
            "--help",
        ],
        env={"PYTHONPATH": str(unpacked), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(unpacked))
    assert "serve" in done.stdout
