"""The service as its users meet it: gunicorn in a process of its own on loopback, tokens by SoftHSM."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from signer import storage
from signer.cli import main
from signer.settings import load_settings
from softhsm.provision import Provisioned, configure
from tests.fixtures.scanned import Placed, scan
from tests.fixtures.scanned import paper as scanned_paper
from tests.support.filled import Kept, copy_of, settings_for
from tests.support.postgres import Cluster
from tests.support.promised import check_promised

SAMPLES = Path(__file__).parents[2] / "softhsm" / "samples"
ANTIN = Path(sys.executable).with_name("antin")
DECLARED = {each["name"]: each for each in json.loads((SAMPLES / "expected.json").read_text("utf-8"))}

BOUNDARY = "----antin-test-7f3a"
CLERKS = {
    "BTC": {"id": "lan.pt", "name": "Phạm Thị Lan"},
    "VPCP": {"id": "mai.nt", "name": "Nguyễn Thị Mai"},
    "UBND-DP": {"id": "son.tv", "name": "Trần Văn Sơn"},
    "VTLTNN": {"id": "thu.lm", "name": "Lê Minh Thu"},
}
"""Who holds each agency's key (softhsm/office.toml)."""


def metadata(name: str, **changes: object) -> dict[str, Any]:
    said = DECLARED[name]
    chosen = {key: said[key] for key in ("agency", "type", "normative", "unit", "subject", "place")}
    chosen["signers"] = [{"name": each["name"], "capacity": each["capacity"]} for each in said["signers"]]
    return {key: value for key, value in (chosen | changes).items() if value is not None}


def draft(name: str) -> bytes:
    return (SAMPLES / f"{name}.pdf").read_bytes()


def annexes(name: str = "cong-van-kem-phu-luc") -> list[tuple[str, bytes]]:
    """The files that belong to a sample; where the mark is the style, they go with any other document too."""
    return [(each, (SAMPLES / each).read_bytes()) for each in DECLARED[name]["attachments"]]


