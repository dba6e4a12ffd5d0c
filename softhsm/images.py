"""Seals and handwritten signatures for development and tests: red at real size, blue with transparency.

NĐ 30/2020 Phụ lục I II.7.d and II.8.a: PNG with a transparent ground; the seal red and at its real size, the
signature blue.
"""

from __future__ import annotations

import hashlib
import io
import math
import random
from importlib import resources

from PIL import Image, ImageDraw, ImageFont

_RED = (200, 16, 24, 255)
_BLUE = (24, 48, 168, 255)
_DPI = 300
_FINER = 2
"""Drawn so many times larger and scaled down: smooth edges."""

Point = tuple[float, float]


def seal(name: str, diameter_mm: float) -> bytes:
    """A round seal with the organisation's name on the ring; says that it has no legal value."""
    side = round(diameter_mm / 25.4 * _DPI)
    size = side * _FINER
    image = Image.new("RGBA", (size, size), (200, 16, 24, 0))
    draw = ImageDraw.Draw(image)
    thin = max(size // 130, 1)
    for inset, width in ((0.0, thin * 2), (0.025, thin), (0.24, thin)):
        edge = size * inset
        draw.ellipse((edge, edge, size - edge - 1, size - edge - 1), outline=_RED, width=width)
    _ring(image, name.upper(), radius=size * 0.39, height=size * 0.1, below=False)
    _ring(image, "* THỬ NGHIỆM *", radius=size * 0.39, height=size * 0.075, below=True)
    centre, star = size / 2, size * 0.11
    middle = centre - size * 0.05
    draw.polygon(
        [
            (centre + r * math.sin(a), middle - r * math.cos(a))
            for a, r in ((math.pi * i / 5, star if i % 2 == 0 else star * 0.382) for i in range(10))
        ],
        fill=_RED,
    )
    font = _font(size * 0.036)
    for line, text in enumerate(("KHÔNG CÓ", "GIÁ TRỊ PHÁP LÝ")):
        draw.text((centre, middle + star + size * (0.035 + 0.045 * line)), text, font=font, fill=_RED, anchor="mm")
    return _png(image, (side, side), _RED)


def signature(name: str) -> bytes:
    """A scribble that looks like a hand, always the same for a name; width to height 2 to 1."""
    rng = random.Random(hashlib.sha256(name.encode()).digest())  # noqa: S311 - a drawing, not a secret
    width, height = 600 * _FINER, 300 * _FINER
    image = Image.new("RGBA", (width, height), (24, 48, 168, 0))
    draw = ImageDraw.Draw(image)
    x, base = width * 0.08, height * 0.55
    points: list[Point] = [(x, base)]
    letters = max(min(len(name) // 2, 8), 5)
    step = width * 0.8 / (letters * 2)
    for number in range(letters):
        tall = height * (0.38 if number == 0 else rng.uniform(0.08, 0.28))
        points.append((x + step * rng.uniform(0.2, 0.9), base - tall))
        points.append((x + step * rng.uniform(0.9, 1.5), base + height * rng.uniform(0.02, 0.16)))
        x += step * 2
    points.append((width * 0.95, base - height * rng.uniform(0.1, 0.3)))
    _stroke(draw, points, height)
    flourish = [
        (width * 0.9, base + height * 0.1),
        (width * 0.5, base + height * rng.uniform(0.25, 0.36)),
        (width * 0.12, base + height * rng.uniform(0.16, 0.3)),
        (width * 0.3, base + height * 0.1),
    ]
    _stroke(draw, flourish, height)
    return _png(image, (600, 300), _BLUE)


def _stroke(draw: ImageDraw.ImageDraw, points: list[Point], height: float) -> None:
    """A Catmull-Rom curve through the points, thicker where the pen goes down."""
    ends = [points[0], *points, points[-1]]
    for before, start, end, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        last = start
        for part in range(1, 41):
            here = _between(before, start, end, after, part / 40)
            pen = height * (0.009 + 0.008 * max(0.0, min(1.0, (here[1] - last[1]) / height * 30 + 0.4)))
            draw.line((*last, *here), fill=_BLUE, width=round(pen))
            draw.ellipse((here[0] - pen / 2, here[1] - pen / 2, here[0] + pen / 2, here[1] + pen / 2), fill=_BLUE)
            last = here


def _between(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    def one(p: float, q: float, r: float, s: float) -> float:
        return 0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t**3)

    return one(a[0], b[0], c[0], d[0]), one(a[1], b[1], c[1], d[1])


def _ring(image: Image.Image, text: str, *, radius: float, height: float, below: bool) -> None:
    """Write along the ring, letter by letter, over the top or under the bottom."""
    most = math.radians(250 if not below else 90)
    font = _font(height)
    widths = [font.getlength(letter) for letter in text]
    total = sum(widths)
    if total / radius > most:
        font = _font(height * most * radius / total)
        widths = [font.getlength(letter) for letter in text]
        total = sum(widths)
    turn = -1 if below else 1
    angle = -turn * total / radius / 2
    for letter, width in zip(text, widths, strict=True):
        middle = angle + turn * width / radius / 2
        _letter(image, letter, font, radius, math.pi + middle if below else middle, upright=not below)
        angle += turn * width / radius


def _letter(
    image: Image.Image, letter: str, font: ImageFont.FreeTypeFont, radius: float, angle: float, *, upright: bool
) -> None:
    box = round(font.size * 2)
    tile = Image.new("RGBA", (box, box), (200, 16, 24, 0))
    ImageDraw.Draw(tile).text((box / 2, box / 2), letter, font=font, fill=_RED, anchor="mm")
    tile = tile.rotate(-math.degrees(angle) + (0 if upright else 180), resample=Image.Resampling.BICUBIC)
    centre = image.width / 2
    x, y = centre + radius * math.sin(angle), centre - radius * math.cos(angle)
    image.alpha_composite(tile, (round(x - box / 2), round(y - box / 2)))


def _font(size: float) -> ImageFont.FreeTypeFont:
    data = resources.files("signer.fonts").joinpath("Tinos-Regular.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), size)


def _png(image: Image.Image, size: tuple[int, int], colour: tuple[int, int, int, int]) -> bytes:
    """One flat colour under the drawing's transparency: a third of the size of a scaled-down picture."""
    flat = Image.new("RGB", size, colour[:3])
    flat.putalpha(image.getchannel("A").resize(size, Image.Resampling.LANCZOS))
    out = io.BytesIO()
    flat.save(out, "PNG", dpi=(_DPI, _DPI), optimize=True)
    return out.getvalue()
