"""Every code that can be said stands in the documentation and in the table of answers, and nothing else does."""

import re
from pathlib import Path

import pytest

from policies.model import Severity
from signer.errors import Kind
from signer.web import advice, codes
from signer.web.catalogue import PACKAGES, ROOT, catalogue
from signer.web.errors_page import page, refuses
from signer.web.problems import STATUS

LITERAL = re.compile(r'"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)"')
NO_CODES = re.compile(
    # What looks like a code and is something else: algorithms, encodings, words of the interface, formats, attributes.
    r"(rsa|ecdsa|utf|latin)-.*|antin-.*|api-key|date-time|no-store|not-ready|document-system|very-urgent|pin-(source|value)"
    r"|nd30-2020|row-completed|qlvb-.*|copy-of|true-copy|too-large"
)


@pytest.fixture(scope="module")
def written() -> str:
    return (ROOT / "docs" / "errors.md").read_text("utf-8")


def sources() -> str:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return "\n".join(path.read_text("utf-8") for path in files if path.parent.name != "web" or path.stem != "codes")


def test_the_page_is_the_one_that_the_source_makes(written: str):
    assert written == page(), "make docs"


def test_every_literal_that_looks_like_a_code_is_on_the_page(written: str):
    """Found without the syntax tree, so that a code said in a new way is not missed."""
    told = set(re.findall(r"^\| `([a-z0-9-]+)` \|", written, re.MULTILINE))
    assert {each for each in LITERAL.findall(sources()) if not NO_CODES.fullmatch(each)} - told == set()
    assert told - set(LITERAL.findall(sources())) == {each for each in told if "-" not in each}


def test_every_refusal_is_promised_by_an_operation_with_the_status_of_its_kind():
    promised = {
        code for answers in (*codes.ANSWERS.values(), codes.NOWHERE) for each in answers.values() for code in each
    }
    for code, entry in catalogue().items():
        for kind in entry.kinds:
            assert code in codes.NOT_OVER_HTTP or STATUS[kind] in [
                400 if s in (405, 408, 417, 431, 501) else s for s in codes.statuses(code)
            ], code
    assert promised | codes.NOT_OVER_HTTP <= set(catalogue())


def test_what_the_rules_refuse_is_promised():
    judged = {"issue-overdue", "send-overdue"}  # deadlines are told, they refuse nothing
    rules = {
        code
        for code, entry in catalogue().items()
        for each in entry.sayings
        if each.module.startswith("policies.") and each.weight is Severity.ERROR
    }
    assert {code for code in rules if not codes.statuses(code)} == judged


def test_every_code_has_words_in_both_languages_and_something_to_do():
    for entry in catalogue().values():
        assert all(each.vi and each.en for each in entry.sayings), entry.code
        if refuses(entry):
            what = advice.about_refusal(entry.code, next(iter(codes.statuses(entry.code)), None))
            assert what.vi and what.en


def test_a_code_that_is_said_anew_is_found(tmp_path: Path):
    """However it is said: by an error, by a rule, in a table, under a name, one of two."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / "signer" / "new.py").write_text(
        'LATER = "told-later"\n'
        "def f(x):\n"
        '    raise SignerError(Kind.CONFLICT, "one-thing" if x else "other-thing", '
        '"Một việc.", f"one {x} more", clause="Đ 1")\n'
        'LIST = {"in-a-table": (_W, "Điều 2", "Lời nói.", "some words")}\n'
        'say = Finding(LATER, Severity.INFO, Text("Sau này.", "later on"))\n',
        "utf-8",
    )
    (tmp_path / "policies" / "new.py").write_text(
        'def g(rules):\n    rule = rules.order.gap\n    yield error("by-a-rule", "Theo luật.", "by rule", rule)\n'
        '    for code, wide in (("in-a-loop", 1), ("once-more", 2)):\n'
        '        yield info(code, f"Rộng {wide}.", "is wide")\n',
        "utf-8",
    )
    found = catalogue(tmp_path)
    assert {code: entry.sayings[0].weight for code, entry in found.items()} == {
        "one-thing": Kind.CONFLICT,
        "other-thing": Kind.CONFLICT,
        "in-a-table": Severity.WARNING,
        "told-later": Severity.INFO,
        "by-a-rule": Severity.ERROR,
        "in-a-loop": Severity.INFO,
        "once-more": Severity.INFO,
    }
    one = found["one-thing"].sayings[0]
    assert (one.vi, one.en, one.clause) == ("Một việc.", "one {x} more", "Đ 1")
    assert found["in-a-table"].sayings[0].clause == "Điều 2"
    assert found["by-a-rule"].sayings[0].rule == "gap"
