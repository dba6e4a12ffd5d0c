"""chronyd asked for what it knows, the real one; and what answers in its place and is not it."""

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from signer.model.time import SourceState
from signer.tsa import chrony
from signer.tsa.judgement import Measurement, Missed
from signer.tsa.sources import parse
from tests.support.ntp_server import Chronyd, Fake, chronyd, serving

QUICK = "iburst minpoll -4 maxpoll -4"


def asked(daemon: Chronyd, wanted: Callable[[Measurement | Missed], bool]) -> Measurement | Missed:
    """Ask until chronyd says what is wanted: it takes its time over its first samples."""
    deadline = time.monotonic() + 30
    while True:
        found: Measurement | Missed
        try:
            found = chrony.measure(daemon.udp, 2)
        except Missed as why:
            found = why
        if wanted(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


@pytest.mark.parametrize("ahead", [0.0, 4.0, -4.0])
def test_the_real_one_tells_how_far_off_the_clock_is(tmp_path: Path, ahead: float):
    """Over UDP and over its socket; it must not touch the clock here, so the offset stays and is told with its sign."""
    fake = Fake(ahead=ahead, root_delay=0.01, root_dispersion=0.004)
    with serving(fake), chronyd(tmp_path / "c", f"server 127.0.0.1 port {fake.port} {QUICK}") as daemon:
        found = asked(daemon, lambda found: isinstance(found, Measurement) and found.error < 0.5)
        assert isinstance(found, Measurement), found
        for each in (found, chrony.measure(daemon.unix, 2)):
            assert abs(each.offset - ahead) <= each.error
            assert 0.009 <= each.error < 0.5
            assert each.leap is False
        assert sorted(path.name for path in (tmp_path / "c").glob("*.sock")) == ["chronyd.sock"]


def test_without_a_source_it_says_itself_that_it_does_not_know(tmp_path: Path):
    with chronyd(tmp_path / "c", "") as daemon:
        for source in (daemon.udp, daemon.unix):
            with pytest.raises(Missed) as refusal:
                chrony.measure(source, 2)
            assert refusal.value.state is SourceState.UNSYNCHRONISED


def test_its_own_clock_is_no_source(tmp_path: Path):
    """``local`` in chrony.conf: it serves the computer's own clock as synchronised, which is nobody's word."""
    with chronyd(tmp_path / "c", "local stratum 5") as daemon:
        found = asked(daemon, lambda found: isinstance(found, Measurement) or found.detail == "stratum 5")
    assert isinstance(found, Missed)
    assert (found.state, found.detail) == (SourceState.UNSYNCHRONISED, "stratum 5")


def report(
    *,
    version: int = 6,
    kind: int = 2,
    command: int = 33,
    reply: int = 5,
    status: int = 0,
    sequence: int = 0,
    reference: int = 0x0A000001,
    stratum: int = 3,
    leap: int = 0,
    correction: int = 0,
    delay: int = 0,
    dispersion: int = 0,
) -> bytes:
    head = struct.pack("!BBxxHHH6xI8x", version, kind, command, reply, status, sequence)
    floats = (correction, 0, 0, 0, 0, 0, delay, dispersion, 0)
    return head + struct.pack("!I16sHxxHHIIi9I", reference, bytes(16), 1, stratum, leap, 0, 0, 0, *floats)


def word(value: float) -> int:
    """A Float of chrony: coefficient of 24 bits, exponent that suits it."""
    if not value:
        return 0
    exponent = 0
    while abs(value) * 2 ** (25 - exponent) >= 2**24:
        exponent += 1
    while abs(value) * 2 ** (25 - exponent) < 2**23 and exponent > -63:
        exponent -= 1
    return (exponent & 0x7F) << 25 | int(value * 2 ** (25 - exponent)) & 0x1FFFFFF


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 0.5, 1e-9, -1e-9, 3.75, -86_400.25, 1e-15])
def test_its_floats(value: float):
    assert chrony.number(word(value)) == pytest.approx(value, rel=1e-6)


def test_what_a_report_means():
    packet = report(correction=word(-0.25), delay=word(0.5), dispersion=word(0.125), leap=2)
    assert chrony.judge(packet, 0) == Measurement(-0.25, 0.375, leap=True)


@pytest.mark.parametrize(
    ("packet", "state"),
    [
        (report(version=5), SourceState.MALFORMED),
        (report(kind=1), SourceState.MALFORMED),
        (report(command=34), SourceState.MALFORMED),
        (report(reply=6), SourceState.MALFORMED),
        (report()[:-1], SourceState.MALFORMED),
        (report(leap=4), SourceState.MALFORMED),
        (report(delay=word(-1)), SourceState.MALFORMED),
        (report(dispersion=word(-1)), SourceState.MALFORMED),
        (report(status=2), SourceState.REFUSED),
        (report(leap=3), SourceState.UNSYNCHRONISED),
        (report(stratum=0), SourceState.UNSYNCHRONISED),
        (report(stratum=16), SourceState.UNSYNCHRONISED),
        (report(reference=0x7F7F0101), SourceState.UNSYNCHRONISED),
    ],
)
def test_a_report_that_is_of_no_use(packet: bytes, state: SourceState):
    with pytest.raises(Missed) as refusal:
        chrony.judge(packet, 0)
    assert refusal.value.state is state


def test_random_reports_are_never_more_than_a_miss():
    dice = random.Random(7)  # noqa: S311 - a test's
    good = report(delay=word(0.1))
    for _ in range(20_000):
        packet = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            packet[dice.randrange(len(packet))] = dice.randrange(256)
        try:
            found = chrony.judge(bytes(packet), 0.0)
        except Missed:
            continue
        assert found.error >= 0


@contextmanager
def impostor(answers: Callable[[bytes], list[bytes]]) -> Iterator[str]:
    """Something on loopback that answers in place of chronyd."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    line.settimeout(2)

    def run() -> None:
        question, client = line.recvfrom(1024)
        for packet in answers(question):
            line.sendto(packet, client)

    thread = threading.Thread(target=run)
    thread.start()
    yield f"chrony://127.0.0.1:{line.getsockname()[1]}"
    thread.join()
    line.close()


def sequence(question: bytes) -> int:
    return int.from_bytes(question[8:12], "big")


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (lambda _: [], SourceState.SILENT),
        (lambda _: [b""], SourceState.MALFORMED),
        (lambda _: [b"x" * 27], SourceState.MALFORMED),
        (lambda question: [report(sequence=sequence(question) ^ 1)], SourceState.FOREIGN),
        (lambda question: [report(sequence=sequence(question) ^ 1)] * 200, SourceState.FOREIGN),
        (lambda question: [question], SourceState.FOREIGN),
    ],
)
def test_what_is_not_its_answer(answers: Callable[[bytes], list[bytes]], state: SourceState):
    with impostor(answers) as name, pytest.raises(Missed) as refusal:
        chrony.measure(parse(name), 0.3)
    assert refusal.value.state is state


def test_the_right_answer_behind_a_wrong_one():
    def both(question: bytes) -> list[bytes]:
        return [report(sequence=sequence(question) ^ 1), report(sequence=sequence(question), delay=word(0.5))]

    with impostor(both) as name:
        assert chrony.measure(parse(name), 2).error == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("name", ["chrony:///nowhere/chronyd.sock", f"chrony:///{'x' * 200}", "chrony://127.0.0.1:1"])
def test_nobody_there(name: str):
    with pytest.raises(Missed) as refusal:
        chrony.measure(parse(name), 0.3)
    assert refusal.value.state is SourceState.AWAY
