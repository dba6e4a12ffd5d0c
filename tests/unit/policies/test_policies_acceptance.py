"""Acceptance: what keeps a draft from being prepared, and what is said of its form."""

from dataclasses import replace
from datetime import date

import pytest

from policies.acceptance import DraftFacts, form, judge_package
from policies.load import ruleset_on
from policies.model import Finding, Refused, Severity
from policies.speech import settle

RULES = ruleset_on(date(2026, 11, 21))
GOOD = DraftFacts(
    pages=4,
    page_size_mm=(210.0, 297.0),
    margins_mm=(20.0, 20.0, 20.0, 30.0),
    number_size=13.0,
    date_size=13.5,
    body_size=14.0,
    notation="QĐ-BTC",
    printed_month=None,
    printed_year=2026,
    capacity_found=((True, True),),
    motto_found=True,
    attachments_named=(),
    attachments_sent=0,
    secret_mark="",
    scanned=False,
    legacy_fonts=(),
)


def findings(facts: DraftFacts, places_given: bool = False) -> list[Finding]:
    return list(settle(form(RULES, facts, notation="QĐ-BTC", year=2026, month=11, places_given=places_given)))


def test_a_draft_in_good_form_passes_in_silence() -> None:
    assert findings(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "code", "clause", "part"),
    [
        ({"secret_mark": "TỐI MẬT"}, "secret-mark", "QĐ 28/2018/QĐ-TTg, Điều 1 khoản 2", "“TỐI MẬT”"),
        ({"notation": "QĐ-BNV"}, "notation-differs", "Mục II.3", "“QĐ-BNV”"),
        ({"scanned": True}, "scanned", "", "places"),
        ({"legacy_fonts": (".VnTime", ".VnTimeH")}, "legacy-fonts", "Mục I.4", ".VnTime, .VnTimeH"),
    ],
)
def test_what_refuses_a_draft(changes: dict[str, object], code: str, clause: str, part: str) -> None:
    with pytest.raises(Refused) as refused:
        findings(replace(GOOD, **changes))
    errors = [item for item in refused.value.findings if item.severity is Severity.ERROR]
    assert [item.code for item in errors] == [code]
    assert clause in errors[0].clause
    assert part in errors[0].message.vi


def test_every_reason_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        findings(replace(GOOD, secret_mark="MẬT", notation="X"))
    assert [item.code for item in refused.value.findings] == ["secret-mark", "notation-differs"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"page_size_mm": (215.9, 279.4)}, ["page-size"]),
        ({"page_size_mm": (297.0, 210.0)}, ["page-size"]),
        ({"page_size_mm": (209.9, 297.1)}, []),
        (
            {"page_size_mm": None, "margins_mm": None, "number_size": None, "date_size": None, "body_size": None},
            [],
        ),
        ({"margins_mm": (10.0, 10.0, 10.0, 20.0)}, ["margin-top", "margin-bottom", "margin-left", "margin-right"]),
        ({"margins_mm": (60.0, 60.0, 90.0, 45.0)}, ["margin-left"]),
        ({"margins_mm": (18.5, 13.5, 18.5, 28.5)}, []),
        ({"number_size": 14.0}, ["number-size"]),
        ({"date_size": 12.0}, ["date-size"]),
        ({"body_size": 11.0}, ["body-size"]),
        ({"number_size": 13.04}, []),
        ({"motto_found": False}, ["motto-not-found"]),
        ({"capacity_found": ((True, False), (False,))}, ["capacity-not-found", "capacity-not-found"]),
        ({"attachments_named": ("Kèm theo 2 phụ lục",)}, ["attachments-not-sent"]),
        ({"attachments_sent": 2}, ["attachments-not-named"]),
        ({"attachments_sent": 2, "attachments_named": ("phụ lục",)}, []),
        ({"notation": ""}, ["notation-not-found"]),
        ({"notation": "QĐ-BTС"}, ["notation-spelling"]),
        ({"notation": "QĐ - BTC"}, []),
        ({"fonts_not_embedded": ("TimesNewRoman",)}, ["fonts-not-embedded"]),
        ({"printed_year": 2027}, ["printed-year"]),
        ({"printed_month": 12}, ["printed-month"]),
    ],
)
def test_what_is_said_of_the_form(changes: dict[str, object], codes: list[str]) -> None:
    found = findings(replace(GOOD, **changes))
    assert [item.code for item in found] == codes
    assert all(item.severity is Severity.WARNING for item in found)


@pytest.mark.parametrize(
    "changes", [{"printed_year": 2025}, {"printed_month": 10}, {"printed_year": 2025, "printed_month": 12}]
)
def test_a_printed_day_that_is_over_is_refused_before_a_leader_signs(changes: dict[str, int]) -> None:
    facts = replace(GOOD, **changes)
    with pytest.raises(Refused) as refused:
        findings(facts)
    assert [found.code for found in refused.value.findings] == ["printed-date-over"]
    if "printed_year" not in changes:  # the window reaches back into October
        assert form(RULES, facts, notation="QĐ-BTC", year=2026, month=11, earliest=(2026, 10))


def test_a_printed_month_that_is_this_one_is_a_remark() -> None:
    (found,) = findings(replace(GOOD, printed_month=11))
    assert found.severity is Severity.INFO
    assert "tháng 11" in found.message.vi


