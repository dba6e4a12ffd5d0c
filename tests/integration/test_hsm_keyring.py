"""The Keyring of the settings over real tokens, and what a clerk reads when something is wrong."""

from __future__ import annotations

import dataclasses
import subprocess
import tomllib
from collections.abc import Callable, Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hsm import uri
from hsm.api import SignatureAlgorithm
from hsm.errors import (
    HsmError,
    KeyAmbiguous,
    KeyNotFound,
    MechanismUnsupported,
    OpenedBeforeFork,
    PinIncorrect,
    PinLocked,
    PinRequired,
    TokenFailure,
    TokenUnavailable,
)
from hsm.pin import Pin, PinSource
from hsm.verify import verify
from signer.errors import Kind, SignerError
from signer.key_errors import explain
from signer.keys import HealthState, KeySpec, ModuleSpec, TokenKeyring, TokenKind, TokenSpec, _public_key
from signer.model import KeyHolder, KeyInfo, SignatureRole
from softhsm.provision import Provisioned

Specs = tuple[list[ModuleSpec], list[TokenSpec], list[KeySpec]]


@pytest.fixture
def specs(provisioned: Provisioned) -> Specs:
    """keys.toml as specs, read plainly."""
    table = tomllib.loads(provisioned.keys.read_text("utf-8"))
    folder = provisioned.folder

    def der(path: str) -> bytes:
        return x509.load_pem_x509_certificate((folder / path).read_bytes()).public_bytes(Encoding.DER)

    modules = [ModuleSpec(m["name"], provisioned.module, m["os_locking_ok"]) for m in table["module"]]
    tokens = [
        TokenSpec(
            t["name"],
            t["module"],
            t["label"],
            TokenKind(t["kind"]),
            pin=PinSource.parse(t["pin"], folder) if "pin" in t else None,
        )
        for t in table["token"]
    ]
    keys = [
        KeySpec(
            KeyInfo(
                k["name"],
                KeyHolder(k["holder"]),
                k["owner"],
                tuple(k["issuers"]),
                tuple(map(SignatureRole, k["roles"])),
                k["algorithm"],
                der(k["certificate"]),
                tuple(map(der, k["chain"])),
            ),
            k["token"],
            uri.parse(k["uri"]),
        )
        for k in table["key"]
    ]
    return modules, tokens, keys


@pytest.fixture
def keyring(specs: Specs) -> Iterator[TokenKeyring]:
    ring = TokenKeyring(*specs)
    yield ring
    ring.close()


def _changed(specs: Specs, name: str, **changes: object) -> TokenKeyring:
    """A keyring whose key ``name`` has other entries."""
    modules, tokens, keys = specs
    at = next(number for number, key in enumerate(keys) if key.info.name == name)
    info = dataclasses.replace(keys[at].info, **{k: v for k, v in changes.items() if k not in ("ref", "token")})
    rest = {k: v for k, v in changes.items() if k in ("ref", "token")}
    return TokenKeyring(
        modules, tokens, [*keys[:at], dataclasses.replace(keys[at], info=info, **rest), *keys[at + 1 :]]
    )


def _refusal(act: Callable[[], object]) -> SignerError:
    with pytest.raises(SignerError) as caught:
        act()
    assert caught.value.text.vi != caught.value.text.en
    return caught.value


def test_every_declared_key_signs_and_its_certificate_verifies(provisioned: Provisioned, keyring: TokenKeyring) -> None:
    for info in keyring.infos():
        if info.name.startswith("health-"):
            continue
        pin = provisioned.pin(info.name) if info.holder is KeyHolder.PERSON else None
        signature = keyring.sign(info.name, b"noi dung", pin)
        verify(_public_key(info.certificate), SignatureAlgorithm(info.algorithm), b"noi dung", signature)


def test_the_order_of_the_settings_is_kept(keyring: TokenKeyring, specs: Specs) -> None:
    assert [info.name for info in keyring.infos()] == [key.info.name for key in specs[2]]
    assert keyring.info("an.nv").roles == (SignatureRole.LEADER, SignatureRole.INITIAL)


def test_nothing_is_opened_before_the_first_signature(specs: Specs) -> None:
    modules, tokens, keys = specs
    ring = TokenKeyring([dataclasses.replace(modules[0], path=modules[0].path / "nowhere.so")], tokens, keys)
    assert ring.info("agency-btc").owner == "btc"
    refusal = _refusal(lambda: ring.sign("agency-btc", b"x"))
    assert (refusal.kind, refusal.code, refusal.retry_after) == (Kind.UNAVAILABLE, "token-unavailable", 15)
    assert {status.present for status in ring.statuses()} == {False}


