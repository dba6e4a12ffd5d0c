"""The clock: set back over New Year, and midnight of New Year while documents are being issued (Viet Nam's, UTC+7)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from signer.errors import SignerError
from signer.model import Document, DocumentState
from signer.usecases.issue import Wish

from .conftest import ARCHIVES_CLERK, SYSTEM, Desk, Torn, annexes

NAME = "to-trinh"
"""Neither its month nor its year is printed: it may be issued in either year."""
EVE, NEW_YEAR = date(2026, 12, 31), date(2027, 1, 1)
LAST_MOMENT = datetime(2026, 12, 31, 16, 59, 59, 900_000, tzinfo=UTC)
"""0.1 s before midnight in Hà Nội."""


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.clock.moment = LAST_MOMENT - timedelta(hours=3)
    return desk


def held(document: Document) -> tuple[int, date, str]:
    return document.numbering.number, document.numbering.date, document.numbering.period


def refusals(desk: Desk, document: Document, wish: Wish | None = None) -> dict[str, str]:
    """Codes and clauses of what refuses; nothing has changed by it."""
    before = desk.document(document.id)
    with pytest.raises(SignerError) as caught:
        desk.issue(document.id, ARCHIVES_CLERK, wish)
    assert desk.document(document.id) == before
    found = caught.value.findings or (caught.value,)
    return {each.code: each.clause for each in found}


def days_in_order(desk: Desk) -> None:
    for year in (2026, 2027):
        rows = desk.register("VTLTNN", year, SYSTEM).rows
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert [row.date for row in rows] == sorted(row.date for row in rows)
        assert {row.date.year for row in rows} <= {year}
    assert desk.inconsistencies() == []


def issued(desk: Desk, document: Document) -> Document:
    return desk.issue(document.id, ARCHIVES_CLERK).document


def test_ordered_before_midnight_signed_after_it_bears_the_day_that_was_reserved(desk: Desk):
    document = desk.signed(NAME, annexes())
    desk.clock.moment = LAST_MOMENT

    def midnight() -> None:
        desk.clock.pass_(seconds=1.1)

    desk.signer.at_the_token = midnight
    done = issued(desk, document)
    assert held(done) == (1, EVE, "2026")
    *marked, main = desk.signer.steps[-3:]
    assert main.values == {"Number": "01", "Day": "31", "Month": "12", "Year": "2026"}
    assert {each.mark for each in marked} == {("01/TTr-VTLTNN", "2026-12-31T23:59:59+07:00")}
    assert {record.signed_at for record in done.signatures[-1:]} == {LAST_MOMENT}
    (row,) = desk.register("VTLTNN", 2026, SYSTEM).rows
    assert (row.number, row.date, row.symbol) == (1, EVE, "01/TTr-VTLTNN")
    assert desk.register("VTLTNN", 2027, SYSTEM).rows == ()
    days_in_order(desk)


def test_two_clerks_on_either_side_of_midnight(desk: Desk):
    """The second order is given, and finished, while the first is at the token."""
    first, second = desk.signed(NAME), desk.signed(NAME)
    desk.clock.moment = LAST_MOMENT
    others: list[Document] = []

    def the_other() -> None:
        desk.clock.pass_(seconds=0.2)
        others.append(issued(desk, second))

    desk.signer.at_the_token = the_other
    assert held(issued(desk, first)) == (1, EVE, "2026")
    assert held(others[0]) == (1, NEW_YEAR, "2027")
    days_in_order(desk)


def test_what_was_broken_off_at_midnight_keeps_the_old_years_day(desk: Desk):
    document = desk.signed(NAME, annexes())
    desk.clock.moment = LAST_MOMENT
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, ARCHIVES_CLERK)
    desk.dies()
    desk.clock.pass_(hours=8)
    assert held(issued(desk, desk.signed(NAME))) == (1, NEW_YEAR, "2027")
    assert [each.finished for each in desk.recover(desk.clock.now())] == [True]
    done = desk.document(document.id)
    assert (done.state, held(done)) == (DocumentState.ISSUED, (1, EVE, "2026"))
    *marked, main = desk.signer.steps[-3:]
    assert (main.values["Day"], main.values["Year"]) == ("31", "2026")
    # The mark bears the time of signing, as the decree has it: that is the new year's, and true.
    assert {each.mark for each in marked} == {("01/TTr-VTLTNN", "2027-01-01T07:59:59+07:00")}
    days_in_order(desk)


def test_a_clock_set_back_over_new_year_does_not_go_on_with_the_old_year(desk: Desk):
    document = desk.signed(NAME)
    assert held(issued(desk, desk.signed(NAME))) == (1, EVE, "2026")
    desk.clock.moment = LAST_MOMENT + timedelta(hours=9)
    first = issued(desk, desk.signed(NAME))
    assert held(first) == (1, NEW_YEAR, "2027")
    desk.clock.moment = LAST_MOMENT
    assert refusals(desk, document) == {"date-before-last-number": "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1"}
    desk.clock.moment = LAST_MOMENT + timedelta(hours=10)  # set right
    assert held(issued(desk, document)) == (2, NEW_YEAR, "2027")
    days_in_order(desk)


def test_a_clock_that_ran_ahead_into_the_next_year_is_mended_by_voiding(desk: Desk):
    """The number that it gave stands in nobody's way once it is void."""
    ahead, document = desk.signed(NAME), desk.signed(NAME)
    desk.clock.moment = LAST_MOMENT + timedelta(hours=9)
    ahead = issued(desk, ahead)
    desk.clock.moment = LAST_MOMENT
    assert set(refusals(desk, document)) == {"date-before-last-number"}
    desk.void(ahead.id, "đồng hồ máy chủ sai", ARCHIVES_CLERK)
    assert held(issued(desk, document)) == (1, EVE, "2026")


def test_signed_by_a_clock_that_ran_ahead(desk: Desk):
    """The leader's signature says New Year; the office's day is the eve."""
    desk.clock.moment = LAST_MOMENT + timedelta(hours=9)
    document = desk.signed(NAME)
    desk.clock.moment = LAST_MOMENT
    found = refusals(desk, document)
    assert set(found) == {"date-before-signature"}
    assert "Điều 14" in found["date-before-signature"]
    desk.clock.moment = LAST_MOMENT + timedelta(hours=9)
    assert held(issued(desk, document)) == (1, NEW_YEAR, "2027")


def test_a_day_of_the_new_year_is_not_to_be_had_before_midnight(desk: Desk):
    document = desk.signed(NAME)
    desk.clock.moment = LAST_MOMENT
    assert set(refusals(desk, document, Wish(day=NEW_YEAR))) == {"date-in-future"}
    desk.clock.pass_(seconds=0.1)
    assert refusals(desk, document, Wish(day=EVE)).keys() >= {"date-outside-window"}
