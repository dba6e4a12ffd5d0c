"""Behind a proxy: client certificates and addresses are believed from it, and from nobody else; shares of calls."""

import base64
import datetime as dt
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from softhsm.provision import Provisioned

from .conftest import Service, make_service, served

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass
class Authority:
    """Makes certificates for clients: this is about the service that reads them."""

    key: ec.EllipticCurvePrivateKey
    own: x509.Certificate

    @classmethod
    def make(cls, name: str, above: "Authority | None" = None) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(
            name, above.own.subject if above else _name(name), key.public_key(), NOW - DAY, NOW + DAY
        ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return cls(key, builder.sign(above.key if above else key, hashes.SHA256()))

    def client(
        self, name: str, *, until: dt.datetime = NOW + DAY, usage: x509.ObjectIdentifier | None = None
    ) -> x509.Certificate:
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        builder = _builder(name, self.own.subject, public, NOW - 2 * DAY, until)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    name: str,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    since: dt.datetime,
    until: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def field(*certificates: x509.Certificate) -> str:
    """As RFC 9440, 2.1 has it."""
    return ", ".join(f":{base64.b64encode(each.public_bytes(Encoding.DER)).decode()}:" for each in certificates)


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


ROOT = Authority.make("Test root of clients")
BELOW = Authority.make("Test authority of clients", ROOT)


@pytest.fixture(scope="module")
def proxied(copies: Callable[[], Provisioned]) -> Iterator[Service]:
    """Believes loopback, and clients whose certificates lead to ROOT."""
    provisioned = copies()
    (provisioned.folder / "clients.pem").write_bytes(ROOT.own.public_bytes(Encoding.PEM))
    with provisioned.service.open("a") as settings:
        settings.write('\n[proxy]\ntrusted = ["127.0.0.0/8", "10.0.0.0/8"]\nclient_roots = "clients.pem"\n')
    with served(provisioned) as running:
        yield running


def bind(service: Service, certificate: x509.Certificate, role: str = "auditor", *options: str) -> str:
    file = service.provisioned.folder / "client.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    made = service.antin("api-key", "add", "by certificate", "--role", role, "--certificate", file, "--json", *options)
    said = json.loads(made.stdout)
    assert "key" not in said
    return str(said["id"])


def show(service: Service, certificate: str, path: str = "/v1/documents", **headers: str) -> requests.Response:
    return requests.get(service.url + path, headers={"Client-Cert": certificate, **headers}, timeout=60)


def test_a_certificate_opens_what_it_was_bound_to(proxied: Service):
    certificate = ROOT.client("eoffice.example.vn", usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    assert code(show(proxied, field(certificate))) == (401, "client-certificate-unknown")
    key_id = bind(proxied, certificate)
    assert show(proxied, field(certificate)).ok
    assert code(show(proxied, field(certificate), "/metrics")) == (403, "role-not-allowed")
    again = proxied.antin(
        "api-key",
        "add",
        "again",
        "--role",
        "auditor",
        "--certificate",
        proxied.provisioned.folder / "client.pem",
        check=1,
    )
    assert "đã gắn" in again.stderr
    proxied.antin("api-key", "revoke", key_id)
    deadline = time.monotonic() + 30
    while show(proxied, field(certificate)).ok:
        assert time.monotonic() < deadline


def test_what_leads_to_no_root_or_is_out_of_its_time_or_for_something_else_is_refused(proxied: Service):
    stranger = Authority.make("Test root of clients").client("x")
    expired = ROOT.client("x", until=NOW - DAY)
    server = ROOT.client("x", usage=ExtendedKeyUsageOID.SERVER_AUTH)
    not_above = ROOT.client("no authority")
    for certificate in (stranger, expired, server):
        bind(proxied, certificate)
        assert code(show(proxied, field(certificate))) == (401, "client-certificate-refused")
    leaf = BELOW.client("x")
    bind(proxied, leaf)
    assert code(show(proxied, field(leaf))) == (401, "client-certificate-refused")
    assert code(show(proxied, field(leaf), **{"Client-Cert-Chain": field(not_above)}))[0] == 401
    assert show(proxied, field(leaf), **{"Client-Cert-Chain": field(BELOW.own)}).ok


@pytest.mark.parametrize("text", ["", "x", ":bm8=:", ":***:", "MIIB", "::", ":bm8=:, :bm8=:", "%3A"])
def test_what_is_no_certificate_is_malformed(proxied: Service, text: str):
    assert code(show(proxied, text)) == (400, "invalid-client-certificate")


def test_an_order_by_certificate_is_repeated_without_its_pin_in_any_digest(proxied: Service):
    certificate = ROOT.client("desk")
    bind(proxied, certificate, "document-system")
    document = proxied.send().json()["id"]
    headers = {"Client-Cert": field(certificate), "Idempotency-Key": "by-certificate"}
    body = {"role": "leader", "key": "an.nv", "pin": proxied.provisioned.pin("an.nv").reveal()}
    path = f"{proxied.url}/v1/documents/{document}/signatures"
    first, again = (requests.post(path, json=body, headers=headers, timeout=60) for _ in range(2))
    assert first.status_code == again.status_code == 200, first.text
    assert first.content == again.content
    other = requests.post(path, json=body | {"key": "duc.pm"}, headers=headers, timeout=60)
    assert code(other) == (409, "idempotency-key-reused")


def test_a_key_goes_before_a_certificate(proxied: Service):
    """A proxy that asks everybody for a certificate does not change who calls."""
    for stranger in (field(ROOT.client("x", until=NOW - DAY)), "x"):
        assert proxied.ask("auditor", "GET", "/v1/documents", headers={"Client-Cert": stranger}).ok
    certificate = ROOT.client("whoever")
    assert proxied.ask("auditor", "GET", "/v1/documents", headers={"Client-Cert": field(certificate)}).ok
    wrong = show(proxied, field(certificate), Authorization="Bearer antin_no")
    assert code(wrong) == (401, "api-key-unknown")


def test_addresses_are_counted_as_the_proxy_tells_them(proxied: Service):
    """One address uses up its share of wrong keys; another, and one that the first makes up before, are not it."""

    def guess(addresses: str) -> int:
        headers = {"X-Forwarded-For": addresses, "Authorization": "Bearer antin_no"}
        return requests.get(f"{proxied.url}/v1/documents", headers=headers, timeout=60).status_code

    told = [guess(f"192.0.2.{n % 250}, 198.51.100.7, 10.1.2.3") for n in range(400)]
    assert told[0] == 401
    assert told[-1] == 429
    assert guess("198.51.100.8") == 401


# --- nobody is believed who is not named


@pytest.fixture(scope="module")
def direct(copies: Callable[[], Provisioned]) -> Iterator[Service]:
    """Without a proxy; few calls of one key."""
    with served(copies(), key_rate=1, key_burst=5) as running:
        yield running


def test_a_certificate_from_elsewhere_is_refused_not_ignored(direct: Service):
    certificate = field(ROOT.client("x"))
    assert code(show(direct, certificate)) == (400, "client-certificate-not-from-proxy")
    answer = direct.ask("clerk", "GET", "/v1/documents", headers={"Client-Cert": certificate})
    assert code(answer) == (400, "client-certificate-not-from-proxy")


def test_a_key_has_its_share_of_calls(direct: Service):
    answers = [direct.ask("auditor", "GET", "/v1/documents") for _ in range(50)]
    first = answers[0]
    assert first.ok
    assert first.headers["RateLimit-Policy"] == '"key";q=5;w=5'
    assert re.fullmatch(r'"key";r=4;t=1', first.headers["RateLimit"])
    refused = next(each for each in answers if not each.ok)
    assert code(refused) == (429, "too-many-requests")
    assert int(refused.headers["Retry-After"]) >= 1
    assert "r=0" in refused.headers["RateLimit"]
    assert direct.ask("document-system", "GET", "/v1/documents").ok


def test_a_key_with_a_rate_of_its_own(direct: Service):
    made = json.loads(direct.antin("api-key", "add", "fast", "--role", "auditor", "--rate", 1000, "--json").stdout)
    headers = {"Authorization": f"Bearer {made['key']}"}
    for _ in range(50):
        answer = requests.get(f"{direct.url}/v1/documents", headers=headers, timeout=60)
        assert answer.ok
    assert answer.headers["RateLimit-Policy"] == '"key";q=5000;w=5'


def test_a_network_that_is_none_stops_the_start(copies: Callable[[], Provisioned]):
    service = make_service(copies())
    with Path(service.provisioned.service).open("a") as settings:
        settings.write('\n[proxy]\ntrusted = ["everybody"]\n')
    told = service.antin("serve", "--config", service.provisioned.service, check=None)
    assert told.returncode == 2
    assert "[proxy] trusted: “everybody”" in told.stderr
