"""What we trust and what we know of revocation: pinned roots, and CRLs and OCSP answers that lie at hand.

Nothing here goes to the network: a verifier that fetches what a file tells it to fetch can be steered by the
file, and the signing service must not wait for a CA's web server.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TypeVar

from asn1crypto import crl, ocsp, pem, x509

from signer.errors import Kind, SignerError

_Kind = TypeVar("_Kind", crl.CertificateList, ocsp.OCSPResponse)

MAX_FILE = 64 * 1024 * 1024
"""Bytes; the largest CRL of a public CA known to us is below 30 MB."""
MAX_FILES = 1000
LOOK_EVERY = 0.1
"""Seconds between two looks at the files: a stat of each of them at every signature costs more than its check."""
CERTIFICATE_FILES = {".pem", ".crt", ".cer", ".der"}
CRL_FILES, OCSP_FILES = {".crl"}, {".ocsp", ".ors"}


@dataclass(frozen=True, slots=True)
class Anchors:
    """Trust anchors, pinned by the SHA-256 of the whole certificate, and certificates that only help.

    ``helpers`` (sub CAs that lay beside the roots) complete paths; they are never believed by themselves.
    """

    roots: tuple[x509.Certificate, ...] = ()
    helpers: tuple[x509.Certificate, ...] = ()

    def fresh(self) -> Anchors:
        """Values that share nothing: asn1crypto parses lazily and in place, so each thread needs its own."""
        return Anchors(
            tuple(x509.Certificate.load(c.dump()) for c in self.roots),
            tuple(x509.Certificate.load(c.dump()) for c in self.helpers),
        )

    def pins(self) -> frozenset[bytes]:
        """SHA-256 of each root."""
        return frozenset(root.sha256 for root in self.roots)


@dataclass(frozen=True, slots=True)
class RevocationData:
    """CRLs and OCSP answers. ``generation`` is equal as long as the files are the same."""

    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()
    generation: object = None

    def plus(self, crls: Sequence[crl.CertificateList], ocsps: Sequence[ocsp.OCSPResponse]) -> RevocationData:
        """With what a document carries itself (DSS, adbe-revocationInfoArchival)."""
        return RevocationData((*self.crls, *crls), (*self.ocsps, *ocsps), self.generation)


def load_anchors(paths: Sequence[Path]) -> Anchors:
    """Read trust anchors from files and folders. MALFORMED SignerError for what is missing or unreadable.

    In a folder only self-signed CA certificates become anchors, all others helpers: a folder of certificates is
    seldom meant as a list of roots. A file that is named may also pin a CA that is not self-signed.
    """
    roots: dict[bytes, x509.Certificate] = {}
    helpers: dict[bytes, x509.Certificate] = {}
    for path in paths:
        files = [path]
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if file.suffix.lower() in CERTIFICATE_FILES)[:MAX_FILES]
        found = [certificate for file in files for certificate in _certificates(file, named=file is path)]
        own = [c for c in found if c.ca and c.self_issued]
        if not own and not path.is_dir():
            own = [c for c in found if c.ca]
        if not own:
            raise _unreadable(path, "không có chứng thư CA gốc", "holds no root CA certificate")
        roots |= {c.sha256: c for c in own}
        helpers |= {c.sha256: c for c in found if c.ca}
    return Anchors(tuple(roots.values()), tuple(c for pin, c in helpers.items() if pin not in roots))


def _certificates(path: Path, *, named: bool) -> list[x509.Certificate]:
    try:
        data = _bounded(path)
        blocks = [data]
        if pem.detect(data):
            blocks = [der for kind, _, der in pem.unarmor(data, multiple=True) if kind.endswith("CERTIFICATE")]
        certificates = [x509.Certificate.load(der, strict=True) for der in blocks]
        for certificate in certificates:
            _ = certificate.ca, certificate.self_issued, certificate.sha256  # parses what is lazy: fail here
    except (OSError, ValueError, TypeError) as error:
        if named:
            raise _unreadable(path, "không đọc được chứng thư", "is no readable certificate") from error
        return []  # a key or a stray file in a folder of certificates
    return certificates


def _bounded(path: Path) -> bytes:
    """A file's bytes; ValueError where they are too many."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError("too large")
    return data


