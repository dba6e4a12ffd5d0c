"""``antin document add`` and ``check``: a draft with its attachments is taken in, or only looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from signer.cli.common import DONE, REFUSED, caller, commanded, say, say_findings, services, shared
from signer.cli.described import FILE, OUTPUT, drafted, metadata, sent_files
from signer.sheets import report as sheets
from signer.usecases import answers


@click.command(help="Chuẩn bị một dự thảo PDF và các tệp kèm theo: tìm vị trí, tạo các ô trống. In mã văn bản.")
@click.argument("file", type=FILE)
@drafted
@commanded
@shared
def add(file: Path, agency: str, attachments: tuple[Path, ...], person: str, **said: Any) -> None:
    """Prepare a draft."""
    meta, sent = metadata(agency, said), sent_files(attachments)
    use, office = services()
    made = use.prepare(file.read_bytes(), meta, caller(office, person), sent)
    say(answers.prepared(made), made.id)
    say_findings(made.findings)


@click.command(help="Kiểm tra dự thảo và tệp kèm theo trước khi trình ký: báo mọi lỗi cùng lúc, không lưu gì.")
@click.argument("file", type=FILE)
@drafted
@click.option("--report", type=OUTPUT, help="Ghi thêm báo cáo cho người soạn thảo vào tệp .html này.")
@shared
def check(file: Path, agency: str, attachments: tuple[Path, ...], report: Path | None, **said: Any) -> None:
    """Say what would be refused or remarked; exit status 1 where the draft is not ready."""
    if report is not None and report.suffix.lower() != ".html":
        raise click.BadParameter("báo cáo cho người soạn thảo là tệp .html", param_hint="--report")
    meta, sent = metadata(agency, said), sent_files(attachments)
    use, office = services()
    found = use.check(file.read_bytes(), meta, caller(office, ""), sent)
    if report is not None:
        report.write_bytes(sheets.html_bytes(found))
    say(answers.checked(found), sheets.text(found))
    click.get_current_context().exit(DONE if found.ready else REFUSED)
