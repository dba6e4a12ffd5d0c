"""What every Token and SigningKey keeps of hsm.api, whichever implementation stands behind it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from hsm.api import SignatureAlgorithm as Algorithm
from hsm.api import SigningKey, Token
from hsm.errors import KeyNotFound, MechanismUnsupported
from hsm.pin import Pin, PinSource
from hsm.pkcs11 import Pkcs11Token
from hsm.uri import KeyRef, parse
from hsm.verify import verify
from softhsm.provision import Provisioned

DATA = b"Can cu Nghi dinh so 30/2020/ND-CP"


@dataclass
class Case:
    """An implementation with a token, its keys, and the PIN that a call must bring (None: the token's own)."""

    make: Callable[[str], Token]
    pin: Callable[[str], Pin | None]


def _server(provisioned: Provisioned, *, os_locking_ok: bool = True) -> Case:
    def make(name: str) -> Token:
        source = PinSource("file", str(provisioned.folder / "pins" / name))
        return Pkcs11Token(name, provisioned.module, name, pin_source=source, os_locking_ok=os_locking_ok)

    return Case(make, lambda _: None)


def _person(provisioned: Provisioned) -> Case:
    return Case(
        lambda name: Pkcs11Token(name, provisioned.module, name),
        lambda name: PinSource("file", str(provisioned.folder / "pins" / name)).read(),
    )


@pytest.fixture(params=["server's own PIN", "PIN with each call"])
def case(request: pytest.FixtureRequest, provisioned: Provisioned) -> Case:
    return _server(provisioned) if request.param == "server's own PIN" else _person(provisioned)


@pytest.fixture
def opened(case: Case) -> Iterator[Callable[[str], Token]]:
    made: list[Token] = []

    def make(name: str) -> Token:
        made.append(case.make(name))
        return made[-1]

    yield make
    for token in made:
        token.close()


KEYS = {  # token, id, every algorithm that SoftHSM gives such a key
    "rsa-2048": (
        "server-btc",
        b"\x01",
        [
            "rsa-pkcs1-sha256",
            "rsa-pkcs1-sha384",
            "rsa-pkcs1-sha512",
            "rsa-pss-sha256",
            "rsa-pss-sha384",
            "rsa-pss-sha512",
        ],
    ),
    "p-256": ("server-btc", b"\x02", ["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"]),
    "rsa-3072": ("person-binh.tt", b"\x01", ["rsa-pkcs1-sha256", "rsa-pss-sha256"]),
    "ed25519": ("server-shared", b"\xff", ["ed25519"]),
}
MADE = [(kind, algorithm) for kind, (_, _, algorithms) in KEYS.items() for algorithm in algorithms]


def _key(case: Case, opened: Callable[[str], Token], kind: str) -> tuple[SigningKey, Pin | None]:
    name, id_, _ = KEYS[kind]
    pin = case.pin(name)
    return opened(name).key(KeyRef(name, id_), pin), pin


def _openssl(key: SigningKey, algorithm: Algorithm, signature: bytes, folder: Path) -> bool:
    """Whether openssl, which shares no code with us, accepts it."""
    public = load_der_public_key(key.public_key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, content in (("public.pem", public), ("signature", signature), ("data", DATA)):
        (folder / name).write_bytes(content)
    family, _, digest = algorithm.value.rpartition("-")
    if algorithm is Algorithm.ED25519:
        command = [
            "openssl",
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            "public.pem",
            "-rawin",
            "-in",
            "data",
            "-sigfile",
            "signature",
        ]
    else:
        pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        command = [
            "openssl",
            "dgst",
            f"-{digest}",
            "-verify",
            "public.pem",
            *(pss if family == "rsa-pss" else []),
            "-signature",
            "signature",
            "data",
        ]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("kind", "algorithm"), MADE)
def test_each_algorithms_signature_is_accepted_by_openssl(
    case: Case, opened: Callable[[str], Token], kind: str, algorithm: str, tmp_path: Path
) -> None:
    key, pin = _key(case, opened, kind)
    signature = key.sign(DATA, Algorithm(algorithm), pin)
    assert _openssl(key, Algorithm(algorithm), signature, tmp_path)
    verify(key.public_key, Algorithm(algorithm), DATA, signature)


@pytest.mark.parametrize(("kind", "algorithm"), [(kind, entry[2][0]) for kind, entry in KEYS.items()])
def test_one_flipped_byte_is_refused(
    case: Case, opened: Callable[[str], Token], kind: str, algorithm: str, tmp_path: Path
) -> None:
    key, pin = _key(case, opened, kind)
    signature = key.sign(DATA, Algorithm(algorithm), pin)
    twin = signature[:-1] + bytes([signature[-1] ^ 1])
    assert not _openssl(key, Algorithm(algorithm), twin, tmp_path)
    with pytest.raises(InvalidSignature):
        verify(key.public_key, Algorithm(algorithm), DATA, twin)
    with pytest.raises(InvalidSignature):
        verify(key.public_key, Algorithm(algorithm), DATA + b".", signature)


@pytest.mark.parametrize("kind", list(KEYS))
def test_the_algorithms_are_those_that_it_can_do(case: Case, opened: Callable[[str], Token], kind: str) -> None:
    key, pin = _key(case, opened, kind)
    assert {algorithm.value for algorithm in key.algorithms} >= set(KEYS[kind][2])
    for algorithm in set(Algorithm) - set(key.algorithms):
        with pytest.raises(MechanismUnsupported):
            key.sign(DATA, algorithm, pin)


def test_the_name_is_the_uri_and_bears_no_pin(case: Case, opened: Callable[[str], Token]) -> None:
    key, _ = _key(case, opened, "rsa-2048")
    assert parse(key.name) == KeyRef("server-btc", b"\x01")
    assert "pin" not in repr(key).lower()


def test_a_key_that_is_not_there_is_named(case: Case, opened: Callable[[str], Token]) -> None:
    with pytest.raises(KeyNotFound, match="%77"):
        opened("server-btc").key(KeyRef("server-btc", b"\x77"), case.pin("server-btc"))


def test_a_key_of_another_token_is_not_looked_for_here(case: Case, opened: Callable[[str], Token]) -> None:
    with pytest.raises(KeyNotFound, match="server-shared"):
        opened("server-btc").key(KeyRef("server-shared", b"\x01"), case.pin("server-btc"))


def test_status_tells_who_it_is(opened: Callable[[str], Token]) -> None:
    status = opened("server-btc").status()
    assert (status.name, status.label, status.present) == ("server-btc", "server-btc", True)
    assert status.serial
    assert not (status.pin_locked or status.pin_final_try)


def test_status_of_a_token_that_is_away_does_not_raise(opened: Callable[[str], Token]) -> None:
    status = opened("no-such-token").status()
    assert not status.present
    assert "no-such-token" in status.detail


def test_closing_twice_does_no_harm_and_the_next_use_opens_again(case: Case, opened: Callable[[str], Token]) -> None:
    token = opened("server-btc")
    token.close()
    pin = case.pin("server-btc")
    key = token.key(KeyRef("server-btc", b"\x01"), pin)
    key.sign(DATA, Algorithm.RSA_PKCS1_SHA256, pin)
    token.close()
    token.close()
    key.sign(DATA, Algorithm.RSA_PKCS1_SHA256, pin)
