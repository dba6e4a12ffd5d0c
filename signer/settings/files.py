"""Images and certificates that the settings name: read, and looked at before anybody relies on them."""

from __future__ import annotations

import io
import re
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image

from signer.settings.table import Table, read_file

MAX_PIXELS = 4_000_000
"""As the pdf room allows: more only makes every issued file heavy."""

_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]*CERTIFICATE-----")


def certificates(table: Table, key: str) -> tuple[x509.Certificate, ...]:
    """All certificates of one file or of a list of files: PEM with several each, or DER with one."""
    found: list[x509.Certificate] = []
    for data in table.files(key):
        try:
            found += (
                x509.load_pem_x509_certificates(data) if _PEM.search(data) else [x509.load_der_x509_certificate(data)]
            )
        except ValueError as trouble:
            table.fault(key, f"không phải chứng thư số PEM hoặc DER / no certificate in PEM or DER: {_short(trouble)}")
    return tuple(found)


def certificate(table: Table, key: str, algorithm: str) -> bytes:
    """The one certificate of a key, DER; a fault where its public key cannot be of ``algorithm``."""
    found = certificates(table, key)
    if key not in table:
        table.fault(key, "thiếu / is missing")
    if not found:
        return b""
    if len(found) > 1:
        table.fault(
            key,
            f"có {len(found)} chứng thư, cần đúng một; chứng thư cấp trên ghi ở “chain” / "
            f"{len(found)} certificates, one wanted; those above it belong in “chain”",
        )
        return b""
    public: object = found[0].public_key()
    family = algorithm.partition("-")[0]
    kinds: dict[str, type] = {
        "rsa": rsa.RSAPublicKey,
        "ecdsa": ec.EllipticCurvePublicKey,
        "ed25519": ed25519.Ed25519PublicKey,
    }
    if family in kinds and not isinstance(public, kinds[family]):
        table.fault(
            key,
            f"khóa công khai trong chứng thư không dùng được với / the certificate's public key is "
            f"not "
            f"one for {algorithm}",
        )
    return found[0].public_bytes(Encoding.DER)


def chain(table: Table, key: str) -> tuple[bytes, ...]:
    """Certificates above a key's own, in the order given; self-signed ones are left out (roots are pinned)."""
    return tuple(item.public_bytes(Encoding.DER) for item in certificates(table, key) if item.subject != item.issuer)


def image(table: Table, key: str, colour: str, clause: str) -> bytes | None:
    """A PNG with transparency; a warning where it is not of ``colour`` ("red", "blue") as the clause asks."""
    data = table.file(key)
    if data is None:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                table.fault(key, f"ảnh quá lớn / too many pixels: {opened.width} × {opened.height}")
                return None
            if "A" not in opened.getbands() and "transparency" not in opened.info:
                table.fault(key, f"ảnh PNG không có nền trong suốt / a PNG without transparency ({clause})")
                return None
            pixels = opened.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as trouble:  # what Pillow raises for damaged files
        table.fault(key, f"không phải ảnh PNG / no PNG image ({clause}): {_short(trouble)}")
        return None
    _look(table, key, pixels, colour, clause)
    return data


def _look(table: Table, key: str, pixels: Image.Image, colour: str, clause: str) -> None:
    """Weigh the colours of what can be seen; grey says neither."""
    pixels.thumbnail((200, 200))
    raw = pixels.tobytes()
    seen = [raw[i : i + 3] for i in range(0, len(raw), 4) if raw[i + 3] > 64]
    if not seen:
        table.fault(key, "ảnh không có gì để thấy / nothing can be seen in the image")
        return
    red, green, blue = (sum(parts) / len(seen) for parts in zip(*seen, strict=True))
    fits = red > green + 30 and red > blue + 30 if colour == "red" else blue > red + 30 and blue >= green
    if not fits:
        vi = "đỏ" if colour == "red" else "xanh"
        table.warn(key, f"ảnh không phải màu {vi} / the image is not {colour} ({clause})")


def _short(trouble: Exception) -> str:
    return str(trouble).splitlines()[0][:120] if str(trouble) else type(trouble).__name__


def trust(table: Table) -> tuple[Path, ...]:
    """Pinned roots, ``trust``; every file and folder must be there, and every file a certificate."""
    before = len(table.notes.faults)
    paths = tuple(table.folder / name for name in table.texts("trust"))
    if not paths and len(table.notes.faults) == before:
        table.fault("trust", "cần ít nhất một chứng thư gốc / at least one root certificate is wanted")
    for path in paths:
        if path.is_dir():
            table.notes.files += sorted(each for each in path.iterdir() if each.is_file())
            continue
        data = read_file(table, "trust", path)
        if data is None:
            continue
        try:
            found = (
                x509.load_pem_x509_certificates(data)
                if b"-----BEGIN" in data
                else [x509.load_der_x509_certificate(data)]
            )
        except ValueError:
            table.fault("trust", f"không phải chứng thư số / is no certificate: {path}")
            continue
        for item in found:
            if item.subject != item.issuer:
                table.warn("trust", f"{path}: “{item.subject.rfc4514_string()}” không phải chứng thư gốc / is no root")
    return paths
