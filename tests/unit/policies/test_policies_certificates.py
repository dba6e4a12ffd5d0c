"""Certificates: what refuses a signature, what only warns, and by which decree."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from policies.certificates import CertificateFacts, PathStatus, RevocationStatus, check_level, judge
from policies.load import ruleset_on
from policies.model import Finding, Refused, Severity

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RULES = ruleset_on(date(2026, 11, 21))
GOOD = CertificateFacts(
    fingerprint_sha256="00" * 32,
    common_name="Nguyễn Văn An",
    organisation="Bộ Tài chính",
    not_before=datetime(2025, 1, 1, tzinfo=UTC),
    not_after=datetime(2029, 12, 31, tzinfo=UTC),
    key_usage=frozenset({"digital_signature", "non_repudiation"}),
    extended_key_usage=frozenset(),
    key_algorithm="rsa",
    key_bits=2048,
    signature_hash="sha256",
    path=PathStatus.TRUSTED,
    revocation=RevocationStatus.GOOD,
    revoked_at=None,
)


def warnings(
    facts: CertificateFacts, role: str = "leader", owner: str = "Nguyễn Văn An", at: datetime = AT
) -> list[str]:
    found = judge(RULES, facts, role=role, at=at, owner=owner)
    assert all(item.severity is not Severity.ERROR for item in found)
    return [item.code for item in found]


def refusals(facts: CertificateFacts, at: datetime = AT) -> list[Finding]:
    with pytest.raises(Refused) as refused:
        judge(RULES, facts, role="leader", at=at, owner="Nguyễn Văn An")
    return [item for item in refused.value.findings if item.severity is Severity.ERROR]


def test_a_good_certificate_passes_in_silence() -> None:
    assert warnings(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "code", "clause"),
    [
        (
            {"not_before": AT + timedelta(seconds=1)},
            "certificate-not-yet-valid",
            "Điều 29 khoản 1, Điều 31 khoản 1",
        ),
        ({"not_after": AT - timedelta(seconds=1)}, "certificate-expired", "Điều 31 khoản 1"),
        ({"path": PathStatus.NO_PATH}, "certificate-no-path", "Điều 32"),
        ({"path": PathStatus.INVALID, "detail": "sub CA expired"}, "certificate-path-invalid", "Điều 32"),
        ({"revocation": RevocationStatus.REVOKED, "revoked_at": AT}, "certificate-revoked", "Điều 31 khoản 2"),
        ({"revocation": RevocationStatus.REVOKED}, "certificate-revoked", "Điều 31 khoản 2"),
        ({"revocation": RevocationStatus.UNKNOWN}, "revocation-unknown", "Điều 31 khoản 2"),
        ({"key_usage": frozenset({"key_encipherment"})}, "certificate-wrong-usage", "Điều 31 khoản 1"),
        ({"key_usage": frozenset()}, "certificate-wrong-usage", "Điều 31 khoản 1"),
        ({"extended_key_usage": frozenset({"time_stamping"})}, "certificate-wrong-usage", "Điều 31 khoản 1"),
        ({"key_bits": 1024}, "weak-key", "Điều 31"),
        ({"key_algorithm": "dsa"}, "weak-key", "Điều 31"),
        ({"key_algorithm": "ec", "key_bits": 192}, "weak-key", "Điều 31"),
        ({"signature_hash": "md5"}, "weak-hash", "Điều 31"),
    ],
)
def test_what_refuses(changes: dict[str, object], code: str, clause: str) -> None:
    found = refusals(replace(GOOD, **changes))
    assert [item.code for item in found] == [code]
    assert clause in found[0].clause
    assert "68/2024" in found[0].clause


def test_a_path_that_leads_nowhere_says_where_it_should_lead() -> None:
    (found,) = refusals(replace(GOOD, path=PathStatus.NO_PATH))
    assert "đến chứng thư số gốc được tin cậy" in found.message.vi


def test_moments_are_told_in_the_time_of_viet_nam() -> None:
    found = refusals(replace(GOOD, not_after=datetime(2026, 11, 20, 18, 30, tzinfo=UTC)))
    assert "01:30 ngày 21/11/2026" in found[0].message.vi
    assert "2026-11-21T01:30+07:00" in found[0].message.en


def test_sha1_is_borne_inside_the_pinned_hierarchy_only() -> None:
    old = replace(GOOD, signature_hash="sha1")
    assert warnings(old) == ["certificate-old-hash"]
    codes = [item.code for item in refusals(replace(old, path=PathStatus.NO_PATH))]
    assert codes == ["certificate-no-path", "weak-hash"]


@pytest.mark.parametrize(
    "changes",
    [
        {"key_algorithm": "RSA", "key_bits": 3072, "signature_hash": "SHA-512"},
        {"key_algorithm": "ecdsa", "key_bits": 256, "signature_hash": "sha256"},
        {"signature_hash": "ed25519"},
        {"key_usage": frozenset({"content_commitment"})},
        {"key_usage": frozenset({"nonRepudiation", "keyEncipherment"})},
        {"extended_key_usage": frozenset({"client_auth", "email_protection"})},
    ],
)
def test_what_is_allowed_however_a_library_spells_it(changes: dict[str, object]) -> None:
    assert warnings(replace(GOOD, **changes)) == []


def test_ed25519_does_not_sign_documents_since_other_peoples_readers_cannot_verify_it() -> None:
    (found,) = refusals(replace(GOOD, key_algorithm="ed25519", key_bits=256, signature_hash=""))
    assert found.code == "weak-key"
    assert "rsa, ec" in found.message.vi


def test_the_subject_of_a_renamed_agency_warns() -> None:
    agency = replace(GOOD, common_name="BỘ TÀI CHÍNH", organisation="Chính phủ")
    assert warnings(agency, role="agency", owner="Bộ Tài chính") == []
    assert warnings(agency, role="agency", owner="Bộ Kế hoạch và Tài chính") == ["subject-differs"]


@pytest.mark.parametrize("role", ["initial", "leader", "clerk"])
@pytest.mark.parametrize("name", ["Phạm Minh Đức", "Nguyễn Văn Anh", "Lê Nguyễn Văn An", "Nguyễn Văn", ""])
def test_a_person_signs_with_a_certificate_in_that_persons_name(role: str, name: str) -> None:
    """Also where the organisation bears the name: one person must not sign above the printed name of another."""
    facts = replace(GOOD, common_name=name, organisation="Nguyễn Văn An")
    with pytest.raises(Refused) as refused:
        judge(RULES, facts, role=role, at=AT, owner="Nguyễn Văn An")
    (found,) = refused.value.findings
    assert (found.code, found.clause) == ("subject-differs", "NĐ 68/2024/NĐ-CP, Điều 7, Điều 31 khoản 1")
    assert "cần đề nghị thay đổi nội dung thông tin chứng thư số" in found.message.vi


@pytest.mark.parametrize(("name", "owner"), [("NGUYỄN VĂN AN", "Nguyễn Văn An"), ("Lê Thuỷ Hoà", "Lê Thủy Hòa")])
def test_a_persons_name_may_be_written_in_another_way(name: str, owner: str) -> None:
    assert warnings(replace(GOOD, common_name=name), owner=owner) == []


def test_expiry_is_announced() -> None:
    assert warnings(replace(GOOD, not_after=AT + timedelta(days=29))) == ["certificate-expires-soon"]
    assert warnings(replace(GOOD, not_after=AT + timedelta(days=31))) == []


def test_five_years_are_the_most_since_the_decree_of_2024() -> None:
    long = replace(GOOD, not_before=datetime(2024, 8, 15, tzinfo=UTC), not_after=datetime(2031, 1, 1, tzinfo=UTC))
    assert warnings(long) == ["certificate-too-long"]
    earlier = replace(long, not_before=datetime(2024, 8, 1, tzinfo=UTC))
    assert warnings(earlier) == []
    full = replace(long, not_after=datetime(2029, 8, 15, tzinfo=UTC))
    assert warnings(full) == []


def test_before_the_decree_the_same_certificate_is_judged_by_the_older_one() -> None:
    at = datetime(2024, 8, 14, 3, 0, tzinfo=UTC)
    facts = replace(GOOD, not_before=datetime(2020, 1, 1, tzinfo=UTC), path=PathStatus.NO_PATH)
    for day, decree in ((date(2024, 8, 14), "130/2018"), (date(2024, 8, 15), "68/2024")):
        with pytest.raises(Refused) as refused:
            judge(ruleset_on(day), facts, role="leader", at=at, owner="Nguyễn Văn An")
        assert decree in refused.value.findings[0].clause


def test_every_reason_is_told_at_once() -> None:
    bad = replace(GOOD, path=PathStatus.NO_PATH, revocation=RevocationStatus.UNKNOWN, key_bits=1024)
    assert [item.code for item in refusals(bad)] == ["certificate-no-path", "revocation-unknown", "weak-key"]


@pytest.mark.parametrize(
    ("day", "severity", "clause"),
    [
        (date(2026, 11, 14), Severity.WARNING, "TT 41/2017/TT-BTTTT, Điều 9 khoản 1"),
        (date(2026, 11, 15), Severity.INFO, "NĐ 68/2024/NĐ-CP, Điều 29 khoản 4"),
    ],
)
def test_a_signature_without_time_stamp_is_told_as_the_law_of_the_day_sees_it(
    day: date, severity: Severity, clause: str
) -> None:
    (found,) = check_level(ruleset_on(day), "B-B")
    assert (found.severity, found.clause) == (severity, clause)
    assert check_level(ruleset_on(day), "B-T") == ()
