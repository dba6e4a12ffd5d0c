"""Copies in electronic form, and what the agency's signature says on them and on attachments.

NĐ 30/2020/NĐ-CP, Điều 3, Điều 25; Phụ lục I, Mục II.8.b and Phần II, Mục I.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from policies.model import Finding, Ruleset
from policies.speech import error, refuse, settle, warning

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_SOURCES = {
    "original": "bản gốc hoặc bản chính",
    "true-copy": "bản sao y",
    "extract": "bản trích sao",
    "copy-of-copy": "bản sao lục",
}
SOURCES = tuple(_SOURCES)
"""Of what a paper may be: an original, a true copy, an extract, a copy of a copy."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A scanned page: dots per inch in the coarser direction, colour, the share of the page that images cover."""

    dpi: float
    colour: bool
    covered: float


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """A scan: PDF version as (major, minor), its pages, the size of the first in millimetres."""

    version: tuple[int, int]
    pages: tuple[PageFacts, ...]
    page_mm: tuple[float, float]


def iso(moment: datetime) -> str:
    """The time of signing as it is shown: ISO 8601 to the second, in Viet Nam's time zone."""
    return moment.astimezone(_VIETNAM).isoformat(timespec="seconds")


def attachment_lines(symbol: str, moment: datetime) -> tuple[str, ...]:
    """What the signature on an attachment shows: number and notation, time of signing (II.8.b)."""
    return symbol, iso(moment)


def copy_lines(rules: Ruleset, form: str, agency: str, moment: datetime) -> tuple[str, ...]:
    """What the signature on a copy shows: form of copy, agency, time of signing (Phần II, Mục I)."""
    return rules.copies.forms.value[form], agency, iso(moment)


def check_source(rules: Ruleset, form: str, source: str) -> None:
    """Refused (``copy-of-copy``) unless a paper of this kind may be copied in this form.

    Sao y and trích sao are made of an original, sao lục of a sao y (Điều 3).
    """
    if source not in _SOURCES:
        raise ValueError(f"no such source: {source}")
    rule = rules.copies.sources
    wanted = rule.value[form]
    if source != wanted:
        name = rules.copies.forms.value[form]
        raise refuse(
            "copy-of-copy",
            f"Không làm {name} từ {_SOURCES[source]}: {name} chỉ được thực hiện từ {_SOURCES[wanted]}.",
            f"{name} is not made of a “{source}”: it is made of a “{wanted}” only.",
            rule,
        )


def judge_scan(rules: Ruleset, facts: ScanFacts) -> tuple[Finding, ...]:
    """Whether a scan is as digitised paper must be; refused with every reason, page by page."""
    found = list(_version(rules, facts.version))
    for number, page in enumerate(facts.pages, start=1):
        found += _page(rules, number, page)
    return settle([*found, *_paper(rules, facts.page_mm)])


def _version(rules: Ruleset, version: tuple[int, int]) -> Iterator[Finding]:
    rule = rules.copies.pdf_version
    if version < rule.value:
        shown, least = (".".join(map(str, each)) for each in (version, rule.value))
        yield error(
            "scan-version",
            f"Tệp PDF phiên bản {shown}; bản số hóa phải từ phiên bản {least} trở lên.",
            f"The PDF has the version {shown}; digitised paper needs {least} at least.",
            rule,
        )


def _page(rules: Ruleset, number: int, page: PageFacts) -> Iterator[Finding]:
    copies = rules.copies
    if page.covered < copies.covered.value:
        yield error(
            "scan-no-image",
            f"Trang {number} không phải ảnh quét của giấy (ảnh chỉ chiếm {page.covered:.0%} trang): bản sao điện tử "
            "được số hóa từ văn bản giấy.",
            f"Page {number} is no scan of paper (images cover {page.covered:.0%} of it): an electronic copy is "
            "digitised from paper.",
            copies.colour,
        )
        return
    if copies.colour.value and not page.colour:
        yield error(
            "scan-not-colour",
            f"Trang {number} được quét đen trắng hoặc thang xám; bản số hóa phải là ảnh màu.",
            f"Page {number} was scanned in black and white or grey; digitised paper is in colour.",
            copies.colour,
        )
    if page.dpi + copies.dpi_tolerance.value < copies.dpi.value:
        yield error(
            "scan-too-coarse",
            f"Trang {number} có độ phân giải {page.dpi:.0f} dpi; tối thiểu {copies.dpi.value:.0f} dpi.",
            f"Page {number} has {page.dpi:.0f} dpi; {copies.dpi.value:.0f} are the least.",
            copies.dpi,
        )


def _paper(rules: Ruleset, size: tuple[float, float]) -> Iterator[Finding]:
    form, copies = rules.acceptance, rules.copies
    wide, high = sorted(form.page_mm.value)
    w, h = sorted(size)
    if max(abs(w - wide), abs(h - high)) > form.page_tolerance_mm.value:
        yield warning(
            "scan-scale",
            f"Trang đầu có khổ {size[0]:.0f} × {size[1]:.0f} mm, không phải A4: hãy kiểm tra tỷ lệ số hóa 100%.",
            f"The first page measures {size[0]:.0f} × {size[1]:.0f} mm, not A4: check the scale of 100 %.",
            copies.scale,
        )
