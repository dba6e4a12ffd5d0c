"""Attachments in files of their own: kept, approved with the document, signed in the same act under its number."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from signer.errors import Kind, SignerError
from signer.model import AttachmentStyle, Content, DocumentState, Office, SignatureRole
from signer.usecases.examine import SentFile
from signer.usecases.issue_errors import ATTEMPT
from tests.fixtures.drawn import body, build, centred

from .conftest import ANNEXES, CLERK, SYSTEM, Torn, annexes, draft, metadata, with_clerk_signature

LETTER = "cong-van-kem-phu-luc"


def refused(desk, *attachments: SentFile, **changes: object) -> SignerError:
    with pytest.raises(SignerError) as caught:
        desk.prepare(draft(LETTER), replace(metadata(LETTER), **changes), SYSTEM, attachments)
    assert list(desk.look.page(SYSTEM)) == []
    return caught.value


def filled(office: Office) -> Office:
    """BTC fills the annexes' own line, as ministries do."""
    btc = replace(office.organisations["btc"], attachment_style=AttachmentStyle.FILLED)
    return replace(office, organisations={**office.organisations, "btc": btc})


# --- taken in -------------------------------------------------------------------------------------------------


def test_attachments_are_kept_with_empty_fields_and_their_drafts_stay_a_prefix(desk):
    document = desk.prepared(LETTER, annexes())
    assert [each.name for each in document.attachments] == [f"{name}.pdf" for name in ANNEXES]
    for each, sent in zip(document.attachments, annexes(), strict=True):
        assert each.draft_sha256 == hashlib.sha256(sent.content.read()).hexdigest()
        assert desk.blobs.get(each.sha256).read().startswith(sent.content.read())
        assert (each.style, set(each.places), each.signature) == (AttachmentStyle.MARK, {"agency"}, None)
    assert desk.document(document.id) == document
    assert "attachments-not-sent" not in [found.code for found in document.findings]


def test_declared_attachments_must_all_have_come_and_no_others(desk):
    names = tuple(each.name for each in annexes())
    assert refused(desk, annexes()[0], attachments=names).code == "attachment-missing"
    assert refused(desk, *annexes(), attachments=names[:1]).code == "attachment-undeclared"
    document = desk.prepare(draft(LETTER), replace(metadata(LETTER), attachments=names), SYSTEM, annexes())
    assert desk.document(document.id).metadata.attachments == names


def test_two_equal_files_are_refused_naming_both(desk):
    content = annexes()[0].content
    error = refused(desk, SentFile("a.pdf", content), SentFile("b.pdf", content))
    assert error.code == "attachments-equal"
    assert "a.pdf" in error.text.vi and "b.pdf" in error.text.vi
    assert refused(desk, SentFile("a.pdf", draft(LETTER))).code == "attachments-equal"


def test_two_files_of_one_name_are_refused(desk):
    first, second = annexes()
    error = refused(desk, first, SentFile(first.name, second.content))
    assert (error.kind, error.code, error.where) == (Kind.MALFORMED, "attachment-name-twice", "attachment[1]")


