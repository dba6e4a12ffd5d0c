"""Boxes of the page: where images and texts go once the lines they belong to are known.

All boxes are (x0, y0, x1, y1) in points of the upright page, y upwards. NĐ 30/2020/NĐ-CP, Phụ lục I.
"""

from __future__ import annotations

from collections.abc import Sequence

from policies.model import Ruleset
from policies.speech import refuse

Box = tuple[float, float, float, float]

_MM = 72 / 25.4
_A4 = (210.0, 297.0)


def leader_box(rules: Ruleset, gap: Box, aspect: float) -> Box:
    """Where a signer's image is drawn: in the middle of ``gap``, between capacity lines and name (II.7.d).

    ``aspect`` is the image's width by its height. As large as the gap allows, up to the preferred size;
    Refused where not even the least size fits.
    """
    if not aspect > 0:
        raise ValueError("an image has a width and a height")
    rule, least = rules.layout.leader_preferred, rules.layout.leader_least.value
    free = (gap[2] - gap[0], gap[3] - gap[1])
    room = (min(rule.value[0], free[0]), min(rule.value[1], free[1]))
    width = min(room[0], room[1] * aspect)
    height = width / aspect
    if width < least[0] or height < least[1]:
        raise refuse(
            "no-room-for-signature",
            f"Không đủ chỗ cho hình ảnh chữ ký giữa chức vụ và họ tên: còn {_mm(*free)}, ảnh cần ít nhất "
            f"{_mm(max(least[0], least[1] * aspect), max(least[1], least[0] / aspect))}.",
            f"No room for the signature's image between capacity lines and name: {_mm(*free)} are free, the image "
            f"needs at least {_mm(max(least[0], least[1] * aspect), max(least[1], least[0] / aspect))}.",
            rule,
        )
    x, y = (gap[0] + gap[2] - width) / 2, (gap[1] + gap[3] - height) / 2
    return x, y, x + width, y + height


def seal_box(rules: Ruleset, leader: Box, diameter_mm: float, page: Box) -> Box:
    """Where the seal is drawn: real size, over the left third of the leader's image (II.8.a, Điều 33(1)b).

    Refused where the seal would leave the paper.
    """
    rule, size = rules.layout.seal_overlap, diameter_mm * _MM
    x = leader[0] + (leader[2] - leader[0]) * rule.value - size
    y = (leader[1] + leader[3] - size) / 2
    box = (x, y, x + size, y + size)
    if not _inside(box, page):
        raise refuse(
            "no-room-for-seal",
            f"Dấu đường kính {diameter_mm:g} mm trùm lên khoảng 1/3 chữ ký về bên trái sẽ ra ngoài trang giấy "
            f"{_beyond(box, page)} mm.",
            f"A seal of {diameter_mm:g} mm over the left third of the signature would leave the paper by "
            f"{_beyond(box, page)} mm.",
            rule,
        )
    return box


def condensation(rules: Ruleset, blank_width: float, text_width: float) -> float:
    """How much a text is drawn together to fit its blank (points): 1.0, or less down to the least allowed.

    Refused below it: a number that cannot be read is no number.
    """
    rule = rules.layout.condense_least
    if text_width <= blank_width:
        return 1.0
    factor = blank_width / text_width
    if factor < rule.value:
        raise refuse(
            "no-room-for-text",
            f"Chỗ trống rộng {blank_width:.1f} pt, chữ cần {text_width:.1f} pt; chỉ được thu hẹp chữ đến "
            f"{rule.value:.0%}, nên chỗ trống phải rộng ít nhất {text_width * rule.value:.1f} pt.",
            f"The blank is {blank_width:.1f} pt wide, the text needs {text_width:.1f} pt; it may be condensed to "
            f"{rule.value:.0%} at most, so the blank must have at least {text_width * rule.value:.1f} pt.",
            rule,
        )
    return factor


def initial_box(rules: Ruleset, anchor: Box, page: Box, taken: Sequence[Box] = ()) -> Box:
    """Where an initial (ký nháy) is drawn: right behind ``anchor``, at the height of its middle.

    ``anchor`` is the last line of the text (content) or the line "Lưu: VT" (form); boxes in ``taken`` are
    stepped over to the right. Refused where the paper ends first.
    """
    rule = rules.layout.initial_size
    width, height = rule.value
    x, y = anchor[2] + 2, (anchor[1] + anchor[3] - height) / 2
    for other in sorted(taken):
        if x < other[2] and other[0] < x + width and y < other[3] and other[1] < y + height:
            x = other[2] + 2
    box = (x, y, x + width, y + height)
    if not _inside(box, page):
        raise refuse(
            "no-room-for-initial",
            f"Không đủ chỗ cho chữ ký nháy {_mm(width, height)} ở cuối dòng: ra ngoài trang giấy "
            f"{_beyond(box, page)} mm.",
            f"No room for an initial of {_mm(width, height)} behind the line: it would leave the paper by "
            f"{_beyond(box, page)} mm.",
            rule,
        )
    return box


def mark_box(rules: Ruleset, page: Box, width: float, height: float) -> Box:
    """Where the agency's signature stands on an attachment or a copy: from ô 14's upper right corner (II.8.b, Mục IV).

    ``width`` and ``height`` are what its lines take, points; the box grows to the left and downwards. Refused where
    it would become wider than a mark may be, or leave the paper.
    """
    widest = rules.layout.mark_widest_mm.value * _MM
    _, _, right, top = fallback(rules, page)["copy"]
    box = (right - width, top - height, right, top)
    if width > widest or not _inside(box, page):
        raise refuse(
            "no-room-for-mark",
            f"Thông tin chữ ký số của cơ quan ở góc trên bên phải cần {_mm(width, height)}: rộng quá "
            f"{rules.layout.mark_widest_mm.value:g} mm hoặc ra ngoài trang giấy.",
            f"The agency's mark in the upper right corner needs {_mm(width, height)}: wider than "
            f"{rules.layout.mark_widest_mm.value:g} mm, or beyond the paper.",
            rules.layout.mark_size,
        )
    return box


def fallback(rules: Ruleset, page: Box) -> dict[str, Box]:
    """The frames of the schematic diagram (Phụ lục I, Mục IV), for drafts whose text says nothing.

    Keys: number (ô 3), date (ô 4), capacity (ô 7a), name (ô 7b), leader (7c, between the two), copy (ô 14).
    On a page that is not A4 the frames keep their distance from the edge that they are nearest to.
    """
    width, height = page[2] - page[0], page[3] - page[1]
    boxes = {}
    for name, (x0, top, x1, bottom) in rules.layout.fallback_mm.value.items():
        right = width - _A4[0] * _MM if x0 + x1 > _A4[0] else 0.0
        low = height - _A4[1] * _MM if top + bottom > _A4[1] else 0.0
        boxes[name] = (
            page[0] + x0 * _MM + right,
            page[3] - bottom * _MM - low,
            page[0] + x1 * _MM + right,
            page[3] - top * _MM - low,
        )
    return boxes


def _inside(box: Box, page: Box) -> bool:
    return page[0] <= box[0] and page[1] <= box[1] and box[2] <= page[2] and box[3] <= page[3]


def _beyond(box: Box, page: Box) -> str:
    most = max(page[0] - box[0], page[1] - box[1], box[2] - page[2], box[3] - page[3])
    return f"{most / _MM:.1f}"


def _mm(width: float, height: float) -> str:
    return f"{width / _MM:.0f} × {height / _MM:.0f} mm"
