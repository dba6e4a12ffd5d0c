"""After issue nothing is edited: documents are recalled, replaced, amended and corrected by others."""

from dataclasses import replace

import pytest

from signer.errors import Kind, SignerError
from signer.model import Actor, DocumentState, Relation, RelationKind
from signer.usecases.caller import Caller

from .conftest import CLERK, SYSTEM, metadata


def code_of(call, *arguments: object, **more: object) -> tuple[Kind, str]:
    with pytest.raises(SignerError) as caught:
        call(*arguments, **more)
    assert caught.value.clause or caught.value.kind is Kind.NOT_FOUND
    return caught.value.kind, caught.value.code


def to(kind: RelationKind, document) -> tuple[Relation, ...]:
    return (Relation(kind, document.id),)


@pytest.fixture
def issued(desk):
    return desk.issue(desk.signed().id, CLERK).document


# --- recall ---------------------------------------------------------------------------------------------------


def test_a_recalled_document_is_frozen_with_all_that_is_said_of_it(desk, issued):
    desk.rows.complete(issued.id, {"sent_on": "2026-11-23"}, CLERK)
    recalled = desk.recall(issued.id, "ban hành nhầm", CLERK)
    assert (recalled.state, recalled.reason) == (DocumentState.RECALLED, "ban hành nhầm (Phạm Thị Lan)")
    assert desk.document(issued.id) == recalled
    row = desk.rows.show(issued.id, CLERK)
    assert row.entry.note == "Thu hồi ngày 23/11/2026: ban hành nhầm (Phạm Thị Lan)"
    assert code_of(desk.rows.complete, issued.id, {"note": "x"}, CLERK) == (Kind.CONFLICT, "document-frozen")
    assert code_of(desk.recall, issued.id, "lần nữa", CLERK)[0] is Kind.CONFLICT
    assert desk.rows.show(issued.id, CLERK) == row
    assert desk.blobs.get(recalled.sha256)  # kept, byte for byte


def test_nobody_goes_on_record_under_anothers_name(desk, issued):
    liar = replace(CLERK, actor=replace(CLERK.actor, name="Bộ trưởng Nguyễn Văn B"))
    signed = desk.signed()
    forbidden = (Kind.FORBIDDEN, "actor-name-differs")
    assert code_of(desk.recall, issued.id, "nhầm", liar) == forbidden
    assert code_of(desk.void, issued.id, "nhầm", liar) == forbidden
    assert code_of(desk.reject, signed.id, "nhầm", liar) == forbidden
    assert code_of(desk.rows.complete, issued.id, {"note": "x"}, liar) == forbidden
    assert code_of(desk.enter, metadata("quyet-dinh"), liar) == forbidden
    assert code_of(desk.issue_on_paper, signed.id, liar) == forbidden


def test_what_is_not_issued_is_not_recalled(desk):
    for document in (desk.prepared(), desk.signed()):
        assert code_of(desk.recall, document.id, "nhầm", CLERK)[0] is Kind.CONFLICT
        assert desk.document(document.id).state is document.state


def test_what_was_sent_is_recalled_not_voided(desk, issued):
    desk.rows.complete(issued.id, {"sent_on": "2026-11-23"}, CLERK)
    assert code_of(desk.void, issued.id, "nhầm", CLERK) == (Kind.CONFLICT, "already-sent")
    assert desk.document(issued.id).state is DocumentState.ISSUED


def test_what_was_on_record_as_sent_is_not_voided_after_the_entry_is_cleared(desk, issued):
    desk.rows.complete(issued.id, {"sent_on": "2026-11-23"}, CLERK)
    desk.rows.complete(issued.id, {"sent_on": ""}, CLERK, "nhầm dòng")
    assert code_of(desk.void, issued.id, "nhầm", CLERK) == (Kind.CONFLICT, "already-sent")


def test_what_was_not_sent_may_still_be_voided(desk, issued):
    assert desk.void(issued.id, "nhầm", CLERK).state is DocumentState.VOID


def test_another_agency_recalls_nothing(desk, issued):
    stranger = Caller(Actor("x", "X", "test"), agencies=frozenset({"VPCP"}))
    assert code_of(desk.recall, issued.id, "nhầm", stranger) == (Kind.NOT_FOUND, "unknown-document")


# --- by another document --------------------------------------------------------------------------------------


def test_a_document_that_recalls_another_does_so_when_it_is_issued(desk, issued):
    notice = desk.signed(relations=to(RelationKind.RECALLS, issued))
    assert desk.document(issued.id).state is DocumentState.ISSUED
    desk.issue(notice.id, CLERK)
    recalled = desk.document(issued.id)
    assert recalled.state is DocumentState.RECALLED
    assert recalled.reason == "theo văn bản số 02/QĐ-BTC ngày 23/11/2026"
    _, links = desk.look.related(issued.id, SYSTEM)
    assert [(link.kind, link.document.id) for link in links] == [(RelationKind.RECALLS, notice.id)]


def test_paper_recalls_as_well(desk, issued):
    said = replace(metadata("quyet-dinh"), relations=to(RelationKind.RECALLS, issued))
    desk.enter(said, CLERK)
    assert desk.document(issued.id).state is DocumentState.RECALLED


def test_what_was_signed_here_and_goes_out_on_paper_recalls_as_well(desk, issued):
    notice = desk.signed(relations=to(RelationKind.RECALLS, issued))
    desk.issue_on_paper(notice.id, CLERK)
    assert desk.document(issued.id).state is DocumentState.RECALLED
    late = desk.signed(relations=())
    assert late.state is DocumentState.SIGNED


