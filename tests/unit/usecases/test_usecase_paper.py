"""Paper in the same register: from the start, or printed from what a leader signed here."""

from dataclasses import replace
from datetime import date

import pytest

from signer.errors import Kind, SignerError
from signer.model import DocumentState, Medium, NumberedBy, Office, RegisterState, Signer

from .conftest import CLERK, SYSTEM, metadata


def rows(desk):
    return desk.register("BTC", 2026, CLERK).rows


def code_of(call, *arguments: object, **more: object) -> tuple[Kind, str]:
    with pytest.raises(SignerError) as caught:
        call(*arguments, **more)
    return caught.value.kind, caught.value.code


EARLIER = date(2026, 3, 5)


def by_caller(office: Office) -> Office:
    """BTC's decisions are numbered by the calling system."""
    return replace(
        office,
        series=tuple(
            replace(each, numbered_by=NumberedBy.CALLER) if each.id == "btc-quyet-dinh" else each
            for each in office.series
        ),
    )


def test_paper_and_electronic_documents_share_one_run_of_numbers(desk):
    desk.issue(desk.signed().id, CLERK)
    entered = desk.enter(metadata("quyet-dinh"), CLERK)
    desk.issue(desk.signed().id, CLERK)
    assert entered.document.numbering.symbol == "02/QĐ-BTC"
    assert [(row.number, row.medium, row.state) for row in rows(desk)] == [
        (1, Medium.ELECTRONIC, RegisterState.ISSUED),
        (2, Medium.PAPER, RegisterState.ISSUED),
        (3, Medium.ELECTRONIC, RegisterState.ISSUED),
    ]


def test_a_paper_document_is_stored_without_a_file(desk):
    entered = desk.enter(metadata("quyet-dinh"), CLERK).document
    stored = desk.document(entered.id)
    assert stored == entered
    assert (stored.state, stored.medium, stored.sha256) == (DocumentState.ISSUED, Medium.PAPER, "")
    assert code_of(desk.look.file, entered.id, SYSTEM) == (Kind.NOT_FOUND, "unknown-file")
    assert code_of(desk.signs, entered, "an.nv")[0] is Kind.CONFLICT
    assert code_of(desk.issue, entered.id, CLERK) == (Kind.CONFLICT, "already-issued")


def test_paper_may_bear_an_earlier_day_but_none_before_the_last_number(desk):
    desk.enter(metadata("quyet-dinh"), CLERK, date(2026, 11, 18))
    assert code_of(desk.enter, metadata("quyet-dinh"), CLERK, date(2026, 11, 17)) == (
        Kind.UNSUITABLE,
        "date-before-last-number",
    )
    assert code_of(desk.enter, metadata("quyet-dinh"), CLERK, date(2026, 11, 24)) == (
        Kind.UNSUITABLE,
        "date-in-future",
    )
    assert desk.enter(metadata("quyet-dinh"), CLERK, date(2026, 11, 20)).document.numbering.number == 2
    assert len(rows(desk)) == 2


def test_a_number_that_is_reserved_is_not_given_to_paper(desk):
    document = desk.signed()
    desk.signer.breaks.append(SignerError(Kind.UNAVAILABLE, "token-unavailable", "vắng", "away"))
    assert code_of(desk.issue, document.id, CLERK) == (Kind.UNAVAILABLE, "token-unavailable")
    assert code_of(desk.enter, metadata("quyet-dinh"), CLERK, number="1") == (Kind.CONFLICT, "number-taken")
    assert [row.state for row in rows(desk)] == [RegisterState.RESERVED]


def test_a_number_that_is_reserved_is_not_given_to_paper_by_the_caller_either(make_desk):
    desk = make_desk(by_caller)
    desk.enter(metadata("quyet-dinh"), CLERK, number="7/QĐ-BTC")
    assert code_of(desk.enter, metadata("quyet-dinh"), CLERK, number="07") == (Kind.CONFLICT, "number-taken")
    assert code_of(desk.enter, metadata("quyet-dinh"), CLERK, number="6") == (Kind.UNSUITABLE, "number-too-low")
    assert code_of(desk.enter, metadata("quyet-dinh"), CLERK) == (Kind.UNSUITABLE, "number-missing")


def test_a_callers_slip_ends_when_it_is_voided(make_desk):
    desk = make_desk(by_caller)
    desk.enter(metadata("quyet-dinh"), CLERK, number="202")
    slip = desk.enter(metadata("quyet-dinh"), CLERK, number="9999").document
    with pytest.raises(SignerError) as caught:
        desk.enter(metadata("quyet-dinh"), CLERK, number="203")
    assert "10000" not in caught.value.text.vi
    desk.void(slip.id, "gõ nhầm số", CLERK)
    assert code_of(desk.enter, metadata("quyet-dinh"), CLERK, number="9999") == (Kind.CONFLICT, "number-taken")
    assert desk.enter(metadata("quyet-dinh"), CLERK, number="203").document.numbering.number == 203


def test_what_is_signed_on_paper_is_not_said_to_be_refused_when_signed(desk):
    said = replace(metadata("quyet-dinh"), signers=(Signer("Trần Văn Lạ", ("BỘ TRƯỞNG",)),))
    (found,) = desk.enter(said, CLERK).findings
    assert found.code == "signer-without-authority"
    assert "từ chối" not in found.message.vi


def test_nobody_knows_when_paper_was_signed_so_it_is_not_called_late(desk):
    assert "issued-late" not in [each.code for each in desk.enter(metadata("quyet-dinh"), CLERK, EARLIER).findings]


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1, 1, 1)])
def test_the_ends_of_the_calendar_are_refused(desk, day):
    assert code_of(desk.enter, metadata("quyet-dinh"), CLERK, day)[0] is Kind.UNSUITABLE


def test_what_a_leader_signed_here_may_go_out_on_paper(desk):
    document = desk.signed()
    result = desk.issue_on_paper(document.id, CLERK)
    stored = desk.document(document.id)
    assert stored == result.document
    assert (stored.state, stored.medium, stored.numbering.symbol) == (
        DocumentState.ISSUED,
        Medium.PAPER,
        "01/QĐ-BTC",
    )
    assert stored.sha256 == document.sha256  # nobody's signature was added
    assert rows(desk)[0].medium is Medium.PAPER
    assert code_of(desk.issue, document.id, CLERK) == (Kind.CONFLICT, "already-issued")
    assert code_of(desk.issue_on_paper, document.id, CLERK) == (Kind.CONFLICT, "already-issued")


def test_what_is_not_signed_or_is_being_issued_does_not_go_out_on_paper(desk):
    document = desk.prepared()
    assert code_of(desk.issue_on_paper, document.id, CLERK) == (Kind.CONFLICT, "leader-missing")
    document = desk.signs(document, "an.nv").document
    desk.signer.breaks.append(SignerError(Kind.UNAVAILABLE, "token-unavailable", "vắng", "away"))
    assert code_of(desk.issue, document.id, CLERK) == (Kind.UNAVAILABLE, "token-unavailable")
    assert code_of(desk.issue_on_paper, document.id, CLERK) == (Kind.CONFLICT, "number-reserved")


def test_a_paper_number_is_voided_like_any_other(desk):
    entered = desk.enter(metadata("quyet-dinh"), CLERK).document
    assert desk.void(entered.id, "viết nhầm", CLERK).state is DocumentState.VOID
    assert rows(desk)[0].state is RegisterState.VOID
