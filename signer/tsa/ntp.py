"""One exchange with an NTP server: a question, its answer, and how far off our clock is by it (RFC 5905, client mode).

The answer is not authenticated. What can be checked is checked: that it comes from the address that was asked and
repeats the 64 random bits of this question, so that only who sees the packets can forge one. Where that is not enough,
let chronyd do it (it knows NTS) and name ``chrony`` as the source.
"""

from __future__ import annotations

import secrets
import socket
import struct
import time
from dataclasses import dataclass

from signer.model.time import SourceState
from signer.tsa.judgement import Measurement, Missed
from signer.tsa.reading import SECOND, Reading
from signer.tsa.sources import Source

_FORM = struct.Struct("!BBbbII4sQQQQ")
_VERSION, _CLIENT, _SERVER = 4, 3, 4
_ASKING = _VERSION << 3 | _CLIENT
_NO_LEAP, _UNKNOWN_LEAP = 0, 3
_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_ERA = 1 << 64
_SHORT, _LONG = float(1 << 16), float(1 << 32)
_MOST_STRATUM = 15
_PACE = 15e-6  # a clock's drift while the answer is on its way (RFC 5905, PHI)
_STALE = 86_400.0  # a server that has not heard of the time for a day does not know it
_MOST_DISTANCE = 16.0  # MAXDISP
_REFUSED_FOR = {b"DENY": 3600.0, b"RSTR": 3600.0, b"RATE": 300.0}
_MOST = 2048
_MOST_PACKETS = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """The packet, its numbers unpacked: seconds of delays, NTP timestamps as they came."""

    leap: int
    version: int
    mode: int
    stratum: int
    precision: float
    root_delay: float
    root_dispersion: float
    reference: bytes
    updated: int
    origin: int
    received: int
    sent: int


def measure(source: Source, base: Reading, timeout: float) -> Measurement:
    """Ask ``source`` once; offset and error are those of the wall clock as it was at ``base`` and goes on unstepped.

    Missed says what went wrong; takes no longer than ``timeout`` seconds, but for finding the host's address.
    """
    try:
        found = socket.getaddrinfo(source.host, source.port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise Missed(SourceState.AWAY, str(error)) from None
    why = ""
    for family, kind, protocol, _, address in found:
        # A socket and thus a port for each question (RFC 9109); connected, so that the kernel drops what others send.
        try:
            with socket.socket(family, kind, protocol) as line:
                line.connect(address)
                return _exchange(line, base, timeout)
        except OSError as error:  # no way to this address, or nobody there: said at once, so the next may be tried
            why = error.strerror or ""
    raise Missed(SourceState.AWAY, why)


def _exchange(line: socket.socket, base: Reading, timeout: float) -> Measurement:
    # Random instead of our time: nothing is told, and nobody can guess it (the answer only has to repeat it).
    question = secrets.randbits(64) or 1
    asked = time.monotonic_ns()
    line.send(_FORM.pack(_ASKING, 0, 0, 0, 0, 0, bytes(4), 0, 0, 0, question))
    foreign = False
    for _ in range(_MOST_PACKETS):
        left = timeout - (time.monotonic_ns() - asked) / SECOND
        if left <= 0:
            break
        line.settimeout(left)
        try:
            packet = line.recv(_MOST)
        except TimeoutError:
            break
        came = time.monotonic_ns()
        if len(packet) < _FORM.size:
            raise Missed(SourceState.MALFORMED, f"{len(packet)} bytes")
        answer = unpack(packet)
        if answer.origin == question:
            return judge(answer, base, asked, came)
        foreign = True  # a replay or a forgery: the true answer may still come
    raise Missed(SourceState.FOREIGN if foreign else SourceState.SILENT)


def unpack(packet: bytes) -> Answer:
    """The first 48 bytes of a packet; what a server adds behind them is not looked at."""
    first, stratum, _, precision, delay, dispersion, reference, *stamps = _FORM.unpack_from(packet)
    return Answer(
        first >> 6,
        first >> 3 & 7,
        first & 7,
        stratum,
        2.0**precision,
        delay / _SHORT,
        dispersion / _SHORT,
        reference,
        *stamps,
    )


def judge(answer: Answer, base: Reading, asked: int, came: int) -> Measurement:
    """What an answer to the question of ``asked`` says, which ``came`` then (both CLOCK_MONOTONIC); or Missed."""
    if answer.mode != _SERVER or answer.version not in (3, _VERSION):
        raise Missed(SourceState.MALFORMED, f"mode {answer.mode}, version {answer.version}")
    if answer.stratum == 0:  # kiss of death (RFC 5905, 7.4)
        word = answer.reference.decode("ascii", "replace") if answer.reference.isalpha() else answer.reference.hex()
        raise Missed(SourceState.REFUSED, word, _REFUSED_FOR.get(answer.reference, 60.0))
    if answer.leap == _UNKNOWN_LEAP or answer.stratum > _MOST_STRATUM:
        raise Missed(SourceState.UNSYNCHRONISED, f"stratum {answer.stratum}")
    distance = answer.root_delay / 2 + answer.root_dispersion
    if distance >= _MOST_DISTANCE:
        raise Missed(SourceState.UNSYNCHRONISED, f"{distance:.1f} s from its source")
    if not answer.sent or not answer.received or not answer.updated or answer.precision > 1:
        raise Missed(SourceState.MALFORMED, "no time in it")
    elapsed = (came - asked) / SECOND
    held = _seconds(answer.sent, answer.received)
    if not 0 <= held <= elapsed + answer.precision:
        raise Missed(SourceState.MALFORMED, f"says it held the question for {held:.6f} s")
    if not -answer.precision <= _seconds(answer.sent, answer.updated) <= _STALE:
        raise Missed(SourceState.UNSYNCHRONISED, "last heard of the time too long ago")
    delay = max(elapsed - held, 0.0)
    ours = _stamp(base.wall + (asked - base.mono))
    offset = (_seconds(answer.received, ours) + _seconds(answer.sent, ours) - elapsed) / 2
    reading = (base.width + 1000) / SECOND
    error = delay / 2 + distance + answer.precision + _PACE * elapsed + reading
    return Measurement(offset, error, answer.leap != _NO_LEAP)


def _stamp(wall: int) -> int:
    """Nanoseconds since 1970 as an NTP timestamp: 32 bits of seconds since 1900 (or 2036), 32 of the fraction."""
    return ((wall + _EPOCH * SECOND << 32) // SECOND) % _ERA


def _seconds(later: int, earlier: int) -> float:
    """The difference of two timestamps, less than 68 years either way: so it holds over the end of the era in 2036."""
    difference = (later - earlier) % _ERA
    return (difference - _ERA if difference >= _ERA // 2 else difference) / _LONG