def test_an_unknown_key_is_not_found(keyring: TokenKeyring) -> None:
    for act in (lambda: keyring.info("nobody"), lambda: keyring.sign("nobody", b"x")):
        refusal = _refusal(act)
        assert (refusal.kind, refusal.code) == (Kind.NOT_FOUND, "unknown-key")


def test_a_persons_key_wants_the_pin_and_tries_it_once(provisioned: Provisioned, keyring: TokenKeyring) -> None:
    refusal = _refusal(lambda: keyring.sign("an.nv", b"x"))
    assert (refusal.kind, refusal.code) == (Kind.FORBIDDEN, "pin-required")
    refusal = _refusal(lambda: keyring.sign("an.nv", b"x", Pin("wrong one")))
    assert (refusal.kind, refusal.code) == (Kind.FORBIDDEN, "pin-incorrect")
    assert "wrong one" not in f"{refusal} {refusal.text} {refusal.__cause__!r}"
    keyring.sign("an.nv", b"x", provisioned.pin("an.nv"))


def test_a_pin_that_comes_along_is_not_sent_to_a_server(keyring: TokenKeyring) -> None:
    keyring.sign("agency-btc", b"x", Pin("wrong one"))


@pytest.mark.parametrize("name", ["agency-btc", "an.nv"])
def test_a_certificate_for_another_key_is_refused_before_the_first_signature(
    provisioned: Provisioned, specs: Specs, name: str
) -> None:
    other = provisioned.certificate("agency-vpcp").public_bytes(Encoding.DER)
    ring = _changed(specs, name, certificate=other)
    pin = provisioned.pin(name) if name == "an.nv" else None
    for _ in range(2):
        refusal = _refusal(lambda: ring.sign(name, b"x", pin))
        assert (refusal.kind, refusal.code) == (Kind.UNSUITABLE, "certificate-key-mismatch")


def test_ready_says_what_signing_would_say_and_signs_nothing(provisioned: Provisioned, keyring: TokenKeyring) -> None:
    keyring.ready("agency-btc")
    keyring.ready("an.nv")  # without the PIN only whether the token is there
    keyring.ready("an.nv", provisioned.pin("an.nv"))
    keyring.ready("an.nv", provisioned.pin("an.nv"))
    refusal = _refusal(lambda: keyring.ready("an.nv", Pin("wrong one")))
    assert (refusal.kind, refusal.code, refusal.where) == (Kind.FORBIDDEN, "pin-incorrect", "pin")
    keyring.ready("agency-btc", Pin("wrong one"))  # a PIN that comes along is not sent to a server
    for token, key in (("server-btc", "agency-btc"), ("person-an.nv", "an.nv")):
        with provisioned.token_away(token):
            assert _refusal(lambda key=key: keyring.ready(key)).code == "token-unavailable"
    assert _refusal(lambda: keyring.ready("nobody")).code == "unknown-key"


@pytest.mark.parametrize("name", ["agency-btc", "an.nv"])
def test_ready_finds_a_certificate_that_is_for_another_key(provisioned: Provisioned, specs: Specs, name: str) -> None:
    ring = _changed(specs, name, certificate=provisioned.certificate("agency-vpcp").public_bytes(Encoding.DER))
    pin = provisioned.pin(name) if name == "an.nv" else None
    for _ in range(2):
        assert _refusal(lambda: ring.ready(name, pin)).code == "certificate-key-mismatch"


def test_a_key_that_the_token_does_not_hold(specs: Specs) -> None:
    ring = _changed(specs, "agency-btc", ref=uri.KeyRef("server-btc", b"\x66"))
    assert _refusal(lambda: ring.sign("agency-btc", b"x")).code == "key-not-found"


def test_an_algorithm_that_the_key_cannot_do(specs: Specs) -> None:
    ring = _changed(specs, "agency-btc", algorithm="ecdsa-sha256")
    assert _refusal(lambda: ring.sign("agency-btc", b"x")).code == "mechanism-unsupported"


def test_a_token_away_is_only_its_own_keys_trouble(provisioned: Provisioned, keyring: TokenKeyring) -> None:
    keyring.sign("agency-btc", b"x")
    with provisioned.token_away("server-btc"):
        assert _refusal(lambda: keyring.sign("agency-btc", b"x")).code == "token-unavailable"
        keyring.sign("agency-vpcp", b"x")
        keyring.sign("an.nv", b"x", provisioned.pin("an.nv"))
        states = {health.token: health.state for health in keyring.health()}
        assert states.pop("server-btc") is HealthState.AWAY
        assert set(states.values()) == {HealthState.GOOD}
    keyring.sign("agency-btc", b"x")


