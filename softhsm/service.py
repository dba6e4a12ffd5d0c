"""The demonstration's service as a background process: started, waited for, stopped."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

from softhsm.provision import Provisioned

START_SECONDS = 60.0
STOP_SECONDS = 20.0
FIRST_PORT, PORTS = 8080, 50


def command() -> list[str]:
    """The installed ``antin`` of this Python."""
    return [str(Path(sys.executable).with_name("antin"))]


def start(done: Provisioned) -> str:
    """Start on the first free port of loopback; give the address when it answers, or RuntimeError with its log."""
    stop(done.folder)
    port = _free_port()
    settings = done.service.read_text("utf-8")
    done.service.write_text(re.sub(r"(?m)^listen = .*$", f'listen = "127.0.0.1:{port}"', settings), "utf-8")
    log = done.folder / "service.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 -- our own program
            [*command(), "--config", str(done.service), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(os.environ, SOFTHSM2_CONF=str(done.softhsm_conf)),
        )
    _pid_file(done.folder).write_text(f"{process.pid}\n")
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{address}/readyz", timeout=2).ok:
                return address
        except requests.ConnectionError:
            time.sleep(0.1)
    stop(done.folder)
    raise RuntimeError(f"the service did not start; {log}:\n{log.read_text()[-3000:]}")


def stop(folder: Path) -> bool:
    """End the service that this folder's pid file names; whether there was one."""
    pid_file = _pid_file(folder)
    if not pid_file.exists():
        return False
    pid = int(pid_file.read_text())
    pid_file.unlink()
    if not _is_ours(pid, folder):
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _is_ours(pid, folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _is_ours(pid, folder):
        os.killpg(pid, signal.SIGKILL)
    return True


def _is_ours(pid: int, folder: Path) -> bool:
    """Whether the process lives and is a service of this folder: numbers of processes are used again."""
    try:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        return str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _pid_file(folder: Path) -> Path:
    return folder / "service.pid"


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}")
