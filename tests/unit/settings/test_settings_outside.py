"""``[tsa_outside]``: what it says, every fault of it at once, and a password that nobody sees."""

from datetime import date
from pathlib import Path

import pytest

from signer.model import Period
from signer.model.timestamp import CountsAs
from signer.settings import SettingsFaults
from signer.tsa.outside_spec import MOST_BYTES, Outside
from tests.support.settings_files import SERVICE, faults, read

ONE = '[[tsa_outside.authority]]\nname = "ptc"\nurl = "http://tsa.ca.gov.vn/"\ncounts_as = "government"\n'


@pytest.fixture
def login(folder: Path) -> Path:
    path = folder / "login.txt"
    path.write_text("antin:hunter2\n")
    path.chmod(0o600)
    return path


def test_without_a_table_nobody_is_asked(folder: Path) -> None:
    assert read(folder).outside == Outside()


def test_the_least(folder: Path) -> None:
    settings = read(folder, service=SERVICE + ONE)
    (one,) = settings.outside.authorities
    assert (one.name, one.url, one.counts_as) == ("ptc", "http://tsa.ca.gov.vn/", CountsAs.GOVERNMENT)
    assert (one.policy, one.policies, one.login, one.period) == ("", frozenset(), None, Period())
    assert one.trust == settings.trust
    assert (one.way.seconds, one.way.max_bytes, one.way.proxy) == (60.0, MOST_BYTES, "")
    assert (settings.outside.seconds, settings.outside.parallel) == (180.0, 4)


def test_all_of_it(folder: Path, login: Path) -> None:
    (folder / "tsa-root.pem").write_bytes((folder / "root.pem").read_bytes())
    settings = read(
        folder,
        service=SERVICE
        + """
        [fetch]
        proxy = "http://proxy.btc.vn:3128"
        hosts = { "tsa.ca.gov.vn" = "10.0.0.5" }
        max_mb = 3

        [tsa_outside]
        wait_seconds = 150
        parallel = 2
        [[tsa_outside.authority]]
        name = "ptc"
        url = "http://tsa.ca.gov.vn/"
        counts_as = "government"
        policy = "2.16.704.1.1.1.2"
        policies = ["2.16.704.1.1.1.2", "1.2.3"]
        timeout_seconds = 140
        trust = ["tsa-root.pem"]
        password = "file:login.txt"
        until = 2026-12-31
        [[tsa_outside.authority]]
        name = "ptc"
        url = "http://tsa.ca.gov.vn/"
        counts_as = "internal"
        from = 2027-01-01
        """,
    )
    said = settings.outside
    first, second = said.authorities
    assert (said.seconds, said.parallel) == (150.0, 2)
    assert (first.policy, first.policies) == ("2.16.704.1.1.1.2", frozenset({"2.16.704.1.1.1.2", "1.2.3"}))
    assert (first.way.seconds, first.way.proxy, first.way.hosts) == (
        140.0,
        "http://proxy.btc.vn:3128",
        {"tsa.ca.gov.vn": "10.0.0.5"},
    )
    assert first.way.max_bytes == MOST_BYTES
    assert "timeout_seconds" in first.way.seconds_key
    assert first.trust == (folder / "tsa-root.pem",)
    assert first.trust[0] in settings.files
    assert first.period == Period(until=date(2026, 12, 31))
    assert (second.counts_as, second.period, second.way.seconds) == (
        CountsAs.INTERNAL,
        Period(since=date(2027, 1, 1)),
        60.0,
    )
    assert first.login is not None
    assert first.login.read().reveal() == "antin:hunter2"
    assert "hunter2" not in repr(settings)
    assert login not in settings.files  # nor in a backup
    assert any("password: gửi qua http" in each for each in settings.warnings)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('url = "https://tsa/"', "url: chỉ nhận địa chỉ http://"),
        ('url = "http://u:hunter2@tsa/"', "url: chỉ nhận địa chỉ http://"),
        ('counts_as = "public"', "counts_as: không có “public”"),
        ('policy = "hunter"', "policy: “hunter” không phải OID"),
        ('policies = ["1.2", "1..2"]', "policies: “1..2” không phải OID"),
        ('policy = "1.2.3"\npolicies = ["1.2.4"]', "policy: không thuộc “policies”"),
        ('password = "hunter2"', "password: chỉ viết / write"),
        ('password = "file:away"', "password: không đọc được tệp mật khẩu"),
        ("timeout_seconds = 0", "timeout_seconds: 0 nằm ngoài khoảng"),
        ("timeout_seconds = 181", "timeout_seconds: dài hơn"),
        ("trust = []", "trust: cần ít nhất một chứng thư gốc"),
        ('trust = ["away.pem"]', "trust: không đọc được tệp"),
        ('trust = ["login.txt"]', "trust: không phải chứng thư số"),
        ("until = 2026-01-01\nfrom = 2026-02-01", "until: 2026-01-01 trước ngày bắt đầu"),
        ("nonce = false", "nonce: khóa không được biết"),
    ],
)
@pytest.mark.usefixtures("login")
def test_a_fault_is_one_line_and_quotes_no_secret(folder: Path, said: str, fault: str) -> None:
    key = said.partition(" ")[0]
    kept = "".join(line + "\n" for line in ONE.splitlines() if not line.startswith(f"{key} "))
    lines = faults(folder, service=f"{SERVICE}{kept}{said}\n")
    assert len(lines) == 1
    assert fault in lines[0]
    assert "hunter2" not in lines[0]
    name = "" if key == "name" else " (ptc)"
    assert SettingsFaults(lines).as_dicts()[0]["key"] == f"[tsa_outside] [[authority]] 1{name}: {key}"


def test_what_is_missing_and_what_is_there_twice(folder: Path) -> None:
    lines = faults(folder, service=f"{SERVICE}[[tsa_outside.authority]]\n{ONE}{ONE}[tsa_outside.x]\nseconds = 3\n")
    assert sum(line.endswith("thiếu / is missing") for line in lines) == 3
    assert any("authority: “ptc” khai hai lần" in line for line in lines)
    assert any("[tsa_outside] x: khóa không được biết" in line for line in lines)
    assert len(lines) == 5
