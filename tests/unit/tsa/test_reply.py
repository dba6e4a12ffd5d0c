"""The templates against asn1crypto: whatever the values, both write the same bytes."""

from __future__ import annotations

import functools
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import algos, cms, core, tsp, x509
from hypothesis import given, settings
from hypothesis import strategies as st

from hsm.der import tlv
from signer.model import KeyInfo
from signer.model.time import Moment
from signer.tsa.reply import granted, rejected, template, tst_info
from signer.tsa.request import DIGESTS, Failure, Rejection, Request, check
from tests.support.paper import SoftKey, make_key

POLICY = core.ObjectIdentifier("1.3.6.1.4.1.99999.1")
SIZES = dict(DIGESTS.values())
SIGNATURES = {
    "rsa-pkcs1-sha256": "sha256_rsa",
    "ecdsa-sha256": "sha256_ecdsa",
}


@functools.cache
def key(algorithm: str) -> SoftKey:
    return make_key("TSA thử nghiệm", algorithm)


moments = st.builds(
    Moment,
    st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - it is given one
    st.timedeltas(timedelta(microseconds=1), timedelta(hours=1)),
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    name = draw(st.sampled_from(sorted(SIZES)))
    imprint = {
        "hash_algorithm": {"algorithm": name},
        "hashed_message": draw(st.binary(min_size=SIZES[name], max_size=SIZES[name])),
    }
    asked = {"version": "v1", "message_imprint": imprint, "cert_req": draw(st.booleans())}
    nonce = draw(st.none() | st.integers(-(2**70), 2**160))
    request = check(tsp.TimeStampReq(asked if nonce is None else asked | {"nonce": nonce}).dump(), frozenset())
    assert isinstance(request, Request)
    return request


def info_of(request: Request, serial: int, moment: Moment) -> tsp.TSTInfo:
    """The same TSTInfo by asn1crypto."""
    seconds, rest = divmod(moment.accuracy // timedelta(microseconds=1), 1_000_000)
    millis, micros = divmod(rest, 1000)
    bound = {"seconds": seconds, "millis": millis, "micros": micros}
    values = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": {
            "hash_algorithm": {"algorithm": request.algorithm},
            "hashed_message": request.digest,
        },
        "serial_number": serial,
        "gen_time": moment.at,
        "accuracy": {name: value for name, value in bound.items() if value},
    }
    if request.nonce:
        values["nonce"] = core.Integer.load(request.nonce).native
    return tsp.TSTInfo(values)


def response_of(info: tsp.TSTInfo, request: Request, info_key: KeyInfo, value: bytes) -> tsp.TimeStampResp:
    """The whole answer by asn1crypto, which sorts every SET and leaves out every default by itself."""
    certificate = x509.Certificate.load(info_key.certificate)
    certificate_id = {
        "cert_hash": hashlib.sha256(info_key.certificate).digest(),
        "issuer_serial": {
            "issuer": [x509.GeneralName("directory_name", certificate.issuer)],
            "serial_number": certificate.serial_number,
        },
    }
    attributes = [
        {"type": "content_type", "values": ["tst_info"]},
        {"type": "message_digest", "values": [hashlib.sha256(info.dump()).digest()]},
        {"type": "signing_certificate_v2", "values": [{"certs": [certificate_id]}]},
    ]
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
        ),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": SIGNATURES[info_key.algorithm]}),
        "signature": value,
    }
    body = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info.dump())},
        "signer_infos": [signer],
    }
    if request.certificates:
        body["certificates"] = [x509.Certificate.load(each) for each in (info_key.certificate, *info_key.chain)]
    token = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)})
    return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})


@pytest.mark.parametrize("algorithm", sorted(SIGNATURES))
@settings(max_examples=60, deadline=None)
@given(request_made=requests(), serial=st.integers(0, 2**160), moment=moments)
def test_every_answer_is_what_asn1crypto_encodes(
    algorithm: str, request_made: Request, serial: int, moment: Moment
) -> None:
    soft = key(algorithm)
    info = tst_info(request_made, POLICY.contents, serial.to_bytes(21), moment)
    theirs = info_of(request_made, serial, moment)
    assert info == theirs.dump()
    parts, values = template(soft.info), []

    def sign(data: bytes) -> bytes:
        values.append(soft.sign(data))
        return values[-1]

    ours = granted(parts.sign(info, sign, certificates=request_made.certificates))
    assert ours == response_of(theirs, request_made, soft.info, values[0]).dump()
    assert tsp.TimeStampResp.load(ours, strict=True).native["status"]["status"] == "granted"


@pytest.mark.parametrize("failure", list(Failure))
@pytest.mark.parametrize("words", ["không / no", "x" * 300])
def test_every_refusal_is_what_asn1crypto_encodes(failure: Failure, words: str) -> None:
    bits = tuple(int(at == failure) for at in range(failure + 1))
    theirs = tsp.PKIStatusInfo({"status": "rejection", "status_string": [words], "fail_info": tsp.PKIFailureInfo(bits)})
    # Their TimeStampResp wants a token, which a refusal has not (RFC 3161, 2.4.2); what holds the status is one tag.
    assert rejected(Rejection(failure, words)) == tlv(0x30, theirs.dump())


def test_the_names_of_failures_are_those_of_the_rfc() -> None:
    assert [each.label for each in Failure] == [
        "badAlg",
        "badRequest",
        "badDataFormat",
        "timeNotAvailable",
        "unacceptedPolicy",
        "unacceptedExtension",
        "systemFailure",
    ]


def test_certificates_are_a_set_in_the_order_of_their_encodings() -> None:
    one, other = key("rsa-pkcs1-sha256").info, key("ecdsa-sha256").info
    for holder, chained in ((one, other), (other, one)):
        held = KeyInfo(
            holder.name, holder.holder, "", (), (), holder.algorithm, holder.certificate, (chained.certificate,)
        )
        token = template(held).sign(b"", lambda _: b"", certificates=True)
        found = cms.ContentInfo.load(token)["content"]["certificates"]
        written = [each.dump() for each in found]
        assert written == sorted(written)
        assert set(written) == {one.certificate, other.certificate}
