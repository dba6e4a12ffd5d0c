"""Published and home-made attacks on signed PDFs, built as bytes; each has a clean twin that passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from signer.model import Content, Rect
from signer.report import Report, Verdict
from signer.validation import DocumentVerifier, open_verifier
from tests.fixtures import attacks
from tests.fixtures.attacks_pki import FixedClock, pki
from tests.fixtures.attacks_words import english


@pytest.fixture(scope="module")
def clean() -> bytes:
    return attacks.issued().content.read()


def codes(report: Report) -> set[str]:
    return {found.code for found in report.findings}


UPDATES: dict[str, tuple[Callable[[bytes], bytes], set[str]]] = {
    "number rewritten": (attacks.number_rewritten, {"locked-field-changed", "number-refilled"}),
    "font exchanged": (attacks.font_exchanged, {"form-resources-changed"}),
    "font object overwritten": (attacks.font_object_overwritten, {"form-resources-changed"}),
    "NeedAppearances": (attacks.need_appearances, {"form-resources-changed"}),
    "XFA added": (attacks.xfa_added, {"form-resources-changed"}),
    "default appearance": (attacks.default_appearance, {"forbidden-change", "locked-field-changed"}),
    "field hidden": (attacks.field_hidden, {"locked-field-changed", "field-hidden"}),
    "annotation over the number": (attacks.annotation_over_number, {"widget-over-field"}),
    "page content changed": (attacks.page_content_changed, {"forbidden-change"}),
    "page swapped": (attacks.page_swapped, {"forbidden-change"}),
    "text field added": (attacks.text_field_added, {"forbidden-change"}),
    "empty signature field added": (attacks.empty_signature_field_added, {"field-added-untrusted"}),
    "leader removed": (attacks.leader_removed, {"unreached-byte-range"}),
    "DocMDP removed": (attacks.docmdp_removed, {"forbidden-change"}),
    "fields detached": (attacks.fields_detached, {"unreached-byte-range"}),
    "Contents missing": (attacks.contents_missing, {"signature-malformed"}),
    "Contents null": (attacks.contents_null, {"signature-malformed"}),
    "ByteRange missing": (attacks.byte_range_missing, {"signature-malformed"}),
    "ByteRange null": (attacks.byte_range_null, {"signature-malformed"}),
    "ByteRange negative": (attacks.byte_range_negative, {"byte-range-malformed"}),
    "wrapped": (attacks.wrapped, {"byte-range-gap", "unreadable"}),
    "empty revision": (attacks.empty_revision, {"empty-section"}),
    "garbage": (attacks.garbage_appended, {"bytes-unexplained"}),
    "comment": (attacks.comment_appended, {"bytes-unexplained"}),
    "objects without a section": (attacks.objects_without_section, {"bytes-unexplained"}),
    "truncated": (attacks.truncated, {"unreadable"}),
}


def test_the_clean_twin_passes(verifier: DocumentVerifier, clean: bytes) -> None:
    report = verifier.verify(Content(clean))
    assert report.verdict is Verdict.PASSED
    assert not report.findings


@pytest.mark.parametrize("attack", UPDATES)
def test_an_attack_on_an_issued_file_fails(attack: str, verifier: DocumentVerifier, clean: bytes) -> None:
    build, expected = UPDATES[attack]
    report = verifier.verify(Content(build(clean)))
    assert report.verdict is Verdict.FAILED, report.as_dict()
    assert codes(report) & expected, report.as_dict()
    assert not english(report), report.as_dict()


@pytest.mark.parametrize("attack", ["page content changed", "page swapped"])
def test_a_second_reader_sees_the_changed_page_too(attack: str, verifier: DocumentVerifier, clean: bytes) -> None:
    assert "page-differs" in codes(verifier.verify(Content(UPDATES[attack][0](clean))))


@pytest.mark.parametrize("attack", UPDATES)
def test_it_fails_without_any_anchor_too(attack: str, clean: bytes) -> None:
    """Broken integrity does not wait for the question whom we trust."""
    assert open_verifier([], None, FixedClock()).verify(Content(UPDATES[attack][0](clean))).verdict is Verdict.FAILED


def test_a_clean_file_without_anchors_is_undecided(clean: bytes) -> None:
    assert open_verifier([], None, FixedClock()).verify(Content(clean)).verdict is Verdict.INDETERMINATE


def test_one_flipped_bit_in_each_signed_part_fails(verifier: DocumentVerifier, clean: bytes) -> None:
    """In the draft, in the prepared update, in the leader's, in the agency's, in each /Contents."""
    draft, prepared, led = (
        len(attacks.DRAFT.read_bytes()),
        attacks.prepared().content.size,
        attacks.led().content.size,
    )
    values = [clean.index(b">", clean.index(b"/Contents<", start)) - 20 for start in (prepared, led)]
    for position in (draft // 2, (draft + prepared) // 2, prepared + 40, len(clean) - 200, *values):
        assert verifier.verify(Content(attacks.flipped(clean, position))).verdict is Verdict.FAILED, position


def test_no_bit_of_a_signature_container_may_flip(verifier: DocumentVerifier, clean: bytes) -> None:
    """Certificates in the bag are under no digest of the file: changed, they are useless, so never PASSED."""
    start = clean.index(b"/Contents<", attacks.led().content.size) + len(b"/Contents<")
    for position in range(start, clean.index(b">", start), 401):
        changed = b"0" if clean[position : position + 1] != b"0" else b"1"
        data = clean[:position] + changed + clean[position + 1 :]
        assert verifier.verify(Content(data)).verdict is not Verdict.PASSED, position


def test_a_receivers_field_by_a_trusted_signer_is_tolerated_with_a_finding(
    verifier: DocumentVerifier, clean: bytes
) -> None:
    report = verifier.verify(Content(attacks.signed_field_added(clean, pki().receiver)))
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert "field-added" in codes(report)
    assert report.signatures[-1].role == "other"
    assert report.chain.agency == "BỘ TÀI CHÍNH"


def test_the_same_field_by_a_stranger_fails(verifier: DocumentVerifier, clean: bytes) -> None:
    report = verifier.verify(Content(attacks.signed_field_added(clean, pki().foreign)))
    assert report.verdict is Verdict.FAILED
    assert "field-added-untrusted" in codes(report)


def test_a_trusted_field_over_the_number_fails(verifier: DocumentVerifier, clean: bytes) -> None:
    report = verifier.verify(Content(attacks.signed_field_added(clean, pki().receiver, attacks.NUMBER_RECT)))
    assert report.verdict is Verdict.FAILED
    assert "widget-over-field" in codes(report)


def test_a_trusted_field_that_hides_text_fails(verifier: DocumentVerifier, clean: bytes) -> None:
    over_title = Rect(200, 640, 420, 680)
    report = verifier.verify(Content(attacks.signed_field_added(clean, pki().receiver, over_title, b"1 g")))
    assert report.verdict is Verdict.FAILED
    assert "widget-over-text" in codes(report)


@pytest.mark.parametrize("lock", [b"", attacks.include("Agency"), attacks.include("Number", "Day", "Agency")])
def test_a_number_that_the_agency_does_not_lock_fails(lock: bytes, verifier: DocumentVerifier) -> None:
    report = verifier.verify(Content(attacks.agency_by_hand(pki().agency, lock=lock)))
    assert report.verdict is Verdict.FAILED
    assert "number-not-locked" in codes(report)


@pytest.mark.parametrize(
    "lock", [attacks.include(*attacks.ALL), b"/Action/All", b"/Action/Exclude/Fields[(Something)]"]
)
def test_its_twin_with_the_lock_passes(lock: bytes, verifier: DocumentVerifier) -> None:
    report = verifier.verify(Content(attacks.agency_by_hand(pki().agency, lock=lock)))
    assert report.verdict is Verdict.PASSED, report.as_dict()


def test_a_second_agency_signature_without_a_lock_does_not_help(verifier: DocumentVerifier) -> None:
    unlocked = attacks.agency_by_hand(pki().agency)
    report = verifier.verify(Content(attacks.signed_field_added(unlocked, pki().agency, name=b"Agency2")))
    assert report.verdict is Verdict.FAILED


def test_a_drawing_that_differs_from_its_value_fails_even_when_the_agency_signed_it(
    verifier: DocumentVerifier,
) -> None:
    shown = {**attacks.VALUES, "Number": "98"}
    report = verifier.verify(
        Content(attacks.agency_by_hand(pki().agency, lock=attacks.include(*attacks.ALL), shown=shown))
    )
    assert report.verdict is Verdict.FAILED
    assert "drawn-text-differs" in codes(report)


def test_a_persons_certificate_in_the_agencys_place_is_not_the_agency(verifier: DocumentVerifier) -> None:
    report = verifier.verify(Content(attacks.agency_by_hand(pki().second, lock=attacks.include(*attacks.ALL))))
    assert report.verdict is Verdict.INDETERMINATE
    assert "agency-certificate" in codes(report)


@pytest.mark.parametrize("who", ["foreign", "second"])
def test_a_leaders_signature_replaced_fails(who: str, verifier: DocumentVerifier, clean: bytes) -> None:
    report = verifier.verify(Content(attacks.leader_replaced(clean, getattr(pki(), who))))
    assert report.verdict is Verdict.FAILED
    assert "unreached-byte-range" in codes(report)


def test_an_object_that_no_section_lists_fails_although_a_trusted_signer_signed_over_it(
    verifier: DocumentVerifier, clean: bytes
) -> None:
    report = verifier.verify(Content(attacks.hidden_behind_receiver(clean, pki().receiver)))
    assert report.verdict is Verdict.FAILED
    assert "bytes-unexplained" in codes(report)


def test_validation_data_behind_the_last_signature_is_permitted(verifier: DocumentVerifier, clean: bytes) -> None:
    report = verifier.verify(Content(attacks.validation_data_added(clean, [pki().sub.der])))
    assert report.verdict is Verdict.PASSED, report.as_dict()


def test_nothing_may_follow_a_certification_that_allows_nothing(verifier: DocumentVerifier) -> None:
    certification = (
        b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/V/1.2/P %d>>>>]"
    )
    for level, verdict in ((1, Verdict.FAILED), (2, Verdict.PASSED)):
        data = attacks.sign_field(attacks.prepared().content.read(), pki().leader, references=certification % level)
        assert verifier.verify(Content(data)).verdict is Verdict.PASSED
        assert verifier.verify(Content(attacks.signed_field_added(data, pki().receiver))).verdict is verdict


def test_a_number_filled_without_a_signature_fails(verifier: DocumentVerifier) -> None:
    report = verifier.verify(Content(attacks.number_rewritten(attacks.led().content.read())))
    assert report.verdict is Verdict.FAILED
    assert codes(report) >= {"unsigned-revision", "number-not-signed"}


def test_a_receiver_cannot_fill_the_number(verifier: DocumentVerifier) -> None:
    """After the leader number and date are open; who fills them without the agency's lock gains nothing."""
    report = verifier.verify(
        Content(attacks.signed_field_added(attacks.number_rewritten(attacks.led().content.read()), pki().receiver))
    )
    assert report.verdict is Verdict.FAILED
    assert "number-not-locked" in codes(report)


