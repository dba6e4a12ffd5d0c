"""Fonts that lie from the start: nobody changes anything after a signature, and yet people read another number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from signer.model import Content
from signer.report import Verdict
from signer.validation import DocumentVerifier
from tests.fixtures import attacks_fonts
from tests.fixtures.attacks_words import english

LIES: dict[str, tuple[Callable[[], bytes], Verdict, str | None]] = {
    "font saved again": (lambda: attacks_fonts.font_changed(lambda font: None), Verdict.PASSED, None),
    "its own name": (lambda: attacks_fonts.font_changed(lambda font: None, b"ABCDEF+Tinos"), Verdict.PASSED, None),
    "digits exchanged": (
        lambda: attacks_fonts.font_changed(attacks_fonts.digits_exchanged),
        Verdict.FAILED,
        "drawn-otherwise",
    ),
    "digits exchanged under another name": (
        lambda: attacks_fonts.font_changed(attacks_fonts.digits_exchanged, b"ABCDEF+Arial"),
        Verdict.FAILED,
        "drawn-otherwise",
    ),
    "digit bent": (lambda: attacks_fonts.font_changed(attacks_fonts.digit_bent), Verdict.FAILED, "drawn-otherwise"),
    "digit bent under another name": (
        lambda: attacks_fonts.font_changed(attacks_fonts.digit_bent, b"ABCDEF+Arial"),
        Verdict.INDETERMINATE,
        "drawn-unproven",
    ),
    "instructions": (
        lambda: attacks_fonts.font_changed(attacks_fonts.digit_instructed),
        Verdict.FAILED,
        "drawn-otherwise",
    ),
    "widths": (attacks_fonts.widths_changed, Verdict.FAILED, "drawn-otherwise"),
    "redrawn by viewers": (attacks_fonts.redrawn_by_viewers, Verdict.INDETERMINATE, "drawn-unproven"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_font_that_lies_from_the_start_and_is_signed_by_everybody(lie: str, verifier: DocumentVerifier) -> None:
    """No revision changes anything, so only the shapes themselves show it; an honest font passes."""
    build, verdict, code = LIES[lie]
    report = verifier.verify(Content(build()))
    assert report.verdict is verdict, report.as_dict()
    assert {found.code for found in report.findings} == ({code} if code else set()), report.as_dict()
    assert not english(report), report.as_dict()
