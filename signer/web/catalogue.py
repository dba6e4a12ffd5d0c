"""Every code that the service or the command line can say, read from where it is said.

A refusal stands in the source with its words: ``SignerError(Kind.X, "code", vi, en, clause=…)``, a rule's
``error("code", vi, en, rule)``, a row of a table. The texts stay there and nowhere else; this module reads them from
the syntax tree, for the page of codes and for the tests. It is no part of a running service.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from policies.model import Severity
from signer.errors import Kind

ROOT = Path(__file__).parents[2]
PACKAGES = ("signer", "policies", "hsm")
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_HELPERS: Mapping[str, Kind | Severity] = {
    "unsuitable": Kind.UNSUITABLE,
    "error": Severity.ERROR,
    "refuse": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
    "say": Severity.WARNING,
}
"""Who gives a code its weight, where the call itself does not say: ``pdf.reading.refusal``, ``policies.speech``."""
_TABLES: Mapping[str, Kind | Severity] = {"_CLOSED": Severity.ERROR, "ended": Kind.CONFLICT}
"""Tables whose rows bear no weight of their own: ``policies.order``, ``usecases.issue_errors``."""
_SHORT = {"_E": Severity.ERROR, "_W": Severity.WARNING, "_I": Severity.INFO}


@dataclass(frozen=True, slots=True)
class Saying:
    """A code where it is said: module, words (what is filled in as ``{…}``), and what it weighs there."""

    code: str
    module: str
    line: int
    vi: str
    en: str
    weight: Kind | Severity
    clause: str = ""
    rule: str = ""
    """The field of a ruleset that bears the clause, where it is no text in the source."""


@dataclass(slots=True)
class Entry:
    """A code, with everything that is said under it."""

    code: str
    sayings: list[Saying] = field(default_factory=list)

    @property
    def kinds(self) -> list[Kind]:
        """As what it is an answer by itself."""
        return sorted({each.weight for each in self.sayings if isinstance(each.weight, Kind)})

    @property
    def severities(self) -> list[Severity]:
        """As what it is found."""
        return sorted({each.weight for each in self.sayings if isinstance(each.weight, Severity)})


@cache
def catalogue(root: Path = ROOT) -> Mapping[str, Entry]:
    """All codes in the sources under ``root``, in alphabetical order."""
    found: dict[str, Entry] = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            for saying in _Source(root, module).sayings():
                found.setdefault(saying.code, Entry(saying.code)).sayings.append(saying)
    return dict(sorted(found.items()))


class _Source:
    """One module's tree, with the names that its texts and clauses may stand under."""

    def __init__(self, root: Path, module: str) -> None:
        self._module = module
        self._tree = _parsed(root, module)
        self._names: dict[str, ast.expr] = {}
        for node in self._tree.body:
            if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] in PACKAGES:
                there = _assigned(_parsed(root, str(node.module)).body)
                self._names |= {each.name: there[each.name] for each in node.names if each.name in there}
        self._names |= _assigned(self._tree.body)

    def sayings(self) -> Iterator[Saying]:
        """All that is said in it."""
        yield from self._in(self._tree, self._names)

    def _in(self, node: ast.AST, names: Mapping[str, ast.expr], by: str = "") -> Iterator[Saying]:
        if isinstance(node, ast.Assign) and _name(node.targets[0]) in _TABLES:
            by = _name(node.targets[0])
        if isinstance(node, ast.FunctionDef):
            names = {**names, **_assigned(ast.walk(node))}
        if isinstance(node, ast.Call):
            yield from self._said(node, node.args, names, _name(node.func), _clause(node, names))
        elif isinstance(node, ast.Tuple):
            yield from self._said(node, node.elts, names, by)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Tuple) and not by:
                    yield from self._said(key, [key, *value.elts], names)
        for child in ast.iter_child_nodes(node):
            yield from self._in(child, names, by)

    def _said(
        self,
        node: ast.expr,
        parts: Sequence[ast.expr],
        names: Mapping[str, ast.expr],
        by: str = "",
        clause: str = "",
    ) -> Iterator[Saying]:
        """A code among ``parts`` that has its words, Vietnamese and English, behind it."""
        for place, part in enumerate(parts[:2]):
            codes = _literals(part, names)
            words = _words(parts[place + 1 :], names)
            if codes and words:
                vi, en, between = words
                weight = _weight([*parts[:place], *between]) or _HELPERS.get(by) or _TABLES.get(by)
                if weight is None:  # words, but no code of ours: the name of a member, of a page's part
                    return
                texts = (_pattern(each, names) for each in between)
                clause = clause or next((text for text in texts if " " in text), "")
                behind = parts[place + 3 :] if not between else []
                rule = _rule(behind[0], names) if behind else ""
                for code in codes:
                    yield Saying(code, self._module, node.lineno, vi, en, weight, clause, rule)
                return


