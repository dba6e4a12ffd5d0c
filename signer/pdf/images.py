"""Signature and seal images: PNG to PDF image objects, encoded once a process."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from signer.errors import Kind, SignerError
from signer.pdf.syntax import reference, stream

MAX_PIXELS = 4_000_000
"""A seal of 40 mm at 600 dpi has 0.9 million; more only makes every issued file heavy."""

OBJECTS = 2
"""How many PDF objects an image takes: colours and transparency."""


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """A PNG as PDF streams: RGB samples and the soft mask (ISO 32000-2, 11.6.5.2)."""

    width: int
    height: int
    rgb: bytes
    alpha: bytes

    def objects(self, first: int) -> list[bytes]:
        """The image XObject, numbered ``first``, and its soft mask."""
        shape = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/Filter/FlateDecode" % (
            self.width,
            self.height,
        )
        return [
            stream(shape + b"/ColorSpace/DeviceRGB/SMask " + reference(first + 1), self.rgb),
            stream(shape + b"/ColorSpace/DeviceGray", self.alpha),
        ]


@lru_cache(maxsize=64)
def encode(png: bytes) -> EncodedImage:
    """Encode once; later calls with the same bytes cost a look-up.

    The law asks for PNG with a transparent ground (NĐ 30/2020 Phụ lục I II.7.d, II.8.a). UNSUITABLE
    ``image-unsuitable`` for anything else, or for one that is needlessly large.
    """
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _unsuitable(
                    f"ảnh quá lớn: {image.width} × {image.height} điểm ảnh",
                    f"the image is too large: {image.width} x {image.height} pixels",
                )
            if "A" not in image.getbands() and "transparency" not in image.info:
                raise _unsuitable("ảnh không có nền trong suốt", "the image has no transparent ground")
            pixels = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for damaged files
        raise _unsuitable("tệp không phải ảnh PNG đọc được", "the file is not a readable PNG image") from error
    red, green, blue, alpha = pixels.split()
    rgb = Image.merge("RGB", (red, green, blue))
    return EncodedImage(pixels.width, pixels.height, zlib.compress(rgb.tobytes(), 9), zlib.compress(alpha.tobytes(), 9))


def _unsuitable(vi: str, en: str) -> SignerError:
    return SignerError(
        Kind.UNSUITABLE,
        "image-unsuitable",
        f"Ảnh chữ ký hoặc ảnh dấu không dùng được: {vi}.",
        f"The signature or seal image cannot be used: {en}.",
        clause="NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7.d; Mục II.8.a",
    )
