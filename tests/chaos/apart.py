"""Work in a child of its own, forked from this process, which never opens a token or a database itself.

What a child says comes back line by line, also what it said before it was killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Say = Callable[[dict[str, Any]], None]


class Child:
    """A forked child at work. ``say`` is its only way to us; its logs go to a file."""

    def __init__(self, work: Callable[[Say], None], log: Path) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            _child(work, writing, log)
        os.close(writing)
        self._reading = reading
        self.status: int | None = None

    def said(self) -> Iterator[dict[str, Any]]:
        """Everything that it says, until it ends; half a line is what it could not finish."""
        with os.fdopen(self._reading, "rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    yield json.loads(line)
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill(self) -> None:
        """SIGKILL. It is a zombie at most until ``said`` has come to its end: the number is still its own."""
        os.kill(self.pid, signal.SIGKILL)

    @property
    def killed(self) -> bool:
        """Whether it died by SIGKILL."""
        return self.status == -signal.SIGKILL


def _child(work: Callable[[Say], None], writing: int, log: Path) -> None:
    status = 1
    try:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)

        def say(value: dict[str, Any]) -> None:
            data = json.dumps(value).encode() + b"\n"
            while data:
                data = data[os.write(writing, data) :]

        work(say)
        status = 0
    except BaseException:  # noqa: BLE001 - nothing may bring a child back into its parent's code
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def ask(work: Callable[[], Any], log: Path) -> Any:
    """What ``work`` gives in a child of its own; RuntimeError if it came to no end."""
    child = Child(lambda say: say({"value": work()}), log)
    said = list(child.said())
    if child.status != 0 or not said:
        raise RuntimeError(f"a child ended with {child.status}; {log}:\n{log.read_text()[-3000:]}")
    return said[-1]["value"]
