"""Boxes: the image in the gap, the seal over its left third, all on the paper, or a refusal with figures."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import layout
from policies.load import ruleset_on
from policies.model import Refused

RULES = ruleset_on(date(2026, 11, 21))
A4 = (0.0, 0.0, 595.28, 841.89)
MM = 72 / 25.4


def test_a_leaders_image_fills_the_gap_up_to_the_preferred_size() -> None:
    assert layout.leader_box(RULES, (300, 200, 520, 320), 2.0) == pytest.approx((320, 215, 500, 305))
    assert layout.leader_box(RULES, (300, 200, 520, 240), 2.0) == pytest.approx((370, 200, 450, 240))


@given(x=st.floats(0, 400), y=st.floats(0, 600), w=st.floats(1, 400), h=st.floats(1, 200), aspect=st.floats(0.3, 6))
def test_the_image_keeps_its_shape_and_stays_centred_in_the_gap(
    x: float, y: float, w: float, h: float, aspect: float
) -> None:
    gap = (x, y, x + w, y + h)
    try:
        box = layout.leader_box(RULES, gap, aspect)
    except Refused as refusal:
        assert refusal.findings[0].code == "no-room-for-signature"
        return
    assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(aspect, rel=1e-6)
    assert (box[0] + box[2]) / 2 == pytest.approx((gap[0] + gap[2]) / 2)
    assert (box[1] + box[3]) / 2 == pytest.approx((gap[1] + gap[3]) / 2)
    assert gap[0] - 1e-6 <= box[0] and box[2] <= gap[2] + 1e-6
    assert gap[1] - 1e-6 <= box[1] and box[3] <= gap[3] + 1e-6


def test_a_gap_without_room_is_refused_with_its_size_and_clause() -> None:
    with pytest.raises(Refused) as refusal:
        layout.leader_box(RULES, (300, 200, 500, 210), 2.0)
    found = refusal.value.findings[0]
    assert found.code == "no-room-for-signature"
    assert "71 × 4 mm" in found.message.vi
    assert "Mục II.7.d" in found.clause


def test_an_image_without_a_shape_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="width and a height"):
        layout.leader_box(RULES, (0, 0, 100, 100), 0)


def test_the_seal_has_its_real_size_and_covers_the_left_third() -> None:
    leader = (320.0, 200.0, 500.0, 290.0)
    box = layout.seal_box(RULES, leader, 36, A4)
    assert box[2] - box[0] == pytest.approx(36 * MM)
    assert box[2] == pytest.approx(320 + 180 / 3)
    assert (box[1] + box[3]) / 2 == pytest.approx(245)


@pytest.mark.parametrize(
    "leader",
    [
        (20.0, 200.0, 120.0, 250.0),
        (320.0, 10.0, 500.0, 60.0),
        (320.0, 790.0, 500.0, 840.0),
    ],
)
def test_a_seal_that_would_leave_the_paper_is_refused(leader: layout.Box) -> None:
    with pytest.raises(Refused) as refusal:
        layout.seal_box(RULES, leader, 36, A4)
    assert refusal.value.findings[0].code == "no-room-for-seal"
    assert "Điều 33 khoản 1 điểm b" in refusal.value.findings[0].clause


@pytest.mark.parametrize(("blank", "text", "factor"), [(40, 32.5, 1.0), (32.5, 32.5, 1.0), (29.2, 32.5, 29.2 / 32.5)])
def test_a_text_is_condensed_only_as_far_as_needed(blank: float, text: float, factor: float) -> None:
    assert layout.condensation(RULES, blank, text) == pytest.approx(factor)


def test_a_text_is_not_condensed_below_three_quarters() -> None:
    assert layout.condensation(RULES, 30, 40) == pytest.approx(0.75)
    with pytest.raises(Refused, match=r"29\.9 pt wide, the text needs 40\.0 pt"):
        layout.condensation(RULES, 29.9, 40)


def test_initials_stand_behind_their_line_and_beside_each_other() -> None:
    first = layout.initial_box(RULES, (85, 300, 200, 313), A4)
    second = layout.initial_box(RULES, (85, 300, 200, 313), A4, [first])
    assert first == pytest.approx((202, 296.5, 242, 316.5))
    assert second == pytest.approx((244, 296.5, 284, 316.5))


def test_an_initial_that_would_leave_the_paper_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        layout.initial_box(RULES, (85, 300, 580, 313), A4)
    assert refusal.value.findings[0].code == "no-room-for-initial"


def test_the_schematic_frames_lie_on_the_paper_where_the_decree_draws_them() -> None:
    boxes = layout.fallback(RULES, A4)
    assert set(boxes) == {"number", "date", "capacity", "name", "leader", "copy"}
    assert boxes["number"][0] == pytest.approx(31 * MM)
    assert boxes["number"][3] == pytest.approx(A4[3] - 37 * MM)
    assert boxes["leader"][3] == pytest.approx(boxes["capacity"][1], abs=0.1)
    assert boxes["leader"][1] == pytest.approx(boxes["name"][3], abs=0.1)
    for box in boxes.values():
        assert 0 <= box[0] < box[2] <= A4[2] and 0 <= box[1] < box[3] <= A4[3]


def test_on_another_paper_the_frames_keep_to_their_edge() -> None:
    letter = (10.0, 20.0, 622.0, 812.0)
    boxes = layout.fallback(RULES, letter)
    assert boxes["number"][0] == pytest.approx(10 + 31 * MM)
    assert letter[2] - boxes["date"][2] == pytest.approx((210 - 187) * MM)
    assert boxes["name"][1] - letter[1] == pytest.approx((297 - 253) * MM)


def test_a_mark_grows_from_the_corner_of_its_frame_to_the_left_and_down() -> None:
    """NĐ 30 Phụ lục I, Mục IV, ô 14: 173 to 203 mm from the left, 5 mm from the top."""
    box = layout.mark_box(RULES, A4, 120, 24)
    assert box == pytest.approx((203 * MM - 120, A4[3] - 5 * MM - 24, 203 * MM, A4[3] - 5 * MM), abs=0.01)
    landscape = (10.0, 20.0, 10.0 + 841.9, 20.0 + 595.3)
    assert layout.mark_box(RULES, landscape, 120, 24)[2:] == pytest.approx(
        (landscape[2] - 7 * MM, landscape[3] - 5 * MM), abs=0.2
    )


@pytest.mark.parametrize(("page", "width"), [(A4, 250), ((0.0, 0.0, 90.0, 90.0), 120)], ids=["too wide", "small paper"])
def test_a_mark_without_room_is_refused(page: layout.Box, width: float) -> None:
    with pytest.raises(Refused) as refused:
        layout.mark_box(RULES, page, width, 24)
    assert refused.value.findings[0].code == "no-room-for-mark"
    assert refused.value.findings[0].clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8.b"
