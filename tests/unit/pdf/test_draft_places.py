"""Places on drawn pages, where every letter's position is known; each refusal names what is missing."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pikepdf
import pytest

from policies.load import ruleset_on
from signer.errors import Kind, SignerError
from signer.model import Align, Content, DraftReading, Initial, InitialFor, Place, Rect, Signer, Wanted
from signer.pdf.draft import Reader
from tests.fixtures.drawn import LEFT, RIGHT, Run, block, body, build, centred, heading, letter, shifted, width

AN = Signer("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"))
BINH = Signer("Trần Thị Bình", ("CHÁNH VĂN PHÒNG",))
RULES = ruleset_on(date(2026, 11, 22))


def wanted(*signers: Signer, **more: Any) -> Wanted:
    people = signers or (AN,)
    values: dict[str, Any] = {
        "initials": (),
        "aspects": (2.0,) * len(people),
        "notation": "QĐ-BTC",
        "widest": "9999",
        "seal_diameter_mm": 36.0,
    } | more
    return Wanted(people, **values)


def read(*pages: tuple[Run, ...], want: Wanted | None = None, attachments: int = 0, **how: Any) -> DraftReading:
    return Reader(RULES).read(Content(build(pages, **how)), want or wanted(), attachments)


def refusal(*pages: tuple[Run, ...], want: Wanted | None = None, **how: Any) -> SignerError:
    with pytest.raises(SignerError) as caught:
        read(*pages, want=want, **how)
    assert caught.value.text.vi != caught.value.text.en
    return caught.value


# --- number and date ------------------------------------------------------------------------------------------


def test_number_ends_at_the_slash_and_stands_on_its_baseline() -> None:
    reading = read(letter())
    number = reading.places.number
    start = LEFT - width("Số:        /QĐ-BTC", 13) / 2
    assert number.place.rect.x1 == pytest.approx(start + width("Số:        ", 13), abs=0.01)
    assert number.place.rect.x0 > start + width("Số:", 13) - 1
    assert (number.baseline, number.size, number.align) == (740, 13, Align.RIGHT)
    assert number.ground is None


def test_date_parts_lie_between_their_words() -> None:
    places = read(letter()).places
    start = RIGHT - width("Hà Nội, ngày      tháng      năm 2026", 13, True) / 2
    before, after = (start + width(text, 13, True) for text in ("Hà Nội, ngày", "Hà Nội, ngày      "))
    assert before < places.day.place.rect.x0 + 1 < places.day.place.rect.x1 < after + 1
    assert places.year is None
    assert places.month is not None
    assert places.day.place.rect.x1 < places.month.place.rect.x0


def test_dots_are_the_ground_and_nothing_else() -> None:
    number = read(letter(number="Số: ………/QĐ-BTC")).places.number
    start = LEFT - width("Số: ………/QĐ-BTC", 13) / 2
    assert number.ground is not None
    first, last = start + width("Số: ", 13), start + width("Số: ………", 13)
    assert first - 0.5 <= number.ground.x0 < number.ground.x1 <= last
    assert number.ground.height < 4
    assert number.place.rect.x0 <= number.ground.x0


@pytest.mark.parametrize("filler", ["....", "____", "…", "……"])
def test_any_filler_makes_a_blank(filler: str) -> None:
    assert read(letter(number=f"Số: {filler * 3}/QĐ-BTC")).places.number.ground is not None


def test_a_number_that_needs_the_space_behind_the_colon_gets_it() -> None:
    """Five digits in a ministry's blank: first all of the blank, then condensed to 75 percent, then refused."""
    blank = "Số:         /QĐ-BTC"
    narrow = read(letter(number=blank)).places.number.place.rect
    wide = read(letter(number=blank), want=wanted(widest="99999")).places.number.place.rect
    assert wide.x0 < narrow.x0
    assert wide.x1 == narrow.x1
    error = refusal(letter(number="Số:    /QĐ-BTC"), want=wanted(widest="99999"))
    assert error.code == "number-blank-too-small"
    assert "99999" in error.text.vi
    assert error.clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3"


