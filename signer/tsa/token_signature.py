"""The signature of a time-stamp token: one signer, his certificate and no other's, his signature (RFC 5652, 5; 5816).

By hand over asn1crypto's reading: cryptography verifies single signatures and no CMS, and pyHanko belongs to the room
that judges documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
LEAST_RSA, LEAST_EC = 2048, 256


class TokenFault(Exception):
    """What is wrong with a signature, in both languages."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi, self.en = vi, en


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, and the other certificates that came along, which only help to complete his path."""

    certificate: asn1.Certificate
    others: tuple[bytes, ...] = field(repr=False)


def signer_of(signed: cms.SignedData, content: bytes) -> Signer:
    """The signer of ``content``, whose signature holds. TokenFault, or whatever the libraries raise.

    The certificate is the one that SignerInfo names and that the signed attribute ESSCertID(v2) has the hash of;
    where in the bag it lies says nothing (trap 23).
    """
    infos = signed["signer_infos"]
    if len(infos) != 1:
        raise TokenFault(f"có {len(infos)} người ký, cần đúng một", f"{len(infos)} signers, where one is wanted")
    info = infos[0]
    digest = str(info["digest_algorithm"]["algorithm"].native)
    if digest not in DIGESTS:
        raise TokenFault(f"ký với hàm băm {digest}", f"signed with the hash {digest}")
    attributes = _attributes(info)
    if attributes.get("content_type") != "tst_info":
        raise TokenFault("thuộc tính content-type sai", "the attribute content-type does not say TSTInfo")
    if attributes.get("message_digest") != hashlib.new(digest, content).digest():
        raise TokenFault("nội dung đã bị thay đổi (message-digest)", "the content is not the one that was signed")
    bag = _bag(signed)
    certificate = _chosen(info, attributes, bag.values())
    raw = info["signed_attrs"].dump()
    # RFC 5652, 5.4: what is signed has the tag of a SET OF, not the implicit one.
    _verify(certificate, info, digest, b"\x31" + raw[1:])
    return Signer(certificate, tuple(each.dump() for pin, each in bag.items() if pin != certificate.sha256))


def _attributes(info: cms.SignerInfo) -> dict[str, object]:
    """Each signed attribute by its name, once, with its only value; the signing certificates stay as they are."""
    if isinstance(info["signed_attrs"], core.Void):
        raise TokenFault("không có thuộc tính được ký", "there are no signed attributes")
    found: dict[str, object] = {}
    for attribute in info["signed_attrs"]:
        name, values = str(attribute["type"].native), attribute["values"]
        if name in found or len(values) != 1:
            raise TokenFault(f"thuộc tính {name} lặp lại", f"the attribute {name} stands there more than once")
        found[name] = values[0] if name.startswith("signing_certificate") else values[0].native
    return found


def _bag(signed: cms.SignedData) -> dict[bytes, asn1.Certificate]:
    if isinstance(signed["certificates"], core.Void):
        return {}
    return {each.chosen.sha256: each.chosen for each in signed["certificates"] if each.name == "certificate"}


def _chosen(
    info: cms.SignerInfo, attributes: Mapping[str, object], bag: Iterable[asn1.Certificate]
) -> asn1.Certificate:
    named = [each for each in bag if _is_named(info["sid"], each)]
    if not named:
        raise TokenFault("thiếu chứng thư số của người ký", "the signer's certificate did not come along")
    said = [attributes[name] for name in ("signing_certificate", "signing_certificate_v2") if name in attributes]
    if not said:
        raise TokenFault("thiếu thuộc tính signing-certificate", "the attribute signing-certificate is missing")
    meant = [each for each in named if all(_is_meant(attribute["certs"][0], each) for attribute in said)]  # type: ignore[index]  # asn1crypto's values
    if len(meant) != 1:
        raise TokenFault(
            "chứng thư số không khớp thuộc tính signing-certificate",
            "the certificate is not the one of the attribute signing-certificate",
        )
    return meant[0]


def _is_named(sid: cms.SignerIdentifier, certificate: asn1.Certificate) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == sid.chosen.native)
    return bool(
        certificate.serial_number == sid.chosen["serial_number"].native and certificate.issuer == sid.chosen["issuer"]
    )


def _is_meant(ess: core.Sequence, certificate: asn1.Certificate) -> bool:
    """ESSCertID (SHA-1, RFC 3161) or ESSCertIDv2 (RFC 5816); SHA-1 tells certificates apart here, and signs nothing."""
    digest = "sha1"
    if "hash_algorithm" in {name for name, *_ in ess._fields}:
        digest = str(ess["hash_algorithm"]["algorithm"].native)
        if digest not in DIGESTS:
            return False
    return bool(ess["cert_hash"].native == hashlib.new(digest, certificate.dump()).digest())


def _verify(certificate: asn1.Certificate, info: cms.SignerInfo, digest: str, signed: bytes) -> None:
    public: object = x509.load_der_x509_certificate(certificate.dump()).public_key()
    algorithm, value = info["signature_algorithm"], info["signature"].native
    scheme = str(algorithm.signature_algo)
    used = digest if str(algorithm["algorithm"].native) in ("rsassa_pkcs1v15", "ed25519") else str(algorithm.hash_algo)
    if used != digest:
        raise TokenFault(f"chữ ký với hàm băm {used}, không phải {digest}", f"signed over {used}, not over {digest}")
    try:
        match public:
            case rsa.RSAPublicKey() if scheme.startswith("rsassa") and public.key_size >= LEAST_RSA:
                public.verify(value, signed, _padding(algorithm, digest), DIGESTS[digest])
            case ec.EllipticCurvePublicKey() if scheme == "ecdsa" and public.key_size >= LEAST_EC:
                public.verify(value, signed, ec.ECDSA(DIGESTS[digest]))
            case ed25519.Ed25519PublicKey() if scheme == "ed25519":
                public.verify(value, signed)
            case _:
                raise TokenFault("khóa hoặc thuật toán ký không được dùng", "a key or signature algorithm not taken")
    except InvalidSignature as trouble:
        raise TokenFault("chữ ký không đúng", "the signature does not hold") from trouble


def _padding(algorithm: algos.SignedDigestAlgorithm, digest: str) -> padding.PKCS1v15 | padding.PSS:
    if str(algorithm.signature_algo) != "rsassa_pss":
        return padding.PKCS1v15()
    said = algorithm["parameters"]
    if str(said["mask_gen_algorithm"]["parameters"]["algorithm"].native) != digest:
        raise TokenFault("tham số RSASSA-PSS lạ", "RSASSA-PSS with two hashes")
    return padding.PSS(padding.MGF1(DIGESTS[digest]), int(said["salt_length"].native))
