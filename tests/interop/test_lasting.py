"""Signatures that last, made with SoftHSM keys and real time-stamps, in the eyes of other people's tools."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from asn1crypto import cms, x509
from asn1crypto import crl as asn1_crl
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from signer.model import NO_DATA, Level, Revision, SignatureRole, ValidationData
from signer.pdf.sign import PlanSigner
from tests.fixtures import attacks
from tests.fixtures.attacks_pki import Leaf, crl, leaf, pki
from tests.support.time_authority import OpensslAuthority, authority_leaf
from tests.support.tools import mutool, pdfsig, qpdf, run

DAY = dt.timedelta(days=1)
BODY = "BỘ TÀI CHÍNH"


@dataclass(frozen=True)
class Made:
    """A file at a level, and what was given for it. The signers' certificates end ten days after ``now``."""

    revision: Revision
    file: Path
    data: bytes
    now: dt.datetime
    tsa: Leaf
    agency: Leaf
    kept: ValidationData


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> dict[Level, Made]:
    """Issued at each level. Signed now, since ``openssl ts`` stamps by the machine's clock."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    sub, ends = pki().sub, now + 10 * DAY
    tsa = authority_leaf(sub, until=now + 900 * DAY)
    people = [
        leaf(label, common, BODY, sub, chain=(sub,), rsa_key=True, since=now - DAY, until=ends)
        for label, common in (("leader", "Nguyễn Văn An"), ("agency", BODY))
    ]
    lists = [crl(ca, this_update=now - DAY / 24, next_update=now + 30 * DAY) for ca in (pki().root, sub)]
    certificates = (pki().root.der, sub.der, tsa.info.certificate, *(each.info.certificate for each in people))
    kept = ValidationData(certificates, tuple(lists))
    authority = OpensslAuthority.open(tmp_path_factory.mktemp("tsa"), tsa, sub)
    signer, made = PlanSigner(), {}
    for level in Level:
        steps = (
            attacks.step(SignatureRole.LEADER, "Leader", "Nguyễn Văn An", ("Leader",), certify=True),
            attacks.step(SignatureRole.AGENCY, "Agency", BODY, attacks.ALL, values=attacks.VALUES),
        )
        revision = attacks.prepared()
        for what, key in zip(steps, people, strict=True):
            step = replace(what, signing_time=now, level=level, data=kept if level.keeps_data else NO_DATA)
            revision = signer.sign(revision, step, key.info, key.sign, authority.stamp if level.stamped else None)
        if level is Level.B_LTA:
            revision = signer.time_stamp(revision, authority.stamp)
        file = tmp_path_factory.mktemp("levels") / f"{level}.pdf"
        file.write_bytes(revision.content.read())
        made[level] = Made(revision, file, file.read_bytes(), now, tsa, people[1], kept)
    return made


@pytest.mark.parametrize("level", list(Level))
def test_other_readers_accept_every_level(make: dict[Level, Made], level: Level) -> None:
    made, closing = make[level], level is Level.B_LTA
    qpdf(made.file)
    verdicts = pdfsig(made.file)
    assert [each.valid for each in verdicts[:2]] == [True, True]
    assert verdicts[-1].whole_file
    seen = mutool(made.file)
    assert seen[:2] == ["edited", "edited" if closing else "unchanged"]
    assert made.data.count(b"%%EOF") == attacks.prepared().content.read().count(b"%%EOF") + (3 if closing else 2)


def test_poppler_shows_the_document_time_stamp(make: dict[Level, Made]) -> None:
    told = run("pdfsig", "-nocert", str(make[Level.B_LTA].file), ok=(0, 1))
    assert "Signature Field Name: Timestamp1" in told
    assert "Signer Certificate Common Name: Dấu thời gian thử nghiệm" in told.partition("Timestamp1")[2]


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_openssl_verifies_each_time_stamp(make: dict[Level, Made], level: Level, tmp_path: Path) -> None:
    """Over the signature value; the document time-stamp over what its /ByteRange covers."""
    (tmp_path / "root.pem").write_bytes(pki().root.pem)
    (tmp_path / "sub.pem").write_bytes(pki().sub.pem)
    data, tokens = make[level].data, []
    for value, ranges in zip(
        re.findall(rb"/Contents<([0-9a-f]+)>", data),
        re.findall(rb"/ByteRange\[0 (\d+) (\d+) (\d+)\]", data),
        strict=True,
    ):
        gap, resume, rest = map(int, ranges)
        read = cms.ContentInfo.load(bytes.fromhex(value.decode()))
        (info,) = read["content"]["signer_infos"]
        if read["content"]["encap_content_info"]["content_type"].native == "tst_info":
            tokens.append((read.dump(), data[:gap] + data[resume : resume + rest]))
        else:
            tokens.append((info["unsigned_attrs"][0]["values"][0].dump(), info["signature"].native))
    assert len(tokens) == (3 if level is Level.B_LTA else 2)
    for token, about in tokens:
        for stamped, good in ((about, True), (about + b"x", False)):
            (tmp_path / "token").write_bytes(token)
            (tmp_path / "about").write_bytes(stamped)
            roots = ("-CAfile", str(tmp_path / "root.pem"), "-untrusted", str(tmp_path / "sub.pem"))
            files = ("-data", str(tmp_path / "about"), "-in", str(tmp_path / "token"), "-token_in")
            done = subprocess.run(
                ["openssl", "ts", "-verify", *files, *roots], capture_output=True, check=False, timeout=60
            )
            assert (done.returncode == 0) is good, done.stderr


def _policy(known: LocalKnowledge) -> SignatureValidationSpec:
    return SignatureValidationSpec(
        CertValidationPolicySpec(
            SimpleTrustManager.build(trust_roots=[x509.Certificate.load(pki().root.der)]),
            CertRevTrustPolicy(REQUIRE_REVINFO),
        ),
        RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=known,
        key_usage_settings=KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}),
    )


def _current(at: dt.datetime) -> list[CRLContainer]:
    """What the CAs say at a later moment: the signers' certificates are over, the authorities' are not revoked."""
    lists = [crl(ca, this_update=at - DAY / 24, next_update=at + DAY) for ca in (pki().root, pki().sub)]
    return [CRLContainer(asn1_crl.CertificateList.load(each)) for each in lists]


def _lasts(made: Made, at: dt.datetime) -> list[bool]:
    """pyHanko's judgement of each signature by EN 319 102-1, 5.6 (5.5 below B-LTA), as of a later moment."""
    reader, timing = PdfFileReader(made.revision.content.stream()), ValidationTimingInfo(at, at, True)
    known, passed = _current(at), []
    archived = bool(reader.embedded_timestamp_signatures)
    for embedded in reader.embedded_regular_signatures:
        if archived:
            spec = PdfSignatureValidationSpec(_policy(LocalKnowledge(known_crls=known)))
            result = asyncio.run(ades_lta_validation(embedded, spec, timing_info=timing))
        else:
            held = LocalKnowledge(known_crls=known)
            if "/DSS" in reader.root:
                store = DocumentSecurityStore.read_dss(reader)
                lists = [asn1_crl.CertificateList.load(each.get_object().data) for each in store.crls]
                certificates = list(store.load_certs())
                held = LocalKnowledge(known_crls=[*known, *map(CRLContainer, lists)], known_certs=certificates)
            result = asyncio.run(
                ades_with_time_validation(
                    embedded.signed_data, _policy(held), timing_info=timing, raw_digest=embedded.compute_digest()
                )
            )
        passed.append(result.ades_subindic is AdESPassed.OK)
    return passed


