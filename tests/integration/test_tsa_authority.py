"""Our own time-stamp authority over keys on tokens, judged by OpenSSL."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, core, tsp
from cryptography.hazmat.primitives.serialization import Encoding

from hsm.pin import Pin
from signer.errors import Kind, SignerError
from signer.keys import TokenKeyring
from signer.model.time import Moment
from signer.settings import load_settings
from signer.tsa.authority import Authority, new_serial
from softhsm.provision import Provisioned

POLICY = "1.3.6.1.4.1.99999.1"
DATA = "Nghị định số 30/2020/NĐ-CP".encode()
NAMES = {"rsa": "tsa", "p-256": "tsa-of-another-kind"}


@dataclass
class Watch:
    """A clock that says what it is told to."""

    moment: Moment | None = None

    def now(self) -> Moment:
        if self.moment is None:
            raise SignerError(Kind.UNAVAILABLE, "time-not-available", "Không rõ giờ.", "the time is not known")
        return self.moment


@dataclass
class Ring:
    """A keyring that can be made to fail or to lie."""

    real: TokenKeyring
    change: Callable[[bytes], bytes] = lambda value: value

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def sign(self, name: str, data: bytes, pin: Pin | None = None) -> bytes:
        return self.change(self.real.sign(name, data, pin))


@pytest.fixture(scope="module")
def ring(provisioned: Provisioned) -> TokenKeyring:
    """The keys of the settings, and a second authority on a P-256 key of the same token."""
    settings = load_settings(provisioned.service)
    (tsa,) = [spec for spec in settings.keys if spec.info.name == "tsa"]
    (other,) = [spec for spec in settings.keys if spec.token == tsa.token and spec.info.algorithm == "ecdsa-sha256"][:1]
    path = provisioned.issue_leaf("tsa-of-another-kind", like=other.info.name, usage="tsa")
    try:
        certificate = provisioned.certificate("tsa-of-another-kind").public_bytes(Encoding.DER)
    finally:
        path.unlink()
    info = replace(other.info, name="tsa-of-another-kind", certificate=certificate, chain=tsa.info.chain)
    return TokenKeyring(settings.modules, settings.tokens, [*settings.keys, replace(other, info=info)])


@pytest.fixture
def watch() -> Watch:
    return Watch(Moment(datetime.now(UTC), timedelta(seconds=1)))


@pytest.fixture(params=["rsa", "p-256"])
def authority(request: pytest.FixtureRequest, ring: TokenKeyring, watch: Watch) -> Authority:
    return Authority(ring, NAMES[request.param], POLICY, watch)


def openssl(*arguments: object, check: bool = True) -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")  # letters of Latin-1 it prints as such
    assert not check or done.returncode == 0, said
    return said


def question(folder: Path, *options: str) -> bytes:
    """A request made by OpenSSL."""
    (folder / "data").write_bytes(DATA)
    openssl("ts", "-query", "-data", folder / "data", "-out", folder / "request.tsq", *options)
    return (folder / "request.tsq").read_bytes()


def verified(folder: Path, reply: bytes, provisioned: Provisioned, *options: object, check: bool = True) -> str:
    (folder / "reply.tsr").write_bytes(reply)
    return openssl(
        *("ts", "-verify", "-queryfile", folder / "request.tsq", "-in", folder / "reply.tsr"),
        *("-CAfile", provisioned.folder / "certs/root.pem", *options),
        check=check,
    )


@pytest.mark.parametrize("digest", ["-sha256", "-sha384", "-sha512"])
def test_openssl_verifies_what_it_asked_for(
    authority: Authority, provisioned: Provisioned, tmp_path: Path, digest: str
) -> None:
    reply = authority.reply(question(tmp_path, digest, "-cert"))
    assert reply.outcome == "granted"
    assert "Verification: OK" in verified(tmp_path, reply.der, provisioned)


@pytest.mark.parametrize("at", [-1, -40, 200])
def test_and_does_not_once_a_byte_is_another(
    authority: Authority, provisioned: Provisioned, tmp_path: Path, at: int
) -> None:
    reply = bytearray(authority.reply(question(tmp_path, "-sha256", "-cert")).der)
    reply[at] ^= 1
    assert "Verification: OK" not in verified(tmp_path, bytes(reply), provisioned, check=False)


def test_without_certificates_they_come_from_elsewhere(
    ring: TokenKeyring, watch: Watch, provisioned: Provisioned, tmp_path: Path
) -> None:
    reply = Authority(ring, "tsa", POLICY, watch).reply(question(tmp_path, "-sha256"))
    token = tsp.TimeStampResp.load(reply.der)["time_stamp_token"]
    assert not token["content"]["certificates"]
    known = tmp_path / "known.pem"
    known.write_bytes(b"".join((provisioned.folder / f"certs/{name}.pem").read_bytes() for name in ("tsa", "sub")))
    assert "Verification: OK" in verified(tmp_path, reply.der, provisioned, "-untrusted", known)


def test_a_token_says_what_was_asked_and_when(authority: Authority, watch: Watch, tmp_path: Path) -> None:
    watch.moment = Moment(datetime(2026, 3, 4, 5, 6, 7, 800_000, tzinfo=UTC), timedelta(milliseconds=1500))
    asked = tsp.TimeStampReq.load(question(tmp_path, "-sha256", "-cert"))
    reply = authority.reply(asked.dump())
    token = tsp.TimeStampResp.load(reply.der, strict=True)["time_stamp_token"]
    info = token["content"]["encap_content_info"]["content"].parsed
    assert info["version"].native == "v1"
    assert info["policy"].native == POLICY
    assert info["message_imprint"].dump() == asked["message_imprint"].dump()
    assert info["nonce"].native == asked["nonce"].native
    assert info["gen_time"].native == watch.moment.at
    assert info["accuracy"].native == {"seconds": 1, "millis": 500, "micros": None}
    assert info["ordering"].native is False
    assert f"{info['serial_number'].native:x}" == reply.serial


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_our_own_stamps_bear_the_certificates(authority: Authority, algorithm: str) -> None:
    digest = hashlib.new(algorithm, DATA).digest()
    token = cms.ContentInfo.load(authority.stamp(digest, algorithm), strict=True)
    imprint = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]
    assert imprint["hashed_message"].native == digest
    assert imprint["hash_algorithm"]["algorithm"].native == algorithm
    assert len(token["content"]["certificates"]) == 2


@pytest.mark.parametrize(("size", "algorithm"), [(20, "sha1"), (31, "sha256"), (32, "sha512")])
def test_our_own_mistakes_are_ours(authority: Authority, size: int, algorithm: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        authority.stamp(bytes(size), algorithm)


def test_nobody_gets_the_serial_number_of_another(authority: Authority, tmp_path: Path) -> None:
    asked, seen = question(tmp_path, "-sha256"), []
    threads = [
        threading.Thread(target=lambda: seen.extend(authority.reply(asked).serial for _ in range(20))) for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(seen) == len(set(seen)) == 80
    drawn = {new_serial() for _ in range(10_000)}
    assert len(drawn) == 10_000
    assert {(len(each), each[0] >> 6) for each in drawn} == {(20, 1)}


# --- what goes wrong --------------------------------------------------------------------------------------------


def refusal(reply: bytes, tmp_path: Path) -> str:
    (tmp_path / "refused.tsr").write_bytes(reply)
    return openssl("ts", "-reply", "-in", tmp_path / "refused.tsr", "-text")


def test_openssl_reads_our_refusals(ring: TokenKeyring, watch: Watch, tmp_path: Path) -> None:
    authority = Authority(ring, "tsa", POLICY, watch)
    for asked, outcome, words in (
        (question(tmp_path, "-sha1"), "badAlg", "unrecognized or unsupported algorithm"),
        (question(tmp_path, "-sha256", "-tspolicy", "1.2.3.4"), "unacceptedPolicy", "policy"),
        (b"\x30\x80", "badDataFormat", "the data submitted has the wrong format"),
    ):
        reply = authority.reply(asked)
        assert (reply.outcome, reply.serial) == (outcome, "")
        text = refusal(reply.der, tmp_path)
        assert "Rejected" in text
        assert words in text


def test_a_clock_that_cannot_vouch_gets_nothing_signed(authority: Authority, watch: Watch, tmp_path: Path) -> None:
    watch.moment = None
    reply = authority.reply(question(tmp_path, "-sha256"))
    assert (reply.outcome, reply.serial) == ("timeNotAvailable", "")
    assert "the TSA's time source is not available" in refusal(reply.der, tmp_path)
    with pytest.raises(SignerError, match="time-not-available"):
        authority.stamp(bytes(32))


@pytest.mark.parametrize("years", [-20, 20])
def test_out_of_its_certificates_days_it_stamps_nothing(authority: Authority, watch: Watch, years: int) -> None:
    now = datetime.now(UTC)
    watch.moment = Moment(now.replace(year=now.year + years, day=1), timedelta(seconds=1))
    with pytest.raises(SignerError, match="time-stamp-unavailable"):
        authority.stamp(bytes(32))


def test_the_accuracy_counts_at_the_certificates_end(
    ring: TokenKeyring, watch: Watch, provisioned: Provisioned
) -> None:
    authority, until = Authority(ring, "tsa", POLICY, watch), provisioned.certificate("tsa").not_valid_after_utc
    watch.moment = Moment(until - timedelta(seconds=2), timedelta(seconds=2))
    assert authority.stamp(bytes(32))
    watch.moment = Moment(until - timedelta(seconds=2), timedelta(seconds=2, microseconds=1))
    with pytest.raises(SignerError, match="time-stamp-unavailable"):
        authority.stamp(bytes(32))


@pytest.mark.parametrize("at", [0, 5, -1])
def test_what_does_not_verify_does_not_leave(
    ring: TokenKeyring, watch: Watch, tmp_path: Path, at: int, caplog: pytest.LogCaptureFixture
) -> None:
    def flipped(value: bytes) -> bytes:
        changed = bytearray(value)
        changed[at] ^= 1
        return bytes(changed)

    for name in NAMES.values():
        authority = Authority(Ring(ring, flipped), name, POLICY, watch)
        assert authority.reply(question(tmp_path, "-sha256")).outcome == "systemFailure"
        with pytest.raises(SignerError, match="time-stamp-unavailable"):
            authority.stamp(bytes(32))
    assert "does not verify" in caplog.text


def test_a_token_that_is_away_is_a_system_failure(ring: TokenKeyring, watch: Watch, tmp_path: Path) -> None:
    def away(_value: bytes) -> bytes:
        raise SignerError(Kind.UNAVAILABLE, "token-unavailable", "Thiết bị không có mặt.", "the token is away")

    reply = Authority(Ring(ring, away), "tsa", POLICY, watch).reply(question(tmp_path, "-sha256"))
    assert reply.outcome == "systemFailure"
    assert "the token is away" in tsp.PKIStatusInfo.load(core.load(reply.der)[0].dump())["status_string"].native[0]


def with_certificate(provisioned: Provisioned, **leaf: str) -> TokenKeyring:
    """The authority's key with another certificate."""
    path = provisioned.issue_leaf("another", like="tsa", **leaf)
    try:
        certificate = provisioned.certificate("another").public_bytes(Encoding.DER)
    finally:
        path.unlink()
    settings = load_settings(provisioned.service)
    (spec,) = [each for each in settings.keys if each.info.name == "tsa"]
    spec = replace(spec, info=replace(spec.info, certificate=certificate))
    return TokenKeyring(settings.modules, settings.tokens, [spec])


@pytest.mark.parametrize("usage", ["agency", "health"])
def test_a_certificate_that_is_no_authoritys_is_refused_at_once(
    watch: Watch, provisioned: Provisioned, usage: str
) -> None:
    with pytest.raises(ValueError, match=r"critical.*alone"):
        Authority(with_certificate(provisioned, usage=usage), "tsa", POLICY, watch)


def test_a_certificate_of_another_key_is_found_before_the_first_stamp(
    provisioned: Provisioned, watch: Watch, tmp_path: Path
) -> None:
    authority = Authority(with_certificate(provisioned, public_key_of="agency-btc"), "tsa", POLICY, watch)
    assert authority.reply(question(tmp_path, "-sha256")).outcome == "systemFailure"
    with pytest.raises(SignerError, match="certificate-key-mismatch"):
        authority.stamp(bytes(32))
