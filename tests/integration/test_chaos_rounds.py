"""Some rounds of ``make chaos`` each time, and the proof that its judge would find what it looks for."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from signer.settings import load_settings
from softhsm.provision import Provisioned
from tests.chaos.judge import Books, answer_faults, store_faults
from tests.chaos.place import Place
from tests.support.filled import Kept

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_whoever_is_killed_at_whichever_line_every_number_is_accounted_for(provisioned: Provisioned, database: str):
    """Other lines at each run: a failure names its seed, and ``--seed`` does it again."""
    options = ["--rounds", "12", "--load", "0.1", "--database", database, "--provisioned", provisioned.folder]
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 rounds" in done.stdout
    assert "findings: 0" in done.stdout


def faults(kept: Kept, documents: int | None = None) -> list[str]:
    place = Place(kept.config, kept.url, kept.config.with_suffix(".log"), load_settings(kept.config))
    ((stored,),) = kept.ask("SELECT count(*) FROM documents")
    with closing(Books(place)) as books:
        return store_faults(place, books, [], int(str(stored)) if documents is None else documents)


def test_the_judge_is_content_with_a_store_that_agrees(kept: Kept):
    assert faults(kept) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM register WHERE document_id = :void", "numbers are"),
        ("UPDATE register SET date = '2020-01-02' WHERE document_id = :last", "dates do not go with numbers"),
        ("UPDATE events SET id = 100000 WHERE kind = 'numbered' AND document_id = :issued", "another order"),
        ("DELETE FROM events WHERE kind = 'numbered' AND document_id = :issued", "another order"),
        ("UPDATE register SET state = 'reserved' WHERE document_id = :issued", "neither issued nor void"),
        ("UPDATE documents SET reason = '' WHERE id = :void", "neither issued nor void"),
        ("UPDATE events SET kind = 'issued' WHERE kind = 'numbered' AND document_id = :last", "happened twice"),
        (
            "INSERT INTO idempotency (scope, key, body_sha256, started_at) VALUES ('s', 'k', 'b', '2026-01-01')",
            "an order without an answer",
        ),
        ("DELETE FROM acts WHERE document_id = :issued", "antin check"),
    ],
)
def test_the_judge_finds_what_a_crash_could_leave(kept: Kept, statement: str, told: str):
    kept.sql(statement)
    assert any(told in fault for fault in faults(kept)), faults(kept)


def test_the_judge_counts_documents(kept: Kept):
    assert any("documents instead of" in fault for fault in faults(kept, 3))


def test_the_judge_compares_answers():
    first = {"status": 200, "body": "a", "location": None, "replayed": False}
    again = first | {"replayed": True}
    assert answer_faults({"k": first}, {"k": again}, {"k": 200}) == []
    for other, told in (
        (again | {"body": "b"}, "another answer"),
        (again | {"location": "/x"}, "another answer"),
        (first, "carried out again"),
        (again | {"status": 409}, "409"),
    ):
        assert any(told in fault for fault in answer_faults({"k": first}, {"k": other}, {"k": 200}))
    refused = first | {"status": 409, "body": "no"}
    assert any("refused for good" in fault for fault in answer_faults({"k": refused}, {"k": again}, {"k": 200}))
