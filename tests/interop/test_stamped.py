"""Attachments and a copy, which the agency alone signs, and a main document that names its attachments.

Signed on SoftHSM tokens; judged by poppler, MuPDF, qpdf, OpenSSL and pyHanko, and looked at as poppler draws them.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import ImageChops
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from signer.model import AttachmentStyle, Content, PackagePart, Rect, Revision, SignatureRole, SigningStep, StampPlaces
from signer.pdf.fields import FieldWriter
from signer.pdf.stamps import StampFileReader
from tests.fixtures.drawn import A4
from tests.fixtures.scanned import Placed, paper, scan
from tests.interop.conftest import VALUES, Issued, Office
from tests.support.paper import MOMENT, SAMPLES
from tests.support.stamped import COPY_MARK, MARK, stamp_wanted
from tests.support.tools import (
    Character,
    PdfsigVerdict,
    characters,
    flipped,
    mutool,
    openssl_cms,
    pdfsig,
    qpdf,
    ranges,
    render,
)

ANNEX = SAMPLES / "cong-van-kem-phu-luc-phu-luc-1.pdf"
DPI = 150
NAMES = ("Phụ lục I – bản cuối.pdf", "phu-luc-2.pdf")


@dataclass(frozen=True)
class Stamped:
    """A file on its way: as it came, its places, prepared, signed."""

    source: bytes
    places: StampPlaces
    prepared: Revision
    signed: Revision
    file: Path


def stamped(office: Office, source: bytes, places: StampPlaces, mark: tuple[str, ...], file: Path) -> Stamped:
    """What the use case does with an attachment or a copy: the file's first signature certifies, and locks all."""
    values = {name: VALUES[name] for name in places.texts()}
    prepared = FieldWriter().prepare(Content(source), places)
    step = SigningStep(
        SignatureRole.AGENCY,
        "Agency",
        "Bộ Tài chính",
        MARK[0],
        MOMENT,
        (*values, "Agency"),
        certify=True,
        values=values,
        mark=mark if places.marked else (),
        image=None if places.marked else office.settings.office.organisations["btc"].seal_image,
    )
    signed = office.sign(prepared, step, office.keys.info("agency-btc"))
    file.write_bytes(signed.content.read())
    return Stamped(source, places, prepared, signed, file)


@pytest.fixture(scope="session")
def stamps(office: Office, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stamped]:
    folder, reader = tmp_path_factory.mktemp("stamped"), StampFileReader()
    scanned = scan([[Placed(paper(dpi=200))], [Placed(paper(dpi=200))]])
    turned = scan([[Placed(paper(dpi=100))]], rotate=90)
    annex = ANNEX.read_bytes()
    copies = stamp_wanted(mark=COPY_MARK)
    sources = {
        "marked": (annex, reader.attachment(Content(annex), stamp_wanted()).places, MARK),
        "filled": (annex, reader.attachment(Content(annex), stamp_wanted(AttachmentStyle.FILLED)).places, ()),
        "copy": (scanned, reader.scan(Content(scanned), copies).places, COPY_MARK),
        "turned": (turned, reader.scan(Content(turned), copies).places, COPY_MARK),
    }
    return {
        name: stamped(office, source, places, mark, folder / f"{name}.pdf")
        for name, (source, places, mark) in sources.items()
    }


@pytest.fixture(params=["marked", "filled", "copy", "turned"])
def stamp(request: pytest.FixtureRequest, stamps: dict[str, Stamped]) -> Stamped:
    return stamps[request.param]


