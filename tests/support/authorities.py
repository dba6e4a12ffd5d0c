"""Time-stamp authorities to be asked: OpenSSL's own, and one that answers wrongly in every way that it is told to."""

from __future__ import annotations

import datetime as dt
import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.fixtures.attacks_pki import DAY, Private, name, usage
from tests.support.published import Handler, Page, answer

TODAY = dt.datetime.now(dt.UTC).replace(microsecond=0)
REPLY = "application/timestamp-reply"
POLICY, OTHER_POLICY = "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2"
TIME_STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])


@dataclass(frozen=True)
class Holder:
    """A key and its certificate."""

    key: Private
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def root(common: str = "RootCA thử nghiệm") -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = name(common, "Ấn Tín - phần mềm thử nghiệm")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(TODAY - 900 * DAY)
        .not_valid_after(TODAY + 900 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Holder(key, builder.sign(key, hashes.SHA256()))


def stamping(
    issuer: Holder,
    common: str = "TSA thử nghiệm",
    *,
    key: Private | None = None,
    since: dt.datetime = TODAY - 30 * DAY,
    until: dt.datetime = TODAY + 300 * DAY,
    extended: x509.ExtendedKeyUsage | None = TIME_STAMPING,
    critical: bool = True,
    key_usage: x509.KeyUsage | None = None,
) -> Holder:
    key = key or rsa.generate_private_key(65537, 2048)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common, "Ấn Tín - phần mềm thử nghiệm"))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(key_usage or usage("digital_signature"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    if extended is not None:
        builder = builder.add_extension(extended, critical=critical)
    return Holder(key, builder.sign(issuer.key, hashes.SHA256()))


@dataclass(frozen=True)
class Hierarchy:
    """A pinned root with its authority, and a stranger's."""

    root: Holder
    tsa: Holder
    strange_root: Holder
    stranger: Holder

    def write(self, folder: Path) -> Path:
        (folder / "tsa-root.pem").write_bytes(self.root.pem)
        return folder / "tsa-root.pem"


@cache
def hierarchy() -> Hierarchy:
    ours, strange = root(), root("RootCA lạ")
    return Hierarchy(ours, stamping(ours), strange, stamping(strange, "TSA lạ"))


# --- an authority that lies as it is told


@dataclass
class Liar:
    """Makes answers; each field but ``holder`` and ``bag`` is a lie where it is given."""

    holder: Holder
    bag: Sequence[Holder] | None = None
    info: dict[str, object] = field(default_factory=dict)
    digest: str = "sha256"
    ess: str = "sha256"
    """Hash of the signing certificate's identifier; sha1 makes the attribute of RFC 3161, "" leaves it out."""
    meant: Holder | None = None
    signers: int = 1
    content_type: str = "tst_info"
    message_digest: bytes | None = None
    by_key_identifier: bool = False
    named: Holder | None = None
    """Whom SignerInfo names, if not the holder."""
    claimed: str = ""
    """Another hash than the one that it is signed with, named by the signature algorithm."""
    inner: str = "tst_info"
    pss: bool = False
    more_attributes: Sequence[cms.CMSAttribute] = ()

    def content(self, request: tsp.TimeStampReq) -> tsp.TSTInfo:
        said: dict[str, object] = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": request["message_imprint"],
            "serial_number": 4711,
            "gen_time": dt.datetime.now(dt.UTC).replace(microsecond=0),
            "accuracy": {"seconds": 1, "millis": 500},
            "nonce": request["nonce"].native,
        }
        return tsp.TSTInfo({key: value for key, value in (said | self.info).items() if value is not None})

    def token(self, request: tsp.TimeStampReq) -> bytes:
        content = self.content(request).dump()
        attributes = cms.CMSAttributes(self._attributes(content))
        signed = attributes.dump()
        bag = [self.holder] if self.bag is None else self.bag
        info = cms.SignerInfo(
            {
                "version": "v3" if self.by_key_identifier else "v1",
                "sid": self._sid(),
                "digest_algorithm": {"algorithm": self.digest},
                "signed_attrs": attributes,
                "signature_algorithm": self._algorithm(),
                "signature": self._sign(signed),
            }
        )
        data = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": self.digest}],
                "encap_content_info": {"content_type": self.inner, "content": core.ParsableOctetString(content)},
                "certificates": _as_they_come([each.der for each in bag]),
                "signer_infos": [info] * self.signers,
            }
        )
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())

    def reply(self, body: bytes) -> bytes:
        token = cms.ContentInfo.load(self.token(tsp.TimeStampReq.load(body)))
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())

    def page(self, handler: Handler, body: bytes) -> None:
        answer(handler, self.reply(body), **{"Content-Type": REPLY})

    def _attributes(self, content: bytes) -> list[object]:
        digest = self.message_digest or hashlib.new(self.digest, content).digest()
        found: list[object] = [
            {"type": "content_type", "values": [self.content_type]},
            {"type": "message_digest", "values": [digest]},
            *self.more_attributes,
        ]
        der = (self.meant or self.holder).der
        if self.ess == "sha1":
            cert: dict[str, object] = {"cert_hash": hashlib.sha1(der).digest()}  # noqa: S324 -- RFC 3161's
            found.append({"type": "signing_certificate", "values": [{"certs": [cert]}]})
        elif self.ess:
            cert = {"hash_algorithm": {"algorithm": self.ess}, "cert_hash": hashlib.new(self.ess, der).digest()}
            found.append({"type": "signing_certificate_v2", "values": [{"certs": [cert]}]})
        return found

    def _sid(self) -> cms.SignerIdentifier:
        certificate = asn1.Certificate.load((self.named or self.holder).der)
        if self.by_key_identifier:
            return cms.SignerIdentifier("subject_key_identifier", certificate.key_identifier)
        both = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
        return cms.SignerIdentifier("issuer_and_serial_number", both)

    def _algorithm(self) -> algos.SignedDigestAlgorithm:
        if isinstance(self.holder.key, ec.EllipticCurvePrivateKey):
            return algos.SignedDigestAlgorithm({"algorithm": f"{self.claimed or self.digest}_ecdsa"})
        if not self.pss:
            return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"})
        digest = {"algorithm": self.digest}
        return algos.SignedDigestAlgorithm(
            {
                "algorithm": "rsassa_pss",
                "parameters": {
                    "hash_algorithm": digest,
                    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": digest},
                    "salt_length": 32,
                },
            }
        )

    def _sign(self, data: bytes) -> bytes:
        digest = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}[
            self.digest
        ]()
        if isinstance(self.holder.key, ec.EllipticCurvePrivateKey):
            return self.holder.key.sign(data, ec.ECDSA(digest))
        scheme = padding.PSS(padding.MGF1(digest), 32) if self.pss else padding.PKCS1v15()
        return self.holder.key.sign(data, scheme, digest)


