"""Signatures that last: time-stamp, validation data in the signature's own revision, the document time-stamp."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import x509

from signer.errors import Kind, SignerError
from signer.model import NO_DATA, Content, Level, Revision, SigningStep, ValidationData
from signer.pdf import check_stamp, cms
from signer.pdf.fields import FieldWriter
from signer.pdf.plan import decode
from signer.pdf.sign import PlanSigner
from tests.fixtures.attacks_cms import token
from tests.fixtures.attacks_pki import crl, pki
from tests.support.paper import SoftKey, agency_step, leader_step, make_key, recheck, some_places
from tests.support.stamped import stamp_step
from tests.support.time_authority import authority_leaf

TSA = authority_leaf(pki().sub)
stamp = token(TSA)
DATA = ValidationData((pki().root.der, pki().sub.der, TSA.info.certificate), (crl(pki().root), crl(pki().sub)))
LATER = ValidationData((pki().sub.der, pki().agency.info.certificate), (crl(pki().sub),), (b"0\x03\n\x01\x00",))


def at(step: SigningStep, level: Level, data: ValidationData = DATA) -> SigningStep:
    return replace(step, level=level, data=data if level.keeps_data else NO_DATA)


@pytest.fixture(scope="module")
def lasting(prepared: Revision, leader_key: SoftKey) -> Revision:
    """Signed by the leader at B-LT."""
    return PlanSigner().sign(prepared, at(leader_step(), Level.B_LT), leader_key.info, leader_key.sign, stamp)


@pytest.fixture(scope="module")
def sealed(lasting: Revision, agency_key: SoftKey) -> Revision:
    return PlanSigner().sign(lasting, at(agency_step(), Level.B_LT, LATER), agency_key.info, agency_key.sign, stamp)


@pytest.fixture(scope="module")
def closed(sealed: Revision) -> Revision:
    return PlanSigner().time_stamp(sealed, stamp)


def contents(data: bytes) -> list[bytes]:
    return [bytes.fromhex(found.decode()) for found in re.findall(rb"/Contents<([0-9a-f]+)>", data)]


def store(data: bytes) -> dict[str, list[bytes]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {
            str(key): [each.read_bytes() for each in held]
            for key, held in pdf.Root.DSS.items()
            if isinstance(held, pikepdf.Array)
        }


@pytest.mark.parametrize("algorithm", ["rsa-pkcs1-sha256", "rsa-pss-sha256", "ecdsa-sha256", "ed25519"])
def test_the_time_stamp_is_about_the_signature_value(prepared: Revision, algorithm: str) -> None:
    key = make_key("Nguyễn Văn An", algorithm)
    made = PlanSigner().sign(prepared, at(leader_step(), Level.B_T), key.info, key.sign, stamp)
    read = asn1_cms.ContentInfo.load(contents(made.content.read())[0])
    (info,) = read["content"]["signer_infos"]
    (attribute,) = info["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    told = attribute["values"][0]["content"]["encap_content_info"]["content"].parsed
    assert told["message_imprint"]["hashed_message"].native == hashlib.sha256(info["signature"].native).digest()


def test_the_template_with_a_time_stamp_is_what_asn1crypto_would_encode() -> None:
    key = make_key("Lê Hoàng Cường")
    digest = hashlib.sha256(b"document").digest()
    ours = cms.sign(key.info, digest, key.sign, stamp)
    theirs = asn1_cms.ContentInfo.load(cms.sign(key.info, digest, key.sign))
    info = theirs["content"]["signer_infos"][0]
    given = asn1_cms.ContentInfo.load(stamp(hashlib.sha256(info["signature"].native).digest()))
    info["unsigned_attrs"] = [asn1_cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [given]})]
    assert theirs.dump() == ours
    assert len(ours) <= cms.template(key.info).room(len(given.dump()))


@pytest.mark.parametrize("size", [1, 100, 127, 128, 255, 256, 4096, 65_535, 65_536])
def test_there_is_room_for_a_token_of_every_size(size: int) -> None:
    for key in (make_key("A", "ecdsa-sha256"), make_key("B")):
        parts = cms.template(key.info)
        value = bytes(512 if key.info.algorithm.startswith("rsa") else 72)[: 256 if "rsa" in key.info.algorithm else 72]
        longest = parts.signed_data(parts.attributes(bytes(32)), value, cms.time_stamped(bytes(size)))
        assert len(longest) <= parts.room(size)
    assert parts.room(0) == parts.longest


def test_each_signature_at_b_lt_is_one_update(prepared: Revision, lasting: Revision, sealed: Revision) -> None:
    """Verifiers of the Government CA's kind call a file changed that has two %%EOF between two signatures."""
    files = [each.content.read() for each in (prepared, lasting, sealed)]
    ends = [data.count(b"%%EOF") for data in files]
    assert ends == [ends[0], ends[0] + 1, ends[0] + 2]
    assert files[1].startswith(files[0])
    assert files[2].startswith(files[1])