def test_day_without_room_is_refused() -> None:
    assert refusal(letter(date="Hà Nội, ngày tháng      năm 2026")).code == "day-blank-too-small"
    error = refusal(letter(date="Hà Nội, ngày      tháng năm 2026"))
    assert (error.code, error.clause) == ("month-blank-too-small", "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.4")


def test_year_blank_at_the_edge_of_the_paper_is_refused() -> None:
    runs = [run for run in letter() if "ngày   " not in run.text]
    text = "Hà Nội, ngày      tháng      năm"
    runs.append(Run(575 - width(text, 13, True), 740, text, 13, True))
    assert refusal(tuple(runs)).code == "year-blank-too-small"


def test_printed_number_day_or_half_a_year_is_refused_with_what_is_printed() -> None:
    error = refusal(letter(number="Số: 15/QĐ-BTC"))
    assert (error.code, "15/QĐ-BTC" in error.text.vi) == ("number-already-printed", True)
    error = refusal(letter(date="Hà Nội, ngày 21 tháng 11 năm 2026"))
    assert (error.code, "ngày 21" in error.text.vi) == ("day-already-printed", True)
    assert refusal(letter(date="Hà Nội, ngày     tháng     năm 202")).code == "year-partly-printed"


def test_a_printed_number_is_quoted_to_the_end_of_its_column() -> None:
    """The date line stands on the same height: it is none of the number's business."""
    error = refusal(letter(number="Số: 15/QĐ-BTC"))
    assert "“Số: 15/QĐ-BTC”" in error.text.vi
    assert "ngày tháng" not in error.text.vi


def test_printed_month_and_year_are_reported_and_left_alone() -> None:
    reading = read(letter(date="Hà Nội, ngày      tháng 3 năm 2026"))
    assert (reading.printed.month, reading.printed.year) == (3, 2026)
    assert reading.places.month is None
    assert reading.places.year is None


def test_no_number_line_no_date_line() -> None:
    error = refusal(letter(number="Quyết định"))
    assert (error.code, error.where) == ("number-line-not-found", "page 1")
    error = refusal(letter(number="Số: QĐ-BTC"))
    assert "Số: QĐ-BTC" in error.text.en, "says what was seen instead"
    assert refusal(letter(date="Hà Nội, 2026")).code == "date-line-not-found"


def test_decoys_in_the_body_are_no_number_line() -> None:
    decoys = (
        "Số: 45/TB-VPCP ngày 12 tháng 3 năm 2026",
        "(Kèm theo Quyết định số      /QĐ-BTC ngày      tháng",
        "Số:        /BB-BTC là mẫu biên bản",
        "số      /QĐ-UBND",
    )
    reading = read(letter(lines=decoys, under=("V/v ban hành Quy chế", "gửi, nhận văn bản")))
    assert reading.printed.notation == "QĐ-BTC"
    assert reading.places.number.baseline == reading.places.day.baseline == 740
    error = refusal((*heading(number=" "), *body(decoys, top=400), *block(top=300)))
    assert error.code == "number-line-not-found"


def test_a_date_line_over_two_lines() -> None:
    """Words of the date wrap anywhere; digits in the line below count as the year only if they are alone."""
    head = tuple(run for run in heading() if "ngày   " not in run.text)

    def dated(first: str, second: str) -> DraftReading:
        lines = (centred(RIGHT, 740, first, 13, True), centred(RIGHT, 724, second, 13, True))
        return read((*head, *lines, *body(), *block()))

    reading = dated("Hà Nội, ngày      tháng      năm", "2026")
    assert (reading.printed.year, reading.places.year) == (2026, None)
    reading = dated("Thành phố Hồ Chí Minh, ngày      tháng", "      năm 2026")
    assert reading.printed.year == 2026
    assert reading.places.month is not None
    assert reading.places.month.baseline == 740
    reading = dated("Thành phố Hồ Chí Minh,", "ngày      tháng      năm 2026")
    assert reading.places.day.baseline == 724
    reading = dated("Hà Nội, ngày      tháng      năm", "1. Các cơ quan")
    assert reading.printed.year is None
    assert reading.places.year is not None


