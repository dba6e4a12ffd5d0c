"""The fast check before a signature leaves: the new revision is read again, every object accounted for.

The composer's own variables are not trusted here: the update is found through startxref, its objects through the
cross-reference section, the signature through /ByteRange, the words through the codes in the appearance. The
earlier bytes are those that were checked before (their digest is stored with the document). pyHanko's full
verification judges in tests and in ``antin verify``; it costs forty times as much.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from cryptography.exceptions import InvalidSignature

from signer.errors import Kind, SignerError
from signer.model import KeyInfo, SigningStep, Slant
from signer.pdf import fonts
from signer.pdf.check_cms import DIGESTS, read_signed_data, signer_identifier, verify
from signer.pdf.plan import SigningPlan, TextField

_END = re.compile(rb"startxref\n(\d+)\n%%EOF\n\Z")
_TABLE = re.compile(rb"xref\n((?:\d+ \d+\n(?:\d{10} \d{5} n \n)+)+)trailer\n<<(.*)>>\n\Z", re.DOTALL)
_SUBSECTION = re.compile(rb"(\d+) (\d+)\n((?:\d{10} \d{5} n \n)+)")
_XREF_STREAM = re.compile(
    rb"(\d+) 0 obj\n<</Type/XRef/W\[1 8 2\]/Index\[([\d ]+)\](.*)/Length (\d+)>>stream\n(.*)"
    rb"\nendstream\nendobj\n\Z",
    re.DOTALL,
)
_OBJECT = re.compile(rb"(\d+) (\d+) obj\n(.*)\nendobj\n\Z", re.DOTALL)
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
_NUM = rb"-?[\d.]+"
_DRAWN = re.compile(
    rb"<</Type/XObject/Subtype/Form/BBox\[0 0 " + _NUM + rb" " + _NUM + rb"\](?:/Matrix\[[-01 ]+\])?"
    rb"/Resources<</Font<</(\w+) (\d+) 0 R>>>>/Length (\d+)>>stream\n"
    rb"(?:q 1 g (?:"
    + _NUM
    + rb" ){4}re f Q\n)?/Tx BMC\nq BT 0 g /(\w+) "
    + _NUM
    + rb" Tf "
    + _NUM
    + rb" Tz 1 0 0 1 "
    + _NUM
    + rb" "
    + _NUM
    + rb" Tm <((?:[0-9A-F]{4})+)> Tj ET Q\nEMC\nendstream\Z"
)


@dataclass(frozen=True, slots=True)
class _Update:
    """An update as read back: its objects by number, with generation and source."""

    objects: Mapping[int, tuple[int, bytes]]
    trailer: bytes


def check(
    before: bytes,
    data: bytes,
    plan: SigningPlan,
    step: SigningStep,
    key: KeyInfo,
    hashed: hashlib._Hash | None = None,
) -> None:
    """Judge a new revision; ``plan`` is that of ``before``, ``hashed`` its SHA-256 state where the caller has it.

    INTERNAL ``self-check-failed`` names what does not hold.
    """
    _hold(data.startswith(before), "the earlier bytes are not a prefix")
    _hold(data.count(b"%%EOF", len(before)) == 1, "not exactly one %%EOF in the update")
    update = _read(data, len(before))
    _trailer(update.trailer, plan)
    signature = _signature_object(update, plan, step)
    _coverage(signature, data, len(before))
    _locks(signature, plan, step)
    _cryptography(signature, data, key, len(before), hashed or hashlib.sha256(before))
    drawn = _filled(update, plan, step)
    _accounted(update, plan, step, drawn)


def _hold(condition: bool, what: str) -> None:
    if not condition:
        raise _failed(what)


def _failed(what: str) -> SignerError:
    return SignerError(
        Kind.INTERNAL,
        "self-check-failed",
        "Chữ ký vừa tạo không qua được bước tự kiểm tra nên không được phát hành; hãy báo người vận hành.",
        f"The new signature did not pass the check before it leaves: {what}.",
    )


def _read(data: bytes, start: int) -> _Update:
    """Read the update through its own startxref; its objects must fill it without a gap."""
    end = _END.search(data, len(data) - 40)
    _hold(end is not None, "no startxref at the end")
    assert end is not None  # noqa: S101 -- for the type checker; the guard above raised
    position = int(end[1])
    _hold(start <= position < end.start(), "startxref does not point into the update")
    offsets, trailer = _section(data[position : end.start()])
    if data[start : start + 1] == b"\n" and start not in offsets.values():
        start += 1
    bounds = [*sorted(offsets.values()), position]
    _hold(bounds[0] == start, "bytes before the first object")
    objects: dict[int, tuple[int, bytes]] = {}
    for begin, stop in pairwise(bounds):
        found = _OBJECT.match(data[begin:stop])
        _hold(
            found is not None and offsets.get(int(found[1])) == begin,
            "an offset that points to no object of its number",
        )
        assert found is not None  # noqa: S101 -- for the type checker
        objects[int(found[1])] = (int(found[2]), found[3])
    return _Update(objects, trailer)


def _section(text: bytes) -> tuple[dict[int, int], bytes]:
    """Object number to offset, and the trailer's entries, from a table or a cross-reference stream."""
    table = _TABLE.match(text)
    if table is not None:
        offsets: dict[int, int] = {}
        for run in _SUBSECTION.finditer(table[1]):
            rows = run[3].splitlines()
            _hold(len(rows) == int(run[2]), "a cross-reference subsection of another length than it says")
            offsets |= {int(run[1]) + step: int(row[:10]) for step, row in enumerate(rows)}
        return offsets, table[2]
    found = _XREF_STREAM.match(text)
    _hold(found is not None, "the cross-reference section is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    index = [int(part) for part in found[2].split()]
    numbers = [first + step for first, many in zip(index[::2], index[1::2], strict=True) for step in range(many)]
    rows_data = found[5]
    _hold(
        len(rows_data) == 11 * len(numbers) == int(found[4]),
        "a cross-reference stream of another length than it says",
    )
    offsets = {number: int.from_bytes(rows_data[11 * i + 1 : 11 * i + 9], "big") for i, number in enumerate(numbers)}
    offsets.pop(int(found[1]), None)  # its own entry
    return offsets, found[3]


def _trailer(trailer: bytes, plan: SigningPlan) -> None:
    root = b"/Root %d %d R" % plan.layout.root
    _hold(root in trailer and trailer.endswith(b"/Prev %d" % plan.startxref), "the trailer leads elsewhere")


def _signature_object(update: _Update, plan: SigningPlan, step: SigningStep) -> re.Match[bytes]:
    """The signature that the field's /V names."""
    widget = plan.layout.signatures[step.field]
    generation, source = update.objects.get(widget.number, (0, b""))
    value = re.match(rb"/V (\d+) 0 R", source[len(widget.source) :])
    _hold(
        generation == 0 and source.startswith(widget.source) and value is not None,
        "the signature field is not filled",
    )
    assert value is not None  # noqa: S101 -- for the type checker
    found = _SIGNATURE.match(update.objects.get(int(value[1]), (0, b""))[1])
    _hold(found is not None, "the signature dictionary is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    return found


def _coverage(signature: re.Match[bytes], data: bytes, start: int) -> None:
    """/ByteRange covers the whole file but the hex string of /Contents."""
    gap, resume, rest = (int(signature[part]) for part in (1, 2, 3))
    _hold(start < gap < resume and resume + rest == len(data), "/ByteRange does not reach the end of the file")
    _hold(data[gap:resume] == b"<" + signature[4] + b">", "the gap in /ByteRange is not /Contents")


def _locks(signature: re.Match[bytes], plan: SigningPlan, step: SigningStep) -> None:
    """The lock names exactly the fields asked for, among them all that were filled; P=2 only when certifying."""
    references = signature[6]
    _hold(references.startswith(_DOC_MDP) is step.certify, "certification where none was asked for, or the reverse")
    lock = _FIELD_MDP.match(references.removeprefix(_DOC_MDP))
    _hold(lock is not None and lock[1] == b"%d %d" % plan.layout.root, "the lock is not as we write it")
    assert lock is not None  # noqa: S101 -- for the type checker
    names = set(lock[2].decode("ascii")[1:-1].split(")("))
    _hold(names == set(step.locks), "the lock names other fields")
    _hold(set(step.values) <= names, "a filled field is not in the lock")


def _cryptography(signature: re.Match[bytes], data: bytes, key: KeyInfo, start: int, hashed: hashlib._Hash) -> None:
    """CMS: the digest is the file's, the certificate the key's, the value verifies with it (RFC 5652, 5.6)."""
    gap, resume = int(signature[1]), int(signature[2])
    try:
        cms = read_signed_data(bytes.fromhex(signature[4].decode("ascii")))
    except ValueError as error:
        raise _failed(f"the new CMS cannot be read back ({error})") from error
    digest_name = DIGESTS.get(cms.digest_algorithm, "")
    _hold(
        digest_name == ("sha512" if key.algorithm == "ed25519" else key.algorithm.rpartition("-")[2]),
        "another digest algorithm than the key's",
    )
    # The earlier bytes were compared with ``before``, so the state over them is the state over these.
    digest = hashed.copy() if digest_name == "sha256" else hashlib.new(digest_name, memoryview(data)[:start])
    digest.update(memoryview(data)[start:gap])
    digest.update(memoryview(data)[resume:])
    _hold(cms.message_digest == digest.digest(), "message-digest is not that of the file")
    _hold(
        cms.certificate_hash == hashlib.new(digest_name, key.certificate).digest(),
        "signing-certificate-v2 names another",
    )
    _hold(key.certificate in cms.certificates, "the signer's certificate is missing")
    _hold(cms.signer == signer_identifier(key.certificate), "the signer identifier names another certificate")
    try:
        verify(key, cms.value, cms.signed_attributes)
    except InvalidSignature as error:
        raise _failed("the signature value does not verify with the certificate") from error


def _filled(update: _Update, plan: SigningPlan, step: SigningStep) -> set[int]:
    """Each text field has the value asked for and draws just that; gives the appearance objects' numbers."""
    drawn: set[int] = set()
    for name, value in step.values.items():
        field = plan.layout.texts[name]
        _, source = update.objects.get(field.number, (0, b""))
        filled = re.match(rb"/V\(([^()\\]*)\)/AP<</N (\d+) 0 R>>>>\Z", source[len(field.source) :])
        _hold(source.startswith(field.source) and filled is not None, f"the field {name} is not filled")
        assert filled is not None  # noqa: S101 -- for the type checker
        _hold(filled[1].decode("ascii") == value, f"the field {name} has another value")
        _, appearance = update.objects.get(int(filled[2]), (0, b""))
        _hold(_text_of(appearance, field, plan) == value, f"the field {name} shows another text than its value")
        drawn.add(int(filled[2]))
    return drawn


def _text_of(appearance: bytes, field: TextField, plan: SigningPlan) -> str | None:
    """The text that an appearance draws, through the codes of the embedded face; None if it is not as ours."""
    found = _DRAWN.match(appearance)
    if found is None:
        return None
    face = fonts.face(field.slant)
    if found[1] != face.resource or found[4] != face.resource or int(found[2]) != plan.layout.fonts[field.slant]:
        return None
    content = appearance[appearance.index(b"stream\n") + 7 : -len(b"\nendstream")]
    if int(found[3]) != len(content):
        return None
    characters = _characters(field.slant)
    codes = (int(found[5][at : at + 4], 16) for at in range(0, len(found[5]), 4))
    return "".join(characters.get(code, "\ufffd") for code in codes)


@cache
def _characters(slant: Slant) -> Mapping[int, str]:
    return {code: character for character, code in fonts.face(slant).codes.items()}


def _accounted(update: _Update, plan: SigningPlan, step: SigningStep, drawn: set[int]) -> None:
    """Every object is one that this step may write: filled fields, the catalogue when certifying, new ones."""
    widget = plan.layout.signatures[step.field]
    allowed = {plan.layout.texts[name].number for name in step.values} | {widget.number}
    if step.certify:
        allowed.add(plan.layout.root[0])
        generation, source = update.objects.get(plan.layout.root[0], (-1, b""))
        _hold(
            generation == plan.layout.root[1]
            and re.match(rb"/Perms<</DocMDP \d+ 0 R>>>>\Z", source[len(plan.layout.root_source) :]) is not None
            and source.startswith(plan.layout.root_source),
            "the catalogue is not as it was",
        )
    rewritten = {number for number in update.objects if number < plan.size}
    _hold(rewritten == allowed, "objects that this step may not touch")
    new = set(update.objects) - rewritten
    _hold(new == set(range(plan.size, plan.size + len(new))), "gaps in the new objects")
    pictures = {number for number in new if b"/XObject" in update.objects[number][1][:64]}
    signatures = {number for number in new if update.objects[number][1].startswith(b"<</Type/Sig/")}
    _hold(drawn <= pictures and len(signatures) == 1 and pictures | signatures == new, "an object of unknown kind")
