"""The table of mechanisms, and DER by hand, judged by cryptography."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from hsm import der
from hsm.api import SignatureAlgorithm as Algorithm
from hsm.errors import MechanismUnsupported, TokenFailure
from hsm.mechanisms import ecdsa_from_der, ecdsa_to_der, recipe, supported
from hsm.verify import verify

SOFTHSM = frozenset(
    {"RSA_PKCS", "SHA256_RSA_PKCS", "SHA512_RSA_PKCS", "RSA_PKCS_PSS", "SHA256_RSA_PKCS_PSS", "ECDSA", "EDDSA"}
)
RAW_ONLY = frozenset({"RSA_PKCS", "RSA_PKCS_PSS", "ECDSA"})
DATA = b"nghi dinh"


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _spki(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_the_tokens_own_hashing_is_preferred() -> None:
    chosen = recipe(Algorithm.RSA_PKCS1_SHA256, "rsa", 2048, SOFTHSM)
    assert (chosen.mechanism, chosen.before, chosen.after) == ("SHA256_RSA_PKCS", None, None)


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_a_token_with_raw_rsa_only_gets_the_digestinfo(rsa_key: rsa.RSAPrivateKey, name: str) -> None:
    """What is sent to such a token is exactly what PKCS #1 pads: openssl recovers it from a real signature."""
    algorithm = Algorithm(f"rsa-pkcs1-{name}")
    chosen = recipe(algorithm, "rsa", 2048, RAW_ONLY)
    assert chosen.mechanism == "RSA_PKCS"
    assert chosen.before is not None
    signature = rsa_key.sign(DATA, padding.PKCS1v15(), getattr(hashes, name.upper())())
    recovered = pow(int.from_bytes(signature), 65537, rsa_key.public_key().public_numbers().n).to_bytes(256)
    assert recovered.endswith(b"\0" + chosen.before(DATA))


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_pss_salt_is_as_long_as_the_hash(name: str) -> None:
    own = recipe(Algorithm(f"rsa-pss-{name}"), "rsa", 2048, frozenset({f"{name.upper()}_RSA_PKCS_PSS"}))
    raw = recipe(Algorithm(f"rsa-pss-{name}"), "rsa", 2048, RAW_ONLY)
    size = hashlib.new(name).digest_size
    assert own.pss == raw.pss
    assert raw.pss is not None
    assert (raw.pss.hash, raw.pss.salt) == (name.upper(), size)
    assert own.before is None
    assert raw.before is not None
    assert len(raw.before(DATA)) == size


@pytest.mark.parametrize(
    ("bits", "name", "size"), [(256, "sha256", 32), (256, "sha512", 32), (384, "sha512", 48), (521, "sha512", 64)]
)
def test_raw_ecdsa_gets_no_more_digest_than_the_curve_takes(bits: int, name: str, size: int) -> None:
    chosen = recipe(Algorithm(f"ecdsa-{name}"), "ec", bits, SOFTHSM)
    assert chosen.before is not None
    assert chosen.before(DATA) == hashlib.new(name, DATA).digest()[:size]


def test_ecdsa_with_hash_is_left_to_a_token_that_knows_it() -> None:
    chosen = recipe(Algorithm.ECDSA_SHA256, "ec", 256, frozenset({"ECDSA", "ECDSA_SHA256"}))
    assert (chosen.mechanism, chosen.before) == ("ECDSA_SHA256", None)


@pytest.mark.parametrize(
    ("algorithm", "kind", "mechanisms"),
    [
        (Algorithm.ECDSA_SHA256, "rsa", SOFTHSM),
        (Algorithm.ED25519, "ec", SOFTHSM),
        (Algorithm.RSA_PKCS1_SHA256, "ed25519", SOFTHSM),
        (Algorithm.RSA_PSS_SHA256, "rsa", frozenset({"RSA_PKCS"})),
        (Algorithm.ED25519, "ed25519", frozenset()),
    ],
)
def test_what_cannot_be_made_is_said(algorithm: Algorithm, kind: str, mechanisms: frozenset[str]) -> None:
    with pytest.raises(MechanismUnsupported):
        recipe(algorithm, kind, 256, mechanisms)  # type: ignore[arg-type]  # parametrised over the literals


def test_pkcs1_comes_first_among_what_an_rsa_key_can_do() -> None:
    assert next(iter(supported("rsa", 2048, SOFTHSM))) is Algorithm.RSA_PKCS1_SHA256
    assert list(supported("ed25519", 256, SOFTHSM)) == [Algorithm.ED25519]
    assert not supported("ed25519", 256, RAW_ONLY)


@given(st.integers(1, 2**521), st.integers(1, 2**521))
def test_ecdsa_values_agree_with_cryptography(r: int, s: int) -> None:
    der_value = utils.encode_dss_signature(r, s)
    half = (max(r, s).bit_length() + 7) // 8
    raw = r.to_bytes(half) + s.to_bytes(half)
    assert ecdsa_to_der(raw) == der_value
    assert ecdsa_from_der(der_value, half) == raw


@pytest.mark.parametrize("value", [b"", b"x", b"x" * 63, b"x" * 134])
def test_an_ecdsa_value_of_impossible_length_is_the_tokens_failure(value: bytes) -> None:
    with pytest.raises(TokenFailure, match="ECDSA"):
        ecdsa_to_der(value)


@given(st.binary(max_size=80))
def test_bad_der_is_a_valueerror(data: bytes) -> None:
    try:
        raw = ecdsa_from_der(data, 32)
    except (ValueError, OverflowError):
        return
    assert ecdsa_to_der(raw) == data


def test_public_keys_are_written_as_cryptography_writes_them(rsa_key: rsa.RSAPrivateKey) -> None:
    public = rsa_key.public_key()
    numbers = public.public_numbers()
    assert der.rsa_public_key(numbers.n.to_bytes(257), numbers.e.to_bytes(4)) == _spki(public)
    edwards = ed25519.Ed25519PrivateKey.generate().public_key()
    point = edwards.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert der.ed25519_public_key(point) == der.ed25519_public_key(b"\x04\x20" + point) == _spki(edwards)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_a_point_is_taken_bare_or_in_an_octet_string(curve: ec.EllipticCurve) -> None:
    public = ec.generate_private_key(curve).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    parameters = next(oid for oid, bits in der.CURVE_BITS.items() if bits == curve.key_size)
    assert der.ec_public_key(parameters, point) == _spki(public)
    assert der.ec_public_key(parameters, der.tlv(0x04, point)) == _spki(public)
    with pytest.raises(ValueError, match="public point"):
        der.ec_public_key(parameters, point[:-1])


def test_verify_refuses_another_kind_of_key(rsa_key: rsa.RSAPrivateKey) -> None:
    signature = rsa_key.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    public = _spki(rsa_key.public_key())
    verify(public, Algorithm.RSA_PKCS1_SHA256, DATA, signature)
    for algorithm in (
        Algorithm.RSA_PSS_SHA256,
        Algorithm.RSA_PKCS1_SHA512,
        Algorithm.ECDSA_SHA256,
        Algorithm.ED25519,
    ):
        with pytest.raises(InvalidSignature):
            verify(public, algorithm, DATA, signature)
