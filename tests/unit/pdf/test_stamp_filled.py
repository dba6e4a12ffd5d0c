"""The line "(Kèm theo …)" of an attachment as ministries fill it, on drawn pages where every place is known."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from policies.load import ruleset_on
from signer.errors import Kind, SignerError
from signer.model import MM, Align, AttachmentStyle, Content, Rect, Slant, StampReading, TextPlace
from signer.pdf.stamps import StampFileReader
from tests.fixtures.drawn import A4, Run, body, build, centred, width
from tests.support.paper import SAMPLES
from tests.support.stamped import stamp_wanted

RULES = ruleset_on(date(2026, 11, 22))
MIDDLE = 320.0
LAW = "(Kèm theo Công văn số         /BTC-THTK ngày      tháng      năm 2026)"
MINISTRY = "(Kèm theo văn bản số:        /BXD-KHCNMT&VLXD ngày     /    /2026"
MINISTRY_UNIT = {"notation": "BXD-KHCNMT&VLXD"}


def annex(*lines: str, italic: bool = True, size: float = 13, more: Sequence[Run] = ()) -> tuple[Run, ...]:
    """Page 1 of an annex: its title, the lines of the "(Kèm theo …)", some text."""
    return (
        centred(MIDDLE, 765, "PHỤ LỤC I"),
        centred(MIDDLE, 747, "DANH MỤC"),
        *(centred(MIDDLE, 712 - 18 * i, text, size, italic) for i, text in enumerate(lines)),
        *body(top=640),
        *more,
    )


def read(*pages: tuple[Run, ...], how: dict[str, Any] | None = None, **wanted: Any) -> StampReading:
    return StampFileReader(RULES).attachment(
        Content(build(pages, **(how or {}))), stamp_wanted(AttachmentStyle.FILLED, **wanted)
    )


def refusal(*pages: tuple[Run, ...], how: dict[str, Any] | None = None, **wanted: Any) -> SignerError:
    with pytest.raises(SignerError) as caught:
        read(*pages, how=how, **wanted)
    assert caught.value.text.vi != caught.value.text.en
    assert (caught.value.kind, caught.value.where) == (Kind.UNSUITABLE, "page 1")
    return caught.value


def between(place: TextPlace, line: str, before: str, after: str, size: float = 13) -> None:
    """The place lies in the blank of a centred line, between two of its words."""
    start = MIDDLE - width(line, size, True) / 2
    left = start + width(line[: line.index(before) + len(before)], size, True)
    right = start + width(line[: line.index(after, line.index(before) + len(before))], size, True)
    assert left - 1 <= place.place.rect.x0 < place.place.rect.x1 <= right + 1


# --- the blanks -----------------------------------------------------------------------------------------------


def test_the_blanks_of_the_laws_line_lie_between_its_words() -> None:
    reading = read(annex(LAW))
    blanks = reading.places.blanks
    assert list(blanks) == ["Number", "Day", "Month"]
    between(blanks["Number"], LAW, "số", "/")
    between(blanks["Day"], LAW, "ngày", "tháng")
    between(blanks["Month"], LAW, "tháng", "năm")
    assert {(place.baseline, place.size, place.slant) for place in blanks.values()} == {(712, 13, Slant.ITALIC)}
    assert (blanks["Number"].align, blanks["Day"].align) == (Align.RIGHT, Align.CENTRE)
    assert (reading.printed.notation, reading.printed.month, reading.printed.year) == ("BTC-THTK", None, 2026)
    assert reading.places.marked is False
    assert reading.places.texts() == blanks


@pytest.mark.parametrize("number", [1, 2])
def test_the_sample_annexes_are_understood(number: int) -> None:
    data = (SAMPLES / f"cong-van-kem-phu-luc-phu-luc-{number}.pdf").read_bytes()
    reading = StampFileReader(RULES).attachment(Content(data), stamp_wanted(AttachmentStyle.FILLED))
    assert list(reading.places.blanks) == ["Number", "Day", "Month"]
    assert reading.printed.year == 2026


@pytest.mark.parametrize("unit", [" của Bộ Xây dựng)", ")"])
def test_the_ministries_line_with_slashes(unit: str) -> None:
    line = MINISTRY + unit
    reading = read(annex(line), **MINISTRY_UNIT)
    blanks = reading.places.blanks
    between(blanks["Number"], line, "số:", "/")
    between(blanks["Day"], line, "ngày", "/")
    between(blanks["Month"], line, "ngày     /", "/2026")
    assert (reading.printed.notation, reading.printed.year) == ("BXD-KHCNMT&VLXD", 2026)


@pytest.mark.parametrize(
    "lines",
    [
        (MINISTRY, "của Bộ Xây dựng)"),
        ("(Ban hành kèm theo văn bản số:        /BXD-KHCNMT&VLXD", "ngày     /    /2026 của Bộ Xây dựng)"),
        ("(Kèm theo văn bản", "số:        /BXD-KHCNMT&VLXD ngày", "     /    /2026 của Bộ Xây dựng)"),
        ("(Kèm theo văn bản số:        /BXD-", "KHCNMT&VLXD ngày     /     /2026)"),
    ],
    ids=["unit below", "date below", "three lines", "notation broken"],
)
def test_the_line_may_wrap(lines: tuple[str, ...]) -> None:
    reading = read(annex(*lines), **MINISTRY_UNIT)
    assert list(reading.places.blanks) == ["Number", "Day", "Month"]
    row = next(i for i, line in enumerate(lines) if "ngày" in line)
    assert reading.places.blanks["Day"].baseline == 712 - 18 * row
    slash = next(i for i, line in enumerate(lines) if "/2026" in line)
    assert reading.places.blanks["Month"].baseline == 712 - 18 * slash


def test_a_line_in_a_column_of_its_own_may_wrap_there() -> None:
    x = 300.0
    runs = (
        Run(60, 712, "BỘ TÀI CHÍNH"),
        Run(60, 694, "TỔNG CỤC THUẾ"),
        Run(x, 712, "(Kèm theo Công văn số         /BTC-THTK", 13, True),
        Run(x, 694, "ngày      tháng      năm 2026)", 13, True),
        *body(top=640),
    )
    reading = read(runs, seal_diameter_mm=20.0)
    assert reading.places.blanks["Day"].baseline == 694


@pytest.mark.parametrize("filler", [".", "…", "_"])
def test_dots_are_the_ground(filler: str) -> None:
    many = filler * (4 if filler == "…" else 12)
    line = f"(Kèm theo Quyết định số {many}/BTC-THTK ngày {many[:8]} tháng {many[:8]} năm {many[:8]})"
    blanks = read(annex(line)).places.blanks
    assert list(blanks) == ["Number", "Day", "Month", "Year"]
    for place in blanks.values():
        assert place.ground is not None
        assert place.ground.height < 4
        assert place.place.rect.x0 <= place.ground.x0 < place.ground.x1 <= place.place.rect.x1


def test_what_is_printed_of_the_date_is_not_written_again() -> None:
    reading = read(annex("(Kèm theo Công văn số         /BTC-THTK ngày      tháng 11 năm 2026)"))
    assert list(reading.places.blanks) == ["Number", "Day"]
    assert (reading.printed.month, reading.printed.year) == (11, 2026)
    reading = read(annex("(Kèm theo Công văn số         /BTC-THTK ngày      tháng      năm         )"))
    assert list(reading.places.blanks) == ["Number", "Day", "Month", "Year"]
    assert reading.printed.year is None


def test_a_year_in_the_next_line_is_printed() -> None:
    reading = read(annex("(Kèm theo Công văn số         /BTC-THTK ngày      tháng      năm", "2026)"))
    assert (list(reading.places.blanks), reading.printed.year) == (["Number", "Day", "Month"], 2026)


def test_an_upright_line_is_filled_upright() -> None:
    blanks = read(annex(LAW, italic=False)).places.blanks
    assert {place.slant for place in blanks.values()} == {Slant.UPRIGHT}


def test_a_line_slanted_by_its_matrix_is_italic() -> None:
    runs = annex(more=(Run(150, 712, LAW, 13, matrix=(1, 0, 0.3, 1)),))
    assert {place.slant for place in read(runs).places.blanks.values()} == {Slant.ITALIC}


def test_months_between_slashes_may_be_as_narrow_as_the_condensation_rule_allows() -> None:
    tight = MINISTRY.replace("/    /", "/   /") + ")"
    place = read(annex(tight), **MINISTRY_UNIT).places.blanks["Month"].place.rect
    assert place.width >= 0.75 * 13
    error = refusal(annex(MINISTRY.replace("/    /", "/  /") + ")"), **MINISTRY_UNIT)
    assert error.code == "month-blank-too-small"
    assert "“/” và “/”" in error.text.vi


def test_decomposed_letters_and_look_alikes_are_read() -> None:
    """A Cyrillic С in "TT-BTС" exists in the wild; some programs write letters and marks apart."""
    line = "(Kèm theo Thông tư số         /2026/TT-BTС ngày      tháng      năm 2026)"
    assert read(annex(line), notation="2026/TT-BTC").printed.notation == "2026/TT-BTС"
    apart = unicodedata.normalize("NFD", LAW)
    assert list(read(annex(apart)).places.blanks) == ["Number", "Day", "Month"]


def test_an_annex_of_another_page_or_a_sentence_of_the_body_is_not_the_line() -> None:
    sentence = Run(85, 560, "báo cáo kèm theo Quyết định số 45/QĐ-TTg ngày 12 tháng 3 năm 2026 của Thủ tướng")
    assert read(annex(LAW, more=(sentence,))).places.blanks["Number"].baseline == 712
    error = refusal(annex(more=(sentence,)), annex(LAW))
    assert error.code == "attachment-line-not-found"


# --- refusals -------------------------------------------------------------------------------------------------


def test_a_missing_line_is_named_as_it_was_looked_for() -> None:
    error = refusal(annex("(Kèm theo Công văn của Bộ Tài chính)"))
    assert error.code == "attachment-line-not-found"
    assert "/BTC-THTK ngày" in error.text.vi
    assert "seen: “(Kèm theo Công văn của Bộ Tài chính)”" in error.text.en
    assert error.clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục III.1"
    assert "thấy" not in refusal(annex()).text.vi.split("kèm theo", 1)[-1]


@pytest.mark.parametrize(
    ("line", "code", "quoted"),
    [
        ("(Kèm theo Công văn số 05/BTC-THTK ngày 21 tháng 11 năm 2026)", "number-already-printed", "05/BTC-THTK"),
        ("(Kèm theo Công văn số 05/BTC-THTK ngày     tháng     năm 2026)", "number-already-printed", "05/BTC-THTK"),
        (
            "(Kèm theo Công văn số        /BTC-THTK ngày 21 tháng     năm 2026)",
            "day-already-printed",
            "/BTC-THTK ngày 21 tháng",
        ),
        ("(Kèm theo Công văn số        /BTC-THTK ngày     tháng     năm 202)", "year-partly-printed", "202"),
        ("(Kèm theo Công văn số        /BTC-TCT ngày     tháng     năm 2026)", "notation-differs", "BTC-TCT"),
        ("(Kèm theo Công văn số /BTC-THTK ngày     tháng     năm 2026)", "number-blank-too-small", "9999"),
        ("(Kèm theo Công văn số        /BTC-THTK ngày tháng     năm 2026)", "day-blank-too-small", "00"),
        ("(Kèm theo Công văn số        /BTC-THTK ngày     tháng năm 2026)", "month-blank-too-small", "00"),
        ("(Kèm theo Công văn số        /BTC-THTK ngày     tháng     năm )", "year-blank-too-small", "0000"),
    ],
)
def test_what_is_filled_wrong_or_too_small_is_refused(line: str, code: str, quoted: str) -> None:
    error = refusal(annex(line))
    assert error.code == code
    assert quoted in error.text.vi
    assert error.clause


def test_a_number_broken_from_its_slash_has_no_room() -> None:
    error = refusal(annex("(Kèm theo Công văn số", "         /BTC-THTK ngày      tháng      năm 2026)"))
    assert error.code == "number-blank-too-small"
    assert "ngắt" in error.text.vi


def test_a_line_in_an_old_font_is_not_found_for_that_reason() -> None:
    with pytest.raises(SignerError) as caught:
        read(annex("(KÌm theo C«ng v¨n sè      /BTC-THTK)"), how={"font_name": ".VnTime"})
    assert (caught.value.code, ".VnTime" in caught.value.text.vi) == ("legacy-fonts", True)
    assert read(annex(LAW), how={"font_name": ".VnTime"}).printed.notation == "BTC-THTK"


@pytest.mark.parametrize("rotate", [90, 180])
def test_a_turned_page_cannot_be_filled(rotate: int) -> None:
    assert refusal(annex(LAW), how={"rotate": [rotate]}).code == "draft-text-turned"


# --- the seal -------------------------------------------------------------------------------------------------


def covered(seal: Rect, text: Rect) -> bool:
    x, y = (seal.x0 + seal.x1) / 2, (seal.y0 + seal.y1) / 2
    aside, above = max(text.x0 - x, 0, x - text.x1), max(text.y0 - y, 0, y - text.y1)
    return bool((aside**2 + above**2) ** 0.5 < seal.width / 2)


def test_the_seal_stands_at_the_upper_left_in_real_size_and_covers_nothing() -> None:
    reading = read(annex(LAW))
    seal = reading.places.agency.rect
    assert (seal.width, seal.height) == pytest.approx((36 * MM, 36 * MM))
    assert seal.x1 < A4[2] / 2
    assert seal.y1 > A4[3] - 24 * MM
    line = Rect(MIDDLE - width(LAW, 13, True) / 2, 709, MIDDLE, 721)
    assert not covered(seal, line)
    assert not any(covered(seal, place.place.rect) for place in reading.places.blanks.values())


def test_the_seal_gives_way_to_text() -> None:
    usual = read(annex(LAW)).places.agency.rect
    header = Run(60, 800, "BỘ TÀI CHÍNH", 12)
    moved = read(annex(LAW, more=(header,)), seal_diameter_mm=30.0).places.agency.rect
    assert moved != usual
    assert not covered(moved, Rect(60, 797, 60 + header.width, 809))


def test_without_room_for_the_seal_the_annex_is_refused() -> None:
    rows = tuple(Run(30, 830 - 14 * i, "Biểu mẫu ban hành kèm theo danh mục này") for i in range(6))
    error = refusal(annex(LAW, more=rows))
    assert error.code == "no-room-for-seal"
    assert "36 mm" in error.text.vi
    assert error.clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8"


# --- a genuine one, where it lies beside the checkout -----------------------------------------------------------

ELSEWHERE = sorted((Path(__file__).parents[4] / "shared" / "samples" / "issued-elsewhere").glob("phu-luc-*.pdf"))
"""Other people's documents, which may not be copied; read from where they lie beside the checkout."""


