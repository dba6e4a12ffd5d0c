"""Columns 5 to 10 of the register: completed later, with what they said before, who changed them, when and why."""

import pytest

from signer.errors import Kind, SignerError

from .conftest import CLERK, SYSTEM


@pytest.fixture
def issued(desk):
    return desk.issue(desk.signed(recipients=("Như trên",)).id, CLERK).document


def refused(desk, document, columns: dict[str, str]) -> SignerError:
    before = desk.rows.show(document.id, CLERK)
    with pytest.raises(SignerError) as caught:
        desk.rows.complete(document.id, columns, CLERK)
    assert desk.rows.show(document.id, CLERK) == before
    return caught.value


def test_old_value_who_and_when_are_kept(desk, issued):
    desk.rows.complete(issued.id, {"received_by": "Nguyễn Thị Hà", "copies": "3"}, CLERK)
    desk.clock.pass_(minutes=5)
    row = desk.rows.complete(issued.id, {"received_by": "Trần Thị Hạnh"}, SYSTEM, "ghi nhầm người nhận")
    assert (row.entry.received_by, row.entry.copies) == ("Trần Thị Hạnh", "3")
    changes = [(each.column, each.old, each.new, each.by.id, each.reason) for each in row.changes]
    assert changes == [
        ("received_by", "", "Nguyễn Thị Hà", "lan.pt", ""),
        ("copies", "", "3", "lan.pt", ""),
        ("received_by", "Nguyễn Thị Hà", "Trần Thị Hạnh", "eoffice", "ghi nhầm người nhận"),
    ]
    assert row.changes[-1].at == desk.clock.now()
    assert desk.rows.show(issued.id, CLERK) == row


def test_a_value_that_stands_there_already_is_no_change(desk, issued):
    row = desk.rows.complete(issued.id, {"recipients": "  Như   trên "}, CLERK)
    assert row.changes == ()


@pytest.mark.parametrize(
    ("text", "stored"),
    [("2026-11-23", "2026-11-23"), ("2026-11-23T02:30:00Z", "2026-11-23T09:30:00+07:00"), ("", "")],
)
def test_the_day_of_sending_is_a_day_or_a_moment_of_viet_nam(desk, issued, text, stored):
    assert desk.rows.complete(issued.id, {"sent_on": text}, CLERK).entry.sent_on == stored


@pytest.mark.parametrize("text", ["23/11/2026", "2026-11-23T09:30:00", "2026-11-22", "2026-11-24", "hôm nay"])
def test_a_day_of_sending_that_cannot_be_is_refused(desk, issued, text):
    error = refused(desk, issued, {"sent_on": text})
    assert (error.kind, error.code, error.where) == (Kind.MALFORMED, "invalid-column", "sent_on")
    assert error.clause


@pytest.mark.parametrize("column", ["symbol", "date", "type_and_subject", "signer", "number", "x" * 50])
def test_number_date_and_subject_never_change(desk, issued, column):
    assert refused(desk, issued, {column: "x"}).code == "invalid-column"


@pytest.mark.parametrize("columns", [{"copies": "0"}, {"copies": "ba"}, {"note": "x" * 501}, {"note": "a\u202eb"}])
def test_bad_values_are_refused_naming_the_column(desk, issued, columns):
    error = refused(desk, issued, columns)
    assert (error.code, error.where) == ("invalid-column", next(iter(columns)))


def test_one_bad_column_leaves_the_others_as_they_were(desk, issued):
    refused(desk, issued, {"received_by": "Ai đó", "copies": "ba"})


def test_before_issue_and_after_voiding_there_is_nothing_to_complete(desk):
    document = desk.signed()
    with pytest.raises(SignerError) as caught:
        desk.rows.show(document.id, CLERK)
    assert (caught.value.kind, caught.value.code) == (Kind.NOT_FOUND, "no-row")
    desk.signer.breaks.append(SignerError(Kind.UNAVAILABLE, "token-unavailable", "vắng", "away"))
    with pytest.raises(SignerError):
        desk.issue(document.id, CLERK)
    assert refused(desk, document, {"note": "x"}).code == "not-issued"
    desk.void(document.id, "nhầm", CLERK)
    assert refused(desk, document, {"note": "x"}).code == "entry-final"
