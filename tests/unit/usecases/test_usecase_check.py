"""The drafter's report: everything that would be refused or remarked, all at once, and nothing is kept."""

from dataclasses import replace

import pytest

from policies.model import Severity
from signer.errors import Kind, SignerError
from signer.model import Actor, Content, Relation, RelationKind, Signer
from signer.usecases.caller import Caller
from signer.usecases.examine import SentFile

from .conftest import SYSTEM, annexes, draft, metadata

LETTER = "cong-van-kem-phu-luc"


def report(desk, name: str = LETTER, *attachments: SentFile, **changes: object):
    made = desk.check(draft(name), replace(metadata(name), **changes), SYSTEM, attachments)
    assert list(desk.look.page(SYSTEM)) == []
    return made, {(each.file, each.finding.code): each.finding for each in made.findings}


def test_a_good_draft_is_ready(desk):
    made, found = report(desk, LETTER, *annexes())
    assert made.ready
    assert made.notation == "BTC-THTK"
    assert all(each.severity is not Severity.ERROR for each in found.values())


def test_all_faults_are_told_at_once_each_of_its_file(desk):
    broken = SentFile("bang-tinh.pdf", Content(b"PK\x03\x04"))
    made, found = report(desk, LETTER, annexes()[0], broken, unit="QLCS", attachments=("bang-tinh.pdf", "thieu.pdf"))
    assert not made.ready
    codes = {(file, code) for (file, code), each in found.items() if each.severity is Severity.ERROR}
    assert {("", "notation-differs"), ("bang-tinh.pdf", "not-a-pdf")} <= codes
    assert "attachment-missing" in {code for _, code in codes}


def test_a_draft_whose_signers_are_wrong_is_told_its_wrong_notation_and_form_too(desk):
    """Three corrections, one round: nobody is told the second when the first is mended."""
    wrong = (Signer("Nguyễn Văn An", ("BỘ TRƯỞNG",)), Signer("Phạm Thị Không", ("VỤ TRƯỞNG",)))
    made, found = report(desk, LETTER, *annexes(), signers=wrong, unit="QLCS")
    assert not made.ready
    errors = [code for (_, code), each in found.items() if each.severity is Severity.ERROR]
    assert errors[:3] == ["capacity-line-not-found", "signer-not-found", "notation-differs"]
    assert set(errors[3:]) == {"signer-without-authority"}
    assert found["", "attachments-not-named"].severity is Severity.WARNING
    with pytest.raises(SignerError) as caught:
        desk.prepare(draft(LETTER), replace(metadata(LETTER), signers=wrong, unit="QLCS"), SYSTEM, annexes())
    assert caught.value.code == errors[0]
    assert [each.code for each in caught.value.findings][:3] == errors[:3]


def test_what_prepare_refuses_is_not_ready_and_told_in_the_same_words(desk):
    said = replace(metadata("quyet-dinh"), signers=(Signer("Nguyễn Văn Không", ("BỘ TRƯỞNG",)),))
    with pytest.raises(SignerError) as caught:
        desk.prepare(draft("quyet-dinh"), said, SYSTEM)
    made = desk.check(draft("quyet-dinh"), said, SYSTEM)
    assert not made.ready
    assert caught.value.text in [each.finding.message for each in made.findings]


def test_more_attachments_than_are_taken_are_told_and_refused(desk):
    many = tuple(replace(annexes()[0], name=f"{index}.pdf") for index in range(51))
    with pytest.raises(SignerError) as caught:
        desk.prepare(draft(LETTER), metadata(LETTER), SYSTEM, many)
    assert (caught.value.kind, caught.value.code) == (Kind.TOO_LARGE, "too-many-attachments")
    assert desk.prepare(draft(LETTER), metadata(LETTER), SYSTEM, annexes()).attachments


def test_a_missing_attachment_is_told(desk):
    found = report(desk, attachments=("Phụ lục I.pdf",))[1]
    assert "Phụ lục I.pdf" in found["", "attachment-missing"].message.vi


def test_what_is_wrong_with_the_metadata_hides_nothing_that_is_wrong_with_the_files(desk):
    broken = SentFile("bang-tinh.pdf", Content(b"PK\x03\x04"))
    wrong = (Signer("Nguyễn Văn An", ("CỤC TRƯỞNG",)),)
    made, found = report(desk, LETTER, broken, subject="", signers=wrong)
    assert not made.ready
    assert {code for (_, code), each in found.items() if each.severity is Severity.ERROR} == {
        "invalid-metadata",
        "capacity-line-not-found",
        "not-a-pdf",
    }
    assert "notation-not-found" not in {code for _, code in found}
    sound = report(desk, LETTER, *annexes(), unit="")[1]
    assert {code for (_, code), each in sound.items() if each.severity is Severity.ERROR} == {"invalid-metadata"}
    page = desk.check(Content(b"<html>"), replace(metadata(LETTER), subject=""), SYSTEM)
    assert {each.finding.code for each in page.findings} >= {"invalid-metadata", "not-a-pdf"}
    assert desk.check(draft(LETTER), replace(metadata(LETTER), signers=()), SYSTEM).ready is False


def test_an_unknown_related_document_is_a_finding_too(desk):
    made, found = report(desk, relations=(Relation(RelationKind.ANSWERS, "khong-co"),))
    assert not made.ready
    assert ("", "unknown-document") in found


def test_who_may_not_sign_today_is_an_error_here_and_a_remark_when_sent_in(desk):
    signers = (replace(metadata(LETTER).signers[0], capacity=("TUQ. BỘ TRƯỞNG", "THỨ TRƯỞNG")),)
    made, found = report(desk, LETTER, *annexes(), signers=signers)
    assert not made.ready
    assert found["", "signer-without-authority"].severity is Severity.ERROR


def test_bad_metadata_is_a_finding_too(desk):
    made, found = report(desk, LETTER, subject="")
    assert not made.ready
    assert ("", "invalid-metadata") in found


def test_a_package_that_receivers_refuse_is_told(desk):
    examine = replace(desk.examine, exchange_mb=0)
    made = replace(desk.check, examine=examine)(draft(LETTER), metadata(LETTER), SYSTEM)
    assert "too-big-for-exchange" in [each.finding.code for each in made.findings]


def test_who_may_not_is_refused_as_ever(desk):
    stranger = Caller(Actor("x", "X", "test"), agencies=frozenset({"VPCP"}))
    with pytest.raises(SignerError) as caught:
        desk.check(draft(LETTER), metadata(LETTER), stranger)
    assert caught.value.kind is Kind.FORBIDDEN
