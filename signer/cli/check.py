"""``antin check``: whether register, documents, acts and files of the store agree."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import click

from policies.model import Severity
from signer.cli.common import DONE, REFUSED, say, settings, shared
from signer.settings import Settings
from signer.usecases.consistency import Depth, Watch
from signer.usecases.consistency_words import Inconsistency

SHOWN = 1000
"""Findings of one code that are told one by one; the rest are counted."""

_MARKS = {Severity.ERROR: "LỖI", Severity.WARNING: "Lưu ý", Severity.INFO: "Thông tin"}
_STAGES = {"rows": "Dòng", "documents": "Văn bản", "blobs": "Tệp", "files": "Chữ ký"}


@dataclass(slots=True)
class Found:
    """What an inspection found: informations alone leave a store clean."""

    clean: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    shown: list[Inconsistency] = field(default_factory=list)
    reached: dict[str, int] = field(default_factory=dict)

    def add(self, each: Inconsistency) -> None:
        """One more."""
        self.counts[each.code] += 1
        self.clean &= each.severity is Severity.INFO
        if self.counts[each.code] <= SHOWN:
            self.shown.append(each)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        findings = [each.as_dict() for each in self.shown]
        return {"clean": self.clean, "checked": self.reached, "counts": dict(self.counts), "findings": findings}

    def words(self) -> Iterator[str]:
        """For people: each finding, then what to do about each kind, then the outcome."""
        for each in self.shown:
            clause = f" [{each.clause}]" if each.clause else ""
            mended = "  ✓ đã dọn" if each.repaired else ""
            yield f"{_MARKS[each.severity]} {each.code} {each.where}: {each.message.vi}{clause}{mended}"
        for code, remedy in {each.code: each.remedy.vi for each in self.shown if not each.repaired}.items():
            more = f" ({self.counts[code]} chỗ)" if self.counts[code] > 1 else ""
            yield f"→ {code}{more}: {remedy}"
        seen = ", ".join(f"{number} {_STAGES[stage].lower()}" for stage, number in self.reached.items() if number)
        yield ("Kho khớp: " if self.clean else "Kho KHÔNG khớp: ") + (seen or "chưa có gì")


@click.command(
    help="Kiểm tra kho: sổ, văn bản, chữ ký và tệp phải khớp nhau. Chạy được khi dịch vụ đang phục vụ.\n\n"
    "Mã kết thúc: 0 khớp · 1 có điều không khớp · 3 kho không sẵn sàng."
)
@click.option("--quick", is_flag=True, help="Không đọc nội dung các tệp (không tính lại mã băm).")
@click.option("--deep", is_flag=True, help="Kiểm tra cả chữ ký số trong từng tệp đã ban hành (lâu).")
@click.option("--repair", is_flag=True, help="Dọn những thứ vô hại: tệp không thuộc văn bản nào, yêu cầu bỏ dở.")
@shared
def check(*, quick: bool, deep: bool, repair: bool) -> None:
    """Inspect the store."""
    found = inspect(settings(), Depth(quick=quick, deep=deep, repair=repair))
    say(found.as_dict(), "\n".join(found.words()))
    click.get_current_context().exit(DONE if found.clean else REFUSED)


def inspect(read: Settings, depth: Depth) -> Found:
    """Look the store of the settings over."""
    from signer import app  # noqa: PLC0415 - takes a second, which --help need not wait for

    found = Found()
    with app.inspecting(read) as consistency, bars(found.reached) as watch:
        for each in consistency(depth, watch):
            found.add(each)
    return found


@contextmanager
def bars(reached: dict[str, int] | None = None) -> Iterator[Watch]:
    """A bar for each stage on standard error, if a person watches; how far each came is kept in any case."""
    reached = {} if reached is None else reached
    with ExitStack() as stack:
        shown: dict[str, Any] = {}

        def watch(stage: str, done: int, total: int) -> None:
            before, reached[stage] = reached.get(stage, 0), done
            if not total or not sys.stderr.isatty():
                return
            if stage not in shown:
                stack.close()  # the stage before has come to its end
                label = f"{_STAGES[stage]:<8}"
                shown[stage] = stack.enter_context(click.progressbar(length=total, label=label, file=sys.stderr))
            shown[stage].update(done - before)

        yield watch