def test_a_file_cut_back_to_the_leaders_revision_is_what_it_was(verifier: DocumentVerifier, clean: bytes) -> None:
    report = verifier.verify(Content(clean[: attacks.led().content.size]))
    assert report.verdict is Verdict.PASSED
    assert "not-issued" in codes(report)
    assert report.chain.number is None


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 a docx", b"%PDF-1.7\nnothing more"])
def test_what_is_no_pdf_fails_and_never_raises(data: bytes, verifier: DocumentVerifier) -> None:
    assert verifier.verify(Content(data)).verdict is Verdict.FAILED


def test_a_draft_has_no_signature(verifier: DocumentVerifier) -> None:
    for data in (attacks.DRAFT.read_bytes(), attacks.prepared().content.read()):
        assert verifier.verify(Content(data)).verdict is Verdict.NO_SIGNATURE


ELSEWHERE = sorted((Path(__file__).parents[3] / "shared" / "samples" / "issued-elsewhere").glob("*.pdf"))
"""Other people's documents, which may not be copied; read from where they lie beside the checkout."""


if ELSEWHERE:  # an empty parameter set would count as a skipped test

    @pytest.mark.parametrize("path", ELSEWHERE, ids=[path.stem for path in ELSEWHERE])
    def test_genuine_documents_issued_with_other_tools_are_undecided_not_failed(path: Path) -> None:
        report = open_verifier([], None, FixedClock()).verify(Content(path.read_bytes()))
        assert report.verdict is Verdict.INDETERMINATE, report.as_dict()
        assert all(own.indication is Verdict.INDETERMINATE for own in report.signatures)