def test_a_missing_capacity_line_is_named() -> None:
    (found,) = findings(replace(GOOD, capacity_found=((True, True), (True, False))))
    assert found.message.vi == "Không thấy dòng quyền hạn, chức vụ thứ 2 phía trên họ tên người ký thứ 2."
    assert found.clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7"


def test_a_missing_capacity_line_is_quoted_where_its_words_are_known() -> None:
    signers = (("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")),)
    (found,) = findings(replace(GOOD, capacity_found=((True, False),), signers=signers))
    assert found.message.vi == "Không thấy dòng “THỨ TRƯỞNG” phía trên họ tên người ký “Nguyễn Văn An”."


def test_what_only_looks_like_a_mark_of_secrecy_is_told() -> None:
    (found,) = findings(replace(GOOD, secret_doubt="Mật"))
    assert (found.code, found.severity) == ("secret-mark-doubtful", Severity.WARNING)
    assert "“Mật”" in found.message.vi
    assert found.clause == "QĐ 28/2018/QĐ-TTg, Điều 1 khoản 2"


def test_what_is_printed_says_when_the_document_can_be_issued() -> None:
    year, month = findings(replace(GOOD, printed_year=2027, printed_month=10))
    assert year.message.vi == "Dự thảo đã in sẵn năm 2027 nên không thể ban hành trong năm 2026."
    assert month.message.vi == "Dự thảo đã in sẵn tháng 10 nên chỉ ban hành được trong tháng đó."


def test_a_scan_is_taken_where_the_caller_gives_the_places() -> None:
    scan = replace(GOOD, scanned=True, notation="", motto_found=False, capacity_found=((False, False),))
    assert [item.code for item in findings(scan, places_given=True)] == ["scanned"]


def test_the_year_is_compared_only_where_it_is_told() -> None:
    assert form(RULES, replace(GOOD, printed_year=1999), notation="QĐ-BTC") == ()


# --- the package ----------------------------------------------------------------------------------------------

ONE, TWO = ("phu-luc-1.pdf", "aa"), ("phu-luc-2.pdf", "bb")


def package(
    *files: tuple[str, str], declared: tuple[str, ...] | None = None, size: int = 1_000, exchange_mb: int = 50
) -> list[Finding]:
    return list(judge_package(RULES, main="00", files=files, declared=declared, size=size, exchange_mb=exchange_mb))


def refused_package(*files: tuple[str, str], declared: tuple[str, ...] | None = None) -> list[Finding]:
    with pytest.raises(Refused) as refused:
        package(*files, declared=declared)
    return list(refused.value.findings)


def test_a_package_in_order_passes_in_silence() -> None:
    assert package() == package(ONE, TWO) == package(ONE, TWO, declared=("phu-luc-2.pdf", "phu-luc-1.pdf")) == []
    assert package(declared=()) == []


def test_a_declared_attachment_that_did_not_come_is_refused_by_name() -> None:
    (found,) = refused_package(ONE, declared=("phu-luc-1.pdf", "phu-luc-2.pdf"))
    assert (found.code, found.clause) == ("attachment-missing", "QĐ 28/2018/QĐ-TTg, Điều 9 khoản 1")
    assert "“phu-luc-2.pdf”" in found.message.vi
    assert [found.code for found in refused_package(ONE, declared=(ONE[0], ONE[0]))] == ["attachment-missing"]


def test_an_attachment_that_nobody_declared_is_refused_by_name() -> None:
    (found,) = refused_package(ONE, TWO, declared=("phu-luc-1.pdf",))
    assert (found.code, found.clause) == ("attachment-undeclared", "QĐ 28/2018/QĐ-TTg, Điều 9 khoản 1")
    assert "“phu-luc-2.pdf”" in found.message.vi
    assert [found.code for found in refused_package(ONE, declared=())] == ["attachment-undeclared"]


def test_two_equal_files_are_refused_and_both_named() -> None:
    (found,) = refused_package(ONE, ("ban-sao.pdf", "aa"), TWO)
    assert (found.code, found.clause) == ("attachments-equal", "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục III.1")
    for said in (found.message.vi, found.message.en):
        assert "“ban-sao.pdf”" in said
        assert "“phu-luc-1.pdf”" in said
    assert len(refused_package(ONE, ("2", "aa"), ("3", "aa"))) == 2
    assert [found.code for found in refused_package(ONE, ONE)] == ["attachments-equal"]


def test_an_attachment_that_is_the_document_itself_is_refused() -> None:
    (found,) = refused_package(("phu-luc-1.pdf", "00"))
    assert found.code == "attachments-equal"
    assert "văn bản chính" in found.message.vi


def test_every_fault_of_a_package_is_told_at_once() -> None:
    found = refused_package(ONE, ("2.pdf", "aa"), declared=("phu-luc-1.pdf", "3.pdf"))
    assert {each.code for each in found} == {"attachment-missing", "attachment-undeclared", "attachments-equal"}


def test_a_package_that_receivers_are_known_to_refuse_is_warned_of() -> None:
    assert package(size=50_000_000) == []
    (found,) = package(size=50_000_001)
    assert (found.code, found.severity, found.clause) == ("too-big-for-exchange", Severity.WARNING, "")
    (found,) = package(size=12_340_000, exchange_mb=12)
    assert "12.3 MB, quá 12 MB" in found.message.vi
