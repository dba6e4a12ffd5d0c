"""Steps and places of files that the agency alone signs, for tests of the pdf room and of other people's judgement."""

from __future__ import annotations

from signer.model import (
    AttachmentStyle,
    PackagePart,
    Place,
    Rect,
    SigningStep,
    StampPlaces,
    StampWanted,
)
from tests.support.paper import SAMPLES, agency_step

ANNEX = (SAMPLES / "cong-van-kem-phu-luc-phu-luc-1.pdf").read_bytes()
ISO_TIME = "2026-11-21T10:04:05+07:00"
MARK = ("05/BTC-THTK", ISO_TIME)
COPY_MARK = ("SAO Y", "Bộ Tài chính", ISO_TIME)
BOX = Rect(456, 803, 575, 828)
PACKAGE = (
    PackagePart("Phụ lục I (bản cuối) 50%%EOF.pdf", 42107, "ab" * 32),
    PackagePart("b.pdf", 0, "00" * 32),
)


def stamp_places(rect: Rect = BOX) -> StampPlaces:
    return StampPlaces(Place(1, rect), marked=True)


def stamp_step(**changes: object) -> SigningStep:
    values: dict[str, object] = {
        "reason": MARK[0],
        "locks": ("Agency",),
        "certify": True,
        "values": {},
        "image": None,
        "mark": MARK,
    }
    return agency_step(**(values | changes))


def stamp_wanted(style: AttachmentStyle = AttachmentStyle.MARK, **changes: object) -> StampWanted:
    values: dict[str, object] = {
        "mark": ("9999/BTC-THTK", ISO_TIME),
        "notation": "BTC-THTK",
        "widest": "9999",
        "seal_diameter_mm": 36.0,
    }
    return StampWanted(style, **(values | changes))  # type: ignore[arg-type] -- the test says which values it means
