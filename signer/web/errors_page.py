"""The page of all codes, made of the places where they are said and of the table that says who answers with them.

``python -m signer.web.errors_page > docs/errors.md`` writes it anew; a test holds the file against it.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from policies.load import rulesets
from policies.model import Rule, Severity, Text
from signer.errors import Kind
from signer.web import advice, codes
from signer.web.catalogue import Entry, Saying, catalogue
from signer.web.problems import STATUS, TITLES

_HEAD = """\
# Codes of errors and findings

This page is made of the source by `python -m signer.web.errors_page` (`make docs`); do not edit it. A code is stable
and for machines; its words may get better. What is filled in stands in braces.

A refusal over HTTP is `application/problem+json` (RFC 9457): `code`, `status`, `detail` (Vietnamese / English, and
each by itself in `detail_vi`, `detail_en`), `clause` where a rule of law refuses, `where` for the part of the request
that is meant, `findings` where there are several reasons, `request_id` for the operator, and `Retry-After` where
waiting helps. The command line says the same; with `--json` as
`{"error": {"code", "kind", "clause", "where", "message", "findings"}}`.

| Status | Kind | What it means |
|--:|---|---|
"""
_REFUSALS = """\

## Refusals

“—” as status: said by the command line only, or when the service starts.

| Code | Status | Words | Clause | What to do |
|---|--:|---|---|---|
"""
_REMARKS = """\

## Findings on drafts, orders and deadlines

In `findings` of an answer, or of a check; those that refuse by themselves stand above, too.

| Code | Severity | Words | Clause | What to do |
|---|---|---|---|---|
"""
_VERDICTS = """\

## Findings of a verification

In `findings` of a report (`POST /v1/verify`, `antin verify`); errors make the verdict TOTAL-FAILED or INDETERMINATE.

| Code | Severity | Words | Clause | What to do |
|---|---|---|---|---|
"""
_INSPECTING = "signer.usecases.consistency_words"
_VERIFYING = "signer.validation."


def page() -> str:
    """The whole page, Markdown."""
    entries = list(catalogue().values())
    return (
        _HEAD
        + "".join(f"| {STATUS[kind]} | {kind.value} | {TITLES[kind]} |\n" for kind in Kind)
        + _REFUSALS
        + "".join(_refusal(entry) for entry in entries if refuses(entry))
        + _REMARKS
        + "".join(_findings(entries, judged=False))
        + _VERDICTS
        + "".join(_findings(entries, judged=True))
    )


def refuses(entry: Entry) -> bool:
    """Whether an order can be refused with it."""
    return bool(entry.kinds or codes.statuses(entry.code))


def _refusal(entry: Entry) -> str:
    said = [each for each in entry.sayings if not each.module.startswith(_VERIFYING) and _refusing(each)]
    statuses = codes.statuses(entry.code)
    what = advice.about_refusal(entry.code, statuses[0] if statuses else None)
    return _row(entry.code, ", ".join(map(str, statuses)) or "—", said, what)


def _refusing(said: Saying) -> bool:
    return isinstance(said.weight, Kind) or said.weight is Severity.ERROR


def _findings(entries: Iterable[Entry], *, judged: bool) -> Iterator[str]:
    for entry in entries:
        for severity in entry.severities:
            said = [
                each
                for each in entry.sayings
                if each.weight is severity and each.module.startswith(_VERIFYING) is judged
            ]
            if not said or (not judged and severity is Severity.ERROR and codes.statuses(entry.code)):
                continue
            yield _row(entry.code, severity.value, said, _advice(said, severity, judged=judged))


def _advice(said: Sequence[Saying], severity: Severity, *, judged: bool) -> Text:
    if judged:
        return advice.about_verdict(severity)
    of_store = all(each.module == _INSPECTING for each in said)
    return advice.about_store() if of_store else advice.about_remark(said[0].code)


def _row(code: str, weight: str, sayings: Sequence[Saying], what: Text) -> str:
    words = dict.fromkeys(f"{each.vi}<br>{each.en}" for each in sayings)
    clauses = dict.fromkeys(filter(None, map(_law, sayings)))
    cells = (f"`{code}`", weight, "<br>".join(words), "; ".join(clauses), f"{what.vi}<br>{what.en}")
    return "| " + " | ".join(each.replace("|", "\\|").replace("\n", " ") for each in cells) + " |\n"


def _law(said: Saying) -> str:
    return said.clause or _rules().get(said.rule, "")


@cache
def _rules() -> dict[str, str]:
    """The clause of each rule in force last, by the rule's name."""
    latest = rulesets()[-1]
    sections = (getattr(latest, each.name) for each in dataclasses.fields(latest))
    return {
        each.name: rule.clause
        for section in sections
        if dataclasses.is_dataclass(section)
        for each in dataclasses.fields(section)
        if isinstance(rule := getattr(section, each.name), Rule)
    }


if __name__ == "__main__":
    sys.stdout.write(page())
