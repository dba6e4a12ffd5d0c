"""One signed update: what it holds, what it refuses, and what the check before it leaves would catch."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from asn1crypto import cms as asn1_cms

from signer.errors import Kind, SignerError
from signer.model import Content, Rect, Revision, SigningStep
from signer.pdf import cms
from signer.pdf.fields import FieldWriter
from signer.pdf.plan import decode
from signer.pdf.sign import PlanSigner
from tests.support.paper import (
    ALL_FIELDS,
    SoftKey,
    agency_step,
    leader_step,
    make_key,
    recheck,
    some_places,
)

ALGORITHMS = ["rsa-pkcs1-sha256", "rsa-pss-sha256", "ecdsa-sha256", "ed25519"]


def contents(data: bytes) -> list[bytes]:
    return [bytes.fromhex(found.decode()) for found in re.findall(rb"/Contents<([0-9a-f]+)>", data)]


def test_earlier_bytes_stay_and_each_signature_adds_one_eof(
    prepared: Revision, signed: Revision, issued: Revision
) -> None:
    assert signed.content.read().startswith(prepared.content.read())
    assert issued.content.read().startswith(signed.content.read())
    ends = [revision.content.read().count(b"%%EOF") for revision in (prepared, signed, issued)]
    assert ends == [ends[0], ends[0] + 1, ends[0] + 2]
    assert issued.sha256 == hashlib.sha256(issued.content.read()).hexdigest()


def test_the_first_signature_certifies_and_the_second_does_not(issued: Revision) -> None:
    with pikepdf.open(io.BytesIO(issued.content.read())) as pdf:
        fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
        leader, agency = fields["Leader"].V, fields["Agency"].V
        assert pdf.Root.Perms.DocMDP.objgen == leader.objgen
        methods = [[str(ref.TransformMethod) for ref in value.Reference] for value in (leader, agency)]
        assert methods == [["/DocMDP", "/FieldMDP"], ["/FieldMDP"]]
        assert int(leader.Reference[0].TransformParams.P) == 2
        lock = agency.Reference[0].TransformParams
        assert (str(lock.Action), [str(name) for name in lock.Fields]) == ("/Include", list(ALL_FIELDS))
        assert str(leader.Name) == "Nguyễn Văn An"
        assert str(fields["Number"].V) == "05"
        assert "/M" in leader


def test_an_unsigned_file_carries_nobodys_image(prepared: Revision, signed: Revision) -> None:
    assert prepared.content.read().count(b"/Subtype/Image") < signed.content.read().count(b"/Subtype/Image")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_template_is_what_asn1crypto_would_encode(algorithm: str) -> None:
    """Byte for byte: our splicing and a full encoder give the same DER."""
    key = make_key("Lê Hoàng Cường", algorithm)
    ours = cms.sign(
        key.info,
        hashlib.sha256(b"document").digest() if algorithm != "ed25519" else hashlib.sha512(b"document").digest(),
        key.sign,
    )
    content = asn1_cms.ContentInfo.load(ours, strict=True)
    content["content"].native  # noqa: B018 -- parses every part
    assert content.dump(force=True) == ours
    names = {attribute["type"].native for attribute in content["content"]["signer_infos"][0]["signed_attrs"]}
    assert names == {"content_type", "message_digest", "signing_certificate_v2", "cms_algorithm_protection"}


def test_several_certificates_are_in_der_order() -> None:
    """RFC 5652 makes the certificates a SET; strict readers refuse an unsorted one."""
    first, second = make_key("A").info, make_key("B").info
    for key in (replace(first, chain=(second.certificate,)), replace(second, chain=(first.certificate,))):
        soft = cms.template(key)
        assert soft.certificates.index(min(first.certificate, second.certificate)) < soft.certificates.index(
            max(first.certificate, second.certificate)
        )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_passes_the_check(prepared: Revision, algorithm: str) -> None:
    key = make_key("Nguyễn Văn An", algorithm)
    revision = PlanSigner().sign(prepared, leader_step(), key.info, key.sign)
    assert len(contents(revision.content.read())) == 1


def test_signing_without_an_image_draws_nothing(prepared: Revision, leader_key: SoftKey) -> None:
    revision = PlanSigner().sign(prepared, leader_step(image=None), leader_key.info, leader_key.sign)
    with pikepdf.open(io.BytesIO(revision.content.read())) as pdf:
        leader = next(field for field in pdf.Root.AcroForm.Fields if field.T == "Leader")
        assert leader.AP.N.read_bytes() == b""


def test_an_invisible_clerk_signature_comes_before_the_agencys(
    draft: bytes, leader_key: SoftKey, agency_key: SoftKey
) -> None:
    signer, clerk = PlanSigner(), make_key("Văn thư")
    prepared = FieldWriter().prepare(Content(draft), some_places(clerk=True))
    signed = signer.sign(prepared, leader_step(), leader_key.info, leader_key.sign)
    fields = ("Number", "Day", "Month", "Leader", "Clerk")
    numbered = signer.sign(signed, agency_step(field="Clerk", locks=fields, image=None), clerk.info, clerk.sign)
    issued = signer.sign(numbered, agency_step(locks=(*fields, "Agency"), values={}), agency_key.info, agency_key.sign)
    assert decode(issued.plan).filled == ("Leader", "Number", "Day", "Month", "Clerk", "Agency")
    assert len(contents(issued.content.read())) == 3


def test_a_file_that_is_not_the_stored_one_is_not_signed(prepared: Revision, leader_key: SoftKey) -> None:
    data = prepared.content.read()
    changed = replace(prepared, content=Content(data[:-30] + b" " + data[-29:]))
    with pytest.raises(SignerError) as refused:
        PlanSigner().sign(changed, leader_step(), leader_key.info, leader_key.sign)
    assert refused.value.code == "revision-damaged"


def test_what_the_token_raises_passes_through(prepared: Revision, leader_key: SoftKey) -> None:
    def away(_: bytes) -> bytes:
        raise ConnectionError("token gone")

    with pytest.raises(ConnectionError):
        PlanSigner().sign(prepared, leader_step(), leader_key.info, away)


def test_a_token_that_signs_with_another_key_is_caught(
    prepared: Revision, leader_key: SoftKey, agency_key: SoftKey
) -> None:
    with pytest.raises(SignerError) as refused:
        PlanSigner().sign(prepared, leader_step(), leader_key.info, agency_key.sign)
    assert (refused.value.kind, refused.value.code) == (Kind.INTERNAL, "self-check-failed")
    assert "does not verify" in str(refused.value)


@pytest.mark.parametrize(("size", "scale"), [(13.0, b"100"), (30.0, b"90")])
def test_a_number_wider_than_its_blank_is_condensed(
    draft: bytes, leader_key: SoftKey, agency_key: SoftKey, size: float, scale: bytes
) -> None:
    places = some_places()
    places = replace(places, number=replace(places.number, size=size))
    signer = PlanSigner()
    signed = signer.sign(FieldWriter().prepare(Content(draft), places), leader_step(), leader_key.info, leader_key.sign)
    issued = signer.sign(signed, agency_step(), agency_key.info, agency_key.sign)
    assert b" Tf %b Tz" % scale in issued.content.read()


def test_dots_are_covered_only_where_they_are(draft: bytes, leader_key: SoftKey, agency_key: SoftKey) -> None:
    signer = PlanSigner()
    prepared = FieldWriter().prepare(Content(draft), some_places(ground=True))
    signed = signer.sign(prepared, leader_step(), leader_key.info, leader_key.sign)
    issued = signer.sign(signed, agency_step(), agency_key.info, agency_key.sign)
    assert issued.content.read().count(b"q 1 g 0 1 27 7 re f Q") == 1
    assert issued.content.read().count(b" re f Q") == 1


# --- the check, with revisions that a faulty composer might have made --------------------------------------------


def _replace_once(old: bytes, new: bytes) -> Callable[[bytes, int], bytes]:
    assert len(old) == len(new), "offsets must stay, so that only the guard in question sees it"

    def change(data: bytes, start: int) -> bytes:
        at = data.index(old, start)
        return data[:at] + new + data[at + len(old) :]

    return change


FAULTS: dict[str, tuple[Callable[[bytes, int], bytes], str]] = {
    "earlier byte": (lambda data, start: b"%PDF-1.5" + data[8:], "message-digest"),
    "second eof": (_replace_once(b"\nendobj\n", b"\n%%EOF\nx"), "%%EOF"),
    "startxref": (lambda data, start: data[:-9] + b"x" + data[-8:], "startxref"),
    "offset": (lambda data, start: _flip(data, data.rindex(b" 00000 n") - 1), "offset|before the first|gap"),
    "root": (_replace_once(b"/Root 56", b"/Root 55"), "trailer"),
    "value": (_replace_once(b"/V(05)", b"/V(06)"), "another value"),
    "drawn text": (_replace_once(b"<0006000B>", b"<0006000C>"), "another text"),
    "extra drawing": (_replace_once(b" Tj ET Q", b" Tj  ET "), "another text"),
    "font": (_replace_once(b"/Font<</AntinUpright 58", b"/Font<</AntinUpright 63"), "another text"),
    "lock name": (
        _replace_once(b"/V/1.2/Action/Include/Fields[(Number)", b"/V/1.2/Action/Include/Fields[(Nummer)"),
        "lock names other",
    ),
    "lock action": (
        _replace_once(
            b"/Action/Include/Fields[(Number)(Day)(Month)(Leader)(Agency)]>>>>]",
            b"/Action/Exclude/Fields[(Number)(Day)(Month)(Leader)(Agency)]>>>>]",
        ),
        "lock is not",
    ),
    "filter": (_replace_once(b"ETSI.CAdES", b"ETSI.CADES"), "dictionary is not"),
    "range": (lambda data, start: _flip(data, data.index(b"/ByteRange[0 ", start) + 14), "ByteRange|before"),
    "certificate": (lambda data, start: _flip(data, _hex_of(data, start, b"VN") + 1), "certificate|verify"),
    "digest": (_replace_once(b"/Subtype/Form", b"/Subtype/Forn"), "message-digest"),
    "signature value": (lambda data, start: _flip_last_hex(data, at=start), "verify|read back"),
    "an object too many": (_replace_once(b"\nendobj\n", b"\nendobj "), "offset|number"),
}


UNSIGNED_FAULTS = {"earlier byte", "range", "certificate", "digest", "signature value"}
"""Faults that a right digest would hide, or that lie in the signature itself."""


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def _resigned(data: bytes, start: int, key: SoftKey) -> bytes:
    """Sign the faulty bytes anew, as the faulty composer would have: the digest is right, the content is not."""
    ranges = re.search(rb"/ByteRange\[0 (\d+) (\d+) ", data[start:])
    assert ranges
    gap, resume = int(ranges[1]), int(ranges[2])
    value = cms.sign(key.info, hashlib.sha256(data[:gap] + data[resume:]).digest(), key.sign).hex().encode()
    return data[:gap] + b"<" + value.ljust(resume - gap - 2, b"0") + b">" + data[resume:]


def _hex_of(data: bytes, start: int, text: bytes) -> int:
    return data.index(text.hex().encode(), data.index(b"/Contents<", start))


def _flip_last_hex(data: bytes, at: int) -> bytes:
    end = data.index(b">", data.index(b"/Contents<", at))
    while data[end - 1 : end] == b"0":
        end -= 1
    return data[: end - 1] + (b"1" if data[end - 1 : end] != b"1" else b"2") + data[end:]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_sees_a_faulty_revision(signed: Revision, issued: Revision, agency_key: SoftKey, fault: str) -> None:
    change, words = FAULTS[fault]
    step = agency_step()
    recheck(issued.content.read(), signed, step, agency_key.info)  # the twin without the fault
    faulty = change(issued.content.read(), signed.content.size)
    if fault not in UNSIGNED_FAULTS:
        faulty = _resigned(faulty, signed.content.size, agency_key)
    with pytest.raises(SignerError, match=words) as refused:
        recheck(faulty, signed, step, agency_key.info)
    assert refused.value.kind is Kind.INTERNAL


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (agency_step(locks=("Number", "Day", "Month")), "lock names other"),
        (agency_step(values={"Number": "06", "Day": "21", "Month": "11"}), "another value"),
        (agency_step(values={"Number": "05", "Day": "21"}), "may not touch"),
        (agency_step(certify=True), "certification"),
        (agency_step(field="Leader"), "not filled"),
    ],
    ids=["lock", "value", "field too many", "certification", "field"],
)
def test_the_check_compares_with_what_was_asked_for(
    signed: Revision, issued: Revision, agency_key: SoftKey, step: SigningStep, words: str
) -> None:
    with pytest.raises(SignerError, match=words):
        recheck(issued.content.read(), signed, step, agency_key.info)


def test_every_byte_of_a_revision_is_guarded(signed: Revision, issued: Revision, agency_key: SoftKey) -> None:
    """Flip bytes all over the update: none may pass, but for the zeros that fill /Contents."""
    step, start = agency_step(), signed.content.size
    room_end = issued.content.read().index(b">", issued.content.read().index(b"/Contents<", start))
    for at in range(start, issued.content.size, 29):
        if issued.content.read()[at:room_end].strip(b"0") == b"" and at < room_end:
            continue
        with pytest.raises(SignerError, match="self-check"):
            recheck(_flip(issued.content.read(), at), signed, step, agency_key.info)


def test_rotated_pages_get_upright_appearances(draft: bytes, leader_key: SoftKey, agency_key: SoftKey) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(draft)) as pdf:
        pdf.pages[0].obj.Rotate = 270
        pdf.save(out)
    places = some_places()
    number = replace(places.number, place=replace(places.number.place, rect=Rect(150, 700, 166, 727)), baseline=153)
    signer = PlanSigner()
    prepared = FieldWriter().prepare(Content(out.getvalue()), replace(places, number=number))
    assert decode(prepared.plan).layout.texts["Number"].baseline == 3
    signed = signer.sign(prepared, leader_step(), leader_key.info, leader_key.sign)
    issued = signer.sign(signed, agency_step(), agency_key.info, agency_key.sign)
    assert b"/BBox[0 0 27 16]/Matrix[0 -1 1 0 0 0]" in issued.content.read()
