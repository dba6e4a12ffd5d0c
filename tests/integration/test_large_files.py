"""A scan of 300 MB from draft to issued, in a process of its own whose memory is watched, and judged by others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from signer.model import Content
from signer.storage import open_blobs

ROOT = Path(__file__).parents[2]
MOST = 150_000_000
"""Bytes that the process may take for itself beyond where it began; what the page cache holds does not count."""

SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
from signer.model import Signer, Wanted
from signer.pdf.draft import Reader
from signer.pdf.fields import FieldWriter
from signer.pdf.reading.intake import DraftLimits
from signer.pdf.sign import PlanSigner
from signer.storage import open_blobs
from tests.bench.large import costing
from tests.support.paper import agency_step, leader_step, make_key

path, blobs = Path(sys.argv[1]), open_blobs(Path(sys.argv[2]))
reader, fields, signer = Reader(limits=DraftLimits(400_000_000, 5000, 120)), FieldWriter(), PlanSigner()
wanted = Wanted((Signer("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")),), (), (2.0,), "QĐ-BTC", "9999", 36.0)
leader, agency = make_key("Nguyễn Văn An"), make_key("Bộ Tài chính")

def prepare():
    coming = blobs.receive()
    with path.open("rb") as file:
        while piece := file.read(65536):
            coming.write(piece)
    draft = coming.content()
    made = fields.prepare(draft, reader.read(draft, wanted).places)
    blobs.put(made.content)
    return made

def sign(before, step, key):
    made = signer.sign(replace(before, content=blobs.get(before.sha256)), step, key.info, key.sign)
    blobs.put(made.content)
    return made

prepared, preparing = costing(prepare)
led, leading = costing(lambda: sign(prepared, leader_step(), leader))
issued, issuing = costing(lambda: sign(led, agency_step(), agency))
print(issued.sha256, preparing.memory, leading.memory, issuing.memory)
"""


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made in a process of its own: it holds all of it in memory."""
    path = tmp_path_factory.mktemp("large") / "draft.pdf"
    sample = ROOT / "softhsm" / "samples" / "quyet-dinh.pdf"
    make = (
        "import sys; from pathlib import Path; from tests.bench.large import scanned_draft;"
        "Path(sys.argv[1]).write_bytes(scanned_draft(Path(sys.argv[2]).read_bytes(), 300))"
    )
    subprocess.run([sys.executable, "-c", make, path, sample], cwd=ROOT, env=_environment(), check=True, timeout=300)
    return path


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def test_300_mb_are_signed_and_issued_within_150_mb_of_memory(draft: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, draft, tmp_path / "blobs"],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    sha256, *memory = done.stdout.split()
    assert len(memory) == 3
    assert max(map(int, memory)) < MOST
    blobs = open_blobs(tmp_path / "blobs")
    issued: Content = blobs.get(sha256)
    assert issued.size > draft.stat().st_size > 290_000_000
    tails = sum(path.stat().st_size for path in (tmp_path / "blobs").rglob("*.tail"))
    assert tails < 2_000_000  # the file itself lies there once
    path = tmp_path / "issued.pdf"
    with path.open("wb") as file:
        file.writelines(issued.chunks())
    for judge, said in ((["qpdf", "--check", path], "No syntax"), (["pdfsig", "-nocert", path], "Signature is Valid")):
        told = subprocess.run(judge, capture_output=True, text=True, check=False, timeout=300)
        assert said in told.stdout, told.stdout + told.stderr
