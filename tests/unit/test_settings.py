"""Settings: what is right becomes frozen values, what is wrong becomes one line each, all at once."""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from PIL import Image

from hsm.uri import KeyRef
from policies.load import among, rulesets
from signer.keys import TokenKind
from signer.model import AttachmentStyle, KeyHolder, NumberedBy, PeriodKind, SignatureRole
from signer.settings import Limits, Settings, SettingsFaults, load_settings

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


@pytest.fixture(scope="module")
def pems() -> dict[str, bytes]:
    rsa_key = rsa.generate_private_key(65537, 2048)
    root = certificate(rsa_key, "Root")
    sub = certificate(rsa_key, "Sub")
    return {
        "root.pem": root,
        "chain.pem": sub + root,
        "rsa.pem": certificate(rsa_key, "BTC", "Sub"),
        "ec.pem": certificate(ec.generate_private_key(ec.SECP256R1()), "An", "Sub"),
    }


@pytest.fixture
def folder(tmp_path: Path, pems: dict[str, bytes]) -> Path:
    for name, data in pems.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "seal.png").write_bytes(png((200, 20, 20, 255)))
    (tmp_path / "signature.png").write_bytes(png((20, 40, 160, 255)))
    (tmp_path / "module.so").write_bytes(b"")
    (tmp_path / "pin.txt").write_text("12345678")
    (tmp_path / "pin.txt").chmod(0o600)
    return tmp_path


def read(folder: Path, keys: str = KEYS, service: str = SERVICE) -> Settings:
    (folder / "service.toml").write_text(service, encoding="utf-8")
    (folder / "keys.toml").write_text(keys, encoding="utf-8")
    return load_settings(folder / "service.toml")


def faults(folder: Path, keys: str = KEYS, service: str = SERVICE) -> tuple[str, ...]:
    with pytest.raises(SettingsFaults) as refusal:
        read(folder, keys, service)
    return refusal.value.faults


def test_defaults_and_paths_are_relative_to_the_settings(folder: Path) -> None:
    settings = read(folder)
    assert (settings.listen, settings.host, settings.port) == ("127.0.0.1:8080", "127.0.0.1", 8080)
    assert settings.store == f"sqlite:///{folder}/antin.db"
    assert settings.blobs == folder / "blobs"
    assert settings.trust == (folder / "root.pem",)
    assert settings.revocation == folder / "revocation"
    assert settings.limits == Limits(50, 2000, 30.0, 50, 50)
    assert settings.rules == rulesets()
    assert settings.days_back == 0
    assert settings.warnings == ()


def test_the_service_file_says_how_the_service_runs(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "k.toml").write_text("", encoding="utf-8")
    settings = read(
        folder,
        service="""
        listen = "[::1]:9000"
        workers = 3
        threads = 5
        store = "postgresql+psycopg://antin:hunter2@db/antin"
        blobs = "/var/lib/antin"
        trust = ["root.pem"]
        revocation = "rev"
        keys = "sub/k.toml"
        [limits]
        upload_mb = 10
        pages = 100
        seconds = 2.5
        attachments = 200
        exchange_mb = 20
        [issue]
        days_back = 3
        """,
    )
    assert (settings.host, settings.port, settings.workers, settings.threads) == ("::1", 9000, 3, 5)
    assert settings.blobs == Path("/var/lib/antin")
    assert settings.limits == Limits(10, 100, 2.5, 200, 20)
    assert settings.days_back == 3
    assert settings.keys == ()
    assert "hunter2" not in repr(settings)


CALENDAR = """
id = "lich-2027"
version = "1"
title = "Lịch nghỉ năm 2027"
since = 2027-01-01
until = 2027-12-31
amends = ["practice"]
[calendar]
holidays = { value = [2027-02-05] }
"""


