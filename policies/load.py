"""TOML to Ruleset: legal texts as data, put together for each span of days in which the same ones hold.

Each file under ``rulesets/`` is one instrument: a decree, a circular, or the house's own practice, with the
days on which it holds and the values that it fixes, each as ``{ value, clause }``. The rules of a day are the
values of all instruments in force on it. Two instruments may not fix the same value on the same day, unless one
says that it amends the other (``amends = ["nd30-2020"]``): which of two texts prevails is for a person to say.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_origin, get_type_hints

from policies import model
from policies.model import Instrument, Rule, Ruleset

_SECTIONS: dict[str, type] = {
    "order": model.OrderRules,
    "numbering": model.NumberingRules,
    "calendar": model.CalendarRules,
    "dispatch": model.DispatchRules,
    "after_issue": model.AfterIssueRules,
    "copies": model.CopyRules,
    "layout": model.LayoutRules,
    "certificates": model.CertificateRules,
    "acceptance": model.AcceptanceRules,
    "delegation": model.DelegationRules,
}
_HEAD = {"id": str, "version": str, "title": str, "since": date, "until": date, "amends": list}
_OPTIONAL = ("until", "amends")
_TEXTS = {
    ("calendar", "yearly_holidays"): re.compile(r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"),
    ("dispatch", "send_until"): re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"),
}
"""How texts are written that are read as days of the year (MM-DD) and hours (HH:MM)."""

_MOST_BYTES = 1_000_000
"""Of one file: an office names its own, and may name the wrong one."""


class RulesetFaults(ValueError):
    """What is wrong with the rules' files: all of it, one line each, with file and key."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class _Source:
    """One file, read: the instrument, the digest of its bytes, and (section, field) to rule."""

    instrument: Instrument
    amends: tuple[str, ...]
    digest: bytes
    rules: Mapping[tuple[str, str], Rule[Any]]

    def holds(self, day: date) -> bool:
        return self.instrument.since <= day and (self.instrument.until is None or day <= self.instrument.until)


@cache
def rulesets() -> tuple[Ruleset, ...]:
    """The rules that come with the package, oldest first, without gaps."""
    return with_own(())


def with_own(paths: Iterable[Path]) -> tuple[Ruleset, ...]:
    """The rules of the package together with instruments of one's own (a year's calendar); RulesetFaults."""
    folder = resources.files("policies") / "rulesets"
    with resources.as_file(folder) as path:
        return load([*sorted(path.glob("*.toml")), *paths])


def ruleset_on(day: date) -> Ruleset:
    """The rules of ``day`` (a day in Viet Nam). LookupError before the first day that is known."""
    return among(rulesets(), day)


def among(sets: Sequence[Ruleset], day: date) -> Ruleset:
    """Those of ``sets`` (oldest first) that hold on ``day``. LookupError before the first day that is known."""
    for rules in reversed(sets):
        if rules.holds(day):
            return rules
    first = sets[0].since
    raise LookupError(
        f"Không có bộ quy tắc cho ngày {day:%d/%m/%Y} (sớm nhất: {first:%d/%m/%Y}). / "
        f"No rules are known for {day.isoformat()}; the earliest day is {first.isoformat()}."
    )


def load(paths: Iterable[Path]) -> tuple[Ruleset, ...]:
    """Read instruments and put them together; RulesetFaults with everything that is wrong.

    The result begins with the first day on which every value is fixed and has no gap after it.
    """
    faults: list[str] = []
    sources = [source for path in paths if (source := _read(path, faults)) is not None]
    ids = [source.instrument.id for source in sources]
    faults += [f"{name}: two files have this id" for name in sorted(set(ids)) if ids.count(name) > 1]
    faults += [
        f"{source.instrument.id}: amends: unknown instrument {name!r}"
        for source in sources
        for name in source.amends
        if name not in ids
    ]
    if not sources and not faults:
        faults.append("no ruleset files")
    result = () if faults else _compose(sources, faults)
    if faults:
        raise RulesetFaults(faults)
    return result


# --- one file -------------------------------------------------------------------------------------------------


def _read(path: Path, faults: list[str]) -> _Source | None:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        table = tomllib.loads(data.decode("utf-8")) if len(data) <= _MOST_BYTES else None
    except (OSError, ValueError) as trouble:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        faults.append(f"{path.name}: {trouble}")
        return None
    if table is None:
        faults.append(f"{path.name}: larger than {_MOST_BYTES} bytes")
        return None
    before = len(faults)
    for key, kind in _HEAD.items():
        if key in table and (not isinstance(table[key], kind) or isinstance(table[key], datetime)):
            faults.append(f"{path.name}: {key}: {kind.__name__} wanted, not {table[key]!r}")
        elif key not in table and key not in _OPTIONAL:
            faults.append(f"{path.name}: {key} is missing")
    rules: dict[tuple[str, str], Rule[Any]] = {}
    for section, body in table.items():
        if section in _HEAD:
            continue
        if section not in _SECTIONS or not isinstance(body, dict):
            faults.append(f"{path.name}: unknown key {section!r}")
            continue
        kinds = _kinds(section)
        for field, raw in body.items():
            where = f"{path.name}: {section}.{field}"
            if field not in kinds:
                faults.append(f"{where}: unknown key")
            elif (rule := _rule(where, raw, kinds[field], faults)) is not None:
                rules[section, field] = rule
                faults += _misspelt(where, rule.value, _TEXTS.get((section, field)))
    if len(faults) > before:
        return None
    if "until" in table and table["until"] < table["since"]:
        faults.append(f"{path.name}: until {table['until']} is before since {table['since']}")
        return None
    head = Instrument(table["id"], table["version"], table["title"], table["since"], table.get("until"))
    return _Source(head, tuple(table.get("amends", ())), hashlib.sha256(data).digest(), rules)


