"""``antin register``: the register of outgoing documents."""

from __future__ import annotations

from pathlib import Path

import click

from signer.cli.common import desk, say, say_findings, shared
from signer.cli.described import OUTPUT, YEAR
from signer.cli.desk import Json
from signer.cli.rows import add, complete, row
from signer.errors import Kind, SignerError
from signer.sheets import columns

FORMS = ("xlsx", "csv", "pdf")


@click.group(help="Sổ đăng ký văn bản đi (NĐ 30/2020/NĐ-CP, Phụ lục IV).")
def register() -> None:
    """Hold the commands on registers."""


register.add_command(add)
register.add_command(row)
register.add_command(complete)


@register.command(help="Xem sổ đăng ký của một cơ quan trong một năm.")
@click.argument("agency")
@click.argument("year", type=YEAR)
@shared
def show(agency: str, year: int) -> None:
    """Show the rows."""
    book = desk().register(agency, year)
    lines = [f"{book['agency_name']} · Sổ đăng ký văn bản đi năm {year}"]
    lines += ["  ".join(text for text in columns.cells(row) if text) for row in book["rows"]]
    say(book, "\n".join(lines))


@register.command(help="Xuất sổ đăng ký ra .xlsx, .csv, hoặc .pdf để in và đóng quyển.")
@click.argument("agency")
@click.argument("year", type=YEAR)
@click.option("-o", "--output", required=True, type=OUTPUT, help="Ghi vào tệp này.")
@click.option(
    "--paper",
    type=click.Choice(columns.PAPERS),
    default=columns.PAPERS[0],
    show_default=True,
    help="Khổ giấy của .pdf.",
)
@shared
def export(agency: str, year: int, output: Path, paper: str) -> None:
    """Write a sheet."""
    rows = desk().register_sheet(agency, year, _form(output), paper, output)
    say({"file": str(output), "rows": rows}, f"{output}: {rows} dòng")


@register.command(help="Thời hạn ban hành, gửi văn bản của một cơ quan trong một năm; -o ghi ra .csv, .xlsx hoặc .pdf.")
@click.argument("agency")
@click.argument("year", type=YEAR)
@click.option("-o", "--output", type=OUTPUT, help="Ghi vào tệp này.")
@shared
def deadlines(agency: str, year: int, output: Path | None) -> None:
    """Tell of every deadline that was missed."""
    if output is None:
        book = desk().deadlines(agency, year)
    else:
        book = desk().deadlines_sheet(agency, year, _form(output), output)
    say(book, "\n".join(_told(book)))
    say_findings(book["findings"])


def _told(book: Json) -> list[str]:
    lines = [f"{book['agency_name']} · Thời hạn năm {book['year']}"]
    lines += [f"  {title}: {book['figures'][name]}" for name, title in columns.FIGURES.items()]
    lines += [
        f"{each['symbol'] or each['subject']}: {each['message']['vi']} [{each['clause']}]" for each in book["late"]
    ]
    return lines


def _form(output: Path) -> str:
    """What sort of sheet a file is to be."""
    form = output.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise SignerError(
            Kind.UNSUITABLE,
            "format-not-available",
            "Chỉ xuất được ra .xlsx, .csv hoặc .pdf.",
            "it is exported as .xlsx, .csv or .pdf only",
            where="output",
        )
    return form
