"""Issuing: what refuses before a number is taken, what a crash leaves; no number is lost or used twice."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hsm.pin import Pin
from hsm.pkcs11.module import Connection, Module, Session
from signer.errors import Kind, SignerError
from signer.model import Actor, DocumentState, NumberedBy, Office, RegisterState, SignatureRole
from signer.usecases.caller import Caller
from signer.usecases.issue import Wish
from signer.usecases.issue_errors import ATTEMPT

from .conftest import ARCHIVES_CLERK, CLERK, Torn, with_clerk_signature


def entry(desk, document):
    with desk.store.reading() as tx:
        return tx.entry(document.id)


def refused(desk, document, kind: Kind, code: str, wish: Wish | None = None, **more: object) -> SignerError:
    """Refused, and nothing has changed: above all, no number was taken."""
    before, row = desk.document(document.id), entry(desk, document)
    with pytest.raises(SignerError) as caught:
        desk.issue(document.id, more.pop("caller", CLERK), wish, **more)
    codes = [caught.value.code, *(found.code for found in caught.value.findings)]
    assert (caught.value.kind, code in codes) == (kind, True), codes
    assert desk.document(document.id) == before
    assert entry(desk, document) == row
    return caught.value


def away() -> SignerError:
    return SignerError(Kind.UNAVAILABLE, "token-unavailable", "Thiết bị vắng mặt.", "the token is away")


# --- the good way ---------------------------------------------------------------------------------------------


def test_number_date_and_seal_in_one_update_with_all_fields_locked(desk):
    desk.clock.set(2026, 11, 25)
    document = desk.signed()
    result = desk.issue(document.id, CLERK)
    issued = desk.document(document.id)
    assert issued == result.document
    assert issued.state is DocumentState.ISSUED
    assert (issued.numbering.symbol, issued.numbering.date) == ("01/QĐ-BTC", date(2026, 11, 25))
    step = desk.signer.steps[-1]
    assert step.values == {"Number": "01", "Day": "25", "Month": "11"}
    assert set(step.locks) == {"Number", "Day", "Month", "Leader", "Agency"}
    assert not step.certify
    before, after = (desk.blobs.get(each.sha256).read() for each in (document, issued))
    assert after.startswith(before)
    assert after.count(b"%%EOF") == before.count(b"%%EOF") + 1


def test_the_row_of_the_register_says_what_was_issued(desk):
    document = desk.signed(recipients=("Như trên", "Lưu: VT"), kept_by="Văn thư", copies=5)
    desk.issue(document.id, CLERK)
    row = entry(desk, document)
    assert row.state is RegisterState.ISSUED
    assert row.type_and_subject == "Quyết định về việc ban hành Quy chế gửi, nhận văn bản điện tử"
    assert (row.signer, row.recipients, row.copies) == ("Nguyễn Văn An", "Như trên; Lưu: VT", "5")


def test_a_year_begins_at_midnight_in_viet_nam_with_number_one(desk):
    first, second, third = (desk.signed("to-trinh") for _ in range(3))
    desk.clock.moment = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
    assert desk.issue(first.id, ARCHIVES_CLERK).document.numbering.date == date(2026, 12, 31)
    desk.clock.moment = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    held = desk.issue(second.id, ARCHIVES_CLERK).document.numbering
    assert (held.number, held.date, held.period) == (1, date(2027, 1, 1), "2027")
    assert desk.signer.steps[-1].values == {"Number": "01", "Day": "01", "Month": "01", "Year": "2027"}
    desk.clock.set(2027, 3, 5)
    held = desk.issue(third.id, ARCHIVES_CLERK).document.numbering
    assert (held.number_text, desk.signer.steps[-1].values["Month"]) == ("02", "3")


def test_the_clerks_own_signature_comes_first_where_the_policy_wants_it(make_desk):
    desk = make_desk(with_clerk_signature)
    document = desk.signed()
    result = desk.issue(document.id, CLERK, pin=desk.pin("lan.pt"))
    clerk, agency = desk.signer.steps[-2:]
    assert (clerk.field, clerk.signer) == ("Clerk", "Phạm Thị Lan")
    assert clerk.values
    assert (agency.field, dict(agency.values)) == ("Agency", {})
    assert set(agency.locks) == set(clerk.locks) | {"Agency"}
    assert [record.role for record in result.records] == [SignatureRole.CLERK, SignatureRole.AGENCY]
    assert desk.document(document.id) == result.document


def test_eight_clerks_at_once_get_eight_numbers_without_gap(desk):
    documents = [desk.signed("to-trinh") for _ in range(8)]
    numbers, faults = [], []

    def work(document_id: str) -> None:
        try:
            numbers.append(desk.issue(document_id, ARCHIVES_CLERK).document.numbering.number)
        except SignerError as error:
            faults.append(error.code)

    threads = [threading.Thread(target=work, args=(document.id,)) for document in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(numbers), faults) == (list(range(1, 9)), [])


# --- refused before a number is taken -------------------------------------------------------------------------


def test_before_all_have_signed(desk):
    document = desk.prepared("bien-ban")
    refused(desk, document, Kind.CONFLICT, "leader-missing")
    desk.signs(document, "binh.tt")
    refused(desk, document, Kind.CONFLICT, "leader-missing")


def test_twice_names_number_and_day(desk):
    document = desk.signed()
    desk.issue(document.id, CLERK)
    error = refused(desk, document, Kind.CONFLICT, "already-issued")
    assert "01/QĐ-BTC" in error.text.vi


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (timedelta(days=-1), "date-outside-window"),
        (timedelta(days=1), "date-in-future"),
    ],
)
def test_a_day_outside_the_window(desk, day, code):
    document = desk.signed()
    today = desk.clock.now().date()
    refused(desk, document, Kind.UNSUITABLE, code, Wish(today + day))


def test_a_day_before_the_last_signer(desk):
    desk.issue = replace(desk.issue, days_back=5)
    document = desk.signed()
    error = refused(
        desk, document, Kind.UNSUITABLE, "date-before-signature", Wish(desk.clock.now().date() - timedelta(days=2))
    )
    assert error.clause


def test_a_day_before_the_number_before(desk):
    desk.issue = replace(desk.issue, days_back=5)
    first, second = desk.signed(), desk.signed()
    day = desk.clock.now().date()
    desk.clock.pass_(days=3)
    desk.issue(first.id, CLERK)
    refused(desk, second, Kind.UNSUITABLE, "date-before-last-number", Wish(day))


def test_a_printed_month_or_year_that_is_not_the_issue_dates(desk):
    document = desk.signed()
    with desk.database.begin() as connection:  # as a draft that prints another month would have it
        other = {"month": desk.clock.now().month % 12 + 1, "id": document.id}
        connection.execute(sa.text("UPDATE documents SET printed_month = :month WHERE id = :id"), other)
    refused(desk, document, Kind.UNSUITABLE, "printed-month-differs")
    signed = desk.signed()
    desk.clock.pass_(days=366)
    refused(desk, signed, Kind.UNSUITABLE, "printed-year-differs")


def test_a_circular_of_last_years_notation(desk):
    document = desk.signed("thong-tu")
    desk.clock.pass_(days=366)
    refused(desk, document, Kind.UNSUITABLE, "notation-year-differs")


def test_a_number_that_is_not_the_next(desk):
    document = desk.signed()
    refused(desk, document, Kind.UNSUITABLE, "number-not-next", Wish(number="7"))
    refused(desk, document, Kind.UNSUITABLE, "bad-number", Wish(number="66.15"))
    assert desk.issue(document.id, CLERK, Wish(number="01")).document.numbering.number == 1


def test_a_caller_that_numbers_must_bring_a_higher_number(make_desk):
    def by_caller(office: Office) -> Office:
        series = tuple(replace(each, numbered_by=NumberedBy.CALLER) for each in office.series)
        return replace(office, series=series)

    desk = make_desk(by_caller)
    first, second = desk.signed(), desk.signed()
    refused(desk, first, Kind.UNSUITABLE, "number-missing")
    assert desk.issue(first.id, CLERK, Wish(number="17")).document.numbering.symbol == "17/QĐ-BTC"
    refused(desk, second, Kind.UNSUITABLE, "number-too-low", Wish(number="16"))
    refused(desk, second, Kind.CONFLICT, "number-taken", Wish(number="17"))


def test_an_agency_dissolved_since_it_was_signed(desk):
    document = desk.signed()
    btc = desk.office.organisations["btc"]
    ended = replace(btc.eras[-1], period=replace(btc.eras[-1].period, until=desk.clock.now().date()))
    desk.put_office(
        replace(
            desk.office,
            organisations={**desk.office.organisations, "btc": replace(btc, eras=(*btc.eras[:-1], ended))},
        )
    )
    desk.clock.pass_(days=2)
    refused(desk, document, Kind.UNSUITABLE, "agency-dissolved")


def test_an_agencys_key_that_is_another_agencys(desk):
    document = desk.signed()
    btc = replace(desk.office.issuers["BTC"], agency_key="agency-vpcp")
    desk.put_office(replace(desk.office, issuers={**desk.office.issuers, "BTC": btc}))
    refused(desk, document, Kind.FORBIDDEN, "key-not-for-agency")


def test_a_clerk_without_pin_or_key_where_the_policy_wants_his_signature(make_desk):
    desk = make_desk(with_clerk_signature)
    document = desk.signed()
    refused(desk, document, Kind.FORBIDDEN, "pin-required")
    btc = replace(desk.office.issuers["BTC"], clerk_keys=("lan.pt", "mai.nt"))
    desk.put_office(replace(desk.office, issuers={**desk.office.issuers, "BTC": btc}))
    nobody = Caller(Actor("k", "Hệ thống", "api-key:k"))
    refused(desk, document, Kind.FORBIDDEN, "no-clerk-key", caller=nobody, pin=Pin("1234"))


def test_a_token_that_is_away(desk):
    document = desk.signed()
    with desk.provisioned.token_away("server-btc"):
        error = refused(desk, document, Kind.UNAVAILABLE, "token-unavailable")
    assert "giữ số" not in error.text.vi
    assert desk.issue(document.id, CLERK).document.numbering.number == 1


def test_a_clerks_token_that_is_away(make_desk):
    desk = make_desk(with_clerk_signature)
    document = desk.signed()
    with desk.provisioned.token_away("person-lan.pt"):
        refused(desk, document, Kind.UNAVAILABLE, "token-unavailable", pin=desk.pin("lan.pt"))


def test_a_clerks_wrong_pin_is_tried_once(make_desk, monkeypatch):
    desk = make_desk(with_clerk_signature)
    document = desk.signed()
    tried: list[str] = []
    login = Module.login

    def watched(self: Module, connection: Connection, session: Session, pin: Pin) -> None:
        tried.append(pin.reveal())
        login(self, connection, session, pin)

    monkeypatch.setattr(Module, "login", watched)
    error = refused(desk, document, Kind.FORBIDDEN, "pin-incorrect", pin=Pin("00000000"))
    assert error.where == "pin"
    assert tried.count("00000000") == 1
    assert desk.issue(document.id, CLERK, pin=desk.pin("lan.pt")).document.numbering.number == 1


def test_a_clerks_pin_is_not_sent_to_his_token_while_the_agencys_is_away(make_desk, monkeypatch):
    desk = make_desk(with_clerk_signature)
    document = desk.signed()
    tried: list[Pin] = []
    monkeypatch.setattr(Module, "login", lambda _self, _connection, _session, pin: tried.append(pin))
    with desk.provisioned.token_away("server-btc"):
        refused(desk, document, Kind.UNAVAILABLE, "token-unavailable", pin=Pin("00000000"))
    assert tried == []


def test_an_agencys_certificate_that_is_not_its_keys(desk):
    document = desk.signed()
    specs = desk.pen.keys._key_specs
    other = specs["agency-vpcp"].info.certificate
    specs["agency-btc"] = replace(specs["agency-btc"], info=replace(specs["agency-btc"].info, certificate=other))
    refused(desk, document, Kind.UNSUITABLE, "certificate-key-mismatch")


def test_another_agencys_clerk_does_not_see_it(desk):
    caller = Caller(Actor("mai.nt", "Mai", "test"), agencies=frozenset({"VPCP"}))
    refused(desk, desk.signed(), Kind.NOT_FOUND, "unknown-document", caller=caller)


# --- what breaks after it -------------------------------------------------------------------------------------


def test_a_token_that_goes_away_while_signing_keeps_the_number_and_the_repeated_order_finishes_with_it(desk):
    document, other = desk.signed(), desk.signed()
    desk.signer.at_the_token = lambda: desk.provisioned.pull_token("server-btc")
    try:
        with pytest.raises(SignerError, match="token-unavailable") as caught:
            desk.issue(document.id, CLERK)
        kept = desk.document(document.id)
        with pytest.raises(SignerError, match="token-unavailable") as again:
            desk.issue(document.id, CLERK)
    finally:
        desk.provisioned.return_token("server-btc")
    for error in (caught.value, again.value):
        assert error.retry_after
        assert f"vẫn giữ số 01/QĐ-BTC ngày {kept.numbering.date:%d/%m/%Y}" in error.text.vi
        assert "keeps 01/QĐ-BTC" in error.text.en
    assert desk.document(document.id) == kept
    assert (kept.state, kept.numbering.number) == (DocumentState.ISSUING, 1)
    assert entry(desk, document).state is RegisterState.RESERVED
    assert desk.issue(other.id, CLERK).document.numbering.number == 2
    desk.clock.pass_(days=1)
    finished = desk.issue(document.id, CLERK).document
    assert finished.state is DocumentState.ISSUED
    assert finished.numbering == kept.numbering
    assert desk.signer.steps[-1].values["Day"] == f"{kept.numbering.date:%d}"


def test_a_repeated_order_cannot_change_what_is_reserved(desk):
    document = desk.signed()
    desk.signer.breaks = [away()]
    with pytest.raises(SignerError):
        desk.issue(document.id, CLERK)
    refused(desk, document, Kind.CONFLICT, "number-reserved", Wish(number="2"))
    refused(desk, document, Kind.CONFLICT, "number-reserved", Wish(date(2020, 1, 1)))
    assert desk.issue(document.id, CLERK, Wish(number="1")).document.state is DocumentState.ISSUED


def test_a_crash_before_the_first_commit_takes_no_number(desk, monkeypatch):
    document, other = desk.signed(), desk.signed()

    def die(*_args: object) -> None:
        raise Torn

    monkeypatch.setattr(type(desk.store.transaction().__enter__()), "reserve", die)
    with pytest.raises(Torn):
        desk.issue(document.id, CLERK)
    monkeypatch.undo()
    assert desk.document(document.id).state is DocumentState.SIGNED
    assert desk.issue(other.id, CLERK).document.numbering.number == 1


def test_a_crash_while_the_token_signs_is_finished_at_the_next_start(desk):
    document = desk.signed()
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, CLERK)
    left = desk.document(document.id)
    assert (left.state, left.command.by) == (DocumentState.ISSUING, CLERK.actor)
    started = desk.clock.now() + timedelta(seconds=1)
    assert desk.recover(started) == ()  # its process is there: somebody is at work
    desk.dies()
    (done,) = desk.recover(started)
    assert done.finished
    finished = desk.document(document.id)
    assert (finished.state, finished.numbering) == (DocumentState.ISSUED, left.numbering)
    assert finished.signatures[-1].actor == CLERK.actor
    assert desk.recover(started) == ()


def test_a_start_leaves_the_work_of_others_alone(desk):
    document = desk.signed()
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, CLERK)
    assert desk.recover(desk.clock.now() - timedelta(seconds=1)) == ()


def test_while_one_order_is_at_work_a_second_one_waits(desk):
    document = desk.signed()
    second: list[SignerError] = []

    def again() -> None:
        with pytest.raises(SignerError) as caught:
            desk.issue(document.id, CLERK)
        second.append(caught.value)

    desk.signer.meanwhile = again
    assert desk.issue(document.id, CLERK).document.state is DocumentState.ISSUED
    assert [(error.code, error.retry_after) for error in second] == [("issuing-in-progress", 60)]


def test_an_order_that_said_nothing_for_long_may_be_repeated(desk):
    document = desk.signed()
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, CLERK)
    refused(desk, document, Kind.CONFLICT, "issuing-in-progress")
    desk.clock.moment += ATTEMPT
    assert desk.issue(document.id, CLERK).document.numbering.number == 1


def test_an_order_whose_process_died_may_be_repeated_at_once(desk):
    document = desk.signed()
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, CLERK)
    desk.dies()
    assert desk.issue(document.id, CLERK).document.numbering.number == 1


def test_who_comes_too_late_is_told_by_whose_order_and_when(desk):
    document, other = desk.signed(), Caller(Actor("hoa.nt", "Nguyễn Thị Hoa", "test"))
    told: list[str] = []

    def again() -> None:
        told.append(refused(desk, document, Kind.CONFLICT, "issuing-in-progress", caller=other).text.vi)

    desk.signer.meanwhile = again
    desk.issue(document.id, CLERK)
    desk.clock.pass_(hours=1)
    told.append(refused(desk, document, Kind.CONFLICT, "already-issued", caller=other).text.vi)
    for each in told:
        assert "Phạm Thị Lan (lan.pt)" in each
        assert "lúc 10:00:00 ngày 23/11/2026" in each


def test_a_clerks_signature_is_not_made_up_at_the_start(make_desk):
    desk = make_desk(with_clerk_signature)
    document = desk.signed()
    desk.signer.breaks = [away()]
    with pytest.raises(SignerError):
        desk.issue(document.id, CLERK, pin=desk.pin("lan.pt"))
    (left,) = desk.recover(desk.clock.now())
    assert (left.finished, left.code) == (False, "pin-required")
    assert desk.document(document.id).state is DocumentState.ISSUING
    assert desk.issue(document.id, CLERK, pin=desk.pin("lan.pt")).document.state is DocumentState.ISSUED


def test_what_repeating_cannot_mend_waits_for_a_person(desk):
    document = desk.signed()
    desk.signer.breaks = [ValueError("Nguyễn Văn A's secret")]
    with pytest.raises(ValueError, match="secret"):
        desk.issue(document.id, CLERK)
    left = desk.document(document.id)
    assert left.state is DocumentState.NEEDS_ATTENTION
    assert "secret" not in left.reason
    assert desk.recover(desk.clock.now() + timedelta(days=1)) == ()
    assert desk.issue(document.id, CLERK).document.numbering == left.numbering


def test_a_number_that_is_voided_while_the_token_signs_is_not_issued(desk):
    document = desk.signed()
    desk.signer.meanwhile = lambda: desk.void(document.id, "nhầm nơi nhận", CLERK)
    with pytest.raises(SignerError, match="changed-meanwhile"):
        desk.issue(document.id, CLERK)
    void = desk.document(document.id)
    assert (void.state, void.sha256) == (DocumentState.VOID, document.sha256)
    assert entry(desk, document).state is RegisterState.VOID
