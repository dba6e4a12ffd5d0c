"""Delegations and custody in the settings: what may not hold at the same time, what must be in writing."""

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from signer.settings.authority import read_custody, read_delegations
from signer.settings.table import Notes, Table

ISSUERS, PERSONS = ("BTC", "VPCP"), ("an.nv", "duc.pm")


def delegation(capacity: str = '"KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"', person: str = "an.nv", more: str = "") -> str:
    issuer = "" if "issuer" in more else 'issuer = "BTC"\n'
    return f'[[delegation]]\nperson = "{person}"\n{issuer}capacity = [{capacity}]\n{more}\n'


def custody(person: str, more: str = "", key: str = "seal") -> str:
    return f'[[custody]]\nkey = "{key}"\nperson = "{person}"\nbasis = "VB 1"\nminutes = "BB 1"\n{more}\n'


def notes_on(text: str) -> Notes:
    notes = Notes()
    root = Table("keys.toml: ", tomllib.loads(text), notes, Path())
    read_delegations(root, ISSUERS, PERSONS)
    read_custody(root, PERSONS)
    root.end()
    return notes


def fault(text: str) -> str:
    (line,) = notes_on(text).faults
    return line


def warning(text: str) -> str:
    notes = notes_on(text)
    assert notes.faults == []
    (line,) = notes.warnings
    return line


def silent(text: str) -> None:
    notes = notes_on(text)
    assert (notes.faults, notes.warnings) == ([], [])


# --- delegations that overlap ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ("until = 2026-06-30", "from = 2026-06-30"),
        ("from = 2026-01-01\nuntil = 2026-12-31", "from = 2026-03-01\nuntil = 2026-03-31"),
        ('types = ["QĐ", "-"]', 'types = ["-", "BC"]'),
        ('types = ["QĐ"]', ""),
    ],
)
def test_two_grants_of_one_person_in_one_capacity_on_one_day_are_a_fault(one: str, other: str) -> None:
    line = fault(delegation(more=one) + delegation('"kt. bộ trưởng thứ trưởng"', more=other))
    assert line.startswith("keys.toml: [[delegation]] 2 (an.nv): from: chồng thời gian")
    assert "NĐ 30/2020/NĐ-CP, Điều 13" in line


def test_the_fault_says_for_which_types() -> None:
    assert ": -, QĐ (" in fault(delegation(more='types = ["-", "QĐ", "BC"]') + delegation(more='types = ["QĐ", "-"]'))
    assert ": QĐ (" in fault(delegation(more='types = ["QĐ"]') + delegation())
    assert "mọi loại / every type" in fault(delegation() + delegation())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("until = 2026-06-30", "from = 2026-07-01"),
        ('types = ["QĐ"]', 'types = ["BC", "-"]'),
        ("", 'issuer = "VPCP"'),
    ],
)
def test_grants_that_follow_one_another_or_are_for_other_things_stand_side_by_side(one: str, other: str) -> None:
    silent(delegation(more=one) + delegation(more=other))
    silent(delegation() + delegation('"TM. BỘ", "THỨ TRƯỞNG"'))
    silent(delegation() + delegation(person="duc.pm"))


# --- two heads ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('"BỘ TRƯỞNG"', '"Q. BỘ TRƯỞNG"'),
        ('"q.Bộ trưởng"', '"BỘ TRƯỞNG"'),
        ('"BỘ TRƯỞNG"', '"BỘ TRƯỞNG"'),
        ('"TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"', '"TM. ỦY BAN NHÂN DÂN", "Q. CHỦ TỊCH"'),
    ],
)
def test_two_heads_of_one_office_at_the_same_time_are_worth_a_look(one: str, other: str) -> None:
    line = warning(delegation(one) + delegation(other, "duc.pm"))
    assert line.startswith("keys.toml: [[delegation]] 2 (duc.pm): from: hai người cùng đứng đầu")
    assert "an.nv, duc.pm (NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7.b)" in line


