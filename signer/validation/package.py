"""A package: a document and its attachments, held together by what the document's own signatures say.

Each attachment is judged by itself before; here is only what none of them shows alone: that these are the files that
the agency issued with the document, all of them, once each; that the leaders signed for the same ones; that number
and agency are the document's.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from policies.model import Finding
from policies.text import fold
from signer.model import Buffer, Content, PackagePart, SignatureRole
from signer.report import Report
from signer.validation.coverage import count
from signer.validation.roles import Cast
from signer.validation.signatures import Judged
from signer.validation.stamps import Stamp, StampKind
from signer.validation.words import finding

MAX_FILES = 200
"""Attachments of one document."""
_BREAKS = ("-", "/", "&")
"""Where a notation goes on in the next line."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A file that was judged: its report, and where it could be read its signatures with their roles.

    ``symbol`` is the number line of a document as it is read ("01/BTC-THTK"), "" where it has none.
    """

    report: Report
    signatures: tuple[Judged, ...] = ()
    cast: Cast | None = None
    stamp: Stamp | None = None
    symbol: str = ""

    @property
    def agency(self) -> Judged | None:
        """The agency's signature."""
        at = self.cast.agency if self.cast else None
        return None if at is None else self.signatures[at]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as it came: its name, its content, what was found of it."""

    name: str
    content: Content
    outcome: Outcome


def judge(main: Outcome, files: Sequence[File]) -> Iterator[Finding]:
    """What is wrong with the package as a whole; nothing where it holds."""
    agency = main.agency
    if main.cast is None or agency is None or not agency.package:
        if files:
            yield finding("package-not-named")
        return
    initials, leaders = (
        [main.signatures[position] for position in main.cast.positions(role.value)]
        for role in (SignatureRole.INITIAL, SignatureRole.LEADER)
    )
    approving = [*(own for own in initials if own.package), *leaders]
    lengths = {part.length for own in (agency, *approving) for part in own.package}
    digests = [_digests(file.content.buffer(), lengths) for file in files]
    matched = _matched(agency.package, digests)
    yield from _unmatched(agency.package, files, matched)
    for index, part in matched.items():
        file = files[index]
        if _name(file.name) != _name(part.name):
            yield finding("attachment-renamed", name=file.name, issued=part.name)
        yield from _stamped(main, agency, file, part)
    for own in approving:
        yield from _approved(own, agency, [(files[index], digests[index]) for index in matched])


def _name(name: str) -> str:
    """Some systems take letters and marks apart in names of files."""
    return unicodedata.normalize("NFC", name)


def _digests(data: Buffer, lengths: AbstractSet[int]) -> Mapping[int, str]:
    """The SHA-256 of the first bytes of a file, for each length that a signature names, in one pass."""
    hashed, seen, view, position = hashlib.sha256(), {}, memoryview(data), 0
    for length in sorted(length for length in lengths if length <= len(data)):
        hashed.update(view[position:length])
        seen[length], position = hashed.hexdigest(), length
    return seen


def _matched(parts: Sequence[PackagePart], digests: Sequence[Mapping[int, str]]) -> Mapping[int, PackagePart]:
    """Which file is which part, by its first bytes; each part once, each file once."""
    left, found = list(parts), {}
    for index, known in enumerate(digests):
        part = next((part for part in left if known.get(part.length) == part.sha256), None)
        if part is not None:
            left.remove(part)
            found[index] = part
    return found


def _unmatched(
    parts: Sequence[PackagePart], files: Sequence[File], matched: Mapping[int, PackagePart]
) -> Iterator[Finding]:
    missing = list(parts)
    for part in matched.values():
        missing.remove(part)
    names = {_name(part.name) for part in missing}
    strangers = [file for index, file in enumerate(files) if index not in matched]
    for file in strangers:
        yield finding("attachment-differs" if _name(file.name) in names else "attachment-extra", name=file.name)
    told = {_name(file.name) for file in strangers}
    for part in missing:
        if _name(part.name) not in told:
            yield finding("attachment-missing", name=part.name)


def _stamped(main: Outcome, agency: Judged, file: File, part: PackagePart) -> Iterator[Finding]:
    """The attachment bears the agency's own signature, with the document's number, made in the same act."""
    stamp, own = file.outcome.stamp, file.outcome.agency
    if stamp is None or stamp.kind is not StampKind.ATTACHMENT or own is None or own.span.end != part.length:
        yield finding("attachment-not-stamped", name=file.name)
        return
    if not agree(stamp.symbol, main.symbol):
        yield finding("attachment-number-differs", name=file.name, shown=stamp.symbol, number=main.symbol)
    shown, date = file.outcome.report.chain.date, main.report.chain.date
    if shown and shown != date:
        yield finding("attachment-date-differs", name=file.name, shown=shown, date=date)
    if own.certificate is None or agency.certificate is None or fold(own.signer) != fold(agency.signer):
        yield finding("attachment-other-agency", name=file.name, signer=own.signer)
    elif own.signing_time != agency.signing_time:
        yield finding("attachment-other-time", name=file.name)


def agree(one: str, other: str) -> bool:
    """Whether two number lines agree: the number, and the notation as far as both can be read.

    A long notation may go on in the next line of a page, where it is not looked for; it breaks behind a sign.
    """
    (number, _, rest), (wanted, _, printed) = (fold(each).partition("/") for each in (one, other))
    short, long = sorted((rest, printed), key=len)
    return number == wanted and (short == long or (long.startswith(short) and (not short or short.endswith(_BREAKS))))


def _approved(signer: Judged, agency: Judged, files: Sequence[tuple[File, Mapping[int, str]]]) -> Iterator[Finding]:
    """A leader signed for the same files as they were before the agency's signature, and for no others."""
    left = list(signer.package)
    for file, known in files:
        part = next((part for part in left if known.get(part.length) == part.sha256 and _prepared(file, part)), None)
        if part is None:
            yield finding("attachment-not-approved", name=file.name, signer=signer.signer)
        else:
            left.remove(part)
    names = Counter(part.name for part in signer.package) - Counter(part.name for part in agency.package)
    for name in names.elements():
        yield finding("attachment-not-issued", name=name, signer=signer.signer)


def _prepared(file: File, part: PackagePart) -> bool:
    """Whether a part is the file as it was prepared: one update and nothing else lies before the agency's signature.

    Any file begins with ``%PDF-``: who signed for its first bytes alone signed for nothing.
    """
    own = file.outcome.agency
    return own is None or count(file.content.buffer(), b"startxref", part.length, own.span.end) == 1