def test_nothing_goes_out_on_paper_that_does_something_to_what_has_ended(desk, issued):
    notice = desk.signed(relations=to(RelationKind.REPLACES, issued))
    desk.recall(issued.id, "nhầm", CLERK)
    with pytest.raises(SignerError, match="relation-frozen") as caught:
        desk.issue_on_paper(notice.id, CLERK)
    assert "01/QĐ-BTC" in caught.value.text.vi


def test_a_number_that_recalled_another_document_is_not_voided(desk, issued):
    notice = desk.issue(desk.signed(relations=to(RelationKind.RECALLS, issued)).id, CLERK).document
    assert code_of(desk.void, notice.id, "nhầm", CLERK) == (Kind.CONFLICT, "has-recalled")
    assert desk.document(notice.id).state is DocumentState.ISSUED


def test_what_ended_while_the_token_signed_stays_as_it_ended(desk, issued):
    notice = desk.signed(relations=to(RelationKind.RECALLS, issued))
    desk.signer.at_the_token = lambda: desk.void(issued.id, "nhầm", CLERK)
    assert desk.issue(notice.id, CLERK).document.state is DocumentState.ISSUED
    assert desk.document(issued.id).state is DocumentState.VOID


def test_a_clerk_of_one_agency_issues_what_speaks_of_anothers_document(desk):
    said = replace(metadata("cong-van"))
    other = desk.enter(said, SYSTEM).document
    document = desk.signed(relations=to(RelationKind.ANSWERS, other))
    own = replace(CLERK, agencies=frozenset({"BTC"}))
    assert desk.issue(document.id, own).document.state is DocumentState.ISSUED


def test_what_became_of_a_number_is_in_the_history_of_its_row(desk, issued):
    desk.rows.complete(issued.id, {"note": "gửi kèm"}, CLERK)
    desk.recall(issued.id, "nhầm", CLERK)
    last = desk.rows.show(issued.id, CLERK).changes[-1]
    assert (last.column, last.old, last.by) == ("note", "gửi kèm", CLERK.actor)
    assert last.new.startswith("gửi kèm Thu hồi ngày 23/11/2026")


def test_the_old_document_tells_who_replaced_it_and_stays_as_it_was(desk, issued):
    desk.issue(desk.signed(relations=to(RelationKind.REPLACES, issued)).id, CLERK)
    found, links = desk.look.related(issued.id, SYSTEM)
    assert found == desk.document(issued.id) == issued
    assert [link.kind for link in links] == [RelationKind.REPLACES]


def test_what_another_agency_does_to_a_document_is_not_told_to_whom_that_agencys_documents_are_hidden(desk, issued):
    answer = replace(metadata("cong-van"), relations=to(RelationKind.ANSWERS, issued))
    desk.enter(answer, SYSTEM)
    assert len(desk.look.related(issued.id, SYSTEM)[1]) == 1
    assert desk.look.related(issued.id, replace(CLERK, agencies=frozenset({"BTC"})))[1] == ()


def test_a_relation_of_a_document_that_is_not_issued_yet_is_nobodys_business(desk, issued):
    desk.signed(relations=to(RelationKind.REPLACES, issued))
    assert desk.look.related(issued.id, SYSTEM)[1] == ()


def test_content_is_amended_by_a_document_of_equal_form(desk, issued):
    proposal = replace(metadata("quyet-dinh"), type="TB", relations=to(RelationKind.AMENDS, issued))
    assert code_of(desk.enter, proposal, CLERK)[0] is Kind.UNSUITABLE


def test_form_is_corrected_by_a_letter(desk, issued):
    said = replace(metadata("quyet-dinh"), relations=to(RelationKind.CORRECTS, issued))
    assert code_of(desk.enter, said, CLERK)[0] is Kind.UNSUITABLE
    letter = replace(metadata("cong-van-kem-phu-luc"), relations=to(RelationKind.CORRECTS, issued))
    assert desk.enter(letter, CLERK).document.metadata.relations == letter.relations


def test_nothing_is_done_to_what_is_void_or_not_issued(desk, issued):
    desk.void(issued.id, "nhầm", CLERK)
    for other in (issued, desk.signed()):
        said = replace(metadata("quyet-dinh"), relations=to(RelationKind.REPLACES, other))
        assert code_of(desk.enter, said, CLERK)[0] in (Kind.UNSUITABLE, Kind.CONFLICT)


def test_a_relation_is_judged_again_before_the_number_is_taken(desk, issued):
    document = desk.signed(relations=to(RelationKind.REPLACES, issued))
    desk.void(issued.id, "nhầm", CLERK)
    with pytest.raises(SignerError):
        desk.issue(document.id, CLERK)
    assert desk.document(document.id) == document


def test_an_office_changes_only_what_it_has_issued_itself(desk, issued):
    said = replace(metadata("cong-van"), relations=to(RelationKind.RECALLS, issued))
    assert code_of(desk.enter, said, SYSTEM) == (Kind.FORBIDDEN, "relation-other-agency")
    answer = replace(metadata("cong-van"), relations=to(RelationKind.ANSWERS, issued))
    assert desk.enter(answer, SYSTEM).document.metadata.relations == answer.relations


@pytest.mark.parametrize("relation", [Relation(RelationKind.AMENDS), Relation(RelationKind.AMENDS, "a", "b")])
def test_a_relation_names_one_document(desk, relation):
    with pytest.raises(SignerError) as caught:
        desk.prepared(relations=(relation,))
    assert (caught.value.code, caught.value.where) == ("invalid-metadata", "metadata.relations[0]")


def test_a_document_that_is_not_kept_here_is_named_in_words(desk):
    said = (Relation(RelationKind.REPLACES, reference="45/QĐ-BTC ngày 12/3/2024"),)
    assert desk.prepared(relations=said).metadata.relations == said
