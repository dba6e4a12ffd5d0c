"""Whose name the book of a year bears, and who may see it."""

import datetime as dt
from dataclasses import replace

import pytest

from signer.errors import Kind, SignerError
from signer.model import Office, OrganisationEra, Period
from signer.sheets.binding import pdf_bytes
from signer.usecases.register import Keeper
from tests.support.tools import run

from .conftest import CLERK


def renamed(office: Office) -> Office:
    """BTC's organisation had another name, and nobody above it, until the end of June 2026."""
    btc = office.organisations["btc"]
    eras = (
        OrganisationEra("Bộ Kinh tế", Period(dt.date(2020, 1, 1), dt.date(2026, 6, 30))),
        replace(btc.eras[-1], parent="Chính phủ", period=Period(dt.date(2026, 7, 1))),
    )
    return replace(office, organisations={**office.organisations, "btc": replace(btc, eras=eras)})


def test_the_book_of_a_year_bears_the_names_of_that_year(make_desk):
    desk = make_desk(renamed)
    old, new = Keeper("Bộ Kinh tế", ""), Keeper(desk.office.organisations["btc"].eras[-1].name, "Chính phủ")
    assert desk.register("BTC", 2019, CLERK).keepers == ()
    assert desk.register("BTC", 2025, CLERK).keepers == (old,)
    assert desk.register("BTC", 2027, CLERK).keepers == (new,)
    assert desk.register("BTC", 2026, CLERK).keepers == (
        replace(old, until=dt.date(2026, 6, 30)),
        replace(new, since=dt.date(2026, 7, 1)),
    )


def test_a_book_that_is_printed_has_both_names_and_the_rows_of_the_year(make_desk, tmp_path):
    desk = make_desk(renamed)
    desk.issue(desk.signed().id, CLERK)
    (tmp_path / "book.pdf").write_bytes(pdf_bytes(desk.register("BTC", 2026, CLERK)))
    told = " ".join(run("pdftotext", "-layout", str(tmp_path / "book.pdf"), "-").split())
    assert "BỘ KINH TẾ (đến ngày 30/06/2026)" in told
    assert "(từ ngày 01/07/2026)" in told
    assert "Từ số 01 đến số 01 Từ ngày 23/11/2026 đến ngày 23/11/2026" in told
    assert "01/QĐ-BTC 23/11/2026" in told


@pytest.mark.parametrize(
    ("agency", "year", "agencies"),
    [("BTC", 2026, frozenset({"VPCP"})), ("KHÔNG-CÓ", 2026, None), ("BTC", 1, None), ("BTC", 9999, None)],
)
def test_no_book_for_strangers_and_for_years_beyond_the_calendar(desk, agency, year, agencies):
    with pytest.raises(SignerError) as caught:
        desk.register(agency, year, replace(CLERK, agencies=agencies))
    assert (caught.value.kind, caught.value.code) == (Kind.NOT_FOUND, "unknown-register")
