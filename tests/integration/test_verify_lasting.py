"""The Verifier over signatures that last: levels, whose time-stamp it is, what time does, and every byte of it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from asn1crypto import cms

from signer.model import NO_DATA, Content, Level, Revision, SignatureRole, ValidationData
from signer.pdf.sign import PlanSigner
from signer.report import Report, SubIndication, Verdict
from signer.validation import open_verifier
from tests.fixtures import attacks
from tests.fixtures.attacks_cms import container, timestamp, token
from tests.fixtures.attacks_pki import DAY, NOW, Authority, FixedClock, Leaf, crl, leaf, name, pki
from tests.fixtures.attacks_pki import authority as certifier
from tests.fixtures.attacks_words import english
from tests.support.time_authority import authority_leaf

OWN_POLICY = "1.3.6.1.4.1.99999.1"
BODY = "BỘ TÀI CHÍNH"


@lru_cache(maxsize=1)
def stamping_authority() -> Authority:
    """Another CA than the signers' for the time-stamps, so that what is known of it can differ."""
    return certifier(name("CA dấu thời gian thử nghiệm", "Ấn Tín - phần mềm thử nghiệm"), pki().root)


@lru_cache(maxsize=1)
def tsa() -> Leaf:
    return authority_leaf(stamping_authority())


@lru_cache(maxsize=1)
def bare() -> Leaf:
    """The same authority with its own certificate alone: others in a token only help, and nothing covers them."""
    return replace(tsa(), info=replace(tsa().info, chain=()))


@lru_cache(maxsize=1)
def brief() -> tuple[Leaf, Leaf]:
    """A leader and an agency whose certificates end ten days after NOW."""
    sub = pki().sub
    people = {"chain": (sub,), "rsa_key": True, "until": NOW + 10 * DAY}
    return (
        leaf("leader", "Nguyễn Văn An", BODY, sub, **people),  # type: ignore[arg-type]
        leaf("agency", BODY, BODY, sub, **people),  # type: ignore[arg-type]
    )


@lru_cache(maxsize=1)
def kept() -> ValidationData:
    return ValidationData(
        (pki().root.der, pki().sub.der, stamping_authority().der, tsa().info.certificate),
        (crl(pki().root), crl(pki().sub), crl(stamping_authority())),
    )


def signed(
    first: Level = Level.B_LT,
    second: Level = Level.B_LT,
    *,
    policy: str = "2.16.704.1.1.1.2",
    data: ValidationData | None = None,
    by: Leaf | None = None,
) -> Revision:
    """Issued, by certificates that end soon."""
    made, stamp, held = attacks.prepared(), token(by or tsa(), policy=policy), data or kept()
    leader = attacks.step(SignatureRole.LEADER, "Leader", "Nguyễn Văn An", ("Leader",), certify=True)
    agency = attacks.step(SignatureRole.AGENCY, "Agency", BODY, attacks.ALL, values=attacks.VALUES)
    for what, level, key in ((leader, first, brief()[0]), (agency, second, brief()[1])):
        step = replace(what, level=level, data=held if level.keeps_data else NO_DATA)
        made = PlanSigner().sign(made, step, key.info, key.sign, stamp if level.stamped else None)
    return made


def closed(made: Revision, at: dt.datetime = NOW, by: Leaf | None = None, data: ValidationData = NO_DATA) -> Revision:
    return PlanSigner().time_stamp(made, token(by or tsa(), at), data)


def verify(data: bytes, folder: Path | None, at: dt.datetime = NOW, crls: dict[str, bytes] | None = None) -> Report:
    """Verify with the root pinned, and with these CRLs at hand; insist on Vietnamese."""
    root = Path(folder or "") / "root.pem"
    root.write_bytes(pki().root.pem)
    revocation = None
    if crls is not None:
        revocation = root.parent / "revocation"
        revocation.mkdir(exist_ok=True)
        for label, der in crls.items():
            (revocation / f"{label}.crl").write_bytes(der)
    report = open_verifier([root], revocation, FixedClock(at)).verify(Content(data))
    assert not english(report), report.as_dict()
    return report


def levels(report: Report) -> list[str]:
    return [own.level for own in report.signatures]


