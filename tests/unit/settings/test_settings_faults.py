"""Every fault of the settings is one line that names file and key; no secret is quoted."""

import io
from pathlib import Path

import pytest
from PIL import Image

from signer.settings import SettingsFaults, load_settings
from tests.support.settings_files import KEYS, SERVICE, faults, png, read


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
        ('kind = "server"', 'kind = "server"\nstay_logged_in = 5', "stay_logged_in: chỉ dùng cho thiết bị của cá nhân"),
        ('kind = "person"', 'kind = "person"\nstay_logged_in = 61', "stay_logged_in: 61"),
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


@pytest.mark.parametrize("pin", ["87654321", "file: ", "env:12345678", "credential:12345678", "fd:3", "prompt:PIN"])
def test_a_pin_put_in_place_of_its_source_is_never_quoted(folder: Path, pin: str) -> None:
    lines = faults(folder, KEYS.replace("file:pin.txt", pin, 1))
    assert len(lines) == 1
    assert "never the PIN itself" in lines[0]
    assert pin not in lines[0]


def test_a_pin_file_open_to_others_is_a_fault(folder: Path) -> None:
    (folder / "pin.txt").chmod(0o644)
    assert "chmod 600" in faults(folder)[0]


def test_a_credential_is_systemds_to_give(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KEYS.replace("file:pin.txt", "credential:pin_btc", 1)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert "only under systemd: credential:pin_btc" in read(folder, keys).warnings[0]
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert read(folder, keys).warnings == ()


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
