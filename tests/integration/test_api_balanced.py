"""Connections that are kept are shared out among the workers: no core stands idle beside a busy one."""

import json
import time
from collections import Counter

import requests

from signer.serving.board import Board

from .conftest import Service

KEPT = 16


def test_kept_connections_are_shared_out(own_service: Service):
    own_service.start()
    deadline = time.monotonic() + 60
    while len(served(own_service)) < 2 and time.monotonic() < deadline:  # the second worker may still be starting
        assert requests.get(f"{own_service.url}/healthz", timeout=10).ok
    before = served(own_service)
    kept = [requests.Session() for _ in range(KEPT)]
    for session in kept:
        assert session.get(f"{own_service.url}/healthz", timeout=10).ok
    for session in kept:
        session.close()
    shares = served(own_service) - before
    assert sum(shares.values()) == KEPT
    assert len(shares) == 2
    assert min(shares.values()) >= KEPT // 4, shares


def served(service: Service) -> Counter[int]:
    """How many of these requests each worker has answered."""
    told = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
    return Counter(each["pid"] for each in told if each["message"] == "GET /healthz 200")


def test_who_has_more_lets_others_go_first():
    board = Board()
    board.tell(1, 3)
    assert not board.busier(1)  # alone
    board.tell(2, 2)
    assert (board.busier(1), board.busier(2)) == (True, False)
    board.tell(2, 3)
    assert (board.busier(1), board.busier(2)) == (False, False)
    board.tell(1, 4)
    board.clear(2)
    assert not board.busier(1)  # who is gone is not waited for