def _as_they_come(ders: Sequence[bytes]) -> cms.CertificateSet:
    """A bag in this very order: a SET that is sorted would hide who lies first in it."""
    body = b"".join(ders)
    return cms.CertificateSet.load(core.Set(contents=body).dump())


def extension(*, critical: bool) -> tsp.Extensions:
    return tsp.Extensions([{"extn_id": "1.2.3.4", "critical": critical, "extn_value": b"\x05\x00"}])


def rejecting(failure: str | None, text: str = "no, thank you", status: str = "rejection") -> Page:
    """A page that refuses with a PKIFailureInfo."""
    info: dict[str, object] = {"status": status, "status_string": [text]}
    if failure:
        info["fail_info"] = {failure}
    body = core.Sequence(contents=tsp.PKIStatusInfo(info).dump()).dump()
    return lambda handler, _: answer(handler, body, **{"Content-Type": REPLY})


def saying(body: bytes, content_type: str = REPLY) -> Page:
    return lambda handler, _: answer(handler, body, **{"Content-Type": content_type})


# --- OpenSSL's


CONFIG = """
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = {digest}
default_policy = {policy}
other_policies = {others}
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
"""


@dataclass
class OpenSsl:
    """``openssl ts -reply`` behind a page: an authority of somebody else's making."""

    folder: Path
    holder: Holder
    root: Holder
    digest: str = "sha256"
    ess: str = "sha256"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "serial").write_text("1000\n")
        (self.folder / "tsa.pem").write_bytes(self.holder.pem)
        (self.folder / "root.pem").write_bytes(self.root.pem)
        key = self.holder.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / "tsa.key").write_bytes(key)
        said = CONFIG.format(folder=self.folder, digest=self.digest, policy=POLICY, others=OTHER_POLICY, ess=self.ess)
        (self.folder / "tsa.cnf").write_text(said)

    def page(self, handler: Handler, body: bytes) -> None:
        assert handler.headers["Content-Type"] == "application/timestamp-query"
        answer(handler, self.reply(body), **{"Content-Type": REPLY})

    def reply(self, body: bytes) -> bytes:
        (self.folder / "query").write_bytes(body)
        subprocess.run(
            ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"],
            cwd=self.folder,
            check=True,
            capture_output=True,
            timeout=30,
        )
        return (self.folder / "reply").read_bytes()


def openssl_verifies(token: Path, data: Path, root_file: Path) -> bool:
    """What ``openssl ts -verify`` says of a token over a file."""
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-data", data, "-in", token, "-token_in", "-CAfile", root_file],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode == 0 and "Verification: OK" in done.stdout + done.stderr
