"""Measuring digitised papers: resolution, colour and cover of each page; nothing is judged here."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pikepdf
import pytest
from PIL import Image

from policies.load import ruleset_on
from signer.errors import SignerError
from signer.model import Content, ScanReading
from signer.pdf import mark
from signer.pdf.reading import corner, measure
from signer.pdf.reading.intake import DraftLimits
from signer.pdf.stamps import StampFileReader
from tests.fixtures.drawn import A4, build, letter
from tests.fixtures.scanned import Placed, paper, scan
from tests.support.stamped import COPY_MARK, stamp_wanted

RULES = ruleset_on(date(2026, 11, 22))
HALVES = ((0.0, 420.95, A4[2], A4[3]), (0.0, 0.0, A4[2], 420.95))


def read(data: bytes, limits: DraftLimits | None = None) -> ScanReading:
    return StampFileReader(RULES, limits).scan(Content(data), stamp_wanted(mark=COPY_MARK))


def test_a_scan_in_colour_is_measured_and_gets_its_mark() -> None:
    reading = read(scan([[Placed(paper(dpi=200))], [Placed(paper(dpi=300))]]))
    assert [page.dpi for page in reading.pages] == pytest.approx([200, 300], abs=0.5)
    assert [(page.colour, page.covered) for page in reading.pages] == [(True, 1.0)] * 2
    assert reading.page_mm == pytest.approx((210.0, 297.0), abs=0.1)
    assert reading.places.marked
    rect = reading.places.agency.rect
    assert (rect.width, rect.height) == pytest.approx(mark.extent(COPY_MARK, 10))
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("header", "catalogue", "version"),
    [
        ("1.3", None, (1, 3)),
        ("1.4", None, (1, 4)),
        ("2.0", None, (2, 0)),
        ("1.3", "/1.7", (1, 7)),
        ("1.7", "/1.4", (1, 7)),
        ("1.3", "/x", (1, 3)),
    ],
)
def test_the_version_is_the_higher_of_header_and_catalogue(
    header: str, catalogue: str | None, version: tuple[int, int]
) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        if catalogue is not None:
            pdf.Root.Version = pikepdf.Name(catalogue)

    data = scan([[Placed(paper(dpi=50))]], version=header, change=change)
    assert data.startswith(b"%PDF-" + header.encode())
    assert read(data).version == version


def test_a_header_that_says_nothing_counts_as_no_version() -> None:
    data = scan([[Placed(paper(dpi=50))]])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert measure.version(data.replace(b"%PDF-1.7", b"%PDF-x.y"), pdf) == (0, 0)


@pytest.mark.parametrize(
    ("mode", "colour"), [("RGB", True), ("CMYK", True), ("L", False), ("1", False)], ids=["rgb", "cmyk", "grey", "bits"]
)
def test_colour_is_what_the_image_has(mode: str, colour: bool) -> None:
    assert read(scan([[Placed(paper(mode, dpi=72))]])).pages[0].colour is colour


def palette(*colours: tuple[int, int, int]) -> Image.Image:
    image = Image.new("P", (595, 842), 0)
    image.putpalette([value for colour in colours for value in colour])
    return image


@pytest.mark.parametrize(
    ("colours", "colour"),
    [(((255, 255, 255), (0, 0, 0), (128, 130, 127)), False), (((255, 255, 255), (200, 0, 0)), True)],
    ids=["greys", "red"],
)
def test_a_palette_is_in_colour_if_one_of_its_entries_is(
    colours: tuple[tuple[int, int, int], ...], colour: bool
) -> None:
    assert read(scan([[Placed(palette(*colours))]])).pages[0].colour is colour


SPACES: dict[str, tuple[Callable[[pikepdf.Pdf], Any], bool]] = {
    "icc of three": (lambda pdf: pikepdf.Array([pikepdf.Name.ICCBased, _profile(pdf, 3)]), True),
    "icc of one": (lambda pdf: pikepdf.Array([pikepdf.Name.ICCBased, _profile(pdf, 1)]), False),
    "calibrated": (lambda pdf: pikepdf.Array([pikepdf.Name.CalRGB, pikepdf.Dictionary(WhitePoint=[1, 1, 1])]), True),
    "calibrated grey": (
        lambda pdf: pikepdf.Array([pikepdf.Name.CalGray, pikepdf.Dictionary(WhitePoint=[1, 1, 1])]),
        False,
    ),
    "inks": (
        lambda pdf: pikepdf.Array(
            [
                pikepdf.Name.DeviceN,
                [pikepdf.Name.A, pikepdf.Name.B, pikepdf.Name.C],
                pikepdf.Name.DeviceRGB,
                _profile(pdf, 3),
            ]
        ),
        True,
    ),
    "one ink": (
        lambda pdf: pikepdf.Array(
            [pikepdf.Name.Separation, pikepdf.Name.All, pikepdf.Name.DeviceGray, _profile(pdf, 1)]
        ),
        False,
    ),
    "palette of inks": (
        lambda pdf: pikepdf.Array([pikepdf.Name.Indexed, pikepdf.Name.DeviceCMYK, 1, pikepdf.String(bytes(8))]),
        True,
    ),
    "palette in a stream": (
        lambda pdf: pikepdf.Array(
            [pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, 1, pdf.make_stream(b"\x00\x00\x00\xff\x00\x00")]
        ),
        True,
    ),
    "palette too short": (
        lambda pdf: pikepdf.Array([pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, 255, pikepdf.String(b"\xff\x00\x00")]),
        False,
    ),
    "palettes within palettes": (lambda pdf: _nested(measure.DEEPEST + 2), False),
    "nothing": (lambda pdf: pikepdf.Array([]), False),
    "a number": (lambda pdf: 3, False),
}


def _nested(depth: int) -> pikepdf.Array:
    space: Any = pikepdf.Name.DeviceRGB
    for _ in range(depth):
        space = pikepdf.Array([pikepdf.Name.Indexed, space, 0, pikepdf.String(b"\xff\x00\x00")])
    return space


def _profile(pdf: pikepdf.Pdf, components: int) -> pikepdf.Object:
    stream = pdf.make_stream(b"")
    stream.N = components
    return pdf.make_indirect(stream)


@pytest.mark.parametrize("space", SPACES)
def test_colour_spaces(space: str) -> None:
    make, colour = SPACES[space]
    with pikepdf.open(io.BytesIO(scan([[Placed(paper("RGB", dpi=36))]]))) as pdf:
        pdf.pages[0].obj.Resources.XObject["/X0"].ColorSpace = make(pdf)
        assert set(measure.colours(pdf.pages[0]).values()) == {colour}


@pytest.mark.parametrize(("mask", "colour"), [(False, True), (True, False)])
def test_jpeg_2000_says_its_own_colours_and_a_stencil_has_none(mask: bool, colour: bool) -> None:
    with pikepdf.open(io.BytesIO(scan([[Placed(paper("RGB", dpi=36))]]))) as pdf:
        image = pdf.pages[0].obj.Resources.XObject["/X0"]
        del image.stream_dict["/ColorSpace"]
        image.stream_dict.Filter = pikepdf.Name.JPXDecode
        if mask:
            image.stream_dict.ImageMask = True
        assert set(measure.colours(pdf.pages[0]).values()) == {colour}


def test_the_coarser_direction_counts() -> None:
    image = paper("L", dpi=200).resize((827, 2339))
    assert read(scan([[Placed(image)]])).pages[0].dpi == pytest.approx(100, abs=0.2)


def test_strips_make_one_page_and_the_coarsest_counts() -> None:
    upper, lower = paper(dpi=200).resize((1654, 1170)), paper(dpi=150).resize((1240, 877))
    page = read(scan([[Placed(upper, HALVES[0]), Placed(lower, HALVES[1])]])).pages[0]
    assert page.dpi == pytest.approx(150, abs=0.5)
    assert page.covered == 1.0


def test_a_coarse_ground_under_fine_strokes_does_not_count_but_for_its_colour() -> None:
    ground, strokes = paper("RGB", dpi=100), paper("1", dpi=300)
    page = read(scan([[Placed(ground), Placed(strokes)]])).pages[0]
    assert page.dpi == pytest.approx(300, abs=0.5)
    assert page.colour


def test_what_covers_a_part_is_reported_as_a_part() -> None:
    page = read(scan([[Placed(paper(dpi=100), HALVES[1])]])).pages[0]
    assert page.covered == pytest.approx(0.5, abs=0.01)


def test_what_lies_beyond_the_paper_or_has_no_size_does_not_count() -> None:
    beyond, flat = Placed(paper(dpi=36), (700.0, 0.0, 900.0, 200.0)), Placed(paper(dpi=36), (10.0, 10.0, 10.0, 200.0))
    page = read(scan([[beyond, flat]])).pages[0]
    assert (page.dpi, page.colour, page.covered) == (0.0, False, 0.0)


def test_images_in_forms_are_placed_by_all_matrices() -> None:
    page = read(scan([[Placed(paper(dpi=144), A4, within=True)]])).pages[0]
    assert page.dpi == pytest.approx(144, abs=0.5)
    assert (page.colour, page.covered) == (True, 1.0)


def test_a_page_scanned_sideways_is_measured_as_it_is_seen() -> None:
    reading = read(scan([[Placed(paper(dpi=100))]], rotate=90))
    assert reading.page_mm == pytest.approx((297.0, 210.0), abs=0.1)
    assert reading.pages[0].dpi == pytest.approx(100, abs=0.5)
    assert reading.places.agency.rect.height > reading.places.agency.rect.width


def test_a_born_digital_file_has_pages_without_images() -> None:
    reading = read(build([letter(), letter()]))
    assert [(page.dpi, page.colour, page.covered) for page in reading.pages] == [(0.0, False, 0.0)] * 2


def test_at_most_so_many_images_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "MAX_IMAGES", 1)
    page = read(scan([[Placed(paper(dpi=50), HALVES[0]), Placed(paper(dpi=60), HALVES[1])]])).pages[0]
    assert page.covered == pytest.approx(0.5, abs=0.01)


def test_the_search_for_images_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many objects drawn, and in forms within forms."""
    data = scan([[Placed(paper(dpi=50), HALVES[0]), Placed(paper(dpi=60), HALVES[1])]])
    monkeypatch.setattr(corner, "MAX_OBJECTS", 1)
    assert read(data).pages[0].covered == pytest.approx(0.5, abs=0.01)
    monkeypatch.undo()
    monkeypatch.setattr(corner, "DEEPEST", 0)
    assert read(scan([[Placed(paper(dpi=50), A4, within=True)]])).pages[0].covered == 0


def test_a_page_that_is_passed_over_counts_as_one_without_images() -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].contents_add(b"0 0 m 1 1 l S\n" * 400_000)

    reading = read(scan([[Placed(paper(dpi=50))]] * 2, change=change))
    assert [page.dpi > 0 for page in reading.pages] == [True, False]


def test_a_scan_is_refused_like_any_file_and_needs_its_corner() -> None:
    with pytest.raises(SignerError) as caught:
        read(b"PK\x03\x04")
    assert caught.value.code == "not-a-pdf"
    with pytest.raises(SignerError) as caught:
        read(scan([[Placed(paper(dpi=50))]] * 3), DraftLimits(pages=2))
    assert caught.value.code == "too-many-pages"
    with pytest.raises(SignerError) as caught:
        read(scan([[Placed(Image.new("RGB", (100, 141), (20, 20, 20)))]]))
    assert (caught.value.code, caught.value.where) == ("no-room-for-mark", "page 1")


def test_a_damaged_colour_space_is_a_refusal_and_no_fault() -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.Resources.XObject["/X0"].Width = pikepdf.Name.Wide

    with pytest.raises(SignerError) as caught:
        read(scan([[Placed(paper(dpi=50))]], change=change))
    assert caught.value.code == "draft-damaged"
