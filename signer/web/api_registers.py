"""Registers over HTTP: the book, its rows, deadlines."""

from __future__ import annotations

from flask import Flask, Response

from signer.sheets import binding, columns
from signer.sheets import deadlines as deadline_sheets
from signer.sheets import register as register_sheets
from signer.usecases import answers, deadline_answers
from signer.usecases.services import Services
from signer.web import auth, wire_registers
from signer.web.repeats import once
from signer.web.replies import answer, created, json_body, sheet_answer, sheet_form, word
from signer.web.shapes import FIRST_YEAR, LAST_YEAR
from signer.web.strict import malformed


def install(app: Flask, services: Services) -> None:
    """Add the views."""
    _rows(app, services)
    _books(app, services)


def _rows(app: Flask, services: Services) -> None:
    idempotent = once(services)

    @app.post("/v1/registers/<agency>/rows", endpoint="enter")
    @idempotent
    def enter(agency: str) -> Response:
        said = wire_registers.row_request(agency, json_body())
        result = services.enter(said.metadata, auth.caller(said.actor), said.wish.day, said.wish.number)
        return created(answers.on_paper(result), f"/v1/documents/{result.document.id}")

    @app.get("/v1/documents/<document_id>/register", endpoint="row")
    def row(document_id: str) -> Response:
        return answer(answers.row_with_history(services.rows.show(document_id, auth.caller())))

    @app.patch("/v1/documents/<document_id>/register", endpoint="complete_row")
    @idempotent
    def complete_row(document_id: str) -> Response:
        said = wire_registers.columns_request(json_body())
        found = services.rows.complete(document_id, said.columns, auth.caller(said.actor), said.reason)
        return answer(answers.row_with_history(found))


def _books(app: Flask, services: Services) -> None:
    @app.get("/v1/registers/<agency>/<int:year>", endpoint="register")
    def register(agency: str, year: int) -> Response:
        form, paper = sheet_form(), word("paper", columns.PAPERS, columns.PAPERS[0])
        book = services.register(agency, _told(year), auth.caller())
        if form == "json":
            return answer(answers.book(book))
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
            return answer(deadline_answers.deadlines(book))
        write = {
            "csv": deadline_sheets.csv_bytes,
            "xlsx": deadline_sheets.xlsx_bytes,
            "pdf": deadline_sheets.pdf_bytes,
        }[form]
        return sheet_answer(write(book), form, f"deadlines-{year}")


def _told(year: int) -> int:
    """A year in four digits: "26" is an empty book to nobody's use."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise malformed(
            "year",
            f"Năm gồm bốn chữ số, từ {FIRST_YEAR} đến {LAST_YEAR}.",
            f"a year has four digits, {FIRST_YEAR} to {LAST_YEAR}",
        )
    return year
