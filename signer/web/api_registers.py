"""Registers over HTTP: the book, its rows, deadlines."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask, Response, request

from signer.sheets import binding, columns
from signer.sheets import deadlines as deadline_sheets
from signer.sheets import register as register_sheets
from signer.usecases import answers, deadline_answers
from signer.usecases.deadlines import DeadlineBook, Late
from signer.usecases.register import RowKey
from signer.usecases.services import Services
from signer.web import auth, pages, wire_registers
from signer.web.pages import MOST_ROWS
from signer.web.repeats import Orders
from signer.web.replies import answer, created, json_body, sheet_answer, sheet_form, word
from signer.web.shapes import FIRST_YEAR, LAST_YEAR
from signer.web.strict import malformed


def install(app: Flask, services: Services, order: Orders) -> None:
    """Add the views."""
    _rows(app, services, order)
    _books(app, services)


def _rows(app: Flask, services: Services, order: Orders) -> None:
    @app.post("/v1/registers/<agency>/rows", endpoint="enter")
    def enter(agency: str) -> Response:
        said = wire_registers.row_request(agency, json_body())
        return order(
            said.actor,
            lambda who: services.enter(said.metadata, who, said.wish.day, said.wish.number),
            lambda made: created(answers.on_paper(made), f"/v1/documents/{made.document.id}"),
        )

    @app.get("/v1/documents/<document:document_id>/register", endpoint="row")
    def row(document_id: str) -> Response:
        return answer(answers.row_with_history(services.rows.show(document_id, auth.caller())))

    @app.patch("/v1/documents/<document:document_id>/register", endpoint="complete_row")
    def complete_row(document_id: str) -> Response:
        said = wire_registers.columns_request(json_body())
        return order(
            said.actor,
            lambda who: services.rows.complete(document_id, said.columns, who, said.reason),
            lambda found: answer(answers.row_with_history(found)),
        )


def _books(app: Flask, services: Services) -> None:
    @app.get("/v1/registers/<agency>/<int:year>", endpoint="register")
    def register(agency: str, year: int) -> Response:
        form, paper = sheet_form(), word("paper", columns.PAPERS, columns.PAPERS[0])
        if form == "json":
            return _page(services, agency, _told(year))
        _whole()
        book = services.register(agency, _told(year), auth.caller())
        if form == "pdf":
            data = binding.pdf_bytes(book, paper)
        else:
            data = {"csv": register_sheets.csv_bytes, "xlsx": register_sheets.xlsx_bytes}[form](book)
        return sheet_answer(data, form, f"register-{year}")

    @app.get("/v1/registers/<agency>/<int:year>/deadlines", endpoint="deadlines")
    def deadlines(agency: str, year: int) -> Response:
        form = sheet_form()
        book = services.deadlines(agency, _told(year), auth.caller())
        if form == "json":
            return _late(book)
        _whole()
        write = {
            "csv": deadline_sheets.csv_bytes,
            "xlsx": deadline_sheets.xlsx_bytes,
            "pdf": deadline_sheets.pdf_bytes,
        }[form]
        return sheet_answer(write(book), form, f"deadlines-{year}")


def _page(services: Services, agency: str, year: int) -> Response:
    """The book, all of it for nearly everybody; further rows where there are more, or fewer are asked for."""
    asked = pages.asked(MOST_ROWS, MOST_ROWS)
    after = _row_key(asked.after) if asked.after else None
    book = services.register(agency, year, auth.caller(), after, asked.limit + 1)
    shown, more = book.rows[: asked.limit], len(book.rows) > asked.limit
    following = pages.cursor(shown[-1].series, shown[-1].period, shown[-1].number) if more else None
    return pages.page(answers.book(replace(book, rows=shown)), following)


def _row_key(after: str) -> RowKey:
    series, period, number = pages.parts(after, str, str, int)
    return str(series), str(period), int(number)


def _late(book: DeadlineBook) -> Response:
    """The figures are those of the year on every page; what was late comes in the order of documents and deadlines."""
    asked = pages.asked(MOST_ROWS, MOST_ROWS)
    document, code = pages.parts(asked.after, str, str) if asked.after else ("", "")
    told = sorted(book.late, key=_deadline)
    rest = [each for each in told if _deadline(each) > (document, code)]
    shown, more = tuple(rest[: asked.limit]), len(rest) > asked.limit
    following = pages.cursor(*_deadline(shown[-1])) if more else None
    return pages.page(deadline_answers.deadlines(replace(book, late=shown)), following)


def _deadline(late: Late) -> tuple[str, str]:
    return late.course.document_id, late.lateness.finding.code


def _whole() -> None:
    """A sheet is a whole book: a part of one that looks like all of it would mislead."""
    for name in ("after", "limit"):
        if name in request.args:
            raise malformed(name, "Chỉ dùng với dạng json.", "goes with the format json only")


def _told(year: int) -> int:
    """A year in four digits: "26" is an empty book to nobody's use."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise malformed(
            "year",
            f"Năm gồm bốn chữ số, từ {FIRST_YEAR} đến {LAST_YEAR}.",
            f"a year has four digits, {FIRST_YEAR} to {LAST_YEAR}",
        )
    return year
