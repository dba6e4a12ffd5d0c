"""fold: what looks the same compares equal, what reads differently does not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.text import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hòa", "Hoà"),
        ("Thủy", "Thuỷ"),
        ("Nguyễn Văn Toàn", "Nguyễn Văn Tòan"),
        ("Khuê", "Khuê"),
        ("QUỲNH HOA", "Qùynh hoa"),
        ("Nguyễn Thuý Hoè", "NGUYỄN THÚY HÒE"),
        ("c ủ a Chính ph ủ", "của Chính phủ"),
        ("S ố", "Số"),
        ("H ò a", "Hoà"),
        ("TT-BTС", "TT-BTC"),
        ("ΤΤ-ΒΤC", "TT-BTC"),
        ("QĐ\u2013BTC", "QĐ-BTC"),
        ("QÐ-BTC", "QĐ-BTC"),
        ("KT.\u00a0BỘ\u200bTRƯỞNG", "KT. BỘ TRƯỞNG"),
        ("\ufeffChủ\ttịch\n", "CHỦ TỊCH"),
        (unicodedata.normalize("NFD", "Đỗ Hữu Nghị"), "Đỗ Hữu Nghị"),
    ],
)
def test_two_writings_of_one_text_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hòa", "Hóa"),
        ("Hoa", "Hoà"),
        ("Nguyễn Văn An", "Nguyễn Văn Ân"),
        ("Thu", "Thư"),
        ("Đức", "Dức"),
        ("KT. BỘ TRƯỞNG", "Q. BỘ TRƯỞNG"),
        ("QĐ-BTC", "QĐBTC"),
        ("Trần", "Trân"),
    ],
)
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


_VIETNAMESE = st.text(alphabet="aăâeêioôơuưyàáảãạằắấớợựỳýỷỹỵhnctđ ĐAÂOƠUƯYQ-–С\u00a0\u200b", max_size=40)


_LETTERS = st.characters(max_codepoint=0x24F) | st.characters(min_codepoint=0x1EA0, max_codepoint=0x1EF9)
_LATIN = st.text(alphabet=_LETTERS, max_size=60)


@given(_LATIN | _VIETNAMESE)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(_VIETNAMESE)
def test_composed_and_decomposed_are_equal(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(_VIETNAMESE)
def test_case_and_white_space_do_not_count(text: str) -> None:
    assert fold(text.upper()) == fold(" ".join(text)) == fold(text)
