"""Where a request's head ends, and what it says of its body; how long a transfer may take."""

import pytest

from signer.serving.head import Head, find_head
from signer.serving.pace import Pace, Patience

LINE = b"POST /v1/verify HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (b"", 0),
        (b"Content-Length: 12\r\n", 12),
        (b"content-LENGTH:12\r\n", 12),
        (b"X-Content-Length: 12\r\n", 0),
        (b"Transfer-Encoding: chunked\r\n", None),
        (b"Content-Length: 12\r\nTransfer-Encoding: chunked\r\n", None),
        (b"Content-Length: 12\r\nContent-Length: 13\r\n", None),
        (b"Content-Length: 12, 13\r\n", None),
        (b"Content-Length: -1\r\n", None),
        (b"Content-Length: 0x10\r\n", None),
        (b"Content-Length: " + b"9" * 40 + b"\r\n", None),
        (b"Content-Length: 12\r\nExpect: 100-continue\r\n", None),
    ],
)
def test_what_is_doubtful_is_not_judged_here(fields: bytes, body: int | None):
    data = LINE + fields + b"\r\n"
    assert find_head(data + b"hello") == Head(len(data), body)


def test_the_end_is_found_however_it_is_cut():
    data = LINE + b"\r\n"
    for cut in range(len(data)):
        assert find_head(data[:cut]) is None
        assert find_head(data, cut) == Head(len(data), 0)


def test_patience_is_earned_by_what_moves_and_used_up_by_waiting():
    pace = Pace(Patience(body=10, rate=1000))
    pace.passed(4, 0)
    assert pace.left == 6
    pace.passed(1, 3000)
    assert pace.left == 8
