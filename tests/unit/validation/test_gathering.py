"""What is gathered before a signature: enough for a reader who has a root and the file, and no more than that."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from signer.model import NO_DATA, Content, Level, SignatureRole
from signer.pdf.sign import PlanSigner
from signer.report import Verdict
from signer.validation import Gatherer, open_gatherer, open_verifier
from tests.fixtures import attacks
from tests.fixtures.attacks_cms import token
from tests.fixtures.attacks_pki import DAY, NOW, UNTIL, FixedClock, Leaf, crl, leaf, pki
from tests.support.time_authority import authority_leaf


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return pki().write(tmp_path)


@pytest.fixture
def gatherer(folders: tuple[Path, Path]) -> Gatherer:
    return open_gatherer([folders[0]], folders[1])


def good(about: Leaf, *, until: dt.datetime = NOW + 3 * DAY) -> bytes:
    """An OCSP answer of the sub CA itself (RFC 6960)."""
    sub = pki().sub
    built = ocsp.OCSPResponseBuilder().add_response(
        cert=about.certificate,
        issuer=sub.certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=NOW - DAY,
        next_update=until,
        revocation_time=None,
        revocation_reason=None,
    )
    answer = built.responder_id(ocsp.OCSPResponderEncoding.HASH, sub.certificate).sign(sub.key, hashes.SHA256())
    return answer.public_bytes(serialization.Encoding.DER)


def asked() -> Leaf:
    """A key whose certificate says where its CA answers (RFC 5280, 4.2.2.1); of others no answer is looked at."""
    where = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://o.invalid/")
    )
    return leaf(
        "asked",
        "Người Hỏi",
        "BỘ TÀI CHÍNH",
        pki().sub,
        chain=(pki().sub,),
        change=lambda builder: builder.add_extension(x509.AuthorityInformationAccess([where]), critical=False),
    )


def by(key: Leaf) -> tuple[bytes, tuple[bytes, ...]]:
    return key.info.certificate, key.info.chain


def test_the_path_and_a_list_for_each_certificate_below_the_root(
    gatherer: Gatherer, folders: tuple[Path, Path]
) -> None:
    found = gatherer.gather(*by(pki().leader), NOW)
    assert found.lacking is None
    assert set(found.data.certificates) == {pki().leader.info.certificate, pki().sub.der, pki().root.der}
    lists = {(folders[1] / name).read_bytes() for name in ("root.crl", "sub.crl")}
    assert (set(found.data.crls), found.data.ocsps) == (lists, ())
    assert found.until == NOW + 30 * DAY


def test_an_answer_takes_the_place_of_the_list(folders: tuple[Path, Path]) -> None:
    key = asked()
    answer = good(key)
    (folders[1] / "asked.ocsp").write_bytes(answer)
    found = open_gatherer([folders[0]], folders[1]).gather(*by(key), NOW)
    assert found.data.ocsps == (answer,)
    assert found.data.crls == ((folders[1] / "root.crl").read_bytes(),)
    assert found.until == NOW + 3 * DAY
    other = open_gatherer([folders[0]], folders[1]).gather(*by(pki().agency), NOW)
    assert (other.data.ocsps, len(other.data.crls)) == ((), 2)


def test_an_answer_that_does_not_do_leaves_no_list_out(folders: tuple[Path, Path]) -> None:
    """What is given is tried: here the certificate names no place where answers come from."""
    (folders[1] / "leader.ocsp").write_bytes(good(pki().leader))
    found = open_gatherer([folders[0]], folders[1]).gather(*by(pki().leader), NOW)
    assert found.lacking is None
    assert (folders[1] / "sub.crl").read_bytes() in found.data.crls


def test_a_stale_answer_is_left_where_it_is(folders: tuple[Path, Path]) -> None:
    key = asked()
    (folders[1] / "asked.ocsp").write_bytes(good(key, until=NOW - DAY / 2))
    found = open_gatherer([folders[0]], folders[1]).gather(*by(key), NOW)
    assert (found.data.ocsps, len(found.data.crls)) == ((), 2)


@pytest.mark.parametrize("fault", ["stale", "missing", "revoked", "no folder", "no anchor", "another root", "expired"])
def test_where_something_is_missing_nothing_is_given(fault: str, folders: tuple[Path, Path]) -> None:
    key, trust, revocation = pki().leader, [folders[0]], folders[1]
    if fault == "stale":
        (revocation / "sub.crl").write_bytes(crl(pki().sub, this_update=NOW - 2 * DAY, next_update=NOW - DAY))
    elif fault == "missing":
        (revocation / "root.crl").unlink()
    elif fault == "revoked":
        (revocation / "sub.crl").write_bytes(crl(pki().sub, {key.certificate: NOW - DAY}))
    elif fault == "another root":
        key = pki().foreign
    elif fault == "expired":
        key = leaf("old", "Người Cũ", "BỘ TÀI CHÍNH", pki().sub, chain=(pki().sub,), until=NOW - DAY)
    source = open_gatherer([] if fault == "no anchor" else trust, None if fault == "no folder" else revocation)
    found = source.gather(*by(key), NOW)
    assert found.data == NO_DATA
    assert found.lacking is not None
    assert found.lacking.vi
    assert found.lacking.en


def test_a_new_list_is_noticed(gatherer: Gatherer, folders: tuple[Path, Path]) -> None:
    before = gatherer.gather(*by(pki().leader), NOW)
    assert gatherer.gather(*by(pki().leader), NOW + DAY / 1440) is before
    (folders[1] / "sub.crl").write_bytes(crl(pki().sub, {pki().leader.certificate: NOW - DAY}))
    time.sleep(0.2)  # files are looked at ten times a second
    assert gatherer.gather(*by(pki().leader), NOW).lacking is not None


def test_what_is_kept_ends_when_the_data_does(gatherer: Gatherer) -> None:
    assert gatherer.gather(*by(pki().leader), NOW).lacking is None
    assert gatherer.gather(*by(pki().leader), NOW + 31 * DAY).lacking is not None
    assert gatherer.gather(*by(pki().leader), UNTIL + 9 * DAY).data == NO_DATA


def test_a_signature_with_what_was_gathered_is_at_b_lt_for_a_reader_without_any_list(
    gatherer: Gatherer, folders: tuple[Path, Path]
) -> None:
    """The signer's path and the time-stamp authority's; the twin without the authority's is at B-T."""
    tsa = authority_leaf(pki().sub)
    leader = attacks.step(SignatureRole.LEADER, "Leader", "Nguyễn Văn An", ("Leader",), certify=True)
    own, stamped = gatherer.gather(*by(pki().leader), NOW).data, gatherer.gather(*by(tsa), NOW).data
    reader = open_verifier([folders[0]], None, FixedClock())
    for data, level in ((own.plus(stamped), "B-LT"), (replace(own, crls=own.crls[:1]), "B-T")):
        step = replace(leader, level=Level.B_LT, data=data)
        made = PlanSigner().sign(attacks.prepared(), step, pki().leader.info, pki().leader.sign, token(tsa))
        report = reader.verify(Content(made.content.read()))
        assert report.signatures[0].level == level
        assert (report.verdict is Verdict.PASSED) is (level == "B-LT")
