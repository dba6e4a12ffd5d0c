"""Who may: delegations at signing and at issue, custody of the agency's key, and organisations that change."""

from dataclasses import replace
from datetime import date

import pytest

from signer.errors import Kind, SignerError
from signer.model import Actor, Custody, DocumentState, Office, Period, RegisterState, Relation, RelationKind
from signer.usecases.caller import Caller

from .conftest import CLERK, metadata, with_delegation

OTHER_CLERK = Caller(Actor("mai.nt", "Nguyễn Thị Mai", "test"))
SYSTEM_KEY = Caller(Actor("a1b2c3", "Hệ thống", "api-key:a1b2c3"))


def refused(desk, document, kind: Kind, code: str, caller: Caller = CLERK) -> SignerError:
    """Refused before a number is taken."""
    before = desk.document(document.id)
    with pytest.raises(SignerError) as caught:
        desk.issue(document.id, caller)
    assert (caught.value.kind, caught.value.code) == (kind, code)
    assert caught.value.clause
    assert desk.document(document.id) == before
    assert before.numbering is None
    return caught.value


# --- delegations ----------------------------------------------------------------------------------------------


def test_the_basis_of_the_delegation_is_kept_with_the_act(desk):
    document = desk.signed()
    assert document.signatures[0].basis == "Quyết định phân công công tác lãnh đạo Bộ (thử nghiệm)"
    assert desk.document(document.id).signatures[0].basis == document.signatures[0].basis


def test_a_delegation_that_lapsed_between_signing_and_issue_is_refused(make_desk):
    desk = make_desk(lambda office: with_delegation(office, period=Period(date(2025, 3, 1), date(2026, 11, 23))))
    document = desk.signed()
    desk.clock.set(2026, 11, 24)
    error = refused(desk, document, Kind.UNSUITABLE, "delegation-lapsed-before-issue")
    assert "Nguyễn Văn An" in error.text.vi
    assert error.where == "metadata.signers[0].capacity"
    with pytest.raises(SignerError) as caught:
        desk.issue_on_paper(document.id, CLERK)
    assert caught.value.code == "delegation-lapsed-before-issue"


def test_on_its_last_day_a_delegation_still_holds(make_desk):
    desk = make_desk(lambda office: with_delegation(office, period=Period(date(2025, 3, 1), date(2026, 11, 23))))
    assert desk.issue(desk.signed().id, CLERK).document.state is DocumentState.ISSUED


def test_a_delegation_that_was_prolonged_by_another_text_holds(make_desk):
    def prolonged(office: Office) -> Office:
        ended = with_delegation(office, period=Period(date(2025, 3, 1), date(2026, 11, 23)))
        next_one = next(each for each in ended.delegations if each.person == "an.nv" and not each.types)
        later = replace(next_one, period=Period(date(2026, 11, 24)), basis="Quyết định mới")
        return replace(ended, delegations=(*ended.delegations, later))

    desk = make_desk(prolonged)
    document = desk.signed()
    desk.clock.set(2026, 11, 24)
    assert desk.issue(document.id, CLERK).document.state is DocumentState.ISSUED


def test_an_order_that_holds_a_number_is_finished_though_the_authority_has_lapsed_since(make_desk):
    desk = make_desk(lambda office: with_delegation(office, period=Period(date(2025, 3, 1), date(2026, 11, 23))))
    document = desk.signed()
    desk.signer.breaks.append(SignerError(Kind.UNAVAILABLE, "token-unavailable", "vắng", "away"))
    with pytest.raises(SignerError):
        desk.issue(document.id, CLERK)
    desk.clock.set(2026, 11, 25)
    assert desk.issue(document.id, CLERK).document.numbering.date == date(2026, 11, 23)


# --- custody --------------------------------------------------------------------------------------------------


def test_who_commands_the_agencys_key_and_by_what_he_holds_it_is_in_the_act(desk):
    record = desk.issue(desk.signed().id, CLERK).records[-1]
    assert record.actor == CLERK.actor
    held = next(each for each in desk.office.custody if each.key == "agency-btc")
    assert record.basis == held.basis != ""


