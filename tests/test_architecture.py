"""Who may import whom: the contracts of pyproject.toml, run, and proved able to fail."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("hsm", "policies", "signer", "softhsm")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=lambda directory, names: {
                name for name in names if not name.endswith(".py") and not (Path(directory) / name).is_dir()
            },
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("hsm/api.py", "import policies.model", "hsm and policies know neither each other"),
        ("policies/order.py", "import signer.errors", "Storeys"),
        ("signer/model/page.py", "import signer.ports", "Storeys"),
        ("signer/web/api.py", "import signer.app", "Storeys"),
        ("signer/storage/store.py", "import signer.validation.trust", "Storeys"),
        ("signer/usecases/sign.py", "import signer.storage.store", "Use cases, sheets and web know"),
        ("signer/sheets/columns.py", "import signer.storage.store", "Use cases, sheets and web know"),
        ("signer/cli/__init__.py", "import signer.pdf.sign", "app alone names implementations"),
        ("signer/client/transport.py", "import signer.errors", "The client can be taken by itself"),
        ("signer/web/replies.py", "import signer.client", "The service does not call itself"),
        ("signer/keys.py", "import softhsm", "The product never imports its test tokens"),
        ("signer/keys.py", "import pkcs11", "pkcs11 only in hsm.pkcs11"),
        ("signer/usecases/verify.py", "import pikepdf", "PDF libraries only in"),
        ("signer/usecases/look.py", "import sqlalchemy", "Databases only in"),
        ("signer/usecases/look.py", "import flask", "HTTP only in"),
        ("signer/metered.py", "import prometheus_client", "HTTP only in"),
        ("signer/metered.py", "import signer.keys", "Storeys"),
        ("signer/usecases/refresh.py", "import signer.revocation.shelf", "Use cases, sheets and web know"),
        ("signer/revocation/shelf.py", "import signer.validation.trust", "Storeys"),
        ("signer/revocation/shelf.py", "import requests", "Who goes to the network"),
        ("signer/tsa/outside.py", "import signer.validation.trust", "Storeys"),
        ("signer/tsa/outside.py", "import requests", "Who goes to the network"),
        ("signer/usecases/look.py", "import signer.tsa.outside", "Use cases, sheets and web know"),
        ("signer/cli/authorities.py", "import signer.tsa.outside", "app alone names implementations"),
        ("signer/validation/trust.py", "import requests", "Who goes to the network"),
        ("signer/usecases/look.py", "import signer.line.http", "Use cases, sheets and web know"),
        ("signer/tsa/clock.py", "import signer.revocation.shelf", "Storeys"),
        ("signer/usecases/health.py", "import signer.tsa.clock", "Use cases, sheets and web know"),
        ("signer/usecases/look.py", "import openpyxl", "Sheets are written in"),
    ],
)
def test_a_forbidden_import_is_caught(copy: Path, module: str, line: str, contract: str) -> None:
    path = copy / module
    before = path.read_text("utf-8")
    path.write_text(f"{before}\n{line}\n", "utf-8")
    try:
        result = lint(copy)
    finally:
        path.write_text(before, "utf-8")
    broken = [text for text in result.stdout.splitlines() if " BROKEN" in text]
    assert result.returncode == 1
    assert any(text.startswith(contract) for text in broken), result.stdout


def test_every_package_of_the_product_is_under_contract() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    rooms = {
        f"signer.{path.stem}"
        for path in (ROOT / "signer").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }
    storeys = {room.strip() for layer in config["contracts"][0]["layers"] for room in layer.split("|")}
    assert rooms <= storeys