def test_the_store_lies_under_the_signature_that_brings_it(lasting: Revision) -> None:
    data = lasting.content.read()
    gap, resume, rest = map(int, re.findall(rb"/ByteRange\[0 (\d+) (\d+) (\d+)\]", data)[0])
    assert resume + rest == len(data)
    assert 0 < data.index(b"/Type/DSS") < gap
    for der in (*DATA.certificates, *DATA.crls):
        assert 0 < data.rindex(b"stream\n" + der + b"\nendstream") < gap


def test_the_store_grows_by_what_is_new_and_nothing_is_in_it_twice(lasting: Revision, sealed: Revision) -> None:
    first = store(lasting.content.read())
    assert first == {"/Certs": list(DATA.certificates), "/CRLs": list(DATA.crls)}
    assert store(sealed.content.read()) == {
        "/Certs": [*DATA.certificates, pki().agency.info.certificate],
        "/CRLs": [*DATA.crls, *(each for each in LATER.crls if each not in DATA.crls)],
        "/OCSPs": list(LATER.ocsps),
    }
    with pikepdf.open(io.BytesIO(sealed.content.read())) as pdf:
        assert "/VRI" not in pdf.Root.DSS


def test_a_store_that_has_everything_is_not_written_again(sealed: Revision) -> None:
    again = PlanSigner().time_stamp(sealed, stamp, DATA.plus(LATER))
    assert again.content.read().count(b"/Type/DSS") == sealed.content.read().count(b"/Type/DSS")


@pytest.mark.parametrize("first", [Level.B_B, Level.B_T, Level.B_LT])
def test_the_certification_stays_named_when_the_agency_brings_data(
    prepared: Revision, leader_key: SoftKey, agency_key: SoftKey, first: Level
) -> None:
    signer = PlanSigner()
    by_leader = stamp if first.stamped else None
    signed = signer.sign(prepared, at(leader_step(), first), leader_key.info, leader_key.sign, by_leader)
    made = signer.sign(signed, at(agency_step(), Level.B_LT, LATER), agency_key.info, agency_key.sign, stamp)
    with pikepdf.open(io.BytesIO(made.content.read())) as pdf:
        leader = next(field for field in pdf.Root.AcroForm.Fields if field.T == "Leader")
        assert pdf.Root.Perms.DocMDP.objgen == leader.V.objgen
        assert len(pdf.Root.DSS.OCSPs) == 1


def test_an_attachment_lasts_too(stamp: Revision, agency_key: SoftKey) -> None:
    made = PlanSigner().sign(stamp, at(stamp_step(), Level.B_LT), agency_key.info, agency_key.sign, token(TSA))
    again = PlanSigner().time_stamp(made, token(TSA))
    assert store(again.content.read())["/CRLs"] == list(DATA.crls)


@pytest.mark.parametrize("name", ["quyet-dinh.pdf", "cong-van.pdf", "thong-tu.pdf"])
def test_a_file_is_closed_again_and_again(name: str, leader_key: SoftKey) -> None:
    draft = (Path(__file__).parents[3] / "softhsm" / "samples" / name).read_bytes()
    made = FieldWriter().prepare(Content(draft), some_places(leader_page=1))
    signer = PlanSigner()
    made = signer.sign(made, at(leader_step(), Level.B_LT), leader_key.info, leader_key.sign, stamp)
    with pikepdf.open(io.BytesIO(made.content.read())) as pdf:
        before = pdf.Root.AcroForm.DR.unparse(), len(pdf.Root.AcroForm.Fields)
    for _ in range(3):
        made = signer.time_stamp(made, stamp, LATER)
    with pikepdf.open(io.BytesIO(made.content.read())) as pdf:
        added = list(pdf.Root.AcroForm.Fields)[before[1] :]
        assert [str(each.T) for each in added] == ["Timestamp1", "Timestamp2", "Timestamp3"]
        assert {str(each.V.Type) for each in added} == {"/DocTimeStamp"}
        assert pdf.Root.AcroForm.DR.unparse() == before[0]
        assert "/NeedAppearances" not in pdf.Root.AcroForm
    assert decode(made.plan).filled == ("Leader", "Timestamp1", "Timestamp2", "Timestamp3")
    assert len(decode(made.plan).stamps) == 3


