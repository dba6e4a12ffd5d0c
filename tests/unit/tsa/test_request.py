"""A TimeStampReq from a stranger: what is accepted, and every way to be refused."""

from __future__ import annotations

import hashlib
import time

import pytest
from asn1crypto import core, tsp
from hypothesis import given
from hypothesis import strategies as st

from hsm.der import tlv
from signer.tsa.request import MAX_NONCE, MAX_REQUEST, Failure, Rejection, Request, check

POLICY = "1.3.6.1.4.1.99999.1"
POLICIES = frozenset({core.ObjectIdentifier(POLICY).contents})


def asked(**changes: object) -> bytes:
    """An honest request as asn1crypto writes it."""
    algorithm = changes.pop("algorithm", "sha256")
    digest = changes.pop("digest", hashlib.sha256(b"").digest())
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}
    return tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, **changes}).dump()


def by_hand(*after_imprint: bytes, version: bytes = b"\x02\x01\x01", imprint: bytes | None = None) -> bytes:
    if imprint is None:
        imprint = tsp.TimeStampReq.load(asked())["message_imprint"].dump()
    return tlv(0x30, version, imprint, *after_imprint)


def failure(data: bytes) -> Failure:
    refused = check(data, POLICIES)
    assert isinstance(refused, Rejection), refused
    assert refused.status == 2
    assert " / " in refused.text
    return refused.failure


@pytest.mark.parametrize(("name", "size"), [("sha256", 32), ("sha384", 48), ("sha512", 64)])
@pytest.mark.parametrize("nonce", [None, 0, 127, 128, 2**63, 2**159, -5])
@pytest.mark.parametrize("policy", [None, POLICY])
@pytest.mark.parametrize("certificates", [True, False])
def test_an_honest_request_is_understood(
    name: str, size: int, nonce: int | None, policy: str | None, certificates: bool
) -> None:
    given = {"nonce": nonce, "req_policy": policy, "cert_req": certificates}
    data = asked(algorithm=name, digest=bytes(range(size)), **{k: v for k, v in given.items() if v is not None})
    request = check(data, POLICIES)
    assert isinstance(request, Request)
    assert (request.algorithm, request.digest, request.certificates) == (name, bytes(range(size)), certificates)
    assert request.imprint == tsp.TimeStampReq.load(data)["message_imprint"].dump()
    assert request.nonce == (b"" if nonce is None else core.Integer(nonce).dump())
    assert request.policy == (b"" if policy is None else core.ObjectIdentifier(policy).contents)


def test_both_writings_of_a_digest_without_parameters_are_taken() -> None:
    bare = tlv(0x30, core.ObjectIdentifier("2.16.840.1.101.3.4.2.1").dump())
    null = tlv(0x30, core.ObjectIdentifier("2.16.840.1.101.3.4.2.1").dump(), b"\x05\x00")
    for algorithm in (bare, null):
        imprint = tlv(0x30, algorithm, tlv(0x04, bytes(32)))
        request = check(by_hand(imprint=imprint), POLICIES)
        assert isinstance(request, Request)
        assert request.imprint == imprint
    wrong = tlv(0x30, tlv(0x30, core.ObjectIdentifier("2.16.840.1.101.3.4.2.1").dump(), b"\x02\x01\x00"), b"\x04\x00")
    assert failure(by_hand(imprint=wrong)) is Failure.BAD_ALG