def test_another_clerk_does_not_command_a_key_that_is_not_in_his_custody(desk):
    error = refused(desk, desk.signed(), Kind.FORBIDDEN, "custody-differs", OTHER_CLERK)
    assert "Phạm Thị Lan" in error.text.vi


def test_a_name_that_the_office_does_not_know_commands_no_key(desk):
    stranger = Caller(Actor("nobody", "Người Lạ", "api-key:a1b2c3"))
    refused(desk, desk.signed(), Kind.FORBIDDEN, "custody-differs", stranger)


def test_nobody_commands_under_anothers_name(desk):
    liar = Caller(Actor("lan.pt", "Kẻ Khác", "api-key:a1b2c3"))
    refused(desk, desk.signed(), Kind.FORBIDDEN, "actor-name-differs", liar)


def test_another_clerk_at_his_own_shell_is_refused_as_well(desk):
    mai = Caller(Actor("mai.nt", "Nguyễn Thị Mai", "cli:mai.nt"))
    refused(desk, desk.signed(), Kind.FORBIDDEN, "custody-differs", mai)


@pytest.mark.parametrize("caller", [SYSTEM_KEY, Caller(Actor("root", "root", "cli:root"))])
def test_who_names_nobody_is_warned_of_and_claims_no_ones_permission(desk, caller):
    result = desk.issue(desk.signed().id, caller)
    assert "custody-differs" in [found.code for found in result.findings]
    assert result.records[-1].basis == ""


def test_custody_passes_on_with_the_day_of_the_minutes(make_desk):
    def handed_over(office: Office) -> Office:
        mine = [each for each in office.custody if each.key != "agency-btc"]
        return replace(
            office,
            custody=(
                *mine,
                Custody("agency-btc", "lan.pt", Period(None, date(2026, 11, 23)), "CV 1", "BB 1"),
                Custody("agency-btc", "mai.nt", Period(date(2026, 11, 24)), "CV 2", "BB 2"),
            ),
        )

    desk = make_desk(handed_over)
    first, second = desk.signed(), desk.signed()
    refused(desk, first, Kind.FORBIDDEN, "custody-differs", OTHER_CLERK)
    desk.issue(first.id, CLERK)
    desk.clock.set(2026, 11, 24)
    refused(desk, second, Kind.FORBIDDEN, "custody-differs", CLERK)
    assert desk.issue(second.id, OTHER_CLERK).records[-1].basis == "CV 2"


# --- a rename in mid-year -------------------------------------------------------------------------------------


def renamed(office: Office) -> Office:
    """From 24/11/2026 the ministry is called otherwise."""
    btc = office.organisations["btc"]
    old = replace(btc.eras[-1], period=Period(date(2025, 3, 1), date(2026, 11, 23)))
    new = replace(old, name="Bộ Tài chính và Đầu tư", period=Period(date(2026, 11, 24)), basis="NĐ mới")
    return replace(office, organisations={**office.organisations, "btc": replace(btc, eras=(*btc.eras[:-1], old, new))})


def series_ended(office: Office) -> Office:
    """And begins its decisions anew with number 1 on that day, under another abbreviation."""
    office = renamed(office)
    run = next(each for each in office.series if each.id == "btc-quyet-dinh")
    others = tuple(each for each in office.series if each is not run)
    new_issuer = replace(office.issuers["BTC"], code="BTCDT", symbol="BTCĐT", name="Bộ Tài chính và Đầu tư")
    return replace(
        office,
        issuers={**office.issuers, "BTCDT": new_issuer},
        series=(
            *others,
            replace(run, until=date(2026, 11, 23)),
            replace(run, id="btcdt-quyet-dinh", issuers=("BTCDT",), since=date(2026, 11, 24)),
        ),
    )


def test_a_series_that_is_kept_goes_on_and_old_documents_keep_their_names(make_desk):
    desk = make_desk(renamed)
    old = desk.issue(desk.signed().id, CLERK)
    desk.clock.set(2026, 11, 24)
    new = desk.issue(desk.signed().id, CLERK)
    assert [each.document.numbering.number for each in (old, new)] == [1, 2]
    assert (old.records[-1].signer, new.records[-1].signer) == ("Bộ Tài chính", "Bộ Tài chính và Đầu tư")
    assert desk.document(old.document.id).signatures[-1].signer == "Bộ Tài chính"


