"""Verifying in tests: the report, whose words are held to Vietnamese."""

from __future__ import annotations

import re

from signer.model import Content
from signer.report import Report
from signer.validation import DocumentVerifier
from tests.fixtures.attacks_words import ENGLISH


def judged(verifier: DocumentVerifier, data: bytes) -> Report:
    """Verified; what is found is told in Vietnamese."""
    report = verifier.verify(Content(data))
    told = " ".join(found.message.vi for found in report.findings)
    assert not ENGLISH.search(re.sub(r"/[A-Za-z]\w*", "", told)), told
    return report


def codes(report: Report) -> list[str]:
    return [found.code for found in report.findings]
