"""A line of the log is one JSON object, whatever is in it."""

import json
import logging
import subprocess
import sys
from datetime import datetime

import pytest

from signer.web.logs import MOST, JsonLines


def line(message: str, *arguments: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("signer.x", logging.WARNING, __file__, 1, message, arguments, None)
    vars(record).update(extra)
    text = JsonLines(lambda: "r-1").format(record)
    assert "\n" not in text
    made: dict[str, object] = json.loads(text)
    return made


def test_a_line_says_when_what_whose_and_which_process():
    made = line("hello %s", "x", document="d")
    assert datetime.fromisoformat(str(made["time"])).tzinfo is not None
    assert {key: made[key] for key in ("level", "logger", "message", "request_id", "document")} == {
        "level": "warning",
        "logger": "signer.x",
        "message": "hello x",
        "request_id": "r-1",
        "document": "d",
    }
    assert isinstance(made["pid"], int)


@pytest.mark.parametrize("text", ["a\nb", 'x"} {"level": "info"', "\x00\x1b[31m", "\u2028", "\ud800"])
def test_a_strangers_text_does_not_break_a_line(text: str):
    made = line("%s", text, name_of=text)
    assert made["message"] == made["name_of"] == text


def test_a_text_without_end_is_cut():
    made = line("%s", "x" * 1_000_000, other="y" * 1_000_000)
    assert len(str(made["message"])) < MOST + 20
    assert len(str(made["other"])) < MOST + 20
    assert "(1000000)" in str(made["message"])


def test_a_value_that_json_does_not_know_is_told_by_its_kind():
    class Holder:
        def __str__(self) -> str:
            return "the PIN is 1234"

    assert line("x", held=Holder())["held"] == "<Holder>"


def test_last_words_and_warnings_are_lines_too():
    program = (
        "import logging, threading, warnings\n"
        "from signer.web.logs import configure\n"
        "configure(lambda: '')\n"
        "logging.getLogger('x').info('%d', 'the PIN is 1234')\n"
        "warnings.warn('beware')\n"
        "def fall(): raise KeyError('the PIN is 1234')\n"
        "thread = threading.Thread(target=fall); thread.start(); thread.join()\n"
        "fall()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    lines = [json.loads(each) for each in done.stderr.splitlines()]
    assert [(each["logger"], each["level"]) for each in lines] == [
        ("x", "error"),
        ("py.warnings", "warning"),
        ("root", "error"),
        ("root", "critical"),
    ]
    assert [each.get("exception") for each in lines] == [None, None, "KeyError", "KeyError"]
    assert "1234" not in done.stderr
