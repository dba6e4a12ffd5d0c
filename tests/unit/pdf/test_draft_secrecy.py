"""The mark of secrecy is looked for before all else, wherever it usually stands: QĐ 28/2018/QĐ-TTg, Điều 1 khoản 2."""

from __future__ import annotations

from datetime import date

import pytest

from policies.load import ruleset_on
from signer.errors import Kind, SignerError
from signer.model import Content, DraftReading, Place, Rect, Signer, Wanted
from signer.pdf.draft import Reader
from signer.pdf.reading.secrecy import PAGES
from tests.fixtures.drawn import LEFT, RIGHT, Run, block, body, build, centred, heading, letter, width

RULES = ruleset_on(date(2026, 11, 22))
AN = Signer("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"))
WANTED = Wanted((AN,), (), (2.0,), "QĐ-BTC", "9999", 36.0)


def read(*pages: tuple[Run, ...], wanted: Wanted = WANTED) -> DraftReading:
    return Reader(RULES).read(Content(build(pages)), wanted)


def refused(*pages: tuple[Run, ...], wanted: Wanted = WANTED) -> SignerError:
    with pytest.raises(SignerError) as caught:
        read(*pages, wanted=wanted)
    return caught.value


def marked(text: str, y: float = 690) -> tuple[Run, ...]:
    return letter(more=(centred(LEFT, y, text),))


@pytest.mark.parametrize(
    ("printed", "mark"),
    [
        ("MẬT", "MẬT"),
        ("TỐI MẬT", "TỐI MẬT"),
        ("TUYỆT MẬT", "TUYỆT MẬT"),
        ("[TUYỆT MẬT]", "TUYỆT MẬT"),
        ("Độ mật: TỐI MẬT", "TỐI MẬT"),
        ("Độ mật: Mật", "MẬT"),
        ("ĐỘ MẬT: Tuyệt mật", "TUYỆT MẬT"),
        ("Mức độ mật: TUYỆT MẬT", "TUYỆT MẬT"),
    ],
)
def test_a_marked_draft_is_refused(printed: str, mark: str) -> None:
    error = refused(marked(printed))
    assert (error.kind, error.code, error.where) == (Kind.UNSUITABLE, "secret-mark", "page 1")
    assert error.clause == "QĐ 28/2018/QĐ-TTg, Điều 1 khoản 2"
    assert f"“{mark}”" in error.text.vi


@pytest.mark.parametrize("printed", ["BẢO MẬT", "mật", "Độ mật:", "Độ mật: Thường", "Bí mật"])
def test_other_words_are_no_mark(printed: str) -> None:
    page = letter(more=(centred(LEFT, 690, printed),), lines=("Bảo vệ bí mật nhà nước: tài liệu MẬT và TỐI MẬT.",))
    facts = read(page).facts
    assert (facts.secret_mark, facts.secret_doubt) == ("", "")


@pytest.mark.parametrize("printed", ["Mật", "Tối mật"])
def test_a_mark_without_capitals_is_a_doubt(printed: str) -> None:
    facts = read(marked(printed)).facts
    assert (facts.secret_mark, facts.secret_doubt) == ("", printed)


def test_the_label_may_stand_in_another_column() -> None:
    page = letter(more=(Run(90, 690, "Độ mật:"), Run(190, 690, "Tối mật")))
    assert refused(page).code == "secret-mark"


def test_a_mark_in_the_lower_half_is_a_word_of_the_body() -> None:
    assert read(marked("MẬT", y=300)).facts.secret_mark == ""


@pytest.mark.parametrize("page", [2, 3, PAGES])
def test_an_annex_may_be_marked(page: int) -> None:
    """On the top of any of the first pages; the page is looked at, and counts as read only where it must be."""
    plain = body(top=780)
    pages = [(*heading(), *body()), *[plain] * (PAGES - 2), block()]
    pages[page - 1] = (*pages[page - 1], centred(RIGHT, 800, "TUYỆT MẬT"))
    error = refused(*pages)
    assert (error.code, error.where) == ("secret-mark", f"page {page}")
    pages[page - 1] = (*pages[page - 1][:-1], centred(RIGHT, 300, "TUYỆT MẬT"))
    assert read(*pages).facts.secret_mark == ""


def test_the_last_page_of_a_long_draft_is_looked_at() -> None:
    pages = [letter(), *[body()] * (PAGES + 2), (*body(), centred(RIGHT, 800, "MẬT"))]
    assert refused(*pages).where == f"page {len(pages)}"


def test_letters_of_a_fallback_font_drawn_late_hide_no_mark() -> None:
    """As LibreOffice writes them: the rest of the line first, then the body, then the letters of the other font."""
    start = RIGHT - width("TUYỆT MẬT", 13) / 2
    pieces = [Run(start + width("TUYỆT MẬT"[:at], 13), 800, text) for at, text in ((0, "TUY"), (4, "T M"), (8, "T"))]
    late = [Run(start + width("TUYỆT MẬT"[:at], 13), 800, "TUYỆT MẬT"[at]) for at in (3, 7)]
    assert refused(letter(), (*pieces, *body(), *late)).where == "page 2"


def test_the_mark_comes_before_every_other_fault() -> None:
    """A printed number, a missing signer: whoever mends these must know first that the document has no place here."""
    page = (*heading(number="Số: 15/QĐ-BTC"), *body(), centred(LEFT, 690, "MẬT"))
    assert refused(page).code == "secret-mark"
    given = {"leader": Place(1, Rect(330, 350, 510, 440)), "number": Place(1, Rect(130, 735, 180, 750))}
    wanted = Wanted((AN,), (), (2.0,), "QĐ-BTC", "9999", 36.0, given=given)
    assert refused(marked("MẬT"), wanted=wanted).code == "secret-mark"