def test_a_token_longer_than_its_room_costs_one_more_signature_once(prepared: Revision, leader_key: SoftKey) -> None:
    signer, asked = PlanSigner(token=16), []

    def sign(data: bytes) -> bytes:
        asked.append(data)
        return leader_key.sign(data)

    step = at(leader_step(), Level.B_T)
    signer.sign(prepared, step, leader_key.info, sign, stamp)
    assert len(asked) == 2
    signer.sign(prepared, step, leader_key.info, sign, stamp)
    assert len(asked) == 3
    lonely = PlanSigner(token=16)
    closed = lonely.time_stamp(lonely.sign(prepared, leader_step(), leader_key.info, leader_key.sign), stamp)
    assert closed.content.size < 2 * prepared.content.size


@pytest.mark.parametrize("lengths", [(5000, 50_000), (70_000,)])
def test_a_token_that_grows_and_grows_is_given_up(
    prepared: Revision, leader_key: SoftKey, lengths: tuple[int, ...]
) -> None:
    sizes = iter(lengths)
    with pytest.raises(SignerError, match="longer than") as refused:
        PlanSigner().sign(
            prepared,
            at(leader_step(), Level.B_T),
            leader_key.info,
            leader_key.sign,
            lambda digest: bytes(next(sizes)),
        )
    assert (refused.value.kind, refused.value.code) == (Kind.INTERNAL, "self-check-failed")


def test_what_the_authority_raises_passes_through(prepared: Revision, sealed: Revision, leader_key: SoftKey) -> None:
    def away(_: bytes) -> bytes:
        raise SignerError(Kind.UNAVAILABLE, "time-stamp-unavailable", "vắng", "away")

    with pytest.raises(SignerError, match="away"):
        PlanSigner().sign(prepared, at(leader_step(), Level.B_T), leader_key.info, leader_key.sign, away)
    with pytest.raises(SignerError, match="away"):
        PlanSigner().time_stamp(sealed, away)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda digest: stamp(hashlib.sha256(digest).digest()), "about something else"),
        (lambda digest: stamp(digest)[:-1], "read back|not the one"),
        (lambda digest: pki().root.der, "read back"),
    ],
    ids=["another imprint", "truncated", "a certificate"],
)
def test_a_token_about_something_else_never_leaves(
    prepared: Revision, sealed: Revision, leader_key: SoftKey, given: object, words: str
) -> None:
    """The port promises a verified token; what it is about is looked at again."""
    with pytest.raises(SignerError, match=words):
        PlanSigner().sign(prepared, at(leader_step(), Level.B_T), leader_key.info, leader_key.sign, given)  # type: ignore[arg-type]
    with pytest.raises(SignerError, match=words):
        PlanSigner().time_stamp(sealed, given)  # type: ignore[arg-type]


def test_a_level_and_what_it_needs_come_together(prepared: Revision, leader_key: SoftKey) -> None:
    signer, key = PlanSigner(), leader_key
    for step, by in (
        (at(leader_step(), Level.B_T), None),
        (leader_step(), stamp),
        (leader_step(level=Level.B_LT), stamp),
        (leader_step(data=DATA), None),
    ):
        with pytest.raises(ValueError, match="level"):
            signer.sign(prepared, step, key.info, key.sign, by)


def test_a_plan_of_an_earlier_version_goes_as_far_as_it_knows(
    prepared: Revision, signed: Revision, leader_key: SoftKey, agency_key: SoftKey
) -> None:
    """Which signature certifies was not written down: the catalogue cannot be written anew, all else can."""

    def aged(revision: Revision) -> Revision:
        state, _, layout = revision.plan.partition(b"\n")
        old = {key: value for key, value in json.loads(state).items() if key != "certified"}
        return replace(revision, plan=json.dumps(old).encode() + b"\n" + layout)

    signer = PlanSigner()
    assert signer.sign(aged(prepared), at(leader_step(), Level.B_LT), leader_key.info, leader_key.sign, stamp)
    old = aged(signed)
    with pytest.raises(SignerError) as refused:
        signer.sign(old, at(agency_step(), Level.B_LT), agency_key.info, agency_key.sign, stamp)
    assert (refused.value.kind, refused.value.code) == (Kind.UNSUITABLE, "level-not-available")
    issued = signer.sign(old, at(agency_step(), Level.B_T), agency_key.info, agency_key.sign, stamp)
    assert signer.time_stamp(issued, stamp).content.read().count(b"/DocTimeStamp/") == 1


def test_a_drafts_own_store_does_not_come_along(draft: bytes, leader_key: SoftKey) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(draft)) as pdf:
        pdf.Root.DSS = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.DSS, Certs=pikepdf.Array()))
        pdf.save(out)
    made = FieldWriter().prepare(Content(out.getvalue()), some_places())
    made = PlanSigner().sign(made, at(leader_step(), Level.B_LT), leader_key.info, leader_key.sign, stamp)
    assert store(made.content.read())["/Certs"] == list(DATA.certificates)


