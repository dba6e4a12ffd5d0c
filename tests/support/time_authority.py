"""A time-stamp authority that is none of ours: ``openssl ts -reply`` with a certificate of a CA in memory."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import CertificateBuilder, ExtendedKeyUsage
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.fixtures.attacks_pki import SINCE, UNTIL, Authority, Leaf, leaf

POLICY = "2.16.704.1.1.1.2"
_SETTINGS = """[tsa]
default_tsa = own
[own]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/chain.pem
signer_digest = sha256
default_policy = {policy}
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def stamping(builder: CertificateBuilder) -> CertificateBuilder:
    """RFC 3161, 2.3: the purpose is critical and stands alone."""
    return builder.add_extension(ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)


def authority_leaf(
    issuer: Authority,
    *,
    common: str = "Dấu thời gian thử nghiệm",
    since: dt.datetime = SINCE,
    until: dt.datetime = UNTIL,
) -> Leaf:
    """A time-stamp authority's key and certificate."""
    return leaf(
        "tsa",
        common,
        "Ấn Tín - phần mềm thử nghiệm",
        issuer,
        chain=(issuer,),
        rsa_key=True,
        extended=False,
        since=since,
        until=until,
        change=stamping,
    )


@dataclass(frozen=True)
class OpensslAuthority:
    """Stamps at the machine's own time. ``asked`` are the digests that it was asked about."""

    folder: Path
    leaf: Leaf

    @classmethod
    def open(cls, folder: Path, own: Leaf, issuer: Authority) -> OpensslAuthority:
        key = own.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "tsa.key").write_bytes(key)
        (folder / "tsa.pem").write_bytes(own.certificate.public_bytes(serialization.Encoding.PEM))
        (folder / "chain.pem").write_bytes(issuer.pem)
        (folder / "serial").write_text("1000\n")
        (folder / "ts.cnf").write_text(_SETTINGS.format(folder=folder, policy=POLICY))
        return cls(folder, own)

    def stamp(self, digest: bytes) -> bytes:
        """A TimeStampToken over a SHA-256."""
        query, reply = self.folder / "query", self.folder / "token"
        self._openssl("-query", "-digest", digest.hex(), "-sha256", "-cert", "-out", str(query))
        settings = ("-config", str(self.folder / "ts.cnf"))
        self._openssl("-reply", "-queryfile", str(query), *settings, "-token_out", "-out", str(reply))
        return reply.read_bytes()

    @staticmethod
    def _openssl(*words: str) -> None:
        subprocess.run(["openssl", "ts", *words], check=True, capture_output=True, timeout=60)
