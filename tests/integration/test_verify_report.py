"""The Verifier over whole files: words of EN 319 102-1, time, revocation, order, limits."""

from __future__ import annotations

import datetime as dt
import io
import json
import random
import threading
from pathlib import Path

import pikepdf
import pytest
from cryptography.x509 import ExtendedKeyUsage
from cryptography.x509.oid import ExtendedKeyUsageOID

from signer.model import Content, SignatureRole
from signer.report import Report, SubIndication, Verdict
from signer.validation import Limits, open_verifier
from tests.fixtures import attacks
from tests.fixtures.attacks_cms import container, timestamp
from tests.fixtures.attacks_pki import DAY, NOW, UNTIL, FixedClock, Leaf, crl, leaf, pki
from tests.fixtures.attacks_words import english


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return pki().write(tmp_path)


def verify(data: bytes, folders: tuple[Path, Path], at: dt.datetime = NOW) -> Report:
    """Verify, and insist that whatever is found is told in Vietnamese."""
    report = open_verifier([folders[0]], folders[1], FixedClock(at)).verify(Content(data))
    assert not english(report), report.as_dict()
    return report


def codes(report: Report) -> set[str]:
    return {found.code for found in report.findings}


def by_leader(**kinds: object) -> bytes:
    return attacks.sign_field(
        attacks.prepared().content.read(), pki().leader, container=container(pki().leader, **kinds)
    )  # type: ignore[arg-type]  # keyword arguments of the fixture


@pytest.fixture(scope="module")
def tsa() -> Leaf:
    def purpose(builder: object) -> object:
        return builder.add_extension(  # type: ignore[attr-defined]  # a certificate builder
            ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )

    return leaf(
        "tsa",
        "TSA thử nghiệm",
        "Ấn Tín - phần mềm thử nghiệm",
        pki().sub,
        chain=(pki().sub,),
        rsa_key=True,
        extended=False,
        change=purpose,
    )  # type: ignore[arg-type]  # see above


def test_the_whole_chain_of_an_issued_document(folders: tuple[Path, Path]) -> None:
    report = verify(attacks.full(), folders)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert report.chain.as_dict() == {
        "initials": ["Lê Văn Cường", "Lê Văn Cường"],
        "leaders": ["Nguyễn Văn An", "Trần Thị Bình"],
        "number": "05",
        "date": "2026-11-21",
        "agency": "BỘ TÀI CHÍNH",
    }
    assert [own.role for own in report.signatures] == ["initial", "initial", "leader", "leader", "clerk", "agency"]
    assert all(own.level == "B-B" for own in report.signatures)
    assert any("Number" in word and "05" in word for word in report.signatures[0].changes_after)
    assert report.signatures[-1].changes_after == ()
    json.dumps(report.as_dict())


DRAFTS = Path(__file__).parents[1] / "fixtures" / "drafts"


@pytest.mark.parametrize(
    "draft",
    [attacks.SAMPLES / "thong-tu.pdf", attacks.SAMPLES / "cong-van.pdf", DRAFTS / "word-hybrid.pdf"],
    ids=lambda path: path.name,
)
def test_other_drafts_pass_as_well(draft: Path, folders: tuple[Path, Path]) -> None:
    """Word's hybrid-reference files have an empty section before the first signature: that is no attack."""
    report = verify(attacks.issued(draft).content.read(), folders)
    assert report.verdict is Verdict.PASSED, report.as_dict()


def test_a_receiver_who_signs_makes_no_second_agency(folders: tuple[Path, Path]) -> None:
    report = verify(attacks.signed_field_added(attacks.full(), pki().receiver), folders)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert report.chain.agency == "BỘ TÀI CHÍNH"


def test_the_agency_before_any_leader_is_undecided_with_the_clause(folders: tuple[Path, Path]) -> None:
    what = attacks.step(
        SignatureRole.AGENCY, "Agency", "BỘ TÀI CHÍNH", attacks.ALL, certify=True, values=attacks.VALUES
    )
    report = verify(attacks.make(attacks.prepared(), what, pki().agency).content.read(), folders)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].subindication is SubIndication.SIG_CONSTRAINTS_FAILURE
    found = next(one for one in report.findings if one.code == "agency-before-leader")
    assert found.clause == "NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm d"


