"""``[fetch]``: what it says, every fault of it at once, and a password that nobody sees."""

from pathlib import Path

import pytest

from signer.revocation.way import Way
from signer.settings import SettingsFaults
from tests.support.settings_files import SERVICE, faults, read


@pytest.fixture
def login(folder: Path) -> Path:
    path = folder / "login.txt"
    path.write_text("antin:hunter2\n")
    path.chmod(0o600)
    return path


def test_without_a_table_everything_is_fetched_directly(folder: Path) -> None:
    assert read(folder).fetch == Way()


def test_all_of_it(folder: Path, login: Path) -> None:
    settings = read(
        folder,
        service=SERVICE
        + """
        [fetch]
        proxy = "http://proxy.btc.vn:3128/"
        proxy_password = "file:login.txt"
        hosts = { "ocsp.ca.ptc" = "10.0.0.5:8080", "CRL.ca.ptc" = "10.0.0.6", v6 = "[::1]:80" }
        direct = ["Local.vn"]
        crls = ["http://crl.ca.ptc/a.crl"]
        ocsp = false
        timeout_seconds = 2.5
        max_mb = 3
        """,
    )
    way = settings.fetch
    assert (way.proxy, way.seconds, way.max_bytes, way.ocsp) == ("http://proxy.btc.vn:3128", 2.5, 3_000_000, False)
    assert way.hosts == {"ocsp.ca.ptc": "10.0.0.5:8080", "crl.ca.ptc": "10.0.0.6", "v6": "[::1]:80"}
    assert (way.direct, way.crls) == (frozenset({"local.vn"}), ("http://crl.ca.ptc/a.crl",))
    assert way.login is not None
    assert way.login.read().reveal() == "antin:hunter2"
    assert "hunter2" not in repr(settings)
    assert login not in settings.files  # nor in a backup


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('proxy = "proxy:3128"', "[fetch] proxy: cần viết http://máy:cổng"),
        ('proxy = "http://proxy"', "[fetch] proxy: cần viết"),
        ('proxy = "http://proxy:99999"', "[fetch] proxy: cần viết"),
        ('proxy = "https://proxy:3128"', "[fetch] proxy: cần viết"),
        ('proxy = "http://u:hunter2@proxy:3128"', "[fetch] proxy: tài khoản của proxy không ghi ở đây"),
        ('proxy = "http://p:1"\nproxy_password = "u:hunter2"', "proxy_password: chỉ viết / write"),
        ('proxy = "http://p:1"\nproxy_password = "file:away"', "proxy_password: không đọc được tệp mật khẩu proxy"),
        ('proxy = "http://p:1"\nproxy_password = "file:root.pem"', "proxy_password: tệp mật khẩu proxy"),
        ('proxy_password = "file:login.txt"', "proxy_password: không có proxy để dùng"),
        ('hosts = "x"', "[fetch] hosts: sai kiểu"),
        ('hosts = { ocsp.ca = "10.0.0.5" }', "ocsp: sai kiểu"),
        ('hosts = { "a b" = "10.0.0.5" }', "a b: không phải tên máy"),
        ('hosts = { "a" = "10.0.0.5:0" }', "a: “10.0.0.5:0” không phải địa chỉ:cổng"),
        ('hosts = { "a" = "http://10.0.0.5/" }', "a: “http://10.0.0.5/” không phải"),
        ('direct = ["a/b"]', "direct: “a/b” không phải tên máy"),
        ('crls = ["ldap://ca/x"]', "crls: chỉ nhận địa chỉ http://"),
        ('crls = ["http://u:hunter2@ca/x"]', "crls: chỉ nhận địa chỉ http://"),
        ("timeout_seconds = 0", "timeout_seconds: 0 nằm ngoài khoảng"),
        ("max_mb = 65", "max_mb: 65 nằm ngoài khoảng"),
        ("ocsp = 1", "ocsp: sai kiểu"),
        ("follow = true", "[fetch] follow: khóa không được biết"),
    ],
)
@pytest.mark.usefixtures("login")
def test_a_fault_is_one_line_and_quotes_no_secret(folder: Path, said: str, fault: str) -> None:
    (folder / "root.pem").chmod(0o644)
    lines = faults(folder, service=f"{SERVICE}[fetch]\n{said}\n")
    assert len(lines) == 1
    assert lines[0].startswith("service.toml: [fetch] ")
    assert fault in lines[0]
    assert "hunter2" not in lines[0]


def test_all_faults_at_once_and_their_keys_for_machines(folder: Path) -> None:
    said = '[fetch]\nproxy = "x"\nmax_mb = 0\nhosts = { "ocsp.ca.ptc" = "?" }\n'
    told = SettingsFaults(faults(folder, service=SERVICE + said)).as_dicts()
    assert {each["key"] for each in told} == {"[fetch] proxy", "[fetch] max_mb", "[fetch] [hosts] ocsp.ca.ptc"}
