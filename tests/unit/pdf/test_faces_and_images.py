"""The embedded faces give their text back, images are encoded once, and unsuitable ones are refused."""

from __future__ import annotations

import io
import re
import subprocess
import zlib
from pathlib import Path

import pytest
from PIL import Image

from signer.errors import SignerError
from signer.model import Revision, Slant
from signer.pdf import fonts, images, syntax
from tests.support.paper import MOMENT, png


@pytest.mark.parametrize("slant", Slant)
def test_digits_have_the_metrics_of_times(slant: Slant) -> None:
    """Times New Roman's digits are half an em wide: "05" at 13 pt takes 13 pt."""
    face = fonts.face(slant)
    assert face.width("05", 13) == 13
    assert set(face.codes) == set(fonts.CHARACTERS)


def test_the_face_of_marks_has_the_metrics_of_times_and_every_letter() -> None:
    """NĐ 30/2020 Phụ lục I II.8.b: Times New Roman, upright; an agency's name may have any Vietnamese letter."""
    face = fonts.face(fonts.MARK)
    assert face.width("05", 10) == 10
    assert face.width("Ủy ban", 10) == pytest.approx(10 * (722 + 500 + 250 + 500 + 444 + 500) / 1000)
    assert set("ẴẵỄễỘộỨứỶỷĐđ|~@") <= face.codes.keys()
    assert b"/ItalicAngle 0" in face.descriptor


@pytest.mark.parametrize("name", [*Slant, fonts.MARK])
def test_blocks_of_the_unicode_map_are_as_short_as_a_cmap_allows(name: str) -> None:
    maps = zlib.decompress(fonts.face(name).objects(1)[4].partition(b"stream\n")[2].removesuffix(b"\nendstream"))
    blocks = [int(count) for count in re.findall(rb"(\d+) beginbfchar", maps)]
    assert sum(blocks) == len(fonts.face(name).codes)
    assert max(blocks) <= 100


def test_a_face_is_made_once_by_whatever_name() -> None:
    assert fonts.face(Slant.ITALIC) is fonts.face("italic")
    with pytest.raises(KeyError):
        fonts.face("bold")


def test_a_character_without_a_glyph_is_an_error_and_not_a_box() -> None:
    with pytest.raises(KeyError):
        fonts.face(Slant.UPRIGHT).encode("5a")


def test_the_drawn_number_and_date_can_be_read_back(issued: Revision, tmp_path: Path) -> None:
    """By another's eyes: mutool's structured text has the codes through our ToUnicode maps."""
    file = tmp_path / "issued.pdf"
    file.write_bytes(issued.content.read())
    page = subprocess.run(
        ["mutool", "draw", "-F", "stext", str(file), "1"], capture_output=True, check=True, timeout=60
    )
    text = page.stdout.decode()
    assert 'font name="Tinos' in text.replace("ANTINR+", "").replace("ANTINI+", "")
    drawn = [line for line in text.splitlines() if "Tinos" in line or "<char" in line]
    ours = "".join(part.split(' c="')[1][0] for part in drawn if ' c="' in part)
    assert "05" in ours
    assert "21" in ours


def test_the_subset_is_small() -> None:
    assert all(len(fonts.face(slant).program) < 6_000 for slant in Slant)


def test_a_png_becomes_colours_and_transparency() -> None:
    encoded = images.encode(png((220, 0, 0, 255), 60, 40))
    assert (encoded.width, encoded.height) == (60, 40)
    assert images.encode(png((220, 0, 0, 255), 60, 40)) is encoded
    colours, mask = encoded.objects(7)
    assert b"/SMask 8 0 R" in colours
    assert b"/DeviceGray" in mask


def _bytes(mode: str, size: tuple[int, int], kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (_bytes("RGB", (10, 10)), "transparent"),
        (_bytes("RGB", (10, 10), "JPEG"), "readable PNG"),
        (b"", "readable PNG"),
        (_bytes("RGBA", (10, 10))[:40], "readable PNG"),
        (_bytes("RGBA", (2001, 2000)), "too large"),
    ],
    ids=["opaque", "jpeg", "empty", "truncated", "huge"],
)
def test_an_unsuitable_image_is_refused_with_its_clause(data: bytes, words: str) -> None:
    with pytest.raises(SignerError, match=words) as refused:
        images.encode(data)
    assert refused.value.code == "image-unsuitable"
    assert "II.7.d" in refused.value.clause


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Leader", b"(Leader)"),
        ("a(b)\\", rb"(a\(b\)\\)"),
        ("Số", b"<FEFF00531ED1>"),
        ("a\nb", b"<FEFF0061000A0062>"),
        ("%%E", b"<FEFF002500250045>"),
    ],
)
def test_text_strings(text: str, expected: bytes) -> None:
    assert syntax.text_string(text) == expected


def test_numbers_and_dates() -> None:
    assert syntax.reals((0, 1, 1.5, 2.346, -0.001, 595.30)) == b"0 1 1.5 2.35 0 595.3"
    assert syntax.date_string(MOMENT) == b"(D:20261121100405+07'00')"