def test_two_baselines_close_together_are_kept_apart() -> None:
    """Number and date in two cells of a table may differ by a point: each is written on its own line."""
    head = tuple(run for run in heading() if "ngày   " not in run.text)
    date = centred(RIGHT, 738.6, "Hà Nội, ngày      tháng      năm 2026", 14, True)
    places = read((*head, date, *body(), *block())).places
    assert (places.number.baseline, places.number.size) == (740, 13)
    assert (places.day.baseline, places.day.size) == (pytest.approx(738.6), 14)


def test_words_in_pieces_and_decomposed_letters() -> None:
    """Combining marks drawn as glyphs of their own, and letters of a fallback font drawn after the line."""
    marks = letter(number=unicodedata.normalize("NFD", "Số:        /QĐ-BTC"))
    assert read(marks).printed.notation == "QĐ-BTC"
    pieces: list[Run] = []
    late: list[Run] = []
    for run in letter():
        x = run.x
        for char in run.text:
            (late if char in "ốạảựữ" else pieces).append(Run(x, run.y, char, run.size, run.italic))
            x += width(char, run.size, run.italic)
    reading = read((*pieces, *late))
    assert reading.printed.notation == "QĐ-BTC"
    assert reading.facts.capacity_found == ((True, True),)


@pytest.mark.parametrize("notation", ["BXD-KHCNMT&VLXD", "2026/TT-BTC", "TT-BTС"])
def test_notations(notation: str) -> None:
    """With an ampersand, with the year, with a Cyrillic С: reported as printed; the rules compare."""
    assert read(letter(number=f"Số:        /{notation}")).printed.notation == notation


def test_a_notation_that_wraps() -> None:
    reading = read(letter(number="Số:         /BXD-KHCNMT&", under=("VLXD",)))
    assert reading.printed.notation == "BXD-KHCNMT&VLXD"
    reading = read(letter(number="Số:         /BXD-KHCN", under=("V/v vật liệu",)))
    assert reading.printed.notation == "BXD-KHCN"


# --- signature blocks -----------------------------------------------------------------------------------------


def test_image_between_capacity_and_name_seal_over_its_left_third() -> None:
    places = read(letter()).places
    leader, seal = places.leaders[0].rect, places.agency.rect
    assert 480 - 16 - 115 + 10 < leader.y0 < leader.y1 < 480 - 16
    assert (leader.x0 + leader.x1) / 2 == pytest.approx(RIGHT, abs=1)
    assert seal.x1 == pytest.approx(leader.x0 + leader.width / 3)


def test_the_name_in_running_text_is_no_block() -> None:
    lines = ("Giao ông Nguyễn Văn An, Thứ trưởng, chủ trì.", "Nguyễn Văn An")
    assert read(letter(lines=lines)).places.leaders[0].rect.y1 < 470
    error = refusal((*heading(), *body(lines)))
    assert error.code == "capacity-line-not-found"


def test_the_block_may_stand_on_any_page() -> None:
    annex = (
        centred(300, 780, "Phụ lục"),
        *body(("(Kèm theo Quyết định số      /QĐ-BTC ngày      tháng      năm", "Nguyễn Văn An", "Thứ trưởng")),
    )
    places = read((*heading(), *body()), block(), annex, annex).places
    assert places.leaders[0].page == places.agency.page == 2
    assert places.number.place.page == 1


@pytest.mark.parametrize(
    "printed",
    [
        "PGS.TS. Nguyễn Văn An",
        "Tiến sĩ Nguyễn Văn An",
        "GS.TSKH. Nguyễn Văn An",
        "Thượng tá Nguyễn Văn An",
        "NGUYỄN VĂN AN",
    ],
)
def test_titles_and_capitals_in_the_name(printed: str) -> None:
    assert read(letter(name=printed)).facts.capacity_found == ((True, True),)


def test_another_name_that_ends_alike_is_not_the_signer() -> None:
    assert refusal(letter(name="Lê Nguyễn Văn An")).code == "signer-not-found"
    error = refusal(letter(name="Nguyễn Văn Anh"))
    assert (error.code, "Nguyễn Văn Anh" in error.text.vi) == ("signer-not-found", True)


def test_tone_marks_placed_the_other_way() -> None:
    signer = Signer("Lê Thị Thuỷ Hoà", ("THỨ TRƯỞNG",))
    assert read(letter(name="Lê Thị Thủy Hòa"), want=wanted(signer)).facts.capacity_found == ((True,),)