def test_an_operators_own_instruments_are_rules_beside_those_of_the_package(folder: Path) -> None:
    (folder / "lich-2027.toml").write_text(CALENDAR, encoding="utf-8")
    rules = read(folder, service=SERVICE + 'rules = ["lich-2027.toml"]').rules
    assert among(rules, date(2027, 2, 5)).calendar.holidays.value == (date(2027, 2, 5),)
    assert among(rules, date(2026, 12, 31)).calendar == among(rulesets(), date(2026, 12, 31)).calendar


def test_all_faults_of_an_operators_instruments_are_told_at_once(folder: Path) -> None:
    (folder / "one.toml").write_text(CALENDAR.replace("[2027-02-05]", '["Tết"]'), encoding="utf-8")
    (folder / "two.toml").write_text(CALENDAR.replace("holidays", "feasts") + "[moon]\n", encoding="utf-8")
    lines = faults(folder, service=SERVICE + 'rules = ["one.toml", "two.toml"]\nworkers = 0')
    assert [line.partition(": ")[2] for line in lines if ": rules: " in line] == [
        "rules: one.toml: calendar.holidays: date wanted, not 'Tết'",
        "rules: two.toml: calendar.feasts: unknown key",
        "rules: two.toml: unknown key 'moon'",
    ]
    assert len(lines) == 4


