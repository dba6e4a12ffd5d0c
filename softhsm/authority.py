"""The certification authority of development and tests: root, sub CA, leaves, CRLs, OCSP answers.

Its own keys are files in the folder (PKCS #8, mode 0600), not on a token: they exist to make certificates for
keys that are on tokens, and whoever owns the folder owns the PKI. Profiles follow certificates of the Government
CA: key usage, extended key usage, two addresses, five years, subject without a title of office.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from softhsm.declared import Declared

CRL_DAYS = 30
OCSP_DAYS = 7
LEAF_YEARS = 5  # NĐ 68/2024 Điều 9
_SMARTCARD_LOGON = ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")
_SIGNING = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION, _SMARTCARD_LOGON]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a certificate is for."""

    common_name: str
    organisation: str
    place: str = "Hà Nội"
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """The CA in a folder: ``certs/`` what everybody may see, ``ca/`` what nobody may."""

    folder: Path
    declared: Declared

    @property
    def root(self) -> x509.Certificate:
        """The trust anchor."""
        return _load_pem(self.folder / "certs/root.pem")

    @property
    def sub(self) -> x509.Certificate:
        """The CA that issues to holders."""
        return _load_pem(self.folder / "certs/sub.pem")

    def establish(self, now: datetime) -> None:
        """Make root and sub CA where they do not exist."""
        for sub in ("certs/revocation", "ca"):
            (self.folder / sub).mkdir(parents=True, exist_ok=True)
        (self.folder / "ca").chmod(0o700)
        since = _january(now, -2)
        if not (self.folder / "certs/root.pem").exists():
            key = self._new_key("root")
            name = self._ca_name(self.declared.root)
            builder = self._builder(name, name, key.public_key(), since, _january(now, 20))
            self._store("root", self._ca(builder, key.public_key(), key.public_key(), 1).sign(key, SHA256()))
        if not (self.folder / "certs/sub.pem").exists():
            key, above = self._new_key("sub"), self._key("root")
            builder = self._builder(
                self._ca_name(self.declared.sub), self.root.subject, key.public_key(), since, _january(now, 15)
            )
            builder = self._addresses(self._ca(builder, key.public_key(), above.public_key(), 0), "root")
            self._store("sub", builder.sign(above, SHA256()))

    def issue(
        self, public_key: bytes, subject: Subject, usage: str, *, not_before: datetime, not_after: datetime
    ) -> x509.Certificate:
        """A leaf for a key known by its SubjectPublicKeyInfo (DER).

        ``usage``: leader, initial, clerk, agency, tsa, health, or "encryption" for one that must not sign.
        """
        key = load_der_public_key(public_key)
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
            raise TypeError(f"no certificate for a {type(key).__name__}")
        above = self._key("sub")
        builder = self._builder(self._name(subject), self.sub.subject, key, not_before, not_after)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = _identifiers(builder, key, above.public_key())
        builder = _usage(builder, usage, isinstance(key, rsa.RSAPublicKey))
        if subject.email:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.RFC822Name(subject.email)]), critical=False
            )
        return self._addresses(builder, "sub").sign(above, SHA256())

    def store(self, name: str, certificate: x509.Certificate) -> Path:
        """Write a leaf to certs/NAME.pem."""
        return self._store(name, certificate)

    # --- revocation ---------------------------------------------------------------------------------------

    def revoke(self, certificate: x509.Certificate, at: datetime) -> None:
        """Put the serial number on the list; ``refresh`` publishes it."""
        revoked = self._revoked()
        revoked.setdefault(f"{certificate.serial_number:x}", at.astimezone(UTC).isoformat(timespec="seconds"))
        (self.folder / "ca/revoked.json").write_text(json.dumps(revoked, indent=1))

    def refresh(self, now: datetime) -> None:
        """New CRLs of root and sub CA, and a new OCSP answer for each leaf: certs/revocation/*.crl, *.ocsp."""
        folder = self.folder / "certs/revocation"
        for issuer in ("root", "sub"):
            entries = self._revoked() if issuer == "sub" else {}
            _replace(folder / f"{issuer}.crl", self._crl(issuer, entries, now))
        wanted = set()
        for path in sorted((self.folder / "certs").glob("*.pem")):
            certificate = _load_pem(path)
            if certificate.issuer == self.sub.subject:
                target = folder / f"{path.stem}.ocsp"
                wanted.add(target)
                _replace(target, self._ocsp(certificate, now))
        for stale in set(folder.glob("*.ocsp")) - wanted:
            stale.unlink()

    def _crl(self, issuer: str, entries: dict[str, str], now: datetime) -> bytes:
        certificate, key = (self.root if issuer == "root" else self.sub), self._key(issuer)
        since = now - timedelta(minutes=5)
        builder = x509.CertificateRevocationListBuilder(certificate.subject, since, now + timedelta(days=CRL_DAYS))
        builder = builder.add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        for serial, at in entries.items():
            entry = x509.RevokedCertificateBuilder(int(serial, 16), datetime.fromisoformat(at))
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(key, SHA256()).public_bytes(Encoding.DER)

    def _ocsp(self, certificate: x509.Certificate, now: datetime) -> bytes:
        at = self._revoked().get(f"{certificate.serial_number:x}")
        status = ocsp.OCSPCertStatus.REVOKED if at else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            certificate,
            self.sub,
            SHA256(),
            status,
            now - timedelta(minutes=5),
            now + timedelta(days=OCSP_DAYS),
            datetime.fromisoformat(at) if at else None,
            None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.sub)
        return builder.sign(self._key("sub"), SHA256()).public_bytes(Encoding.DER)

    def _revoked(self) -> dict[str, str]:
        path = self.folder / "ca/revoked.json"
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found

    # --- parts --------------------------------------------------------------------------------------------

    def _new_key(self, name: str) -> rsa.RSAPrivateKey:
        key = rsa.generate_private_key(65537, 2048)
        path = self.folder / f"ca/{name}.der"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        return key

    def _key(self, name: str) -> rsa.RSAPrivateKey:
        # Not validated at each load: the check of an RSA key takes longer than all else here, and it is ours.
        key = load_der_private_key(
            (self.folder / f"ca/{name}.der").read_bytes(), None, unsafe_skip_rsa_key_validation=True
        )
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"ca/{name}.der is not an RSA key")
        return key

    def _store(self, name: str, certificate: x509.Certificate) -> Path:
        path = self.folder / f"certs/{name}.pem"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        return path

    def _name(self, subject: Subject) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
                x509.NameAttribute(NameOID.LOCALITY_NAME, subject.place),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.organisation),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, self.declared.mark),
                x509.NameAttribute(NameOID.COMMON_NAME, subject.common_name),
            ]
        )

    def _ca_name(self, entry: dict[str, str]) -> x509.Name:
        return self._name(Subject(entry["common_name"], entry["organisation"]))

    @staticmethod
    def _builder(
        subject: x509.Name,
        issuer: x509.Name,
        key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
        since: datetime,
        until: datetime,
    ) -> x509.CertificateBuilder:
        return x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), since, until)

    @staticmethod
    def _ca(
        builder: x509.CertificateBuilder, key: rsa.RSAPublicKey, above: rsa.RSAPublicKey, path_length: int
    ) -> x509.CertificateBuilder:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        return _identifiers(builder.add_extension(usage, critical=True), key, above)

    def _addresses(self, builder: x509.CertificateBuilder, issuer: str) -> x509.CertificateBuilder:
        crl = x509.UniformResourceIdentifier(f"{self.declared.crl}{issuer}.crl")
        access = [
            (AuthorityInformationAccessOID.OCSP, self.declared.ocsp),
            (AuthorityInformationAccessOID.CA_ISSUERS, f"{self.declared.certificates}{issuer}.crt"),
        ]
        return builder.add_extension(
            x509.CRLDistributionPoints([x509.DistributionPoint([crl], None, None, None)]),
            critical=False,
        ).add_extension(
            x509.AuthorityInformationAccess(
                [x509.AccessDescription(kind, x509.UniformResourceIdentifier(url)) for kind, url in access]
            ),
            critical=False,
        )


