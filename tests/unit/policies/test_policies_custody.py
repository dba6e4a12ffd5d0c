"""Custody: the clerk to whom an agency's key was given commands it, and nobody else of the office."""

from dataclasses import replace
from datetime import date

import pytest

from policies.custody import check_command
from policies.load import ruleset_on
from policies.model import Finding, Refused, Rule, Ruleset, Severity

RULES = ruleset_on(date(2026, 11, 21))
CLAUSE = "NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm b, điểm c"
LAN = ("Phạm Thị Lan",)


def command(holders: tuple[str, ...], named: bool, is_holder: bool, rules: Ruleset = RULES) -> tuple[Finding, ...]:
    return check_command(rules, key="agency-btc", holders=holders, named=named, is_holder=is_holder)


def test_the_holder_commands_in_silence() -> None:
    assert command(LAN, named=True, is_holder=True) == ()


def test_another_clerk_of_the_office_is_refused_and_the_holder_named() -> None:
    with pytest.raises(Refused) as refused:
        command(LAN, named=True, is_holder=False)
    (found,) = refused.value.findings
    assert (found.code, found.clause) == ("custody-differs", CLAUSE)
    for said in (found.message.vi, found.message.en):
        assert "Phạm Thị Lan" in said
        assert "“agency-btc”" in said


def test_a_stranger_who_gives_a_name_is_refused_as_well() -> None:
    """Not known to the office is no better than known: only the holder commands."""
    with pytest.raises(Refused):
        command(("Phạm Thị Lan", "Nguyễn Thị Mai"), named=True, is_holder=False)


def test_a_system_that_does_not_say_for_whom_it_speaks_is_warned_of() -> None:
    (found,) = command(LAN, named=False, is_holder=False)
    assert (found.code, found.severity, found.clause) == ("custody-differs", Severity.WARNING, CLAUSE)
    assert "Phạm Thị Lan" in found.message.vi


@pytest.mark.parametrize("named", [True, False])
def test_a_key_that_nobody_holds_on_record_is_warned_of(named: bool) -> None:
    (found,) = command((), named=named, is_holder=False)
    assert (found.code, found.severity, found.clause) == ("custody-not-recorded", Severity.WARNING, CLAUSE)
    assert "biên bản bàn giao" in found.message.vi


def test_several_holders_are_all_named() -> None:
    (found,) = command((*LAN, "Nguyễn Thị Mai"), named=False, is_holder=False)
    assert "Phạm Thị Lan, Nguyễn Thị Mai" in found.message.vi


def test_rules_that_do_not_ask_say_nothing() -> None:
    lenient = replace(RULES, order=replace(RULES.order, custodian_commands=Rule(False)))
    assert command(LAN, named=True, is_holder=False, rules=lenient) == ()
