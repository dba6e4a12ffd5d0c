"""Tokens in trouble: wrong PINs, tokens that go and come, keys that are not clear. Real SoftHSM throughout."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hsm.api import SignatureAlgorithm as Algorithm
from hsm.cryptoki import Cryptoki
from hsm.errors import (
    KeyNotFound,
    PinIncorrect,
    PinRequired,
    TokenUnavailable,
)
from hsm.pin import Pin, PinSource
from hsm.pkcs11 import Pkcs11Token
from hsm.uri import KeyRef
from hsm.verify import verify
from softhsm import tokens
from softhsm.provision import Provisioned

PKCS1 = Algorithm.RSA_PKCS1_SHA256
BTC = KeyRef("server-btc", b"\x01")
AN = KeyRef("person-an.nv", b"\x01")


@pytest.fixture
def logins(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The outcome of every C_Login, which is really made."""
    seen: list[int] = []
    real = Cryptoki.login

    def login(self: Cryptoki, session: int, pin: bytes) -> int:
        seen.append(real(self, session, pin))
        return seen[-1]

    monkeypatch.setattr(Cryptoki, "login", login)
    return seen


@pytest.fixture
def server(provisioned: Provisioned) -> Iterator[Pkcs11Token]:
    source = PinSource("file", str(provisioned.folder / "pins/server-btc"))
    token = Pkcs11Token("btc", provisioned.module, "server-btc", pin_source=source)
    token.close()
    yield token
    token.status()
    token.close()


@pytest.fixture
def person(provisioned: Provisioned) -> Pkcs11Token:
    return Pkcs11Token("an", provisioned.module, "person-an.nv")


# --- PINs -----------------------------------------------------------------------------------------------------


def test_a_servers_wrong_pin_is_tried_once_until_it_is_changed_in_its_place(
    provisioned: Provisioned, tmp_path: Path, logins: list[int]
) -> None:
    place = tmp_path / "pin"
    place.write_text("00000000x")
    place.chmod(0o600)
    wrong = Pkcs11Token("btc", provisioned.module, "server-btc", pin_source=PinSource("file", str(place)))
    for _ in range(4):
        with pytest.raises(PinIncorrect):
            wrong.key(BTC)
    again = Pkcs11Token("btc again", provisioned.module, "server-btc", pin_source=PinSource("file", str(place)))
    with pytest.raises(PinIncorrect, match="not tried again"):
        again.key(BTC)
    assert logins == [0xA0]
    place.write_text((provisioned.folder / "pins/server-btc").read_text())
    wrong.key(BTC).sign(b"x", PKCS1)
    assert logins == [0xA0, 0]
    wrong.close()