def _without_signatures(path: Path) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(path) as pdf:
        for key in ("/AcroForm", "/Perms", "/DSS"):
            if key in pdf.Root:
                del pdf.Root[key]
        for page in pdf.pages:
            if "/Annots" in page.obj:
                del page.obj["/Annots"]
        pdf.save(out)
    return out.getvalue()


if ELSEWHERE:  # an empty parameter set would count as a skipped test

    @pytest.mark.parametrize("path", ELSEWHERE, ids=[path.stem for path in ELSEWHERE])
    @pytest.mark.parametrize("style", AttachmentStyle)
    def test_a_genuine_annex_is_signed_already(path: Path, style: AttachmentStyle) -> None:
        with pytest.raises(SignerError) as caught:
            StampFileReader(RULES).attachment(Content(path.read_bytes()), stamp_wanted(style, **MINISTRY_UNIT))
        assert caught.value.code in {"draft-signed", "draft-locked"}

    @pytest.mark.parametrize("path", ELSEWHERE, ids=[path.stem for path in ELSEWHERE])
    def test_its_form_is_understood_once_the_signatures_are_off(path: Path) -> None:
        unsigned = _without_signatures(path)
        reading = StampFileReader(RULES).attachment(
            Content(unsigned), stamp_wanted(AttachmentStyle.FILLED, **MINISTRY_UNIT)
        )
        assert list(reading.places.blanks) == ["Number", "Day", "Month"]
        assert StampFileReader(RULES).attachment(Content(unsigned), stamp_wanted()).places.marked