def _words(parts: Sequence[ast.expr], names: Mapping[str, ast.expr]) -> tuple[str, str, Sequence[ast.expr]] | None:
    """Two texts one after the other, or a Text of two; and what stands before them."""
    # In a table a row's weight comes first, and its clause may be a text too.
    first = 2 if parts and isinstance(parts[0], ast.Name) and parts[0].id in _SHORT else 0
    for place, part in list(enumerate(parts))[first:]:
        if isinstance(part, ast.Call) and _name(part.func) == "Text" and len(part.args) == 2:
            return _pattern(part.args[0], names), _pattern(part.args[1], names), parts[:place]
        after = parts[place + 1] if place + 1 < len(parts) else None
        if after is not None and _is_text(part, names) and _is_text(after, names):
            return _pattern(part, names), _pattern(after, names), parts[:place]
    return None


def _is_text(node: ast.expr, names: Mapping[str, ast.expr]) -> bool:
    return " " in _pattern(node, names) or (isinstance(node, ast.Name) and node.id in ("vi", "en"))


def _pattern(node: ast.expr | None, names: Mapping[str, ast.expr]) -> str:
    """The text with what is filled in as {name}."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _pattern(each, names) if isinstance(each, ast.Constant) else "{" + _short(each) + "}"
            for each in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _pattern(node.left, names) + _pattern(node.right, names)
    if isinstance(node, ast.IfExp):
        return _pattern(node.body, names) or _pattern(node.orelse, names)
    if isinstance(node, ast.Name):
        known = names.get(node.id)
        return _pattern(known, {}) if known is not None else "{…}" if node.id in ("vi", "en") else ""
    return ""


def _short(node: ast.expr) -> str:
    """What is filled in, by the last name in it: {held.date:%d/%m} is {date}."""
    if isinstance(node, ast.FormattedValue):
        node = node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return "…" if node.id in ("vi", "en") else node.id
    if isinstance(node, ast.Subscript):
        return _short(node.value)
    if isinstance(node, ast.Call) and node.args:
        return _short(node.args[0])
    return "…"


def _literals(node: ast.expr, names: Mapping[str, ast.expr]) -> list[str]:
    """The codes that an expression can be: a literal, one of two, or a name for one."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and _CODE.fullmatch(node.value) else []
    if isinstance(node, ast.IfExp):
        return _literals(node.body, names) + _literals(node.orelse, names)
    if isinstance(node, ast.Set):  # a loop's variable, see _assigned
        return [code for each in node.elts for code in _literals(each, names)]
    if isinstance(node, ast.Name) and node.id in names:
        return _literals(names[node.id], {})
    return []


def _weight(parts: Sequence[ast.expr]) -> Kind | Severity | None:
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Name) and node.id in _SHORT:
                return _SHORT[node.id]
            if isinstance(node, ast.Attribute) and _name(node.value) in ("Kind", "Severity"):
                return Kind[node.attr] if _name(node.value) == "Kind" else Severity[node.attr]
    return None


def _clause(call: ast.Call, names: Mapping[str, ast.expr]) -> str:
    return next((_pattern(each.value, names) for each in call.keywords if each.arg == "clause"), "")


def _rule(node: ast.expr, names: Mapping[str, ast.expr]) -> str:
    """The last name of ``rules.order.initials_before_leaders``, also under a name of its own."""
    if isinstance(node, ast.Name):
        node = names.get(node.id, node)
    return node.attr if isinstance(node, ast.Attribute) else ""


@cache
def _parsed(root: Path, module: str) -> ast.Module:
    path = root.joinpath(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    return ast.parse(file.read_text("utf-8"))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """Names that are given a value, by that value; those of a loop over rows, by the set of all values."""
    found: dict[str, ast.expr] = {}
    for node in nodes:
        if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple) and isinstance(node.iter, ast.Tuple):
            rows = [row.elts for row in node.iter.elts if isinstance(row, ast.Tuple)]
            for place, name in enumerate(node.target.elts):
                found[_name(name)] = ast.Set([row[place] for row in rows if place < len(row)])
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name):
                found[target.id] = node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
                found |= {_name(name): value for name, value in pairs if _name(name)}
    return found
