"""Opening a file for reading that the intake has passed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from signer.model import Content
from signer.pdf.reading.intake import Intake, too_complex
from signer.pdf.reading.refusal import page_name, unsuitable
from signer.pdf.reading.text import DraftText, open_text


@contextlib.contextmanager
def open_examined(file: Content, intake: Intake, seconds: float, *, pictures: bool = True) -> Iterator[DraftText]:
    """The pages' text, alone in the process for ``seconds`` at most; heavy pages are passed over, but not the first.

    Without ``pictures`` scanned pages are passed over too: PDFium copies every image of a page that it opens, and
    keeps it, so that a scan of 300 MB would be in memory as a whole.

    UNSUITABLE ``draft-too-complex``, ``draft-damaged``, and what ``open_text`` refuses.
    """
    heavy = {number for number, page in enumerate(intake.pages, start=1) if page.heavy}
    if 1 in heavy:
        raise too_complex("trang 1 có quá nhiều lệnh vẽ", "page 1 has too many drawing instructions", page_name(1))
    if not pictures:
        heavy |= {number for number, page in enumerate(intake.pages, start=1) if page.wordless}
    with open_text(file, seconds, heavy) as text:
        if text.count != len(intake.pages):
            raise unsuitable(
                "draft-damaged",
                "Các phần mềm đếm số trang của tệp khác nhau. Hãy xuất lại PDF.",
                "Programs disagree about the number of pages. Please export the PDF again.",
            )
        yield text