def test_a_wrong_pin_in_the_settings_does_not_pass_because_another_is_logged_in(
    provisioned: Provisioned, server: Pkcs11Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = server.key(BTC)
    key.sign(b"x", PKCS1)
    monkeypatch.setenv("ANTIN_TEST_WRONG", "11111111x")
    wrong = Pkcs11Token("w", provisioned.module, "server-btc", pin_source=PinSource("env", "ANTIN_TEST_WRONG"))
    with pytest.raises(PinIncorrect):
        wrong.key(BTC)
    verify(key.public_key, PKCS1, b"after", key.sign(b"after", PKCS1))


def test_a_server_logs_in_once_for_many_signatures_and_many_token_objects(
    provisioned: Provisioned, server: Pkcs11Token, logins: list[int]
) -> None:
    source = PinSource("file", str(provisioned.folder / "pins/server-btc"))
    twin = Pkcs11Token("twin", provisioned.module, "server-btc", pin_source=source)
    for token in (server, twin, server):
        for _ in range(3):
            token.key(BTC).sign(b"x", PKCS1)
    assert logins == [0]


def test_a_person_gives_the_pin_with_each_call_and_nobody_stays_logged_in(
    provisioned: Provisioned, person: Pkcs11Token, logins: list[int]
) -> None:
    pin = provisioned.pin("an.nv")
    key = person.key(AN)
    assert logins == []
    verify(key.public_key, PKCS1, b"x", key.sign(b"x", PKCS1, pin))
    with pytest.raises(PinRequired):
        key.sign(b"x", PKCS1)
    with pytest.raises(PinIncorrect):
        key.sign(b"x", PKCS1, Pin("wrong one"))
    with pytest.raises(PinRequired):
        key.sign(b"x", PKCS1)
    verify(key.public_key, PKCS1, b"x", key.sign(b"x", PKCS1, pin))
    assert logins == [0, 0xA0, 0]


def test_a_persons_pin_does_not_open_the_token_for_others(
    provisioned: Provisioned, run_child: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """While one thread signs with the PIN, others without it never get a signature."""
    code = """
import sys, threading, time
from pathlib import Path
from hsm.api import SignatureAlgorithm as A
from hsm.errors import PinRequired
from hsm.pin import PinSource
from hsm.pkcs11 import Pkcs11Token
from hsm.uri import KeyRef
token = Pkcs11Token("p", Path(sys.argv[2]), "person-khanh.nd")
pin = PinSource("file", sys.argv[1] + "/pins/person-khanh.nd").read()
key, end, leaks, tries = token.key(KeyRef("person-khanh.nd", b"\\x01")), time.monotonic() + 1.5, [], []
def thief():
    while time.monotonic() < end:
        try: leaks.append(key.sign(b"stolen", A.ECDSA_SHA256))
        except PinRequired: tries.append(1)
threads = [threading.Thread(target=thief) for _ in range(3)]
[t.start() for t in threads]
while time.monotonic() < end: key.sign(b"mine", A.ECDSA_SHA256, pin)
[t.join() for t in threads]
assert not leaks and len(tries) > 20, (len(leaks), len(tries))
"""
    run_child(code, provisioned.softhsm_conf, str(provisioned.folder), str(provisioned.module))


def test_a_pin_given_for_a_server_counts_for_that_signature_only(
    provisioned: Provisioned, server: Pkcs11Token, logins: list[int]
) -> None:
    key = server.key(BTC)
    with pytest.raises(PinIncorrect):
        key.sign(b"x", PKCS1, Pin("wrong one"))
    key.sign(b"x", PKCS1, provisioned.pin("agency-btc"))
    key.sign(b"x", PKCS1)
    assert logins == [0, 0xA0, 0, 0]


def _flag(folder: Path, label: str, flag: int) -> None:
    """Set a flag of CK_TOKEN_INFO in SoftHSM's file of the token, as a card sets it after wrong PINs."""
    for path in folder.glob("tokens/*/token.object"):
        data = bytearray(path.read_bytes())
        if label.encode().ljust(32) in data:
            at = data.index(struct.pack(">Q", 0x8000534B)) + 16  # CKA_OS_TOKENFLAGS, kind, value
            data[at : at + 8] = struct.pack(">Q", struct.unpack(">Q", data[at : at + 8])[0] | flag)
            path.write_bytes(data)


FLAGS = """
import sys
from pathlib import Path
import hsm.cryptoki
tries, real = [], hsm.cryptoki.Cryptoki.login
hsm.cryptoki.Cryptoki.login = lambda self, *rest: (tries.append(1), real(self, *rest))[1]
from hsm.errors import *
from hsm.pin import Pin, PinSource
from hsm.pkcs11 import Pkcs11Token
from hsm.uri import KeyRef
source = PinSource("file", sys.argv[1] + "/pins/" + sys.argv[3]) if sys.argv[4] == "server" else None
token = Pkcs11Token("t", Path(sys.argv[2]), sys.argv[3], pin_source=source)
try:
    token.key(KeyRef(sys.argv[3], b"\\x01"), None if source else Pin("wrong one"))
    outcome = "key"
except HsmError as fault:
    outcome = type(fault).__name__
status = token.status()
print(outcome, len(tries), status.pin_final_try, status.pin_locked)
"""


@pytest.mark.parametrize(
    ("flag", "kind", "expected"),
    [
        (0x20000, "server", "PinLocked 0 True False"),  # one try left: the settings' PIN is not risked
        (0x40000, "server", "PinLocked 0 False True"),
        (0x10000, "server", "key 1 False False"),  # somebody mistyped once: go on
        (0x20000, "person", "PinIncorrect 1 True False"),  # a person's own try is his
        (0x40000, "person", "PinLocked 1 False True"),  # a locked card answers PIN_INCORRECT; the flag tells
    ],
)
def test_the_tokens_own_flags_about_its_pin_are_heeded(
    provisioned_copy: Callable[[], Provisioned],
    run_child: Callable[..., subprocess.CompletedProcess[str]],
    flag: int,
    kind: str,
    expected: str,
) -> None:
    copy = provisioned_copy()
    label = "server-btc" if kind == "server" else "person-an.nv"
    _flag(copy.folder, label, flag)
    done = run_child(FLAGS, copy.softhsm_conf, str(copy.folder), str(copy.module), label, kind)
    assert done.stdout.strip() == expected


# --- tokens that go and come ----------------------------------------------------------------------------------


def test_a_token_that_went_and_came_back_signs_again_with_the_same_key_object(
    provisioned: Provisioned, server: Pkcs11Token
) -> None:
    key = server.key(BTC)
    key.sign(b"before", PKCS1)
    with provisioned.token_away("server-btc"):
        with pytest.raises(TokenUnavailable, match="server-btc"):
            key.sign(b"away", PKCS1)
        assert not server.status().present
    verify(key.public_key, PKCS1, b"after", key.sign(b"after", PKCS1))
    assert server.status().present


def test_a_token_that_was_away_unnoticed_signs_with_fresh_handles(
    provisioned: Provisioned, server: Pkcs11Token
) -> None:
    """Nobody signed while it was out, so every handle is stale at the first signature after."""
    key = server.key(BTC)
    key.sign(b"before", PKCS1)
    with provisioned.token_away("server-btc"):
        pass
    verify(key.public_key, PKCS1, b"after", key.sign(b"after", PKCS1))


def test_a_persons_token_too(provisioned: Provisioned, person: Pkcs11Token) -> None:
    pin = provisioned.pin("an.nv")
    key = person.key(AN)
    key.sign(b"before", PKCS1, pin)
    with provisioned.token_away("person-an.nv"), pytest.raises(TokenUnavailable):
        key.sign(b"away", PKCS1, pin)
    verify(key.public_key, PKCS1, b"after", key.sign(b"after", PKCS1, pin))


def test_a_token_that_is_missing_at_the_start_is_found_when_it_comes(provisioned: Provisioned) -> None:
    source = PinSource("file", str(provisioned.folder / "pins/server-shared"))
    token = Pkcs11Token("s", provisioned.module, "server-shared", pin_source=source)
    with provisioned.token_away("server-shared"), pytest.raises(TokenUnavailable):
        token.key(KeyRef("server-shared", b"\x01"))
    token.key(KeyRef("server-shared", b"\x01")).sign(b"x", PKCS1)
    token.close()


def test_a_token_away_leaves_the_others_alone(provisioned: Provisioned, server: Pkcs11Token) -> None:
    with provisioned.token_away("server-shared"):
        server.key(BTC).sign(b"x", PKCS1)


# --- which key ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def muddle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A token with repeated ids and labels."""
    folder = tmp_path_factory.mktemp("muddle")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    names = [("aa", "one"), ("aa", "two"), ("bb", "same"), ("cc", "same"), ("dd", "only")]
    code = """
import sys, json
import pkcs11
from softhsm import tokens
lib = pkcs11.lib(str(tokens.module_path()))
def start(label):
    tokens._initialise(lib, tokens.module_path(), {"label": label, "so_pin": "12345678", "pin": "1234"})
start("muddle")
with lib.get_token(token_label="muddle").open(rw=True, user_pin="1234") as session:
    for id_, label in json.loads(sys.argv[1]):
        tokens._generate(session, {"id": id_, "label": label, "algorithm": "p-256", "private": True})
"""
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", code, json.dumps(names)],
        check=True,
        timeout=60,
        cwd=root,
        env=dict(os.environ, SOFTHSM2_CONF=str(conf), PYTHONPATH=str(root)),
    )
    return conf


LOOK = """
import sys
from pathlib import Path
from hsm.errors import *
from hsm.pin import Pin
from hsm.pkcs11 import Pkcs11Token
from hsm.uri import parse
token = Pkcs11Token("m", Path(sys.argv[1]), "muddle")
for uri in sys.argv[2:]:
    try:
        print(token.key(parse(uri), Pin("1234")).algorithms[0].value)
    except HsmError as fault:
        print(type(fault).__name__)
"""


def test_by_id_then_id_and_label_then_label_and_several_are_an_error(
    muddle: Path, run_child: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    wanted = {
        "pkcs11:token=muddle;id=%dd": "ecdsa-sha256",
        "pkcs11:token=muddle;object=only": "ecdsa-sha256",
        "pkcs11:token=muddle;id=%aa;object=two": "ecdsa-sha256",
        "pkcs11:token=muddle;id=%ee;object=only": "ecdsa-sha256",  # some tokens know the label alone
        "pkcs11:token=muddle;id=%bb;object=other": "ecdsa-sha256",  # and some the id
        "pkcs11:token=muddle;id=%aa": "KeyAmbiguous",
        "pkcs11:token=muddle;id=%aa;object=three": "KeyAmbiguous",
        "pkcs11:token=muddle;object=same": "KeyAmbiguous",
        "pkcs11:token=muddle;id=%ee;object=same": "KeyAmbiguous",
        "pkcs11:token=muddle;id=%ee": "KeyNotFound",
        "pkcs11:token=muddle;object=none": "KeyNotFound",
    }
    done = run_child(LOOK, muddle, str(tokens.module_path()), *wanted)
    assert dict(zip(wanted, done.stdout.split(), strict=True)) == wanted


def test_two_tokens_of_one_label_are_told_apart_by_serial_only(
    provisioned_copy: Callable[[], Provisioned], run_child: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    copy = provisioned_copy()
    for path in copy.folder.glob("tokens/*/token.object"):
        data = path.read_bytes()
        path.write_bytes(data.replace(b"person-duc.pm".ljust(32), b"person-an.nv".ljust(32)))
    code = """
import sys
from pathlib import Path
from hsm.errors import TokenFailure
from hsm.pkcs11 import Pkcs11Token
from hsm.pkcs11.module import Module, serial_of
module = Path(sys.argv[1])
try:
    Pkcs11Token("a", module, "person-an.nv").status()
    Pkcs11Token("a", module, "person-an.nv").key(__import__("hsm.uri").uri.KeyRef("person-an.nv", b"1"))
except TokenFailure as fault:
    print(fault)
found = Module.load(module, os_locking_ok=True)._matching("person-an.nv", None)
print(sorted(Pkcs11Token("b", module, "person-an.nv", serial=serial_of(t)).status().serial for t in found)
      == sorted(map(serial_of, found)))
"""
    lines = run_child(code, copy.softhsm_conf, str(copy.module)).stdout.splitlines()
    assert lines == ["a: 2 tokens are labelled 'person-an.nv'; give the serial", "True"]


def test_a_key_that_is_not_there_is_named_by_its_uri(server: Pkcs11Token) -> None:
    with pytest.raises(KeyNotFound, match="pkcs11:token=server-btc"):
        server.key(KeyRef("server-btc", b"\x55", "nothing"))
