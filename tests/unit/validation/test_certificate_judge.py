"""The CertificateChecker: paths, revocation, and an outcome that is kept only while it cannot change."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from policies.certificates import PathStatus, RevocationStatus
from signer.errors import Kind, SignerError
from signer.validation import CertificateJudge, open_judge
from signer.validation.trust import LOOK_EVERY, RevocationFolder, load_anchors
from tests.fixtures.attacks_pki import DAY, NOW, UNTIL, Leaf, authority, crl, leaf, name, pki, usage


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return pki().write(tmp_path)


@pytest.fixture
def judge(folders: tuple[Path, Path]) -> CertificateJudge:
    return open_judge([folders[0]], folders[1])


def test_a_good_certificate_and_all_that_rules_ask_of_it(judge: CertificateJudge) -> None:
    facts = judge.facts(pki().leader.info, NOW)
    assert (facts.path, facts.revocation, facts.revoked_at) == (PathStatus.TRUSTED, RevocationStatus.GOOD, None)
    assert (facts.common_name, facts.organisation) == ("Nguyễn Văn An", "BỘ TÀI CHÍNH")
    assert facts.key_usage == {"digital_signature", "non_repudiation"}
    assert facts.extended_key_usage == {"email_protection"}
    assert (facts.key_algorithm, facts.key_bits, facts.signature_hash) == ("rsa", 2048, "sha256")
    assert facts.fingerprint_sha256 == pki().leader.certificate.fingerprint(hashes.SHA256()).hex()


def test_an_elliptic_key_says_its_curve_size(judge: CertificateJudge) -> None:
    facts = judge.facts(pki().second.info, NOW)
    assert (facts.key_algorithm, facts.key_bits) == ("ec", 256)


def test_without_the_sub_ca_there_is_no_path(judge: CertificateJudge) -> None:
    assert judge.facts(replace(pki().leader.info, chain=()), NOW).path is PathStatus.NO_PATH


def test_a_sub_ca_beside_the_root_completes_the_path(folders: tuple[Path, Path]) -> None:
    (folders[0].parent / "sub.pem").write_bytes(pki().sub.pem)
    judge = open_judge([folders[0].parent], folders[1])
    assert judge.facts(replace(pki().leader.info, chain=()), NOW).path is PathStatus.TRUSTED


def test_another_hierarchy_and_self_signed_leaves_have_no_path(judge: CertificateJudge) -> None:
    assert judge.facts(pki().foreign.info, NOW).path is PathStatus.NO_PATH
    own = authority(name("Tự ký", "Tự ký"))
    assert judge.facts(replace(pki().leader.info, certificate=own.der, chain=()), NOW).path is PathStatus.NO_PATH


def test_nothing_pinned_is_no_path(folders: tuple[Path, Path]) -> None:
    assert open_judge([], folders[1]).facts(pki().leader.info, NOW).path is PathStatus.NO_PATH


def test_a_namesake_of_the_root_is_not_the_root(judge: CertificateJudge) -> None:
    """The pin is the certificate, not its subject."""
    fake = authority(pki().root.certificate.subject)
    sub = authority(pki().sub.certificate.subject, fake)
    forged = leaf("forged", "Nguyễn Văn An", "BỘ TÀI CHÍNH", sub, chain=(sub, fake))
    assert judge.facts(forged.info, NOW).path is not PathStatus.TRUSTED


def test_expired_and_future_leaves_keep_their_path_and_show_their_dates(judge: CertificateJudge) -> None:
    """The path is judged within the leaf's own validity; its dates are facts of their own."""
    for moment in (pki().leader.certificate.not_valid_before_utc - DAY, UNTIL + DAY):
        facts = judge.facts(pki().leader.info, moment)
        assert facts.path is PathStatus.TRUSTED
        assert not facts.not_before <= moment <= facts.not_after


def test_an_expired_sub_ca_makes_the_path_invalid(folders: tuple[Path, Path]) -> None:
    old = authority(name("CA cũ", "thử nghiệm"), pki().root, until=NOW - 10 * DAY)
    late = leaf("late", "Người Muộn", "BỘ TÀI CHÍNH", old, chain=(old,))
    assert open_judge([folders[0]], folders[1]).facts(late.info, NOW).path is PathStatus.INVALID


def test_a_leaf_that_is_no_ca_cannot_issue(judge: CertificateJudge) -> None:
    from tests.fixtures.attacks_pki import Authority

    issuer = Authority(pki().second.key, pki().second.certificate)
    child = leaf("child", "Con", "BỘ TÀI CHÍNH", issuer, chain=(issuer, pki().sub))
    assert judge.facts(child.info, NOW).path is not PathStatus.TRUSTED


def test_revoked_with_its_date(folders: tuple[Path, Path]) -> None:
    pki().write(folders[0].parent, {pki().leader.certificate: NOW - DAY})
    facts = open_judge([folders[0]], folders[1]).facts(pki().leader.info, NOW)
    assert (facts.revocation, facts.revoked_at) == (RevocationStatus.REVOKED, NOW - DAY)
    assert open_judge([folders[0]], folders[1]).facts(pki().second.info, NOW).revocation is RevocationStatus.GOOD


