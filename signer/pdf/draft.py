"""Reads a draft once and understands it: the places to be filled, what is printed already, facts for the rules.

The chain: ``intake`` (may this file be prepared at all) → ``text`` (glyphs to lines) → ``secrecy`` (the mark that
must not come here) → ``heading`` (number and date on page 1) and ``blocks`` (signature blocks from the last page
backwards) → boxes by ``policies.layout`` → ``facts``. Places that the caller gives (``given``) override what is found,
each for itself. Nothing is guessed: what is not found is a refusal that names it, unless the schematic geometry of
NĐ 30/2020/NĐ-CP, Phụ lục I, Mục IV was asked for. Neither says who signs: the signer's name stands in every draft that
can be read.

All coordinates are PDF user space before /Rotate, as in /Rect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from policies.layout import initial_box, leader_box, seal_box
from policies.load import ruleset_on
from policies.model import Refused, Ruleset
from signer.errors import DraftRefused, SignerError, together
from signer.model import VIETNAM, Content, DraftReading, InitialFor, Place, Places, Printed, Rect, TextPlace, Wanted
from signer.pdf.reading.blocks import Block, archive_line, block_on, check_named, end_of_text, find_blocks
from signer.pdf.reading.facts import gather
from signer.pdf.reading.given import (
    check_given,
    initial_in,
    initial_key,
    inside,
    leader_in,
    leader_key,
    schematic,
    seal_in,
    spoken,
    text_in,
)
from signer.pdf.reading.heading import DateLine, NumberLine, find_date, find_number, place_date_part, place_number
from signer.pdf.reading.intake import DraftLimits, Intake, examine
from signer.pdf.reading.opening import open_examined
from signer.pdf.reading.refusal import (
    DATE_CLAUSE,
    INITIAL_CLAUSE,
    SEAL_CLAUSE,
    SIGNER_CLAUSE,
    because_of_fonts,
    not_found,
    page_name,
    place_name,
    text_turned,
    unsuitable,
)
from signer.pdf.reading.secrecy import refuse_secret
from signer.pdf.reading.text import DraftText

T = TypeVar("T")

_WIDEST = {"day": "00", "month": "00", "year": "0000"}
_DEFAULT_ASPECT = 2.0


class Reader:
    """The ``DraftReader`` of ``signer.ports``. ``rules`` None: those in force on the day of reading."""

    def __init__(self, rules: Ruleset | None = None, limits: DraftLimits | None = None) -> None:
        self._rules = rules
        self._limits = limits or DraftLimits()

    def read(self, draft: Content, wanted: Wanted, attachments: int = 0) -> DraftReading:
        """Find every place, or raise with what is wrong, where, and the clause.

        Holds PDFium for the whole process; about 20 ms for a draft of four pages, bounded by the limits.
        """
        rules = self._rules or ruleset_on(datetime.now(VIETNAM).date())
        intake = examine(draft, self._limits)
        check_given(wanted.given, wanted.signers, wanted.initials, intake.papers)
        with open_examined(draft, intake, self._limits.seconds, pictures=False) as text:
            return _Job(rules, intake, text, wanted).reading(attachments)


class _Dates(NamedTuple):
    """Day, month and year (None where printed), and the line they were found in (None where given or schematic)."""

    day: TextPlace
    month: TextPlace | None
    year: TextPlace | None
    line: DateLine | None


@dataclass(frozen=True)
class _Job:
    """One draft being read."""

    rules: Ruleset
    intake: Intake
    text: DraftText
    wanted: Wanted

    @property
    def given(self) -> Mapping[str, Place]:
        return self.wanted.given

    def reading(self, attachments: int) -> DraftReading:
        """The whole chain."""
        mark = refuse_secret(self.rules, self.text, self.intake.papers)
        scanned = self._scanned()
        refusals: list[SignerError] = []
        number, line = _attempt(refusals, self._number) or (None, None)
        dates = _attempt(refusals, lambda: self._dates(line))
        blocks = _attempt(refusals, lambda: self._blocks(scanned))
        facts = gather(
            self.intake,
            self.text,
            number=line,
            date=dates.line if dates else None,
            capacity_found=() if blocks is None else self._capacity_found(blocks),
            attachments=attachments,
            scanned=scanned,
            signers=self.wanted.signers,
            mark=mark,
        )
        if number is None or dates is None or blocks is None:
            said = together([because_of_fonts(each, self.intake.legacy_fonts) for each in refusals])
            raise DraftRefused(said, facts if number else replace(facts, notation=None))
        try:
            places = self._places(number, dates, blocks)
        except SignerError as refusal:
            raise DraftRefused(refusal, facts) from refusal
        return DraftReading(facts, places, Printed(facts.notation or "", facts.printed_month, facts.printed_year))

    def _places(self, number: TextPlace, dates: _Dates, blocks: Mapping[int, Block]) -> Places:
        leaders = tuple(self._leader(index, blocks.get(index)) for index in range(len(self.wanted.signers)))
        agency, initials = self._agency(leaders[0]), self._initials(blocks, leaders)
        places = Places(number, dates.day, dates.month, dates.year, leaders, initials, agency, self.wanted.clerk)
        _check_free(places)
        return places

    def _capacity_found(self, blocks: Mapping[int, Block]) -> tuple[tuple[bool, ...], ...]:
        return tuple(
            blocks[i].found if i in blocks else (False,) * len(signer.capacity)
            for i, signer in enumerate(self.wanted.signers)
        )

    # --- what can be read at all ---

    def _scanned(self) -> bool:
        """Neither first nor last page has text: ``draft-scanned`` unless all is given; ``draft-text-turned``."""
        ends = (self.text.page(1), self.text.page(self.text.count))
        if ends[0].turned:
            raise text_turned()
        if any(page.has_text or page.turned for page in ends):
            return False
        schematic_has = ("number", *_WIDEST, leader_key(0))
        needed = (
            *schematic_has,
            *(leader_key(i) for i in range(1, len(self.wanted.signers))),
            *(initial_key(i) for i in range(len(self.wanted.initials))),
        )
        missing = [
            key for key in needed if key not in self.given and not (self.wanted.fallback and key in schematic_has)
        ]
        if missing:
            raise unsuitable(
                "draft-scanned",
                "Dự thảo là bản quét, không có chữ để tìm vị trí. Hãy gửi PDF xuất từ phần mềm soạn thảo, hoặc "
                f"chỉ rõ vị trí: {', '.join(map(spoken, missing))}.",
                "The draft is a scan without text in which places could be found. Send a PDF exported from the "
                f"word processor, or give places: {', '.join(missing)}.",
                where="metadata.places",
            )
        return True

    # --- number and date ---

    def _number(self) -> tuple[TextPlace, NumberLine | None]:
        """The number's place, and the line it was found in (None where given or schematic)."""
        if "number" in self.given:
            return text_in(self.rules, "number", self.given["number"], self.wanted.widest), None
        line = None
        try:
            line = find_number(self.text.page(1), self._middle)
            return place_number(self.rules, line, self.wanted.widest), line
        except SignerError as refusal:
            return self._schematic_text("number", refusal), line

    @property
    def _middle(self) -> float:
        paper = self.intake.papers[0]
        return (paper.y0 + paper.y1) / 2

    def _dates(self, number: NumberLine | None) -> _Dates:
        """Day, month and year, beside the number if that was found."""
        try:
            line = find_date(self.text.page(1), self._middle, number.slash.y if number else None)
        except SignerError as refusal:
            return self._without_date(refusal)
        parts: dict[str, TextPlace | None] = {}
        for name, blank in (("day", line.day), ("month", line.month), ("year", line.year)):
            if name in self.given:
                parts[name] = text_in(self.rules, name, self.given[name], _WIDEST[name])
            elif blank.printed:
                parts[name] = None
            else:
                edge = self.intake.papers[0].x1 - 14
                parts[name] = place_date_part(self.rules, line, name, blank, _WIDEST[name], edge)
        day = parts["day"]
        assert day is not None  # noqa: S101 - find_date refuses a printed day
        return _Dates(day, parts["month"], parts["year"], line)

    def _without_date(self, refusal: SignerError) -> _Dates:
        """No date line: given places count, then the schematic ones. Nothing is taken for printed that nobody saw.

        A page issued without its month or year would be the consequence.
        """
        missing = [name for name in _WIDEST if name not in self.given]
        if missing and len(missing) < len(_WIDEST) and not self.wanted.fallback and not_found(refusal):
            raise unsuitable(
                refusal.code,
                "Không tìm thấy dòng thời gian ban hành ở nửa trên trang 1; còn thiếu vị trí: "
                f"{', '.join(map(spoken, missing))}. Hãy chỉ rõ đủ ngày, tháng và năm.",
                "The date line was not found in the upper half of page 1, and these places are not given: "
                f"{', '.join(missing)}. Give day, month and year.",
                clause=DATE_CLAUSE,
                where="metadata.places",
            )
        parts = {
            name: text_in(self.rules, name, self.given[name], _WIDEST[name])
            if name in self.given
            else self._schematic_text(name, refusal)
            for name in _WIDEST
        }
        return _Dates(parts["day"], parts["month"], parts["year"], None)

    def _schematic_text(self, key: str, refusal: SignerError) -> TextPlace:
        if not self.wanted.fallback or not not_found(refusal):
            raise refusal
        widest = self.wanted.widest if key == "number" else _WIDEST[key]
        return text_in(self.rules, key, schematic(self.rules, key, 1, self.intake.papers[0]), widest)

    # --- signers, seal, initials ---

    def _blocks(self, scanned: bool) -> dict[int, Block]:
        """Blocks by signer. For one with a given place that page is looked at, and others if it lacks the name."""
        if scanned:
            return {}
        signers, papers = self.wanted.signers, self.intake.papers
        blocks: dict[int, Block] = {}
        missing = [i for i in range(len(signers)) if leader_key(i) not in self.given]
        for index in set(range(len(signers))) - set(missing):
            number = self.given[leader_key(index)].page
            block = block_on(self.text.page(number), signers[index], papers[number - 1])
            if block is not None:
                blocks[index] = block
            else:
                check_named(self.text, signers[index])
        found = find_blocks(self.text, [signers[i] for i in missing], papers) if missing else ()
        return blocks | dict(zip(missing, found, strict=True))

    def _leader(self, index: int, block: Block | None) -> Place:
        key, signer = leader_key(index), self.wanted.signers[index]
        aspect = self.wanted.aspects[index] if index < len(self.wanted.aspects) else _DEFAULT_ASPECT
        if key in self.given:
            return leader_in(self.rules, key, self.given[key], aspect)
        if block is None:
            place = schematic(self.rules, "leader", len(self.intake.papers), self.intake.papers[-1])
            return leader_in(self.rules, key, place, aspect)
        try:
            rect = Rect(*leader_box(self.rules, block.gap, aspect))
        except Refused as refusal:
            first = refusal.findings[0]
            raise unsuitable(
                first.code,
                f"{signer.name}: {first.message.vi}",
                f"{signer.name}: {first.message.en}",
                clause=first.clause,
                where=page_name(block.page.number),
            ) from refusal
        if not inside(rect, self.intake.papers[block.page.number - 1]):
            raise unsuitable(
                "no-room-for-signature",
                f"Hình ảnh chữ ký của {signer.name} ra ngoài trang giấy.",
                f"The signature's image of {signer.name} would leave the paper.",
                clause=SIGNER_CLAUSE,
                where=page_name(block.page.number),
            )
        return Place(block.page.number, rect)

    def _agency(self, leader: Place) -> Place:
        if "agency" in self.given:
            return seal_in(self.given["agency"], self.wanted.seal_diameter_mm)
        try:
            box = seal_box(self.rules, leader.rect, self.wanted.seal_diameter_mm, self.intake.papers[leader.page - 1])
        except Refused as refusal:
            raise SignerError.from_refusal(refusal, where=page_name(leader.page)) from refusal
        return Place(leader.page, Rect(*box))

    def _initials(self, blocks: Mapping[int, Block], leaders: tuple[Place, ...]) -> tuple[Place, ...]:
        done: list[Place] = []
        for index, initial in enumerate(self.wanted.initials):
            key = initial_key(index)
            if key in self.given:
                done.append(initial_in(self.rules, key, self.given[key]))
                continue
            content = initial.purpose is InitialFor.CONTENT
            find = end_of_text if content else archive_line
            anchor = find(self.text, tuple(blocks.values())) if blocks else None
            if anchor is None:
                vi, en = (
                    ("cuối nội dung", "the end of the text") if content else ("dòng “Lưu: VT”", "the line “Lưu: VT”")
                )
                raise unsuitable(
                    "initial-place-not-found",
                    f"Không tìm thấy {vi} để đặt chữ ký nháy của {initial.name}. Hãy chỉ rõ vị trí {spoken(key)}.",
                    f"{en[0].upper()}{en[1:]}, where the initial of {initial.name} goes, was not found. Give "
                    f"places.{key}.",
                    clause=INITIAL_CLAUSE,
                    where=place_name(key),
                )
            page, rect = anchor
            taken = [place.rect for place in (*done, *leaders) if place.page == page.number]
            try:
                box = initial_box(self.rules, rect, self.intake.papers[page.number - 1], taken)
            except Refused as refusal:
                raise SignerError.from_refusal(refusal, where=place_name(key)) from refusal
            done.append(Place(page.number, Rect(*box)))
        return tuple(done)


def _attempt(refusals: list[SignerError], step: Callable[[], T]) -> T | None:
    """Try one of several steps that do not need each other; what they refuse is told together."""
    try:
        return step()
    except SignerError as refusal:
        refusals.append(refusal)
        return None


def _check_free(places: Places) -> None:
    """Images may not cover what will be written: number and date stay legible."""
    for name, text in places.texts().items():
        for field, image in places.signatures().items():
            if image is not None and image.page == text.place.page and image.rect.overlaps(text.place.rect):
                raise unsuitable(
                    "image-covers-number",
                    f"Hình ảnh của trường {field} che trường {name} ở trang {image.page}.",
                    f"The image of {field} would cover {name} on page {image.page}.",
                    clause=SEAL_CLAUSE,
                    where=page_name(image.page),
                )
