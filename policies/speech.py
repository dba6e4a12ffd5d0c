"""Short ways to say a finding, so that the rules read as rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from policies.model import Finding, Refused, Rule, Severity, Text


def error(code: str, vi: str, en: str, rule: Rule[Any] | str = "") -> Finding:
    """A reason to refuse, with the clause of ``rule``."""
    return Finding(code, Severity.ERROR, Text(vi, en), _clause(rule))


def warning(code: str, vi: str, en: str, rule: Rule[Any] | str = "") -> Finding:
    """Something to know that does not refuse."""
    return Finding(code, Severity.WARNING, Text(vi, en), _clause(rule))


def info(code: str, vi: str, en: str, rule: Rule[Any] | str = "") -> Finding:
    """A remark."""
    return Finding(code, Severity.INFO, Text(vi, en), _clause(rule))


def refuse(code: str, vi: str, en: str, rule: Rule[Any] | str = "") -> Refused:
    """A refusal for one reason; to be raised."""
    return Refused([error(code, vi, en, rule)])


def settle(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Refuse if there is an error among them, all reasons at once; else hand them on."""
    if any(found.severity is Severity.ERROR for found in findings):
        raise Refused(findings)
    return tuple(findings)


def vn(day: date) -> str:
    """A day as Vietnamese readers write it: 05/3/2026 (months 1 and 2 alone get a zero, as in documents)."""
    month = f"{day.month:02d}" if day.month < 3 else f"{day.month}"
    return f"{day.day:02d}/{month}/{day.year}"


def _clause(rule: Rule[Any] | str) -> str:
    return rule if isinstance(rule, str) else rule.clause
