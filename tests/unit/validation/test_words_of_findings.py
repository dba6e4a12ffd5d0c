"""The words of findings: both languages, one form of citing the law, nothing that moves a cursor."""

from __future__ import annotations

import re

from policies.model import Severity, Text
from signer.validation.words import CODES, finding
from tests.fixtures.attacks_words import ENGLISH

ABOUT = dict.fromkeys(
    (
        *("field", "reason", "offset", "drawn", "value", "other", "page", "shown", "signed", "signer", "form"),
        *("symbol", "agency", "count", "names", "name", "number", "issued", "date", "most", "authority"),
    ),
    "x",
)
CLAUSE = re.compile(
    r"(NĐ \d+/\d{4}/NĐ-CP|QĐ \d+/\d{4}/QĐ-TTg), "
    r"(Điều \d+( khoản \d+( điểm [a-zđ])?)?|Phụ lục [IVX]+, Mục [IVX]+\.\d+(\.[a-zđ])?)"
)


def test_every_finding_has_words_in_both_languages() -> None:
    for code in CODES:
        found = finding(code, **ABOUT)
        assert found.code == code
        assert found.message.vi.strip(), code
        assert found.message.en.strip(), code
        assert found.message.vi != found.message.en
        assert found.severity in Severity
        assert not ENGLISH.search(found.message.vi), found.message.vi


def test_every_clause_is_cited_in_one_form() -> None:
    clauses = {finding(code, **ABOUT).clause for code in CODES} - {""}
    assert clauses
    assert all(CLAUSE.fullmatch(clause) for clause in clauses), clauses


def test_a_reason_speaks_each_language_in_its_own_words() -> None:
    found = finding("no-path", field="Leader", reason=Text("thiếu chứng thư số", "a certificate is missing"))
    assert found.message.vi.endswith("đến chứng thư số gốc được tin cậy: thiếu chứng thư số")
    assert found.message.en.endswith(": a certificate is missing")


def test_text_from_a_file_cannot_move_the_cursor_of_a_terminal() -> None:
    assert "\x1b" not in finding("no-anchor", field="\x1b[31mred").message.en
