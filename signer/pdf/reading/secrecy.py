"""The mark of secrecy (dấu chỉ độ mật), looked for before anything else is said of a draft.

QĐ 28/2018/QĐ-TTg, Điều 1 khoản 2: what is secret does not come into a system like this one. The mark stands alone in
its column near the top of a page (NĐ 30/2020/NĐ-CP, Phụ lục I, Mục IV, ô 10a), sometimes behind "Độ mật:", and on an
annex too. Words of the body ("tài liệu MẬT", "bảo mật") are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policies.acceptance import check_secrecy
from policies.model import Refused, Ruleset
from policies.text import fold
from signer.errors import SignerError
from signer.model import Rect
from signer.pdf.reading.refusal import page_name
from signer.pdf.reading.text import DraftText, Line

PAGES = 20
"""How many pages are looked at from the beginning, and the last two; a look costs four milliseconds."""

_MARKS = {fold(mark): mark for mark in ("MẬT", "TỐI MẬT", "TUYỆT MẬT")}
_LABEL = re.compile(rf"(?:{fold('mức')}|{fold('cấp')})?{fold('độ mật')}[:-]*")
_LONGEST = len("Mức độ mật: (TUYỆT MẬT)")
_AROUND = "()[]{}*-:“”\"'"


@dataclass(frozen=True)
class Mark:
    """What was found: ``text`` as the law writes it; not ``certain`` where only capitals are missing ("Mật")."""

    text: str
    printed: str
    page: int
    certain: bool


def refuse_secret(rules: Ruleset, text: DraftText, papers: Sequence[Rect]) -> Mark | None:
    """A doubtful mark, for the findings; a certain one refuses (``secret-mark``)."""
    mark = find_mark(text, papers)
    if mark is not None and mark.certain:
        try:
            check_secrecy(rules, mark.text)
        except Refused as refusal:
            raise SignerError.from_refusal(refusal, where=page_name(mark.page)) from refusal
    return mark


def find_mark(text: DraftText, papers: Sequence[Rect]) -> Mark | None:
    """The first certain mark, else the first doubtful one. Pages that cannot contain one are not put into lines."""
    doubtful: Mark | None = None
    for number in _pages(text.count):
        if number != 1 and not _may_say(text.characters(number)):
            continue
        for mark in _on_page(text, number, papers[number - 1]):
            if mark.certain:
                return mark
            doubtful = doubtful or mark
    return doubtful


def _pages(count: int) -> list[int]:
    return [number for number in range(1, count + 1) if number <= PAGES or number > count - 2]


def _may_say(characters: str) -> bool:
    """A letter that the mark has and little else; letters of a fallback font may stand far from the others."""
    plain = unicodedata.normalize("NFC", characters)
    return "Ậ" in plain or "mật" in "".join(plain.split()).casefold()


def _on_page(text: DraftText, number: int, paper: Rect) -> Iterator[Mark]:
    """In the upper half of page 1, the upper third of the others (tables there have words of their own)."""
    least = paper.y1 - paper.height / (2 if number == 1 else 3)
    for line in text.lines(number):
        if line.baseline < least:
            return
        yield from _in_line(line, number)


def _in_line(line: Line, number: int) -> Iterator[Mark]:
    label_before = False
    for segment in line.segments:
        if len(segment.glyphs) > _LONGEST:
            label_before = False
            continue
        label = _LABEL.match(segment.key)
        key = segment.key[label.end() if label else 0 :].strip(_AROUND)
        if key in _MARKS:
            printed = unicodedata.normalize("NFC", "".join(glyph.char for glyph in segment.glyphs)).strip(_AROUND)
            if label or label_before or printed.isupper():
                yield Mark(_MARKS[key], segment.text, number, certain=True)
            elif printed[:1].isupper():
                yield Mark(_MARKS[key], segment.text, number, certain=False)
        label_before = label is not None and not key