def test_how_attachments_are_marked_is_said_for_each_organisation(folder: Path) -> None:
    assert read(folder).office.organisations["btc"].attachment_style is AttachmentStyle.MARK
    filled = KEYS.replace("seal_diameter_mm = 36", 'seal_diameter_mm = 36\nattachment_style = "filled"', 1)
    organisations = read(folder, filled).office.organisations
    assert organisations["btc"].attachment_style is AttachmentStyle.FILLED
    assert organisations["btc-old"].attachment_style is AttachmentStyle.MARK
    lines = faults(folder, filled.replace('"filled"', '"stapled"'))
    assert "attachment_style: không có “stapled” / unknown; known: mark, filled" in lines[0]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:///var/antin.db", "sqlite:///{}/var/antin.db"),
        ("sqlite+pysqlite:///a.db?timeout=5", "sqlite+pysqlite:///{}/a.db?timeout=5"),
        ("sqlite:////srv/antin.db", "sqlite:////srv/antin.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_an_sqlite_file_lies_beside_the_settings(folder: Path, given: str, meant: str) -> None:
    assert read(folder, service=f'{SERVICE}\nstore = "{given}"').store == meant.format(folder)


def test_the_office_is_read_as_data(folder: Path) -> None:
    office = read(folder).office
    era = office.organisations["btc"].on(date(2026, 1, 1))
    assert era is not None
    assert (era.name, era.code, era.place, era.basis) == ("Bộ Tài chính", "G12", "Hà Nội", "NQ 176/2025/QH15")
    assert office.organisations["btc"].successor_of == ("btc-old",)
    assert office.organisations["btc"].seal_image is not None
    assert office.organisations["btc-old"].on(date(2025, 3, 1)) is None
    assert office.issuers["BTC"].agency_key == "btc.seal"
    assert office.series[0].types == ("QĐ", None)
    assert office.series[1].period is PeriodKind.TERM
    assert office.series[1].numbered_by is NumberedBy.CALLER
    assert office.delegations[0].types == ("QĐ", None)
    assert office.delegations[0].period.until == date(2026, 12, 31)
    assert office.custody[0].person == "an.nv"
    assert office.persons["an.nv"].name == "Nguyễn Văn An"


def test_keys_come_with_certificate_chain_and_image(folder: Path, pems: dict[str, bytes]) -> None:
    settings = read(folder)
    seal, an = settings.keys
    assert seal.info.holder is KeyHolder.ORGANISATION
    assert seal.info.certificate == x509.load_pem_x509_certificate(pems["rsa.pem"]).public_bytes(
        serialization.Encoding.DER
    )
    assert len(seal.info.chain) == 1, "the root is pinned elsewhere and left out"
    assert an.ref == KeyRef("Nguyen Van An", id=b"\x01")
    assert an.info.roles == (SignatureRole.LEADER, SignatureRole.INITIAL)
    assert an.info.algorithm == "ecdsa-sha256"
    assert an.info.image == (folder / "signature.png").read_bytes()
    assert [token.kind for token in settings.tokens] == [TokenKind.SERVER, TokenKind.PERSON]
    assert settings.tokens[0].pin is not None
    assert settings.modules[0].path == folder / "module.so"


def test_a_chain_may_be_one_file_or_several(folder: Path, pems: dict[str, bytes]) -> None:
    (folder / "sub.der").write_bytes(
        x509.load_pem_x509_certificate(pems["chain.pem"]).public_bytes(serialization.Encoding.DER)
    )
    for chain in ('["sub.der", "root.pem"]', '"chain.pem"'):
        other = read(folder, KEYS.replace('["chain.pem"]', chain, 1))
        assert other.keys[0].info.chain == read(folder).keys[0].info.chain


def test_no_secret_is_in_any_repr(folder: Path) -> None:
    settings = read(folder)
    shown = repr(settings) + repr(settings.tokens) + repr(settings.keys)
    assert "12345678" not in shown
    assert "BEGIN" not in shown


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('path = "module.so"', 'path = "away.so"', "[[module]] 1 (softhsm): path: không có tệp / no such file"),
        ('module = "softhsm"', 'module = "other"', "[[token]] 1 (btc): module: chưa khai báo “other”"),
        ('pin = "file:pin.txt"', "", "[[token]] 1 (btc): pin: thiết bị của cơ quan cần nguồn PIN"),
        ('pin = "file:pin.txt"', 'pin = "file:away.txt"', "[[token]] 1 (btc): pin: không đọc được tệp PIN"),
        (
            'kind = "person"',
            'kind = "person"\npin = "env:PIN"',
            "[[token]] 2 (an): pin: mã PIN của cá nhân không ghi",
        ),
        (
            'kind = "person"',
            'kind = "phone"',
            "[[token]] 2 (an): kind: không có “phone” / unknown; known: server, person",
        ),
        ('label = "Nguyen Van An"', 'label = "An"', "[[key]] 2 (an.nv): uri: token=Nguyen Van An"),
        ("id=%01", "id=%01;serial=9", "[[key]] 2 (an.nv): uri: serial=9"),
        ("id=%01", "id=%01?pin-value=1234", "[[key]] 2 (an.nv): uri: không phải URI theo RFC 7512"),
        ('token = "an"', 'token = "btc"', "[[key]] 2 (an.nv): token: khóa của cá nhân không đặt trên"),
        ('owner = "an.nv"', 'owner = "binh"', "[[key]] 2 (an.nv): owner: chưa khai báo “binh”"),
        ('owner = "btc"', 'owner = "vpcp"', "[[key]] 1 (btc.seal): owner: chưa khai báo “vpcp”"),
        ('owner = "btc"', 'owner = "btc-old"', "[[key]] 1 (btc.seal): issuers: BTC thuộc / belongs to “btc”"),
        ('roles = ["agency"]', 'roles = ["leader"]', "roles: khóa của cơ quan không ký thay cá nhân"),
        ('roles = ["agency"]', 'roles = ["leader"]', "agency_key: khóa “btc.seal” không có vai trò"),
        ('roles = ["leader", "initial"]', 'roles = ["agency"]', "roles: khóa của cá nhân không ký thay cơ quan"),
        ('roles = ["leader", "initial"]', 'roles = ["boss"]', "roles: chưa khai báo “boss”"),
        (
            'issuers = ["BTC"]\nroles = ["agency"]',
            'issuers = []\nroles = ["agency"]',
            "agency_key: khóa “btc.seal” không dùng",
        ),
        ('agency_key = "btc.seal"', 'agency_key = "x"', "agency_key: chưa khai báo khóa “x”"),
        (
            'agency_key = "btc.seal"',
            'agency_key = "btc.seal"\nclerk_keys = ["an.nv"]',
            "clerk_keys: khóa “an.nv” không có vai trò",
        ),
        ("seal_diameter_mm = 36", "clerk_signature = true", "clerk_keys: btc đòi chữ ký của văn thư"),
        ("seal_diameter_mm = 36", "seal_diameter_mm = 360", "seal_diameter_mm: 360 nằm ngoài khoảng"),
        (
            'successor_of = ["btc-old"]',
            'successor_of = ["x"]',
            "[[organisation]] 1 (btc): successor_of: chưa khai báo “x”",
        ),
        ('code = "G12"', 'code = "g12"', "[[organisation]] 1 (btc): [[era]] 1 (g12): code: mã định danh"),
        (
            "until = 2025-02-28",
            'until = 2025-02-28\n[[organisation.era]]\nname = "B"\nfrom = 2025-02-28',
            "chồng nhau",
        ),
        (
            '[[organisation.era]]\nname = "Bộ Kế hoạch và Đầu tư"\nuntil = 2025-02-28',
            "",
            "era: thiếu [[organisation.era]]",
        ),
        ('organisation = "btc"', 'organisation = "x"', "[[issuer]] 1 (BTC): organisation: chưa khai báo “x”"),
        (
            'types = ["QĐ", "-"]\nperiod',
            'types = ["QD"]\nperiod',
            "[[series]] 1 (btc-qd): types: chưa khai báo “QD”",
        ),
        ('types = ["QĐ", "-"]\nperiod', "period", "[[series]] 2 (btc-all): types: trùng với hệ thống số"),
        ('id = "btc-all"', 'id = "btc-qd"', "[[series]] 2 (btc-qd): id: “btc-qd” được khai báo hai lần"),
        ('term = "2026-2031"', "", "[[series]] 2 (btc-all): term: hệ thống số theo nhiệm kỳ"),
        ("first = 5", "first = 100000", "widest: 99999 nhỏ hơn số đầu"),
        ('numbered_by = "caller"', 'numbered_by = "me"', "numbered_by: không có “me”"),
        ('issuer = "BTC"', 'issuer = "VPCP"', "[[delegation]] 1 (an.nv): issuer: chưa khai báo “VPCP”"),
        ('capacity = ["KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"]', "capacity = []", "capacity: phải ghi quyền hạn, chức vụ"),
        ("until = 2026-12-31", "until = 2025-12-31", "until: 2025-12-31 trước ngày bắt đầu"),
        ("until = 2026-12-31", 'until = "2026-12-31"', "until: sai kiểu"),
        ("until = 2026-12-31", "until = 2026-12-31T00:00:00", "until: cần ngày, không có giờ"),
        ('key = "btc.seal"\nperson', 'key = "x"\nperson', "[[custody]] (x): key: chưa khai báo"),
        ('key = "btc.seal"\nperson', 'key = "an.nv"\nperson', "[[custody]] (an.nv): key: chỉ khóa của cơ quan"),
        ('image = "signature.png"', 'image = "away.png"', "image: không đọc được tệp"),
        ('image = "signature.png"', 'image = "root.pem"', "image: không phải ảnh PNG"),
        ('certificate = "ec.pem"', 'certificate = "rsa.pem"', "[[key]] 2 (an.nv): certificate: khóa công khai"),
        ('certificate = "ec.pem"', 'certificate = "seal.png"', "certificate: không phải chứng thư số"),
        ('certificate = "ec.pem"', 'certificate = "chain.pem"', "certificate: có 2 chứng thư, cần đúng một"),
        ('chain = ["chain.pem"]', 'chain = ["chain.pem", "away.pem"]', "chain: không đọc được tệp"),
        ('chain = ["chain.pem"]', 'chain = ["seal.png"]', "chain: không phải chứng thư số"),
        ('chain = ["chain.pem"]', "chain = 5", "chain: sai kiểu"),
        ('certificate = "ec.pem"', "", "[[key]] 2 (an.nv): certificate: thiếu / is missing"),
        ('algorithm = "ecdsa-sha256"', 'algorithm = "md5"', "algorithm: không có “md5”"),
        ('name = "Nguyễn Văn An"', 'name = "  "', "name: không được để trống"),
        ('name = "Nguyễn Văn An"', "name = 5", "name: sai kiểu / wrong kind of value: a text wanted"),
        (
            'name = "Nguyễn Văn An"',
            'name = "A"\nnick = "B"',
            "[[person]] 1 (an.nv): nick: khóa không được biết / unknown key",
        ),
        ("[[module]]", "[module2]\n[[module]]", "keys.toml: module2: khóa không được biết"),
        ("[[person]]", "[person]", "keys.toml: person: "),
    ],
)
def test_a_fault_in_keys_is_one_line_that_names_file_and_key(folder: Path, old: str, new: str, fault: str) -> None:
    assert old in KEYS
    lines = faults(folder, KEYS.replace(old, new, 1))
    assert any(fault in line for line in lines), lines
    assert all(line.startswith("keys.toml: ") and "\n" not in line for line in lines)


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        ("", "service.toml: trust: thiếu / is missing"),
        ("trust = []", "service.toml: trust: cần ít nhất một chứng thư gốc"),
        ('trust = ["away.pem"]', "service.toml: trust: không đọc được tệp"),
        ('trust = ["seal.png"]', "service.toml: trust: không phải chứng thư số"),
        ('trust = ["root.pem", 5]', "service.toml: trust: cần danh sách chữ"),
        (SERVICE + 'listen = "8080"', "service.toml: listen: “8080” không phải địa chỉ:cổng"),
        (SERVICE + 'listen = "h:99999"', "service.toml: listen: "),
        (SERVICE + 'store = "antin.db"', "service.toml: store: không phải URL"),
        (SERVICE + "workers = 0", "service.toml: workers: 0 nằm ngoài khoảng"),
        (SERVICE + "workers = true", "service.toml: workers: sai kiểu"),
        (SERVICE + "colour = 1", "service.toml: colour: khóa không được biết"),
        (SERVICE + "[limits]\nseconds = 0", "service.toml: [limits] seconds: 0 nằm ngoài khoảng"),
        (SERVICE + "[limits]\nattachments = 201", "service.toml: [limits] attachments: 201 nằm ngoài khoảng"),
        (SERVICE + "[limits]\nattachments = 0", "service.toml: [limits] attachments: 0 nằm ngoài khoảng"),
        (SERVICE + "[limits]\nexchange_mb = 0", "service.toml: [limits] exchange_mb: 0 nằm ngoài khoảng"),
        (SERVICE + 'rules = "lich.toml"', "service.toml: rules: sai kiểu"),
        (SERVICE + 'rules = ["away.toml"]', "service.toml: rules: away.toml: "),
        (SERVICE + 'rules = ["root.pem"]', "service.toml: rules: root.pem: "),
        (SERVICE + 'rules = ["."]', "service.toml: rules: "),
        (SERVICE + "[limits]\nminutes = 1", "service.toml: [limits] minutes: khóa không được biết"),
        (SERVICE + "[issue]\ndays_back = 1000", "service.toml: [issue] days_back: 1000 nằm ngoài khoảng"),
        (SERVICE + "issue = 3", "service.toml: issue: sai kiểu"),
        (SERVICE + 'keys = "away.toml"', "away.toml: không đọc được / cannot be read"),
    ],
)
def test_a_fault_in_the_service_file_is_one_line(folder: Path, service: str, fault: str) -> None:
    lines = faults(folder, service=service)
    assert len(lines) == 1
    assert fault in lines[0]


