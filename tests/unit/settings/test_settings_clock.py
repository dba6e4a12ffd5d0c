"""``[clock]``: what it says, every fault of it at once, and that without it nobody vouches for time."""

from datetime import timedelta
from pathlib import Path

import pytest

from signer.settings.clock import needs_clock
from signer.settings.table import Notes, Table
from signer.tsa.sources import ClockSettings, Source, Way
from tests.support.settings_files import SERVICE, faults, read


def said(text: str) -> str:
    return f"{SERVICE}\n[clock]\n{text}"


def test_without_a_table_there_is_no_clock(folder: Path) -> None:
    assert read(folder).clock is None


def test_what_stands_when_only_the_sources_are_named(folder: Path) -> None:
    settings = read(folder, service=said('sources = ["chrony"]'))
    assert settings.clock == ClockSettings((Source("chrony", Way.CHRONY, "127.0.0.1", 323),))
    assert settings.clock.accuracy == timedelta(seconds=1)
    assert settings.warnings == ()


def test_all_of_it(folder: Path) -> None:
    clock = read(
        folder,
        service=said(
            'sources = ["ntp://time.btc.vn", "ntp://10.0.0.5:1123", "ntp://[fd00::5]",'
            ' "chrony:///run/chrony/chronyd.sock", "chrony://[::1]:1323"]\n'
            "accuracy_ms = 100\nvalid_seconds = 60\ninterval_seconds = 16.5\ntimeout_seconds = 1"
        ),
    ).clock
    assert clock is not None
    assert [(each.way.value, each.host, each.port, each.path) for each in clock.sources] == [
        ("ntp", "time.btc.vn", 123, ""),
        ("ntp", "10.0.0.5", 1123, ""),
        ("ntp", "fd00::5", 123, ""),
        ("chrony", "", 0, "/run/chrony/chronyd.sock"),
        ("chrony", "::1", 1323, ""),
    ]
    assert (clock.accuracy, clock.valid, clock.interval, clock.timeout) == (timedelta(seconds=0.1), 60, 16.5, 1)
    assert clock.quorum == 3


@pytest.mark.parametrize(
    "source",
    [
        "time.btc.vn",
        "http://time.btc.vn",
        "ntp://",
        "ntp://time.btc.vn/x",
        "ntp://time.btc.vn:0",
        "ntp://time.btc.vn:99999",
        "ntp://time.btc.vn:x",
        "ntp://u:hunter2@time.btc.vn",
        "ntp://time btc",
        "ntp://[::1",
        "chrony://10.0.0.5",
        "chrony://time.btc.vn",
        "chrony://",
        "Local",
        "ntp://" + "x" * 300,
    ],
)
def test_what_is_no_source(folder: Path, source: str) -> None:
    (fault,) = faults(folder, service=said(f'sources = ["{source}", "chrony"]'))
    assert "[clock] sources: " in fault
    assert "is no source" in fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "[clock] sources: thiếu"),
        ("sources = []", "[clock] sources: cần ít nhất một nguồn giờ"),
        ('sources = ["chrony", "chrony://127.0.0.1:323"]', "named twice"),
        ('sources = ["ntp://A.vn", "ntp://a.vn:123"]', "named twice"),
        ('sources = ["local", "chrony"]', "“local” chỉ đứng một mình"),
        (f"sources = [{', '.join(f'{chr(34)}ntp://s{n}.vn{chr(34)}' for n in range(17))}]", "at most 16"),
        ('sources = ["chrony"]\naccuracy_ms = 0', "[clock] accuracy_ms: 0 nằm ngoài khoảng"),
        ('sources = ["chrony"]\nvalid_seconds = 30', "[clock] valid_seconds: phải dài hơn"),
        ('sources = ["chrony"]\naccuracy_ms = 10', "drift in valid_seconds"),
        ('sources = ["chrony"]\nvalidity = 30', "[clock] validity: khóa không được biết"),
    ],
)
def test_faults(folder: Path, text: str, fault: str) -> None:
    (found,) = faults(folder, service=said(text))
    assert fault in found


def test_all_faults_at_once(folder: Path) -> None:
    found = faults(folder, service=said('sources = ["x", "y"]\naccuracy_ms = 0\ninterval_seconds = 0\nz = 1'))
    assert len(found) == 5


@pytest.mark.parametrize(
    ("sources", "warning"),
    [
        ('["local"]', "nobody checks the computer's clock"),
        ('["ntp://a.vn", "ntp://b.vn"]', "of three, one may be wrong"),
    ],
)
def test_warnings(folder: Path, sources: str, warning: str) -> None:
    (line,) = read(folder, service=said(f"sources = {sources}")).warnings
    assert warning in line


def test_who_vouches_for_time_is_told_what_is_missing(tmp_path: Path) -> None:
    notes = Notes()
    table = Table("service.toml: [tsa] ", {}, notes, tmp_path)
    needs_clock(table, ClockSettings(()))
    assert notes.faults == []
    needs_clock(table, None)
    (fault,) = notes.faults
    assert fault.startswith("service.toml: [tsa] clock: cần bảng [clock]")
    assert "a table [clock] is needed" in fault
