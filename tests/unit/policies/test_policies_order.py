"""Order: initials, leaders, then number and agency; each once; nothing after issue."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.load import ruleset_on
from policies.model import Refused, Rule
from policies.order import Progress, check_may_issue, check_may_sign

RULES = ruleset_on(date(2026, 11, 21))
NEW = Progress(initials=(False, False), leaders=(False, False), clerk=None, agency=False, state="prepared")
SIGNED = replace(NEW, initials=(True, True), leaders=(True, True), state="signed")


def refusal(progress: Progress, role: str, index: int = 0) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        check_may_sign(RULES, progress, role, index)
    found = refused.value.findings[0]
    assert found.message.vi and found.message.en
    return found.code, found.clause


def test_the_whole_way_in_order() -> None:
    progress = NEW
    for i in range(2):
        check_may_sign(RULES, progress, "initial", i)
        progress = replace(progress, initials=tuple(n <= i for n in range(2)))
    for i in (1, 0):  # leaders in any order
        check_may_sign(RULES, progress, "leader", i)
        progress = replace(progress, leaders=tuple(done or n == i for n, done in enumerate(progress.leaders)))
    check_may_issue(RULES, replace(progress, state="signed"))
    check_may_sign(RULES, replace(progress, state="issuing"), "agency")


def test_a_document_without_initials_goes_to_the_leader_at_once() -> None:
    check_may_sign(RULES, replace(NEW, initials=()), "leader", 1)


def test_leaders_wait_for_every_initial() -> None:
    code, clause = refusal(replace(NEW, initials=(True, False)), "leader")
    assert (code, clause) == ("initial-missing", "NĐ 30/2020/NĐ-CP, Điều 12")


def test_initials_do_not_follow_a_leader() -> None:
    assert refusal(replace(NEW, leaders=(False, True)), "initial")[0] == "initial-after-leader"


@pytest.mark.parametrize("role", ["initial", "leader"])
def test_everybody_signs_once(role: str) -> None:
    progress = replace(NEW, initials=(True, True), leaders=(True, False))
    assert refusal(progress, role)[0] == "already-signed"


@pytest.mark.parametrize(("role", "index"), [("initial", 2), ("leader", 2), ("leader", -1), ("clerk", 0)])
def test_nobody_signs_who_is_not_named(role: str, index: int) -> None:
    progress = SIGNED if role == "clerk" else NEW
    assert refusal(progress, role, index)[0] == "no-such-signer"


def test_refusals_count_signers_from_one() -> None:
    with pytest.raises(Refused) as refused:
        check_may_sign(RULES, NEW, "leader", 2)
    assert "thứ 3" in refused.value.findings[0].message.vi
    with pytest.raises(Refused) as refused:
        check_may_sign(RULES, replace(NEW, initials=(True, True), leaders=(False, True)), "leader", 1)
    assert "thứ 2" in refused.value.findings[0].message.vi


def test_the_agency_waits_for_every_leader() -> None:
    with pytest.raises(Refused, match=r"The signature of signer 2 \(of 2\) is missing") as refused:
        check_may_issue(RULES, replace(SIGNED, leaders=(True, False), state="prepared"))
    assert refused.value.findings[0].clause == "NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm d"
    assert refusal(replace(SIGNED, leaders=(True, False)), "agency")[0] == "leader-missing"


def test_a_document_that_nobody_is_to_sign_is_not_issued() -> None:
    with pytest.raises(Refused, match="Nobody is named"):
        check_may_issue(RULES, replace(SIGNED, leaders=()))


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        check_may_issue(RULES, NEW)
    assert [found.code for found in refused.value.findings] == ["leader-missing", "initial-missing"]


def test_the_clerk_signs_before_the_agency_where_wanted() -> None:
    wanted = replace(SIGNED, clerk=False, state="issuing")
    assert refusal(wanted, "agency")[0] == "clerk-missing"
    check_may_sign(RULES, wanted, "clerk")
    check_may_sign(RULES, replace(wanted, clerk=True), "agency")
    assert refusal(replace(wanted, clerk=True), "clerk")[0] == "already-signed"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("issued", "already-issued"),
        ("recalled", "recalled"),
        ("rejected", "rejected"),
        ("void", "void"),
        ("needs_attention", "needs-attention"),
    ],
)
@pytest.mark.parametrize("role", ["initial", "leader", "clerk", "agency"])
def test_nobody_signs_what_is_closed(state: str, code: str, role: str) -> None:
    assert refusal(replace(SIGNED, state=state), role)[0] == code


def test_the_agencys_signature_closes_whatever_the_state_says() -> None:
    assert refusal(replace(SIGNED, agency=True), "agency") == (
        "already-issued",
        "NĐ 30/2020/NĐ-CP, Điều 18 khoản 3",
    )


def test_no_leader_signs_once_the_number_is_taken() -> None:
    assert refusal(replace(SIGNED, leaders=(True, False), state="issuing"), "leader", 1)[0] == "number-taken-already"


@pytest.mark.parametrize(
    ("names", "leader", "initial"),
    [
        (
            (),
            "Còn thiếu chữ ký số của người ký thứ 1, 2 (trong tổng số 2 người); ",
            "Còn thiếu chữ ký nháy của người ký nháy thứ 2 (trong tổng số 2 người).",
        ),
        (("An", "Bình"), "Còn thiếu chữ ký số của An, Bình; ", "Còn thiếu chữ ký nháy của Bình."),
    ],
)
def test_whose_signature_is_missing_is_said_in_words(names: tuple[str, ...], leader: str, initial: str) -> None:
    """By name where names are known, else by place; never as "1/2"."""
    progress = replace(NEW, initials=(True, False), initial_names=names, leader_names=names)
    with pytest.raises(Refused) as refused:
        check_may_issue(RULES, progress)
    first, second = (found.message.vi for found in refused.value.findings)
    assert first.startswith(leader)
    assert second == initial


def test_a_ruleset_may_want_the_listed_order() -> None:
    strict = replace(RULES, order=replace(RULES.order, leaders_in_listed_order=Rule(True, "Quy chế 1")))
    progress = replace(NEW, initials=())
    check_may_sign(strict, progress, "leader", 0)
    with pytest.raises(Refused, match=r"The signature of signer 1 \(of 2\) is missing"):
        check_may_sign(strict, progress, "leader", 1)


def test_an_unknown_role_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="no such role"):
        check_may_sign(RULES, NEW, "boss")


@given(st.lists(st.booleans(), max_size=4), st.lists(st.booleans(), max_size=4))
def test_issue_is_open_exactly_when_all_have_signed(initials: list[bool], leaders: list[bool]) -> None:
    progress = Progress(tuple(initials), tuple(leaders), None, False, "signed")
    if leaders and all(leaders) and all(initials):
        check_may_issue(RULES, progress)
    else:
        with pytest.raises(Refused):
            check_may_issue(RULES, progress)
