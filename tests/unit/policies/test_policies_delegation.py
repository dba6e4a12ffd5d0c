"""Delegation: who may sign in which capacity, for which types, on which day."""

from dataclasses import replace
from datetime import date

import pytest

from policies.delegation import Grant, check_capacity, check_still, signs
from policies.load import ruleset_on
from policies.model import Finding, Refused, Rule, Ruleset

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


def test_an_acting_head_is_refused_by_the_clause_on_acting_heads() -> None:
    assert refusal(("Q. CỤC TRƯỞNG",)).clause == "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7.b"


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


# --- still, on the day of issue -------------------------------------------------------------------------------


def still(*grants: Grant, type_: str | None = "QĐ", rules: Ruleset = RULES) -> None:
    check_still(rules, name="Nguyễn Văn An", capacity=DEPUTY.capacity, type=type_, grants=grants, day=DAY)


def test_an_authority_that_lasts_until_the_day_of_issue_is_enough() -> None:
    still(replace(DEPUTY, until=DAY))
    still(replace(DEPUTY, until=date(2026, 11, 20)), replace(DEPUTY, since=DAY))


@pytest.mark.parametrize(
    ("grants", "part"),
    [
        ((replace(DEPUTY, until=date(2026, 11, 20)),), "đã hết hạn ngày 20/11/2026 theo QĐ 01/QĐ-BTC"),
        ((replace(DEPUTY, types=("BC",)),), "chỉ cho: BC"),
        ((replace(DEPUTY, since=date(2026, 11, 22)),), "từ ngày 22/11/2026"),
        ((), "không được giao ký"),  # taken from the settings in between
    ],
)
def test_an_authority_that_ended_before_issue_says_whose_what_when_and_what_to_do(
    grants: tuple[Grant, ...], part: str
) -> None:
    with pytest.raises(Refused) as refused:
        still(*grants)
    (found,) = refused.value.findings
    assert found.code == "delegation-lapsed-before-issue"
    assert found.clause.startswith("NĐ 30/2020/NĐ-CP, Điều 13")
    for said in ("Nguyễn Văn An", "KT. BỘ TRƯỞNG / THỨ TRƯỞNG", "21/11/2026", part, "Hãy từ chối văn bản này"):
        assert said in found.message.vi
    assert "Reject this document" in found.message.en


def test_rules_that_do_not_ask_let_it_be_issued() -> None:
    still(rules=replace(RULES, delegation=replace(RULES.delegation, held_until_issue=Rule(False))))


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [
        (("BỘ TRƯỞNG",), set()),
        (("TM. ỦY BAN NHÂN DÂN", "kt.CHỦ TỊCH", "PHÓ CHỦ TỊCH"), {"TM", "KT"}),
        (("Q. CỤC TRƯỞNG",), {"Q"}),
    ],
)
def test_signs_stand_before_the_first_dot(capacity: tuple[str, ...], expected: set[str]) -> None:
    assert signs(capacity) == expected
