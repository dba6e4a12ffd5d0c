"""Consistency: prove that register, documents, acts and files of the store agree, and clear away what is harmless.

Everything that is judged comes from one state of the database, so that a service that goes on writing is never
taken for a fault: blobs are written before the rows that name them and never removed while named, so looking at
them afterwards is right for that state too.

What is repaired, and why that is safe: blobs that no document names and nobody put for a day (no answer that was
ever given refers to them, and no request lasts that long), and requests that were left without an answer for a day
(their key may be used again long since). Numbers, acts, rows and named blobs are never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from policies.model import Finding
from signer.errors import SignerError
from signer.model import DocumentState, Medium
from signer.model.inspection import BlobNamed, BlobSeen, DocumentFacts, RowFacts
from signer.ports import Blobs, BlobShelf, Clock, FileMeasure, Inspection, Ledger, Snapshot, Verifier
from signer.report import Report, Verdict
from signer.usecases import consistency_rules as rules
from signer.usecases.consistency_words import Inconsistency, found

LEFT_ALONE = timedelta(days=1)
"""What nobody names is left alone for so long: a request under way may name it yet."""

Watch = Callable[[str, int, int], None]
"""Told how far it has come: stage ("rows", "documents", "blobs", "files"), done, of how many (0: not known)."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is looked at: ``quick`` hashes no blob, ``deep`` judges every issued file, ``repair`` clears away."""

    quick: bool = False
    deep: bool = False
    repair: bool = False