@dataclass
class Service:
    """A running service, or the command line over the same settings."""

    provisioned: Provisioned
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    keys: dict[str, str] = field(default_factory=dict, repr=False)
    agencies: dict[str, str] = field(default_factory=dict)
    launcher: tuple[str | Path, ...] = ()
    more: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.provisioned.folder / "service.log"

    @property
    def environment(self) -> dict[str, str]:
        conf = str(self.provisioned.softhsm_conf)
        return {**os.environ, "SOFTHSM2_CONF": conf, "PYTHONWARNINGS": "error", **self.more}

    # --- the process

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.launcher, ANTIN, "serve", "--config", self.provisioned.service],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        pytest.fail(self.log.read_text()[-4000:], pytrace=False)

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(30)
            self.process = None

    def antin(
        self,
        *arguments: object,
        pins: str = "",
        check: int | None = 0,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line; a PIN goes through a descriptor."""
        handed: tuple[int, ...] = ()
        more: list[str] = []
        if pins:
            reading, writing = os.pipe()
            os.write(writing, pins.encode())
            os.close(writing)
            handed, more = (reading,), ["--pin-fd", str(reading)]
        try:
            done = subprocess.run(
                [ANTIN, *map(str, arguments), *more],
                capture_output=True,
                text=True,
                timeout=120,
                pass_fds=handed,
                stdin=subprocess.DEVNULL,
                check=False,
                env={**self.environment, "ANTIN_CONFIG": str(self.provisioned.service)},
            )
        finally:
            for descriptor in handed:
                os.close(descriptor)
        if check is not None:
            assert done.returncode == check, done.stdout + done.stderr
        return done

    # --- requests

    def key(self, role: str, *options: str) -> str:
        name = " ".join((role, *options))
        if name not in self.keys:
            bounds = dict(zip(options[::2], options[1::2], strict=True))
            agency = bounds.get("--agency")
            database = storage.open_database(load_settings(self.provisioned.service).store)
            self.keys[name] = storage.open_api_keys(database).add(
                name, role, None if agency is None else [agency], bounds.get("--person")
            )
            database.close()
        return self.keys[name]

    def ask(self, role: str, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key(*role.split('|'))}", **arguments.pop("headers", {})}
        answer = requests.request(method, self.url + path, headers=headers, timeout=60, **arguments)
        check_promised(method, path, answer)
        return answer

    def send(
        self,
        name: str = "quyet-dinh",
        *,
        role: str = "document-system",
        path: str = "/v1/documents",
        data: bytes | None = None,
        said: object = None,
        headers: dict[str, str] | None = None,
        annexed: Sequence[tuple[str, bytes]] = (),
        **changes: object,
    ) -> requests.Response:
        said = metadata(name, **changes) if said is None else said
        parts = [
            ("file", ("draft.pdf", draft(name) if data is None else data, "application/pdf")),
            ("metadata", (None, said if isinstance(said, str) else json.dumps(said), "application/json")),
        ]
        parts += [("attachment", (*each, "application/pdf")) for each in annexed]
        sent = self.ask(role, "POST", path, files=parts, headers=headers or {})
        if sent.status_code == 201:
            self.agencies[sent.json()["id"]] = DECLARED[name]["agency"]
        return sent

    def multipart(self, parts: Sequence[tuple[str, str | None, bytes]]) -> dict[str, Any]:
        """A form with a good draft and these parts, written byte by byte: names stand in it as they are."""
        said = json.dumps(metadata("quyet-dinh")).encode()
        whole = [("file", "draft.pdf", draft("quyet-dinh")), ("metadata", None, said), *parts]
        body = b""
        for name, filename, data in whole:
            told = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
            body += f"--{BOUNDARY}\r\nContent-Disposition: {told}\r\n\r\n".encode() + data + b"\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return {"data": body + f"--{BOUNDARY}--\r\n".encode(), "headers": headers}

    def sign(self, document: str, key: str, role: str = "document-system", **changes: object) -> requests.Response:
        body = {"role": "leader", "key": key, "pin": self.provisioned.pin(key).reveal()} | changes
        return self.ask(
            role,
            "POST",
            f"/v1/documents/{document}/signatures",
            json={name: value for name, value in body.items() if value is not None},
        )

    def signed(self, name: str = "quyet-dinh", **sending: Any) -> str:
        sent = self.send(name, **sending)
        assert sent.status_code == 201, sent.text
        document: str = sent.json()["id"]
        for signer in DECLARED[name]["signers"]:
            done = self.sign(document, signer["key"])
            assert done.status_code == 200, done.text
        return document

    def clerk(self, document: str) -> dict[str, str]:
        """Who holds the key of the document's agency."""
        return CLERKS[self.agencies[document]]

    def issue(self, document: str, role: str = "clerk", **body: object) -> requests.Response:
        said = {"actor": self.clerk(document)} | body
        return self.ask(role, "POST", f"/v1/documents/{document}/issue", json=said)

    def issued(self, name: str = "quyet-dinh", **sending: Any) -> str:
        document = self.signed(name, **sending)
        done = self.issue(document)
        assert done.status_code == 200, done.text
        return document

    def content(self, document: str) -> bytes:
        return self.ask("auditor", "GET", f"/v1/documents/{document}/content").content


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds, half a minute at most."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def make_service(provisioned: Provisioned) -> Service:
    service = Service(provisioned, free_port())
    text = provisioned.service.read_text("utf-8")
    provisioned.service.write_text(re.sub(r"(?m)^listen = .*$", f'listen = "127.0.0.1:{service.port}"', text), "utf-8")
    return service


@contextmanager
def served(provisioned: Provisioned, **limits: object) -> Iterator[Service]:
    """A service of one worker with two threads, and these limits."""
    running = make_service(provisioned)
    text = running.provisioned.service.read_text("utf-8")
    text = re.sub(r"(?m)^workers = .*$", "workers = 1", re.sub(r"(?m)^threads = .*$", "threads = 2", text))
    said = "".join(f"{name} = {value}\n" for name, value in limits.items())
    running.provisioned.service.write_text(text.replace("[limits]\n", f"[limits]\n{said}"), "utf-8")
    try:
        running.start()
        yield running
    finally:
        running.stop()


# --- connections, byte by byte


@contextmanager
def sending(service: Service, data: bytes, count: int = 1, receive_buffer: int = 0) -> Iterator[list[socket.socket]]:
    """So many connections that send this and no more."""
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            if receive_buffer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            connection.settimeout(30)
            connection.connect(("127.0.0.1", service.port))
            connection.sendall(data)
            opened.append(connection)
        yield opened


def head(service: Service, *fields: str, line: str = "POST /v1/verify", role: str = "auditor") -> bytes:
    lines = [f"{line} HTTP/1.1", "Host: x", f"Authorization: Bearer {service.key(role)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def whole(connection: socket.socket) -> bytes:
    """Everything until the other side ends."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def one(connection: socket.socket) -> bytes:
    """One answer, on a connection that stays."""
    data = b""
    while not (found := re.match(rb"(?s).*?\r\nContent-Length: (\d+)\r\n.*?\r\n\r\n", data)):
        data += connection.recv(1)
    while len(data) < found.end() + int(found[1]):
        data += connection.recv(65536)
    return data


@pytest.fixture(scope="module")
def copies(provisioned: Provisioned, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Provisioned]:
    """Makes copies of tokens and settings for the services of a test module."""

    def make() -> Provisioned:
        folder = tmp_path_factory.mktemp("service") / "provisioned"
        shutil.copytree(provisioned.folder, folder)
        copy = Provisioned(folder, provisioned.declared)
        configure(copy)
        return copy

    return make


@pytest.fixture(scope="module")
def service(copies: Callable[[], Provisioned]) -> Iterator[Service]:
    """A running service over tokens of its own; each test module has one, and leaves its tokens in place."""
    running = make_service(copies())
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_service(provisioned_copy: Callable[[], Provisioned]) -> Iterator[Service]:
    """A service for one test to break, not started yet."""
    own = make_service(provisioned_copy())
    yield own
    own.stop()


# --- the command line in this process ---------------------------------------------------------------------------


@dataclass
class Done:
    """What a command left, as a shell sees it."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Shell:
    """The commands, run in this process, over the tokens that all tests share and a store of their own."""

    provisioned: Provisioned
    config: Path
    store: Path

    def antin(self, *arguments: object, pins: str = "", check: int | None = 0) -> Done:
        more: list[str] = []
        if pins:
            reading, writing = os.pipe()
            os.write(writing, pins.encode())
            os.close(writing)
            more = ["--pin-fd", str(reading)]
        ran = CliRunner().invoke(
            main, [*map(str, arguments), *more], env={"ANTIN_CONFIG": str(self.config)}, prog_name="antin"
        )
        if pins:
            with suppress(OSError):
                os.close(reading)
        if check is not None:
            assert ran.exit_code == check, (ran.output, ran.exception)
        return Done(ran.exit_code, ran.stdout, ran.stderr)


@pytest.fixture(scope="module")
def shell(provisioned: Provisioned, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("shell")
    config = provisioned.folder / "service-shell.toml"
    text = provisioned.service.read_text("utf-8")
    text = re.sub(r"(?m)^store = .*$", f'store = "sqlite:///{folder}/antin.db"', text)
    config.write_text(re.sub(r"(?m)^blobs = .*$", f'blobs = "{folder}/blobs"', text), "utf-8")
    yield Shell(provisioned, config, folder / "antin.db")
    config.unlink()


# --- a store with something of everything in it -----------------------------------------------------------------


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, provisioned: Provisioned, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    """A store that the service has filled, in each kind of database; nobody may change it."""
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    folder = tmp_path_factory.mktemp("filled") / "provisioned"
    shutil.copytree(provisioned.folder, folder)
    copy = Provisioned(folder, provisioned.declared)
    configure(copy)
    running = make_service(copy)
    url = f"sqlite:///{folder}/antin.db" if cluster is None else cluster.create()
    settings_for(copy.service, copy.service.stem, url, folder / "blobs")
    running.start()
    try:
        ids = something_of_everything(running)
    finally:
        running.stop()
    yield Kept(copy.service, url, folder / "blobs", ids)
    if cluster is not None:
        cluster.drop(url)


def something_of_everything(service: Service) -> dict[str, str]:
    """Documents in every state that a service leaves behind, by a name; numbers 1 to 6 of one series."""
    made = {name: service.issued() for name in ("issued", "void", "recalled")}
    made["package"] = service.issued("cong-van-kem-phu-luc", annexed=annexes())
    made |= {"signed": service.signed(), "prepared": service.send().json()["id"], "rejected": service.signed()}
    for name, how in (("void", "void"), ("recalled", "recall"), ("rejected", "reject")):
        body = {"reason": "gửi nhầm", "actor": CLERKS["BTC"]}
        assert service.ask("clerk", "POST", f"/v1/documents/{made[name]}/{how}", json=body).ok
    paper = metadata("quyet-dinh")
    del paper["agency"]
    body = {"metadata": paper, "actor": CLERKS["BTC"]}
    made["paper"] = service.ask("clerk", "POST", "/v1/registers/BTC/rows", json=body).json()["id"]
    made["printed"] = service.signed()
    assert service.issue(made["printed"], medium="paper").ok
    order = {"agency": "BTC", "form": "SY", "subject": "Thông báo", "of": {"document": made["paper"]}}
    parts = [
        ("file", ("scan.pdf", scan([[Placed(scanned_paper("RGB", dpi=200, ground=255))]]), "application/pdf")),
        ("metadata", (None, json.dumps(order | {"actor": CLERKS["BTC"]}), "application/json")),
    ]
    made["copy"] = service.ask("clerk", "POST", "/v1/copies", files=parts).json()["id"]
    made["last"] = service.issued()
    return made


@pytest.fixture
def kept(filled: Kept, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """A copy of the filled store, for one test to break."""
    cluster: Cluster | None = None if filled.url.startswith("sqlite") else request.getfixturevalue("cluster")
    copy = copy_of(filled, tmp_path, cluster)
    yield copy
    copy.config.unlink()
    if cluster is not None:
        cluster.drop(copy.url)