def test_a_number_filled_by_the_leader_is_the_wrong_order(folders: tuple[Path, Path]) -> None:
    early = attacks.step(
        SignatureRole.LEADER,
        "Leader",
        "Nguyễn Văn An",
        ("Leader", "Number"),
        certify=True,
        values={"Number": "05"},
    )
    late = attacks.step(
        SignatureRole.AGENCY, "Agency", "BỘ TÀI CHÍNH", attacks.ALL, values={"Day": "21", "Month": "11"}
    )
    made = attacks.make(attacks.make(attacks.prepared(), early, pki().leader), late, pki().agency)
    report = verify(made.content.read(), folders)
    assert report.verdict is Verdict.INDETERMINATE, report.as_dict()
    assert codes(report) & {"number-before-leader", "agency-before-leader"}


def test_a_revoked_certificate_is_undecided_without_a_proven_time(folders: tuple[Path, Path]) -> None:
    pki().write(folders[0].parent, {pki().leader.certificate: NOW - DAY})
    report = verify(attacks.issued().content.read(), folders)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].subindication is SubIndication.REVOKED_NO_POE


def test_a_time_stamp_before_the_revocation_saves_the_signature(folders: tuple[Path, Path], tsa: Leaf) -> None:
    pki().write(folders[0].parent, {pki().leader.certificate: NOW - DAY})
    report = verify(by_leader(stamp=timestamp(tsa, NOW - 2 * DAY)), folders)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert report.signatures[0].level == "B-T"
    assert report.signatures[0].best_signature_time == NOW - 2 * DAY


def test_a_time_stamp_after_the_revocation_proves_it_wrong(folders: tuple[Path, Path], tsa: Leaf) -> None:
    pki().write(folders[0].parent, {pki().leader.certificate: NOW - 3 * DAY})
    report = verify(by_leader(stamp=timestamp(tsa, NOW - 2 * DAY)), folders)
    assert report.verdict is Verdict.FAILED
    assert report.signatures[0].subindication is SubIndication.REVOKED


@pytest.mark.parametrize("wrong", [False, True])
def test_a_document_time_stamp_behind_everything(wrong: bool, folders: tuple[Path, Path], tsa: Leaf) -> None:
    """As archives add, in an invisible field of its own: no receiver's field, and no change of the document."""
    data = attacks.archived(attacks.issued().content.read(), tsa, timestamp(tsa, wrong=wrong))
    report = verify(data, folders)
    assert report.verdict is (Verdict.FAILED if wrong else Verdict.PASSED), report.as_dict()
    assert report.signatures[-1].role == "timestamp"
    assert report.signatures[-1].best_signature_time == (None if wrong else NOW)
    assert "field-added" not in codes(report)


def test_a_time_stamp_over_something_else_proves_nothing(folders: tuple[Path, Path], tsa: Leaf) -> None:
    pki().write(folders[0].parent, {pki().leader.certificate: NOW - DAY})
    report = verify(by_leader(stamp=timestamp(tsa, NOW - 2 * DAY, wrong=True)), folders)
    assert report.verdict is not Verdict.PASSED
    assert report.signatures[0].best_signature_time is None


def test_an_expired_certificate_needs_a_time_stamp(folders: tuple[Path, Path], tsa: Leaf) -> None:
    old = leaf("old", "Người Cũ", "BỘ TÀI CHÍNH", pki().sub, chain=(pki().sub,), rsa_key=True, until=NOW - DAY)
    for stamp, verdict in ((None, Verdict.INDETERMINATE), (timestamp(tsa, NOW - 2 * DAY), Verdict.PASSED)):
        data = attacks.sign_field(
            attacks.prepared().content.read(), old, container=container(old, signing_time=NOW - 2 * DAY, stamp=stamp)
        )
        report = verify(data, folders)
        assert report.verdict is verdict, report.as_dict()
        if stamp is None:
            assert report.signatures[0].subindication is SubIndication.OUT_OF_BOUNDS_NO_POE


def test_local_time_written_as_utc_is_understood(folders: tuple[Path, Path], tsa: Leaf) -> None:
    data = by_leader(signing_time=NOW + dt.timedelta(hours=7), stamp=timestamp(tsa, NOW))
    report = verify(data, folders, NOW + DAY)
    assert report.verdict is Verdict.PASSED
    assert "local-time-as-utc" in codes(report)


