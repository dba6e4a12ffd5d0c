"""What an operator asks of the command line: settings with all their faults, and keys of callers that end."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from signer import storage
from signer.model import VIETNAM
from signer.settings import load_settings

from .conftest import Service, Shell

TODAY = datetime.now(VIETNAM).date()


@pytest.fixture
def faulty(shell: Shell) -> Iterator[Path]:
    """Settings with faults in both files: of the file's own keys, of tables in it, and unknown ones."""
    folder = shell.provisioned.folder
    keys = folder / "keys-faulty.toml"
    text = shell.provisioned.keys.read_text("utf-8")
    keys.write_text(re.sub(r'(?m)^kind = "server"$', 'kind = "serfer"', text, count=1), "utf-8")
    config = folder / "service-faulty.toml"
    text = re.sub(r"(?m)^keys = .*\n", "", shell.config.read_text("utf-8"))
    config.write_text('keys = "keys-faulty.toml"\nthread = 4\n' + text, "utf-8")
    yield config
    config.unlink()
    keys.unlink()


def test_every_fault_is_an_object_for_machines(shell: Shell, faulty: Path) -> None:
    done = shell.antin("config", "check", "--json", "--config", faulty, check=2)
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "settings-faulty"
    told = {(Path(each["file"]).name, each["key"]) for each in error["faults"]}
    assert ("service-faulty.toml", "thread") in told
    (kind,) = (key for file, key in told if file == "keys-faulty.toml" and key.endswith(": kind"))
    assert re.fullmatch(r"\[\[token\]\] \d+ \([\w.-]+\): kind", kind)
    assert all(each["message"] and each["file"] for each in error["faults"])
    assert len(done.stderr.splitlines()) == len(error["faults"])


def test_a_file_that_is_no_toml_is_a_fault_without_a_key(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("= 1")
    done = shell.antin("config", "check", "--json", "--config", tmp_path / "x.toml", check=2)
    (fault,) = json.loads(done.stdout)["error"]["faults"]
    assert (Path(fault["file"]).name, fault["key"], "TOML" in fault["message"]) == ("x.toml", "", True)


def test_the_store_is_tried_when_asked(shell: Shell, tmp_path: Path) -> None:
    shell.antin("document", "list")
    shell.antin("config", "check", "--connect")
    config = shell.provisioned.folder / "service-away.toml"
    text = shell.config.read_text("utf-8")
    config.write_text(re.sub(r"(?m)^store = .*$", f'store = "sqlite:///{tmp_path}/none.db"', text), "utf-8")
    shell.antin("config", "check", "--config", config)
    assert "store-" in shell.antin("config", "check", "--connect", "--config", config, check=3).stderr
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "blobs").write_bytes(b"a file where the folder should be")
    config.write_text(re.sub(r"(?m)^blobs = .*$", f'blobs = "{tmp_path}/blobs"', text), "utf-8")
    assert "store-unavailable" in shell.antin("config", "check", "--connect", "--config", config, check=3).stderr
    config.unlink()


def test_a_key_that_ends(shell: Shell) -> None:
    day = TODAY + timedelta(days=30)
    made = json.loads(shell.antin("api-key", "add", "có hạn", "--role", "auditor", "--expires", day, "--json").stdout)
    assert datetime.fromisoformat(made["expires_at"]).astimezone(VIETNAM).date() == day + timedelta(days=1)
    listed = shell.antin("api-key", "list")
    assert f"hạn {day + timedelta(days=1):%d/%m/%Y}" in listed.stdout
    assert made["key"] not in listed.stdout + listed.stderr
    shell.antin("api-key", "add", "x", "--role", "auditor", "--expires", TODAY - timedelta(days=1), check=2)
    shell.antin("api-key", "add", "x", "--role", "auditor", "--expires", "30/11/2026", check=2)
    shown = shell.antin("api-key", "add", "x", "--role", "auditor")
    assert shown.stdout.startswith("antin_")
    assert "antin_" not in shown.stderr


def test_an_expired_key_opens_nothing(service: Service) -> None:
    database = storage.open_database(load_settings(service.provisioned.service).store)
    now = datetime.now(VIETNAM)
    keys = storage.open_api_keys(database)
    gone = keys.add("đã hết hạn", "auditor", None, None, now - timedelta(seconds=1))
    valid = keys.add("còn hạn", "auditor", None, None, now + timedelta(days=1))
    database.close()
    for key, status in ((gone, 401), (valid, 200)):
        answer = requests.get(f"{service.url}/v1/documents", headers={"Authorization": f"Bearer {key}"}, timeout=10)
        assert answer.status_code == status
    assert "ĐÃ HẾT HẠN" in service.antin("api-key", "list").stdout
