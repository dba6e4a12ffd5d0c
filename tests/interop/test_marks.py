"""Attachments and copies by themselves: what they are, whose and of which document, as an auditor is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.copies import iso
from policies.model import Severity
from signer.model import AttachmentStyle, Content, SignatureRole, StampWanted
from signer.pdf.fields import FieldWriter
from signer.pdf.stamps import StampFileReader
from signer.report import Verdict
from signer.validation import DocumentVerifier
from tests.fixtures import attacks
from tests.fixtures.attacks_pki import NOW, pki
from tests.fixtures.scanned import Placed, paper, scan
from tests.support.judged import codes, judged
from tests.support.packages import SOURCES, SYMBOL, Plan, stamp

TIME = iso(NOW)


@pytest.mark.parametrize(("style", "date"), [(AttachmentStyle.MARK, None), (AttachmentStyle.FILLED, "2026-11-21")])
def test_an_attachment_says_of_which_document_it_is(
    style: AttachmentStyle, date: str | None, verifier: DocumentVerifier
) -> None:
    report = judged(verifier, stamp(SOURCES[0], Plan(style)))
    assert report.verdict is Verdict.PASSED, report.as_dict()
    [found] = report.findings
    assert (found.code, found.severity) == ("attachment-file", Severity.INFO)
    assert SYMBOL in found.message.vi
    assert SYMBOL in found.message.en
    assert (report.chain.number, report.chain.date, report.chain.agency) == ("05", date, "BỘ TÀI CHÍNH")
    assert [own.role for own in report.signatures] == ["agency"]


@pytest.mark.parametrize("form", ["SAO Y", "SAO LỤC", "TRÍCH SAO"])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_copy_says_of_what_form_it_is_and_by_whom(form: str, turn: int, verifier: DocumentVerifier) -> None:
    report = judged(verifier, copied((form, "Bộ Tài chính", TIME), turn))
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert codes(report) == ["certified-copy"]
    assert f"({form})" in report.findings[0].message.vi
    assert "Bộ Tài chính" in report.findings[0].message.vi
    assert report.chain.number is None


def test_a_long_agency_of_several_lines_is_read_as_one(verifier: DocumentVerifier) -> None:
    name = "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân thuộc Bộ Tài chính"
    report = judged(verifier, copied(("SAO LỤC", name, TIME)))
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert name in report.findings[0].message.vi


def test_a_receiver_may_sign_a_free_place_of_it(verifier: DocumentVerifier, marked: bytes) -> None:
    report = judged(verifier, attacks.signed_field_added(marked, pki().receiver))
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert set(codes(report)) == {"attachment-file", "field-added"}
    assert [own.role for own in report.signatures] == ["agency", "other"]


def copied(lines: tuple[str, ...], turn: int = 0) -> bytes:
    """A scan with the agency's mark."""
    source = scan([[Placed(paper(dpi=100))]], rotate=turn)
    places = StampFileReader().scan(Content(source), StampWanted(AttachmentStyle.MARK, lines)).places
    step = attacks.step(SignatureRole.AGENCY, "Agency", "Bộ Tài chính", ("Agency",), certify=True)
    return attacks.make(
        FieldWriter().prepare(Content(source), places), replace(step, mark=lines), pki().agency
    ).content.read()