def _rule(where: str, raw: object, kind: Any, faults: list[str]) -> Rule[Any] | None:
    if not isinstance(raw, dict) or "value" not in raw:
        faults.append(f"{where}: {{ value = …, clause = … }} wanted")
        return None
    before = len(faults)
    faults += [f"{where}: unknown key {key!r}" for key in raw if key not in ("value", "clause")]
    clause = raw.get("clause", "")
    if not isinstance(clause, str) or ("clause" in raw and not clause.strip()):
        faults.append(f"{where}: a clause is a text; leave it out where there is none")
    try:
        value = _convert(raw["value"], kind)
    except ValueError as trouble:
        faults.append(f"{where}: {trouble}")
        return None
    return Rule(value, clause) if len(faults) == before else None


def _misspelt(where: str, value: str | Iterable[str], form: re.Pattern[str] | None) -> list[str]:
    """Texts of the value that are not written as whoever reads them expects."""
    if form is None:
        return []
    texts = [value] if isinstance(value, str) else value
    return [f"{where}: {text!r} is not written {form.pattern}" for text in texts if not form.fullmatch(text)]


def _convert(value: Any, kind: Any) -> Any:
    """The TOML value as the field's type wants it; ValueError says what was wanted."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple:
        many = args[-1] is Ellipsis
        if not isinstance(value, list) or not (many or len(value) == len(args)):
            raise ValueError(f"a list{'' if many else f' of {len(args)}'} wanted, not {value!r}")
        return tuple(_convert(item, args[0] if many else args[i]) for i, item in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise ValueError(f"a table wanted, not {value!r}")
        return MappingProxyType({key: _convert(item, args[1]) for key, item in value.items()})
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"{kind.__name__} wanted, not {value!r}")
    return value


@cache
def _kinds(section: str) -> dict[str, Any]:
    """Field name to the type of its value: Rule[int] is int."""
    hints = get_type_hints(_SECTIONS[section])
    return {field.name: get_args(hints[field.name])[0] for field in fields(_SECTIONS[section])}


# --- many files -----------------------------------------------------------------------------------------------


def _compose(sources: Sequence[_Source], faults: list[str]) -> tuple[Ruleset, ...]:
    turns = {source.instrument.since for source in sources}
    turns |= {source.instrument.until + timedelta(days=1) for source in sources if source.instrument.until}
    days = sorted(turns)
    result: list[Ruleset] = []
    for i, day in enumerate(days):
        until = days[i + 1] - timedelta(days=1) if i + 1 < len(days) else None
        holding = [source for source in sources if source.holds(day)]
        chosen = _choose(holding, day, faults)
        missing = [
            f"{section}.{name}" for section in _SECTIONS for name in _kinds(section) if (section, name) not in chosen
        ]
        if not missing:
            result.append(_ruleset(day, until, holding, chosen))
        elif result:  # days before the first complete one are simply not ours to judge
            faults.append(f"from {day.isoformat()} no instrument in force gives: {', '.join(missing)}")
    if not result and not faults:
        faults.append("on no day do the instruments give every value; never given: " + ", ".join(_never_given(sources)))
    return tuple(result)


def _choose(holding: Sequence[_Source], day: date, faults: list[str]) -> dict[tuple[str, str], Rule[Any]]:
    """The value of each rule: the only one given, or the one of the text that amends the others."""
    givers: dict[tuple[str, str], list[_Source]] = {}
    for source in holding:
        for key in source.rules:
            givers.setdefault(key, []).append(source)
    chosen = {}
    for key, many in givers.items():
        amended = {name for source in many for name in source.amends}
        left = [source for source in many if source.instrument.id not in amended]
        if len(left) != 1:
            names = ", ".join(source.instrument.id for source in many)
            faults.append(f"from {day.isoformat()} {'.'.join(key)} is given by {names}, and none amends the rest")
        chosen[key] = (left or many)[0].rules[key]
    return chosen


def _ruleset(
    day: date, until: date | None, holding: Sequence[_Source], chosen: Mapping[tuple[str, str], Rule[Any]]
) -> Ruleset:
    parts: dict[str, Any] = {
        section: kind(**{name: chosen[section, name] for name in _kinds(section)})
        for section, kind in _SECTIONS.items()
    }
    digest = hashlib.sha256(b"".join(source.digest for source in holding)).hexdigest()
    instruments = tuple(source.instrument for source in holding)
    return Ruleset(
        id=f"vn-{day.isoformat()}",
        version=digest[:12],
        title="; ".join(instrument.title for instrument in instruments),
        since=day,
        until=until,
        instruments=instruments,
        **parts,
    )


def _never_given(sources: Sequence[_Source]) -> list[str]:
    given = {key for source in sources for key in source.rules}
    return [f"{section}.{name}" for section in _SECTIONS for name in _kinds(section) if (section, name) not in given]