def test_all_faults_of_both_files_are_told_at_once(folder: Path) -> None:
    keys = KEYS.replace('name = "Nguyễn Văn An"', "", 1).replace('image = "signature.png"', 'image = "x.png"', 1)
    lines = faults(folder, keys, SERVICE + 'listen = "x"\nspeed = 1')
    assert len(lines) == 4
    assert {line.partition(":")[0] for line in lines} == {"keys.toml", "service.toml"}


def test_a_file_that_is_away_or_no_toml_says_so(folder: Path) -> None:
    with pytest.raises(SettingsFaults, match=r"nowhere\.toml: không đọc được"):
        load_settings(folder / "nowhere.toml")
    assert "is no TOML" in faults(folder, service="listen = ")[0]
    assert "is no TOML" in faults(folder, keys="[[")[0]


@pytest.mark.parametrize("pin", ["87654321", "file: ", "env:12345678", "fd:3", "prompt:PIN"])
def test_a_pin_put_in_place_of_its_source_is_never_quoted(folder: Path, pin: str) -> None:
    lines = faults(folder, KEYS.replace("file:pin.txt", pin, 1))
    assert len(lines) == 1
    assert "never the PIN itself" in lines[0]
    assert pin not in lines[0]


def test_a_pin_file_open_to_others_is_a_fault(folder: Path) -> None:
    (folder / "pin.txt").chmod(0o644)
    assert "chmod 600" in faults(folder)[0]