def test_a_head_who_follows_another_and_deputies_side_by_side_are_in_order() -> None:
    silent(
        delegation('"BỘ TRƯỞNG"', more="until = 2026-06-30")
        + delegation('"Q. BỘ TRƯỞNG"', "duc.pm", "from = 2026-07-01")
    )
    silent(delegation() + delegation(person="duc.pm"))
    silent(delegation('"BỘ TRƯỞNG"') + delegation('"Q. BỘ TRƯỞNG"', "duc.pm", 'issuer = "VPCP"'))
    silent(delegation('"BỘ TRƯỞNG"') + delegation('"BỘ TRƯỞNG, CHỦ NHIỆM"', "duc.pm"))


# --- in writing -----------------------------------------------------------------------------------------------

TUQ, TL = '"TUQ. BỘ TRƯỞNG", "VỤ TRƯỞNG"', '"TL. BỘ TRƯỞNG", "VỤ TRƯỞNG"'
SPAN = "from = 2026-01-01\nuntil = 2026-12-31"
BASIS = 'basis = "GUQ 1"'


def test_a_proxy_for_a_time_and_an_order_of_the_house_are_in_order() -> None:
    silent(delegation(TUQ, more=f"{SPAN}\n{BASIS}"))
    silent(delegation(TL, more=BASIS))


@pytest.mark.parametrize(
    ("capacity", "more", "key", "clause"),
    [
        (TUQ, BASIS, "until: ký thừa ủy quyền", "khoản 3"),
        (TUQ, f"{BASIS}\nfrom = 2026-01-01", "until: ", "khoản 3"),
        (TUQ, f"{BASIS}\nuntil = 2026-01-01", "until: ", "khoản 3"),
        ('"tuq. Bộ trưởng"', BASIS, "until: ", "khoản 3"),
        (TUQ, SPAN, "basis: ", "khoản 3"),
        (TL, SPAN, "basis: ", "khoản 4"),
    ],
)
def test_a_proxy_without_time_or_text_is_a_fault_with_its_clause(
    capacity: str, more: str, key: str, clause: str
) -> None:
    line = fault(delegation(capacity, more=more))
    assert line.startswith(f"keys.toml: [[delegation]] 1 (an.nv): {key}")
    assert line.endswith(f"(NĐ 30/2020/NĐ-CP, Điều 13 {clause})")


# --- custody --------------------------------------------------------------------------------------------------


def test_a_key_goes_from_one_hand_into_the_next() -> None:
    silent(custody("an.nv", "until = 2026-06-30") + custody("duc.pm", "from = 2026-07-01"))
    silent(custody("an.nv") + custody("duc.pm", key="other"))


@pytest.mark.parametrize("person", ["duc.pm", "an.nv"])
@pytest.mark.parametrize("since", ["", "from = 2026-06-30"])
def test_a_key_in_two_hands_on_one_day_is_a_fault(person: str, since: str) -> None:
    line = fault(custody("an.nv", "until = 2026-06-30") + custody(person, since))
    assert line.startswith("keys.toml: [[custody]] 2 (")
    assert f"an.nv, {person} (NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm b)" in line


@pytest.mark.parametrize(("left_out", "key"), [('basis = "VB 1"', "basis"), ('minutes = "BB 1"', "minutes")])
def test_a_hand_over_without_permission_or_minutes_is_warned_of(left_out: str, key: str) -> None:
    line = warning(custody("an.nv").replace(left_out, ""))
    assert line.startswith("keys.toml: [[custody]] 1 (")
    assert f": {key}: " in line
    assert "Điều 32 khoản 2 điểm b" in line


def test_minutes_and_permission_are_kept() -> None:
    root = Table("keys.toml: ", tomllib.loads(custody("an.nv")), Notes(), Path())
    (held,) = read_custody(root, PERSONS)
    assert (held.basis, held.minutes) == ("VB 1", "BB 1")


def test_the_demonstrations_office_is_in_order() -> None:
    notes, text = Notes(), (resources.files("softhsm") / "office.toml").read_text("utf-8")
    data = tomllib.loads(text)
    root = Table("office.toml: ", data, notes, Path())
    persons = [person["id"] for person in data["person"]]
    delegations = read_delegations(root, [issuer["code"] for issuer in data["issuer"]], persons)
    held = read_custody(root, persons)
    assert (notes.faults, notes.warnings) == ([], [])
    assert len(delegations) >= 6
    keys = {issuer["agency_key"] for issuer in data["issuer"]} - {"agency-bkhdt"}  # merged, and issues nothing
    assert {each.key for each in held if each.basis and each.minutes} == keys