def codes(report: Report) -> set[str]:
    return {found.code for found in report.findings}


@pytest.mark.parametrize(
    ("first", "second", "closing", "expected"),
    [
        (Level.B_B, Level.B_B, False, ["B-B", "B-B"]),
        (Level.B_T, Level.B_T, False, ["B-T", "B-T"]),
        (Level.B_LT, Level.B_LT, False, ["B-LT", "B-LT"]),
        (Level.B_T, Level.B_LT, False, ["B-LT", "B-LT"]),  # one store for all signatures of a file
        (Level.B_B, Level.B_LT, True, ["B-B", "B-LTA", "RFC 3161"]),
        (Level.B_LT, Level.B_LT, True, ["B-LTA", "B-LTA", "RFC 3161"]),
        (Level.B_T, Level.B_T, True, ["B-T", "B-T", "RFC 3161"]),
    ],
)
def test_the_level_is_told(first: Level, second: Level, closing: bool, expected: list[str], tmp_path: Path) -> None:
    made = signed(first, second)
    report = verify((closed(made) if closing else made).content.read(), tmp_path)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert levels(report) == expected


def test_data_that_does_not_reach_is_no_b_lt(tmp_path: Path) -> None:
    """Somebody's certificates and lists lie in the file; for the authority's own path there is no list."""
    short = replace(kept(), crls=kept().crls[:2])
    report = verify(signed(data=short).content.read(), tmp_path)
    assert levels(report) == ["B-T", "B-T"]


def test_data_behind_the_last_time_stamp_is_not_archived(tmp_path: Path) -> None:
    data = attacks.validation_data_added(closed(signed(Level.B_T, Level.B_T)).content.read(), kept().certificates)
    assert levels(verify(data, tmp_path)) == ["B-T", "B-T", "RFC 3161"]
    made = closed(signed())
    later = PlanSigner().time_stamp(made, token(tsa()), ValidationData((pki().foreign.info.certificate,)))
    assert levels(verify(later.content.read(), tmp_path))[:2] == ["B-LTA", "B-LTA"]


def test_the_authority_is_named_and_whether_it_is_internal(tmp_path: Path) -> None:
    """NĐ 68/2024/NĐ-CP, Điều 29 khoản 4: official documents need the Government CA's service; it is known by policy."""
    official = verify(signed().content.read(), tmp_path)
    for own in official.signatures:
        assert own.time_stamp is not None
        assert (own.time_stamp.authority, own.time_stamp.trusted) == ("Dấu thời gian thử nghiệm", True)
        assert (own.time_stamp.policy, own.time_stamp.internal) == ("2.16.704.1.1.1.2", False)
        assert own.time_stamp.time == own.best_signature_time == NOW
    assert "time-stamp-internal" not in codes(official)
    ours = verify(signed(policy=OWN_POLICY).content.read(), tmp_path)
    assert ours.verdict is Verdict.PASSED
    assert all(own.time_stamp is not None and own.time_stamp.internal for own in ours.signatures)
    found = next(one for one in ours.findings if one.code == "time-stamp-internal")
    assert "dấu thời gian nội bộ" in found.message.vi
    assert found.clause == "NĐ 68/2024/NĐ-CP, Điều 29 khoản 4"


def test_a_time_stamp_that_nobody_trusts_proves_nothing(tmp_path: Path) -> None:
    """Whatever policy it says: everybody can write the Government's number into a token of his own."""
    stranger = authority_leaf(certifier(name("CA lạ", "Người lạ")))
    step = replace(
        attacks.step(SignatureRole.LEADER, "Leader", "Nguyễn Văn An", ("Leader",), certify=True), level=Level.B_T
    )
    made = PlanSigner().sign(attacks.prepared(), step, brief()[0].info, brief()[0].sign, token(stranger))
    report = verify(made.content.read(), tmp_path)
    (own,) = report.signatures
    assert own.time_stamp is not None
    assert (own.time_stamp.trusted, own.time_stamp.internal) == (False, True)
    assert own.best_signature_time is None
    assert {"time-stamp-untrusted"} <= codes(report)
    assert verify(made.content.read(), tmp_path, NOW + 20 * DAY).verdict is Verdict.INDETERMINATE


