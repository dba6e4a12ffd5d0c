"""A real exchange with a server on loopback: the offset that it means, and every way in which it can be wrong."""

import os
import random
import socket
import struct
from collections.abc import Callable

import pytest

from signer.model.time import SourceState
from signer.tsa import ntp
from signer.tsa.judgement import Measurement, Missed
from signer.tsa.reading import SECOND, Reading, read
from signer.tsa.sources import parse
from tests.support.ntp_server import EPOCH, FORM, Fake, serving, unanswered


def missed(fake: Fake, timeout: float = 0.3) -> Missed:
    with serving(fake), pytest.raises(Missed) as refusal:
        ntp.measure(fake.source, read(), timeout)
    return refusal.value


@pytest.mark.parametrize("ahead", [0.0, 0.25, -3.5, 86_400.0 * 365])
def test_the_offset_is_found_within_the_error(ahead: float):
    fake = Fake(ahead=ahead)
    with serving(fake):
        found = ntp.measure(fake.source, read(), 2)
    assert abs(found.offset - ahead) <= found.error
    assert 0.001 < found.error < 0.5  # half the root delay, the root dispersion, half the delay, and little else
    assert found.leap is False


def test_the_question_tells_nothing_and_never_repeats():
    fake = Fake()
    with serving(fake):
        for _ in range(3):
            ntp.measure(fake.source, read(), 2)
    assert {len(each) for each in fake.asked} == {48}
    assert {each[:40] for each in fake.asked} == {b"\x23" + bytes(39)}
    assert len({each[40:] for each in fake.asked}) == 3


@pytest.mark.parametrize("leap", [1, 2])
def test_a_leap_second_is_noticed(leap: int):
    fake = Fake(leap=leap)
    with serving(fake):
        assert ntp.measure(fake.source, read(), 2).leap


def test_a_slow_answer_is_worth_less():
    quick, slow = Fake(), Fake(wait=0.2)
    with serving(quick, slow):
        one, other = (ntp.measure(each.source, read(), 2) for each in (quick, slow))
    assert other.error > one.error + 0.08
    assert 0.05 < other.offset <= other.error  # all of the way was one way: half of it is the worst that can be


@pytest.mark.parametrize(
    ("fake", "state", "detail"),
    [
        (Fake(stratum=0, reference=b"RATE"), SourceState.REFUSED, "RATE"),
        (Fake(stratum=0, reference=b"DENY"), SourceState.REFUSED, "DENY"),
        (Fake(stratum=0, reference=b"\x00\xff\x00\x00"), SourceState.REFUSED, "00ff0000"),
        (Fake(leap=3), SourceState.UNSYNCHRONISED, "stratum 2"),
        (Fake(stratum=16), SourceState.UNSYNCHRONISED, "stratum 16"),
        (Fake(root_dispersion=20), SourceState.UNSYNCHRONISED, "20.0 s"),
        (Fake(root_delay=60_000), SourceState.UNSYNCHRONISED, "30000"),
        (Fake(updated_ago=90_000), SourceState.UNSYNCHRONISED, "too long ago"),
        (Fake(updated_ago=-5), SourceState.UNSYNCHRONISED, "too long ago"),
        (Fake(mode=3), SourceState.MALFORMED, "mode 3"),
        (Fake(mode=6), SourceState.MALFORMED, "mode 6"),
        (Fake(version=1), SourceState.MALFORMED, "version 1"),
        (Fake(precision=127), SourceState.MALFORMED, "no time"),
        (Fake(held=7), SourceState.MALFORMED, "held the question for 7"),
        (Fake(held=-7), SourceState.MALFORMED, "held the question for -"),
        (Fake(silent=True), SourceState.SILENT, ""),
        (Fake(wait=0.6), SourceState.SILENT, ""),
        (Fake(spoil=lambda packet, _: [packet[:47]]), SourceState.MALFORMED, "47 bytes"),
        (Fake(spoil=lambda _, __: [b""]), SourceState.MALFORMED, "0 bytes"),
        (Fake(spoil=lambda packet, _: [packet[:40] + bytes(8)]), SourceState.MALFORMED, "no time"),
        (Fake(spoil=lambda packet, _: [packet[:32] + bytes(8) + packet[40:]]), SourceState.MALFORMED, "no time"),
        (Fake(spoil=lambda packet, _: [packet[:16] + bytes(8) + packet[24:]]), SourceState.MALFORMED, "no time"),
        (Fake(spoil=lambda packet, _: [packet[:24] + bytes(8) + packet[32:]]), SourceState.FOREIGN, ""),
        (Fake(spoil=lambda _, question: [question]), SourceState.FOREIGN, ""),
        (Fake(spoil=lambda packet, _: [packet[:24] + bytes(8) + packet[32:]] * 500), SourceState.FOREIGN, ""),
    ],
)
def test_a_server_that_is_of_no_use(fake: Fake, state: SourceState, detail: str):
    found = missed(fake)
    assert found.state is state
    assert detail in found.detail


