"""antin timestamp: requests that OpenSSL reads, replies of our authority and their forgeries judged by hand."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from click.testing import CliRunner

from signer.cli import main
from signer.keys import TokenKeyring
from signer.model.time import Moment
from signer.settings import load_settings
from signer.tsa.authority import Authority
from softhsm.provision import Provisioned

from .conftest import Service, Shell

POLICY = "1.3.6.1.4.1.99999.1"
DATA = "Điều 14. Cấp số, thời gian ban hành văn bản".encode()


class Now:
    """This computer's clock, or one that is ``ahead``."""

    ahead = timedelta(0)

    def now(self) -> Moment:
        return Moment(datetime.now(UTC) + self.ahead, timedelta(seconds=1))


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def authority(provisioned: Provisioned, now: Now) -> Authority:
    settings = load_settings(provisioned.service)
    return Authority(TokenKeyring(settings.modules, settings.tokens, settings.keys), "tsa", POLICY, now)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


def asked(shell: Shell, data: Path, *options: str) -> Path:
    path = data.with_name("request.tsq")
    shell.antin("timestamp", "request", data, "-o", path, *options)
    return path


def answered(authority: Authority, request: Path) -> Path:
    path = request.with_name("reply.tsr")
    path.write_bytes(authority.reply(request.read_bytes()).der)
    return path


def verified(shell: Shell, *arguments: object, check: int = 0) -> dict[str, object]:
    told: dict[str, object] = json.loads(shell.antin("timestamp", "verify", *arguments, "--json", check=check).stdout)
    return told


def code(told: dict[str, object]) -> object:
    error = told["error"]
    assert isinstance(error, dict)
    return error["code"]


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_openssl_reads_what_is_asked(shell: Shell, data: Path, algorithm: str):
    path = asked(shell, data, "--hash", algorithm, "--policy", POLICY)
    told = subprocess.run(["openssl", "ts", "-query", "-in", path, "-text"], capture_output=True, check=True).stdout
    assert re.search(rf"Hash Algorithm: {algorithm}\b", told.decode())
    assert f"Policy OID: {POLICY}" in told.decode()
    assert "Certificate required: yes" in told.decode()
    assert asked(shell, data).read_bytes() != asked(shell, data).read_bytes()  # the nonce


def test_a_policy_that_is_no_oid_is_a_mistake(shell: Shell, data: Path):
    shell.antin("timestamp", "request", data, "-o", data.with_name("x"), "--policy", "everything", check=2)
    assert not data.with_name("x").exists()


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_reply_holds_by_request_and_by_data(shell: Shell, data: Path, authority: Authority, algorithm: str):
    request = asked(shell, data, "--hash", algorithm)
    reply = answered(authority, request)
    for given in (("--data", data), ("--request", request), ("--data", data, "--request", request)):
        told = verified(shell, reply, *given)
        assert told["valid"] is True
        assert told["policy"] == POLICY
        assert told["accuracy_seconds"] == 1
    token = tsp.TimeStampResp.load(reply.read_bytes())["time_stamp_token"].dump()
    reply.write_bytes(token)
    assert verified(shell, reply, "--data", data)["valid"] is True
    assert "HỢP LỆ" in shell.antin("timestamp", "verify", reply, "--data", data).stdout


@pytest.mark.parametrize("at", [-1, -100, -400])
def test_a_byte_flipped_is_found(shell: Shell, data: Path, authority: Authority, at: int):
    reply = answered(authority, asked(shell, data))
    changed = bytearray(reply.read_bytes())
    changed[at] ^= 1
    reply.write_bytes(changed)
    assert code(verified(shell, reply, "--data", data, check=1)) == "time-stamp-signature-invalid"


def test_other_data_and_another_request_are_found(shell: Shell, data: Path, authority: Authority):
    reply = answered(authority, asked(shell, data))
    other = asked(shell, data)  # the same digest, another nonce
    assert code(verified(shell, reply, "--request", other, check=1)) == "time-stamp-mismatch"
    assert verified(shell, reply, "--data", data)["valid"] is True
    data.write_bytes(DATA + b".")
    assert code(verified(shell, reply, "--data", data, check=1)) == "time-stamp-mismatch"


def test_a_token_of_months_ago_holds_and_one_of_tomorrow_does_not(
    shell: Shell, data: Path, authority: Authority, now: Now
):
    request = asked(shell, data)
    now.ahead = -timedelta(days=200)
    assert verified(shell, answered(authority, request), "--request", request)["valid"] is True
    now.ahead = timedelta(days=2)
    assert code(verified(shell, answered(authority, request), "--request", request, check=1)) == (
        "time-stamp-implausible"
    )