def test_capacity_lines_wrap_and_some_may_be_missing() -> None:
    signer = Signer("Nguyễn Văn An", ("TL. BỘ TRƯỞNG", "CỤC TRƯỞNG CỤC VĂN THƯ VÀ LƯU TRỮ NHÀ NƯỚC"))
    printed = ("TL. BỘ TRƯỞNG", "CỤC TRƯỞNG CỤC VĂN THƯ", "VÀ LƯU TRỮ NHÀ NƯỚC")
    assert read(letter(capacity=printed), want=wanted(signer)).facts.capacity_found == ((True, True),)
    assert read(letter(capacity=printed[1:]), want=wanted(signer)).facts.capacity_found == ((False, True),)


def test_wrong_capacity_is_refused_with_what_stands_there() -> None:
    error = refusal(letter(capacity=("CHỦ TỊCH",)))
    assert error.code == "capacity-line-not-found"
    assert "THỨ TRƯỞNG" in error.text.vi
    assert "CHỦ TỊCH" in error.text.vi
    assert error.clause


def test_capacity_and_name_on_different_pages() -> None:
    first = (*heading(), *body(), centred(RIGHT, 90, "KT. BỘ TRƯỞNG"), centred(RIGHT, 74, "THỨ TRƯỞNG"))
    error = refusal(first, (centred(RIGHT, 760, "Nguyễn Văn An"),))
    assert (error.code, error.where) == ("signature-block-split", "page 2")
    assert "trang 1" in error.text.vi


def test_two_signers_side_by_side_share_the_width() -> None:
    page = (*letter(), *block("Trần Thị Bình", ("CHÁNH VĂN PHÒNG",), x=200, archive=""))
    page = tuple(run for run in page if run.x > 90 or run.y > 500)
    places = read(page, want=wanted(AN, BINH, aspects=(3.0, 3.0))).places
    first, second = (place.rect for place in places.leaders)
    assert not first.overlaps(second)
    assert second.x1 < first.x0
    assert places.agency.rect.x1 == pytest.approx(first.x0 + first.width / 3), "the seal goes with the first signer"


def test_images_keep_clear_of_the_recipients() -> None:
    """Long lines under "Nơi nhận" narrow the image."""
    page = letter(archive="- Lưu: VT, Vụ Pháp chế, Vụ Tổ chức cán bộ, Cục Công nghệ thông tin, 25 bản.")
    leader = read(page, want=wanted(aspects=(4.0,))).places.leaders[0].rect
    assert leader.x0 > 85 + width("- Lưu: VT, Vụ Pháp chế", 11)


def test_no_room_for_the_image_or_for_the_seal() -> None:
    error = refusal(letter(gap=22))
    assert (error.code, "Nguyễn Văn An" in error.text.vi) == ("no-room-for-signature", True)
    low = (*heading(), *body(), *block(top=120, gap=85))
    assert refusal(low, want=wanted(seal_diameter_mm=60.0)).code == "no-room-for-seal"
    at_the_edge = (*heading(), *body(), *block(x=120, archive=""))
    assert refusal(at_the_edge).code == "no-room-for-seal"


def test_the_seal_may_not_cover_number_or_date() -> None:
    page = (*heading(), *block(top=715, gap=60, x=300, archive=""))
    assert refusal(page, want=wanted(seal_diameter_mm=50.0)).code == "image-covers-number"


def test_initials_need_their_line() -> None:
    form = (Initial("Trần Thị Bình", InitialFor.FORM),)
    error = refusal(letter(archive="- Như trên."), want=wanted(initials=form))
    assert (error.code, error.where) == ("initial-place-not-found", "metadata.places.initial1")
    assert "Lưu: VT" in error.text.vi
    both = (Initial("Trần Thị Bình", InitialFor.CONTENT), Initial("Lê Văn Cảnh", InitialFor.CONTENT))
    first, second = read(letter(), want=wanted(initials=both)).places.initials
    assert first.rect.x1 < second.rect.x0 + 3
    assert not first.rect.overlaps(second.rect)
    long = letter(lines=("Các cơ quan, đơn vị có trách nhiệm thi hành văn bản này và báo cáo kết quả hằng quý.",))
    assert refusal(long, want=wanted(initials=both)).where == "metadata.places.initial2"