def test_stale_or_missing_or_unreadable_revocation_data_is_unknown(folders: tuple[Path, Path]) -> None:
    judge = open_judge([folders[0]], folders[1])
    assert judge.facts(pki().leader.info, NOW + 31 * DAY).revocation is RevocationStatus.UNKNOWN
    (folders[1] / "sub.crl").write_bytes(b"not a CRL")
    time.sleep(LOOK_EVERY)
    assert judge.facts(pki().leader.info, NOW).revocation is RevocationStatus.UNKNOWN
    (folders[1] / "sub.crl").unlink()
    time.sleep(LOOK_EVERY)
    assert judge.facts(pki().leader.info, NOW).revocation is RevocationStatus.UNKNOWN
    assert open_judge([folders[0]], None).facts(pki().leader.info, NOW).revocation is RevocationStatus.UNKNOWN


def test_a_crl_of_a_namesake_says_nothing(folders: tuple[Path, Path]) -> None:
    fake = authority(pki().sub.certificate.subject)
    (folders[1] / "sub.crl").write_bytes(crl(fake))
    judge = open_judge([folders[0]], folders[1])
    assert judge.facts(pki().leader.info, NOW).revocation is RevocationStatus.UNKNOWN


def test_a_crl_that_was_exchanged_is_seen_a_moment_later(folders: tuple[Path, Path]) -> None:
    judge = open_judge([folders[0]], folders[1])
    assert judge.facts(pki().leader.info, NOW).revocation is RevocationStatus.GOOD
    (folders[1] / "sub.crl").write_bytes(crl(pki().sub, {pki().leader.certificate: NOW - DAY}))
    time.sleep(LOOK_EVERY)
    assert judge.facts(pki().leader.info, NOW).revocation is RevocationStatus.REVOKED
    (folders[1] / "sub.crl").write_bytes(crl(pki().sub))
    time.sleep(LOOK_EVERY)
    assert judge.facts(pki().leader.info, NOW).revocation is RevocationStatus.GOOD


def test_a_crl_in_pem_is_read_too(folders: tuple[Path, Path]) -> None:
    der = (folders[1] / "sub.crl").read_bytes()
    (folders[1] / "sub.crl").write_bytes(x509.load_der_x509_crl(der).public_bytes(serialization.Encoding.PEM))
    assert open_judge([folders[0]], folders[1]).facts(pki().leader.info, NOW).revocation is RevocationStatus.GOOD


@pytest.mark.parametrize("status", [ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED])
def test_an_ocsp_answer_at_hand_decides(status: ocsp.OCSPCertStatus, folders: tuple[Path, Path]) -> None:
    asked = _asked()
    (folders[1] / "sub.crl").unlink()
    (folders[1] / "asked.ocsp").write_bytes(_answer(asked, status))
    facts = open_judge([folders[0]], folders[1]).facts(asked.info, NOW)
    good = status is ocsp.OCSPCertStatus.GOOD
    assert facts.revocation is (RevocationStatus.GOOD if good else RevocationStatus.REVOKED), facts.detail


@pytest.mark.parametrize("revoked", [False, True])
def test_a_good_ocsp_answer_does_not_hide_a_crl_that_revokes(revoked: bool, folders: tuple[Path, Path]) -> None:
    asked = _asked()
    (folders[1] / "asked.ocsp").write_bytes(_answer(asked, ocsp.OCSPCertStatus.GOOD))
    (folders[1] / "sub.crl").write_bytes(crl(pki().sub, {asked.certificate: NOW - DAY} if revoked else {}))
    facts = open_judge([folders[0]], folders[1]).facts(asked.info, NOW)
    assert facts.revocation is (RevocationStatus.REVOKED if revoked else RevocationStatus.GOOD), facts.detail


def _asked() -> Leaf:
    """A certificate that names an OCSP responder."""
    where = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp.invalid/")
            )
        ]
    )
    return leaf(
        "asked",
        "Người Hỏi",
        "BỘ TÀI CHÍNH",
        pki().sub,
        chain=(pki().sub,),
        change=lambda builder: builder.add_extension(where, critical=False),
    )


