"""What a process that is killed leaves behind: what it committed, all of it, and nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from signer.storage import migrate, open_blobs, open_store

PRELUDE = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from signer.model import *
from signer.storage import open_blobs, open_store

now = datetime(2026, 11, 22, tzinfo=UTC)
store = open_store(sys.argv[1])

def add(tx, number):
    name, symbol = f"d{number}", f"{number:02}/QĐ-BTC"
    tx.add_document(Document(name, Metadata("BTC", "QĐ", "x", ()), DocumentState.ISSUING, "QĐ-BTC",
                             Printed("QĐ-BTC"), {}, "d" * 64, "a" * 64, b"p" * 10000, (), (), now,
                             Actor("1", "A", "test")))
    tx.reserve(RegisterEntry("BTC", "qd", "2026", number, name, RegisterState.RESERVED, symbol, now.date(),
                             "", ""),
               Numbering("qd", "2026", number, f"{number:02}", "QĐ-BTC", symbol, now.date(), now))

def say(word):
    print(word, flush=True)

with store.transaction() as tx:
    tx.put_office(Office({"o": Organisation("o", ())}, {"BTC": Issuer("BTC", "B", "BTC", "o", "k")}, {},
                         (Series("qd", ("BTC",)),), (), ()), now)
"""


def kill_at(word: str, script: str, *arguments: str) -> None:
    """Run the script until it says the word, then kill -9."""
    process = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    with process.stdout as said:
        for line in said:
            if line.strip() == word:
                process.kill()
                break
    assert process.wait(30) == -signal.SIGKILL


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate(url)
    return url


def test_what_was_committed_is_there_and_what_was_under_way_is_not(url: str) -> None:
    kill_at(
        "under way",
        """
with store.transaction() as tx:
    add(tx, 1)
with store.transaction() as tx:
    add(tx, 2)
    say("under way")
    import time
    time.sleep(60)
""",
        url,
    )
    store = open_store(url)
    with store.transaction() as tx:
        assert [document.id for document in tx.documents()] == ["d1"]
        last = tx.last_number("qd", "2026")
        assert last is not None
        assert last.number == 1
        assert [row.document_id for row in tx.register("BTC", 2026)] == ["d1"]
    store.close()


def test_a_process_killed_amid_its_work_leaves_whole_transactions_in_order(url: str) -> None:
    kill_at(
        "50",
        """
for number in range(1, 100000):
    with store.transaction() as tx:
        add(tx, number)
    say(number)
""",
        url,
    )
    store = open_store(url)
    with store.transaction() as tx:
        numbers = [row.number for row in tx.register("BTC", 2026)]
        assert len(numbers) >= 50
        assert numbers == list(range(1, len(numbers) + 1))
        for number in numbers:
            document = tx.document(f"d{number}")
            assert document.numbering is not None
            assert document.numbering.number == number
    store.close()


def test_a_blob_is_whole_or_nameless(url: str, tmp_path: Path) -> None:
    kill_at(
        "7",
        """
blobs = open_blobs(Path(sys.argv[2]))
for number in range(100000):
    blobs.put(Content(number.to_bytes(4) * 100_000))
    say(number)
""",
        url,
        str(tmp_path / "blobs"),
    )
    blobs = open_blobs(tmp_path / "blobs")
    named = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file() and len(path.name) == 64]
    assert len(named) >= 8
    for path in named:
        assert blobs.get(path.name).size == 400_000


def test_a_revision_is_whole_or_nameless(url: str, tmp_path: Path) -> None:
    """Killed while it adds update after update to one file: every name that is there can be read, and no other."""
    kill_at(
        "20",
        """
blobs = open_blobs(Path(sys.argv[2]))
base = blobs.put(Content(b"%PDF" * 500_000))
for number in range(100000):
    blobs.put(blobs.get(base).extended(number.to_bytes(4) * 10_000))
    say(number)
""",
        url,
        str(tmp_path / "blobs"),
    )
    blobs = open_blobs(tmp_path / "blobs")
    tails = list((tmp_path / "blobs").rglob("*.tail"))
    assert len(tails) >= 21
    for path in tails:
        assert blobs.get(path.stem).size == 2_040_000
        assert path.stat().st_size < 41_000


def test_a_large_file_that_comes_in_is_whole_or_nameless(url: str, tmp_path: Path) -> None:
    """Killed while files come in and get their update: what has a name is whole, what has none is swept one day."""
    kill_at(
        "5",
        """
blobs = open_blobs(Path(sys.argv[2]))
for number in range(100000):
    coming = blobs.receive()
    for _ in range(30):
        coming.write(number.to_bytes(4) * 20_000)
    blobs.put(coming.content().extended(b"fields" * 1000))
    say(number)
""",
        url,
        str(tmp_path / "blobs"),
    )
    blobs = open_blobs(tmp_path / "blobs")
    named = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file() and len(path.name) == 64]
    assert len(named) >= 6
    for path in named:
        assert blobs.get(path.name).size == 2_406_000
    left = list((tmp_path / "blobs" / "incoming").iterdir())
    assert len(left) <= 1
