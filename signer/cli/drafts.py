"""``antin document add`` and ``check``: a draft with its attachments, as it comes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from signer.cli.common import DONE, REFUSED, commanded, desk, say, say_findings, shared
from signer.cli.described import FILE, OUTPUT, drafted, metadata
from signer.sheets.report import text


@click.command(help="Chuẩn bị một dự thảo PDF: tìm vị trí, tạo các ô trống. In mã văn bản.")
@click.argument("file", type=FILE)
@drafted
@commanded
@shared
def add(file: Path, attachments: tuple[Path, ...], person: str, **said: Any) -> None:
    """Prepare a draft."""
    described = metadata(said)
    made = desk().prepare(file, described, attachments, person)
    say(made, made["id"])
    say_findings(made["findings"])


@click.command(help="Kiểm tra dự thảo và tệp kèm theo trước khi trình ký; không lưu gì. Mã kết thúc 1 nếu phải sửa.")
@click.argument("file", type=FILE)
@drafted
@click.option("--report", type=OUTPUT, help="Ghi báo cáo vào tệp .html này, cho người soạn thảo.")
@shared
def check(file: Path, attachments: tuple[Path, ...], report: Path | None, **said: Any) -> None:
    """Say everything that would be refused or remarked."""
    if report is not None and report.suffix.lower() != ".html":
        raise click.BadParameter("chỉ ghi được báo cáo .html", param_hint="--report")
    described = metadata(said)
    found = desk().check(file, described, attachments, report)
    say(found, text(found))
    click.get_current_context().exit(DONE if found["ready"] else REFUSED)
