"""What chronyd says of the clock that it keeps: its ``tracking`` report, by its command protocol (version 6).

Over UDP on loopback anybody may ask; over the Unix socket only who may write into its folder. The layout is that of
chronyd 2.0 and later; what is not exactly of it is refused.
"""

from __future__ import annotations

import secrets
import socket
import struct
import time
from pathlib import Path

from signer.model.time import SourceState
from signer.tsa.judgement import Measurement, Missed
from signer.tsa.reading import SECOND
from signer.tsa.sources import Source

_ASK = struct.Struct("!BBxxHHI8x")
_HEAD = struct.Struct("!BBxxHHH6xI8x")
# reference, address (16 bytes, family), stratum, leap, time of the last update (high, low, ns), then nine Floats
_REPORT = struct.Struct("!I16sHxxHHIIi9I")
_VERSION, _REQUEST, _REPLY = 6, 1, 2
_TRACKING, _TRACKED, _SUCCESS = 33, 5, 0
_LENGTH = _HEAD.size + _REPORT.size
_LOCAL_REFERENCE = 0x7F7F0101  # "local" of chrony.conf: it follows nobody
_NO_LEAP, _UNKNOWN_LEAP = 0, 3
_MOST_STRATUM = 15
_MOST_PACKETS = 64
_PACE = 1e-4  # it may be slewing the clock while it answers


def measure(source: Source, timeout: float) -> Measurement:
    """Ask chronyd once, for ``timeout`` seconds at most; Missed says what went wrong."""
    family = socket.AF_UNIX if source.path else socket.AF_INET6 if ":" in source.host else socket.AF_INET
    own: Path | None = None
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        try:
            if source.path:
                # It answers to a name, in a folder that it can reach: its own, like chronyc's.
                own = Path(source.path).with_name(f"antin.{secrets.token_hex(8)}.sock")
                line.bind(str(own))
                own.chmod(0o666)  # chronyd has left root behind; the folder keeps others out
                line.connect(source.path)
            else:
                line.connect((source.host, source.port))
            return _exchange(line, timeout)
        except OSError as error:
            raise Missed(SourceState.AWAY, error.strerror or "") from None
        finally:
            if own is not None:
                own.unlink(missing_ok=True)


def _exchange(line: socket.socket, timeout: float) -> Measurement:
    question = secrets.randbits(32)
    asked = time.monotonic_ns()
    # As long as the answer, so that nobody can use chronyd to multiply what he sends.
    line.send(_ASK.pack(_VERSION, _REQUEST, _TRACKING, 0, question).ljust(_LENGTH, b"\0"))
    foreign = False
    for _ in range(_MOST_PACKETS):
        left = timeout - (time.monotonic_ns() - asked) / SECOND
        if left <= 0:
            break
        line.settimeout(left)
        try:
            packet = line.recv(1024)
        except TimeoutError:
            break
        if len(packet) < _HEAD.size:
            raise Missed(SourceState.MALFORMED, f"{len(packet)} bytes")
        if _HEAD.unpack_from(packet)[5] == question:
            return judge(packet, (time.monotonic_ns() - asked) / SECOND)
        foreign = True
    raise Missed(SourceState.FOREIGN if foreign else SourceState.SILENT)


def judge(packet: bytes, elapsed: float) -> Measurement:
    """What a report says that came ``elapsed`` seconds after the question; or Missed."""
    version, kind, command, reply, status, _ = _HEAD.unpack_from(packet)
    if (version, kind, command) != (_VERSION, _REPLY, _TRACKING):
        raise Missed(SourceState.MALFORMED, f"version {version}, type {kind}, command {command}")
    if status != _SUCCESS:
        raise Missed(SourceState.REFUSED, f"status {status}")
    if reply != _TRACKED or len(packet) < _LENGTH:
        raise Missed(SourceState.MALFORMED, f"reply {reply}, {len(packet)} bytes")
    reference, _, _, stratum, leap, _, _, _, *floats = _REPORT.unpack_from(packet, _HEAD.size)
    correction, _, _, _, _, _, delay, dispersion, _ = map(number, floats)
    if leap == _UNKNOWN_LEAP or reference == _LOCAL_REFERENCE or not 0 < stratum <= _MOST_STRATUM:
        raise Missed(SourceState.UNSYNCHRONISED, f"stratum {stratum}")
    if leap > _UNKNOWN_LEAP or dispersion < 0 or delay < 0:
        raise Missed(SourceState.MALFORMED, f"leap {leap}, root delay {delay}, root dispersion {dispersion}")
    # "System time … slow of NTP time" is positive; the bound is that of chronyc's manual, tracking.
    return Measurement(correction, delay / 2 + dispersion + _PACE * elapsed, leap != _NO_LEAP)


def number(word: int) -> float:
    """A Float of chrony: 7 bits of exponent and 25 of coefficient, both signed, without a hidden bit."""
    exponent, coefficient = word >> 25, word & 0x1FFFFFF
    if exponent >= 1 << 6:
        exponent -= 1 << 7
    if coefficient >= 1 << 24:
        coefficient -= 1 << 25
    return coefficient * 2.0 ** (exponent - 25)