def test_a_kiss_of_death_asks_to_be_left_alone():
    rests = [missed(Fake(stratum=0, reference=word)).rest for word in (b"DENY", b"RSTR", b"RATE", b"INIT")]
    assert rests == [3600, 3600, 300, 60]
    assert missed(Fake(leap=3)).rest == 0


def test_every_bit_of_the_origin_counts():
    def flipped(bit: int) -> Callable[[bytes, bytes], list[bytes]]:
        def spoil(packet: bytes, _: bytes) -> list[bytes]:
            number = int.from_bytes(packet[24:32], "big") ^ 1 << bit
            return [packet[:24] + number.to_bytes(8, "big") + packet[32:]]

        return spoil

    for bit in range(0, 64, 9):
        assert missed(Fake(spoil=flipped(bit)), 0.1).state is SourceState.FOREIGN


def test_a_replayed_answer_is_not_taken_but_the_true_one_behind_it_is():
    kept: list[bytes] = []

    def replay(packet: bytes, _: bytes) -> list[bytes]:
        kept.append(packet)
        return [kept[0], packet] if len(kept) < 3 else [kept[0]]

    fake = Fake(spoil=replay)
    with serving(fake):
        ntp.measure(fake.source, read(), 1)
        assert abs(ntp.measure(fake.source, read(), 1).offset) < 0.1
        with pytest.raises(Missed) as refusal:
            ntp.measure(fake.source, read(), 0.2)
    assert refusal.value.state is SourceState.FOREIGN


def test_what_others_send_to_the_port_is_not_even_seen():
    """The socket is connected: an answer from another address does not reach us, though it knows the question."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        fake = Fake()
        answer, sent = fake.answer, []

        def steal(question: bytes, received: float) -> bytes:
            sent.append(question)
            return answer(question, received)

        fake.answer = steal  # type: ignore[method-assign]
        with serving(fake), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("127.0.0.1", fake.port))
            line.settimeout(0.2)
            question = FORM.pack(0x23, 0, 0, 0, 0, 0, bytes(4), 0, 0, 0, 7)
            stranger.sendto(Fake(ahead=5).answer(question, 0), line.getsockname())
            with pytest.raises(TimeoutError):
                line.recv(100)


def test_nobody_there():
    with unanswered() as name, pytest.raises(Missed) as refusal:
        ntp.measure(parse(name), read(), 0.5)
    assert refusal.value.state is SourceState.AWAY
    assert refusal.value.detail


def test_a_host_that_does_not_exist():
    with pytest.raises(Missed) as refusal:
        ntp.measure(parse("ntp://no-such-host.invalid"), read(), 0.5)
    assert refusal.value.state is SourceState.AWAY


def test_random_bytes_are_never_more_than_a_miss():
    """The origin is right, everything else random: a measurement or a miss, and a measurement keeps its promises."""
    dice = random.Random(5)  # noqa: S311 - a test's
    base = read()
    outcomes = set()
    for _ in range(20_000):
        packet = bytearray(dice.randbytes(48))
        packet[0] = dice.choice([0x24, 0x1C, packet[0]])
        if dice.random() < 0.5:
            packet[1] = dice.randrange(0, 17)
            packet[4:12] = struct.pack("!II", dice.randrange(1 << 20), dice.randrange(1 << 20))
            packet[16:24] = packet[40:48] = packet[32:40]
        try:
            found = ntp.judge(ntp.unpack(bytes(packet)), base, base.mono, base.mono + SECOND)
        except Missed as why:
            outcomes.add(why.state)
        else:
            outcomes.add(SourceState.GOOD)
            assert abs(found.offset) < 2**31
            assert found.error >= 0.5  # half the second that the answer took
    assert {SourceState.GOOD, SourceState.MALFORMED, SourceState.REFUSED, SourceState.UNSYNCHRONISED} == outcomes


def test_a_server_that_sends_random_bytes():
    for size in (0, 1, 47, 48, 90, 1024):
        fake = Fake(spoil=lambda _, __, size=size: [os.urandom(size)])
        assert missed(fake, 0.15).state in {SourceState.MALFORMED, SourceState.FOREIGN}


@pytest.mark.parametrize("seconds", [2**32 - EPOCH - 1, 2**32 - EPOCH + 1, 2**32 - EPOCH])
def test_the_end_of_the_era_in_2036(seconds: int):
    """Our clock before it, the server's behind it, and the other way round: 32 bits of seconds begin at 0 again."""
    base = Reading(seconds * SECOND, 0, 0, 0)
    for ahead in (-5, 5):
        at = (seconds + ahead + EPOCH) % 2**32 << 32
        packet = FORM.pack(0x24, 1, 6, -20, 0, 0, b"GPS\0", (at - (3 << 32)) % 2**64, 1, at, at)
        found = ntp.judge(ntp.unpack(packet), base, 0, 1000)
        assert found == Measurement(pytest.approx(ahead, abs=1e-5), pytest.approx(0, abs=1e-4))
