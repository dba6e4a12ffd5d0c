"""Several processes on one SQLite file: nobody's closing may take the log away from under another."""

import subprocess
import sys
from pathlib import Path

from signer import storage

_LOOK = """
import sys
from signer import storage
database = storage.open_database(sys.argv[1])
storage.open_store(database).ping()
database.close()
"""


def test_another_process_that_closes_leaves_the_log_that_we_write(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/antin.db"
    storage.migrate(url)
    database = storage.open_database(url)
    store = storage.open_store(database)
    with store.reading() as held:
        held.documents()
        # A second connection of this process, as every busy worker opens.
        with store.reading() as second:
            second.documents()
    log = tmp_path / "antin.db-wal"
    before = log.stat().st_ino
    subprocess.run([sys.executable, "-c", _LOOK, url], check=True, timeout=60)
    assert log.exists()
    assert log.stat().st_ino == before
    database.close()