def test_a_revoked_authority_proves_nothing(tmp_path: Path) -> None:
    gone = {
        "tsa": crl(stamping_authority(), {tsa().certificate: NOW - DAY}),
        "sub": crl(pki().sub),
        "root": crl(pki().root),
    }
    report = verify(signed(Level.B_T, Level.B_T).content.read(), tmp_path, crls=gone)
    assert all(own.time_stamp is not None and not own.time_stamp.trusted for own in report.signatures)
    assert [own.best_signature_time for own in report.signatures] == [None, None]


def test_a_signature_outlives_its_certificate(tmp_path: Path) -> None:
    """At B-B it cannot be decided a day after the certificate ended; at B-LT it can, from the file alone."""
    later = NOW + 11 * DAY
    assert verify(signed(Level.B_B, Level.B_B).content.read(), tmp_path, later).verdict is Verdict.INDETERMINATE
    report = verify(signed().content.read(), tmp_path, later)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert [own.best_signature_time for own in report.signatures] == [NOW, NOW]


def test_a_renewed_file_outlives_its_first_time_stamp_authority(tmp_path: Path) -> None:
    """The old authority's certificate has ended; the document time-stamp that was put in time carries it back."""
    ends = NOW + 40 * DAY
    old = authority_leaf(stamping_authority(), common="Dấu thời gian cũ", until=ends)
    data = replace(kept(), certificates=(*kept().certificates, old.info.certificate))
    made = attacks.prepared()
    leader = attacks.step(SignatureRole.LEADER, "Leader", "Nguyễn Văn An", ("Leader",), certify=True)
    step = replace(leader, level=Level.B_LT, data=data)
    made = PlanSigner().sign(made, step, brief()[0].info, brief()[0].sign, token(old))
    made = closed(made, by=old)
    soon, late = NOW + 20 * DAY, NOW + 100 * DAY
    fresh = {
        label: crl(ca, this_update=late - DAY, next_update=late + DAY)
        for label, ca in (("root", pki().root), ("sub", pki().sub), ("tsa", stamping_authority()))
    }
    assert verify(made.content.read(), tmp_path, late, fresh).verdict is Verdict.INDETERMINATE
    renewed = closed(made, at=soon)
    report = verify(renewed.content.read(), tmp_path, late, fresh)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert levels(report) == ["B-LTA", "RFC 3161", "RFC 3161"]
    assert report.signatures[0].best_signature_time == NOW


def test_a_document_time_stamp_alone_proves_that_a_signature_was_there(tmp_path: Path) -> None:
    made = closed(signed(Level.B_B, Level.B_B), data=kept())
    report = verify(made.content.read(), tmp_path, NOW + 11 * DAY)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert [own.best_signature_time for own in report.signatures] == [NOW] * 3


def test_who_was_revoked_before_a_document_time_stamp_may_have_signed_earlier(tmp_path: Path) -> None:
    """It proves the latest moment, not that the signature is younger than the revocation."""
    revoked = {
        "root": crl(pki().root),
        "sub": crl(pki().sub, {brief()[0].certificate: NOW - DAY}),
        "tsa": crl(stamping_authority()),
    }
    report = verify(closed(signed(Level.B_B, Level.B_B)).content.read(), tmp_path, crls=revoked)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].subindication is SubIndication.REVOKED_NO_POE


@pytest.mark.parametrize(("count", "verdict"), [(8, Verdict.PASSED), (9, Verdict.INDETERMINATE)])
def test_a_signature_with_too_many_time_stamps_is_not_judged(count: int, verdict: Verdict, tmp_path: Path) -> None:
    """Each costs a path: whoever adds thousands would keep a worker busy."""
    signature = container(pki().leader, stamp=timestamp(tsa()), stamps=count)
    data = attacks.sign_field(attacks.prepared().content.read(), pki().leader, container=signature)
    lists = {"root": crl(pki().root), "sub": crl(pki().sub), "tsa": crl(stamping_authority())}
    report = verify(data, tmp_path, crls=lists)
    assert report.verdict is verdict, report.as_dict()
    assert ("limit-exceeded" in codes(report)) is (verdict is Verdict.INDETERMINATE)