def test_an_explicit_false_is_harmless() -> None:
    request = check(by_hand(b"\x01\x01\x00"), POLICIES)
    assert isinstance(request, Request)
    assert not request.certificates


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (asked(version="v1", algorithm="sha1", digest=bytes(20)), Failure.BAD_ALG),
        (asked(algorithm="md5", digest=bytes(16)), Failure.BAD_ALG),
        (asked(digest=bytes(31)), Failure.BAD_DATA_FORMAT),
        (asked(digest=bytes(48)), Failure.BAD_DATA_FORMAT),
        (asked(algorithm="sha512", digest=bytes(32)), Failure.BAD_DATA_FORMAT),
        (asked(digest=b""), Failure.BAD_DATA_FORMAT),
        (asked(req_policy="1.2.3.4"), Failure.UNACCEPTED_POLICY),
        (by_hand(version=b"\x02\x01\x02"), Failure.BAD_REQUEST),
        (by_hand(version=b"\x02\x01\x00"), Failure.BAD_REQUEST),
        (by_hand(version=tlv(0x02, b"\x01" * 3000)), Failure.BAD_REQUEST),
        (by_hand(version=b""), Failure.BAD_DATA_FORMAT),
        (by_hand(core.Integer(1 << 8 * MAX_NONCE).dump()), Failure.BAD_REQUEST),
        (by_hand(tlv(0x02, b"\x7f" * 3900)), Failure.BAD_REQUEST),
        (by_hand(b"\x02\x00"), Failure.BAD_DATA_FORMAT),
        (by_hand(b"\x02\x02\x00\x01"), Failure.BAD_DATA_FORMAT),
        (by_hand(b"\x02\x02\xff\x80"), Failure.BAD_DATA_FORMAT),
        (by_hand(b"\x01\x01\x01"), Failure.BAD_DATA_FORMAT),
        (by_hand(b"\x01\x02\xff\xff"), Failure.BAD_DATA_FORMAT),
        (by_hand(b"\x01\x01\xff", b"\x02\x01\x05"), Failure.BAD_DATA_FORMAT),
        (by_hand(b"\x02\x01\x05", b"\x02\x01\x05"), Failure.BAD_DATA_FORMAT),
        (by_hand(b"\x05\x00"), Failure.BAD_DATA_FORMAT),
        (by_hand(b"\x00\x00"), Failure.BAD_DATA_FORMAT),
        (by_hand(tlv(0xA0, b"")), Failure.UNACCEPTED_EXTENSION),
        (asked() + b"\x00", Failure.BAD_DATA_FORMAT),
        (b"", Failure.BAD_DATA_FORMAT),
        (b"\x30\x00", Failure.BAD_DATA_FORMAT),
        (b"\x30\x80" + asked()[2:] + b"\x00\x00", Failure.BAD_DATA_FORMAT),
        (b"\x30\x84\xff\xff\xff\xff", Failure.BAD_DATA_FORMAT),
        (b"\x30\x81" + asked()[1:], Failure.BAD_DATA_FORMAT),
        (b"\x30\x89" + bytes(9), Failure.BAD_DATA_FORMAT),
        (b"0" * 4000, Failure.BAD_DATA_FORMAT),
        (b"\x30\x80" * 2000, Failure.BAD_DATA_FORMAT),
        (b"<html>", Failure.BAD_DATA_FORMAT),
        (bytes(MAX_REQUEST + 1), Failure.BAD_DATA_FORMAT),
        (bytes(10_000_000), Failure.BAD_DATA_FORMAT),
    ],
)
def test_what_is_refused_says_why(data: bytes, wanted: Failure) -> None:
    assert failure(data) is wanted


@pytest.mark.parametrize("critical", [True, False])
def test_an_extension_is_refused_critical_or_not(critical: bool) -> None:
    extension = {"extn_id": "1.2.3.4", "critical": critical, "extn_value": b"\x05\x00"}
    assert failure(asked(extensions=[extension])) is Failure.UNACCEPTED_EXTENSION


def test_the_longest_nonce_comes_back_whole() -> None:
    nonce = core.Integer((1 << 8 * MAX_NONCE - 1) - 1).dump()
    request = check(by_hand(nonce), POLICIES)
    assert isinstance(request, Request)
    assert request.nonce == nonce


def test_every_truncation_is_refused() -> None:
    data = asked(nonce=2**64, req_policy=POLICY, cert_req=True)
    for end in range(len(data)):
        assert failure(data[:end]) is Failure.BAD_DATA_FORMAT


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_is_raised(data: bytes) -> None:
    assert isinstance(check(data, POLICIES), Rejection)


@given(st.data())
def test_a_changed_byte_is_refused_or_reads_as_asn1crypto_reads_it(data: st.DataObject) -> None:
    honest = bytearray(asked(nonce=2**64, req_policy=POLICY, cert_req=True))
    honest[data.draw(st.integers(0, len(honest) - 1))] = data.draw(st.integers(0, 255))
    request = check(bytes(honest), POLICIES)
    if isinstance(request, Request):
        theirs = tsp.TimeStampReq.load(bytes(honest), strict=True)
        assert theirs["message_imprint"]["hashed_message"].native == request.digest
        assert theirs["nonce"].dump() == request.nonce
        assert theirs["cert_req"].native is request.certificates


def test_huge_numbers_cost_nothing() -> None:
    data = by_hand(tlv(0x02, b"\x7f" * (MAX_REQUEST - 100)))
    began = time.process_time()
    for _ in range(1000):
        check(data, POLICIES)
    assert time.process_time() - began < 1
