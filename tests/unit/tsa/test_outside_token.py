"""A token that is not the answer, or not what it should be, is refused; and every byte that is signed counts."""

from __future__ import annotations

import datetime as dt
import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from signer import validation
from signer.errors import SignerError
from signer.model.timestamp import CountsAs
from signer.tsa.asking import Asked
from signer.tsa.token import Exchange, Terms, judge
from tests.fixtures.attacks_pki import DAY, usage
from tests.support import authorities, published
from tests.support.asked import DIGEST, EC, got, refused
from tests.support.authorities import (
    OTHER_POLICY,
    POLICY,
    REPLY,
    Liar,
    hierarchy,
    stamping,
)
from tests.support.published import Page, Published, answer, publishing

NOW = Exchange(authorities.TODAY, authorities.TODAY)


@pytest.fixture
def web() -> Iterator[Published]:
    with publishing() as running:
        yield running


# --- tokens that are not the answer, or not what they should be


def another(digest: bytes = DIGEST, algorithm: str = "sha256") -> Page:
    """An answer that is good for another question."""
    asked = tsp.TimeStampReq(
        {"version": "v1", "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}}
    )
    return lambda handler, _: Liar(hierarchy().tsa).page(handler, asked.dump())


SHA1 = {
    "hash_algorithm": {"algorithm": "sha1"},
    "cert_hash": hashlib.sha1(hierarchy().tsa.der).digest(),  # noqa: S324 -- what is to be refused
}
SHA1_IN_V2 = cms.CMSAttribute({"type": "signing_certificate_v2", "values": [{"certs": [SHA1]}]})


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (another(), "time-stamp-mismatch"),  # without a nonce
        (another(hashlib.sha256(b"x").digest()), "time-stamp-mismatch"),
        (Liar(hierarchy().tsa, info={"nonce": 1}).page, "time-stamp-mismatch"),
        (Liar(hierarchy().tsa, info={"nonce": 2**100_000}).page, "time-stamp-mismatch"),
        (
            Liar(
                hierarchy().tsa,
                info={"message_imprint": {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}},
            ).page,
            "time-stamp-mismatch",
        ),
        (
            Liar(
                hierarchy().tsa,
                info={"message_imprint": {"hash_algorithm": {"algorithm": "sha512"}, "hashed_message": DIGEST}},
            ).page,
            "time-stamp-mismatch",
        ),
        (Liar(hierarchy().tsa, info={"extensions": authorities.extension(critical=True)}).page, "time-stamp-mismatch"),
        (Liar(hierarchy().tsa, info={"accuracy": {"millis": 5000}}).page, "time-stamp-unreadable"),
        (Liar(hierarchy().tsa, info={"version": "v2"}).page, "time-stamp-mismatch"),
        (Liar(hierarchy().tsa, inner="data").page, "time-stamp-unreadable"),
        (Liar(hierarchy().tsa, digest="sha1").page, "time-stamp-signature-invalid"),
        (Liar(EC, claimed="sha1").page, "time-stamp-signature-invalid"),
        (Liar(EC, claimed="sha512").page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, named=hierarchy().stranger).page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, ess="", more_attributes=[SHA1_IN_V2]).page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, ess="").page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, meant=hierarchy().stranger).page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, signers=2).page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, signers=0).page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, []).page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, [hierarchy().stranger]).page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, content_type="data").page, "time-stamp-signature-invalid"),
        (Liar(hierarchy().tsa, message_digest=bytes(32)).page, "time-stamp-signature-invalid"),
        (
            Liar(
                hierarchy().tsa,
                more_attributes=[cms.CMSAttribute({"type": "message_digest", "values": [bytes(32)]})],
            ).page,
            "time-stamp-signature-invalid",
        ),
    ],
)
def test_a_token_that_is_not_the_answer(web: Published, tmp_path: Path, page: Page, code: str):
    assert refused(web, tmp_path, page) == code


def test_a_policy_that_was_not_asked_for(web: Published, tmp_path: Path):
    assert refused(web, tmp_path, Liar(EC).page, policy=OTHER_POLICY) == "time-stamp-mismatch"


def test_a_token_of_indefinite_length_is_taken_as_der(web: Published, tmp_path: Path):
    def page(handler: published.Handler, body: bytes) -> None:
        token = cms.ContentInfo.load(Liar(EC).token(tsp.TimeStampReq.load(body)))
        status = tsp.PKIStatusInfo({"status": "granted"}).dump()
        unended = b"\x30\x80" + token.contents + b"\0\0"
        answer(handler, core.Sequence(contents=status + unended).dump(), **{"Content-Type": REPLY})

    stamp = got(web, tmp_path, page)
    assert stamp.token[1] != 0x80
    assert stamp.token == cms.ContentInfo.load(stamp.token, strict=True).dump(force=True)


