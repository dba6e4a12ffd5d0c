"""The drafter's report as a page and as text: what to correct, what is only a remark, each with its file and clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from policies.model import Severity, Text
from signer.sheets.plain import plain
from signer.usecases.check import CheckReport, FileFinding

_HEADS = {
    Severity.ERROR: Text("Phải sửa trước khi trình ký", "To correct before it is submitted"),
    Severity.WARNING: Text("Nên xem lại", "To look at again"),
    Severity.INFO: Text("Thông tin", "For information"),
}
_READY = {
    True: Text("Dự thảo đủ điều kiện trình ký.", "The draft can be submitted for signature."),
    False: Text("Dự thảo chưa đủ điều kiện trình ký.", "The draft cannot be submitted for signature yet."),
}
_MAIN = "Văn bản chính"

_STYLE = """\
body{font:16px/1.45 'Times New Roman',Tinos,serif;margin:0 auto;max-width:52rem;padding:1rem;color:#111}
h1{font-size:1.35rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.4rem 0 .4rem}
.verdict{padding:.6rem .9rem;border-left:.4rem solid;font-weight:bold}
.yes{border-color:#1a7f37;background:#e9f6ec}.no{border-color:#b42318;background:#fdecea}
ol{padding-left:1.4rem}h1,li{overflow-wrap:anywhere}li{margin:.5rem 0}
.file{font-weight:bold}.clause,.en{color:#555;font-size:.85rem;font-weight:normal;display:block}
@media print{body{max-width:none}}
"""


def html_bytes(report: CheckReport) -> bytes:
    """A page by itself: UTF-8, no scripts, nothing fetched; it can be read on a telephone and printed."""
    subject, notation = _safe(report.subject), _safe(report.notation)
    parts = [
        '<!DOCTYPE html>\n<html lang="vi"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Kiểm tra dự thảo: {subject}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Kiểm tra dự thảo: {subject}</h1>",
        f"<p>Ký hiệu: {notation or '—'}</p>",
        f'<p class="verdict {"yes" if report.ready else "no"}">{_both(_READY[report.ready])}</p>',
    ]
    for severity, found in _grouped(report):
        parts.append(f"<h2>{_both(_HEADS[severity], f' ({len(found)})')}</h2><ol>")
        parts += [_item(each) for each in found]
        parts.append("</ol>")
    return "\n".join([*parts, "</body></html>\n"]).encode()


def text(report: Mapping[str, Any]) -> str:
    """The same for a terminal, in Vietnamese; ``report`` as machines are told of it."""
    lines = [_READY[report["ready"]].vi]
    for severity, head in _HEADS.items():
        found = [each for each in report["findings"] if each["severity"] == severity]
        if found:
            lines.append(f"{head.vi}:")
        for each in found:
            clause = f" [{each['clause']}]" if each["clause"] else ""
            lines.append(f"  - {plain(each['file']) or _MAIN}: {plain(each['message']['vi'] + clause)}")
    return "\n".join(lines)


def _grouped(report: CheckReport) -> Iterator[tuple[Severity, list[FileFinding]]]:
    for severity in _HEADS:
        found = [each for each in report.findings if each.finding.severity is severity]
        if found:
            yield severity, found


def _item(each: FileFinding) -> str:
    clause = each.finding.clause
    return (
        f'<li><span class="file">{_safe(each.file) or _MAIN}:</span> '
        + _both(each.finding.message, f'<span class="clause">{_safe(clause)}</span>' if clause else "")
        + "</li>"
    )


def _both(said: Text, between: str = "") -> str:
    """Vietnamese, then English in small."""
    return f'{_safe(said.vi)}{between}<span class="en" lang="en">{_safe(said.en)}</span>'


def _safe(said: str) -> str:
    return escape(plain(said))
