"""``antin register``: the register of outgoing documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from signer.cli.common import caller, say, say_findings, services, shared
from signer.cli.described import OUTPUT, YEAR
from signer.cli.rows import add, complete, row
from signer.errors import Kind, SignerError
from signer.sheets import columns
from signer.usecases import answers, deadline_answers
from signer.usecases.deadlines import DeadlineBook
from signer.usecases.register import Book

T = TypeVar("T")


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
    book = _book(agency, year)
    lines = [f"{book.agency_name} · Sổ đăng ký văn bản đi năm {year}"]
    lines += ["  ".join(text for text in columns.cells(row) if text) for row in book.rows]
    say(answers.book(book), "\n".join(lines))


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
    # What writes PDF and XLSX takes a third of a second to load: only who asks for a sheet waits for it.
    from signer.sheets import binding  # noqa: PLC0415 - see above
    from signer.sheets import register as register_sheets  # noqa: PLC0415 - see above

    writers: dict[str, Callable[[Book], bytes]] = {
        ".csv": register_sheets.csv_bytes,
        ".xlsx": register_sheets.xlsx_bytes,
        ".pdf": partial(binding.pdf_bytes, paper=paper),
    }
    writer = _writer(writers, output)
    book = _book(agency, year)
    output.write_bytes(writer(book))
    say({"file": str(output), "rows": len(book.rows)}, f"{output}: {len(book.rows)} dòng")


@register.command(help="Thời hạn ban hành, gửi văn bản của một cơ quan trong một năm; -o ghi ra .csv, .xlsx hoặc .pdf.")
@click.argument("agency")
@click.argument("year", type=YEAR)
@click.option("-o", "--output", type=OUTPUT, help="Ghi vào tệp này.")
@shared
def deadlines(agency: str, year: int, output: Path | None) -> None:
    """Tell of every deadline that was missed."""
    from signer.sheets import deadlines as sheets  # noqa: PLC0415 - see ``export``

    writers: dict[str, Callable[[DeadlineBook], bytes]] = {
        ".csv": sheets.csv_bytes,
        ".xlsx": sheets.xlsx_bytes,
        ".pdf": sheets.pdf_bytes,
    }
    writer = None if output is None else _writer(writers, output)
    use, office = services()
    book = use.deadlines(agency, year, caller(office, ""))
    if output is not None and writer is not None:
        output.write_bytes(writer(book))
    say(deadline_answers.deadlines(book), "\n".join(_told(book, sheets.figures(book))))
    say_findings(book.findings)


def _told(book: DeadlineBook, figures: Iterable[tuple[str, int]]) -> list[str]:
    lines = [f"{book.agency_name} · Thời hạn năm {book.year}"]
    lines += [f"  {title}: {count}" for title, count in figures]
    for each in book.late:
        shown = each.course.symbol or each.course.subject
        lines.append(f"{shown}: {each.lateness.finding.message.vi} [{each.lateness.finding.clause}]")
    return lines


def _writer(writers: Mapping[str, T], output: Path) -> T:
    writer = writers.get(output.suffix.lower())
    if writer is None:
        raise SignerError(
            Kind.UNSUITABLE,
            "format-not-available",
            "Chỉ xuất được ra .xlsx, .csv hoặc .pdf.",
            "it is exported as .xlsx, .csv or .pdf only",
            where="output",
        )
    return writer


def _book(agency: str, year: int) -> Book:
    use, office = services()
    return use.register(agency, year, caller(office, ""))
