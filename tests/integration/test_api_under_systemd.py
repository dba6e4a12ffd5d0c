"""The service as the unit in docs/deploy runs it: what systemd grants, takes away and waits for."""

import socket
import sys
from datetime import datetime
from pathlib import Path

import requests

from signer.model import VIETNAM

from .conftest import SAMPLES, Service

HARDENED = Path(__file__).parents[1] / "support" / "hardened.py"


def test_it_says_when_it_is_ready(own_service: Service, tmp_path: Path):
    """Type=notify: sd_notify(3)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(tmp_path / "notify"))
        notified.settimeout(30)
        own_service.more["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        own_service.start()
        assert b"READY=1" in notified.recv(4096).splitlines()


def test_pins_come_as_credentials_and_metrics_lie_in_the_runtime_directory(own_service: Service, tmp_path: Path):
    folder = own_service.provisioned.folder
    credentials, runtime = tmp_path / "credentials", tmp_path / "run"
    runtime.mkdir(mode=0o700)
    credentials.mkdir(mode=0o700)
    for pin in (folder / "pins").iterdir():
        (credentials / f"pin_{pin.name}").write_bytes(pin.read_bytes())
        (credentials / f"pin_{pin.name}").chmod(0o440)  # as an ACL for the service's user shows
    keys = own_service.provisioned.keys
    keys.write_text(keys.read_text("utf-8").replace('"file:pins/', '"credential:pin_'), "utf-8")
    own_service.more |= {"CREDENTIALS_DIRECTORY": str(credentials), "RUNTIME_DIRECTORY": str(runtime)}
    own_service.start()
    assert own_service.issued()
    assert len(list(runtime.glob("antin-metrics-*/*.db"))) >= 2
    own_service.stop()
    assert list(runtime.iterdir()) == []


def test_it_works_without_memory_that_is_writable_and_executable(own_service: Service):
    """MemoryDenyWriteExecute=yes: PDFium, libffi, SoftHSM, the sheets' fonts."""
    own_service.launcher = (sys.executable, HARDENED)
    own_service.start()
    document = own_service.issued()
    assert own_service.process is not None
    status = Path(f"/proc/{own_service.process.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    pdf = {"Content-Type": "application/pdf"}
    judged = own_service.ask("auditor", "POST", "/v1/verify", data=own_service.content(document), headers=pdf)
    assert judged.json()["verdict"] == "TOTAL-PASSED"
    book = own_service.ask("auditor", "GET", f"/v1/registers/BTC/{datetime.now(VIETNAM).year}?format=pdf")
    assert book.content.startswith(b"%PDF")
    scan = own_service.ask("auditor", "POST", "/v1/verify", data=(SAMPLES / "quyet-dinh.pdf").read_bytes(), headers=pdf)
    assert scan.json()["verdict"] == "NO_SIGNATURE"
    assert requests.get(f"{own_service.url}/readyz", timeout=10).ok