def _answer(asked: Leaf, status: ocsp.OCSPCertStatus) -> bytes:
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=asked.certificate,
        issuer=pki().sub.certificate,
        algorithm=hashes.SHA1(),  # noqa: S303 -- RFC 5019
        cert_status=status,
        this_update=NOW - DAY,
        next_update=NOW + DAY,
        revocation_time=NOW - DAY if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    answer = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, pki().sub.certificate)
    return answer.sign(pki().sub.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_an_outcome_is_kept_only_between_two_dates(folders: tuple[Path, Path]) -> None:
    """A CRL that ends in five seconds is asked about again after them."""
    (folders[1] / "sub.crl").write_bytes(crl(pki().sub, next_update=NOW + timedelta(seconds=5)))
    judge = open_judge([folders[0]], folders[1])
    assert judge.facts(pki().leader.info, NOW).revocation is RevocationStatus.GOOD
    assert judge.facts(pki().leader.info, NOW + timedelta(seconds=6)).revocation is RevocationStatus.UNKNOWN
    assert judge.facts(pki().leader.info, NOW).revocation is RevocationStatus.GOOD


def test_another_chain_is_another_question(judge: CertificateJudge) -> None:
    assert judge.facts(pki().leader.info, NOW).path is PathStatus.TRUSTED
    assert judge.facts(replace(pki().leader.info, chain=()), NOW).path is PathStatus.NO_PATH


def test_asked_again_it_is_cheap(judge: CertificateJudge) -> None:
    """The signing path asks for every signature; 200 µs leaves room for a machine under load."""
    judge.facts(pki().leader.info, NOW)
    start = time.perf_counter()
    for _ in range(1000):
        judge.facts(pki().leader.info, NOW)
    assert (time.perf_counter() - start) / 1000 < 200e-6


def test_threads_get_the_same_answer(folders: tuple[Path, Path]) -> None:
    judge = open_judge([folders[0]], folders[1])
    people = [pki().leader, pki().second, pki().agency, pki().clerk]
    seen: list[tuple[PathStatus, RevocationStatus]] = []

    def ask() -> None:
        for round_ in range(10):
            (folders[1] / "noise.crl").write_bytes(b"%d" % round_)
            seen.extend((facts.path, facts.revocation) for facts in (judge.facts(own.info, NOW) for own in people))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {(PathStatus.TRUSTED, RevocationStatus.GOOD)}
    assert len(seen) == 160


def test_key_usage_without_signing_is_reported_as_it_is(judge: CertificateJudge) -> None:
    other = leaf(
        "tls",
        "Máy chủ",
        "BỘ TÀI CHÍNH",
        pki().sub,
        chain=(pki().sub,),
        key_usage=usage("key_agreement"),
        extended=False,
    )
    facts = judge.facts(other.info, NOW)
    assert (facts.key_usage, facts.extended_key_usage) == ({"key_agreement"}, frozenset())


def old_style(own: Leaf, digest: str = "sha1") -> bytes:
    """The certificate signed anew by its CA with an old hash, as the Government CA's first generation does."""
    certificate = Certificate.load(own.info.certificate)
    body = certificate["tbs_certificate"]
    algorithm = SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    body["signature"] = certificate["signature_algorithm"] = algorithm
    key = pki().sub.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate["signature_value"] = key.sign(body.dump(force=True), ec.ECDSA(hashes.SHA1()))  # noqa: S303 -- as said
    return bytes(certificate.dump(force=True))


def test_sha1_under_a_certificate_is_tolerated_inside_the_pinned_hierarchy(judge: CertificateJudge) -> None:
    facts = judge.facts(replace(pki().second.info, certificate=old_style(pki().second)), NOW)
    assert (facts.path, facts.signature_hash) == (PathStatus.TRUSTED, "sha1")


def test_the_same_with_a_flipped_bit_is_not(judge: CertificateJudge) -> None:
    der = bytearray(old_style(pki().second))
    der[-1] ^= 1
    assert judge.facts(replace(pki().second.info, certificate=bytes(der)), NOW).path is PathStatus.INVALID


# --- trust sources --------------------------------------------------------------------------------------------


def _missing(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "absent.pem"
    (tmp_path / "text.pem").write_text("no certificate")
    yield tmp_path / "text.pem"
    (tmp_path / "empty").mkdir()
    yield tmp_path / "empty"
    (tmp_path / "leaf.pem").write_bytes(pki().leader.certificate.public_bytes(serialization.Encoding.PEM))
    yield tmp_path / "leaf.pem"


@pytest.mark.parametrize("which", range(4))
def test_a_trust_source_without_a_root_is_refused_and_named(which: int, tmp_path: Path) -> None:
    path = list(_missing(tmp_path))[which]
    with pytest.raises(SignerError) as refusal:
        load_anchors([path])
    assert (refusal.value.kind, refusal.value.code) == (Kind.MALFORMED, "trust-unreadable")
    assert str(path) in refusal.value.text.vi


def test_in_a_folder_only_self_signed_cas_are_pinned(tmp_path: Path) -> None:
    (tmp_path / "bundle.pem").write_bytes(pki().root.pem + pki().sub.pem)
    (tmp_path / "leaf.pem").write_bytes(pki().leader.certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "noise.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    anchors = load_anchors([tmp_path])
    assert [root.sha256 for root in anchors.roots] == [pki().root.certificate.fingerprint(hashes.SHA256())]
    assert [own.sha256 for own in anchors.helpers] == [pki().sub.certificate.fingerprint(hashes.SHA256())]


def test_a_named_file_may_pin_a_sub_ca_in_der(tmp_path: Path) -> None:
    (tmp_path / "sub.cer").write_bytes(pki().sub.der)
    assert len(load_anchors([tmp_path / "sub.cer"]).pins()) == 1


def test_no_folder_has_no_data_and_says_so() -> None:
    folder = RevocationFolder(None)
    assert not folder.given
    assert folder.data() is folder.data()