def test_health_signs_a_nonce_on_every_token_without_any_persons_pin(keyring: TokenKeyring) -> None:
    found = keyring.health()
    assert {health.state for health in found} == {HealthState.GOOD}
    assert {health.kind for health in found} == {TokenKind.SERVER, TokenKind.PERSON}
    assert all(health.milliseconds > 0 and health.status.serial for health in found)


def test_health_of_a_token_whose_key_and_certificate_disagree_has_failed(
    provisioned: Provisioned, specs: Specs
) -> None:
    other = provisioned.certificate("agency-btc").public_bytes(Encoding.DER)
    ring = _changed(specs, "health-server-btc", certificate=other)
    assert {h.token: h.state for h in ring.health()}["server-btc"] is HealthState.FAILED


def test_health_without_a_health_key_says_present(specs: Specs) -> None:
    modules, tokens, keys = specs
    ring = TokenKeyring(modules, tokens[:1], [key for key in keys if key.info.name == "agency-btc"])
    assert [health.state for health in ring.health()] == [HealthState.PRESENT]


def test_contradictions_of_the_settings_are_all_named(specs: Specs) -> None:
    modules, tokens, keys = specs
    person = next(key for key in keys if key.info.name == "an.nv")
    bad = [
        dataclasses.replace(person, token="server-btc"),
        dataclasses.replace(keys[0], token="nowhere"),
        dataclasses.replace(keys[1], info=dataclasses.replace(keys[1].info, algorithm="md5")),
        keys[2],
        keys[2],
    ]
    with pytest.raises(ValueError, match="key an") as caught:
        TokenKeyring(modules, [*tokens, dataclasses.replace(tokens[0], name="odd", module="none")], bad)
    for words in (
        "person's key does not belong",
        "no token nowhere",
        "unknown algorithm md5",
        "given twice",
        "token odd: no module none",
    ):
        assert words in str(caught.value)
    with pytest.raises(ValueError, match="PIN does not belong"):
        TokenSpec("p", "softhsm", "p", TokenKind.PERSON, pin=PinSource("env", "X"))


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (TokenUnavailable, Kind.UNAVAILABLE, "token-unavailable"),
        (PinRequired, Kind.FORBIDDEN, "pin-required"),
        (PinIncorrect, Kind.FORBIDDEN, "pin-incorrect"),
        (PinLocked, Kind.FORBIDDEN, "pin-locked"),
        (KeyNotFound, Kind.UNAVAILABLE, "key-not-found"),
        (KeyAmbiguous, Kind.INTERNAL, "key-ambiguous"),
        (MechanismUnsupported, Kind.UNSUITABLE, "mechanism-unsupported"),
        (OpenedBeforeFork, Kind.INTERNAL, "token-opened-before-fork"),
        (TokenFailure, Kind.UNAVAILABLE, "token-failure"),
    ],
)
def test_each_trouble_has_its_words_in_both_languages(fault: type[HsmError], kind: Kind, code: str) -> None:
    answer = explain(fault("CKR_X"), key="an.nv", token="person-an.nv")
    assert (answer.kind, answer.code) == (kind, code)
    assert answer.where == ("pin" if code in ("pin-required", "pin-incorrect") else "key")
    # Whether the document has changed meanwhile is not the token's to say.
    assert "văn bản" not in answer.text.vi
    assert "an.nv" in answer.text.vi
    assert "an.nv" in answer.text.en
    assert "CKR_X" not in answer.text.en


def test_a_keyring_made_before_the_fork_works_in_the_workers(
    provisioned: Provisioned, run_child: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    code = """
import os, sys
from pathlib import Path
from hsm.pin import PinSource
from hsm.uri import KeyRef
from signer.errors import SignerError
from signer.keys import *
from signer.model import KeyHolder, KeyInfo, SignatureRole
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
folder = Path(sys.argv[1])
pem = (folder / "certs/agency-btc.pem").read_bytes()
info = KeyInfo("a", KeyHolder.ORGANISATION, "btc", ("BTC",), (SignatureRole.AGENCY,), "rsa-pkcs1-sha256",
               x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
ring = TokenKeyring([ModuleSpec("m", Path(sys.argv[2]))],
                    [TokenSpec("t", "m", "server-btc", TokenKind.SERVER,
                               pin=PinSource("file", str(folder / "pins/server-btc")))],
                    [KeySpec(info, "t", KeyRef("server-btc", b"\\x01"))])
def worker():
    if (pid := os.fork()) == 0:
        try:
            ring.sign("a", b"x")
            os._exit(0)
        except SignerError as fault:
            os._exit(7 if fault.code == "token-opened-before-fork" else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(worker(), worker())
ring.sign("a", b"x")
print(worker())
"""
    assert run_child(
        code, provisioned.softhsm_conf, str(provisioned.folder), str(provisioned.module)
    ).stdout.split() == ["0", "0", "7"]
