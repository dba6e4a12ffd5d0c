"""What a thread reads and writes of a connection, over real sockets."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from signer.serving.channel import MOST_HELD, PIECE, Channel
from signer.serving.pace import Patience

QUICK = Patience(body=0.2, rate=10_000_000)


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        other.connect(listener.getsockname())
        other.settimeout(30)
        ours, _ = listener.accept()
        channel = Channel(ours, QUICK)
        yield channel, other
        channel.close()


def taken(channel: Channel, other: socket.socket) -> bytes:
    """What the other side gets while the loop empties the outbox, and what is left in the network then."""
    data = b""
    while not channel.flushed:
        channel.flush()
        data += other.recv(65536)
    channel.sock.shutdown(socket.SHUT_WR)
    while piece := other.recv(65536):
        data += piece
    return data


def test_who_does_not_send_is_waited_for_so_long(pair: tuple[Channel, socket.socket]):
    channel, _ = pair
    with pytest.raises(TimeoutError):
        channel.recv(10)


def test_what_is_at_hand_is_taken_without_waiting(pair: tuple[Channel, socket.socket]):
    channel, other = pair
    other.sendall(b"hello")
    assert channel.recv(2) == b"he"
    channel.at_hand = True
    assert channel.recv(10) == b"llo"
    with pytest.raises(TimeoutError):
        channel.recv(10)
    channel.at_hand = False
    other.close()
    assert channel.recv(10) == b""
    assert channel.gone()


def test_an_answer_is_kept_whole_and_in_order_for_who_reads_slowly(pair: tuple[Channel, socket.socket], tmp_path: Path):
    channel, other = pair
    (tmp_path / "file").write_bytes(b"F" * 3_000_000)
    channel.sendall(b"head")
    channel.sendall(b"A" * 5_000_000)  # one piece, however large, is not waited for
    with (tmp_path / "file").open("rb") as file:
        channel.hand_over(file, 2_000_000)
    assert not channel.flushed
    assert taken(channel, other) == b"head" + b"A" * 5_000_000 + b"F" * 2_000_000


def test_a_file_is_not_waited_for_however_large(pair: tuple[Channel, socket.socket], tmp_path: Path):
    channel, other = pair
    (tmp_path / "file").write_bytes(b"F" * 20_000_000)
    channel.sendall(b"head")
    with (tmp_path / "file").open("rb") as file:
        channel.hand_over(file, 19_000_000)
    for _ in range(3):
        channel.sendall(b"t" * PIECE)
    assert not channel.flushed
    assert taken(channel, other) == b"head" + b"F" * 19_000_000 + b"t" * 3 * PIECE


def test_who_makes_an_answer_faster_than_it_is_read_waits_so_long(pair: tuple[Channel, socket.socket]):
    channel, _ = pair
    with pytest.raises(TimeoutError):
        for _ in range(20 * MOST_HELD // PIECE):
            channel.sendall(b"x" * PIECE)
    assert not channel.flushed


def test_a_file_that_became_shorter_is_no_answer(pair: tuple[Channel, socket.socket], tmp_path: Path):
    channel, _ = pair
    (tmp_path / "file").write_bytes(b"short")
    with (tmp_path / "file").open("rb") as file:
        channel.hand_over(file, 10)
        with pytest.raises(OSError, match="shorter"):
            channel.flush()
