"""Logs: one JSON object a line, with the request's id; never a body, a header, a PIN or an exception's text."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message"}
MOST = 2000
"""Characters of one text in a line: what a stranger sends must not fill the disk."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON; ``extra`` becomes members, a traceback becomes places without texts."""

    def __init__(self, request_id: Callable[[], str]) -> None:
        super().__init__()
        self._request_id = request_id

    def format(self, record: logging.LogRecord) -> str:
        """Make the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _bounded(record.getMessage()),
            "request_id": self._request_id() or "-",
            "pid": record.process,
        }
        line |= {name: _bounded(value) for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info and record.exc_info[0] is not None:
            # What a stranger's exception says may be a piece of a document: its name and place have to do.
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _places(record)
        return json.dumps(line, ensure_ascii=False, default=_named)


def _bounded(value: object) -> object:
    if isinstance(value, str) and len(value) > MOST:
        return f"{value[:MOST]}… ({len(value)})"
    return value


def _named(value: object) -> str:
    """What JSON does not know is told by its kind: what it holds may be anything."""
    return f"<{type(value).__name__}>"


def _places(record: logging.LogRecord) -> list[str]:
    places: list[str] = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-12:]


class _Lines(logging.StreamHandler[TextIO]):
    """Standard error. What cannot be logged is told without it: Python's own complaint would quote its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        lost = logging.LogRecord(record.name, logging.ERROR, "", 0, "a line of %s:%d cannot be logged", None, None)
        lost.args = (record.module, record.lineno)
        self.stream.write(self.format(lost) + self.terminator)


def configure(request_id: Callable[[], str], level: int = logging.INFO) -> None:
    """Send all logs of this process to standard error, one JSON object a line; warnings and last words too."""
    handler = _Lines(sys.stderr)
    handler.setFormatter(JsonLines(request_id))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda kind, error, trace: root.critical("the process ends", exc_info=(kind, error, trace))
    threading.excepthook = lambda last: root.error(
        "a thread ended", exc_info=(last.exc_type, last.exc_value or last.exc_type(), last.exc_traceback)
    )
