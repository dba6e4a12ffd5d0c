"""The RevocationShelf port: the folder of CRLs and OCSP answers, and what the keys need of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signer.errors import Kind, SignerError
from signer.line.refusal import unsuitable
from signer.model import KeyInfo
from signer.model.revocation import (
    Errand,
    RevocationFile,
    RevocationKind,
    RevocationNeed,
    RevocationPlan,
    UnusableAddress,
)
from signer.ports import Clock
from signer.revocation import answers, crls
from signer.revocation.certificates import Hierarchy, Watched, key_digest, label, usable
from signer.revocation.folder import Folder, Lying, Memo
from signer.revocation.refusal import require_fresh
from signer.revocation.way import Way


def open_shelf(
    folder: Path, keys: Iterable[KeyInfo], roots: Sequence[bytes], helpers: Sequence[bytes], way: Way, clock: Clock
) -> FolderShelf:
    """The files in ``folder`` for these keys; ``roots`` are pinned, ``helpers`` CAs that lie beside them (DER)."""
    return FolderShelf(folder, Hierarchy(keys, roots, helpers), way, clock)


class FolderShelf:
    """``signer.ports.RevocationShelf`` over a folder, for the keys of a hierarchy."""

    def __init__(self, folder: Path, hierarchy: Hierarchy, way: Way, clock: Clock) -> None:
        self._hierarchy, self._way, self._clock = hierarchy, way, clock
        self._folder = Folder(folder, way.max_bytes)
        self._list = Memo(self._read_list)
        self._serials = Memo(_serials)

    # --- what is needed

    def plan(self) -> RevocationPlan:
        """As the port says."""
        errands: dict[tuple[str, ...], Errand] = {}
        unusable: dict[str, UnusableAddress] = {}
        for errand in self._wishes():
            good = tuple(dict.fromkeys(url for url in errand.urls if usable(url)))
            for url in errand.urls:
                if url not in good:
                    unusable[url] = UnusableAddress(url, errand.about)
            what = errand.certificate.hex()  # "" for lists
            if good:
                errands.setdefault((what, errand.issuer, *good), replace(errand, urls=good))
        return RevocationPlan(tuple(errands.values()), tuple(unusable.values()))

    def _wishes(self) -> Iterator[Errand]:
        """Lists first: they say what an answer may no longer call good."""
        for url in self._way.crls:
            yield Errand(RevocationKind.CRL, url, (url,))
        watched = [(each, each.issuer) for each in self._hierarchy.watched if each.issuer is not None]
        for each, issuer in watched:
            for urls in each.lists:
                yield Errand(RevocationKind.CRL, label(issuer), urls, key_digest(issuer))
        for each, issuer in watched if self._way.ocsp else ():
            asked, der = answers.questions(each.certificate, issuer), each.certificate.public_bytes(Encoding.DER)
            yield Errand(RevocationKind.OCSP, each.about, each.responders, key_digest(issuer), asked, der)

    def needs(self) -> Sequence[RevocationNeed]:
        """As the port says."""
        lists = [(file, crls.load(file.data, file.name)) for file in self._lists()]
        found = []
        for each in self._hierarchy.watched:
            files: list[RevocationFile] = []
            if each.issuer is not None:
                key = key_digest(each.issuer)
                files = [file for file, crl in lists if file.issuer == key and crls.covers(crl, each)]
                files += self._answers(each, each.issuer)
            serial = f"{each.certificate.serial_number:x}"
            found.append(RevocationNeed(each.about, serial, each.keys, tuple(replace(f, data=b"") for f in files)))
        return found

    # --- what came

    def examine(self, errand: Errand, data: bytes, url: str) -> RevocationFile:
        """As the port says."""
        at = self._clock.now()
        if errand.kind is RevocationKind.CRL:
            file = crls.examine(data, url, self._hierarchy.authorities, errand.issuer)
        else:
            watched, issuer = self._asked(errand)
            file = answers.examine(data, url, watched.certificate, issuer, at)
            self._require_uncontradicted(file, watched, issuer, url)
        require_fresh(url, file.since, file.until, at)
        held = self.held(file)
        if held is not None and _older(file, held):
            raise unsuitable(
                url,
                "revocation-older",
                f"cũ hơn tệp đang có ({held.name}); giữ tệp đang có",
                f"it is older than what lies there ({held.name}), which stays",
            )
        return file

    def held(self, file: RevocationFile) -> RevocationFile | None:
        """As the port says."""
        same = [each for each in self._all(file.kind) if each.identity == file.identity]
        past = [each for each in same if each.since <= self._clock.now()]  # a file of tomorrow bars nothing
        return max(past, key=lambda each: (each.number or 0, each.since), default=None)

    def keep(self, file: RevocationFile, url: str) -> tuple[RevocationFile, Sequence[str]]:
        """As the port says."""
        held = self.held(file)
        name = held.name if held is not None else _new_name(file, url)
        try:
            self._folder.write(name, file.data)
            withdrawn = self._withdraw(file) if file.kind is RevocationKind.CRL else []
        except OSError as trouble:
            raise SignerError(
                Kind.UNAVAILABLE,
                "revocation-not-written",
                f"Không ghi được vào thư mục dữ liệu thu hồi {self._folder.path}.",
                f"the folder of revocation data {self._folder.path} cannot be written to: {trouble.strerror}",
                where=str(self._folder.path),
            ) from trouble
        return replace(file, name=name, data=b""), withdrawn

    # --- what lies there

    def _all(self, kind: RevocationKind) -> list[RevocationFile]:
        if kind is RevocationKind.CRL:
            return self._lists()
        known = ((each, each.issuer) for each in self._hierarchy.watched)
        return [file for each, issuer in known if issuer is not None for file in self._answers(each, issuer)]

    def _lists(self) -> list[RevocationFile]:
        """The CRLs there that a CA of the keys has signed; what is no such list counts for nothing, here as in use."""
        return [file for each in self._folder.files(RevocationKind.CRL) if (file := self._list(each)) is not None]

    def _read_list(self, lying: Lying) -> RevocationFile | None:
        try:
            return replace(crls.examine(lying.data, lying.name, self._hierarchy.authorities), name=lying.name)
        except SignerError:
            return None

    def _answers(self, watched: Watched, issuer: x509.Certificate) -> list[RevocationFile]:
        found, at = [], self._clock.now()
        for each in self._folder.files(RevocationKind.OCSP):
            if watched.certificate.serial_number in self._serials(each):
                with suppress(SignerError):
                    file = answers.examine(each.data, each.name, watched.certificate, issuer, at)
                    found.append(replace(file, name=each.name))
        return found

    def _asked(self, errand: Errand) -> tuple[Watched, x509.Certificate]:
        asked = x509.load_der_x509_certificate(errand.certificate)
        return next(
            (each, each.issuer) for each in self._hierarchy.watched if each.certificate == asked and each.issuer
        )

    # --- a list that revokes what an answer calls good

    def _require_uncontradicted(
        self, file: RevocationFile, watched: Watched, issuer: x509.Certificate, url: str
    ) -> None:
        """Validators look at OCSP first: a responder that lags behind the CA's list would hide the revocation."""
        if not answers.says_good(answers.load(file.data, url), watched.certificate, issuer):
            return
        for each in self._lists():
            if each.issuer == key_digest(issuer) and _revokes(each, watched.certificate):
                raise unsuitable(
                    url,
                    "ocsp-contradicted",
                    f"máy chủ OCSP nói tốt, nhưng CRL {each.name} đã thu hồi chứng thư số của {watched.about}",
                    f"the responder calls {watched.about} good, which the CRL {each.name} revokes",
                )

    def _withdraw(self, crl: RevocationFile) -> list[str]:
        gone: dict[str, None] = {}
        for each in self._hierarchy.watched:
            if each.issuer is None or crl.issuer != key_digest(each.issuer) or not _revokes(crl, each.certificate):
                continue
            for lying in self._folder.files(RevocationKind.OCSP):
                with suppress(SignerError):
                    if answers.says_good(answers.load(lying.data, lying.name), each.certificate, each.issuer):
                        self._folder.remove(lying.name)
                        gone[lying.name] = None
        return list(gone)


def _serials(lying: Lying) -> frozenset[int]:
    try:
        return frozenset(single.serial_number for single in answers.load(lying.data, lying.name).responses)
    except SignerError:
        return frozenset()


def _revokes(crl: RevocationFile, certificate: x509.Certificate) -> bool:
    read = crls.load(crl.data, crl.name)
    return read.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None


def _older(file: RevocationFile, held: RevocationFile) -> bool:
    """An attacker on the line can send yesterday's list, which is signed as well as today's."""
    if file.number is not None and held.number is not None and file.number < held.number:
        return True
    return file.since < held.since


def _new_name(file: RevocationFile, url: str) -> str:
    """For a list as the CA calls it, for an answer the serial number; and unlike any other's."""
    key, _, rest = file.identity.partition(":")
    if file.kind is RevocationKind.OCSP:
        return f"{rest}-{key[:8]}.ocsp"
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(urlsplit(url).path).stem).strip("-")[:40] or "ca"
    return f"{stem}-{key[:8]}{rest[:4]}.crl"
