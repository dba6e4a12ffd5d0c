"""The desk here: use cases over the settings' own store and tokens."""

from __future__ import annotations

import getpass
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from signer.cli.desk import AskPin, End, Json
from signer.model import Actor, Content, Document, DocumentState, KeyHolder, Office, SignatureRole
from signer.sheets import report
from signer.usecases import answers, deadline_answers
from signer.usecases.caller import Caller, person_meant
from signer.usecases.deadlines import DeadlineBook
from signer.usecases.examine import SentFile
from signer.usecases.issue import Wish
from signer.usecases.metadata import file_name
from signer.usecases.register import Book
from signer.usecases.services import Services
from signer.web import wire, wire_registers


class LocalDesk:
    """``signer.cli.desk.Desk`` without a network. The shell has no bounds: who reads the settings acts for all."""

    def __init__(self, use: Services, office: Office) -> None:
        self._use = use
        self._office = office

    # --- drafts

    def prepare(self, draft: Path, metadata: Json, attachments: Sequence[Path], person: str) -> Json:
        """As the Protocol says."""
        said = wire.draft_request(metadata).metadata
        return answers.prepared(
            self._use.prepare(Content.of_file(draft), said, self._caller(person), _sent(attachments))
        )

    def check(self, draft: Path, metadata: Json, attachments: Sequence[Path], page: Path | None) -> Json:
        """As the Protocol says."""
        said = wire.draft_request(metadata).metadata
        found = self._use.check(Content.of_file(draft), said, self._caller(), _sent(attachments))
        if page is not None:
            page.write_bytes(report.html_bytes(found))
        return answers.checked(found)

    def copy(self, scan: Path, wanted: Json, person: str) -> Json:
        """As the Protocol says."""
        asked = wire_registers.copy_request(wanted).wanted
        return answers.copied(self._use.copy(Content.of_file(scan), asked, self._caller(person)))

    # --- orders

    def sign(self, document: str, key: str, role: str, level: str, person: str, pin: AskPin) -> Json:
        """As the Protocol says; who signs with his own key and names nobody commands it himself."""
        info = self._use.keys.info(key)
        who = self._caller(person or info.owner)
        told = pin() if info.holder is KeyHolder.PERSON else None
        return answers.signed(self._use.sign(document, SignatureRole(role), key, who, told, level))

    def issue(self, document: str, wish: Wish, person: str, pin: AskPin) -> Json:
        """As the Protocol says."""
        who = self._caller(person)
        told = pin() if self._use.look.show(document, who).clerk else None
        return answers.issued(self._use.issue(document, who, wish, told))

    def issue_on_paper(self, document: str, wish: Wish, person: str) -> Json:
        """As the Protocol says."""
        return answers.on_paper(self._use.issue_on_paper(document, self._caller(person), wish.day, wish.number))

    def end(self, how: End, document: str, reason: str, person: str) -> Json:
        """As the Protocol says."""
        ends: dict[End, Callable[[str, str, Caller], Document]] = {
            "reject": self._use.reject,
            "void": self._use.void,
            "recall": self._use.recall,
        }
        return answers.ended(ends[how](document, reason, self._caller(person)))

    # --- looks

    def show(self, document: str) -> Json:
        """As the Protocol says."""
        return answers.shown(*self._use.look.related(document, self._caller()))

    def documents(self, state: str | None) -> Sequence[Json]:
        """As the Protocol says."""
        who, wanted = self._caller(), DocumentState(state) if state else None
        found: list[Document] = []
        while page := self._use.look.page(who, wanted, found[-1].id if found else "", 200):
            found += page
        return [answers.summary(each) for each in found]

    def get(self, document: str, number: int, output: Path) -> Json:
        """As the Protocol says."""
        found = self._use.look.file(document, self._caller(), number)
        with output.open("wb") as file:
            file.writelines(found.content.chunks())
        return {
            "id": found.document.id,
            "name": found.name,
            "sha256": found.sha256,
            "size": found.content.size,
            "file": str(output),
        }

    def tokens(self) -> Sequence[Json]:
        """As the Protocol says."""
        return [answers.token(status) for status in self._use.health.tokens.statuses()]

    # --- books

    def register(self, agency: str, year: int) -> Json:
        """As the Protocol says."""
        return answers.book(self._use.register(agency, year, self._caller()))

    def register_sheet(self, agency: str, year: int, form: str, paper: str, output: Path) -> int:
        """As the Protocol says."""
        # What writes PDF and XLSX takes a third of a second to load: only who asks for a sheet waits for it.
        from signer.sheets import binding  # noqa: PLC0415 - see above
        from signer.sheets import register as sheets  # noqa: PLC0415 - see above

        writers: dict[str, Callable[[Book], bytes]] = {
            "csv": sheets.csv_bytes,
            "xlsx": sheets.xlsx_bytes,
            "pdf": partial(binding.pdf_bytes, paper=paper),
        }
        book = self._use.register(agency, year, self._caller())
        output.write_bytes(writers[form](book))
        return len(book.rows)

    def deadlines(self, agency: str, year: int) -> Json:
        """As the Protocol says."""
        return deadline_answers.deadlines(self._use.deadlines(agency, year, self._caller()))

    def deadlines_sheet(self, agency: str, year: int, form: str, output: Path) -> Json:
        """As the Protocol says."""
        from signer.sheets import deadlines as sheets  # noqa: PLC0415 - see ``register_sheet``

        writers: dict[str, Callable[[DeadlineBook], bytes]] = {
            "csv": sheets.csv_bytes,
            "xlsx": sheets.xlsx_bytes,
            "pdf": sheets.pdf_bytes,
        }
        book = self._use.deadlines(agency, year, self._caller())
        output.write_bytes(writers[form](book))
        return deadline_answers.deadlines(book)

    # --- rows

    def enter(self, agency: str, metadata: Json, wish: Wish, person: str) -> Json:
        """As the Protocol says."""
        said = wire_registers.row_request(agency, {"metadata": metadata}).metadata
        return answers.on_paper(self._use.enter(said, self._caller(person), wish.day, wish.number))

    def row(self, document: str) -> Json:
        """As the Protocol says."""
        return answers.row_with_history(self._use.rows.show(document, self._caller()))

    def complete(self, document: str, columns: Mapping[str, str], reason: str, person: str) -> Json:
        """As the Protocol says."""
        return answers.row_with_history(self._use.rows.complete(document, columns, self._caller(person), reason))

    def _caller(self, person: str = "") -> Caller:
        """Who commands, as the log will have it: a person of the office where the name is known there."""
        user = getpass.getuser()
        wanted = unicodedata.normalize("NFC", person.strip()) or user
        return Caller(Actor(*person_meant(self._office, wanted), f"cli:{user}"))


def _sent(paths: Sequence[Path]) -> tuple[SentFile, ...]:
    """Attachments by their names."""
    return tuple(SentFile(file_name(path.name, index), Content.of_file(path)) for index, path in enumerate(paths))