# --- the check, with revisions that a faulty composer might have made ------------------------------------------


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def _places(revision: Revision, start: int, step: int) -> list[int]:
    """Offsets all over an update, but for the zeros that fill /Contents."""
    data = revision.content.read()
    end = data.index(b">", data.index(b"/Contents<", start))
    filled = len(data[:end].rstrip(b"0")) + 1
    return [at for at in range(start, len(data), step) if not filled <= at < end]


def _token_of(revision: Revision) -> bytes:
    read = asn1_cms.ContentInfo.load(contents(revision.content.read())[-1])
    kind = read["content"]["encap_content_info"]["content_type"].native
    if kind == "tst_info":
        return read.dump()
    return read["content"]["signer_infos"][0]["unsigned_attrs"][0]["values"][0].dump()


def test_every_byte_of_a_lasting_revision_is_guarded(lasting: Revision, sealed: Revision, agency_key: SoftKey) -> None:
    """Token and security store too: none of these bytes may be another one."""
    step, start, data = at(agency_step(), Level.B_LT, LATER), lasting.content.size, sealed.content.read()
    given = _token_of(sealed)
    recheck(data, lasting, step, agency_key.info, given)  # the twin without the fault
    for offset in _places(sealed, start, 37):
        with pytest.raises(SignerError, match="self-check"):
            recheck(_flip(data, offset), lasting, step, agency_key.info, given)


def test_every_byte_of_a_document_time_stamp_is_guarded(sealed: Revision, closed: Revision) -> None:
    start, data, plan = sealed.content.size, closed.content.read(), decode(sealed.plan)
    given = _token_of(closed)

    def judge(file: bytes) -> None:
        check_stamp.check(Content(file[:start]), file[start:], plan, NO_DATA, given)

    judge(data)
    for offset in _places(closed, start, 11):
        with pytest.raises(SignerError, match="self-check"):
            judge(_flip(data, offset))


def _restamped(data: bytes, start: int) -> tuple[bytes, bytes]:
    """A faulty revision with a token that is about it, as the faulty composer would have got one."""
    ranges = re.search(rb"/ByteRange\[0 (\d+) (\d+) ", data[start:])
    assert ranges
    gap, resume = int(ranges[1]), int(ranges[2])
    made = stamp(hashlib.sha256(data[:gap] + data[resume:]).digest())
    return data[:gap] + b"<" + made.hex().encode().ljust(resume - gap - 2, b"0") + b">" + data[resume:], made


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"(Timestamp1)", b"(Timestamp2)", "another name"),
        (b"/Rect[0 0 0 0]", b"/Rect[0 0 9 9]", "field of the time-stamp"),
        (b"/SigFlags 3/DR", b"/SigFlags 2/DR", "form is not"),
        (b"/DA(/AntinUpright 13 Tf 0 g)", b"/NeedAppearances true       ", "form is not"),
        (b"/Fields[", b"/Fxelds[", "form is not"),
        (b"/SubFilter/ETSI.RFC3161", b"/SubFilter/ETSI.RFC3162", "dictionary is not"),
        (b"\nendobj\n", b"\n%%EOF\nx", "%%EOF"),
    ],
)
def test_the_check_sees_a_faulty_time_stamp(
    sealed: Revision, closed: Revision, old: bytes, new: bytes, words: str
) -> None:
    start, data = sealed.content.size, closed.content.read()
    offset = data.index(old, start)
    faulty, made = _restamped(data[:offset] + new + data[offset + len(old) :], start)
    with pytest.raises(SignerError, match=words):
        check_stamp.check(Content(faulty[:start]), faulty[start:], decode(sealed.plan), NO_DATA, made)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (replace(LATER, ocsps=()), "other data"),
        (replace(LATER, crls=(*LATER.crls, crl(pki().root))), "other data"),
        (replace(LATER, certificates=LATER.certificates[:1]), "other data"),
    ],
    ids=["answer too many", "list missing", "certificate too many"],
)
def test_the_check_compares_the_store_with_what_was_asked_for(
    lasting: Revision, sealed: Revision, agency_key: SoftKey, data: ValidationData, words: str
) -> None:
    step = at(agency_step(), Level.B_LT, data)
    with pytest.raises(SignerError, match=words):
        recheck(sealed.content.read(), lasting, step, agency_key.info, _token_of(sealed))


def test_the_check_wants_the_very_token_that_was_given(
    lasting: Revision, sealed: Revision, agency_key: SoftKey
) -> None:
    step = at(agency_step(), Level.B_LT, LATER)
    for other in (b"", stamp(bytes(32))):
        with pytest.raises(SignerError, match="not the one that was given"):
            recheck(sealed.content.read(), lasting, step, agency_key.info, other)


def test_certificates_are_whole(sealed: Revision) -> None:
    subjects = [
        x509.Certificate.load(der).subject.native["common_name"] for der in store(sealed.content.read())["/Certs"]
    ]
    assert "BỘ TÀI CHÍNH" in subjects
