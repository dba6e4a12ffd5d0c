"""The drafter's report: a strict page, in both languages, that nothing of what was sent in can break out of."""

from xml.etree import ElementTree as ET

import pytest

from policies.model import Finding, Severity, Text
from signer.sheets.report import html_bytes, text
from signer.usecases import answers
from signer.usecases.check import CheckReport, FileFinding

HOSTILE = "<script>alert(1)</script>\u202etxt.pdf\x1b[31m\ud800"


def found(severity: Severity, vi: str, en: str, clause: str = "", file: str = "") -> FileFinding:
    return FileFinding(file, Finding("some-code", severity, Text(vi, en), clause))


def page(report: CheckReport) -> ET.Element:
    """The page read as XML, which forgives nothing; its void elements closed first."""
    told = html_bytes(report).decode().removeprefix("<!DOCTYPE html>\n")
    for line in ('<meta charset="utf-8">', 'initial-scale=1">'):
        assert told.count(line) == 1
        told = told.replace(line, line[:-1] + "/>")
    return ET.fromstring(told)  # noqa: S314 -- ours


def said(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.fixture
def report() -> CheckReport:
    return CheckReport(
        ready=False,
        subject="V/v <thử> & kiểm tra",
        notation="QĐ-BTC",
        findings=(
            found(Severity.INFO, "Phông chưa nhúng.", "a font is not embedded"),
            found(Severity.ERROR, "Trang 1: thiếu chỗ ghi số.", "page 1: no blank", "NĐ 30/2020/NĐ-CP, Phụ lục I"),
            found(Severity.ERROR, "Tệp có mật khẩu.", "encrypted", "QĐ 28/2018/QĐ-TTg, Điều 5", "Phụ lục 1.pdf"),
        ),
    )


def test_what_must_be_corrected_comes_first_each_with_file_and_clause(report):
    body = page(report).find("body")
    assert [said(head) for head in body.iter("h2")] == [
        "Phải sửa trước khi trình ký (2)To correct before it is submitted",
        "Thông tin (1)For information",
    ]
    items = [said(item) for item in body.iter("li")]
    assert items[0].startswith("Văn bản chính: Trang 1: thiếu chỗ ghi số.NĐ 30/2020/NĐ-CP, Phụ lục I")
    assert items[1].startswith("Phụ lục 1.pdf: Tệp có mật khẩu.")
    assert items[1].endswith("encrypted")
    assert items[2] == "Văn bản chính: Phông chưa nhúng.a font is not embedded"


def test_the_page_stands_alone_in_vietnamese_with_english_marked(report):
    tree = page(report)
    assert tree.get("lang") == "vi"
    assert {each.tag for each in tree.iter()}.isdisjoint({"script", "link", "img", "iframe"})
    assert "url(" not in html_bytes(report).decode()
    assert "@import" not in html_bytes(report).decode()
    assert all(each.get("lang") == "en" for each in tree.iter("span") if each.get("class") == "en")
    assert said(next(tree.iter("h1"))) == "Kiểm tra dự thảo: V/v <thử> & kiểm tra"


@pytest.mark.parametrize("ready", [True, False])
def test_the_verdict_is_said_once(ready):
    verdict = next(
        each for each in page(CheckReport(ready, "", "", ())).iter("p") if "verdict" in each.get("class", "")
    )
    assert ("chưa đủ" in said(verdict)) is not ready
    assert verdict.get("class") == f"verdict {'yes' if ready else 'no'}"


def test_names_and_subjects_of_others_stay_text():
    hostile = CheckReport(False, HOSTILE, HOSTILE, (found(Severity.ERROR, HOSTILE, HOSTILE, HOSTILE, HOSTILE),))
    tree = page(hostile)
    assert not list(tree.iter("script"))
    assert said(next(tree.iter("h1"))) == "Kiểm tra dự thảo: <script>alert(1)</script>txt.pdf[31m"
    told = text(answers.checked(hostile))
    assert all(char not in told for char in "\x1b\u202e\ud800")


def test_the_terminal_gets_the_same_in_lines(report):
    assert text(answers.checked(report)).splitlines() == [
        "Dự thảo chưa đủ điều kiện trình ký.",
        "Phải sửa trước khi trình ký:",
        "  - Văn bản chính: Trang 1: thiếu chỗ ghi số. [NĐ 30/2020/NĐ-CP, Phụ lục I]",
        "  - Phụ lục 1.pdf: Tệp có mật khẩu. [QĐ 28/2018/QĐ-TTg, Điều 5]",
        "Thông tin:",
        "  - Văn bản chính: Phông chưa nhúng.",
    ]
