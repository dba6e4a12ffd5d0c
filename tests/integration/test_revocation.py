"""antin revocation, over the tokens of the tests: a CA on loopback, a proxy between, a service that signs meanwhile."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from softhsm.provision import Provisioned
from tests.support import published
from tests.support.published import Published, forwarding, publishing, responding

from .conftest import Done, Service

LOGIN = "antin:rất-bí-mật-4711"


@contextmanager
def ca(provisioned: Provisioned) -> Iterator[Published]:
    """The development CA as a web server: its lists, and a responder that knows what it has revoked."""
    authority, lists = provisioned.authority, provisioned.folder / "certs/revocation"

    def respond(request: ocsp.OCSPRequest) -> bytes:
        found = [x509.load_pem_x509_certificate(path.read_bytes()) for path in (lists.parent).glob("*.pem")]
        about = next(each for each in found if each.serial_number == request.serial_number)
        issuer = "root" if about == authority.sub else "sub"
        revoked = authority._revoked().get(f"{about.serial_number:x}")
        now, status = datetime.now(UTC), ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        by = authority.root if issuer == "root" else authority.sub
        builder = ocsp.OCSPResponseBuilder().add_response(
            about,
            by,
            request.hash_algorithm,
            status,
            now - timedelta(minutes=1),
            now + timedelta(days=1),
            datetime.fromisoformat(revoked) if revoked else None,
            None,
        )
        answer = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by).sign(authority._key(issuer), SHA256())
        return answer.public_bytes(Encoding.DER)

    def a_list(name: str) -> published.Page:
        return lambda handler, _: published.answer(handler, (lists / f"{name}.crl").read_bytes())

    pages = {f"/pki/pub/crl/{name}.crl": a_list(name) for name in ("root", "sub")}
    with publishing({**pages, "/": responding(respond)}) as web:
        yield web


def fetching(provisioned: Provisioned, *said: str) -> None:
    """Settings whose folder is another than where the CA writes, with this ``[fetch]``."""
    text = provisioned.service.read_text("utf-8").partition("[fetch]")[0]
    text = re.sub(r"(?m)^revocation = .*$", 'revocation = "fetched"', text)
    provisioned.service.write_text(text + "\n".join(["[fetch]", *said, ""]), "utf-8")


def mapped(web: Published) -> str:
    names = ("crl.antin.example", "ocsp.antin.example")
    return "hosts = {" + ", ".join(f'"{name}" = "{web.address}"' for name in names) + "}"


def test_what_is_revoked_at_the_ca_is_refused_after_a_refresh_without_a_restart(own_service: Service):
    own, provisioned = own_service, own_service.provisioned
    with ca(provisioned) as web:
        fetching(provisioned, mapped(web))
        assert "THIẾU" in own.antin("revocation", "status", check=1).stdout
        told = own.antin("revocation", "refresh")
        assert "Nguyễn Văn An: mới" in told.stderr
        own.antin("revocation", "status")
        own.start()
        assert own.sign(own.send().json()["id"], "an.nv").status_code == 200
        document = own.send(headers={"Idempotency-Key": "another"}).json()["id"]
        provisioned.revoke("an.nv")
        own.antin("revocation", "refresh")
        refused = own.sign(document, "an.nv")
        assert (refused.status_code, refused.json()["code"]) == (422, "certificate-revoked"), refused.text
        state = json.loads(own.antin("revocation", "status", "--json").stdout)
        assert state["enough"] is True
    before = {path.name: path.read_bytes() for path in (provisioned.folder / "fetched").iterdir()}
    away = own.antin("revocation", "refresh", "--json", check=3)
    assert {each["result"] for each in json.loads(away.stdout)["errands"]} == {"failed"}
    assert {path.name: path.read_bytes() for path in (provisioned.folder / "fetched").iterdir()} == before


def shelled(provisioned: Provisioned, *arguments: str, check: int) -> Done:
    from .conftest import Shell

    return Shell(provisioned, provisioned.service, Path()).antin("revocation", *arguments, check=check)


def test_through_a_proxy_that_wants_a_password(
    provisioned_copy: Callable[[], Provisioned], capfd: pytest.CaptureFixture[str]
):
    provisioned = provisioned_copy()
    with os.fdopen(os.open(provisioned.folder / "login", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(LOGIN + "\n")
    header = "Basic " + base64.b64encode(LOGIN.encode()).decode()
    names = ("crl.antin.example", "ocsp.antin.example")
    with ca(provisioned) as web, forwarding(dict.fromkeys(names, web.address), header) as proxy:
        fetching(provisioned, f'proxy = "{proxy.url}"', 'proxy_password = "file:login"')
        tried = shelled(provisioned, "refresh", "--dry-run", "--json", check=0)
        assert not (provisioned.folder / "fetched").exists()
        done = shelled(provisioned, "refresh", check=0)
        assert "http://crl.antin.example/pki/pub/crl/sub.crl" in proxy.asked
        assert {by for *_, by in web.asked} == {True}  # nothing went beside it
        count = len(web.asked)
        (provisioned.folder / "login").write_text("antin:wrong\n")
        wrong = shelled(provisioned, "refresh", check=3)
        assert "proxy-login-refused" in wrong.stderr
        del web.pages["/"]
        (provisioned.folder / "login").write_text(LOGIN + "\n")
        some = shelled(provisioned, "refresh", check=1)
        assert "fetch-refused" in some.stderr
        assert len(web.asked) > count
    shown = "".join(each.stdout + each.stderr for each in (tried, done, wrong, some)) + "".join(capfd.readouterr())
    assert LOGIN not in shown and LOGIN.partition(":")[2] not in shown and header not in shown
    shelled(provisioned, "status", check=0)
    assert "Sắp hết" in shelled(provisioned, "status", "--within", "60", check=0).stdout
