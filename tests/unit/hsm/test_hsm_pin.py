"""PINs come from their places and show nowhere."""

from __future__ import annotations

import copy
import getpass
import logging
import os
import pickle
from pathlib import Path

import pytest

from hsm.errors import PinRequired
from hsm.pin import MAX_PIN_BYTES, Pin, PinSource

SECRET = "73919824"


def _file(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_pin_shows_in_no_repr_log_or_pickle(caplog: pytest.LogCaptureFixture) -> None:
    pin = Pin(SECRET)
    logging.getLogger("x").warning("%s %r %s", pin, pin, [pin])
    assert SECRET not in f"{pin} {pin!r} {[pin]} {vars(PinSource)} {caplog.text}"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(pin)
    with pytest.raises(TypeError, match="not pickled"):
        copy.copy(pin)
    assert not hasattr(pin, "__dict__")


@pytest.mark.parametrize("value", ["", "9" * (MAX_PIN_BYTES + 1)])
def test_an_empty_or_endless_pin_is_none(value: str) -> None:
    with pytest.raises(ValueError, match="PIN"):
        Pin(value)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_from_a_file_relative_to_the_settings(tmp_path: Path, ending: bytes) -> None:
    _file(tmp_path / "pin", SECRET.encode() + ending)
    assert PinSource.parse("file:pin", tmp_path).read().reveal() == SECRET


def test_blanks_belong_to_the_pin(tmp_path: Path) -> None:
    _file(tmp_path / "pin", b" 12 \n")
    assert PinSource.parse("file:pin", tmp_path).read().reveal() == " 12 "


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = _file(tmp_path / "pin", SECRET.encode(), mode)
    with pytest.raises(PinRequired, match="chmod 600"):
        PinSource.parse(f"file:{path}").read()


def test_from_a_credential_of_systemd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its user may read it by an ACL: the mask of that shows as the group's bits (systemd.exec, LoadCredential=)."""
    source = PinSource.parse("credential:pin_server-btc")
    with pytest.raises(PinRequired, match="pin_server-btc"):
        source.read()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    _file(tmp_path / "pin_server-btc", SECRET.encode() + b"\n", 0o440)
    assert source.read().reveal() == SECRET
    (tmp_path / "pin_server-btc").chmod(0o444)
    with pytest.raises(PinRequired, match="chmod 600"):
        source.read()


@pytest.mark.parametrize("name", ["../pin", "a/b", ".", "", "a b", "x" * 300])
def test_a_credential_is_a_name_and_no_path(name: str) -> None:
    with pytest.raises(ValueError, match="PIN source"):
        PinSource.parse(f"credential:{name}")


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIN_TEST_PIN", SECRET)
    assert PinSource.parse("env:ANTIN_TEST_PIN").read().reveal() == SECRET


def test_from_a_descriptor() -> None:
    reading, writing = os.pipe()
    os.write(writing, SECRET.encode() + b"\n")
    os.close(writing)
    assert PinSource.parse(f"fd:{reading}").read().reveal() == SECRET


def test_asked_for_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(getpass, "getpass", lambda question: asked.append(question) or SECRET)
    assert PinSource.parse("prompt:PIN of the seal: ").read().reveal() == SECRET
    assert asked == ["PIN of the seal: "]


@pytest.mark.parametrize("source", ["file:/nowhere/pin", "env:ANTIN_NOT_SET", "fd:987"])
def test_a_place_that_is_away_or_empty_says_which(source: str) -> None:
    with pytest.raises(PinRequired, match=source.split(":")[1]):
        PinSource.parse(source).read()


def test_bytes_that_are_no_text_are_not_quoted(tmp_path: Path) -> None:
    path = _file(tmp_path / "pin", SECRET.encode() + b"\xff")
    with pytest.raises(PinRequired) as caught:
        PinSource.parse(f"file:{path}").read()
    assert SECRET not in repr(caught.value)
    assert caught.value.__suppress_context__


def test_an_endless_file_is_not_read_whole() -> None:
    with pytest.raises(PinRequired):
        PinSource("fd", str(os.open("/dev/zero", os.O_RDONLY))).read()


@pytest.mark.parametrize("text", [SECRET, f"pin:{SECRET}", f"fd:{SECRET}x", "file:", "env:", ""])
def test_a_pin_written_where_a_source_belongs_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"PIN source|descriptor") as caught:
        PinSource.parse(text)
    assert SECRET not in str(caught.value)