def test_a_series_that_is_ended_gives_no_number_any_more_and_the_new_one_begins(make_desk):
    desk = make_desk(series_ended)
    said = metadata("quyet-dinh")
    assert desk.enter(said, CLERK).document.numbering.symbol == "01/QĐ-BTC"
    desk.clock.set(2026, 11, 24)
    with pytest.raises(SignerError) as caught:
        desk.enter(said, CLERK)
    assert caught.value.code == "series-closed"
    assert desk.enter(replace(said, agency="BTCDT"), CLERK).document.numbering.symbol == "01/QĐ-BTCĐT"
    assert [row.symbol for row in desk.register("BTC", 2026, CLERK).rows] == ["01/QĐ-BTC"]
    assert [row.state for row in desk.register("BTCDT", 2026, CLERK).rows] == [RegisterState.ISSUED]


def test_a_series_opened_in_mid_year_begins_at_any_number(make_desk):
    def opened(office: Office) -> Office:
        return replace(
            office,
            series=tuple(
                replace(each, first=731, since=date(2026, 11, 23)) if each.id == "btc-quyet-dinh" else each
                for each in office.series
            ),
        )

    desk = make_desk(opened)
    assert desk.issue(desk.signed().id, CLERK).document.numbering.symbol == "731/QĐ-BTC"
    assert desk.enter(metadata("quyet-dinh"), CLERK).document.numbering.number == 732


def test_what_was_merged_into_another_may_be_replaced_by_its_heir_alone(make_desk):
    def still_there(office: Office) -> Office:
        run = next(each for each in office.series if each.id == "btc-quyet-dinh")
        return replace(office, series=(*office.series, replace(run, id="bkhdt-quyet-dinh", issuers=("BKHDT",))))

    desk = make_desk(still_there)
    desk.clock.set(2025, 2, 20)
    old = desk.enter(replace(metadata("quyet-dinh"), agency="BKHDT"), CLERK).document
    desk.clock.set(2026, 11, 23)
    said = replace(metadata("quyet-dinh"), relations=(Relation(RelationKind.REPLACES, old.id),))
    assert desk.enter(said, CLERK).document.numbering.number == 1
    with pytest.raises(SignerError) as caught:
        desk.enter(replace(said, agency="VPCP"), CLERK)
    assert caught.value.code == "relation-other-agency"


def test_an_heir_whose_key_is_its_own_agencys_replaces_what_it_took_over(make_desk):
    def still_there(office: Office) -> Office:
        run = next(each for each in office.series if each.id == "btc-quyet-dinh")
        return replace(office, series=(*office.series, replace(run, id="bkhdt-quyet-dinh", issuers=("BKHDT",))))

    desk = make_desk(still_there)
    desk.clock.set(2025, 2, 20)
    old = desk.enter(replace(metadata("quyet-dinh"), agency="BKHDT"), CLERK).document
    desk.clock.set(2026, 11, 23)
    said = replace(metadata("quyet-dinh"), relations=(Relation(RelationKind.REPLACES, old.id),))
    own = replace(CLERK, agencies=frozenset({"BTC"}))
    assert desk.enter(said, own).document.numbering.number == 1
    other = replace(metadata("cong-van"), relations=(Relation(RelationKind.ANSWERS, old.id),))
    with pytest.raises(SignerError) as caught:
        desk.enter(other, replace(CLERK, agencies=frozenset({"VPCP"})))
    assert (caught.value.kind, caught.value.where) == (Kind.NOT_FOUND, "metadata.relations[0]")


def test_a_document_of_an_issuer_that_left_the_settings_is_another_offices(make_desk):
    desk = make_desk(lambda office: office)
    old = desk.issue(desk.signed().id, CLERK).document
    said = replace(metadata("cong-van"), relations=(Relation(RelationKind.RECALLS, old.id),))
    gone = desk.office
    desk.put_office(replace(gone, issuers={code: each for code, each in gone.issuers.items() if code != "BTC"}))
    with pytest.raises(SignerError) as caught:
        desk.enter(said, CLERK)
    assert caught.value.code == "relation-other-agency"
