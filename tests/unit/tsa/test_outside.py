"""One authority outside, over real connections: its good answers are taken, and nothing else is."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import cms, tsp

from signer.errors import Kind
from signer.model.timestamp import CountsAs
from signer.tsa.asking import Rejected
from tests.fixtures.attacks_pki import DAY, crl
from tests.support import authorities, published
from tests.support.asked import DIGEST, EC, HOST, Now, authority, got, refused
from tests.support.authorities import (
    OTHER_POLICY,
    POLICY,
    REPLY,
    Liar,
    OpenSsl,
    hierarchy,
    openssl_verifies,
    rejecting,
    saying,
)
from tests.support.published import Page, Published, answer, moved, publishing


@pytest.fixture
def web() -> Iterator[Published]:
    with publishing() as running:
        yield running


# --- good ones


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_openssl_is_asked_and_believed(web: Published, tmp_path: Path, algorithm: str):
    data = tmp_path / "data"
    data.write_bytes(b"a signature")
    web.pages["/tsa"] = OpenSsl(tmp_path / "openssl", hierarchy().tsa, hierarchy().root, algorithm).page
    stamp = authority(web, tmp_path).ask(hashlib.new(algorithm, b"a signature").digest(), algorithm, 10.0)
    assert (stamp.authority, stamp.counts_as, stamp.policy) == ("ptc", CountsAs.GOVERNMENT, POLICY)
    assert stamp.subject == "TSA thử nghiệm"
    assert stamp.accuracy == dt.timedelta(seconds=1.5)
    assert abs(stamp.at - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=30)
    assert [each.code for each in stamp.findings] == ["time-stamp-revocation-unknown"]
    assert stamp.certificate == hierarchy().tsa.der
    (tmp_path / "token").write_bytes(stamp.token)
    assert openssl_verifies(tmp_path / "token", data, tmp_path / "tsa-root.pem")
    data.write_bytes(b"another signature")
    assert not openssl_verifies(tmp_path / "token", data, tmp_path / "tsa-root.pem")
    assert web.asked == [("POST", "/tsa", HOST, False)]


def test_the_older_signing_certificate_attribute_will_do(web: Published, tmp_path: Path):
    assert got(web, tmp_path, OpenSsl(tmp_path / "o", hierarchy().tsa, hierarchy().root, ess="sha1").page)


def test_a_policy_that_is_asked_for_is_got_or_refused_by_openssl_itself(web: Published, tmp_path: Path):
    page = OpenSsl(tmp_path / "o", hierarchy().tsa, hierarchy().root).page
    assert got(web, tmp_path, page, policy=OTHER_POLICY).policy == OTHER_POLICY
    assert refused(web, tmp_path, page, policy="1.2.3.4") == "time-stamp-rejected"
    assert refused(web, tmp_path, page, policies=frozenset({OTHER_POLICY})) == "time-stamp-mismatch"
    assert got(web, tmp_path, page, policies=frozenset({OTHER_POLICY, POLICY})).policy == POLICY


@pytest.mark.parametrize(
    "liar",
    [
        Liar(hierarchy().tsa),
        Liar(EC),
        Liar(EC, digest="sha512"),
        Liar(hierarchy().tsa, pss=True),
        Liar(hierarchy().tsa, ess="sha1"),
        Liar(hierarchy().tsa, ess="sha512"),
        Liar(hierarchy().tsa, by_key_identifier=True),
        # Where a certificate lies in the bag says nothing of whose signature it is (trap 23).
        Liar(hierarchy().tsa, [hierarchy().stranger, hierarchy().tsa]),
        Liar(hierarchy().tsa, [hierarchy().stranger, hierarchy().strange_root, hierarchy().root, hierarchy().tsa]),
        Liar(hierarchy().tsa, info={"extensions": authorities.extension(critical=False)}),
        Liar(hierarchy().tsa, info={"serial_number": 2**159}),
    ],
)
def test_good_answers_of_other_makes(web: Published, tmp_path: Path, liar: Liar):
    stamp = got(web, tmp_path, liar.page)
    assert stamp.certificate == liar.holder.der
    bag = cms.ContentInfo.load(stamp.token)["content"]["certificates"]
    assert [each.chosen.dump() for each in bag] == [each.der for each in liar.bag or [liar.holder]]
    assert stamp.as_dict()["counts_as"] == "government"


def test_what_is_odd_is_told_and_does_not_refuse(web: Published, tmp_path: Path):
    bare = Liar(hierarchy().tsa, info={"accuracy": None})
    codes = [each.code for each in got(web, tmp_path, bare.page).findings]
    assert codes == ["time-stamp-without-accuracy", "time-stamp-revocation-unknown"]

    def changed(handler: published.Handler, body: bytes) -> None:
        reply = tsp.TimeStampResp.load(Liar(hierarchy().tsa).reply(body))
        reply["status"] = {"status": "granted_with_mods"}
        answer(handler, reply.dump(force=True), **{"Content-Type": REPLY})

    assert got(web, tmp_path, changed).findings[0].code == "time-stamp-modified"


def test_a_clock_that_differs_is_told_and_one_that_is_a_day_off_refused(web: Published, tmp_path: Path):
    clock, page = Now(), Liar(hierarchy().tsa).page
    for wrong in (dt.timedelta(minutes=20), -dt.timedelta(minutes=20)):
        clock.wrong = wrong
        assert got(web, tmp_path, page, clock=clock).findings[0].code == "time-stamp-clock-differs"
    for wrong in (2 * DAY, -2 * DAY):
        clock.wrong = wrong
        assert refused(web, tmp_path, page, clock=clock) == "time-stamp-implausible"
    clock.wrong = dt.timedelta(minutes=4)
    assert [e.code for e in got(web, tmp_path, page, clock=clock).findings] == ["time-stamp-revocation-unknown"]


def test_with_a_list_at_hand_revocation_is_known(web: Published, tmp_path: Path):
    (tmp_path / "revocation").mkdir()
    page = Liar(hierarchy().tsa, info={"gen_time": authorities.TODAY}).page
    file, when = tmp_path / "revocation/root.crl", authorities.TODAY
    said = {"this_update": when - DAY, "next_update": when + 30 * DAY}
    file.write_bytes(crl(hierarchy().root, **said))  # type: ignore[arg-type]
    assert not got(web, tmp_path, page).findings
    revoked = {hierarchy().tsa.certificate: when - DAY}
    file.write_bytes(crl(hierarchy().root, revoked, **said))  # type: ignore[arg-type]
    assert refused(web, tmp_path, page) == "time-stamp-certificate"


# --- what is no answer


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (published.html, "time-stamp-unreadable"),
        (saying(b"<html></html>"), "time-stamp-unreadable"),
        (saying(b""), "time-stamp-unreadable"),
        (saying(b"\x30\x80\x00\x00"), "time-stamp-unreadable"),
        (saying(b"\x30\x84\xff\xff\xff\xff"), "time-stamp-unreadable"),
        (saying(b"\x30\x80" * 50_000), "time-stamp-unreadable"),
        (saying(secrets.token_bytes(2000)), "time-stamp-unreadable"),
        (saying(tsp.PKIStatusInfo({"status": "granted"}).dump()), "time-stamp-unreadable"),
        (rejecting(None, status="granted"), "time-stamp-unreadable"),
        (lambda handler, _: answer(handler, b"", 503), "fetch-refused"),
        (lambda handler, _: answer(handler, b"", 401), "fetch-refused"),
        (moved("http://127.0.0.1:9/"), "fetch-redirected"),
        (saying(bytes(10_000_000)), "fetch-too-large"),
        (published.endless, "fetch-too-large"),
    ],
)
def test_something_else_comes(web: Published, tmp_path: Path, page: Page, code: str):
    assert refused(web, tmp_path, page) == code


def test_the_right_body_as_something_else(web: Published, tmp_path: Path):
    liar = Liar(hierarchy().tsa)
    for said in ("text/html", "application/ocsp-response", ""):
        page = lambda handler, body, said=said: answer(handler, liar.reply(body), **{"Content-Type": said})  # noqa: E731
        assert refused(web, tmp_path, page) == "time-stamp-unreadable"
    page = lambda handler, body: answer(handler, liar.reply(body), **{"Content-Type": REPLY.title() + "; v=1"})  # noqa: E731
    assert got(web, tmp_path, page)


def test_nothing_behind_the_reply(web: Published, tmp_path: Path):
    page = lambda handler, body: answer(  # noqa: E731
        handler, Liar(hierarchy().tsa).reply(body) + b"\0", **{"Content-Type": REPLY}
    )
    assert refused(web, tmp_path, page) == "time-stamp-unreadable"


def test_a_connection_that_is_reset(web: Published, tmp_path: Path):
    def reset(handler: published.Handler, _: bytes) -> None:
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()

    assert refused(web, tmp_path, reset) == "fetch-unreachable"


@pytest.mark.parametrize("page", [published.trickle, published.slow_head])
def test_a_slow_drip_ends_when_the_time_is_up(web: Published, tmp_path: Path, page: Page):
    began = time.monotonic()
    assert refused(web, tmp_path, page, seconds=0.5) == "fetch-too-slow"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("failure", "ours"),
    [
        ("bad_alg", True),
        ("bad_request", True),
        ("bad_data_format", True),
        ("unaccepted_policy", True),
        ("unaccepted_extensions", True),
        ("add_info_not_available", True),
        ("time_not_available", False),
        ("system_failure", False),
        (None, False),
    ],
)
def test_a_rejection_says_why(web: Published, tmp_path: Path, failure: str | None, ours: bool):
    web.pages["/tsa"] = rejecting(failure, "x" * 5000)
    with pytest.raises(Rejected) as refusal:
        authority(web, tmp_path).ask(DIGEST, "sha256", 5.0)
    assert (refusal.value.kind, refusal.value.code) == (Kind.UNSUITABLE, "time-stamp-rejected")
    assert refusal.value.ours is ours
    assert len(refusal.value.text.en) < 400


@pytest.mark.parametrize("status", ["waiting", "revocation_warning", "revocation_notification"])
def test_any_other_status_is_a_rejection(web: Published, tmp_path: Path, status: str):
    assert refused(web, tmp_path, rejecting(None, status=status)) == "time-stamp-rejected"
