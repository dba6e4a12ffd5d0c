"""Software keys, images, places and steps for tests of the pdf room: what is tested there is bytes, not tokens."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw

from signer.model import (
    Align,
    Content,
    KeyHolder,
    KeyInfo,
    Place,
    Places,
    Rect,
    Revision,
    SignatureRole,
    SigningStep,
    Slant,
    TextPlace,
)
from signer.pdf import check
from signer.pdf.plan import decode

SAMPLES = Path(__file__).parents[2] / "softhsm" / "samples"
MOMENT = dt.datetime(2026, 11, 21, 3, 4, 5, tzinfo=dt.UTC)
ALL_FIELDS = ("Number", "Day", "Month", "Leader", "Agency")


@dataclass(frozen=True)
class SoftKey:
    """A key in memory with a self-signed certificate."""

    info: KeyInfo
    sign: Callable[[bytes], bytes]


def make_key(name: str, algorithm: str = "rsa-pkcs1-sha256") -> SoftKey:
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    sign: Callable[[bytes], bytes]
    if algorithm.startswith("rsa"):
        rsa_key = private = rsa.generate_private_key(65537, 2048)
        scheme = padding.PKCS1v15() if "pkcs1" in algorithm else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        sign = lambda data: rsa_key.sign(data, scheme, hashes.SHA256())  # noqa: E731
    elif algorithm == "ecdsa-sha256":
        ec_key = private = ec.generate_private_key(ec.SECP256R1())
        sign = lambda data: ec_key.sign(data, ec.ECDSA(hashes.SHA256()))  # noqa: E731
    else:
        ed_key = private = ed25519.Ed25519PrivateKey.generate()
        sign = ed_key.sign
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(MOMENT - dt.timedelta(days=30))
        .not_valid_after(MOMENT + dt.timedelta(days=3650))
        .add_extension(x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True)
        .sign(private, None if algorithm == "ed25519" else hashes.SHA256())
    )
    info = KeyInfo(
        name=name,
        holder=KeyHolder.PERSON,
        owner=name,
        issuers=(),
        roles=(),
        algorithm=algorithm,
        certificate=certificate.public_bytes(serialization.Encoding.DER),
    )
    return SoftKey(info, sign)


def png(colour: tuple[int, int, int, int], width: int, height: int) -> bytes:
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((4, 4, width - 4, height - 4), outline=colour, width=6)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def text_place(x0: float, x1: float, size: float, slant: Slant, align: Align, ground: Rect | None = None) -> TextPlace:
    return TextPlace(Place(1, Rect(x0, 715, x1, 731)), 718.5, size, slant, align, ground)


def some_places(*, year: bool = False, clerk: bool = False, ground: bool = False, leader_page: int = 4) -> Places:
    """Places as on a decision of four pages; where exactly is of no matter here."""
    blank = Rect(150, 717, 177, 722) if ground else None
    return Places(
        number=text_place(150, 177, 13, Slant.UPRIGHT, Align.RIGHT, blank),
        day=text_place(370, 390, 13.5, Slant.ITALIC, Align.CENTRE),
        month=text_place(430, 450, 13.5, Slant.ITALIC, Align.CENTRE),
        year=text_place(480, 510, 13.5, Slant.ITALIC, Align.CENTRE) if year else None,
        leaders=(Place(leader_page, Rect(350, 400, 480, 465)),),
        initials=(),
        agency=Place(leader_page, Rect(291, 381, 393, 483)),
        clerk=clerk,
    )


def leader_step(**changes: object) -> SigningStep:
    values: dict[str, object] = {
        "role": SignatureRole.LEADER,
        "field": "Leader",
        "signer": "Nguyễn Văn An",
        "reason": "KT. BỘ TRƯỞNG, THỨ TRƯỞNG",
        "signing_time": MOMENT,
        "locks": ("Leader",),
        "certify": True,
        "image": png((0, 0, 200, 255), 520, 260),
    }
    return SigningStep(**(values | changes))  # type: ignore[arg-type] -- the test says which values it means


def agency_step(**changes: object) -> SigningStep:
    values: dict[str, object] = {
        "role": SignatureRole.AGENCY,
        "field": "Agency",
        "signer": "Bộ Tài chính",
        "reason": "05/QĐ-BTC",
        "signing_time": MOMENT,
        "locks": ALL_FIELDS,
        "values": {"Number": "05", "Day": "21", "Month": "11"},
        "image": png((220, 0, 0, 255), 600, 600),
    }
    return SigningStep(**(values | changes))  # type: ignore[arg-type] -- the test says which values it means


def recheck(data: bytes, before: Revision, step: SigningStep, key: KeyInfo, token: bytes = b"") -> None:
    """The check before a file leaves, of a whole file that should be ``before`` with one update behind it."""
    length = before.content.size
    check.check(Content(data[:length]), data[length:], decode(before.plan), step, key, token)
