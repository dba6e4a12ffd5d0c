"""The clock of a running service: every worker measures after the fork, and its operator sees how it is."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.ntp_server import Fake, chronyd, serving

from .conftest import Service, Shell, eventually
from .test_api_observed import lines, measured, workers

UNTIL = "antin_clock_good_until_timestamp_seconds"
QUICK = "valid_seconds = 3\ninterval_seconds = 0.4\ntimeout_seconds = 0.4"


def with_clock(config: Path, clock: str) -> None:
    """The settings with another ``[clock]``, "" for none: then without ``[tsa]`` too, which needs it."""
    tables = "clock" if clock else "clock|tsa"
    text = re.sub(rf"(?ms)^\[(?:{tables})\]\n.*?(?=^\[|\Z)", "", config.read_text("utf-8"))
    config.write_text(f"{text}\n[clock]\n{clock}\n" if clock else text, "utf-8")


def clock(service: Service) -> Any:
    return service.ask("operator", "GET", "/readyz").json().get("clock")


def test_a_service_sees_its_clock_go_and_come_back(own_service: Service):
    """Two workers, a server that begins to lie, falls silent, and is right again."""
    fake = Fake()
    with serving(fake):
        with_clock(own_service.provisioned.service, f'sources = ["{fake.name}"]\n{QUICK}')
        own_service.start()
        assert clock(own_service)["state"] == "good"  # from the first request on
        assert 0 < measured(own_service)[UNTIL] - time.time() <= 3
        assert measured(own_service)["antin_clock_bound_seconds"] < 0.5
        assert measured(own_service)[f"antin_clock_source_good source={fake.name}"] == 1
        fake.ahead = 30
        eventually(lambda: measured(own_service)[UNTIL] == 0 and clock(own_service)["state"] == "off")
        assert measured(own_service)["antin_clock_bound_seconds"] == pytest.approx(30, abs=1)
        fake.ahead = 0
        eventually(lambda: measured(own_service)[UNTIL] > time.time())
        fake.silent = True
        eventually(lambda: clock(own_service)["state"] == "expired" and measured(own_service)[UNTIL] == 0)
        assert own_service.ask("operator", "GET", "/readyz").ok  # who signs without a time-stamp needs no clock
        assert clock(own_service)["sources"][0]["state"] == "silent"
        eventually(lambda: measured(own_service)["antin_clock_troubles_total state=expired"] == 2)  # of each worker
        told = [each for each in lines(own_service) if each["logger"] == "signer.tsa.clock"]
        assert {each["pid"] for each in told} == set(workers(own_service))
        assert {"info", "error"} == {each["level"] for each in told}


def test_a_service_without_a_clock_says_nothing_of_one(own_service: Service):
    with_clock(own_service.provisioned.service, "")
    own_service.start()
    assert clock(own_service) is None
    assert not [name for name in measured(own_service) if "clock" in name]


def test_config_check_tells_how_the_clock_is(shell: Shell, tmp_path: Path):
    shell.antin("document", "list")
    shown = json.loads(shell.antin("config", "check", "--connect", "--json").stdout)
    assert shown["clock"]["state"] == "good"
    assert any("nobody checks the computer's clock" in line for line in shown["warnings"])  # the demonstration's
    assert "clock" not in json.loads(shell.antin("config", "check", "--json").stdout)

    config = shell.provisioned.folder / "service-clock.toml"
    config.write_text(shell.config.read_text("utf-8"), "utf-8")
    right, wrong = Fake(), Fake(ahead=9)
    with serving(right, wrong), chronyd(tmp_path / "c", "") as daemon:
        try:
            with_clock(config, f'sources = ["{right.name}"]')
            said = shell.antin("config", "check", "--connect", "--config", config).stdout
            assert "Đồng hồ: xác nhận được giờ, lệch nhiều nhất" in said
            assert f"  {right.name}: tốt, " in said
            with_clock(config, f'sources = ["{wrong.name}"]')
            said = shell.antin("config", "check", "--connect", "--config", config, check=3).stdout
            assert "Đồng hồ: LỆCH quá độ chính xác đã công bố, lệch nhiều nhất 9" in said
            with_clock(config, f'sources = ["{daemon.udp.name}"]')
            said = shell.antin("config", "check", "--connect", "--config", config, check=3).stdout
            assert "KHÔNG đo được" in said
            assert "tự báo chưa đồng bộ" in said
            with_clock(config, "")
            assert "Đồng hồ" not in shell.antin("config", "check", "--connect", "--config", config).stdout
        finally:
            config.unlink()
