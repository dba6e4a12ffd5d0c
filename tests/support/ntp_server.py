"""An NTP server on loopback that answers as it is told to, truly or not; and chronyd, the real one, asking it."""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from signer.tsa.sources import Source, parse

FORM = struct.Struct("!BBbbII4sQQQQ")
EPOCH = 2_208_988_800


def stamp(at: float) -> int:
    return int((at + EPOCH) * 2**32) % 2**64


@dataclass
class Fake:
    """A server's answers; ``spoil`` gets the packet and the question, and gives what is sent, in order.

    ``ahead``: seconds that its time is ahead of this computer's; ``wait``: those that a question is on its way.
    """

    ahead: float = 0.0
    leap: int = 0
    version: int = 4
    mode: int = 4
    stratum: int = 2
    precision: int = -20
    root_delay: float = 0.001
    root_dispersion: float = 0.0005
    reference: bytes = b"\x0a\x00\x00\x01"
    updated_ago: float = 10.0
    held: float = 0.0
    wait: float = 0.0
    silent: bool = False
    spoil: Callable[[bytes, bytes], list[bytes]] = lambda packet, _: [packet]
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def name(self) -> str:
        return f"ntp://127.0.0.1:{self.port}"

    @property
    def source(self) -> Source:
        return parse(self.name)

    def answer(self, question: bytes, received: float) -> bytes:
        origin = FORM.unpack_from(question)[-1]
        sent = time.time() + self.ahead + self.held
        return FORM.pack(
            self.leap << 6 | self.version << 3 | self.mode,
            self.stratum,
            6,
            self.precision,
            int(self.root_delay * 65536),
            int(self.root_dispersion * 65536),
            self.reference,
            stamp(sent - self.updated_ago),
            origin,
            stamp(received),
            stamp(sent),
        )


@contextlib.contextmanager
def serving(*fakes: Fake) -> Iterator[None]:
    """Each fake on a port of its own until the block ends."""
    lines, threads = [], []
    for fake in fakes:
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        line.bind(("127.0.0.1", 0))
        line.settimeout(0.05)
        fake.port = line.getsockname()[1]
        lines.append(line)
    ended = threading.Event()

    def run(fake: Fake, line: socket.socket) -> None:
        while not ended.is_set():
            try:
                question, client = line.recvfrom(1024)
            except TimeoutError:
                continue
            fake.asked.append(question)
            if fake.silent:
                continue
            ended.wait(fake.wait)
            received = time.time() + fake.ahead
            for packet in fake.spoil(fake.answer(question, received), question):
                line.sendto(packet, client)

    for fake, line in zip(fakes, lines, strict=True):
        threads.append(threading.Thread(target=run, args=(fake, line), daemon=True))
        threads[-1].start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        for line in lines:
            line.close()


@contextlib.contextmanager
def unanswered() -> Iterator[str]:
    """A port of loopback on which nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    yield f"ntp://127.0.0.1:{port}"


@dataclass(frozen=True)
class Chronyd:
    """A real chronyd: by UDP and by its Unix socket."""

    port: int
    socket: Path

    @property
    def udp(self) -> Source:
        return parse(f"chrony://127.0.0.1:{self.port}")

    @property
    def unix(self) -> Source:
        return parse(f"chrony://{self.socket}")


@contextlib.contextmanager
def chronyd(folder: Path, directives: str) -> Iterator[Chronyd]:
    """chronyd in the foreground that leaves the system's clock alone (-x), with these sources and no others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Chronyd(port, folder / "chronyd.sock")
    (folder / "chrony.conf").write_text(
        f"{directives}\nport 0\ncmdport {port}\nbindcmdaddress 127.0.0.1\nbindcmdaddress {made.socket}\n"
        f"pidfile {folder}/pid\n"
    )
    program = shutil.which("chronyd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, "chrony is one of the packages that the tests need"
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [program, "-x", "-U", "-d", "-u", _me(), "-f", folder / "chrony.conf"], stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 20
        while not made.socket.exists():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield made
    finally:
        process.terminate()
        process.wait(20)


def _me() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
