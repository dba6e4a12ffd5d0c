"""The register printed for binding, as poppler and qpdf read it: 300 rows, electronic, on paper, void, being issued."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from signer.model import RegisterState
from signer.sheets.binding import pdf_bytes
from signer.sheets.columns import TITLES
from signer.usecases.register import Book, Keeper
from tests.support.registers import YEAR, busy_book, entry
from tests.support.tools import qpdf, render, run


def printed(book: Book, folder: Path, paper: str = "a3") -> Path:
    file = folder / f"{paper}.pdf"
    file.write_bytes(pdf_bytes(book, paper))
    return file


def pages(file: Path) -> list[str]:
    """The text of each page, in reading order."""
    return run("pdftotext", "-layout", str(file), "-").split("\f")[:-1]


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return printed(busy_book(), tmp_path_factory.mktemp("busy"))


def test_a_year_of_300_rows_is_a_clean_file_with_embedded_subsets_on_a3(busy):
    qpdf(busy)
    told = run("pdfinfo", str(busy))
    assert "(A3)" in told
    assert int(re.search(r"Pages: +(\d+)", told)[1]) == len(pages(busy)) == 20
    fonts = [line.split() for line in run("pdffonts", str(busy)).splitlines()[2:]]
    assert len(fonts) == 2
    assert all("Tinos" in font[0] and font[-5:-2] == ["yes", "yes", "yes"] for font in fonts)
    assert busy.stat().st_size < 300_000


def test_every_row_is_there_once_and_in_order(busy):
    text = "\n".join(pages(busy))
    found = re.findall(r"(?m)^ *(\d+)/(?:QĐ|VP|TB|TTr|GM|BC)-UBND", text)
    assert [int(number) for number in found] == [*range(1, 271), *range(1, 31)]


def test_the_cover_names_every_name_of_the_year_and_the_numbers_of_each_series(busy):
    cover = squeezed(pages(busy)[0])
    assert cover.startswith("ỦY BAN NHÂN DÂN HUYỆN LỤC NAM VĂN PHÒNG HĐND VÀ UBND XÃ ĐÔNG PHÚ (đến ngày 30/06/2026)")
    assert "ỦY BAN NHÂN DÂN TỈNH VĂN PHÒNG HĐND VÀ UBND XÃ ĐÔNG PHÚ MỚI (từ ngày 01/07/2026)" in cover
    assert "SỔ ĐĂNG KÝ VĂN BẢN ĐI Năm: 2026" in cover
    assert "Quyết định: từ số 01 đến số 270" in cover
    assert cover.endswith("Từ ngày 03/01/2026 đến ngày 13/11/2026 Quyển số: ……")


def test_titles_and_column_numbers_stand_on_every_page_but_the_cover_with_its_number(busy):
    cover, *others = pages(busy)
    assert "Trang" not in cover
    for number, page in enumerate(others, start=2):
        told = squeezed(page)
        assert TITLES["type_and_subject"] in told[:300]
        assert "(1) (2) (3) (4) (5) (6) (7) (8) (9) (10)" in told
        assert told.endswith(f"Trang {number}/20")


def test_what_is_apart_from_others_is_marked(busy):
    text = "\n".join(pages(busy))
    assert text.count("Bản giấy") == 60
    assert text.count("Hủy số ngày") == 10
    assert "Bản giấy. Đang ban hành" in text
    last = squeezed(pages(busy)[-1])
    assert "Sổ có 300 dòng đăng ký, trong đó 10 số đã hủy" in last
    assert "NGƯỜI GIỮ SỔ (Ký, ghi rõ họ tên)" in last
    assert "30/QĐ-UBND" in last, "a signature does not stand on a page alone"


def test_void_rows_are_crossed_out_where_number_and_day_stand(tmp_path):
    row = entry(29)
    crossed = render(printed(Book("A", "Cơ quan A", YEAR, (row,)), tmp_path), 2, tmp_path)
    plain = render(
        printed(Book("A", "Cơ quan A", YEAR, (replace(row, state=RegisterState.ISSUED),)), tmp_path), 2, tmp_path
    )
    differing = [
        (x, y) for x in range(150, 600) for y in range(250, 340) if crossed.getpixel((x, y)) != plain.getpixel((x, y))
    ]
    assert max(x for x, _ in differing) - min(x for x, _ in differing) > 100
    assert max(y for _, y in differing) - min(y for _, y in differing) < 4


def test_hostile_texts_are_printed_as_they_stand_without_what_cannot_be_seen(busy):
    text = squeezed(" ".join(pages(busy)))
    assert "Báo cáo =CMD|'/c calc'!A1 tiếngđảo chiều" in text
    assert "hai dòng và chuông, Thủy Hòa viết rời:" in text
    assert "ằẳẵặ ƯỬỮỰ œ ß Ω □□ □ &" in text, "what the face lacks shows, and is not dropped"
    assert "**sao** {nb} %d \\n" in text, "a subject is never taken for the number of pages, nor for markup"


def test_equal_books_give_equal_bytes_and_no_moment_but_the_last_row_s_day(busy):
    assert pdf_bytes(busy_book()) == busy.read_bytes()
    assert "CreationDate:    Fri Nov 13 00:00:00 2026" in run("pdfinfo", str(busy), silent=True).replace("UTC", "")
    one, other = busy_book(40), busy_book(41)
    assert pdf_bytes(one) != pdf_bytes(other)


def test_a4_has_the_same_smaller(tmp_path):
    file = printed(busy_book(60), tmp_path, "a4")
    qpdf(file)
    assert "(A4)" in run("pdfinfo", str(file))
    assert len(re.findall(r"\d+/(?:QĐ|VP|TB|TTr|GM|BC)-UBND", "\n".join(pages(file)))) == 60
    with pytest.raises(ValueError, match="a5"):
        pdf_bytes(busy_book(30), "a5")


def test_a_row_that_no_page_can_hold_goes_on_overleaf_and_loses_nothing(tmp_path):
    names = [f"Ủy ban nhân dân xã số {number:03d};" for number in range(500)]
    row = replace(entry(1), recipients=" ".join(names), note="ghi chú")
    file = printed(Book("A", "Cơ quan A", YEAR, (row, entry(2))), tmp_path)
    text = "\n".join(pages(file))
    assert sorted(set(re.findall(r"\b(\d{3});", text))) == [f"{number:03d}" for number in range(500)]
    assert text.count("(tiếp theo)") == text.count("01/VP-UBND") - 1 > 1
    assert len(re.findall("ghi chú", text)) == 1
    assert "02/TB-UBND" in text
    first = pages(file)[1]  # behind the cover: the row begins there, not overleaf under another head
    assert "000;" in first


def test_long_words_and_symbols_stay_in_their_column(tmp_path):
    row = replace(entry(1), symbol="1234/2026/BKHCNMTPTNT-CTSBMTTQGXYZ", type_and_subject="w" * 500)
    told = "\n".join(pages(printed(Book("A", "Cơ quan A", YEAR, (row,)), tmp_path, "a4")))
    assert sum(map(len, re.findall("w+", told))) == 500
    assert re.search(r"(?m)^ *1234/2026/(BKHCNMTPTNT-)? ", told), "broken after a stroke or a hyphen"


def test_an_empty_year_is_a_book_with_blanks(tmp_path):
    file = printed(Book("A", "Cơ quan A", YEAR, ()), tmp_path)
    qpdf(file)
    cover, table = pages(file)
    assert "Từ số …… đến số ……" in cover
    assert "CƠ QUAN A" in cover
    assert "Sổ có 0 dòng đăng ký" in table


def test_one_name_all_year_bears_no_days_and_many_series_leave_the_cover_whole(tmp_path):
    rows = tuple(entry(1, series=f"s{number}", day=dt.date(YEAR, 1, 5)) for number in range(9))
    file = printed(Book("A", "Cơ quan A", YEAR, rows, (Keeper("Cơ quan A", "Bộ B"),)), tmp_path)
    cover = squeezed(pages(file)[0])
    assert cover.startswith("BỘ B CƠ QUAN A SỔ ĐĂNG KÝ VĂN BẢN ĐI")
    assert "Hệ thống số s5: từ số 01 đến số 01 và 3 hệ thống số khác" in cover
    assert squeezed(pages(file)[1]).count("Hệ thống số s") == 9