@pytest.mark.parametrize(
    ("level", "lasts"), [(Level.B_B, False), (Level.B_LT, True), (Level.B_LTA, True)], ids=["B-B", "B-LT", "B-LTA"]
)
def test_pyhanko_passes_it_after_the_signers_certificates_expired(
    make: dict[Level, Made], level: Level, lasts: bool
) -> None:
    made = make[level]
    later = made.now + 100 * DAY
    assert made.agency.certificate.not_valid_after_utc < later
    assert _lasts(made, later) == [lasts, lasts]


@pytest.mark.parametrize("level", [Level.B_LT, Level.B_LTA])
def test_pyhanko_sees_a_flipped_byte_in_the_store(make: dict[Level, Made], level: Level) -> None:
    """The twin: the same file with one bit of a certificate in the DSS changed."""
    made = make[level]
    at = made.data.rindex(b"stream\n" + pki().sub.der) + 40
    content = type(made.revision.content)(attacks.flipped(made.data, at))
    for embedded in PdfFileReader(content.stream()).embedded_regular_signatures[:1]:
        embedded.compute_integrity_info()
        embedded.compute_digest()
        (info,) = embedded.signed_data["signer_infos"]
        said = {each["type"].native: each["values"][0].native for each in info["signed_attrs"]}
        assert said["message_digest"] != embedded.compute_digest()
