"""A folder with every file that the settings name."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.settings_files import certificate, png


@pytest.fixture(scope="module")
def pems() -> dict[str, bytes]:
    rsa_key = rsa.generate_private_key(65537, 2048)
    root = certificate(rsa_key, "Root")
    sub = certificate(rsa_key, "Sub")
    return {
        "root.pem": root,
        "chain.pem": sub + root,
        "rsa.pem": certificate(rsa_key, "BTC", "Sub"),
        "ec.pem": certificate(ec.generate_private_key(ec.SECP256R1()), "An", "Sub"),
    }


@pytest.fixture
def folder(tmp_path: Path, pems: dict[str, bytes]) -> Path:
    for name, data in pems.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "seal.png").write_bytes(png((200, 20, 20, 255)))
    (tmp_path / "signature.png").write_bytes(png((20, 40, 160, 255)))
    (tmp_path / "module.so").write_bytes(b"")
    (tmp_path / "pin.txt").write_text("12345678")
    (tmp_path / "pin.txt").chmod(0o600)
    return tmp_path
