"""The fast check before a signature leaves: the new revision is read again, every object accounted for.

The composer's own variables are not trusted here: the update is found through startxref, its objects through the
cross-reference section, the signature through /ByteRange, the words through the codes in the appearance. The
earlier bytes are those that were checked before: their digest is stored with the document, was compared when they were
opened, and the message digest is made from the very hash that was compared. pyHanko's full verification judges in
tests and in ``antin verify``; it costs forty times as much.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature

from signer.model import Content, KeyInfo, PackagePart, SigningStep
from signer.pdf.check_cms import DIGESTS, ReadCms, read_signed_data, signer_identifier, stamped, verify
from signer.pdf.check_drawn import filled, shown
from signer.pdf.check_read import Update, failed, hold, read
from signer.pdf.check_store import catalogue, store
from signer.pdf.plan import SigningPlan

_SIGNATURE = re.compile(
    rb"<</Type/Sig/Filter/Adobe\.PPKLite/SubFilter/ETSI\.CAdES\.detached/ByteRange\[0 (\d{10}) (\d{10}) (\d{10})\]"
    rb"/Contents<([0-9a-f]+)>/M\(D:\d{14}\+07'00'\)(.*)/Reference\[(.*)\]>>\Z",
    re.DOTALL,
)
_DOC_MDP = b"<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/V/1.2/P 2>>>>"
_FIELD_MDP = re.compile(
    rb"<</Type/SigRef/TransformMethod/FieldMDP/Data (\d+ \d+) R/TransformParams<</Type/TransformParams"
    rb"/V/1\.2/Action/Include/Fields\[((?:\([A-Za-z0-9]+\))+)\]>>>>\Z"
)
_SIGNS = (b"<</Type/Sig/", b"<</Type/DocTimeStamp/")
_STRING = rb"(\((?:[^()\\]|\\[()\\])*\)|<FEFF[0-9A-F]*>)"
_PLAIN_STRING = _STRING.replace(b"(\\(", b"(?:\\(", 1)
_WORDS = re.compile(
    rb"(?:/Name" + _STRING + rb")?(?:/Reason" + _STRING + rb")?(?:/Location" + _STRING + rb")?"
    rb"(?:/ANTN_Package\[((?:<</Name" + _PLAIN_STRING + rb"/Length \d+/SHA256<[0-9a-f]{64}>>>)+)\])?\Z"
)
_PART = re.compile(rb"<</Name" + _STRING + rb"/Length (\d+)/SHA256<([0-9a-f]{64})>>>")


def check(before: Content, made: bytes, plan: SigningPlan, step: SigningStep, key: KeyInfo, token: bytes = b"") -> None:
    """Judge the update ``made`` that shall stand behind ``before``, whose plan is ``plan``.

    ``token`` is the time-stamp that the signature got, judged by who fetched it; b"" for none. INTERNAL
    ``self-check-failed`` names what does not hold.
    """
    update = opened(made, before.size, plan)
    signature, number, appearance = _signature_object(update, plan, step)
    covered(signature, made, before.size)
    _words(signature, step)
    _locks(signature, plan, step)
    _time_stamp(_cryptography(signature, before, made, key), token)
    added = store(update, plan, step.data)
    written = {plan.layout.texts[name].number for name in step.values} | {plan.layout.signatures[step.field].number}
    certified = number if step.certify else plan.certified
    written |= catalogue(update, plan, certified, added.number) | added.rewritten
    accounted(update, plan, written, filled(update, plan, step) | shown(update, plan, step, appearance) | added.new)


def opened(made: bytes, start: int, plan: SigningPlan) -> Update:
    """The update as read back; it is one, and goes on from the file of the plan."""
    hold(made.count(b"%%EOF") == 1, "not exactly one %%EOF in the update")
    update = read(made, start)
    root = b"/Root %d %d R" % plan.layout.root
    hold(
        root in update.trailer and update.trailer.endswith(b"/Prev %d" % plan.startxref), "the trailer leads elsewhere"
    )
    return update


def _signature_object(update: Update, plan: SigningPlan, step: SigningStep) -> tuple[re.Match[bytes], int, int | None]:
    """The signature that the field's /V names, its number, and that of the field's appearance."""
    widget = plan.layout.signatures[step.field]
    generation, source = update.objects.get(widget.number, (0, b""))
    value = re.match(rb"/V (\d+) 0 R(?:/AP<</N (\d+) 0 R>>)?>>\Z", source[len(widget.source) :])
    hold(
        generation == 0 and source.startswith(widget.source) and value is not None,
        "the signature field is not filled",
    )
    assert value is not None  # noqa: S101 -- for the type checker
    found = _SIGNATURE.match(update.objects.get(int(value[1]), (0, b""))[1])
    hold(found is not None, "the signature dictionary is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    return found, int(value[1]), int(value[2]) if value[2] else None


def covered(signature: re.Match[bytes], made: bytes, start: int) -> None:
    """/ByteRange (groups 1 to 3) covers the whole file but the hex string of /Contents (group 4)."""
    gap, resume, rest = (int(signature[part]) for part in (1, 2, 3))
    hold(start < gap < resume and resume + rest == start + len(made), "/ByteRange does not reach the end of the file")
    hold(made[gap - start : resume - start] == b"<" + signature[4] + b">", "the gap in /ByteRange is not /Contents")


def _words(signature: re.Match[bytes], step: SigningStep) -> None:
    """Name, reason and place are those asked for, the package names exactly the attachments; nothing else is said."""
    found = _WORDS.match(signature[5])
    hold(found is not None, "the signature dictionary says more than we write")
    assert found is not None  # noqa: S101 -- for the type checker
    said = tuple(_text(string) if string else "" for string in found.group(1, 2, 3))
    hold(said == (step.signer, step.reason, step.location), "signer, reason or place are others")
    parts = tuple(
        PackagePart(_text(part[1]), int(part[2]), part[3].decode("ascii")) for part in _PART.finditer(found[4] or b"")
    )
    hold(parts == step.package, "the package names other attachments")


@lru_cache(maxsize=1024)
def _text(string: bytes) -> str:
    """A text string (7.9.2.2) as we write them: a literal in ASCII, or UTF-16BE in hex."""
    if string.startswith(b"("):
        return re.sub(rb"\\(.)", rb"\1", string[1:-1]).decode("ascii", "replace")
    return bytes.fromhex(string[5:-1].decode("ascii")).decode("utf-16-be", "replace")


def _locks(signature: re.Match[bytes], plan: SigningPlan, step: SigningStep) -> None:
    """The lock names exactly the fields asked for, among them all that were filled; P=2 only when certifying."""
    references = signature[6]
    hold(references.startswith(_DOC_MDP) is step.certify, "certification where none was asked for, or the reverse")
    lock = _FIELD_MDP.match(references.removeprefix(_DOC_MDP))
    hold(lock is not None and lock[1] == b"%d %d" % plan.layout.root, "the lock is not as we write it")
    assert lock is not None  # noqa: S101 -- for the type checker
    names = set(lock[2].decode("ascii")[1:-1].split(")("))
    hold(names == set(step.locks), "the lock names other fields")
    hold(set(step.values) <= names, "a filled field is not in the lock")


def digested(signature: re.Match[bytes], before: Content, made: bytes, name: str) -> bytes:
    """The digest of what /ByteRange covers."""
    gap, resume = int(signature[1]) - before.size, int(signature[2]) - before.size
    digest = before.hasher(name)
    digest.update(memoryview(made)[:gap])
    digest.update(memoryview(made)[resume:])
    return digest.digest()


def _cryptography(signature: re.Match[bytes], before: Content, made: bytes, key: KeyInfo) -> ReadCms:
    """CMS: the digest is the file's, the certificate the key's, the value verifies with it (RFC 5652, 5.6)."""
    try:
        cms = read_signed_data(bytes.fromhex(signature[4].decode("ascii")))
    except ValueError as error:
        raise failed(f"the new CMS cannot be read back ({error})") from error
    digest_name = DIGESTS.get(cms.digest_algorithm, "")
    hold(
        digest_name == ("sha512" if key.algorithm == "ed25519" else key.algorithm.rpartition("-")[2]),
        "another digest algorithm than the key's",
    )
    hold(cms.message_digest == digested(signature, before, made, digest_name), "message-digest is not that of the file")
    hold(
        cms.certificate_hash == hashlib.new(digest_name, key.certificate).digest(),
        "signing-certificate-v2 names another",
    )
    hold(key.certificate in cms.certificates, "the signer's certificate is missing")
    hold(cms.signer == signer_identifier(key.certificate), "the signer identifier names another certificate")
    try:
        verify(key, cms.value, cms.signed_attributes)
    except InvalidSignature as error:
        raise failed("the signature value does not verify with the certificate") from error
    return cms


def _time_stamp(cms: ReadCms, token: bytes) -> None:
    """The token is the one that was given and judged, and is about this signature's value (RFC 3161, appendix A)."""
    hold(cms.time_stamp == token, "the time-stamp is not the one that was given")
    if token:
        about(token, hashlib.sha256(cms.value).digest())


def about(token: bytes, digest: bytes) -> None:
    """A time-stamp token is about this SHA-256."""
    try:
        told = stamped(token)
    except ValueError as error:
        raise failed(f"the time-stamp cannot be read back ({error})") from error
    hold(told == digest, "the time-stamp is about something else")


def accounted(update: Update, plan: SigningPlan, allowed: set[int], known: set[int]) -> None:
    """Every object is one that this update may write: ``allowed`` old ones, one signature, ``known`` new ones."""
    rewritten = {number for number in update.objects if number < plan.size}
    hold(rewritten == allowed, "objects that this step may not touch")
    new = set(update.objects) - rewritten
    hold(new == set(range(plan.size, plan.size + len(new))), "gaps in the new objects")
    signatures = {number for number in new if update.objects[number][1].startswith(_SIGNS)}
    hold(len(signatures) == 1 and known | signatures == new, "an object of unknown kind")
