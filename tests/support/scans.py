"""Scanned paper, drawn: pages of an office letter as a scanner gives them, one image to a page."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

A4 = (210 / 25.4, 297 / 25.4)


def scan(pages: int = 1, dpi: float = 200, colour: str = "RGB", version: bytes = b"1.4") -> bytes:
    """A PDF of A4 pages scanned at ``dpi``; ``colour`` is a mode of Pillow: RGB, L (grey), 1 (black and white)."""
    images = [_page(dpi, number).convert(colour) for number in range(1, pages + 1)]
    out = io.BytesIO()
    images[0].save(out, "PDF", resolution=dpi, save_all=True, append_images=images[1:])
    return out.getvalue().replace(b"%PDF-1.4", b"%PDF-" + version, 1)


def _page(dpi: float, number: int) -> Image.Image:
    width, height = (round(side * dpi) for side in A4)
    image = Image.new("RGB", (width, height), (252, 251, 247))
    draw = ImageDraw.Draw(image)
    for row in range(24):  # lines of text, from 60 mm downwards
        y = round((60 + 8 * row) / 25.4 * dpi)
        draw.rectangle(
            (round(1.2 * dpi), y, round((7.0 - (row + number) % 3) * dpi), y + round(dpi / 12)), fill=(40, 40, 48)
        )
    x, y, r = round(5.2 * dpi), round(9.6 * dpi), round(0.7 * dpi)
    draw.ellipse((x - r, y - r, x + r, y + r), outline=(200, 30, 40), width=max(2, round(dpi / 40)))
    return image
