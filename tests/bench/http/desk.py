"""The real service on tokens made for the run, as its users meet it: address, API keys, requests as bytes."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from signer.settings import load_settings
from softhsm import demo, service
from softhsm.provision import Provisioned

SAMPLE = "quyet-dinh"
LEADER = {"id": "an.nv", "name": "Nguyễn Văn An"}
ROLES = ("document-system", "leader", "clerk", "auditor")
BOUNDARY = "----antin-bench-5c1d"
CHECKSUM = re.compile(rb"(?<=/DocChecksum /)[0-9A-F]{32}")
"""32 bytes of the sample that say nothing to a reader: each document gets its own, so that no two files are equal."""


class Desk:
    """A running service. ``store`` is the URL of its database, SQLite in the folder unless told.

    ``stay``: seconds for which the leader's login outlives a signature (``stay_logged_in`` in keys.toml).
    """

    def __init__(self, done: Provisioned, store: str | None = None, *, stay: int = 0) -> None:
        self.done = done
        if store is not None:
            text = done.service.read_text("utf-8")
            done.service.write_text(re.sub(r"(?m)^store = .*$", f'store = "{store}"', text), "utf-8")
        if stay:
            held = f'label = "person-{LEADER["id"]}"\n'
            text = done.keys.read_text("utf-8")
            done.keys.write_text(text.replace(held, f"{held}stay_logged_in = {stay}\n", 1), "utf-8")
        self.settings = load_settings(done.service)
        self._pin = done.pin(LEADER["id"]).reveal()
        self.address = ""
        self.keys: dict[str, str] = {}

    def start(self) -> None:
        self.address = service.start(self.done)
        self.keys = self.keys or {demo.spelt(role): demo.make_key(self.done, role) for role in ROLES}

    def stop(self) -> None:
        service.stop(self.done.folder)

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def ask(self, role: str, method: str, path: str, **arguments: Any) -> Any:
        return demo.Desk(self.address, self.keys, {}).ask(role, method, path, **arguments)

    def workers(self) -> list[int]:
        """Process ids of the workers: the children of the one that the pid file names."""
        return children(int((self.done.folder / "service.pid").read_text()))

    def cpu(self) -> float:
        """CPU seconds, user and system, that the workers have used so far."""
        return sum(cpu(worker) for worker in self.workers())

    # --- requests

    def request(self, role: str, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
        """One request as it goes over the wire."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {self.keys[demo.spelt(role)]}\r\n"
        )
        if body:
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body

    def lead(self, document: str) -> bytes:
        """A leader signs, with the PIN of the own token."""
        said = {"role": "leader", "key": LEADER["id"], "pin": self._pin, "actor": LEADER}
        return self.request("leader", "POST", f"/v1/documents/{document}/signatures", _json(said))

    def issue(self, document: str) -> bytes:
        """The clerk's step."""
        return self.request("clerk", "POST", f"/v1/documents/{document}/issue", _json({"actor": demo.CLERKS["BTC"]}))

    def prepare(self, serial: int) -> bytes:
        """A draft is sent in; each differs from all others."""
        declared = resources.files("softhsm").joinpath("samples", "expected.json").read_bytes()
        said = next(each for each in json.loads(declared) if each["name"] == SAMPLE)
        metadata = {name: said[name] for name in ("agency", "type", "normative", "subject", "place")}
        metadata |= {"signers": [{name: each[name] for name in ("name", "capacity")} for each in said["signers"]]}
        metadata |= {"recipients": ["Như trên"], "kept_by": "VT"}
        body = b"".join(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; {told}\r\n\r\n".encode() + data + b"\r\n"
            for told, data in (
                ('name="file"; filename="draft.pdf"', draft(serial)),
                ('name="metadata"', _json(metadata)),
            )
        )
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.request("document-system", "POST", "/v1/documents", body + f"--{BOUNDARY}--\r\n".encode(), kind)


@contextmanager
def serving(desk: Desk) -> Iterator[Desk]:
    """The service, for the time of the block; also where this process is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        desk.start()
        yield desk
    finally:
        desk.stop()


def say(line: str) -> None:
    """Tell at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def draft(serial: int) -> bytes:
    """The four-page sample as one of many drafts."""
    return varied(resources.files("softhsm").joinpath("samples", f"{SAMPLE}.pdf").read_bytes(), f"D{serial}")


def varied(data: bytes, mark: str) -> bytes:
    """The same file but for 32 bytes, at the same places; ValueError unless there is exactly one such place."""
    changed, count = CHECKSUM.subn(mark.encode().hex().upper().ljust(32, "0").encode(), data)
    if count != 1 or len(changed) != len(data):
        raise ValueError(f"the sample cannot be varied: {count} places")
    return changed


def children(pid: int) -> list[int]:
    """Of a process, as /proc has them."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu(pid: int) -> float:
    """CPU seconds of a process (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
