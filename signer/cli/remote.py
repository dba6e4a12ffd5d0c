"""The desk elsewhere: a running service, asked over HTTP by ``signer.client``.

Who commands is told as the person at the shell names him: the service knows its office, and says whom an id or a name
means. Who names nobody is, to the service, whoever its API key is; the user of this computer proves nothing there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click

from policies.model import Finding, Severity, Text
from signer.cli.desk import AskPin, End, Json
from signer.cli.reach import Service
from signer.client import Client, ClientError, Damaged, Problem
from signer.client.answers import ActorSaid
from signer.client.client import Sheet
from signer.errors import Kind, SignerError
from signer.usecases.issue import Wish
from signer.usecases.look import MAIN_FILE
from signer.web.problems import STATUS

KINDS = {status: kind for kind, status in STATUS.items()}
RETRY_SECONDS = 5


def open_desk(service: Service) -> RemoteDesk:
    """The desk at ``service``; a usage error where its address or key cannot be used."""
    key = service.api_key()
    try:
        client = Client(
            service.url, api_key=key, certificate=service.certificate, ca=service.ca, patience=service.patience
        )
    except ValueError as error:
        raise click.UsageError(f"Không dùng được địa chỉ hoặc khóa truy cập: {error}") from None
    context, waiting, calls = click.get_current_context(), _Waiting(), logging.getLogger("signer.client")
    calls.addHandler(waiting)
    context.call_on_close(client.close)
    context.call_on_close(lambda: calls.removeHandler(waiting))
    return RemoteDesk(client)


class _Waiting(logging.Handler):
    """Tells a person why a command takes its time."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"Dịch vụ chưa trả lời trọn vẹn, sẽ gửi lại: {record.getMessage()}", err=True)


@contextmanager
def told() -> Iterator[None]:
    """What the client raises, as the use cases would have raised it."""
    try:
        yield
    except Problem as problem:
        raise _refused(problem) from None
    except ClientError as error:
        raise _unanswered(error) from None


def _refused(problem: Problem) -> SignerError:
    kind = KINDS.get(problem.status, Kind.UNAVAILABLE if problem.status >= 500 else Kind.MALFORMED)
    return SignerError(
        kind,
        problem.code,
        problem.detail_vi,
        problem.detail_en,
        clause=problem.clause,
        where=problem.where,
        findings=[_finding(each) for each in problem.findings],
        retry_after=None if problem.retry_after is None else int(problem.retry_after),
    )


def _finding(said: Mapping[str, Any]) -> Finding:
    return Finding(said["code"], Severity(said["severity"]), Text(**said["message"]), said["clause"])


def _unanswered(error: ClientError) -> SignerError:
    if isinstance(error, Damaged):
        return SignerError(
            Kind.UNAVAILABLE,
            "file-damaged",
            "Tệp nhận được không khớp với mã băm do dịch vụ thông báo; không ghi lại.",
            f"{error}; nothing was written",
        )
    return SignerError(
        Kind.UNAVAILABLE,
        "service-unreachable",
        f"Không nhận được trả lời trọn vẹn của dịch vụ ({error}). Nếu là lệnh thay đổi dữ liệu thì chưa rõ đã thực "
        "hiện hay chưa: hãy xem lại trước khi lặp lại.",
        f"no whole answer of the service ({error}); an order may have been carried out: look before it is repeated",
        retry_after=RETRY_SECONDS,
    )


