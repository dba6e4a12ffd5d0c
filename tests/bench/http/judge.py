"""What was measured must have been the real thing: issued files hold, and the register has every number once."""

from __future__ import annotations

import random
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

from signer.model import VIETNAM
from tests.bench.http.desk import Desk

SAMPLES = 5


def judge(desk: Desk, issued: list[str]) -> str:
    """Say what was looked at; RuntimeError for whatever does not hold."""
    year = datetime.now(VIETNAM).year
    rows = desk.ask("auditor", "GET", f"/v1/registers/BTC/{year}").json()["rows"]
    numbers = [row["number"] for row in rows]
    if numbers != list(range(1, len(issued) + 1)):
        raise RuntimeError(f"{len(issued)} documents were issued, and the register goes {numbers[:3]} … {numbers[-3:]}")
    chosen = random.Random(1).sample(issued, min(SAMPLES, len(issued)))  # noqa: S311 - which to look at, no secret
    for document in chosen:
        data = desk.ask("auditor", "GET", f"/v1/documents/{document}/content").content
        _pdfsig(document, data)
        report = desk.ask("auditor", "POST", "/v1/verify", content_type="application/pdf", data=data).json()
        if report["verdict"] != "TOTAL-PASSED":
            raise RuntimeError(f"{document}: {report['verdict']}")
    return f"register 1..{len(issued)} without a gap; {len(chosen)} issued files hold (pdfsig, full verification)"


def _pdfsig(document: str, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        Path(file.name).write_bytes(data)
        said = subprocess.run(["pdfsig", "-nocert", file.name], capture_output=True, text=True, check=False).stdout
    # Its exit status says nothing; only the last signature covers all of the file.
    if said.count("Signature is Valid.") != 2 or said.count("Total document signed") != 1:
        raise RuntimeError(f"{document}: pdfsig says: {said}")
