"""antin authority: others' time-stamp authorities asked by the program itself, OpenSSL's among them."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from softhsm.provision import Provisioned
from tests.support import published
from tests.support.authorities import OpenSsl, hierarchy, openssl_verifies
from tests.support.published import Handler, forwarding, publishing

from .conftest import Done, Shell

LOGIN = "antin:rất-bí-mật-4712"
HOSTS = ("tsa.antin.example", "du-phong.antin.example")


def declare(provisioned: Provisioned, fetch: str, *authorities: str) -> None:
    hierarchy().write(provisioned.folder)
    text = provisioned.service.read_text("utf-8").partition("[fetch]")[0]
    tables = "".join(f'[[tsa_outside.authority]]\ntrust = ["tsa-root.pem"]\n{each}\n' for each in authorities)
    provisioned.service.write_text(f"{text}\n[fetch]\n{fetch}\n[tsa_outside]\nwait_seconds = 20\n{tables}", "utf-8")


def one(name: str, host: str, counts_as: str, *more: str) -> str:
    return "\n".join(
        (f'name = "{name}"', f'url = "http://{host}/tsa"', f'counts_as = "{counts_as}"', "timeout_seconds = 10", *more)
    )


@pytest.fixture
def provisioned(provisioned_copy: Callable[[], Provisioned]) -> Provisioned:
    return provisioned_copy()


def shelled(provisioned: Provisioned, *arguments: str, check: int = 0) -> Done:
    return Shell(provisioned, provisioned.service, Path()).antin("authority", *arguments, check=check)


def test_from_settings_to_a_token_that_openssl_verifies(provisioned: Provisioned, tmp_path: Path):
    data, token = tmp_path / "data.bin", tmp_path / "token.der"
    data.write_bytes(os.urandom(100_000))
    page = OpenSsl(tmp_path / "openssl", hierarchy().tsa, hierarchy().root).page
    with publishing({"/tsa": page}) as web:
        hosts = f'hosts = {{ "{HOSTS[0]}" = "{web.address}", "{HOSTS[1]}" = "{web.address}" }}'
        declare(provisioned, hosts, one("du-phong", HOSTS[1], "internal"), one("ptc", HOSTS[0], "government"))
        assert [each["name"] for each in json.loads(shelled(provisioned, "list", "--json").stdout)] == [
            "du-phong",
            "ptc",
        ]
        assert "dấu thời gian nội bộ" in shelled(provisioned, "list").stdout
        tried = json.loads(shelled(provisioned, "test", "--json").stdout)
        assert [(each["authority"], each["good"]) for each in tried] == [("du-phong", True), ("ptc", True)]
        told = shelled(provisioned, "stamp", str(data), "-o", str(token), "--counts-as", "government", "--json")
        assert json.loads(told.stdout)["authority"] == "ptc"
        assert openssl_verifies(token, data, provisioned.folder / "tsa-root.pem")
        data.write_bytes(b"something else")
        assert not openssl_verifies(token, data, provisioned.folder / "tsa-root.pem")

        web.pages["/tsa"] = published.html
        bad = shelled(provisioned, "test", "ptc", check=1)
        assert "time-stamp-unreadable" in bad.stderr
        token.unlink()
        shelled(provisioned, "stamp", str(data), "-o", str(token), check=3)
        assert not token.exists()
        shelled(provisioned, "test", "nobody", check=2)
    away = shelled(provisioned, "test", check=3)
    assert "0/2" in away.stdout


def test_through_a_proxy_with_a_login_that_nobody_sees(provisioned: Provisioned, tmp_path: Path):
    with os.fdopen(os.open(provisioned.folder / "login", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(LOGIN + "\n")
    header, seen = "Basic " + base64.b64encode(LOGIN.encode()).decode(), list[str | None]()
    openssl = OpenSsl(tmp_path / "openssl", hierarchy().tsa, hierarchy().root)

    def page(handler: Handler, body: bytes) -> None:
        seen.append(handler.headers.get("Authorization"))
        if seen[-1] != header:
            published.answer(handler, b"", 401)
        else:
            openssl.page(handler, body)

    with publishing({"/tsa": page}) as web:
        hosts = f'hosts = {{ "{HOSTS[0]}" = "{web.address}" }}'
        declare(provisioned, hosts, one("ptc", HOSTS[0], "government", 'password = "file:login"'))
        good = shelled(provisioned, "test")
        (provisioned.folder / "login").write_text("antin:wrong\n")
        wrong = shelled(provisioned, "test", check=1)
        assert "fetch-refused" in wrong.stderr
    shown = "".join(each.stdout + each.stderr for each in (good, wrong))
    assert LOGIN not in shown
    assert LOGIN.partition(":")[2] not in shown
    assert header not in shown

    with publishing({"/tsa": openssl.page}) as web, forwarding({HOSTS[0]: web.address}) as proxy:
        declare(provisioned, f'proxy = "{proxy.url}"', one("ptc", HOSTS[0], "government"))
        assert "1/1" in shelled(provisioned, "test").stdout
        assert proxy.asked == [f"http://{HOSTS[0]}/tsa"]
        assert {by for *_, by in web.asked} == {True}