# --- the page -------------------------------------------------------------------------------------------------


def test_crop_box_and_origin_do_not_move_anything() -> None:
    """User space as in /Rect: a page whose origin lies elsewhere has all places shifted with its text."""
    plain = read(letter()).places
    media = (-100.0, -50.0, 595.3 + 300, 841.9 + 250)
    moved = read(shifted(letter(), 200, 150), media=media, crop=(200, 150, 795.3, 991.9)).places
    for (_, before), (_, after) in zip(plain.texts().items(), moved.texts().items(), strict=True):
        assert after.baseline == pytest.approx(before.baseline + 150, abs=0.01)
        assert after.place.rect.x0 == pytest.approx(before.place.rect.x0 + 200, abs=0.01)
    assert moved.leaders[0].rect.x0 == pytest.approx(plain.leaders[0].rect.x0 + 200, abs=0.01)


def test_the_seal_must_be_within_the_crop_box() -> None:
    assert refusal(letter(), crop=(310, 0, 595.3, 841.9)).code in ("no-room-for-seal", "number-line-not-found")


def test_a_turned_annex_does_not_matter_and_rotation_moves_nothing() -> None:
    """A landscape table at the end is read and passed over; /Rotate does not change user space."""
    turned = tuple(Run(run.y / 2, run.x, run.text, run.size, run.italic, (0, 1, -1, 0)) for run in body())
    plain = read(letter(), turned, rotate=(0, 90)).places
    assert plain.leaders[0].page == 1
    assert read(letter(), turned, rotate=(180, 270)).places.number == plain.number


def test_a_turned_first_page_is_refused() -> None:
    turned = tuple(Run(600 - run.y / 2, run.x, run.text, run.size, run.italic, (0, 1, -1, 0)) for run in letter())
    assert refusal(turned, rotate=(90,)).code == "draft-text-turned"


# --- facts ----------------------------------------------------------------------------------------------------


def test_facts_of_form() -> None:
    facts = read(letter(lines=("Bộ Tài chính gửi kèm danh mục thủ tục.",)), attachments=2).facts
    assert facts.page_size_mm == pytest.approx((210, 297), abs=0.1)
    assert (facts.number_size, facts.date_size, facts.body_size) == (13, 13, 13)
    assert facts.attachments_named == ("Bộ Tài chính gửi kèm danh mục thủ tục.",)
    assert (facts.attachments_sent, facts.pages, facts.motto_found) == (2, 1, True)
    assert facts.margins_mm is not None
    assert facts.margins_mm[3] == pytest.approx(30, abs=0.5)


def test_old_fonts_are_the_reason_why_nothing_is_found() -> None:
    """.VnTime: letters are read as others (TCVN3), so say that, not that a line is missing."""
    garbled = tuple(
        Run(run.x, run.y, run.text.replace("ố", "è").replace("ngày", "ngµy"), run.size, run.italic) for run in letter()
    )
    error = refusal(garbled, font_name=".VnTime")
    assert (error.code, ".VnTime" in error.text.vi) == ("legacy-fonts", True)
    assert read(letter(), font_name="VNI-Times").facts.legacy_fonts == ("VNI-Times",)


def test_fonts_that_are_not_embedded_are_a_fact() -> None:
    def loosen(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Resources.Font.H = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )

    assert read(letter(), change=loosen).facts.fonts_not_embedded == ("Helvetica",)


# --- places given by the caller -------------------------------------------------------------------------------


def given(**places: tuple[float, float, float, float]) -> dict[str, Place]:
    return {key: Place(1, Rect(*rect)) for key, rect in places.items()}


ALL = given(
    number=(130, 735, 180, 750),
    day=(390, 735, 415, 750),
    month=(440, 735, 465, 750),
    year=(480, 735, 520, 750),
    leader=(330, 300, 510, 390),
)


