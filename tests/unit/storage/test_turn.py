"""Whose turn it is to write: one at a time, nobody passed over, nobody waiting for ever, nothing left by the dead."""

import itertools
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from signer.errors import Kind, SignerError
from signer.storage.turn import WriteTurn

HOLDER = """
import sys
from pathlib import Path
from signer.storage.turn import WriteTurn
with WriteTurn(Path(sys.argv[1]), timeout=10).taken():
    print("taken", flush=True)
    sys.stdin.readline()
"""
TAKER = """
import sys, time
from pathlib import Path
from signer.storage.turn import WriteTurn
turn, told = WriteTurn(Path(sys.argv[1]), timeout=30), Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[4])):
    with turn.taken(), told.open("a") as file:
        file.write(sys.argv[3])
        time.sleep(0.002)  # as long as a transaction takes
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "antin.db"


def started(script: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_one_thread_at_a_time_has_the_turn(database: Path) -> None:
    turn, inside, most = WriteTurn(database, timeout=30), [0], [0]

    def take(_: int) -> None:
        with turn.taken():
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(take, range(200)))
    turn.close()
    assert most == [1]


def test_who_waits_too_long_is_told(database: Path) -> None:
    holder = started(HOLDER, database)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "taken\n"
    turn = WriteTurn(database, timeout=0.2)
    with pytest.raises(SignerError) as caught, turn.taken():
        pytest.fail("two have the turn")
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "store-unavailable")
    holder.kill()
    holder.communicate()
    with turn.taken():  # the dead hold nothing
        pass
    turn.close()


def test_a_thread_that_waits_too_long_is_told(database: Path) -> None:
    turn, held, done = WriteTurn(database, timeout=0.2), threading.Event(), threading.Event()

    def hold() -> None:
        with turn.taken():
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    with pytest.raises(SignerError, match="store-unavailable"), turn.taken():
        pytest.fail("two have the turn")
    done.set()
    thread.join()
    turn.close()


def test_what_fails_gives_the_turn_back(database: Path) -> None:
    turn = WriteTurn(database, timeout=1)
    with pytest.raises(RuntimeError, match="broken"), turn.taken():
        raise RuntimeError("broken")
    with turn.taken():
        pass
    turn.close()


def test_no_process_is_passed_over(database: Path, tmp_path: Path) -> None:
    """Two that want to write all the time take turns: neither writes its whole part before the other begins."""
    told, times = tmp_path / "told", 150
    takers = [started(TAKER, database, told, name, times) for name in "ab"]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write("\n")
        taker.stdin.flush()
    for taker in takers:
        taker.communicate(timeout=60)
        assert taker.returncode == 0
    written = told.read_text()
    assert sorted(written) == sorted("ab" * times)
    together = written[: min(written.rindex("a"), written.rindex("b"))]
    assert max(len(list(run)) for _, run in itertools.groupby(together)) < times / 2, written


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    turn = WriteTurn(tmp_path / "gone" / "antin.db", timeout=1)
    with pytest.raises(SignerError, match="store-unavailable"), turn.taken():
        pytest.fail("there is no place for the queue")


def test_a_turn_that_cannot_be_had_leaves_no_file_open(database: Path) -> None:
    Path(f"{database}.pen").mkdir()  # the gate can be opened, the pen cannot
    turn, before = WriteTurn(database, timeout=1), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(SignerError, match="store-unavailable"), turn.taken():
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