class RemoteDesk:
    """``signer.cli.desk.Desk`` over HTTP."""

    def __init__(self, client: Client) -> None:
        self.client = client

    # --- drafts

    @told()
    def prepare(self, draft: Path, metadata: Json, attachments: Sequence[Path], person: str) -> Json:
        """As the Protocol says."""
        return cast("Json", self.client.prepare(draft, metadata | _actor(person), attachments))

    @told()
    def check(self, draft: Path, metadata: Json, attachments: Sequence[Path], page: Path | None) -> Json:
        """As the Protocol says."""
        if page is not None:
            self.client.check_page(draft, metadata, page, attachments)
        return cast("Json", self.client.check(draft, metadata, attachments))

    @told()
    def copy(self, scan: Path, wanted: Json, person: str) -> Json:
        """As the Protocol says."""
        return cast("Json", self.client.copy(scan, wanted | _actor(person)))

    # --- orders

    @told()
    def sign(self, document: str, key: str, role: str, level: str, person: str, pin: AskPin) -> Json:
        """As the Protocol says; what keys are is not known here, and those who sign have PINs."""
        secret = pin()
        return cast(
            "Json",
            self.client.sign(
                document,
                key,
                pin=secret.reveal() if secret else None,
                role="initial" if role == "initial" else "leader",
                level=level,
                actor=_person(person),
            ),
        )

    @told()
    def issue(self, document: str, wish: Wish, person: str, pin: AskPin) -> Json:
        """As the Protocol says."""
        secret = pin() if self.client.show(document)["clerk"] else None
        return cast(
            "Json",
            self.client.issue(
                document,
                date=_day(wish),
                number=wish.number,
                pin=secret.reveal() if secret else None,
                actor=_person(person),
            ),
        )

    @told()
    def issue_on_paper(self, document: str, wish: Wish, person: str) -> Json:
        """As the Protocol says."""
        return cast(
            "Json",
            self.client.issue_on_paper(document, date=_day(wish), number=wish.number, actor=_person(person)),
        )

    @told()
    def end(self, how: End, document: str, reason: str, person: str) -> Json:
        """As the Protocol says."""
        call = {"reject": self.client.reject, "void": self.client.void, "recall": self.client.recall}[how]
        return cast("Json", call(document, reason, actor=_person(person)))

    # --- looks

    @told()
    def show(self, document: str) -> Json:
        """As the Protocol says."""
        return cast("Json", self.client.show(document))

    @told()
    def documents(self, state: str | None) -> Sequence[Json]:
        """As the Protocol says."""
        return [cast("Json", each) for each in self.client.documents(state=state)]

    @told()
    def get(self, document: str, number: int, output: Path) -> Json:
        """As the Protocol says."""
        if number == MAIN_FILE:
            saved = self.client.content(document, output)
        else:
            saved = self.client.file(document, number, output)
        return {
            "id": document,
            "name": saved.name,
            "sha256": saved.sha256,
            "size": saved.size,
            "file": str(output),
        }

    @told()
    def tokens(self) -> Sequence[Json]:
        """As the Protocol says; an operator's key is told of them, others are refused."""
        state = self.client.health()
        if "tokens" not in state:
            raise SignerError(
                Kind.FORBIDDEN,
                "role-not-allowed",
                "Chỉ khóa truy cập của quản trị vận hành (operator) được xem các thiết bị.",
                "only an operator's API key is told of the tokens",
            )
        return [cast("Json", each) for each in state["tokens"]]

    # --- books

    @told()
    def register(self, agency: str, year: int) -> Json:
        """As the Protocol says."""
        return cast("Json", self.client.register(agency, year))

    @told()
    def register_sheet(self, agency: str, year: int, form: str, paper: str, output: Path) -> int:
        """As the Protocol says."""
        self.client.register_sheet(
            agency, year, output, form=cast("Sheet", form), paper="a4" if paper == "a4" else "a3"
        )
        return sum(1 for _ in self.client.rows(agency, year))

    @told()
    def deadlines(self, agency: str, year: int) -> Json:
        """As the Protocol says."""
        return cast("Json", self.client.deadlines(agency, year))

    @told()
    def deadlines_sheet(self, agency: str, year: int, form: str, output: Path) -> Json:
        """As the Protocol says."""
        self.client.deadlines_sheet(agency, year, output, form=cast("Sheet", form))
        return cast("Json", self.client.deadlines(agency, year))

    # --- rows

    @told()
    def enter(self, agency: str, metadata: Json, wish: Wish, person: str) -> Json:
        """As the Protocol says."""
        return cast(
            "Json",
            self.client.enter(agency, metadata, date=_day(wish), number=wish.number, actor=_person(person)),
        )

    @told()
    def row(self, document: str) -> Json:
        """As the Protocol says."""
        return cast("Json", self.client.row(document))

    @told()
    def complete(self, document: str, columns: Mapping[str, str], reason: str, person: str) -> Json:
        """As the Protocol says."""
        return cast("Json", self.client.complete_row(document, columns, reason=reason, actor=_person(person)))

    # --- judgements

    @told()
    def verify(self, file: Path, attachments: Sequence[Path] = ()) -> Json:
        """Judge a file, or a package, by what the service trusts."""
        return cast("Json", self.client.verify(file, attachments))


def _person(said: str) -> ActorSaid | None:
    return {"id": said.strip()} if said.strip() else None


def _actor(said: str) -> Json:
    named = _person(said)
    return {"actor": named} if named else {}


def _day(wish: Wish) -> str | None:
    return wish.day.isoformat() if wish.day else None