def test_given_places_override_one_by_one() -> None:
    found = read(letter()).places
    places = read(letter(), want=wanted(given=given(day=(100, 500, 130, 520), leader=(100, 300, 280, 390)))).places
    assert places.day.place.rect == (100, 500, 130, 520)
    assert places.number == found.number
    assert places.leaders[0].rect == (100, 300, 280, 390)
    assert places.agency.rect.x1 == pytest.approx(160)


def test_given_text_is_set_at_the_laws_size_or_the_rectangles_height() -> None:
    number = read(letter(), want=wanted(given=given(number=(100, 500, 160, 530)))).places.number
    assert (number.size, number.baseline) == (13, pytest.approx(500 + 8.5 + 0.22 * 13))
    number = read(letter(), want=wanted(given=given(number=(100, 500, 160, 510)))).places.number
    assert (number.size, number.baseline) == (10, pytest.approx(502.2))


@pytest.mark.parametrize(
    ("key", "rect"),
    [
        ("number", (100, 500, 110, 520)),
        ("number", (100, 500, 160, 505)),
        ("day", (100, 500, 108, 520)),
        ("month", (100, 500, 105, 520)),
        ("year", (100, 500, 110, 520)),
        ("leader", (100, 300, 120, 305)),
        ("agency", (100, 300, 190, 390)),
        ("initial1", (100, 300, 105, 303)),
    ],
)
def test_given_places_that_are_too_small(key: str, rect: tuple[float, float, float, float]) -> None:
    error = refusal(letter(), want=wanted(given=given(**{key: rect}), initials=(Initial("B", InitialFor.CONTENT),)))
    assert (error.kind, error.code, error.where) == (Kind.UNSUITABLE, "place-too-small", f"metadata.places.{key}")
    assert error.clause.startswith("NĐ 30/2020/NĐ-CP, ")


def test_given_places_must_exist_and_lie_on_paper() -> None:
    error = refusal(letter(), want=wanted(given=given(numbr=(100, 500, 160, 520))))
    assert (error.kind, error.code) == (Kind.MALFORMED, "unknown-place")
    assert refusal(letter(), want=wanted(given=given(leader2=(100, 500, 160, 520)))).code == "unknown-place"
    assert refusal(letter(), want=wanted(given=given(day=(580, 500, 610, 520)))).code == "place-off-paper"
    late = {"day": Place(2, Rect(100, 500, 160, 520))}
    assert refusal(letter(), want=wanted(given=late)).code == "place-off-paper"


def test_a_given_seal_keeps_its_real_size() -> None:
    places = read(letter(), want=wanted(given=given(agency=(100, 200, 300, 400)))).places
    assert (places.agency.rect.width, places.agency.rect.x0) == (
        pytest.approx(36 * 72 / 25.4),
        pytest.approx(148.98, abs=0.01),
    )


def picture(pdf: pikepdf.Pdf) -> None:
    """Turn a page into a scan."""
    image = pikepdf.Stream(pdf, bytes(range(256)) * 4)
    image.stream_dict.update(
        pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=32,
            Height=32,
            BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceGray,
        )
    )
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.make_indirect(image)))
    pdf.pages[0].Contents = pdf.make_indirect(pikepdf.Stream(pdf, b"q 595 0 0 842 0 0 cm /Im Do Q"))


def test_a_scan_needs_places() -> None:
    error = refusal((), change=picture)
    assert error.code == "draft-scanned"
    assert "number, day, month, year, leader" in error.text.en
    said = "số (number), ngày (day), tháng (month), năm (year), người ký (leader)"
    assert said in error.text.vi
    assert refusal((), change=picture, want=wanted(given={"day": ALL["day"]})).code == "draft-scanned"


@pytest.mark.parametrize("lacking", ["month", "year"])
def test_a_scan_is_not_issued_without_its_month_or_year(lacking: str) -> None:
    """Nobody can see in a picture that they are printed."""
    some = {key: place for key, place in ALL.items() if key != lacking}
    error = refusal((), change=picture, want=wanted(given=some))
    assert (error.code, f"({lacking})" in error.text.vi) == ("draft-scanned", True)


