"""How often somebody may call, counted by all processes together."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

from signer.web.throttle import Throttle


def test_everybody_has_a_burst_and_then_a_rate():
    throttle = Throttle(per_second=2, burst=3)
    assert [throttle.take("a", 100.0).allowed for _ in range(4)] == [True, True, True, False]
    assert throttle.take("b", 100.0).allowed
    assert [throttle.take("a", 101.0).allowed for _ in range(3)] == [True, True, False]


def test_what_is_left_is_told():
    throttle = Throttle(per_second=2, burst=3)
    shares = [throttle.take("a", 100.0) for _ in range(4)]
    assert [each.left for each in shares] == [2, 1, 0, 0]
    assert [each.full for each in shares] == [0.5, 1.0, 1.5, 1.5]
    assert [each.wait for each in shares] == [0.0, 0.0, 0.5, 0.5]
    assert throttle.take("a", 100.5).allowed


def test_those_who_are_remembered_are_bounded():
    throttle = Throttle(per_second=1, burst=1, places=64)
    for number in range(10_000):
        assert throttle.take(str(number), 100.0 + number).allowed
    assert not throttle.take("9999", 100.0 + 9999).allowed


def test_processes_count_together():
    throttle = Throttle(per_second=0.001, burst=100)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            taken = sum(throttle.take("a", time.monotonic()).allowed for _ in range(50))
            os._exit(taken)
        children.append(child)
    taken = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sum(taken) == 100
    assert not throttle.take("a", time.monotonic()).allowed


_MANY = 3000


def _hammer(throttles: Sequence[Throttle]) -> None:
    def take(throttle: Throttle) -> None:
        for turn in range(_MANY):
            throttle.take(f"caller {turn % 3}", float(turn))

    with ThreadPoolExecutor(len(throttles)) as threads:
        for done in [threads.submit(take, throttle) for throttle in throttles]:
            done.result()


def test_threads_of_several_processes_at_several_throttles_are_not_taken_for_a_ring() -> None:
    """POSIX locks belong to processes: two threads of two of them look like a deadlock to the kernel (EDEADLK)."""
    throttles = [Throttle(1000.0, 1000, places=8) for _ in range(3)]
    context = get_context("fork")
    others = [context.Process(target=_hammer, args=(throttles,)) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
    assert [other.exitcode for other in others] == [0, 0, 0]