def test_a_stranger_who_claims_to_be_the_authority(web: Published, tmp_path: Path):
    """The authority's certificate with a stranger's signature, and the other way round."""
    mixed = authorities.Holder(hierarchy().stranger.key, hierarchy().tsa.certificate)
    assert refused(web, tmp_path, Liar(mixed).page) == "time-stamp-signature-invalid"
    whole = Liar(hierarchy().stranger, [hierarchy().stranger, hierarchy().strange_root, hierarchy().root])
    assert refused(web, tmp_path, whole.page) == "time-stamp-certificate"


CODE = [ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING]


@pytest.mark.parametrize(
    "changes",
    [
        {"until": authorities.TODAY - DAY},
        {"since": authorities.TODAY + DAY, "until": authorities.TODAY + 2 * DAY},
        {"critical": False},
        {"extended": None},
        {"extended": x509.ExtendedKeyUsage(CODE)},
        {"extended": x509.ExtendedKeyUsage(CODE[1:])},
        {"key_usage": usage("key_encipherment")},
    ],
)
def test_a_certificate_that_will_not_do(web: Published, tmp_path: Path, changes: Any):
    holder = stamping(hierarchy().root, key=EC.key, **changes)
    assert refused(web, tmp_path, Liar(holder).page) == "time-stamp-certificate"


WEAK = [
    rsa.generate_private_key(65537, 1024),  # noqa: S505 -- what is to be refused
    ec.generate_private_key(ec.SECP192R1()),
]


@pytest.mark.parametrize("key", WEAK, ids=["rsa", "ec"])
def test_a_key_that_is_too_weak(web: Published, tmp_path: Path, key: Any):
    holder = stamping(hierarchy().root, key=key)
    assert refused(web, tmp_path, Liar(holder).page) == "time-stamp-signature-invalid"


def test_every_flipped_byte_is_noticed(tmp_path: Path):
    """In TSTInfo, the signed attributes, the signature and the certificate; as it is, the token is good."""
    asked, path = Asked(DIGEST, "sha256"), validation.open_judge((hierarchy().write(tmp_path),), None)
    token = Liar(EC).token(tsp.TimeStampReq.load(asked.der()))
    signed = cms.ContentInfo.load(token)["content"]
    info = signed["signer_infos"][0]
    parts = [
        bytes(signed["encap_content_info"]["content"]),
        info["signed_attrs"].dump(),
        info["signature"].dump(),
        EC.der,
    ]

    def good(data: bytes) -> bool:
        now = dt.datetime.now(dt.UTC)
        try:
            judge(data, asked, Terms("ptc", CountsAs.INTERNAL), path, Exchange(now, now))
        except SignerError:
            return False
        return True

    assert good(token)
    for part in parts:
        start = token.index(part)
        for place in range(start, start + len(part)):
            flipped = bytearray(token)
            flipped[place] ^= 1
            assert not good(bytes(flipped)), place


@pytest.mark.parametrize("length", [0, 1, 2, 5, 50, 300])
def test_a_token_that_breaks_off(tmp_path: Path, length: int):
    asked, path = Asked(DIGEST, "sha256"), validation.open_judge((hierarchy().write(tmp_path),), None)
    token = Liar(EC).token(tsp.TimeStampReq.load(asked.der()))
    with pytest.raises(SignerError) as refusal:
        judge(
            token[:length], asked, Terms("ptc", CountsAs.INTERNAL), path, Exchange(authorities.TODAY, authorities.TODAY)
        )
    assert refusal.value.code == "time-stamp-unreadable"


@pytest.mark.parametrize("algorithm", ["sha1", "md5", "sha256", "sha3_256"])
def test_only_digests_of_the_list_are_asked_about(algorithm: str):
    with pytest.raises(ValueError, match="can be stamped"):
        Asked(bytes(20), algorithm)


def test_the_question_is_as_openssl_reads_it(tmp_path: Path):
    asked = Asked(DIGEST, "sha256", POLICY)
    (tmp_path / "query").write_bytes(asked.der())
    told = subprocess.run(
        ["openssl", "ts", "-query", "-in", tmp_path / "query", "-text"], capture_output=True, text=True, check=True
    ).stdout
    assert "Hash Algorithm: sha256" in told
    assert f"Policy OID: {POLICY}" in told
    assert "Certificate required: yes" in told
    assert f"Nonce: 0x{asked.nonce:016X}".lower().replace("0x0", "0x") in told.lower().replace("0x0", "0x")
    assert len({Asked(DIGEST, "sha256").nonce for _ in range(100)}) == 100
