"""Real drafts of real programs are read: the project's samples, other generators', the decree's own forms."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from signer.model import Content, DraftReading, Initial, InitialFor, Rect, Signer, Slant, TextPlace, Wanted
from signer.pdf.draft import Reader
from signer.pdf.reading.text import open_text
from signer.pdfium import LOCK

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "softhsm" / "samples"
DRAFTS = ROOT / "tests" / "fixtures" / "drafts"
FORMS = sorted((ROOT.parent / "shared" / "samples" / "nd30").glob("*.pdf"))
"""Forms of Decree 30, Annex III; other people's files, read from where they lie beside the checkout."""

SAMPLE_FACTS: list[dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
DRAFT_FACTS: list[dict[str, Any]] = json.loads((DRAFTS / "expected.json").read_text("utf-8"))
CASES = [*((SAMPLES, facts) for facts in SAMPLE_FACTS), *((DRAFTS, facts) for facts in DRAFT_FACTS)]
NAMES = [facts["name"] for _, facts in CASES]


def read(path: Path, facts: dict[str, Any], **more: Any) -> DraftReading:
    signers = tuple(Signer(s["name"], tuple(s["capacity"])) for s in facts["signers"])
    initials = more.pop("initials", ())
    wanted = Wanted(signers, initials, (2.0,) * len(signers), facts["notation"], "9999", 36.0, **more)
    return Reader().read(Content(path.read_bytes()), wanted)


def ink_in(path: Path, page: int, rect: Rect) -> int:
    """How many dark pixels the page has in a rectangle, at 144 dpi."""
    with LOCK:
        document = pdfium.PdfDocument(path)
        try:
            opened = document[page - 1]
            x0, y0, x1, y1 = opened.get_cropbox()
            crop = (rect.x0 - x0, rect.y0 - y0, x1 - rect.x1, y1 - rect.y1)
            image = opened.render(scale=2, crop=crop).to_pil().convert("L")
        finally:
            document.close()
    return sum(image.histogram()[:128])


def fits(place: TextPlace, digits: int) -> bool:
    return place.place.rect.width >= digits * 0.5 * place.size * 0.75


@pytest.mark.parametrize(("folder", "facts"), CASES, ids=NAMES)
def test_number_and_date_go_into_their_blanks(folder: Path, facts: dict[str, Any]) -> None:
    """Room for what will be written, at the line's size, on its baseline, and nothing but dots is there."""
    path = folder / f"{facts['name']}.pdf"
    reading = read(path, facts)
    texts = reading.places.texts()
    blanks = {"Number", "Day", "Month", "Year"}
    if reading.printed.month is not None:
        blanks.remove("Month")
    if reading.printed.year is not None:
        blanks.remove("Year")
    assert set(texts) == blanks
    for name, place in texts.items():
        assert place.place.page == 1
        assert place.size == pytest.approx(13, abs=0.1)
        assert place.slant is (Slant.UPRIGHT if name == "Number" else Slant.ITALIC)
        assert fits(place, {"Number": 4, "Year": 4}.get(name, 2))
        rect = place.place.rect
        assert rect.y0 < place.baseline < rect.y1
        covered = place.ground
        assert (covered is not None) == (ink_in(path, 1, rect) > 0), name
        if covered is not None:
            assert rect.x0 <= covered.x0 < covered.x1 <= rect.x1
            assert rect.y0 <= covered.y0 < covered.y1 <= rect.y1
            free = rect._replace(y0=covered.y1 + 0.3)
            assert ink_in(path, 1, free) == 0, "the ground covers all ink that is in the blank"


@pytest.mark.parametrize(("folder", "facts"), CASES, ids=NAMES)
def test_images_stand_between_capacity_and_name(folder: Path, facts: dict[str, Any]) -> None:
    """No ink of the page under a leader's image; the seal in real size over its left third, on the paper."""
    path = folder / f"{facts['name']}.pdf"
    reading = read(path, facts)
    assert len(reading.places.leaders) == len(facts["signers"])
    for leader in reading.places.leaders:
        assert leader.page == facts.get("page", leader.page)
        assert ink_in(path, leader.page, leader.rect) == 0
        assert leader.rect.width / leader.rect.height == pytest.approx(2.0)
    leader, seal = reading.places.leaders[0], reading.places.agency
    assert seal.page == leader.page
    assert [seal.rect.width, seal.rect.height] == pytest.approx([36 * 72 / 25.4] * 2)
    assert seal.rect.x1 == pytest.approx(leader.rect.x0 + leader.rect.width / 3)
    assert (seal.rect.y0 + seal.rect.y1) == pytest.approx(leader.rect.y0 + leader.rect.y1)
    assert all(all(found) for found in reading.facts.capacity_found)
    others = reading.places.leaders[1:]
    assert not any(leader.rect.overlaps(other.rect) for other in others if other.page == leader.page)


@pytest.mark.parametrize(("folder", "facts"), CASES, ids=NAMES)
def test_what_is_printed_is_reported(folder: Path, facts: dict[str, Any]) -> None:
    """Notation, and month and year where they are printed."""
    reading = read(folder / f"{facts['name']}.pdf", facts)
    month = facts["month_printed"] if folder is SAMPLES else facts["month"]
    year = (2026 if facts["year_printed"] else None) if folder is SAMPLES else facts["year"]
    assert reading.printed.notation == reading.facts.notation == facts["notation"]
    assert reading.printed.month == (int(month) if month is not None else None)
    assert reading.printed.year == year
    assert reading.facts.motto_found
    assert reading.facts.number_size == pytest.approx(13, abs=0.1)
    assert reading.facts.secret_mark == ""
    assert not reading.facts.scanned
    assert reading.facts.margins_mm is not None
    assert reading.facts.margins_mm[3] == pytest.approx(30, abs=0.5)


@pytest.mark.parametrize("facts", DRAFT_FACTS, ids=[f["name"] for f in DRAFT_FACTS])
def test_dots_are_covered_where_they_are_printed(facts: dict[str, Any]) -> None:
    """A ground exactly for the blanks that are dotted."""
    texts = read(DRAFTS / f"{facts['name']}.pdf", facts).places.texts()
    assert [name.lower() for name, place in texts.items() if place.ground is not None] == facts["grounds"]


def test_the_annex_line_stays_empty() -> None:
    """A line "(Kèm theo … số … ngày …)" of an annex is nobody's number line (NĐ 30 Phụ lục I, III.1.c)."""
    facts = next(f for f in SAMPLE_FACTS if f["name"] == "quyet-dinh-co-phu-luc")
    reading = read(SAMPLES / "quyet-dinh-co-phu-luc.pdf", facts)
    assert {place.place.page for place in reading.places.texts().values()} == {1}


def test_initials_go_to_the_end_of_the_text_and_beside_the_archive_line() -> None:
    """Content: behind the last line of the body, also when the block begins a page; form: beside "Lưu: VT"."""
    facts = next(f for f in SAMPLE_FACTS if f["name"] == "quyet-dinh")
    initials = (Initial("Trần Thị Bình", InitialFor.CONTENT), Initial("Lê Văn Cảnh", InitialFor.FORM))
    places = read(SAMPLES / "quyet-dinh.pdf", facts, initials=initials).places
    content, form = places.initials
    assert (content.page, form.page) == (3, 4)
    path = SAMPLES / "quyet-dinh.pdf"
    for initial in places.initials:
        assert ink_in(path, initial.page, initial.rect) == 0
        left = initial.rect._replace(x0=initial.rect.x0 - 30, x1=initial.rect.x0)
        assert ink_in(path, initial.page, left) > 0, "directly behind a text"


if FORMS:  # an empty parameter set would count as a skipped test

    @pytest.mark.parametrize("path", FORMS, ids=[path.stem for path in FORMS])
    def test_forms_of_the_decree(path: Path) -> None:
        """The decree's own forms, with their dotted notations and dates, where they lie beside the checkout."""
        signer = Signer("Họ và tên", ("QUYỀN HẠN, CHỨC VỤ CỦA NGƯỜI KÝ",))
        wanted = Wanted((signer,), (), (2.0,), "…", "999", 36.0)
        reading = Reader().read(Content(path.read_bytes()), wanted)
        assert set(reading.places.texts()) == {"Number", "Day", "Month", "Year"}
        assert reading.facts.date_size == pytest.approx(14, abs=0.1)
        for name in ("Day", "Month", "Year"):
            ground = reading.places.texts()[name].ground
            assert ground is not None
            assert ink_in(path, 1, ground) > 0
        assert reading.facts.capacity_found == ((True,),)


def test_only_the_pages_that_matter_are_read() -> None:
    """Page 1 and, from the end, pages up to the signature block: a page costs ten milliseconds."""
    with open_text(Content((SAMPLES / "quyet-dinh.pdf").read_bytes()), seconds=15) as text:
        text.page(1)
        text.page(4)
        assert [page.number for page in text.read] == [1, 4]


def test_lines_come_from_positions() -> None:
    """LibreOffice draws letters of a fallback font after the line; blanks between words are seen all the same."""
    with open_text(Content((SAMPLES / "quyet-dinh-xa.pdf").read_bytes()), seconds=15) as text:
        line = next(line for line in text.page(1).lines if line.key.startswith("số:"))
        assert line.key == "số:/qđ-ubndđồngphú,ngàythángnăm"
        number, date = line.segments
        assert number.text.startswith("Số: …")
        assert date.text.startswith("Đồng Phú, ngày…")
        sizes = {round(line.page.size(glyph), 1) for glyph in line.glyphs}
        assert sizes == {13.0}
        assert math.isclose(line.baseline, 720.49, abs_tol=0.01)