def test_a_pin_variable_that_is_not_set_is_a_warning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KEYS.replace("file:pin.txt", "env:ANTIN_TEST_PIN", 1)
    monkeypatch.delenv("ANTIN_TEST_PIN", raising=False)
    assert "the environment has no ANTIN_TEST_PIN" in read(folder, keys).warnings[0]
    monkeypatch.setenv("ANTIN_TEST_PIN", "1234")
    assert read(folder, keys).warnings == ()


@pytest.mark.parametrize(
    ("file", "data", "fault"),
    [
        (
            "seal.png",
            png((200, 20, 20, 255), "RGB"),
            "[[organisation]] 1 (btc): seal_image: ảnh PNG không có nền trong suốt",
        ),
        ("seal.png", png((200, 20, 20, 0)), "seal_image: ảnh không có gì để thấy"),
        ("signature.png", png((0, 0, 200, 255), "RGB", "JPEG"), "[[key]] 2 (an.nv): image: không phải ảnh PNG"),
        ("signature.png", png((0, 0, 200, 255))[:60], "image: không phải ảnh PNG"),
    ],
)
def test_an_image_that_cannot_be_used_is_a_fault(folder: Path, file: str, data: bytes, fault: str) -> None:
    (folder / file).write_bytes(data)
    assert fault in faults(folder)[0]


