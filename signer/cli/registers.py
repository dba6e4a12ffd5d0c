"""``antin register``: the register of outgoing documents."""

from __future__ import annotations

from pathlib import Path

import click

from signer.cli.common import caller, say, services, shared
from signer.errors import Kind, SignerError
from signer.usecases import answers
from signer.usecases.register import Book
from signer.sheets.columns import cells
from signer.sheets.register import csv_bytes, xlsx_bytes

WRITERS = {".csv": csv_bytes, ".xlsx": xlsx_bytes}


@click.group(help="Sổ đăng ký văn bản đi (NĐ 30/2020/NĐ-CP, Phụ lục IV).")
def register() -> None:
    """Hold the commands on registers."""


@register.command(help="Xem sổ đăng ký của một cơ quan trong một năm.")
@click.argument("agency")
@click.argument("year", type=int)
@shared
def show(agency: str, year: int) -> None:
    """Show the rows."""
    book = _book(agency, year)
    lines = [f"{book.agency_name} · Sổ đăng ký văn bản đi năm {year}"]
    lines += ["  ".join(text for text in cells(row) if text) for row in book.rows]
    say(answers.book(book), "\n".join(lines))


@register.command(help="Xuất sổ đăng ký ra .xlsx hoặc .csv.")
@click.argument("agency")
@click.argument("year", type=int)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@shared
def export(agency: str, year: int, output: Path) -> None:
    """Write a sheet."""
    writer = WRITERS.get(output.suffix.lower())
    if writer is None:
        raise SignerError(
            Kind.UNSUITABLE,
            "format-not-available",
            "Sổ đăng ký chỉ xuất được ra .xlsx hoặc .csv.",
            "the register is exported as .xlsx or .csv only",
            where="output",
        )
    book = _book(agency, year)
    output.write_bytes(writer(book))
    say({"file": str(output), "rows": len(book.rows)}, f"{output}: {len(book.rows)} dòng")


def _book(agency: str, year: int) -> Book:
    use, office = services()
    return use.register(agency, year, caller(office, ""))
