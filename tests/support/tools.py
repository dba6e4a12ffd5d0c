"""Other people's tools as judges: poppler, MuPDF, qpdf. A missing tool is a failure, never a skip."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from PIL import Image

SECONDS = 120


def run(*command: str, ok: tuple[int, ...] = (0,), silent: bool = False) -> str:
    """A tool's output (without its complaints if ``silent``); AssertionError with it for any other exit status."""
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    said = done.stderr.decode("utf-8", "replace")
    text = done.stdout.decode("utf-8", "replace")
    assert done.returncode in ok, f"{command[0]} exits {done.returncode}: {text}{said}"
    return text if silent else text + said


@dataclass(frozen=True)
class PdfsigVerdict:
    """What pdfsig says of one signature. The exit status is no oracle, so the words are read."""

    valid: bool
    whole_file: bool


def pdfsig(file: Path) -> list[PdfsigVerdict]:
    """poppler's verdicts, in the order of the signatures."""
    parts = re.split(r"(?m)^Signature #\d+:", run("pdfsig", "-nocert", str(file), ok=(0, 1)))[1:]
    return [
        PdfsigVerdict("Signature is Valid." in part, "Total document signed" in part and "Not total" not in part)
        for part in parts
    ]


def mutool(file: Path) -> list[str]:
    """MuPDF on each signature: "unchanged", "edited" (form fill, more signatures) or its complaint."""
    verdicts = []
    for part in run("mutool", "sign", "-v", str(file), ok=(0, 1)).split("Verifying signature ")[1:]:
        if "The document is unchanged since signing." in part:
            verdicts.append("unchanged")
        elif "The signature is valid but there have been edits since signing." in part:
            verdicts.append("edited")
        else:
            verdicts.append(" ".join(part.split()))
    return verdicts


def qpdf(file: Path) -> None:
    """AssertionError unless qpdf finds the file clean: no warnings (exit 3) and no errors (exit 2)."""
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", str(file))


def ranges(data: bytes) -> list[tuple[int, int, int]]:
    """Gap, resume and length of the rest, of each signature."""
    found = re.findall(rb"/ByteRange\[0 (\d+) (\d+) (\d+)\]", data)
    return [(int(gap), int(resume), int(rest)) for gap, resume, rest in found]


def flipped(data: bytes, at: int) -> bytes:
    """The bytes with one bit of one byte turned."""
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def openssl_cms(signature: bytes, content: bytes, root: Path, folder: Path) -> bool:
    """Whether OpenSSL verifies a detached CMS over content, with its path to a root (PEM)."""
    (folder / "signature.der").write_bytes(signature)
    (folder / "content").write_bytes(content)
    files = ["-in", str(folder / "signature.der"), "-content", str(folder / "content"), "-CAfile", str(root)]
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", *files, "-purpose", "any", "-out", "/dev/null"]
    return "successful" in run(*command, ok=(0, 4))


@dataclass(frozen=True)
class Character:
    """A character as MuPDF draws it: origin in points from the top left corner of the page, size."""

    text: str
    x: float
    y: float
    size: float
    font: str


def characters(file: Path, page: int) -> list[Character]:
    """All characters of a page, form fields included."""
    tree = ET.fromstring(run("mutool", "draw", "-q", "-F", "stext", str(file), str(page), silent=True))  # noqa: S314 -- ours
    return [
        Character(
            char.get("c", ""),
            float(char.get("x", "0")),
            float(char.get("y", "0")),
            float(font.get("size", "0")),
            font.get("name", ""),
        )
        for font in tree.iter("font")
        for char in font.iter("char")
    ]


def lines(file: Path, page: int) -> list[str]:
    """The page's lines by position: characters on one baseline from left to right, without blanks and dots."""
    rows: dict[int, list[Character]] = {}
    for char in characters(file, page):
        if char.text.strip() and char.text not in ".…\u200b":
            key = next(
                (known for known in (round(char.y), round(char.y) - 1, round(char.y) + 1) if known in rows),
                round(char.y),
            )
            rows.setdefault(key, []).append(char)
    return ["".join(char.text for char in sorted(row, key=lambda char: char.x)) for _, row in sorted(rows.items())]


def render(file: Path, page: int, folder: Path, dpi: int = 150) -> Image.Image:
    """A page as poppler draws it."""
    target = folder / f"{file.stem}-{page}"
    run("pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-singlefile", "-png", str(file), str(target))
    with Image.open(target.with_suffix(".png")) as image:
        return image.convert("RGB")
