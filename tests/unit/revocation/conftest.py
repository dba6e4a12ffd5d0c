"""A CA that publishes, keys that need what it publishes, and a folder with yesterday's data in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from signer.line.http import Line
from signer.revocation.shelf import FolderShelf, open_shelf
from signer.revocation.way import Way
from signer.usecases.refresh import Refresh, RefreshReport, Standing
from tests.fixtures.attacks_pki import DAY, NOW, Authority, FixedClock, Leaf, crl, leaf, pki
from tests.support.published import Published, publishing, responding

CRL, OCSP, LDAP = "http://crl.ca.invalid/pub/sub.crl", "http://ocsp.ca.invalid/", "ldap://ca.invalid/cn=CA"


def addresses(crls: list[list[str]], ocsps: list[str]) -> Callable[[x509.CertificateBuilder], x509.CertificateBuilder]:
    def add(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        uri = x509.UniformResourceIdentifier
        points = [x509.DistributionPoint([uri(each) for each in urls], None, None, None) for urls in crls]
        places = [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri(each)) for each in ocsps]
        builder = builder.add_extension(x509.CRLDistributionPoints(points), critical=False)
        return builder.add_extension(x509.AuthorityInformationAccess(places), critical=False)

    return add


@cache
def people() -> tuple[Leaf, Leaf]:
    """Two keys under one CA, which name the same list and the same responder."""
    change, sub = addresses([[CRL, LDAP]], [OCSP]), pki().sub
    return (
        leaf("an", "Nguyễn Văn An", "BỘ TÀI CHÍNH", sub, chain=(sub,), change=change),
        leaf("binh", "Trần Thị Bình", "BỘ TÀI CHÍNH", sub, chain=(sub,), change=change),
    )


def said(
    about: x509.Certificate,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    issuer: x509.Certificate | None = None,
    by: Authority | None = None,
    delegate: Leaf | None = None,
    digest: hashes.HashAlgorithm | None = None,
    since: object = NOW - DAY / 24,
    until: object = NOW + DAY,
) -> bytes:
    """An OCSP answer, signed by the CA unless somebody else does it."""
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        about,
        issuer or pki().sub.certificate,
        digest or hashes.SHA1(),  # noqa: S303 -- RFC 5019
        status,
        since,
        until,
        NOW - DAY if revoked else None,
        None,
    )
    signer = delegate or by or pki().sub
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if delegate is not None:
        builder = builder.certificates([delegate.certificate])
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def asked_about(request: ocsp.OCSPRequest) -> x509.Certificate:
    known = [each.certificate for each in people()] + [pki().sub.certificate]
    return next(each for each in known if each.serial_number == request.serial_number)


@dataclass
class Scene:
    """The web, the folder, and a way between; the folder's data are two days old and good until tomorrow."""

    web: Published
    folder: Path
    clock: FixedClock = field(default_factory=FixedClock)
    more: dict[str, object] = field(default_factory=dict)
    keys: tuple[Leaf, ...] = field(default_factory=people)
    roots: tuple[Authority, ...] = field(default_factory=lambda: (pki().root,))

    @property
    def way(self) -> Way:
        hosts = dict.fromkeys(("crl.ca.invalid", "ocsp.ca.invalid"), self.web.address)
        return Way(**({"hosts": hosts, "seconds": 5.0} | self.more))  # type: ignore[arg-type]

    def shelf(self) -> FolderShelf:
        roots = [each.der for each in self.roots]
        return open_shelf(self.folder, [each.info for each in self.keys], roots, [], self.way, self.clock)

    def refresh(self, *, dry_run: bool = False) -> RefreshReport:
        return Refresh(self.shelf(), Line(self.way))(dry_run=dry_run)

    def standing(self, days: int = 3) -> dict[str, str]:
        found = Standing(self.shelf(), self.clock)(days * DAY)
        return {each.need.certificate: str(each.as_dict()["state"]) for each in found}

    def lying(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def publish(self, revoked: dict[x509.Certificate, object] | None = None, **more: object) -> bytes:
        """A new list of the CA."""
        new = crl(pki().sub, revoked, **{"this_update": NOW - DAY / 24, **more})  # type: ignore[arg-type]
        self.web.pages["/pub/sub.crl"] = new
        return new


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    folder = tmp_path / "revocation"
    folder.mkdir()
    (folder / "root.crl").write_bytes(crl(pki().root))
    (folder / "old.crl").write_bytes(crl(pki().sub, this_update=NOW - 2 * DAY, next_update=NOW + DAY))
    with publishing({"/": responding(lambda request: said(asked_about(request)))}) as web:
        scene = Scene(web, folder)
        scene.publish()
        yield scene
