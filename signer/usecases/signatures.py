"""What signing has in common, whoever signs: the key is fit, the revision is made, the act is written down."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from hsm.pin import Pin
from policies import certificates
from policies.model import Finding, Ruleset
from signer.errors import Kind, SignerError
from signer.model import (
    Actor,
    Content,
    Document,
    KeyHolder,
    KeyInfo,
    PackagePart,
    Revision,
    SignatureRecord,
    SignatureRole,
    SigningStep,
)
from signer.ports import Blobs, CertificateChecker, Keyring, RevisionSigner
from signer.usecases.rules import ruled

LEVEL = "B-B"
"""The only PAdES level that can be reached without a time-stamp authority."""

ROLES = {
    SignatureRole.INITIAL: "ký nháy",
    SignatureRole.LEADER: "người ký",
    SignatureRole.CLERK: "văn thư",
    SignatureRole.AGENCY: "cơ quan",
}
"""The roles in the words of the office."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A new revision and the acts that made it, not stored yet."""

    revision: Revision
    records: tuple[SignatureRecord, ...]


@dataclass(frozen=True, slots=True)
class Pen:
    """Signs revisions with keys of the keyring, after asking whether this key may."""

    blobs: Blobs
    keys: Keyring
    checker: CertificateChecker
    signer: RevisionSigner

    def start(self, document: Document) -> Signed:
        """The newest revision of a document, to be signed next."""
        return Signed(Revision(self.blobs.get(document.sha256), document.plan, document.sha256), ())

    def check_key(
        self,
        rules: Ruleset,
        info: KeyInfo,
        role: SignatureRole,
        agency: str,
        owner: str,
        at: datetime,
        pin: Pin | None,
    ) -> tuple[Finding, ...]:
        """Refuse a key that may not sign in this role for this issuer now; give the warnings.

        FORBIDDEN ``key-not-for-agency``, ``key-not-for-role``, ``pin-required``; UNSUITABLE with the certificate
        rule. Asks no token.
        """
        if agency not in info.issuers:
            raise SignerError(
                Kind.FORBIDDEN,
                "key-not-for-agency",
                f"Khóa “{info.name}” không được dùng để ký văn bản của {agency}.",
                f"the key “{info.name}” may not sign documents of {agency}",
                clause="NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm d, Điều 33 khoản 2",
                where="key",
            )
        if role not in info.roles:
            raise SignerError(
                Kind.FORBIDDEN,
                "key-not-for-role",
                f"Khóa “{info.name}” không được dùng cho vai trò {ROLES[role]} ({role.value}).",
                f"the key “{info.name}” may not be used in the role “{role.value}”",
                where="key",
            )
        if info.holder is KeyHolder.PERSON and pin is None:
            raise SignerError(
                Kind.FORBIDDEN,
                "pin-required",
                f"Khóa “{info.name}” là của cá nhân: phải nhập mã PIN cho mỗi lần ký.",
                f"the key “{info.name}” is a person's: its PIN is needed for each signature",
                clause="NĐ 30/2020/NĐ-CP, Điều 32 khoản 3",
                where="pin",
            )
        with ruled(where="key"):
            return (
                *certificates.judge(rules, self.checker.facts(info, at), role=role.value, at=at, owner=owner),
                *certificates.check_level(rules, LEVEL),
            )

    def sign(
        self,
        before: Signed,
        step: SigningStep,
        info: KeyInfo,
        actor: Actor,
        *,
        capacity: tuple[str, ...] = (),
        basis: str = "",
        pin: Pin | None = None,
    ) -> Signed:
        """One more signed revision; the token is asked once. Nothing is stored."""
        made = self.signer.sign(before.revision, step, info, lambda data: self.keys.sign(info.name, data, pin))
        record = SignatureRecord(
            field=step.field,
            role=step.role,
            signer=step.signer,
            capacity=capacity,
            key=info.name,
            certificate_sha256=hashlib.sha256(info.certificate).hexdigest(),
            signed_at=step.signing_time,
            level=LEVEL,
            actor=actor,
            before_sha256=before.revision.sha256,
            after_sha256=made.sha256,
            basis=basis,
        )
        return Signed(made, (*before.records, record))

    def keep(self, document: Document, signed: Signed) -> Document:
        """Make the new revision durable and give the document that refers to it, to be saved."""
        self.blobs.put(signed.revision.content)
        return replace(
            document,
            sha256=signed.revision.sha256,
            plan=signed.revision.plan,
            signatures=document.signatures + signed.records,
        )


def package(files: Iterable[tuple[str, Content]]) -> tuple[PackagePart, ...]:
    """Files, with their names, as a signature on the main document names them."""
    return tuple(PackagePart(name, content.size, content.sha256) for name, content in files)


def fields_signed(document: Document) -> tuple[str, ...]:
    """Names of the signature fields that are filled, in the order of signing."""
    return tuple(record.field for record in document.signatures)
