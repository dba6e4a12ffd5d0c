"""Signing: who may, in which order, with which key; and two who sign at once."""

from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest

from hsm.pin import Pin
from signer.errors import Kind, SignerError
from signer.model import Actor, DocumentState, Initial, InitialFor, SignatureRole
from signer.usecases.caller import Caller
from signer.usecases.look import Look

from .conftest import SYSTEM, with_delegation

LEADER, INITIAL = SignatureRole.LEADER, SignatureRole.INITIAL


def refused(
    desk,
    document,
    kind: Kind,
    code: str,
    *,
    key: str = "an.nv",
    role: SignatureRole = LEADER,
    caller: Caller = SYSTEM,
    **more: object,
) -> SignerError:
    before = desk.document(document.id)
    if "pin" not in more:
        more["pin"] = desk.pin(key)
    with pytest.raises(SignerError) as caught:
        desk.sign(document.id, role, key, caller, **more)
    assert (caught.value.kind, caught.value.code) == (kind, code)
    assert desk.document(document.id) == before
    return caught.value


def test_the_leader_signs_and_certifies_the_file(desk):
    document = desk.prepared()
    result = desk.signs(document, "an.nv")
    assert result.document.state is DocumentState.SIGNED
    assert result.record.capacity == ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")
    assert result.record.before_sha256 == document.sha256
    assert result.document == desk.document(document.id)
    (step,) = desk.signer.steps
    assert step.certify
    assert step.locks == ("Leader",)
    with pikepdf.open(desk.blobs.get(result.document.sha256).stream()) as pdf:
        assert "/DocMDP" in pdf.Root.Perms


def test_initials_come_first_and_only_the_first_signature_certifies(desk):
    named = (Initial("Nguyễn Duy Khánh", InitialFor.CONTENT),)
    place = {"initial1": next(iter(desk.prepared().places.values()))}
    place = {
        "initial1": replace(
            place["initial1"], page=1, rect=place["initial1"].rect._replace(x0=300, y0=60, x1=340, y1=80)
        )
    }
    document = desk.prepared(initials=named, places=place)
    error = refused(desk, document, Kind.CONFLICT, "initial-missing")
    assert error.clause
    assert desk.signs(document, "khanh.nd", INITIAL).document.state is DocumentState.PREPARED
    assert desk.signs(document, "an.nv").document.state is DocumentState.SIGNED
    first, second = desk.signer.steps
    assert (first.field, first.certify, first.locks) == ("Initial1", True, ("Initial1",))
    assert (second.field, second.certify, second.locks) == ("Leader", False, ("Initial1", "Leader"))


def test_of_two_signers_the_last_one_makes_it_signed(desk):
    document = desk.prepared("bien-ban")
    assert desk.signs(document, "dung.ht").document.state is DocumentState.PREPARED
    assert desk.signs(document, "binh.tt").document.state is DocumentState.SIGNED


def test_nobody_signs_twice(desk):
    document = desk.signed()
    refused(desk, document, Kind.CONFLICT, "already-signed")


def test_a_level_that_is_not_to_be_had_is_refused_never_lowered(desk):
    document = desk.prepared()
    for level in ("B-T", "B-LT", "B-LTA", "b-b"):
        error = refused(desk, document, Kind.UNSUITABLE, "level-not-available", level=level)
        assert "dịch vụ chưa cung cấp dấu thời gian" in error.text.vi


def test_a_person_whom_the_document_does_not_name_is_refused(desk):
    error = refused(desk, desk.prepared(), Kind.UNSUITABLE, "signer-not-named", key="duc.pm")
    assert "Người được nêu: Nguyễn Văn An." in error.text.vi
    error = refused(desk, desk.prepared(), Kind.UNSUITABLE, "signer-not-named", key="duc.pm", role=INITIAL)
    assert error.text.vi.endswith("Văn bản không khai báo người ký nháy.")


def test_a_key_of_another_agency_is_refused(desk, settings):
    document = desk.prepared()
    infos = {spec.info.name: spec.info for spec in settings.keys}
    desk.pen.keys._key_specs["an.nv"] = replace(
        desk.pen.keys._key_specs["an.nv"], info=replace(infos["an.nv"], issuers=("VPCP",))
    )
    refused(desk, document, Kind.FORBIDDEN, "key-not-for-agency")


def test_an_agencys_key_never_signs_for_a_person(desk):
    refused(desk, desk.prepared(), Kind.FORBIDDEN, "key-not-a-persons", key="agency-btc", pin=None)


def test_a_clerks_key_does_not_sign_as_a_leader(desk):
    document = desk.prepared()
    spec = desk.pen.keys._key_specs["an.nv"]
    desk.pen.keys._key_specs["an.nv"] = replace(spec, info=replace(spec.info, roles=(SignatureRole.CLERK,)))
    error = refused(desk, document, Kind.FORBIDDEN, "key-not-for-role")
    assert "vai trò người ký (leader)" in error.text.vi


def test_a_persons_key_needs_the_pin_with_each_call(desk):
    document = desk.prepared()
    refused(desk, document, Kind.FORBIDDEN, "pin-required", pin=None)


def test_an_unknown_key_is_not_found(desk):
    refused(desk, desk.prepared(), Kind.NOT_FOUND, "unknown-key", key="nobody", pin=Pin("1234"))


def test_a_lapsed_delegation_is_refused_with_its_clause(make_desk):
    desk = make_desk()
    yesterday = desk.clock.now().date() - timedelta(days=1)
    document = desk.prepared()
    desk.put_office(with_delegation(desk.office, period=type(desk.office.delegations[0].period)(None, yesterday)))
    error = refused(desk, document, Kind.UNSUITABLE, "delegation-lapsed")
    assert "Điều 13" in error.clause


def test_a_caller_bound_to_one_person_does_not_sign_with_anothers_key(desk):
    caller = Caller(Actor("k", "K", "test"), persons=frozenset({"duc.pm"}))
    refused(desk, desk.prepared(), Kind.FORBIDDEN, "person-not-yours", caller=caller)


def test_another_agencys_document_does_not_exist(desk):
    document = desk.prepared()
    caller = Caller(Actor("k", "K", "test"), agencies=frozenset({"VPCP"}))
    refused(desk, document, Kind.NOT_FOUND, "unknown-document", caller=caller)
    with pytest.raises(SignerError, match="unknown-document"):
        Look(desk.store, desk.blobs).file(document.id, caller)


def test_only_initials_and_leaders_sign_here(desk):
    refused(desk, desk.prepared(), Kind.MALFORMED, "invalid-role", role=SignatureRole.AGENCY)


def test_of_two_signatures_at_once_the_first_stored_wins(desk):
    document = desk.prepared("bien-ban")
    desk.signer.meanwhile = lambda: desk.signs(document, "dung.ht")
    with pytest.raises(SignerError) as caught:
        desk.signs(document, "binh.tt")
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "changed-meanwhile")
    stored = desk.document(document.id)
    assert [record.signer for record in stored.signatures] == ["Hoàng Thị Dung"]
    assert desk.signs(stored, "binh.tt").document.state is DocumentState.SIGNED


def test_a_wrong_pin_is_told_and_the_document_stays(desk):
    document = desk.prepared("cong-van")
    refused(desk, document, Kind.FORBIDDEN, "pin-incorrect", key="binh.tt", pin=Pin("000000000000"))
    assert desk.signs(document, "binh.tt").document.state is DocumentState.SIGNED