def test_the_signer_is_who_signer_info_names_whatever_else_is_in_the_bag(folders: tuple[Path, Path]) -> None:
    data = by_leader(decoys=(pki().foreign.info.certificate, pki().agency.info.certificate))
    report = verify(data, folders)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert report.signatures[0].signer == "Nguyễn Văn An"


def test_a_sha1_document_digest_is_refused(folders: tuple[Path, Path]) -> None:
    report = verify(by_leader(digest="sha1"), folders)
    assert report.verdict is not Verdict.PASSED
    assert report.signatures[0].subindication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert "weak-algorithm" in codes(report)


def test_an_adobe_signature_is_no_pades_and_can_be_valid(folders: tuple[Path, Path]) -> None:
    data = attacks.sign_field(
        attacks.prepared().content.read(),
        pki().leader,
        sub_filter=b"adbe.pkcs7.detached",
        container=container(pki().leader, pades=False),
    )
    report = verify(data, folders)
    assert report.verdict is Verdict.PASSED
    assert report.signatures[0].level == "adbe.pkcs7.detached (not PAdES)"


def test_a_cades_sub_filter_without_the_certificate_attribute_is_no_pades(folders: tuple[Path, Path]) -> None:
    assert "not PAdES" in verify(by_leader(pades=False), folders).signatures[0].level


@pytest.mark.parametrize("sub_filter", [b"adbe.pkcs7.sha1", b"adbe.x509.rsa_sha1", b"Own.Invention"])
def test_a_sub_filter_that_nobody_can_judge_fails(sub_filter: bytes, folders: tuple[Path, Path]) -> None:
    data = attacks.sign_field(attacks.prepared().content.read(), pki().leader, sub_filter=sub_filter)
    report = verify(data, folders)
    assert report.verdict is Verdict.FAILED
    assert report.signatures[0].subindication is SubIndication.FORMAT_FAILURE


def test_a_certificate_that_may_not_sign_is_undecided(folders: tuple[Path, Path]) -> None:
    from tests.fixtures.attacks_pki import usage

    other = leaf("tls", "Máy chủ", "BỘ TÀI CHÍNH", pki().sub, chain=(pki().sub,), key_usage=usage("key_agreement"))
    report = verify(attacks.sign_field(attacks.prepared().content.read(), other), folders)
    assert report.signatures[0].subindication is SubIndication.CHAIN_CONSTRAINTS_FAILURE
    assert "wrong-usage" in codes(report)


def test_a_stranger_is_undecided(folders: tuple[Path, Path]) -> None:
    report = verify(attacks.sign_field(attacks.prepared().content.read(), pki().foreign), folders)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_stale_revocation_data_is_try_later(folders: tuple[Path, Path]) -> None:
    (folders[1] / "sub.crl").write_bytes(crl(pki().sub, next_update=NOW - dt.timedelta(hours=1)))
    report = verify(attacks.issued().content.read(), folders)
    assert report.verdict is Verdict.INDETERMINATE
    assert {own.subindication for own in report.signatures} == {SubIndication.TRY_LATER}


def test_without_any_revocation_data_it_says_that_it_did_not_check(folders: tuple[Path, Path]) -> None:
    report = open_verifier([folders[0]], None, FixedClock()).verify(attacks.issued().content)
    assert report.verdict is Verdict.PASSED
    assert codes(report) == {"revocation-not-checked"}


def test_a_certificate_that_is_over_today_is_not_excused_by_its_own_claim(folders: tuple[Path, Path]) -> None:
    report = verify(attacks.issued().content.read(), folders, UNTIL + DAY)
    assert report.verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize(
    "limits",
    [Limits(bytes=1000), Limits(revisions=1), Limits(signatures=1), Limits(objects=5), Limits(seconds=-1.0)],
    ids=str,
)
def test_a_bound_that_is_passed_is_undecided_and_named(limits: Limits, folders: tuple[Path, Path]) -> None:
    report = open_verifier([folders[0]], folders[1], FixedClock(), limits).verify(attacks.issued().content)
    assert report.verdict is Verdict.INDETERMINATE
    assert codes(report) == {"limit-exceeded"}


