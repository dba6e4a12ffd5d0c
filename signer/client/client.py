"""The calls, one method each."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, TypeVar, cast
from urllib.parse import quote

from . import answers
from .form import Named, Source, form
from .saving import Saved, save
from .transport import Answer, Bearer, Call, Transport

T = TypeVar("T")
PathText: TypeAlias = "str | os.PathLike[str]"
Sheet = Literal["csv", "xlsx", "pdf"]

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class Client:
    """A service to call, as one API key or client certificate; several threads may share it.

    ``base_url`` is its address, https but for loopback (``plain_http`` allows http elsewhere: whoever can listen
    there reads keys and PINs). ``certificate`` is a PEM file with certificate and key, or the two files; ``ca`` a
    PEM file of roots in place of the usual ones; ``proxy`` the address of an HTTP proxy. Nothing of this is taken
    from the environment. ``timeout`` is how long the service may be silent, ``patience`` how long a call may take
    with all its repetitions, both in seconds.

    Every method may raise Problem (refused) or Unreachable (no answer); OSError is about files here. Methods that
    change something take ``idempotency_key``: one is made for each call, and a caller who must be able to repeat
    an order after a crash of his own gives one that he has stored. ``actor`` is the person who commands.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        certificate: PathText | tuple[PathText, PathText] | None = None,
        ca: PathText | None = None,
        proxy: str | None = None,
        timeout: float = 120.0,
        patience: float = 300.0,
        plain_http: bool = False,
    ) -> None:
        self._transport = Transport(
            base_url,
            auth=None if api_key is None else Bearer(api_key),
            certificate=_certificate(certificate),
            ca=None if ca is None else os.fspath(ca),
            proxy=proxy,
            timeout=timeout,
            patience=patience,
            plain_http=plain_http,
        )

    def __repr__(self) -> str:
        return f"Client({self._transport.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    # --- drafts

    def check(self, file: Named, metadata: Mapping[str, object], attachments: Sequence[Named] = ()) -> answers.Checked:
        """Ask what would be said against a draft; nothing is kept of it."""
        with form(file, attachments, _text(metadata)) as body:
            return self._ask(answers.Checked, Call("POST", "/v1/documents/check", body=body))

    def check_page(
        self, file: Named, metadata: Mapping[str, object], to: PathText, attachments: Sequence[Named] = ()
    ) -> Saved:
        """As ``check``, as a page (HTML) for the drafter."""
        with form(file, attachments, _text(metadata)) as body:
            call = Call("POST", "/v1/documents/check", {"format": "html"}, body=body)
            return self._fetch(call, to, digest_needed=False)

    def prepare(
        self,
        file: Named,
        metadata: Mapping[str, object],
        attachments: Sequence[Named] = (),
        *,
        idempotency_key: str | None = None,
    ) -> answers.Prepared:
        """Send a draft, its attachments and what is said of it; places are found, empty fields made.

        ``metadata`` as in the interface: agency, type, subject, signers, …; ``actor`` is one of its members.
        Files are paths, bytes or open binary files, with a name of their own as ``(name, file)``.
        """
        with form(file, attachments, _text(metadata)) as body:
            return self._ask(answers.Prepared, Call("POST", "/v1/documents", body=body, key=_order(idempotency_key)))

    # --- orders

    def sign(
        self,
        document: str,
        key: str,
        *,
        pin: str | None = None,
        role: Literal["leader", "initial"] = "leader",
        level: str = "B-B",
        actor: answers.ActorSaid | None = None,
        idempotency_key: str | None = None,
    ) -> answers.Signed:
        """Sign with the key of that name; ``pin`` is the person's own, for this signature."""
        said = {"role": role, "key": key, "pin": pin, "level": level, "actor": actor}
        return self._order(answers.Signed, document, "signatures", said, idempotency_key)

    def issue(
        self,
        document: str,
        *,
        date: str | None = None,
        number: int | str | None = None,
        pin: str | None = None,
        actor: answers.ActorSaid | None = None,
        idempotency_key: str | None = None,
    ) -> answers.Issued:
        """Give the document number and date, and sign it as the agency. ``pin`` is the clerk's, where he signs too."""
        said = {"date": date, "number": number, "pin": pin, "actor": actor}
        return self._order(answers.Issued, document, "issue", said, idempotency_key)

    def issue_on_paper(
        self,
        document: str,
        *,
        date: str | None = None,
        number: int | str | None = None,
        actor: answers.ActorSaid | None = None,
        idempotency_key: str | None = None,
    ) -> answers.OnPaper:
        """Give a signed document its number and date, to be printed and sealed by hand."""
        said = {"medium": "paper", "date": date, "number": number, "actor": actor}
        return self._order(answers.OnPaper, document, "issue", said, idempotency_key)

    def reject(
        self, document: str, reason: str, *, actor: answers.ActorSaid | None = None, idempotency_key: str | None = None
    ) -> answers.Ended:
        """Send a document back that has no number yet."""
        return self._order(answers.Ended, document, "reject", {"reason": reason, "actor": actor}, idempotency_key)

    def void(
        self, document: str, reason: str, *, actor: answers.ActorSaid | None = None, idempotency_key: str | None = None
    ) -> answers.Ended:
        """End a number; it is not used again."""
        return self._order(answers.Ended, document, "void", {"reason": reason, "actor": actor}, idempotency_key)

    def recall(
        self, document: str, reason: str, *, actor: answers.ActorSaid | None = None, idempotency_key: str | None = None
    ) -> answers.Ended:
        """Take an issued document back."""
        return self._order(answers.Ended, document, "recall", {"reason": reason, "actor": actor}, idempotency_key)

    def copy(
        self, scan: Named, metadata: Mapping[str, object], *, idempotency_key: str | None = None
    ) -> answers.Copied:
        """Certify a scan of paper. ``metadata``: agency, form, subject, of, and perhaps source and actor."""
        with form(scan, (), _text(metadata)) as body:
            return self._ask(answers.Copied, Call("POST", "/v1/copies", body=body, key=_order(idempotency_key)))

    # --- what there is

    def show(self, document: str) -> answers.Document:
        """Everything that is told of one document."""
        return self._ask(answers.Document, Call("GET", _path("documents", document)))

    def documents(
        self, *, state: str | None = None, agency: str | None = None, external_id: str | None = None
    ) -> Iterator[answers.Summary]:
        """The documents that the key may see, old ones first, fetched page by page as they are asked for."""
        asked = {"state": state, "agency": agency, "external_id": external_id}
        for page in self._pages("/v1/documents", {name: value for name, value in asked.items() if value is not None}):
            yield from page["documents"]

    def events(self, after: str = "") -> Iterator[answers.Event]:
        """What happened, in order, from behind the position ``after`` up to now.

        A system that follows stores the ``position`` of the last event that it has dealt with, and later asks from
        there: none is missed, none comes twice.
        """
        for page in self._pages("/v1/events", {"after": after} if after else {}):
            if not page["events"]:
                return
            yield from page["events"]

    def content(self, document: str, to: PathText) -> Saved:
        """Fetch the document's newest revision into the file ``to``. Damaged where it is not the one announced."""
        return self._fetch(Call("GET", _path("documents", document, "content")), to)

    def file(self, document: str, n: int, to: PathText) -> Saved:
        """Fetch a file of the document: 1 is the document itself, from 2 on its attachments."""
        return self._fetch(Call("GET", _path("documents", document, "files", str(n))), to)

    # --- the register

    def register(self, agency: str, year: int) -> answers.Register:
        """A year of the register of outgoing documents, whole."""
        return cast("answers.Register", self._whole(_path("registers", agency, str(year)), "rows"))

    def rows(self, agency: str, year: int) -> Iterator[answers.Row]:
        """Its rows, fetched page by page as they are asked for."""
        for page in self._pages(_path("registers", agency, str(year)), {}):
            yield from page["rows"]

    def register_sheet(
        self, agency: str, year: int, to: PathText, *, form: Sheet, paper: Literal["a3", "a4"] = "a3"
    ) -> Saved:
        """The same as a file; ``paper`` is the size of a PDF to print and bind."""
        query = {"format": form, "paper": paper}
        return self._fetch(Call("GET", _path("registers", agency, str(year)), query), to, digest_needed=False)

    def enter(
        self,
        agency: str,
        metadata: Mapping[str, object],
        *,
        date: str | None = None,
        number: int | str | None = None,
        actor: answers.ActorSaid | None = None,
        idempotency_key: str | None = None,
    ) -> answers.OnPaper:
        """Enter a document that is on paper from the start: it gets number and row, and has no file."""
        body = _json({"metadata": dict(metadata), "date": date, "number": number, "actor": actor})
        path = _path("registers", agency, "rows")
        return self._ask(answers.OnPaper, Call("POST", path, body=body, key=_order(idempotency_key)))

    def row(self, document: str) -> answers.RowWithHistory:
        """A document's row of the register, and what it said before."""
        return self._ask(answers.RowWithHistory, Call("GET", _path("documents", document, "register")))

    def complete_row(
        self,
        document: str,
        columns: Mapping[str, str | int],
        *,
        reason: str = "",
        actor: answers.ActorSaid | None = None,
        idempotency_key: str | None = None,
    ) -> answers.RowWithHistory:
        """Write columns 5 to 10: recipients, kept_by, copies, sent_on, received_by, note."""
        body = _json({**columns, "reason": reason or None, "actor": actor})
        path = _path("documents", document, "register")
        return self._ask(answers.RowWithHistory, Call("PATCH", path, body=body, key=_order(idempotency_key)))

    def deadlines(self, agency: str, year: int) -> answers.Deadlines:
        """The deadlines of a year: figures, and every one that was missed."""
        path = _path("registers", agency, str(year), "deadlines")
        return cast("answers.Deadlines", self._whole(path, "late"))

    def deadlines_sheet(self, agency: str, year: int, to: PathText, *, form: Sheet) -> Saved:
        """The same as a file."""
        path = _path("registers", agency, str(year), "deadlines")
        return self._fetch(Call("GET", path, {"format": form}), to, digest_needed=False)

    # --- judgements, and the service itself

    def verify(self, file: Source, attachments: Sequence[Named] = ()) -> answers.Report:
        """Judge a file, or a document with its attachments as one package."""
        with form(file, attachments) as body:
            return self._ask(answers.Report, Call("POST", "/v1/verify", body=body))

    def health(self) -> answers.Ready:
        """Whether the service takes work, asked once; an operator's key is told of every token."""
        return self._ask(answers.Ready, Call("GET", "/readyz", answers=frozenset({503})))

    # --- how

    def _order(
        self, shape: type[T], document: str, what: str, said: Mapping[str, object], idempotency_key: str | None
    ) -> T:
        call = Call(
            "POST",
            _path("documents", document, what),
            body=_json(said),
            key=_order(idempotency_key),
            with_pin=said.get("pin") is not None,
        )
        return self._ask(shape, call)

    def _ask(self, shape: type[T], call: Call) -> T:  # noqa: ARG002 - see below
        """The answer's JSON; ``shape`` is what the type checker is told of it."""
        return cast("T", self._transport.send(call, Answer.json))

    def _pages(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        asked = dict(query)
        while True:
            page = self._ask(dict[str, Any], Call("GET", path, dict(asked)))
            yield page
            if page["next"] is None:
                return
            asked["after"] = page["next"]

    def _whole(self, path: str, name: str) -> dict[str, Any]:
        """Pages as one, their list ``name`` joined."""
        pages = list(self._pages(path, {}))
        joined = {member: value for member, value in pages[0].items() if member != "next"}
        return joined | {name: [each for page in pages for each in page[name]]}

    def _fetch(self, call: Call, to: PathText, *, digest_needed: bool = True) -> Saved:
        def keep(answer: Answer) -> Saved:
            return save(answer.blocks, answer.headers, Path(to), digest_needed=digest_needed)

        return self._transport.send(call, keep)


def _path(*parts: str) -> str:
    """The address of something. An id from elsewhere stays one part of it: "../issue" is no other address."""
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError("an id is never empty, and no dots")
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _text(metadata: Mapping[str, object]) -> str:
    return json.dumps(metadata, ensure_ascii=False)


def _json(said: Mapping[str, object]) -> bytes:
    """What is said; what is not said is left out."""
    return json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False).encode()


def _order(idempotency_key: str | None) -> str:
    """An order's key, made once for all its attempts."""
    key = secrets.token_urlsafe(24) if idempotency_key is None else idempotency_key
    if not _KEY.fullmatch(key):
        raise ValueError("an Idempotency-Key is 1 to 255 printable ASCII characters without spaces")
    return key


def _certificate(given: PathText | tuple[PathText, PathText] | None) -> str | tuple[str, str] | None:
    if given is None:
        return None
    return (os.fspath(given[0]), os.fspath(given[1])) if isinstance(given, tuple) else os.fspath(given)
