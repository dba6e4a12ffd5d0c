"""``antin check``: whether register, documents, acts and files of the store agree."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from policies.model import Severity
from signer.cli.common import DONE, REFUSED, say, settings, shared
from signer.usecases.consistency import Depth, Watch
from signer.usecases.consistency_words import Inconsistency

SHOWN = 1000
"""Findings of one code that are told one by one; the rest are counted."""

_MARKS = {Severity.ERROR: "LỖI", Severity.WARNING: "Lưu ý", Severity.INFO: "Thông tin"}
_STAGES = {"rows": "Sổ", "documents": "Văn bản", "blobs": "Tệp", "files": "Chữ ký"}


@click.command(
    help="Kiểm tra kho: sổ, văn bản, chữ ký và tệp phải khớp nhau. Chạy được khi dịch vụ đang phục vụ.\n\n"
    "Mã kết thúc: 0 khớp · 1 có điều không khớp · 3 kho không sẵn sàng."
)
@click.option("--quick", is_flag=True, help="Không đọc nội dung các tệp (không tính lại mã băm).")
@click.option("--deep", is_flag=True, help="Kiểm tra cả chữ ký số trong từng tệp đã ban hành (lâu).")
@click.option("--repair", is_flag=True, help="Dọn những thứ vô hại: tệp không thuộc văn bản nào, yêu cầu bỏ dở.")
@shared
def check(*, quick: bool, deep: bool, repair: bool) -> None:
    """Inspect the store; informations alone leave it clean."""
    from signer import app  # noqa: PLC0415 - takes a second, which --help need not wait for

    counts: Counter[str] = Counter()
    shown: list[Inconsistency] = []
    reached: dict[str, int] = {}
    clean = True
    with app.inspecting(settings()) as consistency, _bar(reached) as watch:
        for each in consistency(Depth(quick=quick, deep=deep, repair=repair), watch):
            counts[each.code] += 1
            clean &= each.severity is Severity.INFO
            if counts[each.code] <= SHOWN:
                shown.append(each)
    value = {"clean": clean, "checked": reached, "counts": dict(counts), "findings": [each.as_dict() for each in shown]}
    say(value, "\n".join(_words(shown, counts, reached, clean=clean)))
    click.get_current_context().exit(DONE if clean else REFUSED)


def _words(shown: list[Inconsistency], counts: Counter[str], reached: dict[str, int], *, clean: bool) -> Iterator[str]:
    for each in shown:
        clause = f" [{each.clause}]" if each.clause else ""
        mended = "  ✓ đã dọn" if each.repaired else ""
        yield f"{_MARKS[each.severity]} {each.code} {each.where}: {each.message.vi}{clause}{mended}"
    told = {each.code: each.remedy.vi for each in shown if not each.repaired}
    for code, remedy in told.items():
        more = f" ({counts[code]} chỗ)" if counts[code] > 1 else ""
        yield f"→ {code}{more}: {remedy}"
    seen = ", ".join(f"{number} {_STAGES[stage].lower()}" for stage, number in reached.items() if number)
    yield ("Kho khớp: " if clean else "Kho KHÔNG khớp: ") + (seen or "chưa có gì")


@contextmanager
def _bar(reached: dict[str, int]) -> Iterator[Watch]:
    """A bar for each stage on standard error, if a person watches; how far each came is kept in any case."""
    with ExitStack() as stack:
        bars: dict[str, Any] = {}

        def watch(stage: str, done: int, total: int) -> None:
            before, reached[stage] = reached.get(stage, 0), done
            if not total or not sys.stderr.isatty():
                return
            if stage not in bars:
                stack.close()  # the stage before has come to its end
                label = f"{_STAGES[stage]:<8}"
                bars[stage] = stack.enter_context(click.progressbar(length=total, label=label, file=sys.stderr))
            bars[stage].update(done - before)

        yield watch