def test_random_damage_never_raises_and_never_passes(folders: tuple[Path, Path]) -> None:
    clean = attacks.issued().content.read()
    chance = random.Random(20261121)  # noqa: S311 -- repeatable damage, no secret
    verifier = open_verifier([folders[0]], folders[1], FixedClock())
    for _ in range(40):
        data = bytearray(clean)
        at = chance.randrange(len(data) - 64)
        match chance.randrange(3):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + chance.randrange(1, 64)]
            case _:
                data[at:at] = chance.randbytes(chance.randrange(1, 64))
        assert verifier.verify(Content(bytes(data))).verdict is not Verdict.PASSED


def test_threads_share_a_verifier(folders: tuple[Path, Path]) -> None:
    verifier = open_verifier([folders[0]], folders[1], FixedClock())
    data, seen = attacks.issued().content.read(), []

    def work() -> None:
        seen.extend(verifier.verify(Content(data)).verdict for _ in range(3))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [Verdict.PASSED] * 12


# --- files made to hurt the reader ----------------------------------------------------------------------------


def base_file(pages: bytes, form: bytes = b"", extra: bytes = b"") -> bytes:
    """A file by hand: catalogue 1, page tree 2, form 3 and whatever comes with them."""
    bodies = {1: b"<</Type/Catalog/Pages 2 0 R/AcroForm 3 0 R>>", 2: pages, 3: form or b"<</Fields[]>>", 4: extra}
    out, offsets = b"%PDF-1.7\n", {}
    for number, body in bodies.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body or b"null")
    at = len(out)
    rows = b"".join(b"%010d 00000 n \n" % offsets[number] for number in sorted(bodies))
    return out + b"xref\n0 5\n0000000000 65535 f \n%btrailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        rows,
        at,
    )


LOOPS = {
    "pages": base_file(
        b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>",
        b"<</Fields[4 0 R]>>",
        b"<</FT/Sig/T(A)/V<</Type/Sig/ByteRange[0 1 2 3]>>>>",
    ),
    "fields": base_file(b"<</Type/Pages/Count 0/Kids[]>>", b"<</Fields[4 0 R]>>", b"<</FT/Sig/T(A)/Kids[4 0 R]>>"),
    "deep array": base_file(b"[" * 5000 + b"]" * 5000, b"<</Fields[4 0 R]>>", b"<</FT/Sig/T(A)/V 2 0 R>>"),
    "root of itself": base_file(b"1 0 R", b"3 0 R", b"4 0 R"),
    "previous of itself": base_file(b"null").replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev 217"),
}


@pytest.mark.parametrize("which", LOOPS)
def test_loops_and_depth_end_in_a_verdict(which: str, folders: tuple[Path, Path]) -> None:
    assert verify(LOOPS[which], folders).verdict in {Verdict.FAILED, Verdict.NO_SIGNATURE}


def test_an_encrypted_file_cannot_be_judged(folders: tuple[Path, Path]) -> None:
    with pikepdf.open(io.BytesIO(attacks.DRAFT.read_bytes())) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="user"))
    report = verify(out.getvalue(), folders)
    assert report.verdict is Verdict.INDETERMINATE
    assert codes(report) == {"encrypted"}


def test_a_signed_annex_needs_no_leader_of_its_own(folders: tuple[Path, Path]) -> None:
    """NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8: the agency alone signs attachments in files of their own."""
    data = plain_signature(pki().agency)
    report = verify(data, folders)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert codes(report) == {"agency-without-leader"}
    assert report.signatures[0].role == "agency"


def plain_signature(signer: Leaf) -> bytes:
    """A file with one signature field and nothing of ours in it."""
    with pikepdf.open(io.BytesIO(attacks.DRAFT.read_bytes())) as pdf:
        page = pdf.pages[0].obj
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Sig,
                T=pikepdf.String("Sig1"),
                F=132,
                P=page,
                Rect=pikepdf.Array([0, 0, 0, 0]),
            )
        )
        page.Annots = pikepdf.Array([field])
        font = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        pdf.Root.AcroForm = pdf.make_indirect(
            pikepdf.Dictionary(
                Fields=pikepdf.Array([field]),
                SigFlags=3,
                DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font)),
            )
        )
        out = io.BytesIO()
        pdf.save(out)
    return attacks.sign_field(out.getvalue(), signer, "Sig1")