# --- attacks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attack",
    [
        attacks.number_rewritten,
        attacks.font_exchanged,
        attacks.font_object_overwritten,
        attacks.need_appearances,
        attacks.xfa_added,
        attacks.empty_signature_field_added,
    ],
)
@pytest.mark.parametrize("closing", [False, True], ids=["B-LT", "B-LTA"])
def test_what_was_forbidden_stays_forbidden(attack: object, closing: bool, tmp_path: Path) -> None:
    made = signed()
    data = (closed(made) if closing else made).content.read()
    assert verify(data, tmp_path).verdict is Verdict.PASSED  # the twin
    assert verify(attack(data), tmp_path).verdict is Verdict.FAILED  # type: ignore[operator] -- a function on bytes


@pytest.mark.parametrize("attack", [attacks.number_rewritten, attacks.need_appearances, attacks.font_exchanged])
def test_a_time_stamp_behind_an_attack_heals_nothing(attack: object, tmp_path: Path) -> None:
    forged = attack(signed().content.read())  # type: ignore[operator] -- a function on bytes
    data = attacks.archived(forged, tsa(), timestamp(tsa()))
    assert verify(data, tmp_path).verdict is Verdict.FAILED


def _hex_places(data: bytes, der: bytes, count: int) -> list[int]:
    """Offsets of hex digits all over a DER value that stands in a /Contents."""
    start, length = data.index(der.hex().encode()), 2 * len(der)
    return [start + length * part // count for part in range(count)]


def _digit(data: bytes, at: int) -> bytes:
    return data[:at] + (b"1" if data[at : at + 1] != b"1" else b"2") + data[at + 1 :]


def _token_in(data: bytes, which: int) -> bytes:
    found = re.findall(rb"/Contents<([0-9a-f]+)>", data)[which]
    (info,) = cms.ContentInfo.load(bytes.fromhex(found.decode()))["content"]["signer_infos"]
    return bytes(info["unsigned_attrs"][0]["values"][0].dump())


@pytest.mark.parametrize("which", [0, 1], ids=["leader", "agency"])
def test_no_byte_of_a_token_can_be_another(which: int, tmp_path: Path) -> None:
    """Also in the last signature, whose token no other signature covers.

    Spared is the list of digest algorithms at its head (RFC 5652, 5.1): it is under no signature and nobody reads it.
    """
    data = signed(by=bare()).content.read()
    made = _token_in(data, which)
    assert verify(data, tmp_path).verdict is Verdict.PASSED
    unread = range(2 * made.index(b"\x31\x0f\x30\x0d"), 2 * made.index(b"\x31\x0f\x30\x0d") + 34)
    start = data.index(made.hex().encode())
    for at in _hex_places(data, made, 40):
        if at - start in unread and which:
            continue
        report = verify(_digit(data, at), tmp_path)
        assert report.verdict is not Verdict.PASSED, at
        assert report.verdict is Verdict.FAILED or report.signatures[which].level == "B-B"
        assert which or report.verdict is Verdict.FAILED


def test_no_byte_of_the_store_can_be_another(tmp_path: Path) -> None:
    data = signed().content.read()
    for der in (*kept().certificates, *kept().crls):
        start = data.rindex(b"stream\n" + der) + 7
        for at in range(start, start + len(der), len(der) // 3):
            report = verify(attacks.flipped(data, at), tmp_path)
            assert report.verdict is Verdict.FAILED, at
            assert SubIndication.HASH_FAILURE in {own.subindication for own in report.signatures} or not levels(report)


def test_no_byte_of_a_document_time_stamp_can_be_another(tmp_path: Path) -> None:
    made = signed()
    whole = closed(made, by=bare())
    data, start = whole.content.read(), made.content.size
    assert verify(data, tmp_path).verdict is Verdict.PASSED
    first = data.index(b"/Contents<", start) + len(b"/Contents<")
    end = data.index(b">", first)
    for at in (at for at in range(start, len(data), 41) if not first <= at < end):
        assert verify(attacks.flipped(data, at), tmp_path).verdict is not Verdict.PASSED, at
    for at in _hex_places(data, bytes.fromhex(data[first:end].rstrip(b"0").decode() + "0" * 8)[:1600], 25):
        assert verify(_digit(data, at), tmp_path).verdict is not Verdict.PASSED, at
