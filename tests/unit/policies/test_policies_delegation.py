"""Delegation: who may sign in which capacity, for which types, on which day."""

from dataclasses import replace
from datetime import date

import pytest

from policies.delegation import Grant, check_capacity
from policies.load import ruleset_on
from policies.model import Finding, Refused

DAY = date(2026, 11, 21)
RULES = ruleset_on(DAY)
DEPUTY = Grant(("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"), (), None, None, "QĐ 01/QĐ-BTC")


def refusal(capacity: tuple[str, ...], *grants: Grant, type_: str | None = "QĐ") -> Finding:
    with pytest.raises(Refused) as refused:
        check_capacity(RULES, capacity=capacity, type=type_, grants=grants, day=DAY)
    return refused.value.findings[0]


def test_a_grant_in_force_is_given_back() -> None:
    assert check_capacity(RULES, capacity=DEPUTY.capacity, type="QĐ", grants=[DEPUTY], day=DAY) is DEPUTY


@pytest.mark.parametrize(
    "lines",
    [
        ("KT. BỘ TRƯỞNG THỨ TRƯỞNG",),
        ("kt. Bộ trưởng", "Thứ trưởng"),
        ("KT.BỘ", "TRƯỞNG", "THỨ TRƯỞNG"),
    ],
)
def test_how_the_page_breaks_the_lines_does_not_matter(lines: tuple[str, ...]) -> None:
    assert check_capacity(RULES, capacity=lines, type="QĐ", grants=[DEPUTY], day=DAY) is DEPUTY


def test_the_first_and_last_day_count() -> None:
    grant = replace(DEPUTY, since=DAY, until=DAY)
    assert check_capacity(RULES, capacity=DEPUTY.capacity, type=None, grants=[grant], day=DAY) is grant


def test_of_several_grants_the_youngest_that_holds_is_used() -> None:
    old, new = replace(DEPUTY, since=date(2025, 1, 1)), replace(DEPUTY, since=date(2026, 1, 1))
    over = replace(DEPUTY, since=date(2026, 6, 1), until=date(2026, 7, 1))
    assert check_capacity(RULES, capacity=DEPUTY.capacity, type="QĐ", grants=[old, over, new], day=DAY) is new


def test_another_capacity_is_refused_and_the_granted_one_named() -> None:
    found = refusal(("BỘ TRƯỞNG",), DEPUTY)
    assert (found.code, found.clause) == ("no-delegation", "NĐ 30/2020/NĐ-CP, Điều 13")
    assert "KT. BỘ TRƯỞNG / THỨ TRƯỞNG" in found.message.vi
    assert "for this issuer" in refusal(("BỘ TRƯỞNG",)).message.en


@pytest.mark.parametrize(
    ("capacity", "clause"),
    [
        (("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"), "khoản 1"),
        (("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "khoản 2"),
        (("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "khoản 2"),
        (("TUQ. BỘ TRƯỞNG", "CỤC TRƯỞNG"), "khoản 3"),
        (("TL. BỘ TRƯỞNG", "CỤC TRƯỞNG"), "khoản 4"),
    ],
)
def test_the_clause_is_the_one_of_the_sign(capacity: tuple[str, ...], clause: str) -> None:
    assert refusal(capacity).clause == f"NĐ 30/2020/NĐ-CP, Điều 13 {clause}"


def test_a_grant_for_other_types_is_refused() -> None:
    found = refusal(DEPUTY.capacity, replace(DEPUTY, types=("BC", None)))
    assert found.code == "delegation-other-types"
    assert "BC, công văn" in found.message.vi
    assert check_capacity(
        RULES, capacity=DEPUTY.capacity, type=None, grants=[replace(DEPUTY, types=("BC", None))], day=DAY
    ).types == ("BC", None)


def test_a_lapsed_grant_says_when_and_by_what() -> None:
    found = refusal(
        DEPUTY.capacity,
        replace(DEPUTY, until=date(2026, 11, 20)),
        replace(DEPUTY, until=date(2025, 1, 1), basis="QĐ 02"),
    )
    assert found.code == "delegation-lapsed"
    assert "20/11/2026 theo QĐ 01/QĐ-BTC" in found.message.vi


def test_a_grant_of_the_future_says_from_when() -> None:
    found = refusal(
        DEPUTY.capacity,
        replace(DEPUTY, since=date(2027, 1, 1)),
        replace(DEPUTY, since=date(2026, 11, 22), basis=""),
    )
    assert found.code == "delegation-not-yet"
    assert "22/11/2026." in found.message.vi
