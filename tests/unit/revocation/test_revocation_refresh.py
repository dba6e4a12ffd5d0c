"""Refresh over real HTTP: what is fetched, what is believed, and what stays when it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.crl import CertificateList
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from policies.certificates import RevocationStatus
from signer.model.revocation import Fetched
from signer.usecases.refresh import RefreshReport
from signer.validation import open_judge
from tests.fixtures.attacks_pki import DAY, NOW, authority, crl, leaf, pki
from tests.support import published
from tests.support.published import Page, pem, publishing, responding, unsuccessful
from tests.unit.revocation.conftest import CRL, LDAP, OCSP, Scene, addresses, asked_about, people, said

GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


def results(report: RefreshReport) -> list[tuple[str, str, str]]:
    return [(each.kind.value, each.about, each.result.value) for each in report.errands]


def codes(report: RefreshReport) -> dict[str, str]:
    return {failure.url: failure.code for each in report.errands for failure in each.failures}


def flipped(data: bytes, place: int = -1) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def revocation_of(scene: Scene, which: int = 0) -> RevocationStatus:
    """What the signing path makes of the folder."""
    pinned = scene.folder.parent / "root.pem"
    pinned.write_bytes(pki().root.pem)
    return open_judge([pinned], scene.folder).facts(people()[which].info, NOW).revocation


def test_one_list_for_all_keys_and_an_answer_for_each(scene: Scene):
    report = scene.refresh()
    assert results(report) == [
        ("crl", "CA phục vụ thử nghiệm", "new"),
        ("ocsp", "Nguyễn Văn An", "new"),
        ("ocsp", "Trần Thị Bình", "new"),
    ]
    assert (report.failed, report.away) == (False, False)
    assert scene.web.paths() == ["/pub/sub.crl", "/", "/"]
    lying = scene.lying()
    assert lying["old.crl"] == scene.web.pages["/pub/sub.crl"]  # in the old one's place, under its name
    assert sorted(name.rpartition(".")[2] for name in lying) == ["crl", "crl", "ocsp", "ocsp"]
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in scene.folder.glob("*.ocsp"))
    assert [(each.url, each.about) for each in report.unusable] == [(LDAP, "CA phục vụ thử nghiệm")]
    assert json.loads(json.dumps(report.as_dict()))["errands"][0]["url"] == CRL
    assert revocation_of(scene) is RevocationStatus.GOOD


def test_what_did_not_change_is_not_written(scene: Scene):
    scene.web.pages["/"] = responding(lambda _: unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER))
    scene.refresh()
    before = (scene.folder / "old.crl").stat().st_ino
    assert results(scene.refresh())[0][2] == "unchanged"
    assert (scene.folder / "old.crl").stat().st_ino == before


def test_a_dry_run_fetches_and_writes_nothing(scene: Scene):
    before = scene.lying()
    assert {result for _, _, result in results(scene.refresh(dry_run=True))} == {"new"}
    assert scene.lying() == before
    assert len(scene.web.asked) == 3


def test_into_an_empty_place(scene: Scene):
    scene.folder = scene.folder.parent / "not" / "there"
    assert not scene.refresh().failed
    (name,) = (each for each in scene.lying() if each.endswith(".crl"))
    assert name.startswith("sub-")


def test_pem_is_taken_too(scene: Scene):
    scene.web.pages["/pub/sub.crl"] = pem(scene.publish())
    assert results(scene.refresh())[0][2] == "new"


def other_list(scene: Scene) -> bytes:
    del scene
    return crl(authority(x509.Name([])))


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (lambda scene: published.html, "crl-unreadable"),
        (lambda scene: b"", "crl-unreadable"),
        (lambda scene: scene.publish()[:-9], "crl-unreadable"),
        (lambda scene: None, "fetch-refused"),
        (lambda scene: published.endless, "fetch-too-large"),
        (lambda scene: published.moved("http://evil.invalid/sub.crl"), "fetch-redirected"),
        (lambda scene: crl(pki().root), "crl-of-another"),
        (lambda scene: crl(authority(pki().sub.certificate.subject)), "crl-signature-invalid"),
        (lambda scene: flipped(scene.publish()), "crl-signature-invalid"),
        (lambda scene: flipped(scene.publish(), 120), None),
        (lambda scene: scene.publish(this_update=NOW - 3 * DAY, next_update=NOW - DAY), "revocation-expired"),
        (lambda scene: scene.publish(this_update=NOW + DAY), "revocation-too-early"),
        (lambda scene: scene.publish(this_update=NOW - 3 * DAY), "revocation-older"),
    ],
)
def test_a_list_that_is_not_to_be_believed_leaves_the_old_one(
    page: Callable[[Scene], Page | None], code: str | None, scene: Scene
):
    before = scene.lying()
    hostile = page(scene)
    scene.more = {"max_bytes": 1_000_000}
    if hostile is None:
        del scene.web.pages["/pub/sub.crl"]
    else:
        scene.web.pages["/pub/sub.crl"] = hostile
    report = scene.refresh()
    assert (report.failed, report.away) == (True, False)
    failure = report.errands[0].failures[0]
    assert failure.url == CRL
    assert failure.code == code or (code is None and failure.code.startswith("crl-"))
    assert failure.message["vi"].startswith(CRL) and failure.message["en"].startswith(CRL)
    assert {name: data for name, data in scene.lying().items() if name.endswith(".crl")} == before
    assert report.errands[1].result is Fetched.NEW  # the others are not held up


def test_a_list_with_a_lower_number_is_yesterdays(scene: Scene):
    (scene.folder / "old.crl").write_bytes(numbered(7, NOW - 2 * DAY))
    scene.web.pages["/pub/sub.crl"] = numbered(6, NOW - DAY)
    assert codes(scene.refresh())[CRL] == "revocation-older"
    scene.web.pages["/pub/sub.crl"] = numbered(8, NOW - DAY)
    assert scene.refresh().errands[0].file.number == 8


def numbered(number: int, since: object, *more: x509.ExtensionType) -> bytes:
    builder = x509.CertificateRevocationListBuilder(pki().sub.certificate.subject, since, NOW + 9 * DAY)
    for each in (x509.CRLNumber(number), *more):
        builder = builder.add_extension(each, critical=not isinstance(each, x509.CRLNumber))
    return builder.sign(pki().sub.key, hashes.SHA256()).public_bytes(published.Encoding.DER)


def test_a_delta_is_no_list(scene: Scene):
    scene.web.pages["/pub/sub.crl"] = numbered(9, NOW - DAY, x509.DeltaCRLIndicator(8))
    assert codes(scene.refresh())[CRL] == "crl-delta"


def test_a_part_of_a_list_covers_what_it_speaks_of(scene: Scene):
    (scene.folder / "old.crl").unlink()
    scene.more = {"ocsp": False}
    for only_ca, state in ((True, "missing"), (False, "fresh")):
        scope = x509.IssuingDistributionPoint(None, None, not only_ca, only_ca, None, False, False)
        scene.web.pages["/pub/sub.crl"] = numbered(9, NOW - DAY, scope)
        assert not scene.refresh().failed
        assert scene.standing()["Nguyễn Văn An"] == state


def test_junk_and_lists_of_tomorrow_at_hand_bar_nothing(scene: Scene):
    (scene.folder / "old.crl").write_bytes(b"junk")
    (scene.folder / "late.crl").write_bytes(crl(pki().sub, this_update=NOW + DAY))
    (scene.folder / "forged.crl").write_bytes(flipped(crl(pki().sub, this_update=NOW)))
    assert not scene.refresh().failed
    assert scene.standing()["Trần Thị Bình"] == "fresh"


def test_sha1_of_the_first_generation_is_tolerated(scene: Scene):
    """Trap 24: inside the pinned hierarchy."""
    made = CertificateList.load(scene.publish())
    body = made["tbs_cert_list"]
    body["signature"] = made["signature_algorithm"] = SignedDigestAlgorithm({"algorithm": "sha1_ecdsa"})
    key = pki().sub.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    made["signature"] = key.sign(body.dump(force=True), ec.ECDSA(hashes.SHA1()))  # noqa: S303 -- as said
    scene.web.pages["/pub/sub.crl"] = old = made.dump(force=True)
    assert not scene.refresh().failed
    scene.web.pages["/pub/sub.crl"] = flipped(old)
    assert codes(scene.refresh())[CRL] == "crl-signature-invalid"


def charged(*purposes: x509.ObjectIdentifier, issuer: object = None, **more: object):
    """A responder with a certificate of its own."""
    return leaf(
        "responder",
        "OCSP",
        "CA",
        issuer or pki().sub,
        extended=False,
        change=lambda builder: builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False),
        **more,
    )


_SIGNS = ExtendedKeyUsageOID.OCSP_SIGNING


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda about: b"<html></html>", "ocsp-unreadable"),
        (lambda about: unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED), "ocsp-refused"),
        (lambda about: said(people()[1 if about == people()[0].certificate else 0].certificate), "ocsp-of-another"),
        (lambda about: said(about, issuer=pki().root.certificate), "ocsp-of-another"),
        (lambda about: flipped(said(about)), "ocsp-signature-invalid"),
        (lambda about: said(about, by=pki().root), "ocsp-signature-invalid"),
        (lambda about: said(about, by=authority(pki().sub.certificate.subject)), "ocsp-signature-invalid"),
        (lambda about: said(about, delegate=charged(ExtendedKeyUsageOID.SERVER_AUTH)), "ocsp-signature-invalid"),
        (lambda about: said(about, delegate=charged(_SIGNS, issuer=pki().root)), "ocsp-signature-invalid"),
        (lambda about: said(about, delegate=charged(_SIGNS, until=NOW - DAY)), "ocsp-signature-invalid"),
        (lambda about: said(about, delegate=people()[1]), "ocsp-signature-invalid"),
        (lambda about: said(about, status=UNKNOWN), "ocsp-refused"),
        (lambda about: said(about, since=NOW - 3 * DAY, until=NOW - DAY), "revocation-expired"),
        (lambda about: said(about, since=NOW - timedelta(hours=1), until=None), "revocation-expired"),
        (lambda about: said(about, since=NOW + DAY, until=NOW + 2 * DAY), "revocation-too-early"),
    ],
)
def test_an_answer_that_is_not_to_be_believed_is_not_kept(
    make: Callable[[x509.Certificate], bytes], code: str, scene: Scene
):
    scene.web.pages["/"] = responding(lambda request: make(asked_about(request)))
    report = scene.refresh()
    assert codes(report) == {OCSP: code}
    assert [each.result for each in report.errands] == [Fetched.NEW, Fetched.FAILED, Fetched.FAILED]
    assert not any(name.endswith(".ocsp") for name in scene.lying())


def test_a_charged_responder_and_a_revoked_certificate_are_believed(scene: Scene):
    charge = charged(_SIGNS)
    scene.web.pages["/"] = responding(lambda request: said(asked_about(request), status=REVOKED, delegate=charge))
    assert not scene.refresh().failed
    assert revocation_of(scene) is RevocationStatus.REVOKED


def test_an_older_answer_leaves_the_newer(scene: Scene):
    scene.refresh()
    before = scene.lying()
    scene.web.pages["/"] = responding(lambda request: said(asked_about(request), since=NOW - DAY))
    assert codes(scene.refresh()) == {OCSP: "revocation-older"}
    assert scene.lying() == before


def test_a_responder_that_knows_one_digest_only_is_asked_by_it(scene: Scene):
    digests: list[str] = []

    def make(request: ocsp.OCSPRequest) -> bytes:
        digests.append(request.hash_algorithm.name)
        if request.hash_algorithm.name == "sha1":
            return unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        return said(asked_about(request), digest=hashes.SHA256())

    scene.web.pages["/"] = responding(make)
    assert not scene.refresh().failed
    assert digests == ["sha1", "sha256"] * 2
    assert revocation_of(scene) is RevocationStatus.GOOD


def test_a_revocation_on_the_list_is_not_hidden_by_an_answer(scene: Scene):
    """Validators ask OCSP first: an answer of yesterday, or a responder that lags behind, would say good."""
    scene.refresh()
    scene.publish({people()[0].certificate: NOW - DAY / 24}, this_update=NOW - timedelta(minutes=1))
    report = scene.refresh()
    assert len(report.errands[0].withdrawn) == 1
    assert codes(report) == {OCSP: "ocsp-contradicted"}
    assert [each.result.value for each in report.errands] == ["new", "failed", "new"]
    assert revocation_of(scene) is RevocationStatus.REVOKED
    assert revocation_of(scene, 1) is RevocationStatus.GOOD


def test_the_settings_list_goes_before_the_certificates(scene: Scene):
    scene.web.pages["/mine.crl"] = scene.web.pages.pop("/pub/sub.crl")
    scene.more = {"crls": ("http://crl.ca.invalid/mine.crl",), "ocsp": False}
    assert [each.result for each in scene.refresh().errands] == [Fetched.NEW, Fetched.SPARED]
    scene.web.pages["/mine.crl"] = published.html
    assert codes(scene.refresh()) == {"http://crl.ca.invalid/mine.crl": "crl-unreadable", CRL: "fetch-refused"}


def test_another_address_of_the_same_list_is_tried(scene: Scene):
    second = "http://crl.ca.invalid/second.crl"
    change = addresses([[CRL, second]], [])
    scene.keys = (leaf("an", "Nguyễn Văn An", "BTC", pki().sub, chain=(pki().sub,), change=change),)
    scene.web.pages["/second.crl"] = scene.web.pages.pop("/pub/sub.crl")
    report = scene.refresh()
    assert (report.failed, codes(report)) == (False, {CRL: "fetch-refused"})
    assert report.errands[0].url == second


def test_nobody_there_at_all(scene: Scene):
    with publishing() as gone:
        scene.more = {"hosts": {"crl.ca.invalid": gone.address, "ocsp.ca.invalid": gone.address}}
    report = scene.refresh()
    assert (report.failed, report.away) == (True, True)
    assert set(codes(report).values()) == {"fetch-unreachable"}


def test_how_things_stand(scene: Scene):
    assert scene.standing(0) == {"Nguyễn Văn An": "fresh", "Trần Thị Bình": "fresh", "CA phục vụ thử nghiệm": "fresh"}
    assert scene.standing(3)["Nguyễn Văn An"] == "soon"
    scene.clock.moment = NOW + 2 * DAY
    assert scene.standing() == {
        "Nguyễn Văn An": "missing",
        "Trần Thị Bình": "missing",
        "CA phục vụ thử nghiệm": "fresh",
    }


def test_a_key_whose_ca_is_not_known_is_missing_something(scene: Scene):
    scene.keys = (replace(people()[0], info=replace(people()[0].info, chain=())),)
    assert scene.standing() == {"Nguyễn Văn An": "missing"}
    assert scene.refresh().errands == ()


def test_where_a_sub_ca_is_pinned_the_way_ends_there(scene: Scene):
    scene.roots = (pki().sub,)
    assert "CA phục vụ thử nghiệm" not in scene.standing()


def test_a_folder_that_cannot_be_written_to_is_said(scene: Scene):
    from signer.errors import SignerError

    scene.folder = scene.folder / "old.crl" / "below-a-file"
    with pytest.raises(SignerError) as refusal:
        scene.refresh()
    assert refusal.value.code == "revocation-not-written"