def test_a_refusal_says_why(shell: Shell, data: Path, authority: Authority):
    request = asked(shell, data, "--policy", "1.2.3.4")
    reply = answered(authority, request)
    assert code(verified(shell, reply, "--request", request, check=1)) == "time-stamp-rejected"


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\x30\x80", b"0" * 2_000_000])
def test_what_is_no_reply_or_request_is_told(shell: Shell, data: Path, authority: Authority, content: bytes):
    request = asked(shell, data)
    reply = answered(authority, request)
    bad = data.with_name("bad")
    bad.write_bytes(content)
    assert code(verified(shell, bad, "--data", data, check=1)) == "time-stamp-unreadable"
    assert code(verified(shell, reply, "--request", bad, check=2)) == "time-stamp-request-unreadable"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A root that did not make our authority."""
    path = tmp_path / "foreign.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=x",
            "-keyout",
            "/dev/null",
            "-out",
            path,
        ],
        capture_output=True,
        check=True,
    )
    return path


def test_trust_is_said_and_never_built_in(shell: Shell, data: Path, authority: Authority, foreign: Path):
    reply = answered(authority, asked(shell, data))
    root = shell.provisioned.folder / "certs/root.pem"
    assert verified(shell, reply, "--data", data, "--trust", root)["valid"] is True
    assert code(verified(shell, reply, "--data", data, "--trust", foreign, check=1)) == "time-stamp-certificate"


def test_without_roots_nothing_is_concluded(shell: Shell, data: Path, authority: Authority):
    reply = answered(authority, asked(shell, data))
    ran = CliRunner().invoke(
        main, ["timestamp", "verify", str(reply), "--data", str(data)], env={"ANTIN_CONFIG": None}, prog_name="antin"
    )
    assert ran.exit_code == 2
    assert "--trust" in ran.stderr


def test_of_what_it_is_must_be_said(shell: Shell, data: Path, authority: Authority):
    shell.antin("timestamp", "verify", answered(authority, asked(shell, data)), check=2)


# --- our own authority answers -----------------------------------------------------------------------------------


def replied(shell: Shell, query: Path, check: int = 0) -> dict[str, object]:
    path = query.with_name("reply.tsr")
    done = shell.antin("timestamp", "reply", query, "-o", path, "--json", check=check)
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_a_reply_of_our_own_holds_and_not_once_a_byte_is_another(shell: Shell, data: Path):
    query = asked(shell, data)
    told, path = replied(shell, query), data.with_name("reply.tsr")
    assert told["outcome"] == "granted"
    assert verified(shell, path, "--data", data, "--request", query)["valid"] is True
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    verified(shell, path, "--data", data, "--request", query, check=1)


def test_a_refusal_is_written_too(shell: Shell, data: Path):
    query = asked(shell, data, "--policy", "1.2.3.4")
    told = replied(shell, query, check=1)
    assert (told["outcome"], told["serial"]) == ("unacceptedPolicy", None)
    assert data.with_name("reply.tsr").read_bytes().startswith(b"\x30")
    assert replied(shell, data, check=1)["outcome"] == "badDataFormat"


def test_a_token_that_is_away_is_told_by_the_exit_status(provisioned_copy: Callable[[], Provisioned], data: Path):
    own = provisioned_copy()
    shell = Shell(own, own.service, own.folder / "antin.db")
    query = asked(shell, data)
    settings = load_settings(own.service)
    own.pull_token(next(spec.token for spec in settings.keys if spec.info.name == "tsa"))
    done = Service(own).antin("timestamp", "reply", query, "-o", data.with_name("reply.tsr"), "--json", check=3)
    assert json.loads(done.stdout)["outcome"] == "systemFailure"


def test_without_the_table_there_is_nobody_to_reply(shell: Shell, data: Path):
    query, config = asked(shell, data), shell.provisioned.folder / "service-no-tsa.toml"
    text = re.sub(r"(?ms)^\[tsa\]\n.*?(?=^\[|\Z)", "", shell.config.read_text("utf-8"))
    config.write_text(text, "utf-8")
    try:
        said = shell.antin("timestamp", "reply", query, "-o", data.with_name("reply.tsr"), "--config", config, check=2)
        assert "không có bảng [tsa]" in said.stderr
    finally:
        config.unlink()