def test_a_heading_without_date_line_wants_day_month_and_year() -> None:
    """A page that says "Hà Nội" only would go out without month and year."""
    page = letter(date="Hà Nội")
    error = refusal(page, want=wanted(given=given(day=(390, 735, 415, 750))))
    assert (error.code, error.where) == ("date-line-not-found", "metadata.places")
    assert "còn thiếu vị trí: tháng (month), năm (year)" in error.text.vi
    parts = given(day=(390, 735, 415, 750), month=(440, 735, 465, 750), year=(480, 735, 520, 750))
    assert list(read(page, want=wanted(given=parts)).places.texts()) == ["Number", "Day", "Month", "Year"]
    printed = letter(date="Hà Nội, ngày 21 tháng 11 năm 2026")
    assert refusal(printed, want=wanted(given={"day": parts["day"]})).code == "day-already-printed"


DUC = Signer("Phạm Minh Đức", ("BỘ TRƯỞNG",))


def test_a_given_place_does_not_say_who_signs() -> None:
    """Otherwise one person's image would stand above the printed name of another."""
    place = given(leader=(330, 350, 510, 440))
    error = refusal(letter(), want=wanted(DUC, given=place))
    assert (error.kind, error.code) == (Kind.UNSUITABLE, "signer-not-found")
    assert "“Phạm Minh Đức”" in error.text.vi
    assert error.clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7"
    mentioned = letter(lines=("Giao ông Phạm Minh Đức chủ trì.",))
    assert refusal(mentioned, want=wanted(DUC, given=place)).code == "signer-not-found"
    assert refusal(letter(), want=wanted(DUC, fallback=True)).code == "signer-not-found"
    blank = {"leader": Place(2, Rect(330, 350, 510, 440))}
    assert refusal(letter(), (), want=wanted(DUC, given=blank)).code == "signer-not-found"


def test_a_given_place_stands_where_the_name_is_found_under_other_lines() -> None:
    """The place overrides where; that capacity lines are missing is a finding of the rules."""
    reading = read(letter(name="Phạm Minh Đức"), want=wanted(DUC, given=given(leader=(330, 350, 510, 440))))
    assert reading.facts.capacity_found == ((False,),)
    assert reading.facts.signers == (("Phạm Minh Đức", ("BỘ TRƯỞNG",)),)
    elsewhere = {"leader": Place(1, Rect(330, 200, 510, 290))}
    page = (*heading(), *body())
    assert read(page, block(), want=wanted(given=elsewhere)).places.leaders[0].page == 1


def test_a_scan_with_places_is_prepared() -> None:
    """All that will be written has its place; the notation cannot be known."""
    reading = read((), change=picture, want=wanted(given=ALL))
    assert reading.facts.scanned
    assert reading.printed.notation == ""
    assert list(reading.places.texts()) == ["Number", "Day", "Month", "Year"]
    assert reading.facts.margins_mm is None
    assert reading.facts.body_size is None


def test_the_schematic_geometry_comes_on_request_only() -> None:
    """NĐ 30 Phụ lục I, Mục IV: number in frame 3, date in frame 4, image between 7a and 7b."""
    plain = (Run(85, 600, "Nội dung"), *block())
    assert refusal(plain).code == "number-line-not-found"
    places = read(plain, want=wanted(fallback=True, widest="999")).places
    assert list(places.texts()) == ["Number", "Day", "Month", "Year"]
    mm = 72 / 25.4
    for name, (low, high) in {
        "Number": (31, 99),
        "Day": (114, 187),
        "Month": (114, 187),
        "Year": (114, 187),
    }.items():
        rect = places.texts()[name].place.rect
        assert low * mm <= rect.x0 < rect.x1 <= high * mm
        assert 841.9 - 48 * mm <= rect.y0 < rect.y1 <= 841.9 - 37 * mm
    assert places.leaders == read(letter()).places.leaders, "who signs, and where, the draft says"
    places = read((), change=picture, want=wanted(fallback=True, widest="999")).places
    assert 841.9 - 242 * mm <= places.leaders[0].rect.y0 < places.leaders[0].rect.y1 <= 841.9 - 209 * mm
    assert refusal((), change=picture, want=wanted(AN, BINH, fallback=True)).code == "draft-scanned"
    found = read(letter(), want=wanted(fallback=True)).places
    assert found == read(letter()).places, "what is found is not replaced"