def test_names_that_differ_in_case_alone_are_one_name_on_other_machines(desk):
    one, two = annexes()
    sent = (replace(one, name="PL1.pdf"), replace(two, name="pl1.PDF"))
    assert refused(desk, *sent).code == "attachment-name-twice"


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"", Kind.UNSUPPORTED, "draft-empty"),
        (b"PK\x03\x04 not a PDF", Kind.UNSUPPORTED, "not-a-pdf"),
        (draft(ANNEXES[0]).read()[:-200], Kind.UNSUITABLE, "draft-truncated"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_its_name_and_nothing_is_kept(desk, data, kind, code):
    error = refused(desk, annexes()[0], SentFile("phu-luc-hong.pdf", Content(data)))
    assert (error.kind, error.code, error.where) == (kind, code, "attachment[1]")
    assert "phu-luc-hong.pdf" in error.text.vi


# --- signed ---------------------------------------------------------------------------------------------------


def test_the_leaders_signature_names_the_attachments_as_they_are(desk):
    document = desk.prepared(LETTER, annexes())
    desk.signs(document, "an.nv")
    parts = desk.signer.steps[-1].package
    assert [(part.name, part.sha256) for part in parts] == [(e.name, e.sha256) for e in document.attachments]
    assert [part.length for part in parts] == [desk.blobs.get(each.sha256).size for each in document.attachments]


def test_the_agency_signs_every_file_in_one_act_at_one_moment(desk):
    document = desk.signed(LETTER, annexes())
    desk.signer.steps.clear()
    result = desk.issue(document.id, CLERK)
    first, second, main = desk.signer.steps
    assert {step.signing_time for step in (first, second, main)} == {desk.clock.now()}
    for step in (first, second):
        assert (step.role, step.field, step.certify) == (SignatureRole.AGENCY, "Agency", True)
        assert step.mark == ("01/BTC-THTK", "2026-11-23T10:00:00+07:00")
        assert (step.image, dict(step.values), step.locks) == (None, {}, ("Agency",))
    issued = desk.document(document.id)
    assert issued == result.document
    assert [part.sha256 for part in main.package] == [each.sha256 for each in issued.attachments]
    for before, after in zip(document.attachments, issued.attachments, strict=True):
        assert desk.blobs.get(after.sha256).read().startswith(desk.blobs.get(before.sha256).read())
        assert after.signature.after_sha256 == after.sha256
        assert after.signature.actor == CLERK.actor


def test_as_a_policy_the_blanks_are_filled_and_the_seal_drawn(make_desk):
    desk = make_desk(filled)
    document = desk.signed(LETTER, annexes())
    assert set(document.attachments[0].places) >= {"number", "day", "month", "agency"}
    desk.signer.steps.clear()
    desk.issue(document.id, CLERK)
    step = desk.signer.steps[0]
    assert (step.values["Number"], step.values["Day"], step.mark) == ("01", "23", ())
    assert step.image is not None
    assert set(step.locks) == {*step.values, "Agency"}


def _prints(line: str) -> SentFile:
    page = (centred(320, 765, "PHỤ LỤC I"), centred(320, 712, line, 13, True), *body(top=640))
    return SentFile("phu-luc.pdf", Content(build([page])))


def test_an_annex_that_prints_another_month_than_its_document_is_refused(make_desk):
    desk = make_desk(filled)
    other = _prints("(Kèm theo Công văn số         /BTC-THTK ngày      tháng 10 năm 2026)")
    with pytest.raises(SignerError) as caught:
        desk.prepare(draft(LETTER), metadata(LETTER), SYSTEM, (other,))
    assert (caught.value.code, bool(caught.value.clause)) == ("attachment-prints-date", True)
    same = _prints("(Kèm theo Công văn số         /BTC-THTK ngày      tháng 11 năm 2026)")
    assert desk.prepare(draft(LETTER), metadata(LETTER), SYSTEM, (same,)).attachments


def test_the_time_of_reading_attachments_is_bounded(desk, monkeypatch):
    monkeypatch.setattr("signer.usecases.examine.SECONDS", -1.0)
    assert refused(desk, *annexes()).code == "attachments-too-slow"


def test_midnight_does_not_divide_a_package(desk):
    document = desk.signed(LETTER, _numbered(12))
    desk.clock.moment = datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)
    desk.signer.at_the_token = lambda: desk.clock.pass_(seconds=30)
    desk.signer.steps.clear()
    issued = desk.issue(document.id, CLERK).document
    assert issued.numbering.date == date(2026, 11, 23)
    assert len(desk.signer.steps) == 13
    assert {step.signing_time for step in desk.signer.steps} == {datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)}


def test_the_clerks_own_signature_stays_on_the_document_alone(make_desk):
    desk = make_desk(with_clerk_signature)
    document = desk.signed(LETTER, annexes())
    desk.signer.steps.clear()
    desk.issue(document.id, CLERK, pin=desk.pin("lan.pt"))
    assert [step.field for step in desk.signer.steps] == ["Agency", "Agency", "Clerk", "Agency"]


# --- broken off -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_crash_while_signing_leaves_a_state_that_the_repeated_order_finishes(desk, at):
    document = desk.signed(LETTER, annexes())
    _tear(desk, at)
    with pytest.raises(Torn):
        desk.issue(document.id, CLERK)
    left = desk.document(document.id)
    assert (left.state, left.numbering.number) == (DocumentState.ISSUING, 1)
    assert [each.signature for each in left.attachments] == [None, None]
    desk.clock.pass_(seconds=ATTEMPT.total_seconds() + 11)
    issued = desk.issue(document.id, CLERK).document
    assert (issued.state, issued.numbering) == (DocumentState.ISSUED, left.numbering)
    assert all(each.signature is not None for each in issued.attachments)


def test_a_second_order_waits_longer_for_a_package(desk):
    document = desk.signed(LETTER, annexes())
    desk.signer.breaks.append(Torn())
    with pytest.raises(Torn):
        desk.issue(document.id, CLERK)
    desk.clock.pass_(seconds=ATTEMPT.total_seconds() + 1)
    with pytest.raises(SignerError) as caught:
        desk.issue(document.id, CLERK)
    assert caught.value.code == "issuing-in-progress"


def _tear(desk, at: int) -> None:
    """The process dies at the token's n-th signature."""
    real, count = desk.signer.real, 0

    class Tearing:
        def sign(self, *arguments: object) -> object:
            nonlocal count
            count += 1
            if count == at:
                desk.signer.real = real
                raise Torn
            return real.sign(*arguments)

    desk.signer.real = Tearing()


def _numbered(count: int) -> tuple[SentFile, ...]:
    """So many different files: each says another checksum of itself, which no reader minds."""
    first = annexes()[0].content.read()
    return tuple(
        SentFile(f"pl-{i:02}.pdf", Content(first.replace(b"/DocChecksum /9FB5", b"/DocChecksum /%04X" % i)))
        for i in range(count)
    )
