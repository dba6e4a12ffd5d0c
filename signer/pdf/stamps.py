"""Reads files that the agency alone signs: attachments in files of their own, and scans to be certified as copies.

The chain is the draft's (``intake`` → ``text`` → ``secrecy``); then either the corner of the mark (``corner``: NĐ
30/2020/NĐ-CP, Phụ lục I, II.8.b and Mục IV, ô 14), or, as ministries do it, the line "(Kèm theo …)" and the seal
(``attached``). A scan is measured besides (``measure``). All coordinates are PDF user space before /Rotate.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from policies.acceptance import doubtful_secrecy
from policies.load import ruleset_on
from policies.model import Finding, Ruleset
from signer.errors import SignerError
from signer.model import (
    MM,
    VIETNAM,
    AttachmentStyle,
    Content,
    Printed,
    ScannedPage,
    ScanReading,
    StampPlaces,
    StampReading,
    StampWanted,
)
from signer.pdf.reading import measure
from signer.pdf.reading.attached import find_attached, place_seal
from signer.pdf.reading.corner import place_mark
from signer.pdf.reading.intake import DraftLimits, Intake, examine, reading_pdf
from signer.pdf.reading.opening import open_examined
from signer.pdf.reading.refusal import because_of_fonts, text_turned
from signer.pdf.reading.secrecy import refuse_secret
from signer.pdf.reading.text import DraftText


class StampFileReader:
    """The ``StampReader`` of ``signer.ports``. ``rules`` None: those in force on the day of reading."""

    def __init__(self, rules: Ruleset | None = None, limits: DraftLimits | None = None) -> None:
        self._rules = rules
        self._limits = limits or DraftLimits()

    def attachment(self, file: Content, wanted: StampWanted) -> StampReading:
        """Find where the mark goes, or blanks and seal; see the port for the contract.

        Holds PDFium for the whole process; about 20 ms for a page of text, bounded by the limits.
        """
        with self._opened(file) as opened:
            if wanted.style is AttachmentStyle.FILLED:
                return opened.filled(wanted)
            return StampReading(opened.marked(wanted), Printed(""), opened.findings)

    def scan(self, file: Content, wanted: StampWanted) -> ScanReading:
        """Measure every page and find where the mark goes; see the port for the contract."""
        with self._opened(file) as opened:
            places = opened.marked(wanted)
            with reading_pdf(file) as pdf:
                version = measure.version(file.slice(0, 16), pdf)
                colours = [measure.colours(page) for page in pdf.pages]
            width, height = opened.intake.pages[0].seen
            return ScanReading(
                version=version,
                pages=opened.measured(colours),
                page_mm=(round(width / MM, 1), round(height / MM, 1)),
                places=places,
                findings=opened.findings,
            )

    @contextlib.contextmanager
    def _opened(self, file: Content) -> Iterator[_File]:
        rules = self._rules or ruleset_on(datetime.now(VIETNAM).date())
        intake = examine(file, self._limits)
        with open_examined(file, intake, self._limits.seconds) as text:
            mark = refuse_secret(rules, text, intake.papers)
            yield _File(rules, intake, text, (doubtful_secrecy(rules, mark.printed),) if mark else ())


@dataclass(frozen=True)
class _File:
    """One file being read."""

    rules: Ruleset
    intake: Intake
    text: DraftText
    findings: tuple[Finding, ...]

    def marked(self, wanted: StampWanted) -> StampPlaces:
        """The mark's place on page 1."""
        place = place_mark(self.rules, self.text.page(1), self.intake.pages[0], wanted.mark)
        return StampPlaces(place, marked=True, mark_size=self.rules.layout.mark_size.value)

    def filled(self, wanted: StampWanted) -> StampReading:
        """Blanks and seal on page 1."""
        page, paper = self.text.page(1), self.intake.pages[0]
        if page.turned or paper.turn:
            raise text_turned()
        try:
            attached = find_attached(self.rules, page, paper, wanted)
        except SignerError as refusal:
            raise because_of_fonts(refusal, self.intake.legacy_fonts) from None
        seal = place_seal(page, paper.paper, attached.blanks, wanted.seal_diameter_mm)
        return StampReading(StampPlaces(seal, marked=False, blanks=attached.blanks), attached.printed, self.findings)

    def measured(self, colours: list[dict[measure.Pixels, bool]]) -> tuple[ScannedPage, ...]:
        """Each page; one that is passed over as too heavy has no image that counts."""
        pages = []
        for number, (page, known) in enumerate(zip(self.intake.pages, colours, strict=True), start=1):
            drawing = self.text.page(number).drawing
            pages.append(
                measure.measure(drawing, page.paper, known) if drawing is not None else ScannedPage(0.0, False, 0.0)
            )
        return tuple(pages)
