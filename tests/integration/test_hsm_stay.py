"""A person's login that outlives a signature: on request, for seconds, and never for another PIN. Real SoftHSM."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from hsm.api import SignatureAlgorithm as Algorithm
from hsm.cryptoki import Cryptoki
from hsm.errors import PinIncorrect, PinRequired
from hsm.pin import Pin
from hsm.pkcs11 import Pkcs11Token
from hsm.pkcs11.stay import Stay
from hsm.uri import KeyRef
from hsm.verify import verify
from softhsm.provision import Provisioned

PKCS1 = Algorithm.RSA_PKCS1_SHA256
AN = KeyRef("person-an.nv", b"\x01")
LONG, SHORT = 60.0, 0.3


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each C_Login with its outcome and each C_Logout, which are really made."""
    seen: list[str] = []
    login, logout = Cryptoki.login, Cryptoki.logout

    def counted_login(self: Cryptoki, session: int, pin: bytes) -> int:
        outcome = login(self, session, pin)
        seen.append(f"login {outcome:#x}")
        return outcome

    def counted_logout(self: Cryptoki, session: int) -> None:
        logout(self, session)
        seen.append("logout")

    monkeypatch.setattr(Cryptoki, "login", counted_login)
    monkeypatch.setattr(Cryptoki, "logout", counted_logout)
    return seen


@pytest.fixture
def token(provisioned: Provisioned, request: pytest.FixtureRequest) -> Iterator[Pkcs11Token]:
    seconds = getattr(request, "param", LONG)
    opened = Pkcs11Token("an", provisioned.module, "person-an.nv", stay_seconds=seconds)
    opened.close()
    yield opened
    opened.close()


def signs(token: Pkcs11Token, pin: Pin, data: bytes = b"m") -> None:
    key = token.key(AN, pin)
    verify(key.public_key, PKCS1, data, key.sign(data, PKCS1, pin))


def stays(token: Pkcs11Token) -> Stay:
    return token._slot.stay


def test_many_signatures_in_a_row_log_in_once(provisioned: Provisioned, token: Pkcs11Token, calls: list[str]) -> None:
    pin = provisioned.pin("an.nv")
    for turn in range(5):
        signs(token, pin, b"%d" % turn)
    assert calls == ["login 0x0"]


def test_without_the_setting_each_logs_out(provisioned: Provisioned, calls: list[str]) -> None:
    token = Pkcs11Token("an", provisioned.module, "person-an.nv")
    token.close()
    pin = provisioned.pin("an.nv")
    key = token.key(AN, pin)
    key.sign(b"m", PKCS1, pin)
    assert calls == ["login 0x0", "logout"] * 2


def test_another_pin_is_the_tokens_to_judge(provisioned: Provisioned, token: Pkcs11Token, calls: list[str]) -> None:
    """A login that stays must not let a wrong PIN pass, nor save it from being counted."""
    pin = provisioned.pin("an.nv")
    signs(token, pin)
    key = token.key(AN, pin)
    with pytest.raises(PinIncorrect):
        key.sign(b"m", PKCS1, Pin("000000"))
    assert calls[-3:] == ["login 0x100", "logout", "login 0xa0"]
    with pytest.raises(PinRequired):
        key.sign(b"m", PKCS1)  # and nobody is logged in any more
    signs(token, pin)


def test_whoever_brings_no_pin_does_not_sign_with_anothers(
    provisioned: Provisioned, token: Pkcs11Token, calls: list[str]
) -> None:
    pin = provisioned.pin("an.nv")
    key = token.key(AN, pin)
    key.sign(b"m", PKCS1, pin)
    with pytest.raises(PinRequired):
        key.sign(b"m", PKCS1)
    assert calls == ["login 0x0", "logout"]


@pytest.mark.parametrize("token", [SHORT], indirect=True)
def test_it_ends_by_itself_though_nobody_comes_again(
    provisioned: Provisioned, token: Pkcs11Token, calls: list[str]
) -> None:
    pin = provisioned.pin("an.nv")
    signs(token, pin)
    stay = stays(token)
    assert stay._connection is not None
    deadline = time.monotonic() + 30
    while stay._watched and time.monotonic() < deadline:
        time.sleep(0.02)
    assert stay._connection is None
    assert token._slot.connection is None  # no session, so no login
    signs(token, pin)
    assert calls == ["login 0x0", "login 0x0"]


def test_a_failure_ends_it(provisioned: Provisioned, token: Pkcs11Token, calls: list[str]) -> None:
    pin = provisioned.pin("an.nv")
    signs(token, pin)

    def fails(*_: object) -> object:
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="middle"):
        token._run(fails, pin)
    assert calls == ["login 0x0", "logout"]
    signs(token, pin)


def test_a_token_that_went_and_came_back_is_logged_in_anew(
    provisioned: Provisioned, token: Pkcs11Token, calls: list[str]
) -> None:
    pin = provisioned.pin("an.nv")
    signs(token, pin)
    with provisioned.token_away("person-an.nv"):
        assert not token.status().present
    signs(token, pin)
    assert calls[0] == calls[-1] == "login 0x0"


def test_many_threads_share_it(provisioned: Provisioned, token: Pkcs11Token, calls: list[str]) -> None:
    pin = provisioned.pin("an.nv")
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda turn: signs(token, pin, b"%d" % turn), range(24)))
    assert calls == ["login 0x0"]


def test_no_pin_is_kept(provisioned: Provisioned, token: Pkcs11Token) -> None:
    pin = provisioned.pin("an.nv")
    signs(token, pin)
    stay = stays(token)
    assert pin.reveal().encode() not in repr(vars(stay)).encode()
    assert len(stay._tag) == 32
