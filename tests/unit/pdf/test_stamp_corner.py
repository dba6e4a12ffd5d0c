"""The corner of the mark (NĐ 30/2020 Phụ lục I, ô 14): where it is on any page, and what may lie there."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pikepdf
import pytest
from PIL import ImageDraw

from policies.load import ruleset_on
from signer.errors import Kind, SignerError
from signer.model import MM, Content, Rect, StampReading
from signer.pdf import mark
from signer.pdf.reading import corner
from signer.pdf.reading.intake import DraftLimits
from signer.pdf.stamps import StampFileReader
from tests.fixtures.drawn import A4, Run, body, build, centred, shifted
from tests.fixtures.scanned import Placed, paper, scan
from tests.support.paper import SAMPLES
from tests.support.stamped import ANNEX, COPY_MARK, ISO_TIME, stamp_wanted

RULES = ruleset_on(date(2026, 11, 22))
TITLE = (centred(297, 770, "PHỤ LỤC I"), *body())
EDGE = 203 * MM
TOP = A4[3] - 5 * MM


def read(data: bytes, limits: DraftLimits | None = None, **wanted: Any) -> StampReading:
    return StampFileReader(RULES, limits).attachment(Content(data), stamp_wanted(**wanted))


def refusal(data: bytes, limits: DraftLimits | None = None, **wanted: Any) -> SignerError:
    with pytest.raises(SignerError) as caught:
        read(data, limits, **wanted)
    assert caught.value.text.vi != caught.value.text.en
    return caught.value


def rect(data: bytes, **wanted: Any) -> Rect:
    places = read(data, **wanted).places
    assert (places.marked, places.mark_size, places.blanks, places.agency.page) == (True, 10.0, {}, 1)
    return places.agency.rect


# --- where it is ----------------------------------------------------------------------------------------------


def test_the_mark_stands_in_the_upper_right_corner_as_wide_as_its_widest_line() -> None:
    width, height = mark.extent(("9999/BTC-THTK", ISO_TIME), 10)
    assert rect(build([TITLE])) == pytest.approx((EDGE - width, TOP - height, EDGE, TOP), abs=0.05)
    assert 20 < height < 26


@pytest.mark.parametrize("number", [1, 2])
def test_real_annexes_have_room_there(number: int) -> None:
    data = (SAMPLES / f"cong-van-kem-phu-luc-phu-luc-{number}.pdf").read_bytes()
    reading = read(data)
    assert reading.places.agency.rect.x1 == pytest.approx(EDGE, abs=0.1)
    assert reading.printed.notation == ""
    assert reading.findings == ()


def test_the_lines_of_a_copy_take_more_height_and_long_names_wrap() -> None:
    short = rect(build([TITLE]), mark=COPY_MARK)
    long = rect(
        build([TITLE]), mark=("SAO Y", "Ủy ban nhân dân phường Hoàn Kiếm, thành phố Hà Nội, Việt Nam", ISO_TIME)
    )
    assert long.y1 == short.y1
    assert long.height == pytest.approx(short.height + 11.5)
    assert long.width <= 85 * MM + 0.01
    assert long.x0 > A4[2] / 2


def test_a_word_that_is_wider_than_a_mark_may_be_is_refused() -> None:
    error = refusal(build([TITLE]), mark=("A" * 50, ISO_TIME))
    assert (error.kind, error.code, error.where) == (Kind.UNSUITABLE, "no-room-for-mark", "page 1")
    assert error.clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8.b"


def test_a_mark_that_cannot_be_written_is_refused_when_preparing() -> None:
    assert refusal(build([TITLE]), mark=("СAO Y",)).code == "mark-unwritable"


@pytest.mark.parametrize(
    ("media", "crop"),
    [((0, 0, 841.9, 595.3), None), ((100, 50, 695.3, 891.9), None), ((0, 0, 700, 900), (52, 29, 647, 871))],
    ids=["landscape", "origin elsewhere", "crop box"],
)
def test_the_corner_is_that_of_the_visible_page(media: Any, crop: Any) -> None:
    seen = crop or media
    runs = shifted((Run(85, 300, "Bảng kê"),), seen[0], seen[1])
    found = rect(build([runs], media=media, crop=crop))
    assert seen[2] - found.x1 == pytest.approx(7 * MM, abs=0.2)
    assert seen[3] - found.y1 == pytest.approx(5 * MM, abs=0.2)


@pytest.mark.parametrize("rotate", [90, 180, 270, 450])
def test_on_a_rotated_page_it_is_the_corner_that_the_reader_sees(rotate: int) -> None:
    width, height = mark.extent(("9999/BTC-THTK", ISO_TIME), 10)
    right, top = 7 * MM, 5 * MM
    expected = {
        90: (top, A4[3] - right - width, top + height, A4[3] - right),
        180: (right, top, right + width, top + height),
        270: (A4[2] - top - height, right, A4[2] - top, right + width),
        450: (top, A4[3] - right - width, top + height, A4[3] - right),
    }[rotate]
    assert rect(build([(Run(297, 420, "x"),)], rotate=[rotate])) == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_what_lies_in_the_seen_corner_counts_on_rotated_pages_too(rotate: int) -> None:
    at = {0: (500, 810), 90: (20, 770), 180: (30, 20), 270: (570, 60)}[rotate]
    error = refusal(build([(Run(*at, "A1"),)], rotate=[rotate]))
    assert "“" in error.text.vi
    assert error.code == "no-room-for-mark"


# --- what may lie there ---------------------------------------------------------------------------------------


def test_text_in_the_corner_is_refused_and_quoted() -> None:
    error = refusal(build([(*TITLE, Run(470, 812, "Mẫu số 01"))]))
    assert (error.kind, error.code, error.where) == (Kind.UNSUITABLE, "no-room-for-mark", "page 1")
    assert "Mẫu" in error.text.vi
    assert "Mẫu" in error.text.en
    assert "161" in error.text.vi, "where it must be free, in millimetres"
    assert error.clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8.b"


def test_text_beside_and_under_the_corner_may_stand() -> None:
    read(build([(*TITLE, Run(300, 812, "Mẫu số 01"), Run(470, 785, "Trang"))]))


@pytest.mark.parametrize("drawing", [b"460 815 m 570 815 l S", b"0.8 0 0 rg 480 805 40 20 re f", b"/P Do"])
def test_drawings_in_the_corner_are_refused(drawing: bytes) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        form = pdf.make_stream(b"0 0 1 rg 470 806 30 15 re f")
        form.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=list(A4), Length=0
        )
        page.obj.Resources.XObject = pikepdf.Dictionary(P=form)
        page.contents_add(b"\n" + drawing + b"\n")

    error = refusal(build([TITLE], change=change))
    assert error.code == "no-room-for-mark"
    assert "nét mực" in error.text.vi


def test_a_line_elsewhere_and_a_white_box_in_the_corner_may_stand() -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"\n460 780 m 570 780 l S 1 g 450 800 140 40 re f\n")

    read(build([TITLE], change=change))


def test_the_white_margin_of_a_scanned_paper_passes_with_its_specks() -> None:
    def specks(draw: ImageDraw.ImageDraw) -> None:
        for x in range(5):
            draw.point((1300 + 60 * x, 60 + 7 * x), fill=0)

    for image in (paper(), paper("L", ground=205), paper("1"), paper("RGB", corner=specks)):
        read(scan([[Placed(image)]]))


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_ink_in_the_corner_of_a_scan_is_refused(mode: str) -> None:
    def stamp(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse((1400, 45, 1440, 75), outline=60, width=5)

    error = refusal(scan([[Placed(paper(mode, corner=stamp))]]))
    assert (error.code, error.where) == ("no-room-for-mark", "page 1")


def test_a_page_of_monstrous_images_is_not_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corner, "MAX_PIXELS", 1000)
    error = refusal(scan([[Placed(paper())]]))
    assert (error.code, error.where) == ("draft-too-complex", "page 1")


# --- what is refused of any file ------------------------------------------------------------------------------


def edited(change: Callable[[pikepdf.Pdf], Any], **how: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(ANNEX)) as pdf:
        change(pdf)
        pdf.save(out, **how)
    return out.getvalue()


def scripted(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=b"app.alert(1)")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "draft-empty"),
        (b"PK\x03\x04 docx", "not-a-pdf"),
        (ANNEX[:-400], "draft-truncated"),
        (edited(lambda _: None, encryption=pikepdf.Encryption(owner="x", user="x")), "draft-encrypted"),
        (edited(scripted), "draft-active-content"),
    ],
    ids=["empty", "docx", "truncated", "encrypted", "script"],
)
def test_what_drafts_are_refused_for_attachments_are_too(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_a_signed_file_and_one_over_the_limits_are_refused(marked: Any) -> None:
    assert refusal(marked.content.read()).code == "draft-locked"
    assert refusal(ANNEX, DraftLimits(bytes=1000)).code == "draft-too-large"
    assert refusal(build([TITLE, TITLE]), DraftLimits(pages=1)).code == "too-many-pages"
    assert refusal(ANNEX, DraftLimits(seconds=0)).code == "draft-too-complex"


def test_a_page_with_too_much_on_it_is_refused() -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"0 0 m 1 1 l S\n" * 400_000)

    assert refusal(build([TITLE], change=change)).code == "draft-too-complex"


def test_an_annex_with_a_mark_of_secrecy_is_refused_and_a_doubtful_one_is_reported() -> None:
    error = refusal(build([(*TITLE, centred(120, 740, "MẬT"))]))
    assert (error.code, error.where) == ("secret-mark", "page 1")
    reading = read(build([(*TITLE, centred(120, 740, "Mật"))]))
    assert [finding.code for finding in reading.findings] == ["secret-mark-doubtful"]


def test_the_rules_of_today_hold_where_none_are_given() -> None:
    assert StampFileReader().attachment(Content(ANNEX), stamp_wanted()).places == read(ANNEX).places
