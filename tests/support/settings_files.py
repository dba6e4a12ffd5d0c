"""Settings files that are right, for tests to spoil: the texts, images, certificates, and reading them."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from PIL import Image

from signer.settings import Settings, SettingsFaults, load_settings

SERVICE = """
trust = ["root.pem"]
"""

KEYS = """
[[module]]
name = "softhsm"
path = "module.so"

[[token]]
name = "btc"
module = "softhsm"
label = "BTC"
kind = "server"
pin = "file:pin.txt"

[[token]]
name = "an"
module = "softhsm"
label = "Nguyen Van An"
serial = "0123"
kind = "person"

[[organisation]]
id = "btc"
seal_image = "seal.png"
seal_diameter_mm = 36
successor_of = ["btc-old"]
[[organisation.era]]
name = "Bộ Tài chính"
from = 2025-03-01
code = "G12"
parent = "Chính phủ"
place = "Hà Nội"
basis = "NQ 176/2025/QH15"

[[organisation]]
id = "btc-old"
[[organisation.era]]
name = "Bộ Kế hoạch và Đầu tư"
until = 2025-02-28

[[person]]
id = "an.nv"
name = "Nguyễn Văn An"

[[issuer]]
code = "BTC"
name = "Bộ Tài chính"
symbol = "BTC"
organisation = "btc"
agency_key = "btc.seal"

[[key]]
name = "btc.seal"
uri = "pkcs11:token=BTC;object=seal"
token = "btc"
holder = "organisation"
owner = "btc"
issuers = ["BTC"]
roles = ["agency"]
certificate = "rsa.pem"
chain = ["chain.pem"]

[[key]]
name = "an.nv"
uri = "pkcs11:token=Nguyen%20Van%20An;id=%01"
token = "an"
holder = "person"
owner = "an.nv"
issuers = ["BTC"]
roles = ["leader", "initial"]
algorithm = "ecdsa-sha256"
certificate = "ec.pem"
image = "signature.png"

[[series]]
id = "btc-qd"
issuers = ["BTC"]
types = ["QĐ", "-"]
period = "year"

[[series]]
id = "btc-all"
issuers = ["BTC"]
period = "term"
term = "2026-2031"
first = 5
widest = 99999
numbered_by = "caller"
from = 2026-01-01

[[delegation]]
person = "an.nv"
issuer = "BTC"
capacity = ["KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"]
types = ["QĐ", "-"]
from = 2026-01-01
until = 2026-12-31
basis = "QĐ 01/QĐ-BTC"

[[custody]]
key = "btc.seal"
person = "an.nv"
from = 2026-01-01
basis = "Văn bản cho phép 01"
minutes = "Biên bản 01"
"""


def png(colour: tuple[int, int, int, int], mode: str = "RGBA", file: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (40, 20), colour[: len(mode)]).save(out, file)
    return out.getvalue()


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str, issuer: str = "Root") -> bytes:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    subject, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer))
    built = x509.CertificateBuilder(by, subject, key.public_key(), 7, now, now + timedelta(days=365)).sign(
        key, hashes.SHA256()
    )
    return built.public_bytes(serialization.Encoding.PEM)


def read(folder: Path, keys: str = KEYS, service: str = SERVICE) -> Settings:
    (folder / "service.toml").write_text(service, encoding="utf-8")
    (folder / "keys.toml").write_text(keys, encoding="utf-8")
    return load_settings(folder / "service.toml")


def faults(folder: Path, keys: str = KEYS, service: str = SERVICE) -> tuple[str, ...]:
    with pytest.raises(SettingsFaults) as refusal:
        read(folder, keys, service)
    return refusal.value.faults
