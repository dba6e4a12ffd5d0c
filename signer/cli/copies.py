"""``antin document copy``: a scan becomes a certified copy."""

from __future__ import annotations

from pathlib import Path

import click

from policies.copies import SOURCES
from signer.cli.common import commanded, desk, say, say_findings, shared
from signer.cli.described import FILE
from signer.model import CopyForm
from signer.usecases.copies import ORIGINAL


@click.command(help="Sao văn bản giấy đã quét (PDF) sang văn bản điện tử, có chữ ký số của cơ quan. In mã bản sao.")
@click.argument("file", type=FILE)
@click.option("--agency", required=True, help="Mã cơ quan sao, ví dụ BTC.")
@click.option(
    "--form",
    type=click.Choice([each.value for each in CopyForm]),
    required=True,
    help="SY: sao y; SL: sao lục; TrS: trích sao.",
)
@click.option("--subject", required=True, help="Trích yếu của văn bản được sao.")
@click.option("--of", "document", metavar="ID", help="Mã của văn bản được sao, nếu có trong hệ thống.")
@click.option("--of-reference", "reference", metavar="TEXT", help="Số, ký hiệu, ngày, cơ quan của văn bản được sao.")
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    default=ORIGINAL,
    show_default=True,
    help="Bản giấy đã quét là bản gốc, bản chính (original), sao y, trích sao hay sao lục.",
)
@commanded
@shared
def copy(
    file: Path,
    agency: str,
    form: str,
    subject: str,
    document: str | None,
    reference: str | None,
    source: str,
    person: str,
) -> None:
    """Certify a scan."""
    if bool(document) is bool(reference):
        raise click.UsageError("Cần đúng một trong hai: --of hoặc --of-reference.")
    of = {"document": document} if document else {"reference": reference}
    wanted = {"agency": agency, "form": form, "subject": subject, "of": of, "source": source}
    made = desk().copy(file, wanted, person)
    say(made, made["id"])
    say_findings(made["findings"])
