"""Examine: what is sent in is read and judged, and nothing of it is kept; ``prepare`` and ``check`` both begin so."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from policies import acceptance, copies
from policies.acceptance import DraftFacts
from policies.model import Finding, Ruleset
from policies.numbering import number_text, symbol
from policies.speech import settle
from policies.workdays import RulesOn
from signer.errors import DraftRefused, Kind, SignerError, together
from signer.model import (
    AttachmentStyle,
    Content,
    DraftReading,
    KeyInfo,
    Metadata,
    Office,
    Printed,
    Series,
    SignatureRole,
    StampReading,
    StampWanted,
    Wanted,
)
from signer.ports import Clock, DraftReader, Keyring, StampReader, Store
from signer.usecases import authority, numbers
from signer.usecases import metadata as meta_rules
from signer.usecases.caller import Caller
from signer.usecases.office import Standing, persons_named, series_for, standing
from signer.usecases.relations import check_relations, related_to
from signer.usecases.rules import local_day, ruled, rules_in_force

NO_IMAGE_ASPECT = 2.0
"""Width to height of the room that a signer without an image is given."""

ANY_NUMBER = "9999"
"""Room for a number, where nobody says which series it is of."""

SEAL_MM = 36.0
"""The common size of a seal, where nobody says whose it is."""

SECONDS = 60.0
"""How long the attachments of one document may take to read, all together."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that comes along with a document; ``name`` as its sender calls it."""

    name: str
    content: Content


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known of a document before its draft is opened: who issues it, its notation, its series, the rules."""

    metadata: Metadata
    now: datetime
    rules: Ruleset
    office: Office
    place: Standing
    notation: str
    series: Series

    @property
    def day(self) -> date:
        """Today, in Viet Nam."""
        return local_day(self.now)


@dataclass(frozen=True, slots=True)
class Examine:
    """Read and judge a draft and its attachments: everything that can be said against them is said now.

    ``exchange_mb`` is the size above which receivers' systems are known to refuse a package, ``most`` how many
    attachments may come along.
    """

    store: Store
    keys: Keyring
    reader: DraftReader
    stamps: StampReader
    clock: Clock
    rules_on: RulesOn = rules_in_force
    days_back: int = 0
    exchange_mb: int = 50
    most: int = 50

    def frame(self, metadata: Metadata, caller: Caller) -> Frame:
        """What the metadata say. MALFORMED ``invalid-metadata``, FORBIDDEN ``agency-not-yours``, UNSUITABLE by rule."""
        meta = meta_rules.check(metadata)
        caller.check_agency(meta.agency)
        now = self.clock.now()
        today = local_day(now)
        rules = self.rules_on(today)
        with self.store.reading() as tx:
            office = tx.office()
            related = related_to(tx, office, meta, caller)
        place = standing(office, meta.agency, today)
        check_relations(rules, office, meta, related)
        # The type itself before its series: an abbreviation that nobody knows has one answer at every agency.
        notation = numbers.notation(rules, place, meta, today)
        return Frame(meta, now, rules, office, place, notation, series_for(office, meta, today))

    def belongings(self, frame: Frame, draft: Content, sent: Sequence[SentFile]) -> tuple[Finding, ...]:
        """Whether these are the files that the metadata speak of, each once; their size all together."""
        if len(sent) > self.most:
            raise SignerError(
                Kind.TOO_LARGE,
                "too-many-attachments",
                f"Có {len(sent)} tệp kèm theo; nhận nhiều nhất {self.most} tệp.",
                f"{len(sent)} attachments came along; at most {self.most} are taken",
                where="attachment",
            )
        _check_names([file.name for file in sent])
        with ruled(where="attachment"):
            return acceptance.judge_package(
                frame.rules,
                main=draft.sha256,
                files=tuple((file.name, file.content.sha256) for file in sent),
                declared=frame.metadata.attachments,
                size=draft.size + sum(file.content.size for file in sent),
                exchange_mb=self.exchange_mb,
            )

    def draft(self, frame: Frame, draft: Content, attachments: int) -> tuple[DraftReading, tuple[Finding, ...]]:
        """The main document. UNSUITABLE and UNSUPPORTED with the rule, or with the fault of the file.

        What can be told of a draft that is refused is told with the refusal: nobody corrects it twice.
        """
        may = tuple(authority.unsignable(frame.rules, frame.office, frame.metadata, frame.day))
        try:
            reading = self.reader.read(draft, self._wanted(frame), attachments)
        except DraftRefused as refusal:
            form = self._form(frame.rules, frame.metadata, frame.day, frame.notation, refusal.facts)
            raise together([refusal], (*form, *may)) from refusal
        with ruled(where="file"):
            form = settle(self._form(frame.rules, frame.metadata, frame.day, frame.notation, reading.facts))
        return reading, (*form, *may)

    def draft_alone(self, metadata: Metadata, draft: Content, attachments: int) -> tuple[Finding, ...]:
        """What can be said of a draft whose metadata are refused: its file, signers and form, not its notation."""
        if not metadata.signers:
            return ()
        day = local_day(self.clock.now())
        rules = self.rules_on(day)
        wanted = Wanted(metadata.signers, metadata.initials, (), "", ANY_NUMBER, SEAL_MM, given=metadata.places)
        try:
            facts = self.reader.read(draft, wanted, attachments).facts
        except DraftRefused as refusal:
            facts = replace(refusal.facts, notation=None)
            raise together([refusal], self._form(rules, metadata, day, "", facts)) from refusal
        return self._form(rules, metadata, day, "", replace(facts, notation=None))

    def attachment_alone(self, file: SentFile) -> tuple[Finding, ...]:
        """What can be said of a file of its own while the number and notation of its document are not known."""
        lines = copies.attachment_lines(ANY_NUMBER, self.clock.now())
        return self.stamps.attachment(file.content, StampWanted(AttachmentStyle.MARK, lines)).findings

    def _form(self, rules: Ruleset, meta: Metadata, day: date, notation: str, facts: DraftFacts) -> tuple[Finding, ...]:
        earliest = day - timedelta(days=self.days_back)
        return acceptance.form(
            rules,
            facts,
            notation=notation,
            year=day.year,
            month=day.month,
            earliest=(earliest.year, earliest.month),
            places_given=bool(meta.places),
        )

    def attachments(self, frame: Frame, sent: Sequence[SentFile], main: Printed) -> tuple[StampReading, ...]:
        """The files of their own, in order; a refusal says which. ``main`` is what the document prints of its day."""
        until, done = time.monotonic() + SECONDS, []
        for index, file in enumerate(sent):
            with about(f"attachment[{index}]", file.name):
                done.append(self.attachment(frame, file, main, until))
        return tuple(done)

    def attachment(self, frame: Frame, file: SentFile, main: Printed | None, until: float) -> StampReading:
        """One of them. UNSUITABLE ``attachments-too-slow`` once ``until`` (monotonic) is past."""
        if time.monotonic() > until:
            raise SignerError(
                Kind.UNSUITABLE,
                "attachments-too-slow",
                f"Đọc các tệp kèm theo mất quá {SECONDS:.0f} giây. Hãy xuất lại các tệp đơn giản hơn.",
                f"reading the attachments takes longer than {SECONDS:.0f} seconds; export simpler files",
                where="file",
            )
        reading = self.stamps.attachment(file.content, self._stamp_wanted(frame))
        if main is not None:
            _check_printed(frame.rules, reading.printed, main)
        return reading

    def style(self, frame: Frame) -> AttachmentStyle:
        """What the agency's signature shows on attachments: the organisation's policy."""
        return frame.place.organisation.attachment_style

    def _wanted(self, frame: Frame) -> Wanted:
        infos, meta, organisation = self.keys.infos(), frame.metadata, frame.place.organisation
        return Wanted(
            signers=meta.signers,
            initials=meta.initials,
            aspects=tuple(_aspect(frame.office, infos, signer.name, meta.agency) for signer in meta.signers),
            notation=frame.notation,
            widest=number_text(frame.series.widest),
            seal_diameter_mm=organisation.seal_diameter_mm,
            clerk=organisation.clerk_signature,
            given=meta.places,
            fallback=meta.fallback_places,
        )

    def _stamp_wanted(self, frame: Frame) -> StampWanted:
        widest = number_text(frame.series.widest)
        return StampWanted(
            style=self.style(frame),
            mark=copies.attachment_lines(symbol(widest, frame.notation), frame.now),
            notation=frame.notation,
            widest=widest,
            seal_diameter_mm=frame.place.organisation.seal_diameter_mm,
        )


def _check_printed(rules: Ruleset, annex: Printed, main: Printed) -> None:
    """UNSUITABLE ``attachment-prints-date``: a month or year that the document leaves open may become another one."""
    for vi, en, here, there in (("tháng", "month", annex.month, main.month), ("năm", "year", annex.year, main.year)):
        if here is not None and here != there:
            raise SignerError(
                Kind.UNSUITABLE,
                "attachment-prints-date",
                f"Dòng “(Kèm theo …)” in sẵn {vi} {here}, còn văn bản chính "
                + (f"in {vi} {there}." if there is not None else f"để trống {vi}; hãy để trống như văn bản chính."),
                f"the line “(Kèm theo …)” prints the {en} {here}, the document "
                + (f"prints {there}" if there is not None else "leaves it blank: leave it blank here too"),
                clause=rules.numbering.dated_on_issue.clause,
            )


def _check_names(names: Sequence[str]) -> None:
    """MALFORMED ``attachment-name-twice``: people tell attachments apart by name, and so do disks that know no case."""
    for index, name in enumerate(names):
        if name.casefold() in (other.casefold() for other in names[:index]):
            raise SignerError(
                Kind.MALFORMED,
                "attachment-name-twice",
                f"Hai tệp kèm theo cùng mang tên “{name}”: hãy đổi tên một tệp.",
                f"two attachments are named “{name}”: rename one",
                where=f"attachment[{index}]",
            )


@contextmanager
def about(where: str, name: str) -> Iterator[None]:
    """What is refused inside is refused of this file, and says so."""
    try:
        yield
    except SignerError as error:
        raise error.reworded(
            f"Tệp kèm theo “{name}”: {error.text.vi}",
            f"The attachment “{name}”: {error.text.en}",
            where=where if error.where in ("", "file") else f"{where}, {error.where}",
        ) from error


def _aspect(office: Office, infos: Sequence[KeyInfo], name: str, issuer: str) -> float:
    persons = {person.id for person in persons_named(office, name)}
    for info in infos:
        if info.owner in persons and issuer in info.issuers and SignatureRole.LEADER in info.roles and info.image:
            return _png_aspect(info.image)
    return NO_IMAGE_ASPECT


def _png_aspect(image: bytes) -> float:
    """Width to height from the IHDR chunk (PNG 11.2.2); the settings have checked that it is a PNG."""
    width, height = int.from_bytes(image[16:20], "big"), int.from_bytes(image[20:24], "big")
    return width / height if width and height else NO_IMAGE_ASPECT