@dataclass(frozen=True, slots=True)
class Consistency:
    """Look the whole store over. Memory: one page of rows, and one document's files."""

    inspection: Inspection
    shelf: BlobShelf
    blobs: Blobs
    measure: FileMeasure
    verifier: Verifier
    clock: Clock

    def __call__(self, depth: Depth, watch: Watch = lambda *_: None) -> Iterator[Inconsistency]:
        """Everything that is found, as it is found. UNAVAILABLE ``store-unavailable`` when the store is away."""
        now = self.clock.now()
        with self.inspection.ledger() as ledger:
            with self.inspection.snapshot() as snapshot:
                yield from self._database(snapshot, quick=depth.quick)
                yield from self._register(snapshot, watch)
                yield from self._documents(snapshot, ledger, watch)
                left = snapshot.requests_left(now - LEFT_ALONE)
            yield from self._blobs(ledger, now, depth, watch)
        if depth.deep:
            yield from self._deep(watch)
        yield from self._leftovers(left, now, repair=depth.repair)

    # --- the database

    @staticmethod
    def _database(snapshot: Snapshot, *, quick: bool) -> Iterator[Inconsistency]:
        for line in snapshot.damage(quick=quick):
            yield found("database-damaged", what=line)
        for table, other, count in snapshot.dangling():
            code = "row-without-document" if (table, other) == ("register", "documents") else "reference-broken"
            yield found(code, table, table=table, other=other, count=count)

    @staticmethod
    def _register(snapshot: Snapshot, watch: Watch) -> Iterator[Inconsistency]:
        def counted(rows: Iterator[RowFacts]) -> Iterator[RowFacts]:
            for number, row in enumerate(rows, start=1):
                watch("rows", number, 0)
                yield row

        yield from rules.numbers(counted(snapshot.rows()), {each.id: each for each in snapshot.series()})
        for each in snapshot.doubled():
            yield found(
                "symbol-doubled",
                each.agency,
                agency=each.agency,
                symbol=each.symbol,
                year=each.year,
                count=each.count,
            )

    def _documents(self, snapshot: Snapshot, ledger: Ledger, watch: Watch) -> Iterator[Inconsistency]:
        total, done, after = snapshot.count(), 0, ""
        while page := snapshot.documents(after):
            for facts in page:
                yield from rules.document(facts)
                yield from self._name(facts, ledger)
            after, done = page[-1].id, done + len(page)
            watch("documents", done, max(total, done))

    def _name(self, facts: DocumentFacts, ledger: Ledger) -> Iterator[Inconsistency]:
        """Write down which blobs a document needs, to be looked at in the order in which they lie there."""
        for file in facts.files:
            length = None
            try:
                length = self.measure.planned(file.plan)
            except ValueError:
                yield found("plan-unreadable", facts.id, file=file.ordinal)
            signed = any(act.file == file.ordinal for act in facts.acts)
            ledger.note([BlobNamed(file.sha256, facts.id, file.ordinal, length, signed)])
            ledger.note(BlobNamed(each, facts.id, file.ordinal) for each in file.revisions - {file.sha256})

    # --- the blobs

    def _blobs(self, ledger: Ledger, now: datetime, depth: Depth, watch: Watch) -> Iterator[Inconsistency]:
        """Go through what is named and what lies there side by side, both in order of digest."""
        lying, total = self.shelf.walk(), ledger.count()
        seen = next(lying, None)
        for done, (sha256, names) in enumerate(groupby(ledger.in_order(), key=lambda each: each.sha256), start=1):
            while seen is not None and seen.sha256 < sha256:
                yield from self._unnamed(seen, now, repair=depth.repair)
                seen = next(lying, None)
            here = seen if seen is not None and seen.sha256 == sha256 else None
            for code, each, said in self._one(sha256, list(names), here, quick=depth.quick):
                yield found(code, each.document_id, sha256=sha256, file=each.file, **said)
            if here is not None:
                seen = next(lying, None)
            watch("blobs", done, total)
        while seen is not None:
            yield from self._unnamed(seen, now, repair=depth.repair)
            seen = next(lying, None)

    def _one(
        self, sha256: str, names: list[BlobNamed], here: BlobSeen | None, *, quick: bool
    ) -> Iterator[tuple[str, BlobNamed, dict[str, object]]]:
        """What is wrong with one blob, for each document that names it."""
        if here is None:
            yield from (("blob-missing", each, {}) for each in names)
            return
        for each in names:
            if each.length not in (None, here.size):
                yield "blob-length-differs", each, {"size": here.size, "planned": each.length}
        if quick:
            return
        try:
            content = self.blobs.get(sha256)
        except SignerError as error:
            if error.code != "blob-missing":
                raise
            said: dict[str, object] = {} if error.where == sha256 else {"base": error.where}
            yield from (("blob-base-broken" if said else "blob-changed", each, said) for each in names)
            return
        if any(each.signed for each in names) and not self.measure.ends_signed(content):
            yield from (("blob-not-sealed", each, {}) for each in names if each.signed)

    def _unnamed(self, seen: BlobSeen, now: datetime, *, repair: bool) -> Iterator[Inconsistency]:
        if seen.changed < now - LEFT_ALONE:
            told = found(
                "blob-unnamed", seen.sha256, sha256=seen.sha256, size=seen.size, since=rules.told(seen.changed)
            )
            yield told.mended() if repair and self.shelf.discard(seen.sha256, now - LEFT_ALONE) else told

    def _leftovers(self, requests: int, now: datetime, *, repair: bool) -> Iterator[Inconsistency]:
        for each in self.shelf.leftovers():
            if each.changed < now - LEFT_ALONE:
                yield found(
                    "incoming-left", each.sha256, name=each.sha256, size=each.size, since=rules.told(each.changed)
                )
        if requests:
            told = found("requests-left", count=requests)
            yield told.mended() if repair and self.inspection.forget_requests(now - LEFT_ALONE) else told

    # --- the files themselves

    def _deep(self, watch: Watch) -> Iterator[Inconsistency]:
        """Judge every issued file as an auditor would; no transaction stays open over it."""
        done, after = 0, ""
        while True:
            with self.inspection.snapshot() as snapshot:
                total, page = snapshot.count(), snapshot.documents(after)
            if not page:
                return
            for facts in page:
                done += 1
                if facts.state in (DocumentState.ISSUED, DocumentState.RECALLED) and facts.medium == Medium.ELECTRONIC:
                    yield from self._judge(facts)
                watch("files", done, max(total, done))
            after = page[-1].id

    def _judge(self, facts: DocumentFacts) -> Iterator[Inconsistency]:
        try:
            files = {file.ordinal: (file.name, self.blobs.get(file.sha256)) for file in facts.files}
        except SignerError as error:
            if error.code != "blob-missing":
                raise
            return  # told already
        if 0 not in files:
            return
        attached = [files[ordinal] for ordinal in sorted(files) if ordinal]
        if attached:
            package = self.verifier.verify_package(files[0][1], attached)
            reports = [package.main, *(report for _, report in package.attachments)]
            codes = _codes(package.findings)
            if package.verdict is Verdict.FAILED and all(each.verdict is not Verdict.FAILED for each in reports):
                yield found("file-fails", facts.id, file="*", verdict=package.verdict.value, codes=codes)
        else:
            reports = [self.verifier.verify(files[0][1])]
        for ordinal, report in enumerate(reports):
            if report.verdict is not Verdict.PASSED:
                code = "file-undecided" if report.verdict is Verdict.INDETERMINATE else "file-fails"
                verdict, codes = report.verdict.value, _codes(report.findings)
                yield found(code, facts.id, file=ordinal, verdict=verdict, codes=codes)
        yield from _number(facts, reports[0])


def _number(facts: DocumentFacts, report: Report) -> Iterator[Inconsistency]:
    """The file says the number and the day of its row."""
    row, chain = facts.row, report.chain
    if row is not None and chain.number and (chain.number, chain.date) != (row.number_text, row.date.isoformat()):
        yield found(
            "file-number-differs",
            facts.id,
            number=chain.number,
            day=chain.date,
            symbol=row.symbol,
            row_day=row.date,
        )


def _codes(findings: Sequence[Finding]) -> str:
    return ", ".join(dict.fromkeys(each.code for each in findings)) or "—"
