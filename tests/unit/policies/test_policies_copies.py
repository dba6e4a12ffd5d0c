"""Copies: of what they are made, what a scan must be, and what the agency's signature says on them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from policies.copies import (
    SOURCES,
    PageFacts,
    ScanFacts,
    attachment_lines,
    check_source,
    copy_lines,
    iso,
    judge_scan,
)
from policies.load import ruleset_on
from policies.model import Finding, Refused, Severity

RULES = ruleset_on(date(2026, 11, 21))
CLAUSE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Phần II, Mục I"
PAGE = PageFacts(dpi=300.0, colour=True, covered=1.0)
SCAN = ScanFacts(version=(1, 4), pages=(PAGE, PAGE), page_mm=(210.0, 297.0))


def refusals(facts: ScanFacts) -> list[Finding]:
    with pytest.raises(Refused) as refused:
        judge_scan(RULES, facts)
    return [found for found in refused.value.findings if found.severity is Severity.ERROR]


def second(**changes: object) -> ScanFacts:
    return replace(SCAN, pages=(PAGE, replace(PAGE, **changes)))


# --- of what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "source"), [("SY", "original"), ("TrS", "original"), ("SL", "true-copy")])
def test_each_form_of_copy_has_its_source(form: str, source: str) -> None:
    check_source(RULES, form, source)


@pytest.mark.parametrize(
    ("form", "source"),
    [
        *((form, source) for form in ("SY", "TrS") for source in SOURCES if source != "original"),
        *(("SL", source) for source in SOURCES if source != "true-copy"),
    ],
)
def test_a_copy_of_a_copy_is_refused_in_words(form: str, source: str) -> None:
    with pytest.raises(Refused) as refused:
        check_source(RULES, form, source)
    (found,) = refused.value.findings
    assert (found.code, found.clause) == ("copy-of-copy", "NĐ 30/2020/NĐ-CP, Điều 3, Điều 25")
    name = RULES.copies.forms.value[form]
    wanted = "bản sao y" if form == "SL" else "bản gốc hoặc bản chính"
    assert found.message.vi.endswith(f"{name} chỉ được thực hiện từ {wanted}.")
    assert name in found.message.en


def test_a_source_that_nobody_knows_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="no such source"):
        check_source(RULES, "SY", "rumour")


# --- what a scan must be --------------------------------------------------------------------------------------


def test_a_good_scan_passes_in_silence() -> None:
    assert judge_scan(RULES, SCAN) == ()
    assert judge_scan(RULES, replace(SCAN, version=(2, 0))) == ()
    assert judge_scan(RULES, second(dpi=200.0, covered=0.7)) == ()


def test_rounded_points_do_not_cost_a_scan_of_200_dpi_its_acceptance() -> None:
    assert judge_scan(RULES, second(dpi=198.0)) == ()
    assert [found.code for found in refusals(second(dpi=197.9))] == ["scan-too-coarse"]


@pytest.mark.parametrize(
    ("changes", "code", "vi", "en"),
    [
        (
            {"dpi": 150.4},
            "scan-too-coarse",
            "Trang 2 có độ phân giải 150 dpi; tối thiểu 200 dpi.",
            "Page 2 has 150 dpi",
        ),
        ({"colour": False}, "scan-not-colour", "Trang 2", "Page 2"),
        ({"covered": 0.69}, "scan-no-image", "ảnh chỉ chiếm 69% trang", "cover 69% of it"),
        ({"covered": 0.0, "dpi": 0.0, "colour": False}, "scan-no-image", "Trang 2", "Page 2"),
    ],
)
def test_a_faulty_page_is_named_with_its_measure(changes: dict[str, object], code: str, vi: str, en: str) -> None:
    (found,) = refusals(second(**changes))
    assert (found.code, found.clause) == (code, CLAUSE)
    assert vi in found.message.vi
    assert en in found.message.en


@pytest.mark.parametrize("version", [(1, 0), (1, 3)])
def test_an_old_pdf_is_refused(version: tuple[int, int]) -> None:
    (found,) = refusals(replace(SCAN, version=version))
    assert (found.code, found.clause) == ("scan-version", CLAUSE)
    assert f"phiên bản 1.{version[1]};" in found.message.vi
    assert "1.4 at least" in found.message.en


def test_every_fault_of_every_page_is_told_at_once() -> None:
    grey, coarse = replace(PAGE, colour=False, dpi=100.0), replace(PAGE, dpi=72.0)
    found = refusals(replace(SCAN, version=(1, 3), pages=(grey, PAGE, coarse)))
    assert [each.code for each in found] == ["scan-version", "scan-not-colour", "scan-too-coarse", "scan-too-coarse"]
    assert "Trang 3" in found[-1].message.vi


@pytest.mark.parametrize("size", [(210.0, 297.0), (297.0, 210.0), (211.5, 295.5)])
def test_a_page_of_a4_is_of_full_scale(size: tuple[float, float]) -> None:
    assert judge_scan(RULES, replace(SCAN, page_mm=size)) == ()


def test_another_size_is_remarked_on_as_paper_is_not_always_a4() -> None:
    (found,) = judge_scan(RULES, replace(SCAN, page_mm=(148.0, 210.0)))
    assert (found.code, found.severity, found.clause) == ("scan-scale", Severity.WARNING, CLAUSE)
    assert "148 × 210 mm" in found.message.vi


# --- what the signature says ----------------------------------------------------------------------------------

MOMENT = datetime(2026, 3, 12, 17, 30, 5, 987654, tzinfo=UTC)


def test_the_time_of_signing_is_iso_8601_to_the_second_in_viet_nams_zone() -> None:
    assert iso(MOMENT) == "2026-03-13T00:30:05+07:00"


@pytest.mark.parametrize(("form", "text"), [("SY", "SAO Y"), ("SL", "SAO LỤC"), ("TrS", "TRÍCH SAO")])
def test_a_copy_says_its_form_the_agency_and_the_time(form: str, text: str) -> None:
    assert copy_lines(RULES, form, "Bộ Tài chính", MOMENT) == (text, "Bộ Tài chính", "2026-03-13T00:30:05+07:00")


def test_an_attachment_says_number_and_notation_and_the_time() -> None:
    assert attachment_lines("05/QĐ-BTC", MOMENT) == ("05/QĐ-BTC", "2026-03-13T00:30:05+07:00")