def test_an_image_of_too_many_pixels_is_a_fault(folder: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (2001, 2000), (0, 0, 200, 255)).save(out, "PNG")
    (folder / "signature.png").write_bytes(out.getvalue())
    assert "ảnh quá lớn" in faults(folder)[0]


def test_a_seal_that_is_not_red_and_a_signature_that_is_not_blue_are_warnings(folder: Path) -> None:
    (folder / "seal.png").write_bytes(png((20, 20, 200, 255)))
    (folder / "signature.png").write_bytes(png((20, 20, 20, 255)))
    warnings = read(folder).warnings
    assert "seal_image: ảnh không phải màu đỏ" in warnings[0]
    assert "image: ảnh không phải màu xanh" in warnings[1]


def test_an_issuer_without_a_seal_is_a_warning(folder: Path) -> None:
    assert "chưa có hình dấu" in read(folder, KEYS.replace('seal_image = "seal.png"', "", 1)).warnings[0]


def test_an_anchor_that_is_no_root_is_a_warning(folder: Path) -> None:
    assert "CN=Sub" in read(folder, service='trust = ["chain.pem"]').warnings[0]


def test_a_folder_of_roots_is_accepted(folder: Path) -> None:
    assert read(folder, service='trust = ["."]').trust == (folder,)


def test_a_series_for_some_types_may_stand_beside_one_for_all(folder: Path) -> None:
    assert len(read(folder).office.series) == 2


def test_a_series_may_follow_another_of_the_same_type(folder: Path) -> None:
    keys = KEYS.replace('types = ["QĐ", "-"]\nperiod = "year"', 'period = "year"\nuntil = 2025-12-31', 1)
    assert len(read(folder, keys).office.series) == 2