@pytest.fixture(scope="session")
def packaged(office: Office, samples: dict[str, Issued], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The letter with its two annexes named in the agency's signature."""
    letter = samples["cong-van-kem-phu-luc"]
    files = [SAMPLES / f"cong-van-kem-phu-luc-phu-luc-{number}.pdf" for number in (1, 2)]
    parts = tuple(
        PackagePart(name, len(data), hashlib.sha256(data).hexdigest())
        for name, data in zip(NAMES, (file.read_bytes() for file in files), strict=True)
    )
    values = {name: VALUES[name] for name in letter.reading.places.texts()}
    step = SigningStep(
        SignatureRole.AGENCY,
        "Agency",
        "Bộ Tài chính",
        "Ban hành văn bản",
        MOMENT,
        (*values, "Leader", "Agency"),
        values=values,
        image=office.settings.office.organisations["btc"].seal_image,
        package=parts,
    )
    file = tmp_path_factory.mktemp("packaged") / "letter.pdf"
    file.write_bytes(office.sign(letter.signed, step, office.keys.info("agency-btc")).content.read())
    return file


def pyhanko(data: bytes, office: Office) -> list[tuple[bool, bool, bool]]:
    """pyHanko on each signature: intact, valid, and nothing but permitted changes since."""
    root = load_cert_from_pemder(str(office.provisioned.folder / "certs/root.pem"))
    context = ValidationContext(trust_roots=[root], allow_fetching=False, revocation_mode="soft-fail")
    verdicts = []
    for signature in PdfFileReader(io.BytesIO(data)).embedded_signatures:
        status = validate_pdf_signature(signature, context)
        verdicts.append((status.intact, status.valid, status.bottom_line))
    return verdicts


# --- what other people's tools say --------------------------------------------------------------------------------


def test_everybody_calls_the_agencys_signature_valid(stamp: Stamped, office: Office, tmp_path: Path) -> None:
    assert pdfsig(stamp.file) == [PdfsigVerdict(valid=True, whole_file=True)]
    assert mutool(stamp.file) == ["unchanged"]
    qpdf(stamp.file)
    data = stamp.signed.content.read()
    assert pyhanko(data, office) == [(True, True, True)]
    [(gap, resume, rest)] = ranges(data)
    signature, content = bytes.fromhex(data[gap + 1 : resume - 1].decode()), data[:gap] + data[resume : resume + rest]
    assert openssl_cms(signature, content, office.provisioned.folder / "certs/root.pem", tmp_path)


@pytest.mark.parametrize("where", ["source", "fields", "mark", "end"])
def test_a_flipped_byte_is_seen_by_everybody(
    stamps: dict[str, Stamped], office: Office, tmp_path: Path, where: str
) -> None:
    stamp = stamps["marked"]
    data = stamp.signed.content.read()
    at = {
        "source": 40,
        "fields": data.index(b"/ToUnicode", len(stamp.source)) + 3,
        "mark": data.index(b" Tj ", stamp.prepared.content.size) - 4,
        "end": data.rindex(b"/Size") + 6,
    }[where]
    file = tmp_path / "flipped.pdf"
    file.write_bytes(flipped(data, at))
    assert [verdict.valid for verdict in pdfsig(file)] == [False]
    assert mutool(file) != ["unchanged"]
    [(gap, resume, rest)] = ranges(data)
    signature = bytes.fromhex(data[gap + 1 : resume - 1].decode())
    content = file.read_bytes()
    root = office.provisioned.folder / "certs/root.pem"
    assert not openssl_cms(signature, content[:gap] + content[resume : resume + rest], root, tmp_path)
    assert pyhanko(content, office)[0][0] is False


def test_a_package_in_the_signature_disturbs_nobody(packaged: Path, office: Office) -> None:
    assert [verdict.valid for verdict in pdfsig(packaged)] == [True, True]
    assert mutool(packaged) == ["edited", "unchanged"]
    qpdf(packaged)
    assert pyhanko(packaged.read_bytes(), office) == [(True, True, True)] * 2
    with io.BytesIO(packaged.read_bytes()) as data:
        parts = PdfFileReader(data).embedded_signatures[-1].sig_object["/ANTN_Package"]
        assert [str(part["/Name"]) for part in parts] == list(NAMES)


@pytest.mark.parametrize("what", [b"/SHA256<", b"/Length 421", b"phu-luc-2.pdf"])
def test_a_flipped_byte_of_the_package_breaks_the_agencys_signature_alone(
    packaged: Path, office: Office, tmp_path: Path, what: bytes
) -> None:
    data = packaged.read_bytes()
    at = data.index(what, data.rindex(b"/ANTN_Package")) + len(what) - 1
    at += 1 if what.endswith(b"<") else 0
    file = tmp_path / "flipped.pdf"
    file.write_bytes(flipped(data, at))
    assert [verdict.valid for verdict in pdfsig(file)] == [True, False]
    assert [verdict[0] for verdict in pyhanko(file.read_bytes(), office)] == [True, False]


# --- what is seen -------------------------------------------------------------------------------------------------


def rows(drawn: list[Character]) -> list[str]:
    """The lines of 10 points, as MuPDF reads them from the top."""
    marks = [char for char in drawn if abs(char.size - 10) < 0.05]
    heights = sorted({round(char.y, 1) for char in marks})
    return [
        "".join(char.text for char in sorted(marks, key=lambda char: char.x) if round(char.y, 1) == height)
        for height in heights
    ]


@pytest.mark.parametrize(("name", "lines"), [("marked", MARK), ("copy", COPY_MARK), ("turned", COPY_MARK)])
def test_the_mark_reads_as_it_was_asked_for(stamps: dict[str, Stamped], name: str, lines: tuple[str, ...]) -> None:
    assert rows(characters(stamps[name].file, 1)) == list(lines)


def corner(width: float) -> Rect:
    """The upper right corner of a page as it is seen, in points from its lower left."""
    height = A4[2] + A4[3] - width
    return Rect(width - 160, height - 60, width, height)


@pytest.mark.parametrize(("name", "width"), [("marked", A4[2]), ("copy", A4[2]), ("turned", A4[3])])
def test_only_the_corner_changes_and_is_black(
    stamps: dict[str, Stamped], tmp_path: Path, name: str, width: float
) -> None:
    stamp, rect, scale = stamps[name], corner(width), DPI / 72
    before = tmp_path / "before.pdf"
    before.write_bytes(stamp.source)
    earlier, later = (render(file, 1, tmp_path, DPI) for file in (before, stamp.file))
    changed = ImageChops.difference(earlier, later).convert("L").point(lambda value: 255 if value > 24 else 0)
    found = changed.getbbox()
    assert found is not None
    assert found[0] >= rect.x0 * scale
    assert found[3] <= (rect.y1 - rect.y0) * scale
    assert abs(found[2] / scale - (width - 7 * 72 / 25.4)) < 3, "7 mm from the right edge"
    ink = [value for value in later.crop(found).get_flattened_data() if max(value) < 90]
    assert ink
    assert all(max(value) - min(value) < 12 for value in ink)


def test_filled_number_and_date_stand_on_the_lines_baseline_in_its_slant(stamps: dict[str, Stamped]) -> None:
    drawn = characters(stamps["filled"].file, 1)
    places = stamps["filled"].places
    baseline = next(iter(places.blanks.values())).baseline
    height = max(char.y for char in drawn if abs(char.size - 13) < 0.3 and abs(A4[3] - char.y - baseline) < 1)
    row = sorted((char for char in drawn if abs(char.y - height) < 0.6), key=lambda char: char.x)
    text = "".join(char.text for char in row).replace(" ", "").replace("\xa0", "")
    assert text == "(KèmtheoCôngvănsố05/BTC-THTKngày21tháng11năm2026)"
    ours = [char for char in row if char.text.isdigit() and "Tinos-Italic" in char.font]
    assert "".join(char.text for char in ours) == "052111"


def test_the_seal_is_at_the_upper_left_in_real_size_and_covers_nothing(
    stamps: dict[str, Stamped], tmp_path: Path
) -> None:
    filled, scale = stamps["filled"], DPI / 72
    before = tmp_path / "before.pdf"
    before.write_bytes(filled.source)
    earlier, later = render(before, 1, tmp_path, DPI), render(filled.file, 1, tmp_path, DPI)
    like: Callable[[tuple[int, int, int]], int] = lambda value: 255 if value[0] > 120 and max(value[1:]) < 110 else 0  # noqa: E731
    mask = ImageChops.difference(earlier, later).convert("L")
    mask.putdata([like(value) for value in later.get_flattened_data()])
    found = mask.getbbox()
    assert found is not None
    assert found[2] < later.width / 2
    assert found[3] < later.height / 4
    assert 0.9 < (found[2] - found[0]) / scale / filled.places.agency.rect.width <= 1.01
    under = [
        value
        for value, red in zip(earlier.get_flattened_data(), mask.get_flattened_data(), strict=True)
        if red and max(value) < 200
    ]
    assert under == []
