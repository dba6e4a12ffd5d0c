"""What an issued page shows, measured on the page as poppler renders it at 150 dpi."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from signer.model import Place, Rect
from tests.interop.conftest import Issued
from tests.support.tools import Character, characters, render

DPI = 150
Pixel = tuple[int, int, int]


def box(image: Image.Image, rect: Rect, grow: float = 0) -> tuple[int, int, int, int]:
    """A rectangle of user space (points, from below) in pixels (from above)."""
    scale, height = DPI / 72, image.height
    return (
        round((rect.x0 - grow) * scale),
        round(height - (rect.y1 + grow) * scale),
        round((rect.x1 + grow) * scale),
        round(height - (rect.y0 - grow) * scale),
    )


def pixels(image: Image.Image, like: Callable[[Pixel], bool]) -> tuple[int, int, int, int] | None:
    """The bounding box of the pixels of a kind."""
    mask = Image.new("1", image.size)
    mask.putdata([like(value) for value in image.get_flattened_data()])
    return mask.getbbox()


def red(value: Pixel) -> bool:
    return value[0] > 120 and value[1] < 110 and value[2] < 110


def blue(value: Pixel) -> bool:
    return value[2] > 110 and value[0] < 110


def dark(value: Pixel) -> bool:
    return max(value) < 128


def baseline(drawn: list[Character], text: str) -> list[Character]:
    """The characters of the line that holds all of ``text``, from left to right."""
    for char in drawn:
        row = sorted((other for other in drawn if abs(other.y - char.y) < 0.6), key=lambda other: other.x)
        if text in "".join(other.text for other in row).replace(" ", "").replace(".", "").replace("…", ""):
            return row
    raise AssertionError(f"no line says {text}")


def test_number_and_date_stand_on_the_lines_baseline_in_its_size(sample: Issued) -> None:
    drawn = characters(sample.file, 1)
    places = sample.reading.places
    line = baseline(drawn, "Số:05/")
    number = [
        char
        for char in line
        if places.number.place.rect.x0 - 1 < char.x < places.number.place.rect.x1 and char.text.isdigit()
    ]
    label = next(char for char in line if char.text == "S")
    assert "".join(char.text for char in number) == "05"
    for char in number:
        assert abs(char.y - label.y) <= 0.3
        assert abs(char.size - label.size) <= 0.3
        assert "Italic" not in char.font
    slash = next(char for char in line if char.text == "/" and char.x > number[-1].x)
    assert -0.1 <= slash.x - (number[-1].x + number[-1].size / 2) <= 1.0, "right-aligned to the slash"
    right = places.day.place.rect.x0 - 40
    date = [char for char in baseline(drawn, "ngày21tháng11") if char.x > right]
    letter = next(char for char in date if char.text == "n")
    for char in date:
        if char.text.isdigit():
            assert abs(char.y - letter.y) <= 0.3
            assert abs(char.size - letter.size) <= 0.3
            assert "Italic" in char.font


def test_nothing_but_blanks_and_dots_lay_under_number_and_date(sample: Issued, tmp_path: Path) -> None:
    before, after = tmp_path / "before.pdf", tmp_path / "after.pdf"
    before.write_bytes(sample.prepared.content.read())
    after.write_bytes(sample.issued.content.read())
    earlier, later = render(before, 1, tmp_path, DPI), render(after, 1, tmp_path, DPI)
    for place in sample.reading.places.texts().values():
        under = earlier.crop(box(earlier, place.place.rect))
        ink = pixels(under, dark)
        if place.ground is None:
            assert ink is None, "a blank of spaces has no ink"
        elif ink is not None:
            assert ink[1] > under.height / 2, "dots stand low; a letter would reach higher"
        assert pixels(later.crop(box(later, place.place.rect)), dark) is not None, "and something is written there now"


@pytest.mark.parametrize("dpi", [72, 90, 96, 100, 110, 150])
def test_dots_are_gone_where_the_number_stands(samples: dict[str, Issued], tmp_path: Path, dpi: int) -> None:
    """Left of the two digits the dotted blank is white, on screens too, where edges are soft."""
    issued = samples["quyet-dinh-xa"]
    place = issued.reading.places.number
    assert place.ground is not None
    page = render(issued.file, 1, tmp_path, dpi)
    scale = dpi / 72
    left = page.crop(
        (
            round(place.ground.x0 * scale) + 1,
            round(page.height - place.ground.y1 * scale) - 1,
            round((place.place.rect.x1 - 15) * scale),
            round(page.height - place.ground.y0 * scale) + 1,
        )
    )
    darkest, _ = left.convert("L").getextrema()
    assert darkest > 200, "a grey that nobody sees is the most that may remain"


def test_only_our_places_changed(sample: Issued, tmp_path: Path) -> None:
    """Each page before and after differs nowhere but in the fields that were filled."""
    file = tmp_path / "draft.pdf"
    file.write_bytes(sample.draft)
    places = sample.reading.places
    filled: list[Place] = [text.place for text in places.texts().values()]
    filled += [place for place in places.signatures().values() if place]
    for number in sorted({place.page for place in filled}):
        earlier, later = render(file, number, tmp_path, DPI), render(sample.file, number, tmp_path, DPI)
        for place in filled:
            if place.page == number:
                area = box(later, place.rect, grow=0.6)
                white = (area[2] - area[0], area[3] - area[1])
                earlier.paste(Image.new("RGB", white), area[:2])
                later.paste(Image.new("RGB", white), area[:2])
        assert ImageChops.difference(earlier, later).getbbox() is None


def test_the_seal_is_red_round_of_real_size_over_the_left_third(sample: Issued, tmp_path: Path) -> None:
    places = sample.reading.places
    leader, seal = places.leaders[0], places.agency
    page = render(sample.file, leader.page, tmp_path, DPI)
    area = box(page, seal.rect, grow=2)
    ink = pixels(page.crop(area), red)
    assert ink is not None
    real = {"to-trinh": 34.0}.get(sample.name, 36.0) / 25.4 * DPI
    assert abs((ink[2] - ink[0]) - real) <= 3
    assert abs((ink[3] - ink[1]) - real) <= 3
    right = (area[0] + ink[2]) * 72 / DPI
    third = leader.rect.x0 + leader.rect.width / 3
    assert abs(right - third) <= 3, "the seal ends at the left third of the signature's image"
    middle = page.height * 72 / DPI - (area[1] + (ink[1] + ink[3]) / 2) * 72 / DPI
    assert abs(middle - (leader.rect.y0 + leader.rect.y1) / 2) <= 3


def test_the_leaders_image_is_blue_between_capacity_and_name(sample: Issued, tmp_path: Path) -> None:
    for leader in sample.reading.places.leaders:
        page = render(sample.file, leader.page, tmp_path, DPI)
        assert pixels(page.crop(box(page, leader.rect)), blue) is not None
        inside = [
            char
            for char in characters(sample.file, leader.page)
            if char.text.strip()
            and leader.rect.x0 < char.x < leader.rect.x1
            and leader.rect.y0 + 3 < page.height * 72 / DPI - char.y < leader.rect.y1 - 3
        ]
        assert inside == [], "no text under the image"