def leaf_period(now: datetime) -> tuple[datetime, datetime]:
    """Validity of a leaf: five years from 1 January of last year, so that a demonstration can date back."""
    return _january(now, -1), _january(now, LEAF_YEARS - 1)


def _usage(builder: x509.CertificateBuilder, usage: str, is_rsa: bool) -> x509.CertificateBuilder:
    signs = usage != "encryption"
    encrypts = is_rsa and usage not in ("tsa", "health")
    bits = x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs and usage != "health",
        key_encipherment=encrypts,
        data_encipherment=encrypts,
        key_agreement=not signs and not is_rsa,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = builder.add_extension(bits, critical=True)
    if usage == "tsa":  # RFC 3161, 2.3: critical, and nothing else
        return builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH] if usage == "health" else _SIGNING
    return builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)


def _identifiers(
    builder: x509.CertificateBuilder,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
    above: rsa.RSAPublicKey,
) -> x509.CertificateBuilder:
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False
    )


def _january(now: datetime, years: int) -> datetime:
    return datetime(now.year + years, 1, 1, tzinfo=UTC)


def _load_pem(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _replace(path: Path, data: bytes) -> None:
    """In one step: a service that reads the folder meanwhile sees the old or the new."""
    beside = path.with_suffix(path.suffix + ".new")
    beside.write_bytes(data)
    beside.replace(path)
