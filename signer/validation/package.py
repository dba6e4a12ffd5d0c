"""A package: a document and its attachments, held together by what the document's own signatures say.

Each attachment is judged by itself before; here is only what none of them shows alone: that these are the files that
the agency issued with the document, all of them, once each; that the leaders signed for the same ones; that number
and agency are the document's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from policies.model import Finding
from policies.text import fold
from signer.model import PackagePart, SignatureRole
from signer.report import Report
from signer.validation.roles import Cast
from signer.validation.signatures import Judged
from signer.validation.stamps import Stamp, StampKind
from signer.validation.words import finding


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
    """An attachment as it came: its name, its bytes, what was found of it."""

    name: str
    data: bytes = field(repr=False)
    outcome: Outcome


def judge(main: Outcome, files: Sequence[File]) -> Iterator[Finding]:
    """What is wrong with the package as a whole; nothing where it holds."""
    agency = main.agency
    if agency is None or not agency.package:
        if files:
            yield finding("package-not-named")
        return
    matched = _matched(agency.package, files)
    yield from _unmatched(agency.package, files, matched)
    for index, part in matched.items():
        file = files[index]
        if file.name != part.name:
            yield finding("attachment-renamed", name=file.name, issued=part.name)
        yield from _stamped(main, agency, file)
    yield from _approved(main, [files[index] for index in matched])


def _matched(parts: Sequence[PackagePart], files: Sequence[File]) -> Mapping[int, PackagePart]:
    """Which file is which part, by digest; each part once, each file once."""
    left, found = list(parts), {}
    for index, file in enumerate(files):
        part = next((part for part in left if begins(file.data, part)), None)
        if part is not None:
            left.remove(part)
            found[index] = part
    return found


def begins(data: bytes, part: PackagePart) -> bool:
    """Whether a file begins with the bytes that a signature names."""
    return len(data) >= part.length and hashlib.sha256(memoryview(data)[: part.length]).hexdigest() == part.sha256


def _unmatched(
    parts: Sequence[PackagePart], files: Sequence[File], matched: Mapping[int, PackagePart]
) -> Iterator[Finding]:
    missing = list(parts)
    for part in matched.values():
        missing.remove(part)
    names = {part.name for part in missing}
    strangers = [file for index, file in enumerate(files) if index not in matched]
    for file in strangers:
        yield finding("attachment-differs" if file.name in names else "attachment-extra", name=file.name)
    told = {file.name for file in strangers}
    for part in missing:
        if part.name not in told:
            yield finding("attachment-missing", name=part.name)


def _stamped(main: Outcome, agency: Judged, file: File) -> Iterator[Finding]:
    """The attachment bears the agency's own signature, with the document's number, made in the same act."""
    stamp, own = file.outcome.stamp, file.outcome.agency
    if stamp is None or stamp.kind is not StampKind.ATTACHMENT or own is None:
        yield finding("attachment-not-stamped", name=file.name)
        return
    if not _same(stamp.symbol, main.symbol):
        yield finding("attachment-number-differs", name=file.name, shown=stamp.symbol, number=main.symbol)
    if own.certificate is None or agency.certificate is None or fold(own.signer) != fold(agency.signer):
        yield finding("attachment-other-agency", name=file.name, signer=own.signer)
    elif own.signing_time != agency.signing_time:
        yield finding("attachment-other-time", name=file.name)


def _same(one: str, other: str) -> bool:
    """Whether two number lines agree: the number, and the notation as far as both show it (a long one may wrap)."""
    (number, _, rest), (wanted, _, printed) = (fold(each).partition("/") for each in (one, other))
    return number == wanted and (rest.startswith(printed) or printed.startswith(rest))


def _approved(main: Outcome, files: Sequence[File]) -> Iterator[Finding]:
    """Each leader signed for the same files as they were before the agency's signature: a prefix of each."""
    if main.cast is None:
        return
    for position in main.cast.positions(SignatureRole.LEADER.value):
        leader = main.signatures[position]
        for file in files:
            if not any(begins(file.data, part) for part in leader.package):
                yield finding("attachment-not-approved", name=file.name, signer=leader.signer)
