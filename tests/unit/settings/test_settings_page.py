"""docs/settings.md has every key that is read, with the default that it has."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from signer.settings import SettingsFaults, load_settings
from signer.settings.table import Table

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
TABLES = ("[[organisation]]\n[[organisation.era]]", *(f"[[{name}]]" for name in (
    "person", "issuer", "series", "delegation", "custody", "module", "token", "key",
)))  # fmt: skip
OWN_NAMES = {"[limits.upload_mb_by_role]", "[fetch.hosts]"}
"""Tables whose keys are told in the row of their own name."""


def sections() -> dict[str, dict[str, str]]:
    """Heading to key to the rest of its row."""
    found: dict[str, dict[str, str]] = {}
    for part in re.split(r"(?m)^## ", PAGE.read_text("utf-8"))[1:]:
        rows = re.findall(r"(?m)^\| (`.+?`) \| (.+) \|$", part)
        found[part.partition("\n")[0]] = {key: rest for keys, rest in rows for key in re.findall(r"`(\w+)`", keys)}
    return found


def heading(where: str) -> str:
    """Of a table, by what faults call it: ``keys.toml: [[token]] 2 (server): ``."""
    names = re.findall(r"\[\[(\w+)\]\]|\[(\w+)\]", where)
    path = ".".join(double or single for double, single in names)
    return f"[[{path}]]" if where.rstrip().endswith(":") and names and names[-1][0] else f"[{path}]"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, dict[str, float | None]]:
    """Every key of every table, from a file that has one table of each kind; numbers with their defaults."""
    seen: dict[str, dict[str, float | None]] = defaultdict(dict)
    defaults: dict[tuple[str, str], float] = {}
    tables: set[str] = set()
    end, integer, number, table_of = Table.end, Table.integer, Table.number, Table.table

    def noted(table: Table) -> None:
        where = table.where
        name = "at the top" if where == "service.toml: " else heading(where)
        if where != "keys.toml: " and name not in OWN_NAMES:
            seen[name] |= {key: defaults.get((where, key)) for key in table._seen - tables}
        end(table)

    def one(table: Table, key: str) -> Table:
        if table.where == "service.toml: ":
            tables.add(key)
        return table_of(table, key)

    def whole(table: Table, key: str, default: int, least: int, most: int) -> int:
        defaults[table.where, key] = default
        return integer(table, key, default, least, most)

    def real(table: Table, key: str, default: float, least: float, most: float) -> float:
        defaults[table.where, key] = default
        return number(table, key, default, least, most)

    monkeypatch.setattr(Table, "end", noted)
    monkeypatch.setattr(Table, "integer", whole)
    monkeypatch.setattr(Table, "table", one)
    monkeypatch.setattr(Table, "number", real)
    (tmp_path / "service.toml").write_text('[clock]\n[tsa]\n[[tsa_outside.authority]]\ntrust = ["."]\n')
    (tmp_path / "keys.toml").write_text("\n".join(TABLES) + "\n")
    with pytest.raises(SettingsFaults):
        load_settings(tmp_path / "service.toml")
    return seen


def test_every_key_that_is_read_stands_on_the_page(read: dict[str, dict[str, float | None]]) -> None:
    page = sections()
    assert {name: sorted(keys) for name, keys in read.items()} == {name: sorted(keys) for name, keys in page.items()}


def test_numbers_stand_there_with_their_defaults(read: dict[str, dict[str, float | None]]) -> None:
    page = sections()
    told = {(name, key): page[name][key].split(" ")[0].rstrip(",") for name, keys in read.items() for key in keys}
    numbers = {
        (name, key): f"{value:g}" for name, keys in read.items() for key, value in keys.items() if value is not None
    }
    assert numbers
    assert numbers == {which: told[which] for which in numbers}