def _unreadable(path: Path, vi: str, en: str) -> SignerError:
    return SignerError(
        Kind.MALFORMED,
        "trust-unreadable",
        f"Nguồn tin cậy {path}: {vi}.",
        f"Trust source {path} {en}.",
        where=str(path),
    )


class RevocationFolder:
    """A folder of DER (or PEM) files ``*.crl`` and ``*.ocsp``, read again when one of them changes.

    Looked at ``LOOK_EVERY`` seconds at most: what is put there holds from then on.

    Safe between threads: asn1crypto parses lazily and in place, so the bytes are shared and every thread has
    parsed values of its own. A file that cannot be read is as good as absent: revocation then is unknown, which
    refuses; it must not stop the service.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._files: tuple[Path, ...] = ()
        self._stored: _Stored = _Stored((), ()) if folder is None else _Stored(None, ())
        self._own = threading.local()
        self._look_again = 0.0

    @property
    def given(self) -> bool:
        """Whether there is a folder at all."""
        return self._folder is not None

    def generation(self) -> object:
        """What changes with the files: of two equal ones, ``data`` says the same."""
        return self._current().generation

    def data(self) -> RevocationData:
        """What the files say now; parsed once by each thread that asks, as long as nothing changes."""
        stored = self._current()
        own: RevocationData | None = getattr(self._own, "data", None)
        if own is None or own.generation != stored.generation:
            own = self._own.data = _parsed(stored)
        return own

    def _current(self) -> _Stored:
        stored = self._stored
        if self._folder is not None and (now := monotonic()) >= self._look_again:
            if self._stamp() != stored.generation:
                stored = self._read()
            self._look_again = now + LOOK_EVERY
        return stored

    def _read(self) -> _Stored:
        with self._lock:
            self._files = self._listing()
            stamp = self._stamp()  # before reading: a change in between shows at the next call
            found = tuple((file.suffix.lower(), _der(file)) for file in self._files)
            self._stored = _Stored(stamp, found)
            return self._stored

    def _listing(self) -> tuple[Path, ...]:
        try:
            names = sorted(
                file for file in Path(self._folder or "").iterdir() if file.suffix.lower() in CRL_FILES | OCSP_FILES
            )
        except OSError:
            return ()
        return tuple(names[:MAX_FILES])

    def _stamp(self) -> object:
        """The folder's own time shows files that came or went, each file's time and size what was rewritten."""
        stamps: list[tuple[int, int, int]] = []
        for file in (self._folder, *self._files):
            try:
                status = Path(file or "").stat()
                stamps.append((status.st_mtime_ns, status.st_size, status.st_ino))
            except OSError:
                stamps.append((0, 0, 0))
        return tuple(stamps)


@dataclass(frozen=True, slots=True)
class _Stored:
    """The files as bytes: suffix and DER."""

    generation: object
    files: tuple[tuple[str, bytes], ...]


def _parsed(stored: _Stored) -> RevocationData:
    crls = [_load(crl.CertificateList, data) for suffix, data in stored.files if suffix in CRL_FILES]
    ocsps = [_load(ocsp.OCSPResponse, data) for suffix, data in stored.files if suffix in OCSP_FILES]
    return RevocationData(tuple(filter(None, crls)), tuple(filter(None, ocsps)), stored.generation)


def _der(path: Path) -> bytes:
    """A file's DER; b"" where it cannot be read."""
    try:
        data = _bounded(path)
        if pem.detect(data):
            data = pem.unarmor(data)[2]
    except (OSError, ValueError, TypeError):
        return b""
    return data


def _load(kind: type[_Kind], data: bytes) -> _Kind | None:
    try:
        loaded = kind.load(data, strict=True)
        _ = loaded["tbs_cert_list" if kind is crl.CertificateList else "response_status"].native
    except (ValueError, TypeError):
        return None
    return loaded
