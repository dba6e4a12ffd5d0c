"""Preparing: what is refused before anything is stored, what is warned of, what stays untouched."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from signer.errors import Kind, SignerError
from signer.model import (
    Actor,
    DocumentState,
    Initial,
    InitialFor,
    Office,
    Period,
    Place,
    Rect,
    Relation,
    RelationKind,
    Signer,
)
from signer.usecases.caller import Caller
from signer.usecases.metadata import check

from .conftest import SYSTEM, draft, metadata, with_delegation


def test_the_draft_stays_a_prefix_and_the_answer_names_every_place(desk):
    document = desk.prepared()
    data = desk.blobs.get(document.sha256).read()
    assert data.startswith(draft("quyet-dinh").read())
    assert document.state is DocumentState.PREPARED
    assert document.notation == "QĐ-BTC"
    assert document.draft_sha256 == hashlib.sha256(draft("quyet-dinh").read()).hexdigest()
    assert set(document.places) == {"number", "day", "month", "leader", "agency"}
    assert desk.document(document.id) == replace(document, version=desk.document(document.id).version)


def test_the_same_draft_sent_as_new_is_warned_of_and_names_the_first(desk):
    first = desk.prepared()
    second = desk.prepared()
    assert "draft-seen-before" not in [found.code for found in first.findings]
    warned = next(found for found in second.findings if found.code == "draft-seen-before")
    assert first.id in warned.message.vi
    assert first.id in warned.message.en


def refused(desk, kind: Kind, code: str, caller: Caller = SYSTEM, **changes: object) -> SignerError:
    with pytest.raises(SignerError) as caught:
        desk.prepare(draft("quyet-dinh"), replace(metadata("quyet-dinh"), **changes), caller)
    assert (caught.value.kind, caught.value.code) == (kind, code)
    with desk.store.reading() as tx:
        assert not tx.documents()
    return caught.value


def test_an_unknown_agency_is_refused_with_those_that_are_known(desk):
    error = refused(desk, Kind.UNSUITABLE, "unknown-agency", agency="BXYZ")
    assert "BTC" in error.text.vi


def test_a_dissolved_agency_is_refused_with_successor_and_founding_text(desk):
    error = refused(desk, Kind.UNSUITABLE, "agency-dissolved", agency="BKHDT")
    assert "Bộ Tài chính" in error.text.vi
    assert "Nghị định số 29/2025/NĐ-CP" in error.text.vi
    assert error.clause


def test_an_agency_that_is_not_founded_yet_is_refused(desk):
    desk.clock.set(2025, 1, 15)
    refused(desk, Kind.UNSUITABLE, "agency-not-yet-founded", agency="HDND-DP")


def test_a_key_of_another_agency_may_not_prepare(desk):
    caller = Caller(Actor("x", "X", "test"), agencies=frozenset({"VPCP"}))
    refused(desk, Kind.FORBIDDEN, "agency-not-yours", caller=caller)


def test_a_type_without_series_is_refused(desk):
    refused(desk, Kind.UNSUITABLE, "no-series", type="HĐ")


def test_a_series_that_is_closed_is_refused(make_desk):
    def close(office: Office) -> Office:
        return replace(office, series=tuple(replace(each, until=date(2020, 1, 1)) for each in office.series))

    desk = make_desk(close)
    refused(desk, Kind.UNSUITABLE, "series-closed")


@pytest.mark.parametrize("name", ["cong-van", "quyet-dinh"])
def test_an_unknown_type_has_one_answer_at_every_agency(desk, name):
    with pytest.raises(SignerError) as caught:
        desk.prepare(draft(name), replace(metadata(name), type="CV"), SYSTEM)
    error = caught.value
    assert (error.kind, error.code, error.where) == (Kind.UNSUITABLE, "unknown-type", "metadata.type")


def test_a_notation_other_than_the_printed_one_is_refused(desk):
    with pytest.raises(SignerError) as caught:
        desk.prepare(draft("quyet-dinh"), replace(metadata("quyet-dinh"), type="TB"), SYSTEM)
    assert caught.value.kind is Kind.UNSUITABLE
    assert "TB-BTC" in caught.value.text.vi


def test_a_signer_for_whom_nobody_may_sign_is_warned_of(make_desk):
    desk = make_desk(lambda office: with_delegation(office, issuer="VPCP"))
    codes = [found.code for found in desk.prepared().findings]
    assert "signer-without-authority" in codes


def test_an_authority_that_has_lapsed_is_told_as_such_with_the_clause_of_the_refusal(make_desk):
    desk = make_desk(lambda office: with_delegation(office, period=Period(None, date(2026, 11, 20))))
    document = desk.prepared()
    told = next(found for found in document.findings if found.code == "signer-without-authority")
    with pytest.raises(SignerError) as caught:
        desk.signs(document, "an.nv")
    assert caught.value.code == "delegation-lapsed"
    assert caught.value.text.vi in told.message.vi
    assert "hết hạn" in told.message.vi
    assert told.clause == caught.value.clause
    assert caught.value.where == "metadata.signers[0].capacity"


def test_a_signer_who_is_nobodys_name_is_warned_of(make_desk):
    def leave(office: Office) -> Office:
        persons = {**office.persons, "an.nv": replace(office.persons["an.nv"], name="Nguyễn Văn Bảo")}
        return replace(office, persons=persons)

    told = {found.code: found for found in make_desk(leave).prepared().findings}
    assert "Không có ai tên “Nguyễn Văn An”" in told["signer-without-authority"].message.vi


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 501}, "subject"),
        ({"subject": "đảo \u202echữ"}, "subject"),
        ({"agency": ""}, "agency"),
        ({"signers": ()}, "signers"),
        ({"signers": (Signer("Nguyễn Văn An", ()),)}, "signers[0].capacity"),
        ({"signers": (Signer("", ("BỘ TRƯỞNG",)),)}, "signers[0].name"),
        ({"signers": (Signer("Nguyễn Văn Hòa", ("A",)), Signer("Nguyễn Văn Hoà", ("B",)))}, "signers"),
        ({"initials": tuple(Initial(f"Ng\u01b0ời {i}", InitialFor.CONTENT) for i in range(9))}, "initials"),
        ({"copies": 0}, "copies"),
        ({"recipients": ("",)}, "recipients[0]"),
        ({"places": {"seal": Place(1, Rect(0, 0, 9, 9))}}, "places.seal"),
        ({"subject": "Về\u3164việc"}, "subject"),
        ({"relations": (Relation(RelationKind.COPY_OF, "x"),)}, "relations[0]"),
    ],
)
def test_bad_metadata_is_refused_naming_the_member(changes, where):
    with pytest.raises(SignerError) as caught:
        check(replace(metadata("quyet-dinh"), **changes))
    assert (caught.value.kind, caught.value.code) == (Kind.MALFORMED, "invalid-metadata")
    assert caught.value.where == f"metadata.{where}"


def test_metadata_is_stored_in_composed_form_with_tidy_spaces():
    checked = check(replace(metadata("quyet-dinh"), subject="  Về  việc\nba\u0300n  giao "))
    assert checked.subject == "Về việc bàn giao"
