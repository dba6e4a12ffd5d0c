"""``antin document add`` and ``check``: a draft with its attachments, as it comes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from signer.cli.common import DONE, REFUSED, caller, commanded, say, say_findings, services, shared
from signer.cli.described import FILE, OUTPUT, drafted, metadata, sent_files
from signer.sheets import report as sheet
from signer.usecases import answers


@click.command(help="Chuẩn bị một dự thảo PDF: tìm vị trí, tạo các ô trống. In mã văn bản.")
@click.argument("file", type=FILE)
@drafted
@commanded
@shared
def add(file: Path, agency: str, attachments: tuple[Path, ...], person: str, **said: Any) -> None:
    """Prepare a draft."""
    described, sent = metadata(agency, said), sent_files(attachments)
    use, office = services()
    made = use.prepare(file.read_bytes(), described, caller(office, person), sent)
    say(answers.prepared(made), made.id)
    say_findings(made.findings)


@click.command(help="Kiểm tra dự thảo và tệp kèm theo trước khi trình ký; không lưu gì. Mã kết thúc 1 nếu phải sửa.")
@click.argument("file", type=FILE)
@drafted
@click.option("--report", type=OUTPUT, help="Ghi báo cáo vào tệp .html này, cho người soạn thảo.")
@shared
def check(file: Path, agency: str, attachments: tuple[Path, ...], report: Path | None, **said: Any) -> None:
    """Say everything that would be refused or remarked."""
    if report is not None and report.suffix.lower() != ".html":
        raise click.BadParameter("chỉ ghi được báo cáo .html", param_hint="--report")
    described, sent = metadata(agency, said), sent_files(attachments)
    use, office = services()
    found = use.check(file.read_bytes(), described, caller(office, ""), sent)
    if report is not None:
        report.write_bytes(sheet.html_bytes(found))
    say(answers.checked(found), sheet.text(found))
    click.get_current_context().exit(DONE if found.ready else REFUSED)
