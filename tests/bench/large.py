"""``python -m tests.bench.large``: a scan of 300 MB from draft to issued, beside ``openssl dgst -sha256`` of the file.

In-process, on SoftHSM, through the store of files: what a signature costs is opening (one pass over the bytes),
signing and storing the update. Memory is what the process has for itself (RssAnon), sampled, above where it began:
pages of files that the system can take back any time do not count.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pikepdf

from signer.model import Content, Revision
from signer.pdf.draft import Reader
from signer.pdf.reading.intake import DraftLimits
from signer.storage import open_blobs
from softhsm.provision import configure, provision
from tests.bench.pieces import SIGNER, Desk, Wanted

T = TypeVar("T")
SIDE = 3000
"""Pixels across and down a scanned page; raw RGB has 27 MB, which no filter makes smaller."""


def scanned_draft(source: bytes, megabytes: int, pages: int = 0) -> bytes:
    """The draft with scanned pages behind it, until it has so many megabytes, and ``pages`` more, almost empty."""
    whole = io.BytesIO()
    with pikepdf.open(io.BytesIO(source)) as pdf:
        for _ in range(megabytes * 1_000_000 // (3 * SIDE * SIDE)):
            image = pikepdf.Stream(pdf, os.urandom(3 * SIDE * SIDE))
            image.stream_dict = pikepdf.Dictionary(
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=SIDE,
                Height=SIDE,
                ColorSpace=pikepdf.Name.DeviceRGB,
                BitsPerComponent=8,
            )
            page = pdf.add_blank_page(page_size=(595, 842))
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.make_indirect(image)))
            page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im Do Q")
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842)).Contents = pdf.make_stream(b"0 0 m 100 100 l S")
        pdf.save(whole, compress_streams=False, recompress_flate=False)
    return whole.getvalue()


def anonymous() -> int:
    """Bytes that this process has for itself."""
    line = next(each for each in Path("/proc/self/status").read_text("ascii").splitlines() if each[:8] == "RssAnon:")
    return int(line.split()[1]) * 1024


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of the processor, and the most memory above where it began, bytes."""

    seconds: float
    cpu: float
    memory: int


def costing(step: Callable[[], T]) -> tuple[T, Cost]:
    """Do it, and watch the memory meanwhile."""
    done, most, start = threading.Event(), [0], anonymous()

    def watch() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], anonymous() - start)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, cpu = time.perf_counter(), time.process_time()
    try:
        result = step()
    finally:
        took = time.perf_counter() - began, time.process_time() - cpu
        done.set()
        watcher.join()
    return result, Cost(*took, memory=max(most[0], anonymous() - start))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.large")
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--pages", type=int, default=0, help="so many pages more, with little on them")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), given.megabytes, given.pages)
    return 0


def _measure(folder: Path, megabytes: int, pages: int) -> None:
    configure(provision(folder / "tokens"))
    desk = Desk(folder / "tokens")
    agency, an, pin = desk.keyring.info("agency-btc"), desk.keyring.info("an.nv"), desk.tokens.pin("an.nv")
    desk.keyring.sign(agency.name, b"warm")
    desk.reader = Reader(limits=DraftLimits(1_000_000_000, 5000, 60))
    blobs, path = open_blobs(folder / "blobs"), folder / "draft.pdf"
    path.write_bytes(scanned_draft(desk.draft, megabytes, pages))
    base = _hashing(path)

    def receive() -> Content:
        coming = blobs.receive()
        with path.open("rb") as file:
            while piece := file.read(64 * 1024):
                coming.write(piece)
        return coming.content()

    def prepare() -> Revision:
        wanted = Wanted((SIGNER,), (), (2.0,), "QĐ-BTC", "9999", 36.0)
        made = desk.fields.prepare(draft, desk.reader.read(draft, wanted).places)
        blobs.put(made.content)
        return made

    def signed(before: Revision, sign: Callable[[Revision], Revision]) -> Revision:
        made = sign(replace(before, content=blobs.get(before.sha256)))
        blobs.put(made.content)
        return made

    draft, cost = costing(receive)
    _say("received", cost, base)
    prepared, cost = costing(prepare)
    _say("prepared", cost, base)
    led, cost = costing(lambda: signed(prepared, lambda before: desk.lead(before, an, an.image, pin)))
    _say("leader", cost, base)
    _, cost = costing(lambda: signed(led, lambda before: desk.issue(before, agency)))
    _say("clerk", cost, base)


def _hashing(path: Path) -> float:
    """Seconds that ``openssl dgst -sha256`` takes, the file in the page cache."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(["openssl", "dgst", "-sha256", str(path)], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    sys.stdout.write(f"{'openssl':<10}{min(times):>8.2f} s  {path.stat().st_size / 1e6:.0f} MB\n")
    return min(times)


def _say(name: str, cost: Cost, base: float) -> None:
    sys.stdout.write(
        f"{name:<10}{cost.seconds:>8.2f} s  {cost.seconds / base:>6.2f} x openssl  cpu {cost.cpu:>6.2f} s  "
        f"memory {cost.memory / 1e6:>6.1f} MB\n"
    )


if __name__ == "__main__":
    sys.exit(main())
