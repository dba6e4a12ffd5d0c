"""The law is cited in one form, as the rules cite it, so that a clerk can look it up and a machine can compare it."""

import ast
import re
from pathlib import Path

import pytest

SIGNER = Path(__file__).parents[3] / "signer"
LAW = re.compile(r"(NĐ|QĐ|TT) \d+/\d{4}")
FORM = re.compile(r"(NĐ|QĐ|TT) \d+/\d{4}/[A-ZĐ]+(-[A-Za-z]+)+, (Điều \d+|Phụ lục [IVX]+)(?!.*\(\d)(?!.*\d\))")


def citations(path: Path) -> list[str]:
    """Texts of the program that name a law, docstrings left out."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and LAW.match(node.value)
    ]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("NĐ 30/2020/NĐ-CP, Điều 15 khoản 1", True),
        ("NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.3", True),
        ("QĐ 28/2018/QĐ-TTg, Điều 1 khoản 2", True),
        ("NĐ 30/2020 Điều 15(1)", False),
        ("NĐ 30/2020/NĐ-CP Điều 15 khoản 1", False),
        ("NĐ 30/2020/NĐ-CP, Điều 15(1)", False),
        ("NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm d, 33(2)", False),
    ],
)
def test_the_form_itself(text: str, good: bool) -> None:
    assert bool(FORM.match(text)) is good


@pytest.mark.parametrize("room", ["usecases", "web", "cli"])
def test_clauses_are_written_in_one_form(room: str) -> None:
    found = [text for path in sorted((SIGNER / room).glob("*.py")) for text in citations(path)]
    assert [text for text in found if not FORM.match(text)] == []
    assert found or room == "cli"
