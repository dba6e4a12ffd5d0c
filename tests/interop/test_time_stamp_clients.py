"""Other people's RFC 3161 clients judge our authority's tokens: rfc3161-client (strict DER) and rfc3161ng."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response

from signer.keys import TokenKeyring
from signer.model.time import Moment
from signer.settings import load_settings
from signer.tsa.authority import Authority
from softhsm.provision import Provisioned

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # pyasn1's old names, in the library
    import rfc3161ng

POLICY = "1.3.6.1.4.1.99999.1"
DATA = "Thông tư số 01/2019/TT-BNV".encode()


class Now:
    def now(self) -> Moment:
        return Moment(datetime.now(UTC), timedelta(seconds=1))


@pytest.fixture(scope="module", params=["rsa-pkcs1-sha256", "ecdsa-sha256"])
def tsa(request: pytest.FixtureRequest, provisioned: Provisioned) -> tuple[Authority, x509.Certificate]:
    """An authority on a key of this kind, and its certificate."""
    settings = load_settings(provisioned.service)
    (spec,) = [each for each in settings.keys if each.info.name == "tsa"]
    (held,) = [each for each in settings.keys if each.token == spec.token and each.info.algorithm == request.param][-1:]
    path = provisioned.issue_leaf("tsa-at-hand", like=held.info.name, usage="tsa")
    try:
        certificate = provisioned.certificate("tsa-at-hand")
    finally:
        path.unlink()
    info = replace(
        held.info, name="tsa-at-hand", certificate=certificate.public_bytes(Encoding.DER), chain=spec.info.chain
    )
    ring = TokenKeyring(settings.modules, settings.tokens, [replace(held, info=info)])
    return Authority(ring, "tsa-at-hand", POLICY, Now()), certificate


def test_rfc3161_client_verifies(tsa: tuple[Authority, x509.Certificate], provisioned: Provisioned):
    authority, _ = tsa
    asked = TimestampRequestBuilder().data(DATA).build()
    reply = authority.reply(asked.as_bytes())
    verifier = (
        VerifierBuilder.from_request(asked)
        .add_root_certificate(provisioned.certificate("root"))
        .policy_id(x509.ObjectIdentifier(POLICY))
        .build()
    )
    response = decode_timestamp_response(reply.der)
    assert verifier.verify_message(response, DATA)
    assert response.tst_info.serial_number == int(reply.serial, 16)
    assert response.tst_info.nonce == asked.nonce
    with pytest.raises(VerificationError):
        verifier.verify_message(response, DATA + b".")


@pytest.mark.parametrize("at", [-1, -40])
def test_and_not_what_was_changed(tsa: tuple[Authority, x509.Certificate], provisioned: Provisioned, at: int):
    authority, _ = tsa
    asked = TimestampRequestBuilder().data(DATA).build()
    changed = bytearray(authority.reply(asked.as_bytes()).der)
    changed[at] ^= 1
    verifier = VerifierBuilder.from_request(asked).add_root_certificate(provisioned.certificate("root")).build()
    with pytest.raises((VerificationError, ValueError)):
        verifier.verify_message(decode_timestamp_response(bytes(changed)), DATA)


@pytest.mark.parametrize("tsa", ["rsa-pkcs1-sha256"], indirect=True)  # it knows no other signature
def test_rfc3161ng_verifies(tsa: tuple[Authority, x509.Certificate]):
    authority, certificate = tsa
    # The digest is given: of ``data`` the library itself takes SHA-1, whatever the name.
    digest = hashlib.sha256(DATA).digest()
    asked = rfc3161ng.make_timestamp_request(digest=digest, hashname="sha256", include_tsa_certificate=True, nonce=4711)
    reply = authority.reply(rfc3161ng.encode_timestamp_request(asked))
    response = rfc3161ng.decode_timestamp_response(reply.der)
    token = response.time_stamp_token
    pem = certificate.public_bytes(Encoding.PEM)
    assert rfc3161ng.check_timestamp(token, certificate=pem, data=DATA, nonce=4711, hashname="sha256")
    with pytest.raises(ValueError, match="imprint"):
        rfc3161ng.check_timestamp(token, certificate=pem, data=DATA + b".", nonce=4711, hashname="sha256")
    assert abs(rfc3161ng.get_timestamp(token, naive=False) - datetime.now(UTC)) < timedelta(minutes=1)
