"""So many at once, the others in their order, none for ever, and nobody who has gone."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from signer.errors import SignerError
from signer.web.queue import Queue

SECONDS = 30  # a bound for what must happen, never a measure


@contextmanager
def busy(queue: Queue, pool: ThreadPoolExecutor) -> Iterator[threading.Event]:
    """Somebody has a turn until the block ends, or until the event is set."""
    begun, end = threading.Event(), threading.Event()

    def work() -> None:
        with queue.turn():
            begun.set()
            end.wait(SECONDS)

    done = pool.submit(work)
    assert begun.wait(SECONDS)
    try:
        yield end
    finally:
        end.set()
        done.result(SECONDS)


def in_line(queue: Queue, count: int) -> None:
    until = threading.Event()
    for _ in range(SECONDS * 100):
        if queue.waiting == count:
            return
        until.wait(0.01)
    pytest.fail(f"{queue.waiting} wait, not {count}")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as made:
        yield made


def test_turns_come_in_order(pool: ThreadPoolExecutor):
    queue, order = Queue(1, 10, SECONDS), []

    def work(name: int) -> None:
        with queue.turn():
            assert queue.running == 1
            order.append(name)

    waiting: list[Future[None]] = []
    with busy(queue, pool):
        for name in range(5):
            waiting.append(pool.submit(work, name))
            in_line(queue, name + 1)
    for each in waiting:
        each.result(SECONDS)
    assert order == [0, 1, 2, 3, 4]
    assert (queue.running, queue.waiting) == (0, 0)


def test_so_many_at_once(pool: ThreadPoolExecutor):
    queue = Queue(2, 0, SECONDS)
    with busy(queue, pool), busy(queue, pool):
        assert queue.running == 2
        with pytest.raises(SignerError) as refused, queue.turn():
            pytest.fail("a third one")
        assert (refused.value.code, refused.value.retry_after) == ("service-busy", 15)
    with queue.turn():
        assert queue.running == 1


def test_the_line_has_an_end_and_waiting_too(pool: ThreadPoolExecutor):
    queue = Queue(1, 1, 0.2)
    with busy(queue, pool):
        with pytest.raises(SignerError), queue.turn():
            pytest.fail("waited for ever")
        assert (queue.running, queue.waiting) == (1, 0)
    with queue.turn():
        pass


def test_who_has_gone_is_not_begun_with(pool: ThreadPoolExecutor):
    queue, begun, left = Queue(1, 10, SECONDS), threading.Event(), threading.Event()

    def work() -> None:
        with queue.turn(left.is_set):
            begun.set()

    with busy(queue, pool) as end:
        waiting = pool.submit(work)
        in_line(queue, 1)
        left.set()
        end.set()
        with pytest.raises(SignerError):
            waiting.result(SECONDS)
    assert not begun.is_set()
    assert (queue.running, queue.waiting) == (0, 0)


def test_a_turn_ends_with_whatever_ends_it():
    queue = Queue(1, 0, 1)
    with pytest.raises(ZeroDivisionError), queue.turn():
        _ = 1 / 0
    assert queue.running == 0
